"""One `configure(...)` for a file that sets up two libraries: a second would replace the first."""

from __future__ import annotations

from collections.abc import Sequence

from provide.foundation._migrate.rules.rule import Change, Edit, SetUp, spell_call, take_away
from provide.foundation._migrate.syntax.source import Source


def join_set_ups(source: Source, found: Sequence[tuple[str, Change | None]]) -> list[Change | None]:
    """Return the changes of a file, with those that set up two libraries made one.

    The one stands where the later call stood. Where the two calls are not statements of one block,
    or say different things, no change is shown: which of them holds is for a person to say. Calls
    of one library are left as they are; one of them runs, as in the branches of an `if`.

    Args:
        source: The file.
        found: The library and the change of each finding, in the order of the file.
    """
    changes = [change for _, change in found]
    places = [place for place, change in enumerate(changes) if change and change.set_up]
    if len({found[place][0] for place in places}) < 2:
        return changes
    joined = _join(source, [change for place in places if (change := changes[place])])
    for number, place in enumerate(places):
        changes[place] = None if joined is None else joined[number]
    return changes


def _join(source: Source, changes: Sequence[Change]) -> tuple[Change, Change] | None:
    """Return what takes the first of two calls away, and what the other becomes."""
    if len(changes) != 2:
        return None
    first, second = changes
    spans = [(change.edits[0].start, change.edits[0].end) for change in changes]
    statements = [source.find_statement(span) for span in spans]
    options = _unite([change.set_up for change in changes if change.set_up is not None])
    if options is None or statements[0] is None or statements[1] is None:
        return None
    if statements[0][1] is not statements[1][1]:
        return None
    edit = Edit(*spans[1], spell_call("configure", (), options))
    imports = first.imports | second.imports
    return Change((take_away(source, *statements[0]),)), Change((edit,), imports)


def _unite(set_ups: Sequence[SetUp]) -> dict[str, str] | None:
    """Return the options of set-ups, or `None` where they contradict each other.

    What a library has without being asked gives way to what the other was asked for.
    """
    united: dict[str, str] = {}
    for name in dict.fromkeys(name for each in set_ups for name in each.options):
        given = {
            each.options[name]
            for each in set_ups
            if name in each.options and name not in each.implied
        }
        implied = {each.options[name] for each in set_ups if name in each.implied}
        texts = given or implied
        if len(texts) != 1:
            return None
        united[name] = texts.pop()
    return united
