"""The native lane of several outputs: which compiled methods make the lines; imports lane.

Each output has a lane of its own. The first one of each format makes the line, and each writes
what is its output's. Whatever is rare goes to core's `SeveralOutputs`, which does it in Python.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from provide.foundation._native_api import LEVEL_INDEX, LEVEL_NAMES, LevelMethod, MadeFor, Pipeline
from provide.foundation._native_api.several import SeveralOutputs
from provide.foundation.native._lane import LevelMethod as CompiledMethod
from provide.foundation.native.lane import NativeLane, show_as_function

if TYPE_CHECKING:
    from provide.foundation._native_api.sampling import Sampling

#: `Group::kMostFormats` and `Group::kMostOutputs` of several.h.
MOST_FORMATS, MOST_OUTPUTS = 2, 8
#: Loggers whose outputs are kept in mind, for each level.
_MOST_NAMES = 1024


class Choices(dict[str, Any]):
    """Have a method for the outputs that take a logger's lines, by its name; `None`: no output.

    Args:
        find: Returns what is not there yet.
    """

    def __init__(self, find: Callable[[str], LevelMethod | None]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, name: str) -> LevelMethod | None:
        found = self._find(name)
        if len(self) >= _MOST_NAMES:
            self.clear()
        self[name] = found
        return found


class NativeSeveralOutputs(SeveralOutputs):
    """Write the lines of one configuration to several outputs.

    Args:
        pipeline: Takes whatever is rare.
        lanes: One for each output, in their order.
    """

    __slots__ = ("formats", "natives")

    NAME = "native"

    def __init__(self, pipeline: Pipeline, lanes: Sequence[NativeLane]) -> None:
        self.natives = tuple(lanes)
        #: The format of each one's lines.
        self.formats = tuple([each.format_key for each in pipeline.outputs])
        makers = list(self._makers().values())
        if len(makers) == MOST_FORMATS:
            makers[0].compiled.pair_with(makers[1].compiled)
        for lane, output in zip(lanes, pipeline.outputs, strict=True):
            if not output.shows_emoji:
                lane.compiled.hide_emoji()
        super().__init__(pipeline, lanes)
        lanes[0].emit = self.emit

    def _makers(self) -> dict[object, NativeLane]:
        """Return the lane that makes the lines of each format."""
        makers: dict[object, NativeLane] = {}
        for form, lane in zip(self.formats, self.natives, strict=True):
            makers.setdefault(form, lane)
        return makers

    def _method(self, level: int) -> LevelMethod:
        levels = [output.levels for output in self.pipeline.outputs]
        choices = None
        if any(each.modules for each in levels):
            choices = Choices(
                lambda name: self._method_for(level, [each.takes(level, name) for each in levels])
            )
        found = self._method_for(level, [each.may_take(level) for each in levels], choices)
        return super()._method(level) if found is None else found

    def _method_for(
        self, level: int, taking: Sequence[bool], choices: Choices | None = None
    ) -> LevelMethod | None:
        """Return what writes the lines of a level to some outputs, or `None`: there are none.

        Args:
            level: The level.
            taking: Which outputs take the lines.
            choices: Has what to call instead, if the outputs depend on the logger's name.
        """
        makers = self._makers()
        outputs = zip(self.natives, self.formats, taking, strict=True)
        writing = [(lane, form) for lane, form, takes in outputs if takes]
        if not writing:
            return None
        formats = list(dict.fromkeys([form for _, form in writing]))
        index, name = LEVEL_INDEX[level], LEVEL_NAMES[level]
        methods: Any = {lane: lane.methods[level] for lane in self.natives}
        method: Any = CompiledMethod(
            lane=self.natives[0].compiled,
            level=level,
            index=index,
            counter=writing[0][0].counters[index],
            name=name,
            lead=b"",
            makers=tuple([methods[makers[each]] for each in formats]),
            writers=tuple([(methods[lane], formats.index(form)) for lane, form in writing]),
            **({} if choices is None else {"choices": choices}),
        )
        return show_as_function(method, name)

    def level_methods(self, lowest: int) -> Mapping[int, LevelMethod | MadeFor]:
        """Return a method for each level; those below `lowest` look at the level alone."""
        lowest = self.gates.settle(lowest)
        return {
            level: method if level >= lowest else self.natives[0].gate(level, method)
            for level, method in self.methods.items()
        }

    def use_sampling(self, sampling: Sampling) -> None:
        """Have the compiled half decide which calls are left out."""
        self.natives[0].use_sampling(sampling)

    def forget_emoji(self) -> None:
        """Ask for emoji again for lines that are alike."""
        for lane in self.natives:
            lane.forget_emoji()

    def find_structlog(self) -> None:
        """Keep hold of structlog's context variables, if it has been imported."""
        super().find_structlog()
        self.natives[0].find_structlog()
