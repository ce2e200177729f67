"""Tests of the files that hold a configuration, and of how they may be followed."""

from __future__ import annotations

import os
import pickle
import signal
from pathlib import Path
from typing import Any

import pytest

from provide.foundation import ConfigurationError, LoggingConfig, TelemetryConfig
from provide.foundation._config.section import sources_of

JSON = '{"service_name": "shop", "logging": {"default_level": "debug"}}'
TABLE = 'tool.foundation = { service_name = "shop", logging.default_level = "debug" }\n'


@pytest.mark.parametrize(("name", "text"), [("shop.json", JSON), ("pyproject.toml", TABLE)])
def test_format_follows_from_the_name(name: str, text: str, tmp_path: Path) -> None:
    """A file of JSON and a table of pyproject.toml say what a file of TOML says."""
    (tmp_path / name).write_text(text)

    expected = TelemetryConfig(service_name="shop", logging=LoggingConfig(default_level="DEBUG"))
    assert expected == TelemetryConfig.from_file(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "text", "field"),
    [
        pytest.param("a.json", "[]", "path", id="no-object"),
        pytest.param("a.json", '{"service_name": "a", "service_name": "b"}', "path", id="twice"),
        pytest.param("a.json", '{"service_name": NaN}', "path", id="nan"),
        pytest.param("a.json", "[" * 100_000, "path", id="nested"),
        pytest.param("a.json", '{"service": "a"}', "service", id="key"),
        pytest.param("pyproject.toml", "[tool.other]\n", "path", id="no-table"),
        pytest.param("a.toml", 'source = "b.toml"\n', "source", id="source"),
    ],
)
def test_bad_file_is_refused(name: str, text: str, field: str, tmp_path: Path) -> None:
    """What is no configuration is an error that names the file or the field."""
    (tmp_path / name).write_text(text)

    with pytest.raises(ConfigurationError) as caught:
        TelemetryConfig.from_file(tmp_path / name)

    assert field == caught.value.field


@pytest.mark.parametrize("bad", ["pipe", "long"])
def test_only_small_regular_files_are_followed(bad: str, tmp_path: Path) -> None:
    """A named pipe would block whoever looks at it, and a long file is none of ours."""
    path = tmp_path / "a.toml"
    if bad == "pipe":
        os.mkfifo(path)
    else:
        path.write_text("#" * 1_100_000)

    with pytest.raises(ConfigurationError, match=r"^path: "):
        TelemetryConfig.from_file(path, watch=True)


def test_folder_in_place_of_a_file_costs_no_descriptor(tmp_path: Path) -> None:
    """Each look at a folder that has the file's name gives back what it has opened."""
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        with pytest.raises(ConfigurationError, match=r"^path: .* directory"):
            TelemetryConfig.from_file(tmp_path, watch=True)

    assert before == len(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("watch", 1),
        ("every_s", 0),
        ("every_s", float("nan")),
        ("every_s", True),
        ("reload_on_signal", "SIGHUP"),
        ("reload_on_signal", int(signal.SIGKILL)),
        ("reload_on_signal", 4711),
        ("reload_on_signal", None),
    ],
)
def test_bad_argument_is_refused(name: str, value: Any, tmp_path: Path) -> None:
    """An argument that says nothing is an error that names it."""
    path = tmp_path / "a.toml"
    path.write_text("")

    with pytest.raises(ConfigurationError) as caught:
        TelemetryConfig.from_file(path, **{name: value})

    assert name == caught.value.field


def test_followed_configuration_is_a_value(tmp_path: Path) -> None:
    """It compares, hashes, pickles and shows like any other, and says which file it follows."""
    path = tmp_path / "a.toml"
    path.write_text('service_name = "shop"\n')
    plain = TelemetryConfig.from_file(path)
    config = TelemetryConfig.from_file(path, reload_on_signal=True)
    copy = pickle.loads(pickle.dumps(config))

    assert (config, hash(config)) == (copy, hash(copy))
    assert plain != config
    assert f"Source({str(path)!r}, watch=False, signal=1)" in repr(config)


def test_source_is_made_by_from_file_alone() -> None:
    """A path in its place is refused: it would be followed by nobody."""
    with pytest.raises(ConfigurationError, match=r"^source: 'a.toml'"):
        TelemetryConfig(source="a.toml")  # type: ignore[arg-type]


def test_source_is_a_value(tmp_path: Path) -> None:
    """What says which file is followed cannot be changed, and is from that file itself."""
    path = tmp_path / "a.toml"
    path.write_text("")
    config = TelemetryConfig.from_file(path, watch=True)

    with pytest.raises(AttributeError, match="cannot be changed"):
        config.source.path = "b.toml"  # type: ignore[union-attr]
    assert {"source": str(path)} == sources_of(config)
