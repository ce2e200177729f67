"""The rules for loguru. Nothing captures its logger: a logger of Foundation's takes its place."""

from __future__ import annotations

import ast

from provide.foundation._migrate.rules.calls import (
    LEVELS,
    both,
    fill_braces,
    is_braced,
    is_formatted,
    make_fields,
    values_of,
)
from provide.foundation._migrate.rules.loguru_sinks import remove_sinks, write_configure
from provide.foundation._migrate.rules.rule import (
    IMPORTS,
    Change,
    Edit,
    Rewrite,
    Rule,
    Use,
    Verdict,
    rename,
    replace,
    spell_call,
)

_NAMES = [name for name in LEVELS.split() if name not in ("warn", "fatal", "msg")]
_METHODS = " ".join(f"loguru.Logger.{name}" for name in _NAMES if name != "success")
_CATCH = {
    "exception": "exceptions",
    "level": "level",
    "reraise": "reraise",
    "onerror": "on_error",
    "exclude": "exclude",
    "default": "default",
    "message": "event",
}
#: The levels of loguru that Foundation has under the same name, and their numbers.
_LEVELS = ("TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", 5, 10, 20, 30, 40, 50)


def take_logger(use: Use) -> Change | None:
    """Return a logger of Foundation's for `from loguru import logger`."""
    node = use.node
    if (
        not isinstance(node, ast.ImportFrom)
        or len(node.names) != 1
        or node.names[0].name != "logger"
    ):
        return None
    name = node.names[0].asname or "logger"
    given = f"{name} = get_logger(__name__)"
    if use.scope.parent is None and node in use.source.tree.body:
        start, end = use.source.span(node)
        return Change((Edit(start, end, IMPORTS),), frozenset(("get_logger",)), (given,))
    indent = " " * node.col_offset
    return replace(use, node, f"from provide.foundation import get_logger\n{indent}{given}")


def catch(use: Use) -> Change | None:
    """Return `catch` with the keywords of Foundation's."""
    if not isinstance(use.node, ast.Call):
        return replace(use, use.node, f"{use.text(use.node)}(reraise=False)")
    given, args = use.keywords(), use.call.args
    if given is None or len(args) > 1 or given.keys() - _CATCH.keys():
        return None
    if args and _is_function(use, args[0]):
        return None
    named = {"exceptions": use.text(args[0])} if args else {}
    named |= {_CATCH[name]: use.text(node) for name, node in given.items()}
    if "reraise" not in named:
        named["reraise"] = "False"
    return replace(use, use.node, spell_call(use.text(use.call.func), (), named))


def take_option(use: Use) -> Change | None:
    """Return the call behind `opt(exception=...)` or `opt(depth=...)` with keywords instead."""
    given, outer, function = use.keywords(), use.outer, use.call.func
    if given is None or use.call.args or outer is None or not isinstance(function, ast.Attribute):
        return None
    added = []
    for name, node in given.items():
        if name == "exception":
            added.append(f"exc_info={use.text(node)}")
        elif name == "depth" and isinstance(node, ast.Constant) and isinstance(node.value, int):
            added.append(f"stacklevel={node.value + 1}")
        else:
            return None
    inside = [*outer.args, *(each.value for each in outer.keywords)]
    if not inside or not added:
        return None
    place = max(use.source.span(each)[1] for each in inside)
    start = use.source.span(function.value)[1]
    cut = Edit(start, use.source.span(use.call)[1], "")
    return Change((cut, Edit(place, place, "".join(f", {each}" for each in added))))


def call_instead(name: str) -> Rewrite:
    """Return what puts a function of Foundation's in the place of a method."""

    def rewrite(use: Use) -> Change | None:
        return replace(use, use.call.func, name, name)

    return rewrite


def switch_off(use: Use) -> Change | None:
    """Return `set_level("OFF", logger=...)` for `disable(...)`."""
    args = use.call.args
    if len(args) != 1 or use.call.keywords:
        return None
    if isinstance(args[0], ast.Constant) and not args[0].value:
        return replace(use, use.node, 'set_level("OFF")', "set_level")
    return replace(use, use.node, f'set_level("OFF", logger={use.text(args[0])})', "set_level")


def _is_function(use: Use, node: ast.expr) -> bool:
    """Tell whether `catch` gets the function itself, and no class of exceptions."""
    return isinstance(node, ast.Lambda) or any(
        not isinstance(each, str) and not each.is_class for each in use.means(node)
    )


def _is_odd(use: Use) -> bool:
    level = use.call.args[0] if use.call.args else None
    return isinstance(level, ast.Constant) and level.value not in _LEVELS


_FORMAT_TOO = "; loguru fills its braces from what follows, and Foundation does not"

