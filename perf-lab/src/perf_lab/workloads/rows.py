"""Lines for people at terminals of a width, where some have to be broken; imports workload only."""

from __future__ import annotations

from perf_lab.workloads.workload import INDEX, Field, Workload

#: The widths: most terminals as they open, and one that has room for most lines.
WIDTHS = (80, 120)
_PLAIN = (
    Field("iteration", "i", INDEX),
    Field("user", "'alice'", "alice"),
    Field("request", "7003", 7003),
    Field("load", "2.5", 2.5),
)
_REQUEST = (
    Field("method", "'GET'", "GET"),
    Field("path", "'/api/v1/orders'", "/api/v1/orders"),
    Field("status", "200", 200),
    Field("duration_ms", "12.7", 12.7),
    Field("iteration", "i", INDEX),
)
_CONTEXT = (
    Field("request_id", "'9f1c2d3e4a5b6c7d'", "9f1c2d3e4a5b6c7d"),
    Field("user_id", "42", 42),
)
_ADDRESS = Field("url", "'https://shop.example/basket?id=7'", "https://shop.example/basket?id=7")
_NESTED = Field(
    "order",
    "{'id': 1042, 'customer': {'name': 'Ana', 'tier': 'gold'}, 'items': [1, 2, 3, 4, 5, 6, 7]}",
    "gold",  # who shows it at all shows this
)
_SMALL = Field("size", "{'w': 2, 'h': 3}")
_ITEMS = Field(
    "items",
    "[{'sku': 'A-1', 'count': 2}, {'sku': 'B-22', 'count': 1}, {'sku': 'C-3', 'count': 70}]",
    "B-22",
)
_WIDE = Field("note", repr("the quick brown fox jumps over the lazy dog " * 3))
_TEXT = "SELECT o.id, o.total\n  FROM orders o\n WHERE o.tier = 'gold'"
_KINDS = (
    ("plain", "four fields", _PLAIN, ()),
    ("request", "status and duration", _REQUEST, ()),
    ("context", "a request's context", _REQUEST[:4], _CONTEXT),
    ("address", "an address", (*_PLAIN[:2], _ADDRESS), ()),
    ("nested", "a nested value", (*_PLAIN[:2], _NESTED), ()),
    ("small", "a small nested value", (*_PLAIN[:2], _SMALL), ()),
    ("items", "a list of dicts", (*_PLAIN[:2], _ITEMS), ()),
    ("wide", "a text of more than a row", (*_PLAIN[:2], _WIDE), ()),
    ("text", "a text of three lines", (*_PLAIN[:2], Field("sql", repr(_TEXT), _TEXT)), ()),
)

ROWS = tuple(
    Workload(
        f"rows_{kind}_{width}", f"{title}, {width} columns", fields=fields, context=context,
        output="terminal", columns=width,
    )
    for width in WIDTHS
    for kind, title, fields, context in _KINDS
) + tuple(
    Workload(
        f"rows_{kind}_{width}", f"{title}, {width} columns", event="request_failed",
        fields=_PLAIN[:1], method="exception", action="exception", deep=kind == "deep",
        output="terminal", columns=width,
    )
    for width in WIDTHS
    for kind, title in (("exception", "an exception"), ("deep", "12 frames and a cause"))
)  # fmt: skip
