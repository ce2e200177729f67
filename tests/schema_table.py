"""Which name each part of a line has in each schema, for the documentation.

`python tests/schema_table.py` writes the table of docs/schemas.md; `test_schema_table.py` compares
it, and looks the names up in the lines that the page shows.
"""

from __future__ import annotations

import re
from pathlib import Path

from provide.foundation._record.exceptions import FRAME_KEYS
from provide.foundation._record.schema import MEMBERS
from provide.foundation._render.schemas import SCHEMAS, Place, Schema

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs/schemas.md"
#: The head of the table, and its rows.
TABLE = re.compile(r"^\| what \| `foundation` .*\n\|[-|]+\|\n(?:\|.*\n)*", re.MULTILINE)
#: Of what makes members of its own of a trace: the names, by those of Foundation.
_TRACE = ("trace_id", "span_id", "trace_flags")
#: The parts of an exception, as a schema has them; Foundation's own is an object.
_EXCEPTION = ("exception.type", "exception.message", "stack_trace")


def name_of(place: Place) -> str:
    """Return a place as the table has it."""
    return place if isinstance(place, str) else "/".join(place)


def names_in(schema: Schema) -> dict[str, str]:
    """Return what a schema calls the parts of a line, by what the rows are called."""
    names = {member.key: name_of(schema.names.get(member.key, member.key)) for member in MEMBERS}
    if schema.trace is not None:
        own = dict(zip(_TRACE, schema.trace[1], strict=False))
        names |= {key: own.get(key, "") for key in _TRACE}
    if schema.level_number is not None:
        names["level"] += f", {schema.level_number[0]}"
    if schema.exception is None:
        exception = ["exception/type", "exception/message", "exception"]
    else:
        exception = ["" if place is None else name_of(place) for place in schema.exception]
    del names["exception"], names["stack_trace"]
    callsite = schema.callsite or tuple([("callsite", key) for key in FRAME_KEYS])
    del names["callsite"]
    names["fields"] = "" if schema.fields_in is None else f"{schema.fields_in}/"
    names |= dict(zip(("exception: type", "message", "traceback"), exception, strict=True))
    keys = ("call site: file", "line", "function")
    return names | dict(zip(keys, map(name_of, callsite), strict=True))


def make_table() -> str:
    """Return the table in Markdown."""
    rows = ["| what | " + " | ".join(f"`{name}`" for name in SCHEMAS) + " |"]
    rows.append("|" + "---|" * (1 + len(SCHEMAS)))
    columns = [names_in(schema) for schema in SCHEMAS.values()]
    for what in columns[0]:
        cells = ["`, `".join(column[what].split(", ")) for column in columns]
        shown = [f"`{cell}`" if cell else "-" for cell in cells]
        if what == "fields":
            shown = [cell if cell != "-" else "at the top" for cell in shown]
        rows.append(f"| {what.replace('_', ' ')} | " + " | ".join(shown) + " |")
    return "\n".join(rows) + "\n"


def read_names(text: str) -> list[list[str]]:
    """Return the names in each column of the table of a page."""
    found = TABLE.search(text)
    rows = [row.strip("|").split("|")[1:] for row in found[0].splitlines()[2:]] if found else []
    return [re.findall("`([^`]+)`", " ".join(column)) for column in zip(*rows, strict=True)]


if __name__ == "__main__":
    page = PAGE.read_text("utf-8")
    PAGE.write_text(TABLE.sub(lambda _: make_table(), page), "utf-8")