RULES = (
    Rule("loguru", "loguru.logger", Verdict.CHANGE,
         "Foundation does not capture loguru: `get_logger(__name__)` takes the logger's place, and "
         "most calls stay", kind="import", rewrite=take_logger),
    Rule("loguru", "loguru", Verdict.CHANGE,
         "Foundation does not capture loguru: `get_logger(__name__)` takes the place of "
         "`loguru.logger`", kind="import"),
    Rule("loguru", "loguru.Logger", Verdict.CHANGE,
         "`provide.foundation.Logger` takes its place", kind="import"),
    Rule("loguru", "loguru.Logger.success", Verdict.CHANGE,
         "there is no level success: `info`, with a field that says so if anybody reads it"
         + _FORMAT_TOO, when=is_braced, rewrite=both(rename("info"), fill_braces)),
    Rule("loguru", "loguru.Logger.success", Verdict.CHANGE,
         "there is no level success: `info`, with a field that says so if anybody reads it",
         rewrite=rename("info")),
    Rule("loguru", _METHODS, Verdict.CHANGE,
         "loguru fills the braces of a message from what follows it; here the event is constant, "
         "and values are fields", when=is_braced, rewrite=fill_braces),
    Rule("loguru", _METHODS, Verdict.CHANGE,
         "loguru leaves what follows a message without braces out; here it is %-formatted",
         when=lambda use: bool(values_of(use))),
    Rule("loguru", _METHODS, Verdict.BETTER,
         "the event is another one in each line, so that nobody can count or find it: a constant "
         "event and fields can be searched", when=is_formatted, rewrite=make_fields),
    Rule("loguru", _METHODS, Verdict.WORKS, "Foundation's logger has the same method"),
    Rule("loguru", "loguru.Logger.log", Verdict.CHANGE,
         "a level that Foundation has not is written at ERROR, with its name in `level_`: take one "
         "of trace, debug, info, warning, error and critical", when=_is_odd),
    Rule("loguru", "loguru.Logger.log", Verdict.CHANGE,
         "loguru fills the braces of a message from what follows it; here the event is constant, "
         "and values are fields", when=is_braced, rewrite=fill_braces),
    Rule("loguru", "loguru.Logger.log", Verdict.WORKS, "Foundation's logger has the same method"),
    Rule("loguru", "loguru.Logger.bind", Verdict.WORKS, "Foundation's logger has the same method"),
    Rule("loguru", "loguru.Logger.contextualize", Verdict.CHANGE,
         "`bound_contextvars(...)` takes its place, in `with` and as a decorator",
         rewrite=call_instead("bound_contextvars")),
    Rule("loguru", "loguru.Logger.catch", Verdict.CHANGE,
         "Foundation's `catch` lets the exception go on unless `reraise=False`, and calls its "
         "keywords otherwise", kind="name", rewrite=catch),
    Rule("loguru", "loguru.Logger.opt", Verdict.CHANGE,
         "`exception=` is `exc_info=`, `depth=n` is `stacklevel=n + 1`, `lazy=True` is "
         "`lazy(function)` around each value; `colors`, `raw`, `record` and `capture` have no "
         "counterpart", rewrite=take_option),
    Rule("loguru", "loguru.Logger.patch", Verdict.CHANGE,
         "`bind(...)` adds fields that are known; `configure(processors=[...])` has functions that "
         "change each line"),
    Rule("loguru", "loguru.Logger.add", Verdict.CHANGE,
         "`configure(output=...)` takes its place; `rotation`, `retention` and `compression` are "
         "`Rotation(...)`, `enqueue` is `delivery=\"background\"`, `serialize` is "
         "`format=\"json\"`",
         rewrite=write_configure),
    Rule("loguru", "loguru.Logger.remove", Verdict.CHANGE,
         "configure() sets all outputs at once, so there is nothing to remove",
         rewrite=remove_sinks),
    Rule("loguru", "loguru.Logger.configure", Verdict.CHANGE,
         "`configure(...)` of Foundation takes its place: `handlers` is `output`, `extra` is "
         "`fields`, `patcher` is `processors`, `activation` is `module_levels`"),
    Rule("loguru", "loguru.Logger.disable", Verdict.CHANGE,
         '`set_level("OFF", logger=...)` takes its place', rewrite=switch_off),
    Rule("loguru", "loguru.Logger.enable", Verdict.CHANGE,
         '`set_level("INFO", logger=...)` takes its place'),
    Rule("loguru", "loguru.Logger.complete", Verdict.CHANGE,
         "`flush()` takes its place, and is not awaited"),
    Rule("loguru", "loguru.Logger.level", Verdict.NOTHING,
         "Foundation has six levels; a field says what another one meant"),
    Rule("loguru", "loguru.Logger.parse", Verdict.NOTHING,
         "lines in JSON need no pattern: `foundation view` and `jq` read them"),
    Rule("loguru", "loguru.Logger.reinstall", Verdict.NOTHING,
         "a process that is spawned sets itself up: call configure() there"),
)  # fmt: skip
