"""The torture's section: how many promises each library keeps, and which Foundation breaks."""

from __future__ import annotations

from pathlib import Path

from chart import Bar, bars
from guarantees import NAMES
from markup import details, grid, paragraph, table
from sources import Source
from torture.case import KEPT
from torture.table import count_kept


def write(source: Source, folder: Path) -> str:
    """Return the section of a page in that folder."""
    data = source.data
    names: list[str] = data["libraries"]
    counts = {name: count_kept(data, name) for name in names}
    found = [
        Bar(f"{NAMES.get(name, name)} ({kept} of {played})", kept / played * 100,
            name == "foundation")
        for name, (kept, played) in counts.items()
        if played
    ]  # fmt: skip
    found.sort(key=lambda bar: -bar.value)
    broken = [
        row["title"] for row in data["rows"]
        if "foundation" in names and row["cells"]["foundation"]["verdict"] != KEPT
    ]  # fmt: skip
    cells = [
        [f"{row['promise']}. {row['title']}", *(row["cells"][name]["verdict"] for name in names)]
        for row in data["rows"]
    ]
    parts = [
        paragraph(
            f"{len(data['rows'])} cases, each in a process of its own; what came out is read and "
            "counted. A library that has no such feature is not judged."
        ),
        paragraph(f"Broken by Foundation: {'; '.join(broken)}." if broken
                  else "Foundation breaks none.", "bad" if broken else ""),
    ]  # fmt: skip
    if found:
        parts.append(grid([bars(
            "torture-kept", "Cases kept, of those a library takes part in", found,
            x="cases kept (%)", y="library", show=lambda share: f"{share:.0f}%",
        )]))  # fmt: skip
    caption = "Each case and each library"
    head = ["promise and case", *(NAMES.get(name, name) for name in names)]
    parts.append(details("All cases", table(head, cells, caption=caption)))
    return "\n".join(parts)
