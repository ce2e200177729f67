"""alembic and SQLAlchemy configure `logging` within a program, and its lines stay ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from programs.program import environment
from programs.tests.scripts import run_script

UPGRADE = """
import logging
from pathlib import Path

from alembic import command
from alembic.config import Config

from provide.foundation import get_logger, setup_telemetry

setup_telemetry()
stock = logging.getLogger("inventory")
stock.info("before")
command.upgrade(Config("alembic.ini"), "head")
stock.info("after")
get_logger("shop").info("upgraded")
"""
ECHO = """
import logging

from provide.foundation import setup_telemetry
from sqlalchemy import create_engine, text

setup_telemetry()
with create_engine("sqlite://", echo=True).connect() as connection:
    connection.execute(text("select 7"))
"""


def run_alembic(folder: Path, *words: str) -> None:
    """Run alembic's own command."""
    subprocess.run(
        [sys.executable, "-m", "alembic", *words], cwd=folder, env=environment(),
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip


def test_upgrade_within_a_program(tmp_path: Path) -> None:
    """The env.py that alembic generates calls fileConfig: no line is plain, lost or there twice."""
    run_alembic(tmp_path, "init", "migrations")
    ini = tmp_path / "alembic.ini"
    url = "sqlalchemy.url = driver://user:pass@localhost/dbname"
    text = ini.read_text("utf-8")
    assert url in text
    ini.write_text(text.replace(url, "sqlalchemy.url = sqlite:///shop.db"), "utf-8")
    run_alembic(tmp_path, "revision", "-m", "orders")

    lines = run_script(tmp_path, UPGRADE)

    events = [line["event"] for line in lines]
    ours = [event for event in events if event in ("before", "after", "upgraded")]
    assert ["before", "after", "upgraded"] == ours
    assert 1 == sum(event.startswith("Running upgrade") for event in events)
    assert {"inventory", "shop"} < {line["logger"] for line in lines}


def test_statements_of_an_echoing_engine(tmp_path: Path) -> None:
    """`echo=True` puts a handler of SQLAlchemy's on stdout: its statements are lines, once each."""
    lines = run_script(tmp_path, ECHO)

    assert 1 == sum(line["event"] == "select 7" for line in lines)
    assert {"sqlalchemy.engine.Engine"} == {line["logger"] for line in lines}
