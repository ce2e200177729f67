"""What `describe` and `explain` say of a configuration is what a set-up makes of it."""

from __future__ import annotations

import json
import os
import site
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import interpreters
import provide.foundation

#: Together they take more than five seconds, and are the same on each Python.
pytestmark = pytest.mark.slow

#: Sets up what its argument is the text of, in a folder without files; prints what was described
#: before and what `stats()` says after it, and which files describing has made.
AGREES = """
import json, logging, os, re, sys
from provide.foundation import (
    Limits, LoggingConfig, OutputConfig, Rotation, Sample, TelemetryConfig, describe, logger,
    setup_telemetry, stats,
)
from provide.foundation._explain.status import describe_config

def step(logger, name, fields):
    return fields

def take(line):
    pass

def passes(record):
    return True

found = []
for number, text in enumerate(json.load(sys.stdin)):
    os.mkdir(str(number))
    os.chdir(str(number))
    config = TelemetryConfig(logging=eval(text))
    planned = describe_config(config)
    made = os.listdir()
    setup_telemetry(config)
    logger.info("written")
    running = describe()
    os.chdir("..")
    found.append([planned, running, stats().lane, made])
print(json.dumps(found))
"""
#: A configuration, and the reasons why its lane is not the native one where that is installed.
CONFIGURATIONS = {
    "LoggingConfig(log_file='a.log')": [],
    "LoggingConfig(console_formatter='key_value')": [],
    "LoggingConfig(console_formatter='compact', output='stdout', journal=True)": [],
    "LoggingConfig(log_file='a.log', rotation=Rotation(max_bytes=1_000_000))": [],
    "LoggingConfig(log_file='a.log', delivery='background', schema='ecs')": [],
    "LoggingConfig(log_file='a.log', callsite=True)": [],
    "LoggingConfig(log_file='a.log', sampling={'': Sample(first=1)})": [],
    "LoggingConfig(outputs=['a.log', OutputConfig('b.log', 'ERROR', formatter='compact')])": [],
    "LoggingConfig(outputs=[OutputConfig('a.log', filter=passes)])": [],
    "LoggingConfig(outputs=[OutputConfig(take, batch=10), OutputConfig('b.log')])": [],
    "LoggingConfig(outputs=['a.log', OutputConfig('b.log', filter=passes)])": [
        "a filter beside other outputs: the native lane asks none"
    ],
    "LoggingConfig(log_file='a.log', redact_patterns=['jwt'])": [
        "patterns or a censor: the native lane asks no redactor"
    ],
    "LoggingConfig(outputs=['a.log', 'b.log'], callsite=True)": ["several outputs beside callsite"],
    "LoggingConfig(log_file='a.log', processors=[step])": [
        "a processor is configured; behind it, the native lane makes the lines"
    ],
    "LoggingConfig(log_file='a.log', processors=[step], callsite=True)": [
        "callsite beside processors"
    ],
    "LoggingConfig(log_file='a.log', omit_timestamp=True)": [
        "omit_timestamp: every faster lane writes the time"
    ],
    "LoggingConfig(log_file='a.log', limits=Limits(max_string_chars=10))": [
        "limits.max_string_chars is below 64"
    ],
    "LoggingConfig(outputs=['a.log', logging.NullHandler()])": [
        "a logging.Handler is written to directly"
    ],
    "LoggingConfig(outputs=[take])": ["a callable is written to directly"],
    "LoggingConfig(outputs=[OutputConfig('a.log', filter=passes)], redact_patterns=['jwt'])": [
        "a filter beside patterns or a censor: it is shown what the line shows"
    ],
}


