"""The rules for structlog. Its loggers stay: a set-up captures them, and their processors go."""

from __future__ import annotations

import ast

from provide.foundation._migrate.rules.calls import LEVELS, is_formatted, make_fields
from provide.foundation._migrate.rules.rule import Change, Rule, Use, Verdict, set_up
from provide.foundation._migrate.rules.stdlib import is_odd_level

_METHODS = " ".join(
    f"structlog.BoundLogger.{name} structlog.BoundLogger.a{name}"
    for name in LEVELS.split()
    if name not in ("trace", "success")
)
#: Processors that every line of Foundation has the effect of.
_BUILT_IN = {
    "structlog.contextvars.merge_contextvars",
    "structlog.dev.set_exc_info",
    *(f"structlog.processors.{name}" for name in (
        "add_log_level", "format_exc_info", "dict_tracebacks", "ExceptionRenderer",
        "StackInfoRenderer", "UnicodeDecoder", "UnicodeEncoder", "ExceptionPrettyPrinter",
    )),
    *(f"structlog.stdlib.{name}" for name in (
        "add_log_level", "add_logger_name", "filter_by_level", "PositionalArgumentsFormatter",
        "ExtraAdder", "ProcessorFormatter.wrap_for_formatter", "render_to_log_kwargs",
        "render_to_log_args_and_kwargs", "ProcessorFormatter.remove_processors_meta",
        "StackInfoRenderer",
    )),
}  # fmt: skip
_FORMATS = {
    "structlog.processors.JSONRenderer": '"json"',
    "structlog.processors.LogfmtRenderer": '"key_value"',
    "structlog.processors.KeyValueRenderer": '"key_value"',
    "structlog.dev.ConsoleRenderer": '"key_value"',
}
_FACTORIES = {
    "structlog.PrintLoggerFactory": '"stdout"',
    "structlog.BytesLoggerFactory": '"stdout"',
    "structlog.WriteLoggerFactory": '"stdout"',
    "structlog.stdlib.LoggerFactory": None,
}
_STREAMS = {"sys.stdout": '"stdout"', "sys.stderr": '"stderr"', "sys.stderr.buffer": '"stderr"',
            "sys.stdout.buffer": '"stdout"'}  # fmt: skip
_WITHOUT_EFFECT = frozenset(("context_class", "cache_logger_on_first_use"))


def write_configure(use: Use) -> Change | None:
    """Return `configure(...)` of Foundation for `structlog.configure(...)`."""
    given = use.keywords()
    if given is None or use.call.args:
        return None
    chain = given.pop("processors", None)
    wrapper, factory = given.pop("wrapper_class", None), given.pop("logger_factory", None)
    if given.keys() - _WITHOUT_EFFECT or not isinstance(chain, ast.List | ast.Tuple):
        return None
    named: dict[str, str] = {}
    if not _read_wrapper(use, wrapper, named) or not _read_factory(use, factory, named):
        return None
    own = []
    for each in chain.elts:
        read = _read_processor(use, each, named)
        if read is None:
            return None
        if not read:
            own.append(use.text(each))
    if own:
        named["processors"] = f"[{', '.join(own)}]"
    order = ("level", "level?", "format", "output", "output?")
    sorted_names = sorted(named, key=lambda name: order.index(name) if name in order else 9)
    return set_up(use, {name: named[name] for name in sorted_names})


