"""The torture's section: how many promises each library breaks, and which Foundation breaks."""

from __future__ import annotations

from pathlib import Path

from perf_lab.publish.guarantees import NAMES
from perf_lab.report.chart import Bar, bars
from perf_lab.report.markup import details, grid, paragraph, table
from perf_lab.report.sources import Source
from perf_lab.torture.verdicts import BROKEN, OURS, count_standings, describe, standing


def write(source: Source, folder: Path) -> str:
    """Return the section of a page in that folder."""
    data = source.data
    names: list[str] = data["libraries"]
    counts = {name: count_standings(data, name) for name in names}
    found = [
        Bar(f"{NAMES.get(name, name)} ({count[BROKEN]} of {count.total()})",
            count[BROKEN] / count.total() * 100, name == OURS)
        for name, count in counts.items()
        if count.total()
    ]  # fmt: skip
    found.sort(key=lambda bar: bar.value)
    broken = [
        row["title"] for row in data["rows"] if OURS in names and standing(row, OURS) == BROKEN
    ]
    cells = [
        [f"{row['promise']}. {row['title']}", *(describe(row, name) for name in names)]
        for row in data["rows"]
    ]
    parts = [
        paragraph(
            f"{len(data['rows'])} cases, each in a process of its own; what came out is read and "
            "counted. Another library breaks a promise if a call raises, hangs or crashes, or if "
            "it loses or tears a line; what it never promised, it has or has not."
        ),
        paragraph(f"Broken by Foundation: {'; '.join(broken)}." if broken
                  else "Foundation breaks none.", "bad" if broken else ""),
    ]  # fmt: skip
    if found:
        parts.append(grid([bars(
            "torture-broken", "Cases in which a promise was broken, of those played", found,
            x="cases with a broken promise (%)", y="library", show=lambda share: f"{share:.0f}%",
        )]))  # fmt: skip
    caption = "Each case and each library"
    head = ["promise and case", *(NAMES.get(name, name) for name in names)]
    parts.append(details("All cases", table(head, cells, caption=caption)))
    return "\n".join(parts)
