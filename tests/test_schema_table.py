"""The table of docs/schemas.md is what the schemas say, and what its lines have."""

from __future__ import annotations

import json
from typing import Any

import pytest

from provide.foundation._render.schemas import SCHEMAS
from schema_table import PAGE, TABLE, make_table, name_of, read_names

TEXT = PAGE.read_text("utf-8")
#: What the lines of the page do not have: it takes more than one call to show.
ABSENT = {"host", "pid", "emoji", "thread", "task", "stack"}


def find(members: dict[str, Any], name: str) -> bool:
    """Say whether a line has a name of the table, in an object of fields if there is one."""
    around, _, inner = name.partition("/")
    if name.endswith("/"):
        return isinstance(members[around], dict)
    if inner and not name.startswith("logging.googleapis.com/"):
        return inner in members.get(around, {})
    if name.startswith("logging.googleapis.com/sourceLocation/"):
        return name.rpartition("/")[2] in members["logging.googleapis.com/sourceLocation"]
    return name in members or name in members.get("Attributes", {})


def test_table_is_what_the_schemas_say() -> None:
    """Nobody has to write the table by hand: `python tests/schema_table.py` does."""
    found = TABLE.search(TEXT)

    assert found is not None
    assert make_table() == found[0]


@pytest.mark.parametrize("number", range(len(SCHEMAS)), ids=list(SCHEMAS))
def test_lines_have_the_names_of_the_table(number: int) -> None:
    """Each name that the table gives a schema stands in the line that the page shows of it."""
    output = TEXT.split('title="all.py"')[1].split("```json\n")[1]
    line = json.loads(output.splitlines()[number])
    schema = list(SCHEMAS.values())[number]
    absent = {name_of(schema.names.get(key, key)) for key in ABSENT}
    names = [name for name in read_names(TEXT)[number] if name not in absent]

    assert len(names) > 10
    assert [] == [name for name in names if not find(line, name)]
