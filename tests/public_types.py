"""Check that pyright knows the type of every public name of the installed core.

`pyright --verifytypes` counts every attribute of every module, ours inside as well; what a user's
checker sees is what `provide.foundation` offers, and of that nothing may be unknown.

Run by `nox -s types`: `python tests/public_types.py REPORT.json`, with what
`pyright --verifytypes provide.foundation --outputjson` printed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from provide import foundation


def unknown_types(report: dict[str, object]) -> list[str]:
    """Return one message for each public name whose type pyright cannot tell.

    Args:
        report: pyright's JSON.
    """
    completeness = report["typeCompleteness"]
    assert isinstance(completeness, dict)
    symbols = {symbol["name"]: symbol for symbol in completeness["symbols"]}
    messages = []
    for name in foundation.__all__:
        if name == "__version__":
            continue
        value = getattr(foundation, name)
        home = getattr(value, "__module__", "")
        found = [f"{foundation.__name__}.{name}", f"{home}.{name}"]
        found += [other for other in symbols if other.startswith(f"{home}.{name}.")]
        known = [other for other in found if other in symbols]
        if not known:
            messages.append(f"{name}: pyright does not see it")
        messages += [
            f"{other}: {diagnostic['message']}"
            for other in known
            if not symbols[other]["isTypeKnown"] and "._" not in other
            for diagnostic in symbols[other].get("diagnostics", [])
        ]
    return messages


if __name__ == "__main__":
    problems = unknown_types(json.loads(Path(sys.argv[1]).read_text("utf-8")))
    print("\n".join(problems) or "every public name has a type")
    sys.exit(bool(problems))
