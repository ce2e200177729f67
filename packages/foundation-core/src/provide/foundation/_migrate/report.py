"""What a check has found, for people and for machines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from textwrap import wrap
from typing import Any

from provide.foundation._migrate.check import Checked, Finding
from provide.foundation._migrate.rules.rule import MUST_CHANGE, Verdict
from provide.foundation._record.escaping import escape_text

#: Of a terminal.
_WIDTH = 100
#: Those that are listed unless all are asked for.
LISTED = frozenset((*MUST_CHANGE, Verdict.DIFFERS))
#: From most to do to least.
_ORDER = (
    Verdict.CHANGE,
    Verdict.NOTHING,
    Verdict.DIFFERS,
    Verdict.BETTER,
    Verdict.UNKNOWN,
    Verdict.WORKS,
)
#: So many of the folders that were left out are named.
_NAMED = 10


class Report:
    """Gather findings and write them down.

    Args:
        verdicts: Those that are listed; all are counted.
    """

    def __init__(self, verdicts: Collection[Verdict] = LISTED) -> None:
        self._verdicts = verdicts
        self._counts: Counter[tuple[Verdict, str, str]] = Counter()
        self._said: set[str] = set()
        self.files = 0

    @property
    def must_change(self) -> bool:
        """Tell whether anything has to be changed."""
        return any(verdict in MUST_CHANGE for verdict, _, _ in self._counts)

    def add(self, checked: Checked) -> str:
        """Count the findings of a file, and return those that are listed as text."""
        self.files += 1
        for each in checked.findings:
            self._counts[each.verdict, each.library, _spell(each.name)] += 1
        rows = [
            row
            for each in checked.findings
            if each.verdict in self._verdicts
            for row in self._show(checked.path, each)
        ]
        return "".join(f"{escape_text(row)}\n" for row in rows)

    def _show(self, path: str, finding: Finding) -> Iterator[str]:
        place = f"{path}:{finding.line}:{finding.column}"
        yield f"{place}: {finding.verdict}: {_spell(finding.name)}"
        # The reason once: the next fifty places have the same.
        if finding.why not in self._said:
            self._said.add(finding.why)
            yield from _wrap(finding.why, "    ")
        yield from (f"  - {row}" for row in finding.before)
        yield from (f"  + {row}".rstrip() for row in finding.after)

    def summary(self, unreadable: Sequence[tuple[str, str]], left_out: Sequence[str]) -> str:
        """Return the counts, and what was not read, as text."""
        rows = []
        by_verdict = self._by_verdict()
        if self._counts:
            rows.append("")
        for verdict in _ORDER:
            names = by_verdict.get(verdict)
            if not names:
                continue
            listed = ", ".join(f"{name} {count:,}" for name, count in names.most_common(12))
            more = f", and {len(names) - 12} more" if len(names) > 12 else ""
            rows += _wrap(f"{verdict}: {sum(names.values()):,} ({listed}{more})", "", "    ")
        hidden = [each for each in _ORDER if each in by_verdict and each not in self._verdicts]
        if hidden:
            rows.append("--all lists those of: " + "; ".join(hidden))
        rows.append(f"{self.files:,} files read, nothing written")
        if left_out:
            shown = ", ".join(left_out[:_NAMED])
            more = f" and {len(left_out) - _NAMED:,} more" if len(left_out) > _NAMED else ""
            rows += _wrap(f"left out: {shown}{more}; name one as PATH to have it read", "", "    ")
        rows += [f"not read: {path}: {reason}" for path, reason in unreadable]
        return "".join(f"{escape_text(row)}\n" for row in rows)

    def _by_verdict(self) -> dict[Verdict, Counter[str]]:
        found: dict[Verdict, Counter[str]] = {}
        for (verdict, _, name), count in self._counts.items():
            found.setdefault(verdict, Counter())[name] += count
        return found

    def as_json(
        self,
        files: Sequence[tuple[str, Sequence[Finding]]],
        unreadable: Sequence[tuple[str, str]],
        left_out: Sequence[str],
    ) -> str:
        """Return everything as one JSON object."""
        counts = {each: sum(names.values()) for each, names in self._by_verdict().items()}
        whole = {
            "findings": [_as_dict(path, each) for path, found in files for each in found],
            "counts": {verdict.value: counts.get(verdict, 0) for verdict in _ORDER},
            "files": self.files,
            "unreadable": [{"path": path, "reason": reason} for path, reason in unreadable],
            "left_out": list(left_out),
        }
        return json.dumps(whole, indent=2) + "\n"


def _as_dict(path: str, finding: Finding) -> dict[str, Any]:
    return {
        "path": path,
        "line": finding.line,
        "column": finding.column,
        "library": finding.library,
        "name": _spell(finding.name),
        "verdict": finding.verdict.value,
        "why": finding.why,
        "before": list(finding.before),
        "after": list(finding.after),
    }


def _spell(name: str) -> str:
    """Return a name as a reader knows it: that of the root logger is the class of loggers' own."""
    return name.replace("logging.RootLogger.", "logging.Logger.").removesuffix("()")


def _wrap(text: str, lead: str, behind: str | None = None) -> list[str]:
    return wrap(
        text,
        _WIDTH,
        initial_indent=lead,
        subsequent_indent=lead if behind is None else behind,
        break_long_words=False,
        break_on_hyphens=False,
    )
