"""The process that one library plays one scene in, by library and case."""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path

from perf_lab.torture.case import CASES, Stage
from perf_lab.torture.cases import load
from perf_lab.torture.libraries import LIBRARIES, LogCalls, Request

#: Values that unfold into terabytes must not take the machine with them.
MEMORY_BYTES = 3 << 30
#: A scene takes a second or two; what has used so much has no end.
CPU_SECONDS = 8


def no_library() -> LogCalls:
    """Return a log for scenes that set nothing up."""

    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("nothing is set up")

    return LogCalls(refuse, refuse, refuse)


def main() -> None:
    """Set the library up, play the scene, report."""
    library, case = LIBRARIES[sys.argv[1]], CASES[sys.argv[2]]
    folder = Path(os.environ["TORTURE_FOLDER"])
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    stage = Stage(no_library(), folder, os.environ.get("TORTURE_TAG", "m"))
    stage.facts.update(json.loads(os.environ.get("TORTURE_FACTS", "{}")))
    if case.output != "none":
        path = stage.file if case.output == "file" else None
        form = case.form if case.form != "any" else library.forms[0]
        request = Request(path, text=form == "text", watch=case.watch, options=case.options)
        try:
            stage.log = library.set_up(request)
        except Exception as error:  # what a library raises is the result
            stage.facts["set_up"] = type(error).__name__
            return stage.report()
    case.scene(stage)
    stage.report()


if __name__ == "__main__":
    load()
    main()
