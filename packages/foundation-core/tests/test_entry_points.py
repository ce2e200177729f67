"""Which installed packages add to Foundation: with metadata, without it, and as allowed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from installed_lanes import LANES
from provide.foundation import ConfigurationError, LoggingConfig, TelemetryConfig
from provide.foundation._entry_points import GROUP, find_entries

LIMIT_S = 60
#: What the packages need, and what an application would have beside them.
NEEDED = (
    "attr", "attrs", "orjson", "structlog", "opentelemetry", "typing_extensions",
    "importlib_metadata", "zipp",  # the oldest OpenTelemetry wants them
)  # fmt: skip
PROGRAM = """if True:
    import sys
    from provide.foundation import LoggingConfig, TelemetryConfig, logger, setup_telemetry, stats
    sys.frozen = True
    logging = LoggingConfig(das_emoji_prefix_enabled=True, capture_stdlib=False)
    setup_telemetry(TelemetryConfig(logging=logging))
    try:
        from opentelemetry import trace
    except ImportError:
        logger.info("on", domain="database", action="connect", status="success")
    else:
        context = trace.SpanContext(1, 2, False, trace.TraceFlags(1))
        with trace.use_span(trace.NonRecordingSpan(context)):
            logger.info("on", domain="database", action="connect", status="success")
    print(stats().lane)
"""

Program = Callable[..., subprocess.CompletedProcess[str]]


def copy_without_metadata(folder: Path, *leaves: str) -> None:
    """Put core, some of its leaves and what they need into a folder, as a freezer may."""
    core = Path(str(find_spec("provide.foundation.levels").origin)).parent  # type: ignore[union-attr]
    skip = shutil.ignore_patterns(
        "__pycache__", "emoji", "integrations", "metrics", "otel", "native"
    )
    shutil.copytree(core, folder / "provide/foundation", ignore=skip)
    for leaf in leaves:
        spec = find_spec(f"provide.foundation.{leaf}")
        assert spec is not None
        shutil.copytree(Path(str(spec.origin)).parent, folder / "provide/foundation" / leaf)
    for name in NEEDED:
        spec = find_spec(name)
        if spec is None:
            continue
        place = spec.origin if spec.origin is not None else None
        found = Path(place) if place else Path(next(iter(spec.submodule_search_locations or ())))
        found = found.parent if found.name == "__init__.py" else found
        (folder / found.name).symlink_to(found)
    # The oldest OpenTelemetry allowed finds its own context by its metadata; ours stays away.
    for metadata in (
        (folder / "opentelemetry").resolve().parent.glob("opentelemetry_api-*.dist-info")
    ):
        (folder / metadata.name).symlink_to(metadata)


def run_without_metadata(
    folder: Path, program: str = PROGRAM, **environ: str
) -> tuple[list[dict[str, object]], str]:
    """Run a program with that folder alone on its path; return its lines and what it prints."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PROVIDE_", "OTEL_"))}
    done = subprocess.run(
        [sys.executable, "-S", "-c", program],
        env={**kept, "PYTHONPATH": str(folder), "PYTHONWARNINGS": "ignore", **environ},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    return lines, done.stdout.strip()


def test_extensions_are_found_without_metadata(tmp_path: Path) -> None:
    """Emoji, trace ids and the native lane are there in a program that was frozen without it."""
    leaves = ("emoji", "metrics", "otel", "native")
    copy_without_metadata(tmp_path, *leaves)
    lines, lane = run_without_metadata(tmp_path)

    assert ["on"] == [line["event"] for line in lines]
    assert {"emoji", "trace_id", "span_id"} < lines[0].keys()
    assert ("native" if "native" in LANES else "fast") == lane


def test_absence_is_said_as_it_is(tmp_path: Path) -> None:
    """A frozen program without an extension that is needed says that it was left out."""
    copy_without_metadata(tmp_path)
    lines, _ = run_without_metadata(tmp_path)

    notices = [line for line in lines if line["logger"] == "provide.foundation"]
    assert ["foundation-emoji"] == [line["not_in_the_frozen_program"] for line in notices]


def test_broken_package_without_metadata_is_described(tmp_path: Path) -> None:
    """A package that cannot be imported adds nothing, and has no version that could be told."""
    copy_without_metadata(tmp_path)
    broken = tmp_path / "provide/foundation/otel"
    broken.mkdir()
    (broken / "__init__.py").write_text("raise RuntimeError('half of it is missing')\n")
    code = "import provide.foundation as f, json; print(json.dumps(f.describe()['extensions']))"
    _, printed = run_without_metadata(tmp_path, code)

    adds = "nothing: RuntimeError: half of it is missing"
    assert [{"name": "foundation-otel", "version": None, "adds": adds}] == json.loads(printed)


#: Has a time limit that runs out while the native package is being imported.
LIMITED = """if True:
    import signal
    from provide.foundation import describe, setup_telemetry, stats
    def end(number, frame):
        raise TimeoutError
    signal.signal(signal.SIGUSR1, end)
    for work in (setup_telemetry, describe):
        try:
            work()
        except TimeoutError:
            print(work.__name__)
    print(stats().faults)
"""


@pytest.mark.parametrize(
    ("lane", "ended"), [("native", ["setup_telemetry", "describe"]), ("fast", ["describe"])]
)
def test_time_limit_ends_an_import(lane: str, ended: list[str], tmp_path: Path) -> None:
    """What a signal handler raises while the native package is imported comes to the caller."""
    copy_without_metadata(tmp_path)
    native = tmp_path / "provide/foundation/native"
    native.mkdir()
    (native / "__init__.py").write_text("import signal; signal.raise_signal(signal.SIGUSR1)\n")
    _, printed = run_without_metadata(tmp_path, LIMITED, FOUNDATION_LANE=lane)

    assert [*ended, "{}"] == printed.splitlines()


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        (None, {"emoji", "integrations", "otel"}),
        ((), set()),
        (("Foundation_Emoji",), {"emoji"}),
        (("foundation-otel", "acme"), {"otel"}),
    ],
    ids=["all", "none", "one", "other"],
)
def test_only_allowed_distributions_count(
    allowed: tuple[str, ...] | None, expected: set[str]
) -> None:
    """An allow-list names distributions; without one, all of them count."""
    assert expected == {entry.name for entry in find_entries(GROUP, allowed)}


