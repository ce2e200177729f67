"""The founding claims (claims.toml) and the targets (targets.toml), and what a run says of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from perf_lab.claims.figures import Missing, Results, look_up
from perf_lab.places import read_table
from perf_lab.rivals.catalogue import FEATURES, REFERENCE
from perf_lab.workloads.table import WORKLOADS

__all__ = ["Claim", "Missing", "Target", "Verdict", "judge", "look_up", "read_claims"]

#: By lane: what a title says of it, and its library.
_LANES = {
    "native": ("native lane", "foundation-native"),
    "pure": ("pure Python", "foundation"),
    "fast": ("pure Python", "foundation"),
}


@dataclass(frozen=True)
class Claim:
    """Hold one documented figure; claims.toml says what the words mean."""

    section: str
    claim: str
    documented: float
    unit: str
    direction: str
    measure: str
    metric: str = ""
    later: str = ""


class Verdict(NamedTuple):
    """Hold what a run says of a claim; `ratio` is how many times better it is than documented."""

    measured: float | None
    ratio: float | None
    result: str


@dataclass(frozen=True)
class Target:
    """Hold one target: a figure to reach, in a unit, and a better one that is aimed at or None."""

    title: str
    metric: str
    sign: str
    limit: float
    aim: float | None = None
    unit: str = "x"


def read_claims() -> list[Claim]:
    """Return the rows of claims.toml."""
    return [Claim(**row) for row in read_table("claims/claims.toml")["claim"]]


def _targets() -> Iterator[Target]:
    """Yield the rows of targets.toml, each in the lanes that it names."""
    for row in read_table("claims/targets.toml")["target"]:
        if "features" in row:
            for feature in FEATURES:
                for lane, library, limit in feature.lanes:
                    title, plain = _LANES[lane]
                    metric = f"ratio features {library} {plain}"
                    title = f"{title}: {feature.title}: time relative to none"
                    yield Target(title, metric, "<=", limit)
        elif "workload" in row:
            for each in WORKLOADS.values():
                if row["workload"] in (each.name, each.group):
                    for lane in ("native", "pure"):
                        if lane in row:
                            title, library = _LANES[lane]
                            other = f"{row.get('than', REFERENCE)} {library}{row.get('ours', '')}"
                            title = f"{title}: {row['title'].format(each.title)}"
                            yield Target(title, f"ratio {each.name} {other}", ">=", row[lane])
        else:
            sign, key = (">=", "at_least") if "at_least" in row else ("<=", "at_most")
            yield Target(sign=sign, limit=row.pop(key), **row)


TARGETS = tuple(_targets())


def judge(claim: Claim, results: Results) -> Verdict:
    """Return what a run says about a claim."""
    try:
        measured = look_up(claim.metric, results) if claim.metric else None
    except Missing as missing:
        return Verdict(None, None, str(missing))
    if measured is None:
        return Verdict(None, None, claim.later)
    lower = claim.direction == "lower"
    first, second = (claim.documented, measured) if lower else (measured, claim.documented)
    ratio = first / second if second and claim.documented else None
    if claim.direction == "reference":
        return Verdict(measured, ratio, "reference")
    return Verdict(measured, ratio, "pass" if first >= second else "FAIL")


def judge_claims(claims: Sequence[Claim], results: Results) -> list[dict[str, Any]]:
    """Return the scoreboard's rows."""
    shown = ("section", "claim", "documented", "unit", "measured", "ratio", "result", "measure")
    rows = [vars(claim) | judge(claim, results)._asdict() for claim in claims]
    return [{name: row[name] for name in shown} for row in rows]


def judge_targets(results: Results) -> list[dict[str, Any]]:
    """Return each target with what was measured and whether it is reached."""
    rows = []
    for target in TARGETS:
        row = {name: vars(target)[name] for name in ("title", "sign", "limit", "aim", "unit")}
        try:
            measured = look_up(target.metric, results)
        except Missing as missing:
            rows.append({**row, "measured": None, "result": str(missing)})
            continue
        above, below = measured >= target.limit, measured <= target.limit
        reached = above if target.sign == ">=" else below
        rows.append(row | {"measured": measured, "result": "reached" if reached else "NOT REACHED"})
    return rows
