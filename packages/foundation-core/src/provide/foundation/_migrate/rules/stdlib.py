"""The rules for `logging` and python-json-logger. Their loggers stay: a set-up captures them."""

from __future__ import annotations

import ast

from provide.foundation._migrate.rules.calls import both, is_formatted, make_extra
from provide.foundation._migrate.rules.rule import (
    Change,
    Rule,
    Use,
    Verdict,
    rename,
    set_up,
)

_LEVELS = "debug info warning error exception critical fatal"
_METHODS = " ".join(
    f"logging.Logger.{name} logging.LoggerAdapter.{name}" for name in _LEVELS.split()
)
_FUNCTIONS = " ".join(f"logging.{name}" for name in _LEVELS.split())
_LOG = "logging.Logger.log logging.LoggerAdapter.log logging.log"
_WARN = "logging.Logger.warn logging.LoggerAdapter.warn logging.warn"
_STREAMS = {"sys.stdout": '"stdout"', "sys.stderr": '"stderr"'}
#: What `basicConfig` says about texts, which Foundation's formats take the place of.
_ABOUT_TEXT = frozenset(("format", "datefmt", "style", "force", "encoding", "errors", "filemode"))


def write_configure(use: Use) -> Change | None:
    """Return `configure(...)` for `basicConfig(...)`, as far as it says level and place."""
    given = use.keywords()
    if given is None or use.call.args or not isinstance(use.node, ast.Call):
        return None
    named = {}
    for name, node in given.items():
        if name == "level":
            named["level"] = use.text(node)
        elif name == "filename":
            named["output"] = use.text(node)
        elif name == "stream":
            place = _STREAMS.get(ast.unparse(node))
            if place is None:
                return None
            named["output"] = place
        elif name not in _ABOUT_TEXT:
            return None
    # Without a level logging begins at WARNING, and Foundation at INFO.
    level = {} if "level" in named else {"level?": '"WARNING"'}
    return set_up(use, level | named)


def is_odd_level(use: Use) -> bool:
    """Tell whether a level is for certain none of the five that Foundation has, too."""
    level = use.call.args[0] if use.call.args else None
    if isinstance(level, ast.Constant):
        return level.value not in (10, 20, 30, 40, 50)
    found = use.means(level)
    names = {
        f"logging.{name}"
        for name in ("DEBUG", "INFO", "WARNING", "WARN", "ERROR", "CRITICAL", "FATAL")
    }
    known = {each for each in found if isinstance(each, str) and not each.startswith("?")}
    return bool(known - names)


def is_switched_off(use: Use) -> bool:
    """Tell whether something is set to False."""
    value = getattr(use.node, "value", None)
    return isinstance(value, ast.Constant) and not value.value


def _on_console(use: Use) -> bool:
    stream = use.call.args[0] if use.call.args else use.keyword("stream")
    return stream is None or ast.unparse(stream) in _STREAMS


def _is_elsewhere(use: Use) -> bool:
    """Tell whether a handler is one of logging's that do not write to the console."""
    handlers = use.means(use.call.args[0] if use.call.args else None)
    return bool(handlers) and all(
        isinstance(each, str)
        and each.startswith("logging.")
        and each.endswith("Handler()")
        and each not in ("logging.StreamHandler()", "logging.Handler()")
        and not each.endswith(("QueueHandler()", "MemoryHandler()"))
        for each in handlers
    )