def test_package_that_is_installed_later_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entry points are read again once a folder of the path has changed, or the path itself."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = find_entries("example.group", None)
    metadata = tmp_path / "example-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: example\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[example.group]\nfirst = example:make\n")
    # The clock of file systems has ticks, in which a folder may change twice.
    os.utime(tmp_path, ns=(1, 1))
    installed = find_entries("example.group", None)
    monkeypatch.undo()

    assert [] == before
    assert ["first"] == [entry.name for entry in installed]
    assert [] == find_entries("example.group", None)


def test_forbidden_package_is_not_even_imported(tmp_path: Path) -> None:
    """The code of an installed package that is not allowed does not run, whatever its name."""
    (tmp_path / "intruder.py").write_text("print('ran')\ndef load(config): pass\n")
    info = tmp_path / "intruder-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: intruder\nVersion: 1.0\n")
    groups = ("provide.foundation.extensions", "provide.foundation.emoji_sets")
    (info / "entry_points.txt").write_text(
        "".join(f"[{group}]\nfoundation-emoji = intruder:load\n" for group in groups)
    )
    script = """if True:
        from provide.foundation import LoggingConfig, TelemetryConfig, logger, setup_telemetry
        setup_telemetry()
        logger.info("on")
    """

    def run(**environ: str) -> str:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PROVIDE_", "OTEL_"))}
        path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
        return subprocess.run(
            [sys.executable, "-c", script],
            env={
                **kept,
                "PYTHONPATH": path,
                "PROVIDE_LOG_DAS_EMOJI_ENABLED": "1",
                "PROVIDE_LOG_ENABLED_EMOJI_SETS": "intruder",
                **environ,
            },
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
        ).stdout

    assert "ran\n" == run()
    assert "" == run(PROVIDE_LOG_EXTENSIONS="foundation-emoji,foundation-otel")
    assert "" == run(PROVIDE_LOG_EXTENSIONS="none")


def test_missing_because_not_allowed_is_said() -> None:
    """Emoji that are switched on and not allowed are said to be so."""
    script = "from provide.foundation import setup_telemetry; setup_telemetry()"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={
            **os.environ,
            "PROVIDE_LOG_DAS_EMOJI_ENABLED": "1",
            "PROVIDE_LOG_EXTENSIONS": "none",
        },
        capture_output=True,
        timeout=LIMIT_S,
    )
    (line,) = [json.loads(line) for line in done.stderr.splitlines()]

    assert "foundation-emoji" == line["not_in_extensions"]


def test_variable_and_field_agree() -> None:
    """The variable names distributions with commas between them, or none."""
    read = TelemetryConfig.from_env

    assert read({}).logging.extensions is None
    assert () == read({"PROVIDE_LOG_EXTENSIONS": " None "}).logging.extensions
    assert ("a", "b") == read({"PROVIDE_LOG_EXTENSIONS": "a, b"}).logging.extensions
    assert ("a",) == LoggingConfig(extensions=["a"]).extensions
    with pytest.raises(ConfigurationError, match=r"logging\.extensions"):
        LoggingConfig(extensions="foundation-emoji")
    with pytest.raises(ConfigurationError, match="PROVIDE_LOG_EXTENSIONS"):
        read({"PROVIDE_LOG_EXTENSIONS": "-"})
