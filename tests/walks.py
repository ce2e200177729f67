"""What one log call runs through in each lane, from the method to write(2), for the documentation.

`python tests/walks.py` writes the tables of docs/life-of-a-log-call.md; `test_walks.py` compares
them. The Python lanes are watched while they write one line. The compiled lane cannot be watched
that way: its functions are listed here, and looked up in the sources.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs/life-of-a-log-call.md"
CPP = ROOT / "packages/foundation-native/cpp"
#: Title, lane and format of each walk that is watched.
WATCHED = (
    ("The fast lane, JSON", "fast", "json"),
    ("The fast lane, logfmt", "fast", "key_value"),
    ("The fast lane, compact", "fast", "compact"),
    ("The processor lane, JSON", "processor", "json"),
)
#: The compiled lane: each function calls the next one.
NATIVE = (
    ("method.cpp", "call_method", "is what `Logger.info` calls: compares the level"),
    ("method.cpp", "write_call", "reads the clock and the context variable"),
    ("record.cpp", "write_record", "rewrites a call that was refused, or falls back with it"),
    ("record.cpp", "write_call_as", "makes attempts until one has an outcome"),
    ("record.cpp", "attempt", "takes the steps of the list, and makes the bytes"),
    ("deliver.cpp", "write_out", "gives them to the file, the stream or the queue"),
    ("sink.cpp", "write_line", "calls write(2), and writes what it has left over"),
)
#: Functions with no step of their own, which would fill the screen.
_DETAIL = re.compile(r"<lambda>|<genexpr>|<listcomp>|__init__|\.take$|\._")

_PROGRAM = """
import json, os, sys
from provide.foundation import LoggingConfig, TelemetryConfig, get_logger, levels, setup_telemetry
core = os.path.dirname(levels.__file__) + os.sep
logging = LoggingConfig(
    log_file=sys.argv[1], console_formatter=sys.argv[2], capture_stdlib=False,
    capture_structlog=False,
)
setup_telemetry(TelemetryConfig(logging=logging))
log = get_logger("app")
for number in range(200):
    log.info("user_login", user_id=number)
seen = []
def watch(frame, event, argument):
    file = frame.f_code.co_filename
    if event == "call" and file.startswith(core):
        seen.append([file[len(core):].replace(os.sep, "/"), frame.f_code.co_qualname])
    elif event == "c_call" and getattr(argument, "__module__", None) == "posix":
        seen.append(["os", argument.__name__])
walks = []
for number in range(5):
    seen = []
    sys.setprofile(watch)
    log.info("user_login", user_id=7)
    sys.setprofile(None)
    walks.append(seen)
print(json.dumps(min(walks, key=len)))  # the first of a second spells it anew
"""


def watch_call(lane: str, form: str) -> list[tuple[str, str]]:
    """Return file and function of each function of core that one warm call enters, in order."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PROVIDE_", "OTEL_"))}
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM, os.path.join(folder, "app.log"), form],
            env={**kept, "FOUNDATION_LANE": lane},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
    walk: list[tuple[str, str]] = []
    for file, function in json.loads(done.stdout):
        name = function.rpartition("<locals>.")[2]
        if not _DETAIL.search(function) and (file, name) not in walk:
            walk.append((file, name))
    return walk


def find_native_gaps() -> list[str]:
    """Return, in words, each function of the compiled lane's walk that does not call the next."""
    gaps = []
    for (file, function, _), (_, following, _) in itertools.pairwise(NATIVE):
        text = (CPP / file).read_text(encoding="utf-8")
        found = re.search(rf"^[\w:*& ]+\b{function}\([^;{{]*\{{\n(.*?)^\}}", text, re.M | re.S)
        if found is None:
            gaps.append(f"{file} has no {function}")
        elif not re.search(rf"\b{following}(<\w+>)?\(", found.group(1)):
            gaps.append(f"{function} does not call {following}")
    return gaps


def make_tables() -> str:
    """Return the tables of all walks, as the page has them."""
    parts = []
    for title, lane, form in WATCHED:
        rows = "\n".join(f"| `{file}` | `{name}` |" for file, name in watch_call(lane, form))
        parts.append(f"### {title}\n\n| file | function |\n|---|---|\n{rows}\n")
    rows = "\n".join(f"| `{file}` | `{name}` | {what} |" for file, name, what in NATIVE)
    head = "### The compiled lane\n\nBelow `packages/foundation-native/cpp/`:\n\n"
    parts.append(f"{head}| file | function | what it does |\n|---|---|---|\n{rows}\n")
    return "\n".join(parts)


def replace_tables(page: str) -> str:
    """Return the page's text with its tables made anew."""
    before, _, rest = page.partition("<!-- walks -->\n")
    _, _, after = rest.partition("<!-- end of walks -->\n")
    return f"{before}<!-- walks -->\n{make_tables()}<!-- end of walks -->\n{after}"


if __name__ == "__main__":
    PAGE.write_text(replace_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
