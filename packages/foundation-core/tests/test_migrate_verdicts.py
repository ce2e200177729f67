"""Verdicts of `migrate check` are true: programs run with their library and with Foundation."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import pytest
import structlog

import migrate_programs as programs
import provide.foundation as foundation
from migrate_behaviour import HEADS, OTHER, OURS, SAME
from migrate_by_hand import BY_HAND
from migrate_examples import EXAMPLES, OLDER
from provide.foundation._migrate.rules.rule import MUST_CHANGE, Verdict
from provide.foundation._migrate.rules.structlog import _BUILT_IN
from provide.foundation._migrate.rules.table import RULES

pytestmark = pytest.mark.slow


def said(lines: list[str]) -> list[str]:
    """Return what lines say, those in JSON as `LEVEL event {fields}`, in order of the text."""
    rows = []
    for line in lines:
        if line.startswith("{"):
            record = json.loads(line)
            if record["logger"] == "provide.foundation":
                continue  # of handlers that cannot be placed
            level, event = record.pop("level").upper(), record.pop("event")
            del record["timestamp"], record["logger"]
            line = f"{level} {event} {record or ''}"
        rows.append(line.strip())
    return sorted(rows)


def run(folder: Path, source: str) -> list[str]:
    """Return what a program says."""
    folder.mkdir()
    return said(programs.run(programs.write(folder, source)))


@pytest.mark.parametrize("name", SAME)
def test_what_works_says_the_same(name: str, tmp_path: Path) -> None:
    """A program that works as it is says the same with its own library and with Foundation."""
    library, body = SAME[name]
    plain, ours = (
        run(tmp_path / "plain", HEADS[library] + body),
        run(tmp_path / "ours", OURS + body),
    )
    verdicts = {
        each.verdict
        for each in programs.find(tmp_path, OURS + body)
        if each.library == library and each.name != "structlog.configure"
    }

    shown = [row.partition(" {")[0] if library == "logging" else row for row in ours]
    assert plain == shown
    assert set() == verdicts & MUST_CHANGE
    assert len(plain) > 1


@pytest.mark.parametrize("name", OTHER)
def test_what_differs_says_something_else(name: str, tmp_path: Path) -> None:
    """A program that works differently does what the reason says."""
    library, body, plain, ours = OTHER[name]
    if plain is not None:
        assert plain == run(tmp_path / "plain", HEADS[library] + body)
    printed = run(tmp_path / "ours", OURS + body)
    found = programs.find(tmp_path, HEADS[library] + body)

    if ours is not None:
        assert ours == printed
    assert {each.verdict for each in found} & {Verdict.DIFFERS, *MUST_CHANGE}


def test_processors_that_may_be_left_out(tmp_path: Path) -> None:
    """A line is the same with and without the processors that are said to be built in."""
    names = sorted(name for name in _BUILT_IN if "wrap_for" not in name and "render" not in name)
    # An exception as a text is a matter of `exceptions`; levels of logging are no concern of ours.
    names = [
        name for name in names
        if not name.endswith(("format_exc_info", "filter_by_level", "ExceptionPrettyPrinter",
                              "remove_processors_meta", "ExceptionRenderer", "UnicodeEncoder"))
    ]  # fmt: skip
    made = [f"{name}()" if name.rpartition(".")[2][0].isupper() else name for name in names]
    source = f"""
import structlog
import structlog.dev
from provide.foundation import configure

structlog.contextvars.bind_contextvars(request_id="r-1")
for processor in (None, {", ".join(made)}):
    configure(
        output="stdout", omit_timestamp=True, processors=[] if processor is None else [processor]
    )
    log = structlog.get_logger("shop").bind(name=b"kim")
    try:
        1 / 0
    except ZeroDivisionError:
        log.exception("a %s", 1)
"""
    lines = programs.run(programs.write(tmp_path, source))

    assert len(names) + 1 == len(lines)
    assert {lines[0]} == set(lines)


def test_names_without_a_counterpart() -> None:
    """What is said to be there no more is not there, and what is said to be there is."""
    logger = foundation.get_logger("shop")
    for rule in RULES:
        for name in rule.names:
            last = name.rpartition(".")[2]
            if name.startswith("loguru.Logger.") and rule.rewrite is None:
                there = rule.verdict is Verdict.WORKS or last == "log" or last in _LEVELS
                assert there == hasattr(logger, last), name
            if name.startswith("provide.foundation.Logger."):
                assert (rule.verdict not in MUST_CHANGE) == hasattr(logger, last), name
            older = rule.library == "provide-foundation" and rule.kind == "import"
            if older and rule.when is None and name.count(".") == 2:
                found: object = getattr(foundation, last, None)
                # A package of the same name may have been imported.
                assert found is None or isinstance(found, ModuleType), name
            if name.startswith("structlog.contextvars.") and rule.verdict is Verdict.WORKS:
                there = "no function of that name" not in rule.why
                assert there == hasattr(foundation, last), name


_LEVELS = ("trace", "debug", "info", "warning", "error", "exception", "critical")


def test_names_of_structlog_exist() -> None:
    """The names in the rules for structlog are names that it has."""
    for rule in RULES:
        for name in rule.names:
            if rule.library == "structlog" and "BoundLogger." not in name and "*" not in name:
                value: object = structlog
                for part in name.split(".")[1:]:
                    value = getattr(value, part)


#: Rules that no program here can show: the older project's, and those without any counterpart.
UNSEEN = {
    ("logging", Verdict.NOTHING),
    ("structlog", Verdict.NOTHING),
    ("provide-foundation", None),
    ("loguru", Verdict.NOTHING),
    ("loguru", Verdict.CHANGE),
}


def test_every_rule_is_seen_at_work(tmp_path: Path) -> None:
    """Each rule for logging and structlog is about something in a program that these tests run."""
    sources = [OLDER, *(example[0] for example in EXAMPLES.values())]
    sources += [program[0] for program in BY_HAND.values()]
    sources += [HEADS[library] + body for library, body in SAME.values()]
    sources += [HEADS[library] + body for library, body, _, _ in OTHER.values()]
    seen = {
        (each.library, each.verdict, each.why)
        for source in sources
        for each in programs.find(tmp_path, source)
    }
    missing = {
        (rule.library, rule.verdict, rule.why)
        for rule in RULES
        if (rule.library, None) not in UNSEEN and (rule.library, rule.verdict) not in UNSEEN
    } - seen

    assert set() == missing
