"""The summary that the demo prints: one figure a row, with what makes it good; imports check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from demo.check import Findings
from demo.client import Answers

#: The share of the lines that stay in a fast lane, at least. What leaves it is a record of logging
#: that is no plain call, or that has waited for its thread.
SHARE_KEPT = 0.99
#: How many faults of one kind are spelled out.
FAULTS_SHOWN = 5

_BOLD, _DIM, _GOOD, _BAD, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[1;32m", "\x1b[1;31m", "\x1b[0m"
_LEVELS = ("trace", "debug", "info", "warning", "error", "critical")


@dataclass(frozen=True)
class Row:
    """Hold one figure of the summary; `good` is None where any figure will do."""

    label: str
    figure: int
    note: str
    good: bool | None = None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Run:
    """Hold all that one run of the demo brought.

    Args:
        planned: How many requests were to be sent.
        in_flight: How many of them at once.
        answers: What the client saw.
        findings: What the check saw.
        shown: How many lines reached the terminal.
        shown_written: How many lines the service counted as written there; `None`: it did not say.
        lane: The lane that the service's lines took; empty: it did not say.
        fallbacks: How many of its lines a fast lane gave to the processor lane, by reason.
    """

    planned: int
    in_flight: int
    answers: Answers
    findings: Findings
    shown: int
    shown_written: int | None
    lane: str = ""
    fallbacks: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        """Say whether no row is off."""
        return self.findings.is_good and all(row.good is not False for row in self.rows)

    @property
    def rows(self) -> list[Row]:
        """Return the summary, row by row."""
        return [
            *self._client_rows(), *self._line_rows(), *self._lane_rows(), *self._fault_rows(),
        ]  # fmt: skip

    def _client_rows(self) -> list[Row]:
        answers = self.answers
        statuses = {str(s or "none"): n for s, n in sorted(answers.statuses.items(), key=str)}
        return [
            Row(
                "requests sent",
                answers.sent,
                f"{self.in_flight} at a time, in {answers.seconds:.1f} s",
                answers.sent == self.planned,
            ),
            Row(
                "responses other than planned",
                len(answers.wrong),
                _list_counts(statuses),
                not answers.wrong,
                tuple(answers.wrong),
            ),
        ]

    def _line_rows(self) -> list[Row]:
        findings, seconds = self.findings, self.answers.seconds
        known = {level: findings.levels[level] for level in _LEVELS if findings.levels[level]}
        on_terminal = self.shown == self.shown_written
        return [
            Row(
                "lines in the JSON file", findings.found, _list_counts({**known, **findings.levels})
            ),
            Row("lines on the terminal", self.shown, "info and above", on_terminal),
            Row(
                "lines per second",
                round(findings.request_lines / seconds) if seconds else 0,
                "while the requests ran, client included",
                None if findings.request_lines else False,
            ),
        ]

    def _lane_rows(self) -> list[Row]:
        """Return how many lines were not written by a fast lane: few, where there is one."""
        lines = self.findings.found
        if not self.lane or not lines:
            return []
        # A kept line is one that would not be written at all.
        left = {reason: n for reason, n in self.fallbacks.items() if reason != "scope"}
        outside = lines if self.lane == "processor" else sum(left.values())
        kept = max(0.0, 1 - outside / lines)
        reasons = _list_counts(dict(sorted(left.items())))
        note = f"lane {self.lane}: {kept:.1%} of all lines stay in it"
        good: bool | None = kept >= SHARE_KEPT
        if self.lane == "processor":
            note, good = "the processor lane writes every line", None
        row = Row("lines outside of the fast lanes", outside, f"{note}   {reasons}".rstrip(), good)
        return [row]

    def _fault_rows(self) -> list[Row]:
        findings = self.findings
        written = findings.written
        counted = "the service did not report its counts"
        if written is not None:
            total = sum(written.values())
            counted = f"the service counted {total:,} written, {findings.dropped:,} dropped"
        lost = written is not None and not findings.lost
        surplus = [Row("lines that were never counted", findings.surplus, "", False)]
        return [
            Row(
                "lines that failed to parse",
                len(findings.unparsed),
                "json and orjson read each one alike",
                not findings.unparsed,
                tuple(findings.unparsed),
            ),
            Row(
                "requests with a missing or wrong id",
                len(findings.wrong),
                "each has all of its lines, and none of another",
                not findings.wrong,
                tuple(f"{name}: {reason}" for name, reason in findings.wrong.items()),
            ),
            Row(
                "lines of no request",
                len(findings.strays),
                "besides start and stop",
                not findings.strays,
                tuple(findings.strays),
            ),
            Row(
                "debug lines kept, and not needed",
                findings.unneeded,
                f"of requests that neither failed nor asked; {findings.asked:,} had the header and "
                "the token",
                findings.unneeded == findings.expected_unneeded,
            ),
            Row("lines lost", findings.lost, counted, lost),
            *(surplus if findings.surplus else []),
        ]


def render_summary(run: Run, *, colors: bool) -> str:
    """Return the summary as aligned text."""
    rows = run.rows
    label_width = max(len(row.label) for row in rows)
    figure_width = max(len(f"{row.figure:,}") for row in rows)
    text = []
    for row in rows:
        label, figure = f"{row.label:<{label_width}}", f"{row.figure:>{figure_width},}"
        mark = {True: "ok", False: "NO", None: "  "}[row.good]
        code = {True: _GOOD, False: _BAD, None: _BOLD}[row.good]
        text.append(
            _paint(f"  {mark}  ", code, colors)
            + label
            + "  "
            + _paint(figure, code, colors)
            + "   "
            + _paint(row.note, _DIM, colors)
        )
        text += [_paint(fault, _BAD, colors) for fault in _list_faults(row.faults)]
    return "\n".join(line.rstrip() for line in text)


def _list_faults(faults: tuple[str, ...]) -> Iterator[str]:
    for fault in faults[:FAULTS_SHOWN]:
        yield f"        {fault}"
    if len(faults) > FAULTS_SHOWN:
        yield f"        and {len(faults) - FAULTS_SHOWN:,} more"


def _paint(text: str, code: str, colors: bool) -> str:
    return f"{code}{text}{_RESET}" if colors and text else text


def _list_counts(counts: Mapping[str, int]) -> str:
    return "   ".join(f"{name}: {number:,}" for name, number in counts.items())
