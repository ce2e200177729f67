"""The documentation is true: every code block runs, every table is compared with the source.

How a page marks its blocks:

- `python` is a program of its own, run as the file that its title names (`example.py` without
  one). All blocks of a page run in one folder, in order, so that a later one can read what an
  earlier one wrote.
- `<!-- output -->` in front of a `json` or `text` block: what the program before it prints, on
  stdout and stderr together; `<!-- output: terminal -->` the same on a terminal, colours left out.
  A program may have one of each; one that has none prints nothing.
- `console` is commands after `$ `, each followed by what it prints.
- `toml`, `ini`, `yaml`, `conf` and `alloy` with a title are written to that file; so are `json` and
  `text` that have a title.
- `<!-- recorded -->` in front of a block: it was run elsewhere, and the page says where. With a
  title it is written to that file, and it is never run.
- `sh` is for the reader's machine (pip, nox) and `mermaid` is a diagram: neither is run.

Times, the folder and pytest's duration differ from run to run; they are compared masked.
`python tests/test_docs.py` writes the output of every block into the pages, to be read as a diff.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

import interpreters
import provide.foundation as foundation
from provide.foundation._config.environment import VARIABLES
from provide.foundation._config.export import MetricsConfig, OtlpConfig
from provide.foundation._pipeline.steps import STEPS
from provide.foundation._record.redaction import SECRET_SUFFIXES
from provide.foundation._record.schema import AFTER_FIELDS, BEFORE_FIELDS, SCHEMA_VERSION
from provide.foundation.config import (
    Console,
    Delivery,
    Limits,
    LoggingConfig,
    OutputConfig,
    Redaction,
    Rotation,
    TelemetryConfig,
)
from tools.page_blocks import Block, read_blocks

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
#: The pages about frameworks start servers and workers: `nox -s programs` runs them.
PAGES = [
    ROOT / "README.md",
    *(page for page in sorted(DOCS.glob("**/*.md")) if page.parent.name != "integrations"),
]

#: The languages of files that programs other than Python read.
FILES = ("toml", "ini", "yaml", "conf", "alloy")

#: Where the pages pretend to run.
FOLDER = "/srv/app"

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
MASKS = [
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"), "<timestamp>"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\b"), "<moment>"),
    (re.compile(r"\b\d\d:\d\d:\d\d\.\d{3}\b"), "<time>"),
    (re.compile(r"── \w{3} \d+ \w{3} \d{4} · \S+ ─+"), "<day>"),
    (re.compile(r"\bin \d+\.\d\ds\b"), "in <seconds>"),
    (re.compile(r"(?<=[\":])1\d{12}(?=,)"), "<milliseconds>"),
    (re.compile(r"\b(foundation-\w+|python) (\d[\w.]*|not installed)"), r"\1 <version>"),
    (re.compile(r'(?<="duration_s":)[^,}]+'), "<seconds>"),
]
#: Variables that would change what a block prints.
OURS = re.compile(
    r"PROVIDE_|FOUNDATION_|OTEL_|LOG_LEVEL$|NO_COLOR$|FORCE_COLOR$|PYTHON(?!PATH)|PYTEST_"
)
#: Unbuffered, so that print() and the log keep their order.
PYTHON = {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8", "PYTHONDONTWRITEBYTECODE": "1"}
TIME_LIMIT_S = 180


def environment() -> dict[str, str]:
    """Return an environment in which nothing configures Foundation, and `python` is ours."""
    kept = {key: value for key, value in os.environ.items() if not OURS.match(key)}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    # The pages show what core does by itself.
    return {**kept, "PATH": path, "FOUNDATION_LANE": "fast", **PYTHON}


def run(command: list[str], folder: Path, *, terminal: bool) -> tuple[int, str]:
    """Run a command and return its exit code and what it printed, made independent of the run."""
    code, printed = (run_on_terminal if terminal else run_on_pipe)(command, folder)
    text = COLOUR.sub("", printed.decode("utf-8")).replace("\r\n", "\n")
    for name in (str(folder.resolve()), str(folder)):
        for separator in (os.sep, ""):
            escaped = json.dumps(name + separator)[1:-1]
            text = text.replace(escaped, FOLDER + ("/" if separator else ""))
    return code, text


def run_on_pipe(command: list[str], folder: Path) -> tuple[int, bytes]:
    """Run with stdout and stderr on one pipe."""
    done = interpreters.run(
        command, cwd=folder, env=environment(), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIME_LIMIT_S, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


def run_on_terminal(command: list[str], folder: Path) -> tuple[int, bytes]:
    """Run with stdout and stderr on one pseudo-terminal."""
    reader, writer = os.openpty()
    with interpreters.Popen(
        command, cwd=folder, env={**environment(), "TERM": "xterm-256color"},
        stdin=subprocess.DEVNULL, stdout=writer, stderr=writer,
    ) as process:  # fmt: skip
        os.close(writer)
        parts = []
        try:
            while part := os.read(reader, 65536):
                parts.append(part)
        except OSError:  # Linux's way to say that the other side is closed
            pass
        code = process.wait(TIME_LIMIT_S)
    os.close(reader)
    return code, b"".join(parts)


def mask(text: str) -> str:
    """Return a text with what differs from run to run taken out."""
    for pattern, name in MASKS:
        text = pattern.sub(name, text)
    return text.strip()


def is_output(block: Block) -> bool:
    """Tell whether a block is what the program before it prints."""
    return block.mark is not None and block.mark != "recorded"


def run_page(text: str, folder: Path) -> Iterator[tuple[Block, str, str]]:
    """Run every block of a page; yield where output stands, what stands there, and what came.

    Raises:
        AssertionError: A block failed, or stands where it has no meaning.
    """
    blocks = read_blocks(text)
    for number, block in enumerate(blocks):
        place = f"line {block.line}"
        if block.language in ("sh", "mermaid") or block.mark == "recorded":
            if block.title:
                (folder / block.title).write_text(block.body, encoding="utf-8")
            continue
        if block.language in FILES or (block.title and block.language in ("json", "text")):
            assert block.title, f"{place}: which file is this?"
            (folder / block.title).write_text(block.body, encoding="utf-8")
        elif block.language == "python":
            name = block.title or "example.py"
            (folder / name).write_text(block.body, encoding="utf-8")
            marked = list(itertools.takewhile(is_output, blocks[number + 1 :]))
            for place_of_output in marked or [block]:
                terminal = place_of_output.mark == "output: terminal"
                code, printed = run([sys.executable, name], folder, terminal=terminal)
                assert code == 0, f"{place}: exit code {code}\n{printed}"
                yield place_of_output, place_of_output.body if marked else "", printed
        elif block.language == "console":
            printed = run_console(block, folder)
            yield block, block.body, printed
        else:
            assert block.mark, f"{place}: nothing makes this {block.language or 'plain'} block"


def run_console(block: Block, folder: Path) -> str:
    """Run the commands of a console block and return the block as it should be."""
    shell = shutil.which("sh")
    if shell is None:
        pytest.skip("no sh")
    rows = []
    for row in block.body.splitlines():
        if row.startswith("$ "):
            code, printed = run([shell, "-c", row[2:]], folder, terminal=False)
            assert code == 0, f"line {block.line}: {row}: exit code {code}\n{printed}"
            rows += [row, *printed.rstrip("\n").splitlines()]
    return "\n".join(rows) + "\n"


def rewrite_page(page: Path) -> None:
    """Write into a page what its blocks print; what differs only by the run stays."""
    text = page.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        changes = list(run_page(text, Path(folder)))
    for block, shown, printed in reversed(changes):
        if mask(shown) == mask(printed):
            continue
        if block.language == "python":
            print(f"{page}:{block.line}: prints, and no output block follows")
            continue
        rows = printed.strip("\n").splitlines()
        body = "".join(f"{block.indent}{row}".rstrip() + "\n" for row in rows)
        text = text[: block.span[0]] + body + text[block.span[1] :]
    page.write_text(text, encoding="utf-8")


def read_table(page: Path, heading: str) -> list[list[str]]:
    """Return the rows of the first table under a heading, its cells without backquotes."""
    section = page.read_text(encoding="utf-8").partition(f"\n{heading}\n")[2]
    assert section, f"{page.name} has no heading {heading!r}"
    rows = []
    for row in section.splitlines():
        if row.startswith("|"):
            rows.append([cell.strip().replace("`", "") for cell in row.strip("| ").split(" | ")])
        elif rows:
            break
    return rows[2:]


@pytest.mark.timeout(600)  # a page may start a dozen programs, beside other tests
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_blocks_run(page: Path, tmp_path: Path) -> None:
    """Every block of a page runs and prints what the page says."""
    text = page.read_text(encoding="utf-8")
    if "<!-- output: terminal -->" in text and not hasattr(os, "openpty"):
        pytest.skip("no pseudo-terminals")

    for block, shown, printed in run_page(text, tmp_path):
        assert mask(shown) == mask(printed), f"{page.relative_to(ROOT)}:{block.line}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_fence_is_read(page: Path) -> None:
    """No fence of a page is written in a way that the pattern passes over."""
    text = page.read_text(encoding="utf-8")

    assert len(re.findall(r"^\s*(?:```|~~~)", text, re.M)) == 2 * len(read_blocks(text))


def find_problems(text: str, folder: Path) -> str:
    """Return what is wrong with the blocks of a page, as text."""
    problems = []
    try:
        for block, shown, printed in run_page(text, folder):
            if mask(shown) != mask(printed):
                problems.append(f"line {block.line}: not {shown!r} but {printed!r}")
    except AssertionError as error:
        problems.append(str(error))
    return "\n".join(problems)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(
            "```python\nprint(1)\n```\n", "line 1: not '' but '1\\n'", id="unmarked-output"
        ),
        pytest.param(
            "```python\nprint(1)\n```\n\n<!-- output -->\n```text\n2\n```\n",
            "line 6: not '2\\n' but '1\\n'",
            id="other-output",
        ),
        pytest.param(
            "```console\n$ echo 1\n2\n```\n",
            "line 1: not '$ echo 1\\n2\\n' but '$ echo 1\\n1\\n'",
            id="other-console-output",
        ),
        pytest.param("```python\n1 / 0\n```\n", "ZeroDivisionError", id="failing-block"),
        pytest.param("```console\n$ exit 3\n```\n", "exit code 3", id="failing-command"),
        pytest.param(
            '```json\n{"event": "x"}\n```\n', "nothing makes this json block", id="invented-output"
        ),
    ],
)
def test_wrong_blocks_are_found(text: str, problem: str, tmp_path: Path) -> None:
    """A block that is wrong does not pass: the comparison can fail."""
    assert problem in find_problems(text, tmp_path)


def fields_of(kind: type) -> dict[str, str]:
    """Return the default of each field of a configuration class, as the page writes it."""
    shown = {}
    for field in attrs.fields(kind):
        default = field.default
        if isinstance(default, attrs.Factory):  # type: ignore[arg-type]
            text = f"{default.factory.__name__}()"
        elif default is attrs.NOTHING:
            text = "required"
        elif type(default) is int:
            text = f"{default:,}"
        elif isinstance(default, str):
            text = f'"{default}"'
        else:
            text = str(default)
        shown[field.name] = text
    return shown


@pytest.mark.parametrize(
    "kind",
    [
        TelemetryConfig,
        LoggingConfig,
        Redaction,
        Limits,
        Rotation,
        Delivery,
        Console,
        OutputConfig,
        MetricsConfig,
        OtlpConfig,
    ],
)
def test_field_tables(kind: type) -> None:
    """The page lists every field of a class in its order, with its default."""
    rows = read_table(DOCS / "configuration.md", f"## Fields of {kind.__name__}")

    assert list(fields_of(kind).items()) == [(row[0], row[1]) for row in rows]


def test_variables() -> None:
    """The page lists every environment variable, in its order of precedence, with its field."""
    rows = read_table(DOCS / "configuration.md", "## Variables")

    expected = {
        f"{section}.{field}".removeprefix("logging").removeprefix("."): ", else ".join(names)
        for section, field, names, _ in VARIABLES
    }
    assert expected == {row[1]: row[0] for row in rows}


def test_parts_of_a_line() -> None:
    """The page lists the members of the schema and the fields, in the order of a line."""
    before, after = (
        [
            [each.key, "in use" if each.optional else "yes", each.meaning.replace("`", "")]
            for each in members
        ]
        for members in (BEFORE_FIELDS, AFTER_FIELDS)
    )
    rows = read_table(DOCS / "telemetry-format.md", "## The parts of a line")
    fields = rows[len(before)]

    assert ["fields", ""] == fields[:2]
    assert [*before, fields, *after] == rows


def test_redaction_list() -> None:
    """The page lists exactly the endings of secret keys that are built in."""
    rows = read_table(DOCS / "telemetry-format.md", "## Redaction")
    listed = [ending for row in rows for ending in row[1].split(", ")]

    assert list(SECRET_SUFFIXES) == listed


def test_schema_version() -> None:
    """The page describes the version of the schema that the code writes."""
    text = (DOCS / "telemetry-format.md").read_text(encoding="utf-8")

    assert f"schema {SCHEMA_VERSION}," in text


def test_reference_is_complete() -> None:
    """Every public name has its place in the reference."""
    pages = "".join(page.read_text("utf-8") for page in (DOCS / "reference").glob("*.md"))
    named = set(re.findall(r"^::: provide\.foundation\.(\w+)$", pages, re.M))

    assert set(foundation.__all__) - {"__version__"} == named


def test_steps_of_the_log_call() -> None:
    """The page has a row for each step of `_pipeline/steps.py`, in its order."""
    expected = [
        [f"{step.number} {step.name}", step.effect.replace("`", ""), ", ".join(step.files)]
        for step in STEPS
    ]

    assert expected == read_table(DOCS / "life-of-a-log-call.md", "## The steps")


@pytest.mark.parametrize("page", ["life-of-a-log-call.md", "limitations.md", "guide/tuning.md"])
def test_files_that_a_page_names_exist(page: str) -> None:
    """Every file of the package that a page names is there."""
    text = (DOCS / page).read_text(encoding="utf-8")
    package = ROOT / "packages/foundation-core/src/provide/foundation"
    examples = {block.title or "example.py" for block in read_blocks(text)}
    named = set(re.findall(r"\b[a-z_]+(?:/[a-z_]+)*\.py\b", text)) - examples
    # A renderer may be named without its folder.
    emoji = ROOT / "packages/foundation-emoji/src/provide/foundation"
    folders = (ROOT, package, package / "_render", emoji)

    assert named or page == "guide/tuning.md"
    assert set() == {name for name in named if not any((f / name).is_file() for f in folders)}


#: Says which of the configurations and calls that it is given walk the steps of the pipeline.
LANES = """
import json
import sys
from datetime import date
from http import HTTPStatus

