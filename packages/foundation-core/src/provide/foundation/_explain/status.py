"""What `describe` returns: the configuration as it works out, as plain data."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from provide.foundation._config.telemetry import TelemetryConfig, read_environment
from provide.foundation._encoder import ABSENCE
from provide.foundation._explain.extensions import describe_installed
from provide.foundation._explain.planned import find_trouble, label_of, plan_sink
from provide.foundation._explain.samples import sample_lines
from provide.foundation._explain.values import list_values
from provide.foundation._output.files.file import FileSink
from provide.foundation._output.handlers.sink import HandlerSink
from provide.foundation._output.output import Output
from provide.foundation._pipeline.pipeline import Pipeline
from provide.foundation._runtime.apply import make_pipeline
from provide.foundation._runtime.choice import NO_ORJSON, native_version
from provide.foundation._runtime.lanes import fast_sinks, lane_name, plan_lane
from provide.foundation._runtime.state import STATE, configured, levels_now
from provide.foundation._version import __version__
from provide.foundation.levels import level_name, parse_level


def describe() -> dict[str, Any]:
    """Return the configuration that is in force, and how it works out, as plain data.

    Before the first line and the first set-up it is what `setup_telemetry()` would make of the
    environment. Nothing is opened, started or written for it, and nothing is counted.

    Returns:
        ``values`` has the ``value`` and the ``source`` of each field, by its dotted name. A source
        is ``default``, ``code``, ``preset NAME``, the name of a variable, the path of a file, or
        ``no set-up``; for a level that has been changed since, it is ``at run time``. ``lane`` is
        that of `stats()`, and ``why`` has the reasons why it is not a faster one. ``outputs`` has
        for each its ``name``, ``target``, ``format``, ``levels``, ``delivery``, ``lane`` and
        ``why``. Further there are ``notes`` on other costs and a ``sample``, a line as it would be
        written. ``extensions`` has the ``name`` and ``version`` of each, and what it ``adds``.
        Then there are ``is_set_up``, ``versions``, and ``problems``, of which a set-up would warn.

    Raises:
        ConfigurationError: There is no set-up yet, and a variable's value is not allowed.
    """
    config, pipeline = STATE.config, configured()
    if config is None or pipeline is None:
        config, problems = read_environment(None, TelemetryConfig())
        return describe_config(config, problems)
    extensions, _ = describe_installed(config, STATE.extensions)
    described = _describe(config, pipeline, extensions, [])
    described["is_set_up"] = True
    default, modules = levels_now() if STATE.capture is None else STATE.levels
    _correct(described, "logging.default_level", level_name(default))
    levels = {name: level_name(level) for name, level in modules.items()}
    _correct(described, "logging.module_levels", levels)
    return described


def describe_config(config: TelemetryConfig, problems: Sequence[str] = ()) -> dict[str, Any]:
    """Return the same for a configuration that is not set up, and change nothing.

    Args:
        config: The configuration.
        problems: What a set-up would warn of.

    Raises:
        ConfigurationError: Something in it does not go together.
    """
    extensions, previews = describe_installed(config, None)
    pipeline = make_pipeline(config, previews, plan_sink)
    return _describe(config, pipeline, extensions, problems)


def _describe(
    config: TelemetryConfig,
    pipeline: Pipeline,
    extensions: list[dict[str, Any]],
    problems: Sequence[str],
) -> dict[str, Any]:
    why: list[str] = []
    plan = plan_lane(pipeline, fast_sinks(pipeline, why.append), why.append)
    lane = lane_name(pipeline, None if plan is None else plan.name, why.append)
    why = list(dict.fromkeys(why))
    samples = sample_lines(pipeline, parse_level(config.logging.default_level))
    outputs = [
        _describe_output(output, pipeline, lane, why, sample, bool(config.logging.sampling))
        for output, sample in zip(pipeline.outputs, samples, strict=True)
    ]
    versions = {
        "foundation-core": __version__,
        "foundation-native": native_version(),
        "python": sys.version.partition(" ")[0],
    }
    if ABSENCE is not None:
        problems = [*problems, f"{NO_ORJSON}: {ABSENCE}"]
    return {
        "is_set_up": False,
        "values": list_values(config),
        "lane": lane,
        "why": why,
        "outputs": outputs,
        "extensions": extensions,
        "versions": versions,
        "problems": list(problems),
    }


def _correct(described: dict[str, Any], name: str, value: object) -> None:
    """Put in a level that has been set since the set-up."""
    present = described["values"][name]
    if present["value"] != value:
        present.update(value=value, source="at run time")


def _describe_output(
    output: Output, pipeline: Pipeline, lane: str, why: list[str], sample: bytes, sampled: bool
) -> dict[str, Any]:
    levels, sink = output.levels, output.sink
    form = output.format_key
    name = form if isinstance(form, str) else form[0]  # type: ignore[index]  # else a tuple
    background = sink.destination is not sink
    return {
        "name": label_of(sink),
        "target": sink.destination.KIND,
        "format": "key_value" if name == "terminal" else name,
        "levels": {
            "lowest": level_name(levels.lowest),
            "highest": level_name(levels.highest),
            "modules": {module: level_name(each) for module, each in levels.modules.items()},
        },
        "delivery": "background" if background else "direct",
        "lane": lane,
        "why": list(why),
        "notes": _notes(output, pipeline, sampled),
        "sample": sample.decode("utf-8", "replace"),
    }


def _notes(output: Output, pipeline: Pipeline, sampled: bool) -> list[str]:
    """Return what costs time on the way of a line, whatever its lane is."""
    destination = output.sink.destination
    notes = []
    if isinstance(destination, FileSink) and type(destination).measure is not FileSink.measure:
        notes.append("the file is measured once in 64 lines, to be rotated")
    if isinstance(destination, FileSink) and (trouble := find_trouble(output.sink)):
        notes.append(f"a set-up could not open the file: {trouble}")
    if sampled:
        notes.append("rules of sampling leave lines out")
    if output.filter is not None:
        notes.append("a filter is asked for each line; the sample has not asked it")
    if pipeline.processors:
        notes.append("processors see each line; the sample has not seen them")
    if pipeline.callsite:
        notes.append("each line looks for its caller")
    if pipeline.exporters:
        notes.append("an exporter is handed each line")
    if isinstance(destination, HandlerSink):
        notes.append("a formatter of the handler's own makes another line than the sample")
    return notes
