"""Every way to a logger leads to one that writes: in processes of their own, by every import."""

from __future__ import annotations

import copy
import dataclasses
import json
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

import provide.foundation.levels
from installed_lanes import LANES
from provide.foundation import (
    LoggingConfig,
    TelemetryConfig,
    get_logger,
    reset_for_testing,
    setup_telemetry,
)

LIMIT_S = 60
#: Folders and files of core that only Windows can import.
WINDOWS_ONLY = {"_windows", "sharing.py"}


def run(script: str, *, lane: str = "fast", arguments: tuple[str, ...] = ()) -> list[str]:
    """Run a program in an interpreter of its own and return the events of the lines it logged.

    No fork of a warm one: what is imported is what these tests are about.
    """
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env={**os.environ, "FOUNDATION_LANE": lane, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        timeout=LIMIT_S,
    )
    return [json.loads(line)["event"] for line in done.stderr.splitlines()]


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("bound", [{}, {"a": 1}], ids=["named", "bound"])
def test_unpickled_logger_writes(lane: str, bound: dict[str, Any]) -> None:
    """A process that has a logger by unpickling alone writes its lines."""
    pickled = pickle.dumps(get_logger("worker").bind(**bound) if bound else get_logger("worker"))
    script = """if True:
        import pickle, sys
        log = pickle.loads(bytes.fromhex(sys.argv[1]))
        log.error("first")
        log.error("second")
    """

    assert ["first", "second"] == run(script, lane=lane, arguments=(pickled.hex(),))


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize(
    "way",
    [
        "from provide.foundation._logger.logger import get_logger; log = get_logger('w')",
        "from provide.foundation._logger.logger import logger as log",
        "from provide.foundation._logger.logger import logger; log = logger.bind(a=1)",
        "from provide.foundation._logger.logger import make_logger, TABLE; "
        "log = make_logger(TABLE.site('w'), {})",
        "from provide.foundation.context import bind_contextvars; bind_contextvars(a=1); "
        "from provide.foundation._logger.logger import logger as log",
    ],
    ids=["get_logger", "logger", "bound", "make_logger", "context"],
)
def test_logger_of_an_inner_module_writes(lane: str, way: str) -> None:
    """A logger that was imported from where it lives starts Foundation with its first line."""
    methods = "log.error('first'); log.log('error', 'second'); log.exception('third')"

    assert ["first", "second", "third"] == run(f"{way}\n{methods}", lane=lane)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a child for each module")
def test_no_import_leaves_a_logger_without_a_starter() -> None:
    """Whichever module of core a process imports first and alone, its loggers write."""
    folder = Path(provide.foundation.levels.__file__).parent
    names = sorted(
        ".".join(["provide.foundation", *file.relative_to(folder).with_suffix("").parts])
        for file in folder.rglob("*.py")
        if not any(part.startswith("__") for part in file.relative_to(folder).parts)
        and (sys.platform == "win32" or not WINDOWS_ONLY.intersection(file.parts))
    )
    # A child each, all at once, of a process that has what Foundation imports and nothing of it: an
    # interpreter each would take ten times as long.
    script = """if True:
        import gc, os, sys
        from importlib import import_module
        reader, writer = os.pipe()
        if os.fork() == 0:
            import_module("provide.foundation").setup_telemetry()
            theirs = [name for name in sys.modules if not name.startswith("provide")]
            os.write(writer, " ".join(theirs).encode())
            os._exit(0)
        os.wait()
        for name in os.read(reader, 65536).decode().split():
            import_module(name)
        assert not any(name.startswith("provide") for name in sys.modules)
        gc.freeze()
        for name in sys.argv[1:]:
            if os.fork() == 0:
                import_module(name)
                loggers = sys.modules.get("provide.foundation._logger.logger")
                if loggers is None:
                    loggers = import_module("provide.foundation._logger.logger")
                loggers.logger.error(name)
                os._exit(0)
        for name in sys.argv[1:]:
            os.wait()
    """

    assert len(names) > 40
    assert names == sorted(run(script, arguments=tuple(names)))


def test_logger_is_its_own_copy() -> None:
    """Copies of a logger are the logger, whatever is bound to it."""
    log = get_logger("app").bind(lock=threading.Lock())

    @dataclasses.dataclass
    class Service:
        log: Any
        name: str = "x"

    service = Service(log)

    assert log is copy.copy(log) is copy.deepcopy(log)
    assert {"log": log, "name": "x"} == dataclasses.asdict(service)
    assert log is copy.deepcopy(service).log
    assert log is copy.deepcopy([{"a": (log,)}])[0]["a"][0]


