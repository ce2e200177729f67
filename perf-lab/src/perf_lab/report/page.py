"""The page itself: its head, its navigation, a section for each laboratory; imports sources.

It holds all that it shows: no script, no font, no picture is asked of anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path

from perf_lab.records.documented import describe, is_documented
from perf_lab.report.markup import command, details, paragraph, section, table
from perf_lab.report.sections import bench, contention, flame, memory, soak, torture
from perf_lab.report.sources import Source, apart, where

#: By laboratory: the title of its section, the word in the navigation, and what writes it.
_SECTIONS: dict[str, tuple[str, str, Callable[[Source, Path], str]]] = {
    "bench": ("How fast it is, beside its rivals", "Speed", bench.write),
    "soak": ("Whether it lasts", "Soak", soak.write),
    "contention": ("Many writers at once", "Contention", contention.write),
    "memory": ("Memory", "Memory", memory.write),
    "flame": ("Where the time goes", "Flamegraphs", flame.write),
    "torture": ("Whether it keeps its promises", "Promises", torture.write),
}
_STYLE = Path(__file__).parent / "style.css"
_FACTS = {
    "date": "measured", "commit": "commit", "cpu": "processor", "cores": "cores",
    "memory_gb": "memory, GB", "storage": "storage", "system": "system", "kernel": "kernel",
    "python": "Python", "load": "load at the beginning",
}  # fmt: skip


def write_page(sources: Mapping[str, Source], folder: Path) -> str:
    """Return the page.

    Args:
        sources: Of each laboratory, see `sources.find_sources`.
        folder: Where the page will lie: links to files beside it begin there.
    """
    base = next((source for source in sources.values() if source.found), None)
    entries = [(lab, word) for lab, (_, word, _) in _SECTIONS.items()] + [("machine", "Machine")]
    items = "".join(f'<li><a href="#{lab}">{escape(word)}</a></li>' for lab, word in entries)
    parts = [lab_section(sources[lab], base, folder) for lab in _SECTIONS]
    return "\n".join([
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<link rel="icon" href="data:,">',
        "<title>Foundation: performance report</title>",
        f"<style>\n{_STYLE.read_text(encoding='utf-8')}</style>",
        "</head>",
        "<body>",
        "<header>",
        "<h1>Foundation: performance report</h1>",
        paragraph("What the laboratories of perf-lab have found. Every figure comes from the "
                  "record of a run; above each section stands where it was measured."),
        states(sources),
        "</header>",
        f'<nav aria-label="Sections"><ul>{items}</ul></nav>',
        "<main>",
        *parts,
        section("machine", "The machine and the versions", machines(sources)),
        "</main>",
        f"<footer><p>Made by {command('nox -s report')} from the records, without a request to the "
        "network.</p></footer>",
        "</body>",
        "</html>",
    ]) + "\n"  # fmt: skip


def states(sources: Mapping[str, Source]) -> str:
    """Return, in a table, what each laboratory has to show."""
    rows = []
    for lab, (_, word, _) in _SECTIONS.items():
        source = sources[lab]
        state = source.problem or ("published earlier" if source.published else "this folder's")
        state = "has not run" if source.path is None else state
        passed = sum(check["passed"] for check in source.checks)
        checks = f"{passed} of {len(source.checks)} pass" if source.checks else ""
        date = str(source.machine.get("date", "")) if source.found else ""
        rows.append([word, state, checks, date, source.command])
    head = ["laboratory", "record", "checks", "measured", "made by"]
    return table(head, rows, caption="The records")


def lab_section(source: Source, base: Source | None, folder: Path) -> str:
    """Return the section of one laboratory, or what makes its figures."""
    title, _, write = _SECTIONS[source.lab]
    made = f"<p>{command(source.command)} makes its figures.</p>"
    if source.problem:
        return section(source.lab, title, paragraph(source.problem, "notice") + made)
    if source.path is None:
        return section(source.lab, title, paragraph("This laboratory has not run.") + made)
    parts = [paragraph(where(source), "where"), whose(source)]
    if base is not None and (why := apart(source, base)):
        parts.append(paragraph(
            f"Not to be compared with the figures of {base.command}: {why}.", "notice"
        ))  # fmt: skip
    options = ", ".join(f"{name} {value}" for name, value in source.options.items() if value)
    if options:
        parts.append(paragraph(f"Options: {options}.", "where"))
    try:
        body = write(source, folder)
    except (IndexError, KeyError, TypeError) as error:
        why = f"{source.path.name} is refused: it lacks what the section shows ({error!r})"
        return section(source.lab, title, paragraph(why, "notice") + made)
    return section(source.lab, title, "\n".join([*parts, body]))


def whose(source: Source) -> str:
    """Return whether the figures are the documented machine's; how not, for who asks."""
    words = describe(source.machine)
    if is_documented(source.machine):
        return paragraph(words, "where")
    return details("Not measured on the documented machine", paragraph(words), "where")


def machines(sources: Mapping[str, Source]) -> str:
    """Return the machine and the versions of each record, side by side."""
    found = {lab: source for lab, source in sources.items() if source.found}
    if not found:
        return paragraph("There is no record.")
    rows = [
        [words, *(_text(source.machine.get(name)) for source in found.values())]
        for name, words in _FACTS.items()
    ]
    packages = dict.fromkeys(
        name for source in found.values() for name in source.machine.get("packages", {})
    )
    rows += [
        [name, *(_text(source.machine.get("packages", {}).get(name)) for source in found.values())]
        for name in packages
    ]
    head = ["fact", *(_SECTIONS[lab][1] for lab in found)]
    return table(head, rows, caption="Each record with its own machine")


def _text(value: object) -> str:
    return "not recorded" if value is None else str(value)