def environment(**variables: str) -> dict[str, str]:
    """Return an environment that configures nothing else than these variables do."""
    ours = ("PROVIDE_", "FOUNDATION_", "OTEL_", "LOG_LEVEL", "NO_COLOR", "FORCE_COLOR", "DD_", "K_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    return {**kept, **variables}


def run(
    *arguments: str, folder: Path, code: int = 0, text: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run Python with arguments in a folder, and return what came; its exit code is checked."""
    done = interpreters.run(
        [sys.executable, *arguments], cwd=folder, env=environment(**variables), input=text,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert code == done.returncode, done.stderr
    return done


def explain(*arguments: str, folder: Path, **options: Any) -> str:
    """Run `explain` and return what it printed."""
    return run("-m", "provide.foundation", "explain", *arguments, folder=folder, **options).stdout


@pytest.mark.parametrize("lane", ["", "fast", "processor"])
def test_lanes_agree_with_stats(lane: str, tmp_path: Path) -> None:
    """The lane and the lines that are described are those of a set-up, and no file is made."""
    done = run(
        "-c", AGREES, folder=tmp_path, text=json.dumps(list(CONFIGURATIONS)), FOUNDATION_LANE=lane
    )
    found = json.loads(done.stdout.splitlines()[-1])
    is_native = found[0][0]["versions"]["foundation-native"] is not None

    assert [[]] * len(found) == [made for *_, made in found]
    for text, (planned, running, counted, _) in zip(CONFIGURATIONS, found, strict=True):
        assert counted == planned["lane"] == running["lane"], text
        assert planned["why"] == running["why"], text
        assert ([] == planned["why"]) == (counted == "native"), text
        if lane == "" and is_native:
            assert CONFIGURATIONS[text] == planned["why"], text
        for before, after in zip(planned["outputs"], running["outputs"], strict=True):
            assert {**before, "sample": ""} == {**after, "sample": ""}, text


def test_a_mistake_is_said_and_nothing_else(tmp_path: Path) -> None:
    """A bad level, an unknown key and a missing file end with 2 and the error's own words."""
    (tmp_path / "level.toml").write_text('[logging]\ndefault_level = "LOUD"\n')
    (tmp_path / "key.toml").write_text("[logging]\ncallsites = true\n")
    said = {
        name: run(
            "-m", "provide.foundation", "explain", "-c", f"{name}.toml", folder=tmp_path, code=2
        ).stderr
        for name in ("level", "key", "missing")
    }

    assert "logging.default_level: 'LOUD'" in said["level"]
    assert "in level.toml" in said["level"]
    assert "did you mean 'callsite'?" in said["key"]
    assert "No such file" in said["missing"]
    said_of_variable = run(
        "-m", "provide.foundation", "explain", folder=tmp_path, code=2, PROVIDE_LOG_CALLSITE="no!"
    ).stderr
    assert "PROVIDE_LOG_CALLSITE: 'no!'" in said_of_variable


def test_sources(tmp_path: Path) -> None:
    """Each value says whether the file, a variable or a default gave it; variables win."""
    (tmp_path / "shop.toml").write_text(
        'service_name = "shop"\n[logging]\ndelivery = "background"\ncallsite = true\n'
        "[logging.rotation]\nmax_bytes = 4096\nbackup_count = 3\n[[logging.outputs]]\n"
        'target = "a.log"\n'
    )
    arguments = ("--json", "--env", "--config", "shop.toml")
    described = json.loads(
        explain(
            *arguments,
            folder=tmp_path,
            PROVIDE_LOG_BACKUP_COUNT="9",
            PROVIDE_LOG_CALLSITE="no",
            LOG_LEVEL="notice",
        )
    )

    found = {k: v for k, v in described["values"].items() if v["source"] != "default"}
    assert {
        "service_name": {"value": "shop", "source": "shop.toml"},
        "logging.callsite": {"value": False, "source": "PROVIDE_LOG_CALLSITE"},
        "logging.delivery.mode": {"value": "background", "source": "shop.toml"},
        "logging.rotation.max_bytes": {"value": 4096, "source": "shop.toml"},
        "logging.rotation.backup_count": {"value": 9, "source": "PROVIDE_LOG_BACKUP_COUNT"},
        "logging.outputs[0].target": {"value": "a.log", "source": "shop.toml"},
    } == found
    (problem,) = described["problems"]
    assert problem.startswith("LOG_LEVEL: 'notice' is not valid")
    assert ["shop.toml"] == os.listdir(tmp_path)


#: Describes configurations that come from code in several ways; prints the sources of two fields.
SOURCES = """
import json, pickle
from provide.foundation import (
    LoggingConfig, Rotation, TelemetryConfig, configure, describe, set_level, stats,
)
from provide.foundation._config.section import replace
from provide.foundation._explain.values import list_values

NAMES = "default_level", "rotation.backup_count", "callsite"

def sources(config):
    values = list_values(config)
    return [values["logging." + name]["source"] for name in NAMES]

code = TelemetryConfig(logging=LoggingConfig(default_level="ERROR"))
of_both = TelemetryConfig.from_env(defaults=code)
changed = replace(of_both, logging=replace(of_both.logging, rotation=Rotation(backup_count=1)))
found = [sources(each) for each in (code, of_both, changed, TelemetryConfig.production())]
found.append(sources(pickle.loads(pickle.dumps(of_both))))
before = stats()
first = describe()
assert stats() == before
configure(level="DEBUG")
values = describe()["values"]
found.append([values["logging." + n]["source"] for n in NAMES])
configure(rotation=Rotation(max_bytes=4096), output="stdout")
set_level("TRACE")
set_level("DEBUG", "app")
second = describe()
values = second["values"]
found.append([values["logging." + n]["source"] for n in NAMES])
found.append([values["logging." + n]["source"] for n in ("module_levels", "output")])
found.append([first["is_set_up"], second["is_set_up"]])
print(json.dumps(found))
"""


def test_sources_of_code(tmp_path: Path) -> None:
    """Values of code, presets, options and variables keep their sources through copies."""
    variables: dict[str, Any] = {"PROVIDE_LOG_BACKUP_COUNT": "9", "PROVIDE_LOG_CALLSITE": "1"}
    done = run("-c", SOURCES, folder=tmp_path, **variables)
    found = json.loads(done.stdout.splitlines()[-1])

    count, callsite = variables
    assert [
        ["code", "default", "default"],
        ["code", count, callsite],
        ["code", "code", callsite],
        ["preset production", "default", "default"],
        ["code", count, callsite],
        ["code", count, callsite],
        ["at run time", "default", callsite],
        ["at run time", "code"],
        [False, True],
    ] == found


#: Has what would act on a terminal, a secret, and names and values that are long.
ODD = r"""
service_name = "a\u001b[2Jb"
[logging]
redact_keys = ["iban", "passport_number", "tax_identification_number", "licence_plate"]
logger_name_emoji_prefix_enabled = true
[logging.fields]
api_key = "k-1"
[otlp]
endpoint = "http://user:s3cret@collector:4318"
[[logging.outputs]]
target = "a.log"
formatter = "compact"
max_level = "ERROR"
"""


def test_shown_for_people(tmp_path: Path) -> None:
    """Rows fit a terminal, escape what would act on one, and have colours only where asked."""
    (tmp_path / "odd.toml").write_text(ODD)
    plain = explain("--config", "odd.toml", "--env", folder=tmp_path, LOG_LEVEL="notice")
    shown = plain.splitlines()

    samples = [shown[place + 1] for place, row in enumerate(shown) if row == "  sample"]
    assert 1 == len(samples)
    assert [] == [row for row in shown if len(row) > 80 and row not in samples]
    assert "\x1b" not in plain
    assert [] == [secret for secret in ("k-1", "s3cret") if secret in plain]
    assert "  levels    loggers from INFO, up to ERROR" in shown
    assert 1 == len([row for row in shown if row.startswith("warning: LOG_LEVEL: 'notice'")])
    forced = explain("--config", "odd.toml", folder=tmp_path, FORCE_COLOR="1")
    assert plain.count("Output a.log") == forced.count("\x1b[1mOutput a.log\x1b[0m")
    refused = explain("--config", "odd.toml", folder=tmp_path, FORCE_COLOR="1", NO_COLOR="1")
    assert "\x1b[1m" not in refused
    help_rows = explain("--help", folder=tmp_path, COLUMNS="80").splitlines()
    assert len(help_rows) <= 24


def test_without_the_native_package(tmp_path: Path) -> None:
    """Where only core is installed, that is the reason; a folder that is missing is said."""
    if any((Path(each) / "provide/foundation/native").is_dir() for each in site.getsitepackages()):
        pytest.skip("foundation-native is not installed for development")
    places = [str(Path(provide.foundation.__file__).parents[2]), *map(str, site.getsitepackages())]
    # Without `site`, packages in development are not found; core is, by its folder.
    text = run(
        "-S", "-m", "provide.foundation", "explain", "--json", folder=tmp_path,
        PYTHONPATH=os.pathsep.join(places), PROVIDE_LOG_FILE="gone/app.log",
    ).stdout  # fmt: skip
    described = json.loads(text)

    assert ("fast", ["foundation-native is not installed"]) == (described["lane"], described["why"])
    assert described["versions"]["foundation-native"] is None
    (output,) = described["outputs"]
    assert ["a set-up could not open the file: its folder does not exist"] == output["notes"]


def test_script_is_the_module(tmp_path: Path) -> None:
    """`foundation` is what `python -m provide.foundation` is."""
    script = Path(sys.executable).with_name("foundation")
    done = subprocess.run(
        [script, "explain", "--preset", "minimal", "--json"], cwd=tmp_path, env=environment(),
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    described = json.loads(done.stdout)
    again = json.loads(explain("--preset", "minimal", "--json", folder=tmp_path))

    assert again["values"] == described["values"]
    assert "the preset minimal, without the environment" == described["configuration"]


@pytest.mark.parametrize(
    ("target", "code", "said"),
    [
        ("/dev/full", 1, "standard output: No space left on device\n"),
        ("a pipe that nobody reads", 0, ""),
    ],
)
def test_output_that_ends(target: str, code: int, said: str, tmp_path: Path) -> None:
    """A full disk is said in one line; a reader that has seen enough is no error."""
    if target == "/dev/full":
        descriptor = os.open(target, os.O_WRONLY)
    else:
        reading, descriptor = os.pipe()
        os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "provide.foundation", "explain"], cwd=tmp_path, env=environment(),
        stdout=descriptor, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
    )  # fmt: skip
    os.close(descriptor)

    name = "python -m provide.foundation explain: "
    assert (code, name + said if said else "") == (done.returncode, done.stderr)


def test_open_file_is_not_in_trouble(tmp_path: Path) -> None:
    """A file that a set-up has opened is no file that a set-up could not open."""
    code = """
import os
from provide.foundation import LoggingConfig, TelemetryConfig, describe, setup_telemetry
setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file="logs/app.log")))
os.rename("logs", "moved")
print(describe()["outputs"][0]["notes"])
"""
    (tmp_path / "logs").mkdir()

    assert "[]\n" == run("-c", code, folder=tmp_path).stdout


def test_names_of_extensions_are_compared_as_packages_are(tmp_path: Path) -> None:
    """Case, dots and underscores make no other distribution; the installed ones are listed once."""
    (tmp_path / "acme.py").write_text(
        "from provide.foundation.extension import Extension\n"
        "def make(config): return Extension('Acme.Extras', trace_fields=lambda: b'')\n"
    )
    info = tmp_path / "Acme_Extras-1.5.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: Acme_Extras\nVersion: 1.5\n")
    (info / "entry_points.txt").write_text("[provide.foundation.extensions]\nacme = acme:make\n")
    code = """
import sys
from provide.foundation import LoggingConfig, TelemetryConfig, describe, setup_telemetry
class Counting:
    listed = 0
    def find_spec(self, *_):
        return None
    def find_distributions(self, context):
        Counting.listed += context.name is None  # else one is looked up
        return []
setup_telemetry(TelemetryConfig(logging=LoggingConfig(extensions=("acme-extras",))))
sys.meta_path.insert(0, Counting())
(acme,) = [each for each in describe()["extensions"] if each["name"] == "Acme_Extras"]
print(acme["version"], acme["adds"], Counting.listed)
"""
    done = run("-c", code, folder=tmp_path, PYTHONPATH=str(tmp_path))

    assert "1.5 trace ids 1\n" == done.stdout
