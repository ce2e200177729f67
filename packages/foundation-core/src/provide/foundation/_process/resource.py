"""What OTEL_RESOURCE_ATTRIBUTES says of this process; standard library only."""

from __future__ import annotations

from urllib.parse import unquote


def read_resource(text: str) -> tuple[dict[str, str], list[str]]:
    """Return the attributes of ``service.name=shop,service.version=1``, and what is none.

    Values are percent-encoded, and an entry that is wrong costs none of the others. OpenTelemetry's
    SDK for Python reads them so, too.
    """
    attributes, wrong = {}, []
    for entry in filter(None, map(str.strip, text.split(","))):
        name, sign, value = entry.partition("=")
        if sign and name.strip():
            attributes[name.strip()] = unquote(value.strip())
        else:
            wrong.append(entry)
    return attributes, wrong