RULES = (
    Rule("logging", "logging.getLogger logging.Logger.getChild", Verdict.WORKS,
         "configure() captures every logger of logging, whenever it was made"),
    Rule("logging", f"{_METHODS} {_FUNCTIONS}", Verdict.BETTER,
         "the event is another one in each line, so that nobody can count or find it: a constant "
         "event and the values in `extra` become a line with fields",
         when=is_formatted, rewrite=make_extra),
    Rule("logging", _WARN, Verdict.BETTER,
         "the event is another one in each line, so that nobody can count or find it, and a line "
         "about the deprecation comes besides",
         when=is_formatted, rewrite=both(rename("warning"), make_extra)),
    Rule("logging", _WARN, Verdict.BETTER,
         "it is written, and so is a line about its deprecation", rewrite=rename("warning")),
    Rule("logging", f"{_METHODS} {_FUNCTIONS}", Verdict.WORKS,
         "the event is the formatted message, and the keys of `extra` become fields"),
    Rule("logging", _LOG, Verdict.DIFFERS,
         "a level that Foundation has not is written as the one below it, and the field "
         "`stdlib_level` has its name", when=is_odd_level),
    Rule("logging", _LOG, Verdict.WORKS, "the event is the formatted message"),
    Rule("logging", "logging.addLevelName", Verdict.DIFFERS,
         "lines of that level are written at the level below it, with its name in `stdlib_level`"),
    Rule("logging", "logging.LoggerAdapter", Verdict.WORKS,
         "its `extra` becomes fields; a logger with bound fields is `get_logger(name).bind(...)`"),
    Rule("logging", "logging.basicConfig", Verdict.CHANGE,
         "`configure(level=..., format=..., output=...)` takes its place, and lines have "
         "Foundation's formats", rewrite=write_configure),
    Rule("logging", "logging.config.dictConfig logging.config.fileConfig", Verdict.CHANGE,
         "`configure(...)` takes its place: a level of a logger is an entry of `module_levels`, a "
         "handler an entry of `output`, a formatter is `format`"),
    Rule("logging", "logging.config.listen", Verdict.NOTHING,
         "a running service gets levels from its file, a signal or HTTP: see Levels in production"),
    Rule("logging", "logging.Formatter", Verdict.DIFFERS,
         "lines have the format that `configure(format=...)` names; a formatter still counts for "
         "handlers that stay, such as those of files"),
    Rule("logging", "logging.Formatter", Verdict.DIFFERS,
         "it counts for handlers that stay, such as those of files; what it adds to a line or "
         "masks there can be a processor for all lines: `configure(processors=[...])`",
         kind="class"),
    Rule("logging", "logging.Handler.setFormatter", Verdict.DIFFERS,
         "of a handler that ends at stderr or stdout nothing but filters and level count"),
    Rule("logging", "logging.StreamHandler", Verdict.DIFFERS,
         "it is set aside, whenever it is added: lines come once, in Foundation's format; "
         '`configure(output="stderr")` takes its place', when=_on_console),
    Rule("logging", "logging.StreamHandler logging.FileHandler logging.handlers.WatchedFileHandler",
         Verdict.WORKS,
         "a handler that writes elsewhere stays, with its format; as a file of Foundation's it is "
         '`OutputConfig("app.log")`'),
    Rule("logging", "logging.handlers.RotatingFileHandler "
         "logging.handlers.TimedRotatingFileHandler", Verdict.WORKS,
         "it stays, with its format; several processes may share a file of Foundation's: "
         '`configure(output="app.log", rotation=Rotation(...))`'),
    Rule("logging", "logging.handlers.QueueHandler logging.handlers.QueueListener", Verdict.DIFFERS,
         "lines to stderr, stdout and Foundation's files do not go through the queue: "
         '`configure(delivery="background")` has one for them'),
    Rule("logging", "logging.handlers.MemoryHandler", Verdict.WORKS,
         "it stays; the debug lines of a request that fails are `buffered()` of Foundation"),
    Rule("logging", "logging.NullHandler", Verdict.WORKS, "it writes nothing"),
    Rule("logging", "logging.Handler", Verdict.WORKS,
         "a handler of your own stays; it may be an output, too: `configure(output=[...])`",
         kind="class"),
    Rule("logging", "logging.handlers.*", Verdict.WORKS,
         "a handler that writes elsewhere stays; it may be an output, too: "
         "`configure(output=[...])`"),
    Rule("logging", "logging.Filter", Verdict.WORKS,
         "filters go on working: what they add is a field, what they drop is counted",
         kind="class"),
    Rule("logging", "logging.Logger.addFilter logging.Handler.addFilter", Verdict.WORKS,
         "filters go on working: what they add is a field, what they drop is counted"),
    Rule("logging", "logging.Logger.addHandler", Verdict.WORKS,
         "a handler that writes elsewhere stays, with its format", when=_is_elsewhere),
    Rule("logging", "logging.Logger.addHandler", Verdict.DIFFERS,
         "a handler that ends at stderr or stdout is set aside, whenever it is added; any other "
         "one stays"),
    Rule("logging", "logging.Logger.removeHandler", Verdict.WORKS,
         "the lists of handlers stay as you keep them"),
    Rule("logging", "logging.RootLogger.setLevel", Verdict.DIFFERS,
         "configure() sets the level of the root logger; behind it, it holds for records of "
         'logging alone, and `set_level("...")` holds for all lines'),
    Rule("logging", "logging.Logger.setLevel", Verdict.WORKS,
         "a level of a logger's own holds for its records, beside that of `module_levels`"),
    Rule("logging", "logging.Handler.setLevel", Verdict.DIFFERS,
         "where a handler is set aside, Foundation's levels decide: `configure(level=...)`, or "
         "`level` of an `OutputConfig`"),
    Rule("logging", "logging.disable", Verdict.DIFFERS,
         "it holds for records of logging and not for Foundation's own loggers: "
         '`set_level("...")` holds for all'),
    Rule("logging", "logging.Logger.isEnabledFor logging.Logger.getEffectiveLevel "
         "logging.LoggerAdapter.isEnabledFor", Verdict.DIFFERS,
         "it may say yes for a line that `module_levels` leaves out; "
         "`get_logger(name).isEnabledFor(...)` is exact"),
    Rule("logging", "logging.Logger.propagate", Verdict.DIFFERS,
         "lines of a logger with `propagate = False` come if configure() has found a handler of "
         "its own for the console there, and else not",
         kind="set", when=is_switched_off),
    Rule("logging", "logging.Logger.handlers", Verdict.WORKS,
         "the lists of handlers stay as you keep them", kind="set"),
    Rule("logging", "logging.captureWarnings", Verdict.WORKS,
         "configure() does the same; the logger is `py.warnings`"),
    Rule("logging", "logging.setLogRecordFactory", Verdict.WORKS,
         "what the factory adds becomes a field of the records of logging; "
         "`configure(fields={...})` is for all lines"),
    Rule("logging", "logging.setLoggerClass", Verdict.WORKS,
         "loggers of that class are captured as others are"),
    Rule("logging", "logging.shutdown", Verdict.WORKS,
         "it closes the handlers of logging; Foundation's outputs are closed at exit, or by "
         "`shutdown_telemetry()`"),
    Rule("logging", "pythonjsonlogger.json.JsonFormatter pythonjsonlogger.jsonlogger.JsonFormatter "
         "pythonjsonlogger.orjson.OrjsonFormatter pythonjsonlogger.msgspec.MsgspecFormatter",
         Verdict.CHANGE,
         '`configure(format="json")` takes its place; `rename_fields` is `keys={...}`, '
         "`static_fields` is `fields={...}`", kind="name"),
    Rule("logging", "pythonjsonlogger.json.JsonFormatter pythonjsonlogger.jsonlogger.JsonFormatter",
         Verdict.CHANGE,
         "what `add_fields` adds becomes a processor: `configure(processors=[...])`", kind="class"),
)  # fmt: skip