from provide.foundation import Console, Limits, LoggingConfig, TelemetryConfig, get_logger
from provide.foundation import setup_telemetry, bound_contextvars
from provide.foundation.config import OutputConfig
from provide.foundation._pipeline.pipeline import Pipeline

log = get_logger("app")


def step(logger, name, fields):
    return fields


def in_context(call):
    with bound_contextvars(request_id="r-1"):
        call()


def in_structlog(call):
    import structlog

    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        call()


def walks(call):
    seen = []
    sys.setprofile(lambda frame, kind, _: seen.append(frame.f_code) if kind == "call" else None)
    try:
        call()
    finally:
        sys.setprofile(None)
    return not {Pipeline.write.__code__, Pipeline.finish.__code__}.isdisjoint(seen)


def use(logging):
    setup_telemetry(TelemetryConfig(logging=logging))
    log.info("first")  # what is kept is made here


configurations, calls = json.load(sys.stdin)
left = []
for example in configurations:
    use(eval(example))
    left.append(walks(lambda: log.info("saved")))
use(LoggingConfig(log_file="a.log"))
left += [walks(lambda: eval(example)) for example in calls]
with open("left.json", "w") as file:
    json.dump(left, file)
"""


def test_what_leaves_the_fast_lane(tmp_path: Path) -> None:
    """Each example of the tuning guide leaves the fast lane, or stays, as the guide says."""
    page = DOCS / "guide/tuning.md"
    tables = [
        [row[1] for row in read_table(page, f"### {heading}")]
        for heading in ("By the configuration", "By the call", "What stays")
    ]
    configurations, leave, stay = tables
    interpreters.run(
        [sys.executable, "-c", LANES], cwd=tmp_path, check=True,
        env=environment(),
        input=json.dumps([configurations, [*stay, *leave]]), text=True, capture_output=True,
        timeout=TIME_LIMIT_S,
    )  # fmt: skip

    left = json.loads((tmp_path / "left.json").read_text("utf-8"))
    found = dict(zip([*configurations, *stay, *leave], left, strict=True))
    assert {**dict.fromkeys([*configurations, *leave], True), **dict.fromkeys(stay, False)} == found


if __name__ == "__main__":
    for chosen in map(Path, sys.argv[1:] or PAGES):
        rewrite_page(chosen)
