"""Configuration classes that attrs knows, though it has not made them."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from typing import Any

import attrs
import pytest

from provide.foundation import Delivery, LoggingConfig, OutputConfig


@attrs.frozen
class Extended(Delivery):
    """Be a class of a program that adds an option."""

    more: int = 3


def run(script: str) -> str:
    """Return what a program of its own has printed."""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_first_line_leaves_attrs_alone() -> None:
    """A program that sets up nothing logs its first line, and attrs is not imported."""
    script = (
        "import sys\n"
        "from provide.foundation import LoggingConfig, OutputConfig, TelemetryConfig, logger\n"
        "logger.info('started')\n"
        "print('attr' in sys.modules or 'attrs' in sys.modules)"
    )

    assert "False" == run(script)


@pytest.mark.parametrize("line", ["", "import attrs"])
def test_configuration_as_value(line: str) -> None:
    """A line shows the fields of a configuration, whether attrs is there or not."""
    script = (
        f"{line}\n"
        "import sys\n"
        "from provide.foundation import Delivery, configure, logger\n"
        "configure(format='json', output='stdout', extensions=[])\n"
        "logger.info('made', how=Delivery('background', queue_lines=7))\n"
        "print('attr' in sys.modules)"
    )
    written, imported = run(script).splitlines()
    how = json.loads(written)["how"]

    assert ("background", 7, str(bool(line))) == (how["mode"], how["queue_lines"], imported)


def test_attributes_are_those_of_attrs() -> None:
    """The package attrs finds its own attributes, the same ones each time."""
    attributes = attrs.fields(Delivery)

    assert attributes is attrs.fields(Delivery)
    assert {attrs.Attribute} == {type(each) for each in attributes}
    assert ("mode", "direct", False) == (
        attributes.mode.name,
        attributes.mode.default,
        attributes.mode.kw_only,
    )
    assert attributes.queue_lines.kw_only


def test_signature_names_what_is_taken() -> None:
    """`inspect.signature` and `help` show each argument with the type that is taken."""
    parameters = inspect.signature(LoggingConfig).parameters

    assert [each.name for each in attrs.fields(LoggingConfig)] == list(parameters)
    assert "str | int" == parameters["default_level"].annotation
    assert "INFO" == parameters["default_level"].default


def test_program_extends_a_class() -> None:
    """The package attrs makes a class of a program's own from one of the configuration."""
    extended = Extended("background", more=4)
    changed = attrs.evolve(extended, queue_lines=5)

    assert (4, 5, "background") == (changed.more, changed.queue_lines, changed.mode)


@pytest.mark.parametrize(
    ("args", "fields", "message"),
    [
        ((), {}, "missing 1 required positional argument: 'target'"),
        (("a", None, None, None, None, None), {}, "takes 6 positional arguments but 7 were given"),
        (("a",), {"target": "b"}, "got multiple values for argument 'target'"),
    ],
)
def test_wrong_arguments_are_refused(
    args: tuple[Any, ...], fields: dict[str, Any], message: str
) -> None:
    """Arguments that a function would refuse are refused with its words."""
    with pytest.raises(TypeError) as caught:
        OutputConfig(*args, **fields)

    assert f"OutputConfig.__init__() {message}" == str(caught.value)


def test_fields_are_fixed() -> None:
    """A field cannot be deleted; the error is that of attrs, and an AttributeError."""
    config = Delivery()
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        del config.mode

    assert "direct" == config.mode
