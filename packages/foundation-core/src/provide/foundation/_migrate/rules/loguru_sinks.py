"""How the sinks of loguru become outputs of Foundation's."""

from __future__ import annotations

import ast
import re

from provide.foundation._migrate.rules.rule import Change, Use, set_up, spell_call, take_away

_STREAMS = {
    "sys.stdout": '"stdout"',
    "sys.stderr": '"stderr"',
    "sys.__stdout__": '"stdout"',
    "sys.__stderr__": '"stderr"',
}
#: Options that say how texts look, and what Foundation does in any case or never.
_WITHOUT_EFFECT = frozenset(("format", "backtrace", "diagnose", "catch", "encoding", "mode"))
#: In bytes. loguru reads a small `b` as bits, which nobody means: such a size is left alone.
_SIZES = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_SECONDS = {
    "second": 1,
    "minute": 60,
    "min": 60,
    "hour": 3600,
    "h": 3600,
    "day": 86_400,
    "d": 86_400,
    "week": 604_800,
    "w": 604_800,
}
_PERIODS = ("hourly", "daily", "weekly", "monthly")


def write_configure(use: Use) -> Change | None:
    """Return `configure(...)` for the one `add(...)` of a file."""
    given = use.keywords()
    adds, removes = count_calls(use)
    if given is None or len(use.call.args) > 1 or adds != 1:
        return None  # several sinks are several outputs: for a person to write down
    sink = use.call.args[0] if use.call.args else given.pop("sink", None)
    output = _read_sink(sink, use)
    if output is None or use.source.find_statement(use.source.span(use.node)) is None:
        return None
    # loguru writes to stderr as well until that is removed.
    named = {"level": '"DEBUG"', "output": output if removes else f'["stderr", {output}]'}
    rotation: dict[str, str] = {}
    imports = set()
    for name, node in given.items():
        value = node.value if isinstance(node, ast.Constant) else ...
        if name == "level":
            named["level"] = use.text(node)
        elif name == "serialize":
            if value is True:
                named["format"] = '"json"'
        elif name == "enqueue":
            if value is True:
                named["delivery"] = '"background"'
        elif name in ("rotation", "retention", "compression"):
            if not _read_rotation(name, value, rotation):
                return None
        elif name == "colorize" and isinstance(value, bool):
            named["console"] = f"Console(colors={value})"
            imports.add("Console")
        elif name not in _WITHOUT_EFFECT:
            return None
    if rotation:
        named["rotation"] = spell_call("Rotation", (), rotation)
        imports.add("Rotation")
    return set_up(use, named, imports)


def remove_sinks(use: Use) -> Change | None:
    """Take a statement `logger.remove(...)` away."""
    found = use.source.find_statement(use.source.span(use.node))
    if found is None:
        return None
    return Change((take_away(use.source, *found),))


def count_calls(use: Use) -> tuple[int, int]:
    """Return how many calls of `add` and of `remove` the logger has in a file."""
    function = use.call.func
    owner = ast.dump(function.value) if isinstance(function, ast.Attribute) else ""
    called = [
        each.func.attr
        for each in ast.walk(use.source.tree)
        if isinstance(each, ast.Call)
        and isinstance(each.func, ast.Attribute)
        and each.func.attr in ("add", "remove")
        and ast.dump(each.func.value) == owner
    ]
    return called.count("add"), called.count("remove")


def _read_sink(sink: ast.expr | None, use: Use) -> str | None:
    if sink is None:
        return None
    stream = _STREAMS.get(ast.unparse(sink))
    if stream is not None:
        return stream
    if isinstance(sink, ast.Constant) and isinstance(sink.value, str):
        # `{time}` in the name of a file is loguru's own.
        return None if "{" in sink.value else use.text(sink)
    return None


def _read_rotation(name: str, value: object, rotation: dict[str, str]) -> bool:
    """Add what rotation, retention or compression asks for; False: it cannot be told."""
    if name == "compression":
        rotation["compress"] = "True"
        return value in ("gz", "zip", "tar.gz", "bz2", "xz", "lzma")
    if isinstance(value, int) and not isinstance(value, bool):
        rotation["max_bytes" if name == "rotation" else "backup_count"] = f"{value:_}"
        return True
    if not isinstance(value, str):
        return False
    if name == "rotation":
        if value in _PERIODS or value == "00:00":
            rotation["when"] = f'"{value}"' if value in _PERIODS else '"daily"'
            return True
        size = re.fullmatch(r"([\d.]+) ?([KMG]?i?B)", value)
        if size is not None and size[2] in _SIZES:
            rotation["max_bytes"] = f"{int(float(size[1]) * _SIZES[size[2]]):_}"
            return True
    seconds = read_duration(value)
    if seconds is not None:
        rotation["when" if name == "rotation" else "max_age_s"] = f"{seconds:_}"
    return seconds is not None


def read_duration(text: str) -> int | None:
    """Return the seconds of a duration such as `10 days`, or None."""
    found = re.fullmatch(r"(\d+) ?([a-z]+?)s?", text)
    unit = _SECONDS.get(found[2]) if found else None
    return int(found[1]) * unit if found and unit else None
