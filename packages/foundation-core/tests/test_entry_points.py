"""Which installed packages add to Foundation: with metadata, without it, and as allowed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path
from typing import Any

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
    installed = (folder / "opentelemetry").resolve().parent
    for info in installed.glob("opentelemetry_api-*.dist-info"):
        (folder / info.name).symlink_to(info)


def run_without_metadata(
    folder: Path, program: str = PROGRAM, **environ: str
) -> tuple[list[dict[str, object]], str]:
    """Run a program with that folder alone on its path; return its lines and what it prints."""
    # The lane that is found is looked at, and so none is asked for.
    others = ("PROVIDE_", "OTEL_", "FOUNDATION_LANE")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(others)}
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
    put_distribution(tmp_path, "example", "[example.group]\nfirst = example:make\n")
    # The clock of file systems has ticks, in which a folder may change twice.
    os.utime(tmp_path, ns=(1, 1))
    installed = find_entries("example.group", None)
    monkeypatch.undo()

    assert [] == before
    assert ["first"] == [entry.name for entry in installed]
    assert [] == find_entries("example.group", None)


def put_distribution(folder: Path, name: str, entry_points: str) -> None:
    """Put the metadata of a distribution into a folder of the path."""
    metadata = folder / f"{name}-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(entry_points)


def test_folders_are_read_as_importlib_reads_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sections, comments, spaces, extras, and which of two distributions of a name comes first."""
    text = """
[other.group]
first = acme:never
[example.group]
# a comment
 spaced  =  acme.one : make [extra]

attribute=acme.two:Class.method
module = acme
[example.groups]
second = acme:never
"""
    put_distribution(tmp_path / "a", "Acme_Example", text)
    put_distribution(tmp_path / "b", "acme.example", "[example.group]\nlater = acme:never\n")
    put_distribution(tmp_path / "b", "zeta", "[example.group]\nzeta = zeta:make\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "a"), str(tmp_path / "b"), *sys.path])
    expected = sorted(metadata.entry_points(group="example.group"), key=lambda each: each.name)

    found = find_entries("example.group", None)
    assert [(each.name, each.value, each.module) for each in expected] == [
        (each.name, each.value, each.module) for each in found
    ]
    assert ["attribute", "module", "spaced", "zeta"] == [each.name for each in found]
    assert ["acme-example"] * 3 + ["zeta"] == [each.owner for each in found]


def test_entries_load_what_they_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module, an attribute of it, or an attribute of that."""
    values = {"a": "json", "b": "json : loads [extra]", "c": "json.decoder:JSONDecoder.decode"}
    lines = "".join(f"{name} = {value}\n" for name, value in values.items())
    put_distribution(tmp_path, "acme", f"[example.loads]\n{lines}none = acme_missing:make\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    *found, missing = find_entries("example.loads", None)
    assert [json, json.loads, json.JSONDecoder.decode] == [each.load() for each in found]
    with pytest.raises(ModuleNotFoundError, match="acme_missing"):
        missing.load()


class Stranger:
    """Find distributions as importlib_metadata does, which the oldest OpenTelemetry brings."""

    @staticmethod
    def find_spec(*_: object) -> None:
        """Find no module."""

    find_distributions = staticmethod(metadata.MetadataPathFinder().find_distributions)


class BrokenStranger:
    """Find none, by an error."""

    find_spec = Stranger.find_spec

    @staticmethod
    def find_distributions(*_: object) -> list[object]:
        """Raise what nobody expects."""
        raise AttributeError("find_distributions")


@pytest.fixture(params=["folders", "finder", "broken"])
def finders(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no finder but Python's own, then one of somebody's, then a broken one."""
    own = [
        finder
        for finder in sys.meta_path
        if finder is PathFinder or not hasattr(finder, "find_distributions")
    ]
    others: dict[str, list[Any]] = {"finder": [Stranger], "broken": [BrokenStranger]}
    monkeypatch.setattr(sys, "meta_path", [*others.get(request.param, []), *own])


@pytest.mark.usefixtures("finders")
def test_broken_metadata_of_others_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has no entry for Foundation costs nothing, whatever stands in it."""
    put_distribution(tmp_path, "acme", "[example.broken]\nacme = acme:make\n")
    put_distribution(tmp_path, "broken", "no group, no value\n")
    (tmp_path / "broken-1.0.dist-info/entry_points.txt").write_bytes(b"[x]\n\xff\xfe\n")
    put_distribution(tmp_path, "odd", "no group, no value\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    assert ["acme"] == [each.name for each in find_entries("example.broken", None)]


@pytest.mark.usefixtures("finders")
def test_path_may_hold_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs put paths and other objects there, which imports pass over."""
    put_distribution(tmp_path, "acme", "[example.path]\nacme = acme:make\n")
    monkeypatch.setattr(sys, "path", [Path("/nowhere"), None, *sys.path, str(tmp_path)])

    assert ["acme"] == [each.name for each in find_entries("example.path", None)]


def test_archives_and_strangers_are_asked_by_importlib(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A distribution in a zip file is found, and so is one that a finder of somebody's knows."""
    put_distribution(tmp_path / "acme", "acme", "[example.zip]\nacme = acme:make\n")
    archive = shutil.make_archive(str(tmp_path / "acme"), "zip", tmp_path / "acme")
    put_distribution(tmp_path / "other", "other", "[example.zip]\nother = other:make\n")

    class Finder:
        @staticmethod
        def find_spec(*_: object) -> None:
            """Find no module."""

        @staticmethod
        def find_distributions(context: metadata.DistributionFinder.Context) -> list[object]:
            path = tmp_path / "other/other-1.0.dist-info"
            return [metadata.Distribution.at(path)] if context.name in (None, "other") else []

    monkeypatch.syspath_prepend(archive)
    zipped = find_entries("example.zip", None)
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder])
    both = find_entries("example.zip", None)

    assert [("acme", "acme")] == [(each.name, each.owner) for each in zipped]
    assert ["acme", "other"] == [each.name for each in both]


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


@pytest.mark.parametrize(
    ("options", "imported"),
    [
        ("", False),
        ("das_emoji_prefix_enabled=True", True),
        ("enabled_emoji_sets=['http']", True),
    ],
    ids=["pipe", "asked", "named"],
)
def test_emoji_are_imported_where_a_line_may_have_one(options: str, imported: bool) -> None:
    """At a pipe, a set-up that says nothing of emoji does not even import the package."""
    script = f"""if True:
        import sys
        from provide.foundation import LoggingConfig, TelemetryConfig, setup_telemetry
        setup_telemetry(TelemetryConfig(logging=LoggingConfig({options})))
        print("provide.foundation.emoji" in sys.modules)
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PROVIDE_", "OTEL_"))}
    done = subprocess.run(
        [sys.executable, "-c", script], env=kept, capture_output=True, text=True, timeout=LIMIT_S
    )

    assert f"{imported}\n" == done.stdout


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
