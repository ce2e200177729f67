"""The layouts of the lines of one configuration: one for each schema that its outputs name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from provide.foundation._config.logging import LoggingConfig
from provide.foundation._record.schema import CALLER
from provide.foundation._record.timestamps import ISO
from provide.foundation._render.layout import Layout
from provide.foundation.errors import ConfigurationError

#: By the schema that an output names, or `None`; where there is none, lines are as ever.
Layouts = Mapping[str | None, Layout]


def make_layouts(logging: LoggingConfig, constants: Iterable[str]) -> Layouts:
    """Return how lines in JSON are laid out, where they are not as `_record/schema.py` has them.

    Args:
        logging: The configuration.
        constants: The names of what all lines have alike.

    Raises:
        ConfigurationError: Two members would have one name, or one that of a field of all lines.
    """
    layouts: dict[str | None, Layout] = {}
    optional = {*constants, *(each.key for each in CALLER if getattr(logging, each.key))}
    for schema in {entry.schema for entry in logging.outputs} or {None}:
        name, keys = (logging.schema, logging.keys) if schema is None else (schema, {})
        if (name, logging.timestamp) == ("foundation", ISO) and not keys:
            continue
        try:
            layout = layouts[schema] = Layout(name, logging.timestamp, keys, optional)
        except ValueError as error:
            allowed = f"names that no other member of the schema {name} has, and {error} is one"
            raise ConfigurationError("logging.keys", dict(keys), allowed) from None
        for field in logging.fields:
            if field in layout.reserved and field not in layout.names:
                allowed = f"other names than {field}, which lines of the schema {name} have"
                raise ConfigurationError("logging.fields", field, allowed)
    return layouts
