"""Every lane takes the steps of a log call in the order of `_pipeline/steps.py`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from provide.foundation._pipeline.steps import STEPS, Step

ROOT = Path(__file__).parent.parent
CORE = ROOT / "packages/foundation-core/src/provide/foundation"
NATIVE = ROOT / "packages/foundation-native/cpp"
#: Sources that walk the steps, whether or not they are found by their comments.
WALKERS = {
    "_pipeline/pipeline.py",
    "_lanes/fused.py",
    "_lanes/json.py",
    "_lanes/logfmt.py",
    "_lanes/compact.py",
    "_lanes/sampled/json.py",
    "_lanes/sampled/logfmt.py",
    "_lanes/sampled/compact.py",
}
MARK = re.compile(r"^\s*(?:#|//) step (\d+): (\w+)", re.M)


def find_walkers() -> Iterator[Path]:
    """Yield every source of a lane that has a comment on a step."""
    for folder in (CORE / "_pipeline", CORE / "_lanes", CORE / "_lanes/sampled", NATIVE):
        for file in sorted(folder.iterdir()):
            if file.suffix in (".py", ".cpp") and MARK.search(file.read_text("utf-8")):
                yield file


def name_source(file: Path) -> str:
    """Return a source's name from its package's folder."""
    return str(file.relative_to(CORE if file.is_relative_to(CORE) else NATIVE.parent))


def test_steps_are_numbered() -> None:
    """The numbers count from one, and no two steps have one name."""
    assert list(range(1, len(STEPS) + 1)) == [step.number for step in STEPS]
    assert len(STEPS) == len({step.name for step in STEPS})


def test_every_lane_says_its_steps() -> None:
    """The sources that walk the steps say so."""
    assert WALKERS <= {name_source(file) for file in find_walkers()}


@pytest.mark.parametrize("source", list(find_walkers()), ids=name_source)
def test_steps_stand_in_order(source: Path) -> None:
    """A source names all steps, under their numbers and in their order."""
    found = [(int(number), name) for number, name in MARK.findall(source.read_text("utf-8"))]

    assert [(step.number, step.name) for step in STEPS] == found


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_step_is_a_function(step: Step) -> None:
    """The first file of a step has the function, and the processor lane calls it at its mark."""
    if step.name in ("render", "write"):  # `deliver` does both, output by output
        name, file = "deliver", step.files[0]
    else:
        name, file = step.name, step.files[0]
    lane = (CORE / "_pipeline/pipeline.py").read_text("utf-8")
    _, _, rest = lane.partition(f"# step {step.number}: {step.name}")
    following = f"# step {step.number + 2 if step.name == 'render' else step.number + 1}:"

    assert re.search(rf"def {name}\(", (CORE / file).read_text("utf-8"))
    assert re.search(rf"\b{name}\(", rest.partition(following)[0])
