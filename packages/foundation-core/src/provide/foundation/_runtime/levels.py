"""Levels that change while a program runs: in code, for a time, from a file, by a request.

Whoever changes one from outside is named in a record, "level changed", which goes to every output
whatever the level of its logger is.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from provide.foundation._config.values.checks import LONGEST_PERIOD_S, check_seconds
from provide.foundation._diagnostics.reports import LOGGER_NAME
from provide.foundation._logger.logger import Logger, get_logger
from provide.foundation._record.redaction import MASK
from provide.foundation._runtime.startup import start
from provide.foundation._runtime.state import STATE, change, levels_now
from provide.foundation.errors import ConfigurationError
from provide.foundation.levels import (
    ERROR,
    TABLE,
    WARNING,
    Levels,
    find_level,
    level_name,
    parse_level,
    parse_levels,
    with_level,
)

if TYPE_CHECKING:
    from provide.foundation._config.telemetry import TelemetryConfig
    from provide.foundation._control.expiry import Ends
    from provide.foundation._control.watch import FileWatch


def set_level(
    level: int | str, logger: str | Logger | None = None, *, for_s: float | None = None
) -> None:
    """Change a level at once, for every logger that exists or will exist, bound ones included.

    Args:
        level: A name in any case, or a standard number.
        logger: A dotted name whose loggers and sub-loggers change; None changes the default
            level and leaves module levels alone.
        for_s: After how many seconds the level goes back by itself to what it was before, 0.001
            or more. A later change of the same one takes its place; a new set-up ends it, and so
            does shutdown. Then there is a record of the change, and one of its end. Default
            `None`: it stays.

    Raises:
        ConfigurationError: There is no such level, or no such time.
        RuntimeError: No thread can be had that would end it; then nothing has changed.
    """
    number = parse_level(level, "level")
    name = logger.name if isinstance(logger, Logger) else logger
    if for_s is None:
        start()
        change(_set_for_good, number, name, subject=("level", name))
    else:
        change_level(number, name, for_s, by="code")


def change_level(
    number: int, module: str | None, for_s: float | None, *, by: str, **details: object
) -> None:
    """Change a level, and write a record of it.

    Args:
        number: What `parse_level` has returned.
        module: A dotted name, or None for the default level.
        for_s: After how many seconds it goes back, or None for good.
        by: Who changes it, in a word.
        **details: What else the record says of who it was.

    Raises:
        ConfigurationError: There is no such time.
        RuntimeError: No thread can be had that would end it; then nothing has changed.
    """
    if for_s is not None:
        check_duration(for_s)
    start()
    change(_change, number, module, for_s, by, details)


def check_duration(for_s: object) -> float:
    """Return a time in seconds after which a level ends."""
    return check_seconds(for_s, "for_s", 0.001, LONGEST_PERIOD_S)


def list_levels() -> dict[str, object]:
    """Return the levels that hold now, and those among them that hold for a time."""
    start()
    default, modules = levels_now()
    left = {} if STATE.temporary is None else STATE.temporary.left()
    return {
        "level": level_name(default),
        "modules": {name: level_name(number) for name, number in modules.items()},
        "temporary": [
            {
                "module": module,
                "left_s": round(seconds, 3),
                "then": None if before is None else level_name(before),
            }
            for module, (seconds, before) in left.items()
        ],
    }


def follow_levels() -> None:
    """Let `logging` pass what any of our loggers would write, if it is routed to us."""
    stdlib = sys.modules.get("provide.foundation._bridges.stdlib")
    if stdlib is not None:
        stdlib.follow_levels()


def record(level: int, event: str, /, **fields: object) -> None:
    """Write a record of Foundation's own to every output, whatever the levels of loggers are."""
    current = STATE.pipeline
    if current is not None:
        known = {name: value for name, value in fields.items() if value is not None}
        current.emit(get_logger(LOGGER_NAME), level, event, (), known)


def set_recorded(
    module: str | None, number: int | None, by: str, details: dict[str, Any], *, lasts: bool = True
) -> None:
    """Set a level, within a turn, and write a record of it.

    Args:
        module: A dotted name, or None for the default level.
        number: The level, or None where the module is to have none of its own.
        by: Who changes it.
        details: What else the record says.
        lasts: Whether it is for good.
    """
    if lasts and STATE.temporary is not None:
        STATE.temporary.forget(module)
    before = levels_now()
    after = with_level(before, module, number)
    # No line that a change lets through stands before the record of it, and none that it does not
    # let through behind it.
    opens = _effective(after, module) < _effective(before, module)
    if opens:
        _record_change(module, before, after, by, details)
    TABLE.set(number, module)
    follow_levels()
    if not opens:
        _record_change(module, before, after, by, details)


