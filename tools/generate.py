"""Writes what is generated in the tree: `python -m tools.generate`, or `nox -s generate`.

The log calls of the fast lanes are copies of one source, `_lanes/fused.py`, a module like any
other. In it, `if FORMAT == ...` tells the formats apart, and `if SAMPLED` whether the call asks
rules of sampling; of each such statement a copy has the branch that holds for it, with its
comments, and nothing of the others.
"""

from __future__ import annotations

import itertools
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
LANES = ROOT / "packages/foundation-core/src/provide/foundation/_lanes"
SOURCE = LANES / "fused.py"
#: Each format, and what it is called in a sentence.
FORMATS = {"json": "JSON", "logfmt": "logfmt", "compact": "compact"}
HEADER = '''"""The log call of the fast lane for {name}.

Generated from fused.py by `nox -s generate`; do not edit.
"""
'''
#: A question about the copy, with its indentation; `else` is one only behind another.
_QUESTION = re.compile(r'( *)(if|elif) (?:FORMAT (==|!=) "(\w+)"|SAMPLED):')
_OWN_LINES = re.compile(r"^#: The format, .*\nFORMAT: str = .*\nSAMPLED: bool = .*\n\n?", re.M)
_IMPORT = re.compile(r"^(from [a-z][\w.]* import )([\w, ]+)$", re.M)


def fold(lines: Sequence[str], chosen: str, sampled: bool) -> Iterator[str]:
    """Yield lines with the branch that holds in place of each question about the copy.

    Args:
        lines: The source.
        chosen: The format.
        sampled: Whether the call asks rules of sampling.
    """
    rest = list(lines)
    while rest:
        question = _QUESTION.match(rest[0])
        if question is None:
            yield rest.pop(0)
            continue
        indent, answered = question[1], False
        while rest and (branch := re.match(rf"{indent}(if|elif|else)\b", rest[0])):
            question = _QUESTION.match(rest.pop(0))
            if question is None:
                holds = True
            elif question[3] is None:
                holds = sampled
            else:
                holds = (question[4] == chosen) == (question[3] == "==")
            deeper = re.compile(rf"{indent} |$")
            inner = list(itertools.takewhile(deeper.match, rest))
            del rest[: len(inner)]
            while inner and not inner[-1]:  # what separates it from what follows
                rest.insert(0, inner.pop())
            if holds and not answered:
                answered = True
                yield from fold([line[4:] for line in inner], chosen, sampled)
            following = next(filter(None, rest), "")
            if branch[1] == "else" or not re.match(rf"{indent}(elif|else)\b", following):
                break
            while not rest[0]:
                del rest[0]


def lane_text(source: str, chosen: str, sampled: bool) -> str:
    """Return the module of one format.

    Args:
        source: The text of `fused.py`.
        chosen: The format.
        sampled: Whether the call asks rules of sampling.
    """
    body = source.partition('"""\n')[2]  # the docstring ends there
    text = "\n".join(fold(_OWN_LINES.sub("", body).split("\n"), chosen, sampled))

    def keep_used(found: re.Match[str]) -> str:
        names = [name for name in found[2].split(", ") if len(re.findall(rf"\b{name}\b", text)) > 1]
        return found[1] + ", ".join(names)

    name = FORMATS[chosen] + (", which asks rules of sampling" if sampled else "")
    return HEADER.format(name=name) + _IMPORT.sub(keep_used, text)


def generated() -> dict[Path, str]:
    """Return what every generated module should hold, by its file."""
    source = SOURCE.read_text(encoding="utf-8")
    return {
        LANES / folder / f"{chosen}.py": lane_text(source, chosen, sampled)
        for folder, sampled in (("", False), ("sampled", True))
        for chosen in FORMATS
    }


def main() -> int:
    """Write every module that is not what its source gives."""
    for file, text in generated().items():
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            print(f"wrote {file.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
