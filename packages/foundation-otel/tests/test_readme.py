"""The code blocks of the package's README run, and print what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

from otlp_collector import OURS

README = Path(__file__).parents[1] / "README.md"


def read_block(language: str, holds: str) -> str:
    """Return the one block of a language that has a text in it."""
    blocks = re.findall(rf"^```{language}[^\n]*\n(.*?)^```", README.read_text("utf-8"), re.M | re.S)
    (block,) = [each for each in blocks if holds in each]
    return str(block)


def without_scope(row: str) -> tuple[str, ...]:
    """Return a sample's parts, in an order, without the labels that versions name otherwise."""
    name, _, value = row.rpartition(" ")
    labels = sorted(part for part in re.findall(r'\w+="[^"]*"', name) if "otel_scope" not in part)
    return (name.partition("{")[0], *labels, value)


def test_every_block_is_known() -> None:
    """A block that is added is run here, too."""
    languages = re.findall(r"^```(\w+)", README.read_text("utf-8"), re.M)
    assert ["sh", "python", "python", "console"] == languages


def test_install_names_the_extras() -> None:
    """What the README installs are extras that the package has."""
    manifest = (README.parent / "pyproject.toml").read_text("utf-8")
    (extras,) = re.findall(r"foundation-otel\[([\w,-]+)\]", read_block("sh", "pip install"))
    assert [] == [each for each in extras.split(",") if f"\n{each} = " not in manifest]


def test_example_of_the_document(tmp_path: Path) -> None:
    """The example of instruments runs as it stands."""
    script = read_block("python", "create_histogram")
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60,
        check=True,
    )  # fmt: skip
    assert ("", "") == (done.stdout, done.stderr)


def test_service_and_curl(tmp_path: Path) -> None:
    """The service shows Prometheus what the README says that curl prints."""
    script = read_block("python", "prometheus_port=9464")
    command, *expected = read_block("console", "curl").splitlines()
    assert command == ("$ curl -s http://127.0.0.1:9464/metrics | grep ^foundation_messages_logged")
    # Another service may have the port: any that is free, and the program says which.
    script = script.replace("prometheus_port=9464", "prometheus_port=0").replace(
        "input()",
        "from provide.foundation.metrics import prometheus_port\n"
        "print(prometheus_port(), flush=True)\ninput()",
    )
    kept = {key: value for key, value in os.environ.items() if not key.startswith(OURS)}
    service = subprocess.Popen(
        [sys.executable, "-c", script], cwd=tmp_path, env=kept, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert service.stdout is not None
        port = service.stdout.readline().strip()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
            rows = answer.read().decode().splitlines()
    finally:
        service.communicate("\n", timeout=30)
    found = [row for row in rows if row.startswith("foundation_messages_logged")]
    assert sorted(map(without_scope, expected)) == sorted(map(without_scope, found))