WORKERS = """
import json, multiprocessing, os, sys, tempfile
from concurrent.futures import ProcessPoolExecutor
import worker

def main():
    from provide.foundation import get_logger
    log = get_logger("w").bind(job=1)
    kind = sys.argv[1]
    if kind == "joblib":
        import joblib
        joblib.Parallel(n_jobs=2)(joblib.delayed(worker.work)(log, n) for n in range(4))
    elif kind == "pool":
        with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
            list(pool.map(worker.work, [log] * 4, range(4)))
    else:
        context = multiprocessing.get_context(kind)
        children = [context.Process(target=worker.work, args=(log, n)) for n in range(2)]
        for child in children: child.start()
        for child in children: child.join()

if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize("kind", ["spawn", "forkserver", "pool", "joblib"])
def test_logger_that_goes_to_a_worker_writes_there(kind: str, tmp_path: Path) -> None:
    """Workers that get a logger as an argument write its lines."""
    if kind == "joblib":
        pytest.importorskip("joblib")
    if kind == "forkserver" and sys.platform == "win32":
        pytest.skip("Windows has none")
    # Knows nothing of Foundation, as a worker's module may.
    (tmp_path / "worker.py").write_text("def work(log, n): log.error('work', n=n)\n")
    (tmp_path / "program.py").write_text(WORKERS)
    done = subprocess.run(
        [sys.executable, str(tmp_path / "program.py"), kind],
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        timeout=LIMIT_S,
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    count = 4 if kind in ("joblib", "pool") else 2

    assert [(n, 1) for n in range(count)] == sorted((line["n"], line["job"]) for line in lines)


# Patches


@pytest.fixture(params=LANES)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Set up with a file in each lane."""
    with mock.patch.dict(os.environ, {"FOUNDATION_LANE": request.param}):
        reset_for_testing()
        set_up(tmp_path / "app.log")
        yield tmp_path / "app.log"
        reset_for_testing()


def set_up(path: Path) -> None:
    """Set up with JSON to a file."""
    logging = LoggingConfig(log_file=path, capture_stdlib=False)
    setup_telemetry(TelemetryConfig(logging=logging))


def events(path: Path) -> list[str]:
    """Return the events of a file's lines."""
    return [json.loads(line)["event"] for line in path.read_text().splitlines()]


@pytest.mark.parametrize("bound", [{}, {"a": 1}], ids=["named", "bound"])
@pytest.mark.parametrize("method", ["info", "debug", "exception", "log", "bind"])
def test_mock_patches_one_logger(path: Path, method: str, bound: dict[str, Any]) -> None:
    """`mock.patch.object` replaces a method of one logger, and gives back all that was."""
    log = get_logger(path.parent.name)  # one that no other test has patched
    log = log.bind(**bound) if bound else log
    kind = type(log)
    log.info("before")
    with mock.patch.object(log, method) as outer:
        getattr(log, method)("event", a=1)
        outer.assert_called_once_with("event", a=1)
        with mock.patch.object(log, method) as inner:
            getattr(log, method)("event")
            inner.assert_called_once_with("event")
        getattr(log, method)("event")
        assert 2 == outer.call_count
        get_logger("other").info("other")
        log.warning("meanwhile")
    with mock.patch.object(log, method, autospec=True) as strict:
        if method != "bind":  # which takes fields alone
            getattr(log, method)("info", "event")
            strict.assert_called_once_with("info", "event")
    log.info("after")

    assert ["before", "other", "meanwhile", "after"] == events(path)
    assert kind is type(log)
    assert not vars(log)


@pytest.mark.parametrize("bound", [{}, {"a": 1}], ids=["named", "bound"])
def test_monkeypatch_patches_one_logger(
    path: Path, monkeypatch: pytest.MonkeyPatch, bound: dict[str, Any]
) -> None:
    """Pytest's `monkeypatch` does the same; a function it sets is called without the logger."""
    log = get_logger(path.parent.name)  # one that no other test has patched
    log = log.bind(**bound) if bound else log
    kind = type(log)
    seen: list[Any] = []
    with monkeypatch.context() as patch:
        patch.setattr(log, "info", seen.append)
        patch.setattr(log, "error", lambda event, **fields: seen.append(fields))
        log.info("event")
        log.exception("event")
    log.info("after")

    assert ["event", {"exc_info": True}] == seen
    assert ["after"] == events(path)
    assert kind is type(log)


def test_patch_is_not_bound(path: Path) -> None:
    """What is bound while a logger is patched is a logger of its own, and writes."""
    log = get_logger("app")
    with mock.patch.object(log, "info"):
        log.bind(a=1).info("bound")
        log.new(a=1).info("new")

    assert ["bound", "new"] == events(path)


def test_set_up_amid_a_patch(path: Path) -> None:
    """A set-up while a logger is patched leaves the patch, and then gives the new method."""
    log = get_logger("app").bind(a=1)
    second = path.with_name("second.log")
    with mock.patch.object(log, "info") as patched:
        set_up(second)
        log.info("patched")
        log.error("second")
    log.info("after")

    patched.assert_called_once_with("patched")
    assert ["second", "after"] == events(second)


def test_patched_logger_follows_levels(path: Path) -> None:
    """A patched logger's other methods follow levels, and start-ups, like any logger's."""
    log = get_logger("app")
    with mock.patch.object(log, "info"):
        log.debug("off")
        log.error("on")
        assert not log.is_enabled_for("debug")

    assert ["on"] == events(path)


def test_unpatched_logger_takes_no_new_attribute() -> None:
    """A slip of the pen on a logger is an AttributeError, as ever."""
    log: Any = get_logger("app")
    with pytest.raises(AttributeError):
        log.inof = 1
