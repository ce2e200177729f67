"""What a middleware is told: which values it takes, and which requests get a line."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provide.foundation import ConfigurationError
from provide.foundation.integrations import RequestOptions, RequestSettings
from provide.foundation.integrations.asgi import RequestMiddleware
from web_calls import BODY, START, call

Lines = Callable[[], list[dict[str, Any]]]
PAGE = Path(__file__).parents[3] / "docs/integrations/asgi.md"


def answering(status: int) -> Any:
    """Return an application that answers with a status."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({**START, "status": status})
        await send({**BODY})

    return app


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("logger", ""),
        ("logger", 7),
        ("event", ""),
        ("request_id_header", "X Request"),
        ("request_id_header", "X-Id:\r\nSet-Cookie"),
        ("request_id_header", ""),
        ("skip", "/health"),
        ("skip", [7]),
        ("sample", 1.5),
        ("sample", -0.1),
        ("sample", float("nan")),
        ("sample", "all"),
        ("buffer", "yes"),
        ("buffer", 3),
        ("buffer", {"lines": 3}),
        ("override_token", ""),
        ("override_token", "a b"),
        ("override_token", "caf\xe9"),
        ("exceptions", "swallow"),
        ("bind", {"a": 1}),
    ],
)
def test_wrong_value_is_an_error(field: str, value: Any) -> None:
    """The error names the setting, when the application is made."""
    with pytest.raises(ConfigurationError, match=field):
        RequestSettings(**{field: value})


def test_token_is_in_no_error() -> None:
    """A token that is refused is not shown: half a secret is one, too."""
    with pytest.raises(ConfigurationError) as caught:
        RequestSettings(override_token="hunter 2")

    assert "hunter" not in str(caught.value)


def test_skipped_paths(lines: Lines) -> None:
    """A path of the list, or of which the function says so, has no line unless it fails."""
    for skip in (["/health", "/metrics"], lambda path: path.startswith("/health")):
        call(RequestMiddleware(answering(200), skip=skip), "/health")
        call(RequestMiddleware(answering(404), skip=skip), "/health")
        call(RequestMiddleware(answering(503), skip=skip), "/health")
        call(RequestMiddleware(answering(200), skip=skip), "/orders")

    found = [(line["url.path"], line["http.response.status_code"]) for line in lines()]
    assert [("/health", 503), ("/orders", 200)] * 2 == found


def test_sampled_requests(lines: Lines) -> None:
    """About the share that was asked for has a line, which says the share; failures have all."""
    app = RequestMiddleware(answering(200), sample=0.25)
    for number in range(1000):
        call(app, headers=[("x-request-id", f"r-{number}")])
    found = lines()

    assert 200 < len(found) < 300
    assert {0.25} == {line["sample"] for line in found}
    call(RequestMiddleware(answering(500), sample=0), headers=[("x-request-id", "failed")])
    assert "sample" not in lines()[-1]
    assert "failed" == lines()[-1]["request_id"]


def test_sample_is_decided_by_the_id(lines: Lines) -> None:
    """All services that see an id decide alike, and who keeps more keeps what others keep."""
    kept = []
    for share in (0.2, 0.2, 0.5):
        before = len(lines())
        for number in range(200):
            app = RequestMiddleware(answering(200), sample=share)
            call(app, headers=[("x-request-id", f"r-{number}")])
        kept.append({line["request_id"] for line in lines()[before:]})

    assert kept[0] == kept[1] < kept[2]


def test_options_are_the_arguments() -> None:
    """`RequestOptions`, which type checkers see, names the arguments of `RequestSettings`."""
    parameters = inspect.signature(RequestSettings).parameters

    assert list(parameters) == list(RequestOptions.__annotations__)


def test_page_lists_the_options() -> None:
    """The table of the page has each option, with its default, in the order of the signature."""
    rows = re.findall(r"^\| `(\w+)` \| `(.+?)` \|", PAGE.read_text("utf-8"), re.MULTILINE)
    parameters = inspect.signature(RequestSettings).parameters.values()

    assert [(each.name, each.default) for each in parameters] == [
        (name, eval(default, {})) for name, default in rows
    ]


def test_web_frameworks_are_not_imported() -> None:
    """The package, and the middlewares, import no framework, and nothing slow."""
    program = (
        "import json, sys\n"
        "import provide.foundation.integrations.asgi, provide.foundation.integrations.wsgi\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    heavy = {
        "asyncio",
        "django",
        "fastapi",
        "flask",
        "hmac",
        "litestar",
        "opentelemetry",
        "starlette",
    }
    assert set() == heavy.intersection(json.loads(done.stdout))
