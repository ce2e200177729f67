"""The folders of core, each with the first sentence of its docstring, for docs/architecture.md.

`python tests/architecture_table.py` writes the table; `test_architecture.py` compares it.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

from test_imports import ORDER

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs/architecture.md"
CORE = ROOT / "packages/foundation-core/src/provide/foundation"
TABLE = re.compile(r"(?<=<!-- folders -->\n).*?(?=<!-- end of folders -->)", re.DOTALL)


def make_table() -> str:
    """Return the table in Markdown: folders of the top, in the order of imports."""
    rows = ["| folder | what it is |", "|---|---|"]
    for name in ORDER:
        source = CORE / name / "__init__.py"
        if source.is_file():
            text = ast.get_docstring(ast.parse(source.read_text("utf-8"))) or ""
            first = " ".join(text.partition("\n\n")[0].split()).partition(". ")[0].rstrip(".")
            rows.append(f"| `{name}` | {first} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    page = PAGE.read_text("utf-8")
    PAGE.write_text(TABLE.sub(lambda _: make_table(), page), "utf-8")
