"""The process that one library plays one scene in: by library, module of the scene, and case."""

from __future__ import annotations

import importlib
import os
import resource
import sys
from pathlib import Path

from perf_lab.torture.case import CASES, Stage
from perf_lab.torture.libraries import LIBRARIES

#: Values that unfold into terabytes must not take the machine with them.
MEMORY_BYTES = 3 << 30
#: A scene takes a second or two; what has used so much has no end.
CPU_SECONDS = 8


def main() -> None:
    """Set the library up, play the scene, report."""
    name, module, case_name = sys.argv[1:]
    importlib.import_module(module)
    library, case = LIBRARIES[name], CASES[case_name]
    for limit, most in (("AS", MEMORY_BYTES), ("CPU", CPU_SECONDS)):
        resource.setrlimit(getattr(resource, f"RLIMIT_{limit}"), (most, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    stage = Stage(library, Path(os.environ["TORTURE_FOLDER"]), tag=os.environ["TORTURE_TAG"])
    if case.output != "none":
        options = {**case.options, **({"watch": True} if case.watch else {})}
        try:
            stage.set_up(to_file=case.output == "file", form=case.form_of(library), **options)
        except Exception as error:  # what a library raises is the result
            stage.facts["set_up"] = type(error).__name__
            return stage.report()
    stage.facts["broken"] = case.scene(stage)
    stage.report()


if __name__ == "__main__":
    main()
