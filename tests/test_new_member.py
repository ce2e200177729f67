"""CONTRIBUTING.md shows how a member of a line is added, and it works as shown."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CORE = "packages/foundation-core/src"
PAGE = "docs/telemetry-format.md"
PROGRAM = """
import sys
from provide.foundation import LoggingConfig, TelemetryConfig, get_logger, setup_telemetry

logging = LoggingConfig(console_formatter=sys.argv[1], log_file="app.log", extensions=())
setup_telemetry(TelemetryConfig(service_name="shop", logging=logging))
get_logger("app").info("usual", a=1)
get_logger("app").info("reserved", platform=1)
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of core and of the page on the format, with the worked example applied."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    (shown,) = re.findall(r"^```diff\n(.*?)^```$", text, re.M | re.S)
    copy = tmp_path_factory.mktemp("tree")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / CORE, copy / CORE, ignore=ignored)
    (copy / PAGE).parent.mkdir()
    shutil.copy(ROOT / PAGE, copy / PAGE)
    subprocess.run(
        ["git", "apply", "-"], cwd=copy, input=shown, text=True, check=True, timeout=60,
        env={**os.environ, "GIT_CEILING_DIRECTORIES": str(copy.parent)},
    )  # fmt: skip
    return copy


@pytest.mark.parametrize("lane", ["fast", "processor"])
@pytest.mark.parametrize("form", ["json", "key_value", "compact"])
def test_added_member_is_written(form: str, lane: str, tree: Path, tmp_path: Path) -> None:
    """The member of the worked example stands behind `service`, and its name is reserved."""
    path = os.pathsep.join([str(tree / CORE), os.environ.get("PYTHONPATH", "")])
    subprocess.run(
        [sys.executable, "-c", PROGRAM, form], cwd=tmp_path, check=True, timeout=60,
        env={**os.environ, "PYTHONPATH": path, "FOUNDATION_LANE": lane},
    )  # fmt: skip
    usual, reserved = (tmp_path / "app.log").read_text("utf-8").splitlines()

    if form == "json":
        assert {"service": "shop", "platform": sys.platform, "a": 1}.items() <= json.loads(
            usual
        ).items()
        assert ["service", "platform", "a"] == list(json.loads(usual))[4:7]
        assert 1 == json.loads(reserved)["platform_"]
    else:
        assert f"service=shop platform={sys.platform} a=1" in usual
        assert "platform_=1" in reserved


def test_added_member_takes_three_files(tree: Path) -> None:
    """The worked example touches few places, and the page has the member where the table has it."""
    changed = [
        file.relative_to(tree).as_posix()
        for file in sorted(tree.rglob("*"))
        if file.is_file()
        and file.suffix != ".pyc"
        and file.read_bytes() != (ROOT / file.relative_to(tree)).read_bytes()
    ]
    rows = re.findall(r"^\| `(\w+)` \|", (tree / PAGE).read_text("utf-8"), re.M)

    assert 3 == len(changed)
    assert rows.index("pid") + 1 == rows.index("platform")