def _read_processor(use: Use, node: ast.expr, named: dict[str, str]) -> bool | None:
    """Add what a processor asks for; return False for the program's own, None for a riddle."""
    called = isinstance(node, ast.Call)
    found = use.means(node.func if isinstance(node, ast.Call) else node)
    if len(found) != 1 or isinstance(node, ast.Starred | ast.IfExp):
        return None
    value = next(iter(found))
    if not isinstance(value, str) or not value.startswith("structlog."):
        # A function of this file, a call of anything else, or something imported.
        return False if not isinstance(value, str) or "import" in value or called else None
    if value in _BUILT_IN:
        return True
    if value in _FORMATS:
        named["format"] = _FORMATS[value]
        return True
    call = node if isinstance(node, ast.Call) else None
    options = {each.arg: each.value for each in call.keywords} if call else {}
    if value == "structlog.processors.CallsiteParameterAdder":
        named["callsite"] = "True"
        return True
    if value == "structlog.processors.EventRenamer" and call and (call.args or "to" in options):
        _add_key(named, "event", use.text(call.args[0] if call.args else options["to"]))
        return True
    if value == "structlog.processors.TimeStamper":
        form = call.args[0] if call and call.args else options.get("fmt")
        if form is None or (isinstance(form, ast.Constant) and form.value is None):
            named["timestamp"] = '"epoch_s"'
        if "key" in options:
            _add_key(named, "timestamp", use.text(options["key"]))
        return True
    return None


def _add_key(named: dict[str, str], name: str, text: str) -> None:
    inner = named["keys"][1:-1] + ", " if "keys" in named else ""
    named["keys"] = f'{{{inner}"{name}": {text}}}'


def _read_wrapper(use: Use, node: ast.expr | None, named: dict[str, str]) -> bool:
    if node is None:
        named["level?"] = '"DEBUG"'  # structlog leaves nothing out
        return True
    if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        if use.means(node.func) == {"structlog.make_filtering_bound_logger"}:
            named["level"] = use.text(node.args[0])
            return True
        return False
    return bool(use.means(node) <= {"structlog.stdlib.BoundLogger", "structlog.BoundLogger()"})


def _read_factory(use: Use, node: ast.expr | None, named: dict[str, str]) -> bool:
    if node is None:
        named["output?"] = '"stdout"'  # where structlog prints
        return True
    found = use.means(node.func) if isinstance(node, ast.Call) else frozenset()
    value = next(iter(found)) if len(found) == 1 else ""
    if not isinstance(node, ast.Call) or value not in _FACTORIES:
        return False
    place = _FACTORIES[str(value)]
    given = [*node.args, *(each.value for each in node.keywords)]
    if given:
        place = _STREAMS.get(ast.unparse(given[0]))
        if place is None:
            return False
    if place is not None:
        named["output"] = place
    return True


