"""A variant of a log call differs from it in the constants that are given, and in no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from provide.foundation import get_logger
from provide.foundation._lanes import json
from provide.foundation._lanes.everyday.call import EverydayCalls
from provide.foundation._lanes.json_layout import JsonLane
from provide.foundation._lanes.variant import make_variant
from provide.foundation._output.files.file import FileSink
from provide.foundation._output.output import Output
from provide.foundation._pipeline.pipeline import LevelMethod, Pipeline
from provide.foundation._record.redaction import KeyPolicy
from provide.foundation._render.json import render_json


def write(kind: type[JsonLane], path: Path) -> list[int]:
    """Return the lengths of the timestamps that a lane writes, some hundred of them."""
    sink = FileSink(str(path), 0.5)
    output = Output(sink, 5, render_json, "json", shows_emoji=False)
    pipeline = Pipeline([output], policy=KeyPolicy())
    lane, log = kind(pipeline, sink), get_logger("app")
    everyday = EverydayCalls(lane, pipeline)
    lane.emit, lane.redact = everyday.emit, everyday.redact
    for number in range(200):  # long enough for the interpreter to specialise the code
        lane.methods[20](log, "e", a=number)
    return [len(line.split('"')[3]) for line in path.read_text("utf-8").splitlines()]


class ShortLane(JsonLane):
    """Write JSON without microseconds."""

    __slots__ = ()

    def function(self, level: int) -> LevelMethod:
        """Return what writes the lines of one level."""
        return make_variant(json.make_log, {"MICROS": [b""] * 1000})(self, level)


def test_variant_has_other_constants(tmp_path: Path) -> None:
    """The variant writes without microseconds, and the original still writes them."""
    long, short = len("2026-11-23T14:10:00.123456Z"), len("2026-11-23T14:10:00.123Z")
    assert [long] * 200 == write(JsonLane, tmp_path / "1.log")
    assert [short] * 200 == write(ShortLane, tmp_path / "2.log")
    assert [long] * 200 == write(JsonLane, tmp_path / "3.log")


def test_variant_of_no_constant() -> None:
    """A name that the log call does not have is refused: it would change nothing."""
    with pytest.raises(NameError, match="SHORT_CHAR"):
        make_variant(json.make_log, {"SHORT_CHAR": 1})
