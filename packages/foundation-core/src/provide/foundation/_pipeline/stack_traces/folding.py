"""Frames of libraries, of which a run becomes one entry.

The frame that raised stays, whatever it is of, and so do all that are no library's.
"""

from __future__ import annotations

from itertools import groupby
from types import TracebackType
from typing import Any, NamedTuple

from provide.foundation._record.exceptions import MOST_FRAMES, OMITTED, Describer
from provide.foundation._render.frames.libraries import library_of

#: Of one run so many libraries are named.
_MOST_NAMES = 4
#: What is kept of files: so many, each with a name that is not longer.
_MOST_FILES = 1024
_LONGEST = 512


class Folded(NamedTuple):
    """Stand for a run of frames.

    Args:
        number: How many they are.
        names: The libraries that they are of.
    """

    number: int
    names: str

    def say(self) -> str:
        """Return it as a text."""
        return f"{self.number} frame{'s' if self.number > 1 else ''} in {self.names}"


class FrameFolder:
    """Find the frames of libraries in tracebacks.

    Args:
        libraries: The prefixes of modules and paths that are folded. Without any it is the
            standard library, and whatever is installed.
    """

    __slots__ = ("_known", "_modules", "_paths")

    def __init__(self, libraries: tuple[str, ...] = ()) -> None:
        clean = [each.replace("\\", "/") for each in libraries]
        self._paths = tuple([each for each in clean if "/" in each])
        self._modules = tuple([each for each in clean if "/" not in each])
        self._known: dict[tuple[str, object], str] = {}

    def fold(self, steps: list[TracebackType]) -> list[TracebackType | Folded]:
        """Return the frames of a traceback, outermost first, with entries for runs of others."""
        folded: list[TracebackType | Folded] = []
        names = [self._library_of(step) for step in steps[:-1]]
        place = 0
        for of_library, run in groupby(names, bool):
            found = list(run)
            if of_library:
                folded.append(Folded(len(found), _join_names(found)))
            else:
                folded += steps[place : place + len(found)]
            place += len(found)
        return folded + steps[-1:]

    def describe(
        self, describer: Describer, trace: TracebackType | None, node: dict[str, Any]
    ) -> None:
        """Add the frames of a traceback to the description of an exception."""
        shown = self.fold(list_steps(trace))
        omitted = shown[: max(len(shown) - min(MOST_FRAMES, describer.frames), 0)]
        shown = shown[len(omitted) :]
        describer.frames -= len(shown)
        text, frames = describer.text, []
        for step in shown:
            if isinstance(step, Folded):
                describer.values += 1
                frame = {"file": OMITTED, "line": 0, "function": text(step.say())}
                frames.append({**frame, "folded": step.number})
            else:
                code, line = step.tb_frame.f_code, step.tb_lineno or 0
                file, function = text(code.co_filename), text(code.co_name)
                frames.append({"file": file, "line": line, "function": function})
        node["frames"] = frames
        if omitted:
            counts = [each.number if isinstance(each, Folded) else 1 for each in omitted]
            node["frames_omitted"] = sum(counts)

    def _library_of(self, step: TracebackType) -> str:
        """Return the name of the library that a frame is of, or ""."""
        frame = step.tb_frame
        file = frame.f_code.co_filename
        # Not by a method of the mapping, which may be the user's.
        module = dict.get(frame.f_globals, "__name__") if self._modules else None
        key = (file, module if type(module) is str else None)
        name = self._known.get(key)
        if name is None:
            name = self._find_library(*key)
            if len(file) + len(key[1] or "") <= _LONGEST:
                if len(self._known) >= _MOST_FILES:
                    self._known.clear()
                self._known[key] = name
        return name

    def _find_library(self, file: str, module: str | None) -> str:
        path = file.replace("\\", "/")
        if not (self._paths or self._modules):
            return library_of(path)
        for prefix in self._modules:
            if module is not None and f"{module}.".startswith(f"{prefix}."):
                return prefix
        for prefix in self._paths:
            if path.startswith(prefix):
                return prefix.rstrip("/").rpartition("/")[2] or prefix
        return ""


def list_steps(trace: TracebackType | None) -> list[TracebackType]:
    """Return the frames of a traceback, outermost first."""
    steps = []
    while trace is not None:
        steps.append(trace)
        trace = trace.tb_next
    return steps


def _join_names(names: list[str]) -> str:
    different = list(dict.fromkeys(names))
    more: list[Any] = ["..."] if len(different) > _MOST_NAMES else []
    return ", ".join(different[:_MOST_NAMES] + more)