RULES = (
    Rule("structlog", "structlog.configure structlog.configure_once", Verdict.CHANGE,
         "`configure(...)` of Foundation takes its place: a set-up finds loggers of structlog and "
         "does not run the processors that structlog was configured with",
         rewrite=write_configure),
    Rule("structlog", "structlog.reset_defaults", Verdict.DIFFERS,
         "behind a set-up it sends structlog's lines past Foundation; in tests, "
         "`reset_for_testing()` undoes both"),
    Rule("structlog", "structlog.get_logger structlog.getLogger structlog.stdlib.get_logger",
         Verdict.WORKS, "configure() captures it; without a name it has that of the module"),
    Rule("structlog", "structlog.wrap_logger", Verdict.DIFFERS,
         "with processors of its own, the event is what the last of them makes; with a wrapper "
         "class of its own, it passes Foundation by",
         when=lambda use: bool(use.keyword("processors") or use.keyword("wrapper_class"))),
    Rule("structlog", "structlog.wrap_logger", Verdict.WORKS,
         "its lines have the name of the logger that it wraps"),
    Rule("structlog", _METHODS, Verdict.BETTER,
         "the event is another one in each line, so that nobody can count or find it: a constant "
         "event and fields can be searched", when=is_formatted, rewrite=make_fields),
    Rule("structlog", _METHODS, Verdict.WORKS, "its fields are those of the line"),
    Rule("structlog", "structlog.BoundLogger.log structlog.BoundLogger.alog", Verdict.DIFFERS,
         "a level that Foundation has not is written at ERROR, with the number in `level_`",
         when=is_odd_level),
    Rule("structlog", "structlog.BoundLogger.log structlog.BoundLogger.alog", Verdict.WORKS,
         "its fields are those of the line"),
    Rule("structlog", " ".join(f"structlog.BoundLogger.{name}" for name in (
        "bind", "new", "unbind", "try_unbind", "is_enabled_for", "isEnabledFor",
        "get_effective_level", "getEffectiveLevel")), Verdict.WORKS,
         "Foundation's loggers have it, too, under the same name"),
    Rule("structlog", " ".join(f"structlog.BoundLogger.{name}" for name in (
        "setLevel", "addHandler", "removeHandler", "addFilter", "handlers", "hasHandlers")),
         Verdict.NOTHING,
         "the logger behind it is Foundation's: `set_level(...)` and `configure(output=...)`"),
    Rule("structlog", " ".join(f"structlog.contextvars.{name}" for name in (
        "bind_contextvars", "unbind_contextvars", "clear_contextvars", "bound_contextvars")),
         Verdict.WORKS,
         "its fields are in every line, Foundation's own included; `provide.foundation` has a "
         "function of the same name", kind="name"),
    Rule("structlog", "structlog.contextvars.get_contextvars", Verdict.WORKS,
         "it goes on working; the function of that name of `provide.foundation` gives the fields "
         "that were bound through Foundation", kind="name"),
    Rule("structlog", " ".join(f"structlog.contextvars.{name}" for name in (
        "get_merged_contextvars", "reset_contextvars")), Verdict.WORKS,
         "it goes on working for what structlog has bound; `provide.foundation` has no function of "
         "that name", kind="name"),
    Rule("structlog", "structlog.threadlocal.*", Verdict.CHANGE,
         "lines do not have these fields: `bind_contextvars` and its kin take their place",
         kind="name"),
    Rule("structlog", "structlog.testing.capture_logs", Verdict.WORKS,
         "it gets the lines of structlog's loggers; `provide.foundation.testing.capture_logs` and "
         "the fixture `foundation_logs` get all"),
    Rule("structlog", "structlog.testing.LogCapture", Verdict.WORKS,
         "as a processor it gets the lines of structlog's loggers"),
    Rule("structlog", "structlog.testing.CapturingLogger* "
         "structlog.testing.ReturnLogger* structlog.ReturnLogger*", Verdict.CHANGE,
         "`provide.foundation.testing.capture_logs` takes its place"),
    Rule("structlog", " ".join(_FORMATS), Verdict.CHANGE,
         "`configure(format=...)` takes its place: `json`, `key_value`, `compact` or `auto`",
         kind="name"),
    Rule("structlog", "structlog.processors.TimeStamper structlog.processors.MaybeTimeStamper",
         Verdict.CHANGE,
         "every line has its time; `configure(timestamp=...)` is its form, `keys={...}` its name",
         kind="name"),
    Rule("structlog", "structlog.processors.CallsiteParameterAdder", Verdict.CHANGE,
         "`configure(callsite=True)` takes its place; among Foundation's processors it works, too",
         kind="name"),
    Rule("structlog", "structlog.processors.EventRenamer", Verdict.CHANGE,
         '`configure(keys={"event": "message"})` takes its place', kind="name"),
    Rule("structlog", "structlog.stdlib.ProcessorFormatter", Verdict.CHANGE,
         "configure() brings the lines of logging and of structlog into the same format"),
    Rule("structlog", " ".join(sorted(_BUILT_IN)), Verdict.CHANGE,
         "every line of Foundation has its effect: leave it out", kind="name"),
    Rule("structlog", "structlog.make_filtering_bound_logger", Verdict.CHANGE,
         "`configure(level=...)` takes its place", kind="name"),
    Rule("structlog", " ".join(_FACTORIES), Verdict.CHANGE,
         "`configure(output=...)` takes its place", kind="name"),
    Rule("structlog", "structlog.stdlib.AsyncBoundLogger", Verdict.CHANGE,
         "`await log.ainfo(...)` is a method of every logger", kind="name"),
    Rule("structlog", "structlog.stdlib.recreate_defaults", Verdict.CHANGE,
         "`configure(...)` takes its place"),
)  # fmt: skip