def forget_temporary() -> None:
    """Let all levels stay as they are: a set-up brings its own."""
    STATE.ends = {}
    if STATE.temporary is not None:
        STATE.temporary.clear()


def end_temporary() -> None:
    """Give levels back that hold for a time."""
    if STATE.capture is not None:
        for module, (_, before) in STATE.ends.items():
            STATE.levels = with_level(STATE.levels, module, before)
        STATE.ends = {}
    if STATE.temporary is not None:
        STATE.temporary.end_all()


def ends_now() -> Ends:
    """Return when which levels end that hold for a time."""
    return {} if STATE.temporary is None else STATE.temporary.ends()


def put_ends(ends: Ends) -> None:
    """Let those levels end that `ends_now` has returned, and no others."""
    if STATE.temporary is not None:
        STATE.temporary.put(ends)


def adopt(
    set_up: Callable[[TelemetryConfig, FileWatch], None],
    watch: FileWatch,
    fresh: TelemetryConfig,
    by: str,
) -> None:
    """Take what a followed file says now: by changes of levels where those do, else by a set-up.

    Args:
        set_up: Sets up, in a turn.
        watch: What has read the file.
        fresh: What the file says.
        by: ``"file"`` where it has changed; ``"signal"`` where somebody asks for it, and every
            level is to be what the file says.

    Raises:
        ConfigurationError: It cannot be set up; then nothing has changed.
    """
    change(_adopt, set_up, watch, fresh, by)


def refuse(watch: FileWatch, error: ConfigurationError, by: str) -> None:
    """Say why a followed file is not taken: whatever was configured stays."""
    current = STATE.pipeline
    if watch.is_stopped or current is None:
        return
    from provide.foundation._control import differences  # it has been loaded with the watch

    hidden = current.policy.is_secret(error.field.rpartition(".")[2])
    record(
        ERROR,
        "configuration refused",
        by=by,
        path=watch.source.path,
        field=error.field,
        value=MASK if hidden else differences.mask_refused(error),
        allowed=error.allowed,
    )


def _adopt(
    set_up: Callable[[TelemetryConfig, FileWatch], None],
    watch: FileWatch,
    fresh: TelemetryConfig,
    by: str,
) -> None:
    from provide.foundation._control import differences  # it has been loaded with the watch

    last, path = STATE.config, watch.source.path
    if watch.is_stopped or last is None:
        return
    merged = differences.merge(watch.source.base, watch.config, fresh)
    changed = differences.name_changes(last, merged)
    if changed:
        before = levels_now()
        set_up(merged, watch)
        record(WARNING, "configuration changed", by=by, path=path, changed=changed)
        for module, _ in differences.level_changes(before, levels_now()):
            _record_change(module, before, levels_now(), by, {"path": path})
        return
    wanted = _levels_of(merged)
    before = levels_now() if by == "signal" else _levels_of(last)
    if by == "signal":
        forget_temporary()
    STATE.config, STATE.levels, STATE.ends = merged, wanted, {}
    changes = tuple(differences.level_changes(before, wanted))
    for module, number in changes:
        set_recorded(module, number, by, {"path": path})
    if by == "signal" and not changes:
        record(WARNING, "configuration unchanged", by=by, path=path)


def _levels_of(config: TelemetryConfig) -> Levels:
    return parse_levels(config.logging.default_level, config.logging.module_levels)


def _set_for_good(number: int, module: str | None) -> None:
    if STATE.temporary is not None:
        STATE.temporary.forget(module)
    TABLE.set(number, module)
    follow_levels()


def _change(
    number: int, module: str | None, for_s: float | None, by: str, details: dict[str, Any]
) -> None:
    if for_s is None:
        return set_recorded(module, number, by, details)
    if STATE.temporary is None:
        from provide.foundation._control.expiry import TemporaryLevels  # for those who ask

        STATE.temporary = TemporaryLevels(change, _give_back)
    before = TABLE.default if module is None else TABLE.modules.get(module)
    STATE.temporary.begin(module, before, for_s)
    set_recorded(module, number, by, {"for_s": for_s, **details}, lasts=False)


def _give_back(module: str | None, before: int | None) -> None:
    set_recorded(module, before, "time", {}, lasts=False)


def _record_change(
    module: str | None, before: Levels, after: Levels, by: str, details: dict[str, Any]
) -> None:
    names = {
        "old": level_name(_effective(before, module)),
        "new": level_name(_effective(after, module)),
    }
    record(WARNING, "level changed", by=by, module=module, **names, **details)


def _effective(levels: Levels, module: str | None) -> int:
    default, modules = levels
    return default if module is None else find_level(modules, module, default)
