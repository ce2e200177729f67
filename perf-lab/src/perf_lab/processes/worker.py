"""The process that one rival lives in; it obeys commands on its pipes.

One JSON object a line comes in on stdin, one goes out on what was stdout at the start. Every
figure is taken inside of this process, by the object whose methods the commands name; the pipes
only carry it. A method that is a generator gives an answer for each item.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points, version
from typing import Any

from perf_lab.rivals.catalogue import RIVALS
from perf_lab.workloads.call_syntax import Unsupported


def describe(name: str) -> dict[str, Any]:
    """Say what this process has loaded."""
    distribution = RIVALS[name].distribution
    extensions = entry_points(group="provide.foundation.extensions")
    return {
        "python": sys.version.split()[0],
        "version": version(distribution) if distribution else "",
        "extensions": sorted(entry.module for entry in extensions),
    }


def main(make: Callable[[str], Any]) -> None:
    """Obey commands until they end; a rival that cannot do something says so.

    Args:
        make: Makes, of a rival's name, the object whose methods the commands name.
    """
    name = sys.argv[1]
    pipe = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # the rival gets a stdout of its own

    def answer(message: dict[str, Any]) -> None:
        pipe.write(json.dumps(message) + "\n")
        pipe.flush()

    try:
        subject = make(name)
    except Exception as error:  # whatever a rival's import raises is the answer to give
        answer({"error": f"{type(error).__name__}: {error}"})
        return
    answer(describe(name))
    for line in iter(sys.stdin.readline, ""):
        command = json.loads(line)
        try:
            found = getattr(subject, command.pop("do"))(**command)
            for each in found if isinstance(found, Iterator) else (found,):
                answer(each)
        except Unsupported as error:
            answer({"unsupported": str(error)})
        except Exception as error:  # the parent decides what a failure means
            answer({"error": f"{type(error).__name__}: {error}"})


if __name__ == "__main__":
    from perf_lab.processes.subject import Subject  # other subjects have no need of it

    main(Subject)
