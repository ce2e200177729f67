"""What becomes of errors: of our own, and of responses that cannot be ended."""

from __future__ import annotations

from provide.foundation import FoundationError
from provide.foundation.extension import COUNTERS, DIAGNOSTICS, let_through


class ResponseCutShort(FoundationError):
    """Say to a server that a response cannot be ended; the exception stands on its line.

    Args:
        request_id: The id of the request.
    """

    def __init__(self, request_id: str) -> None:
        self.request_id = request_id
        super().__init__(f"request {request_id} failed when its response had begun: see its line")


def report_fault(part: str, error: Exception) -> None:
    """Count a fault as ``integration``, and report the first one of its part.

    Call it where the error is handled. What a signal handler has raised goes on from here.

    Args:
        part: What has failed, such as ``"bind"``.
        error: How.
    """
    let_through()
    COUNTERS.fault("integration")
    kind = type(error)
    DIAGNOSTICS.report_once(
        f"integration:{part}",
        "part of the logging of a request or task failed, which went on",
        {"part": part, "error": f"{kind.__qualname__}: {_text_of(error)}"},
    )


def _text_of(error: Exception) -> str:
    try:
        return str(error)[:500]
    except Exception:  # a request goes on whatever fails: the class is anybody's
        let_through()
        return "?"
