"""Never silent: a frozen program loses none of its extensions in silence."""

from __future__ import annotations

import json
import sys
from typing import Any

from perf_lab.torture.case import KEPT, Performance, Stage, case
from perf_lab.torture.judge import every_line, manner


def _marked_or_said(performance: Performance) -> str:
    found = manner(performance) or every_line(performance)
    if found != KEPT:
        return found
    lines: list[dict[str, Any]] = [json.loads(line) for line in performance.data.splitlines()]
    lines += [json.loads(line) for line in performance.aside.splitlines() if line[:1] == b"{"]
    marked = sum("emoji" in line for line in lines)
    if performance.facts["importable"]:
        calls = sum(line["event"] == "user_login" for line in lines)
        return KEPT if marked >= calls > 0 else f"{calls - marked} of {calls} without emoji"
    said = any(line.get("not_in_the_frozen_program") == "foundation-emoji" for line in lines)
    return KEPT if said else "emoji gone, and nothing said"


@case(2, _marked_or_said, form="json", output="none", only=("foundation",))
def frozen_without_metadata(stage: Stage) -> None:
    """A frozen program without any package's metadata, in which emoji are switched on."""
    import importlib.metadata as metadata
    from importlib.util import find_spec

    from perf_lab.torture.libraries import LIBRARIES, Request

    def find_nothing(**_: Any) -> metadata.EntryPoints:
        return metadata.EntryPoints()

    metadata.entry_points = find_nothing  # type: ignore[assignment]
    sys.frozen = True  # type: ignore[attr-defined]
    options = {"das_emoji_prefix_enabled": True}
    request = Request(stage.file, text=False, watch=False, options=options)
    stage.log = LIBRARIES["foundation"].set_up(request)
    for number in range(10):
        stage.call(number=number)
        stage.attempt(stage.log.info, "user_login", number=number)
    stage.facts["importable"] = find_spec("provide.foundation.emoji") is not None
