"""What patterns and censors hide: in every lane, in all places of a line, for every reader."""

from __future__ import annotations

import gc
import json
import logging
import random
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from installed_lanes import LANES
from provide.foundation import (
    Limits,
    LoggingConfig,
    OutputConfig,
    Redaction,
    TelemetryConfig,
    bound_contextvars,
    censor_hash,
    get_logger,
    reset_for_testing,
    setup_telemetry,
    stats,
)

#: Together they take more than five seconds, and are the same on each Python.
pytestmark = pytest.mark.slow

ALL = (
    *("url_credentials", "url_query", "bearer", "basic", "jwt", "card", "email", "aws_key"),
    *("private_key", re.compile("sid-[0-9a-z]+")),
)
CARD = "4111111111111111"
#: Each holds `S3CR3T` or the number of a card where a pattern finds it.
SECRETS = (
    "postgres://u:S3CR3T@h:5432/db",
    "https://h/p?x=1&api_key=S3CR3T&y=2",
    "Authorization: Bearer S3CR3Tabcdef",
    "eyJS3CR3T.eyJS3CR3T.S3CR3T",
    CARD,
    "S3CR3T@example.com",
    "AKIAS3CR3TABCDEFGHIJ",
    "-----BEGIN PRIVATE KEY-----\nS3CR3T\n-----END PRIVATE KEY-----",
    "sid-0S3CR3T".lower(),
)
LEAK = re.compile(f"s3cr3t|{CARD}", re.IGNORECASE)


@dataclass
class Order:
    """Be an object whose fields are written."""

    note: object


class Text(str):
    """Be a string that is not exactly one."""


class Shown:
    """Be an object of which a line shows its `str`."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__


@contextmanager
def lane(name: str, path: Path, **config: Any) -> Iterator[Any]:
    """Log to a file through a lane, and give a logger."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FOUNDATION_LANE", name)
        setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=path, **config)))
        try:
            yield get_logger("a")
        finally:
            reset_for_testing()


def lines_without_time(path: Path) -> list[str]:
    """Return the lines of a file, their times left out."""
    stamp = r"\d{4}-\d\d-\d\d[T ][\d:.]+Z?|^\d\d:\d\d:\d\d\.\d+"
    return [re.sub(stamp, "T", line) for line in path.read_text().splitlines()]


def plant(chance: random.Random) -> str:
    """Return a text that may hold a secret, behind something that does not belong to it."""
    filler = chance.choice(["", " ", "x ", '"', "(", "é ", "\n", "日本 ", "a" * 70 + " "])
    secret = chance.choice(SECRETS) if chance.random() < 0.8 else chance.choice(["", "ok", "7" * 9])
    return f"{filler}{secret}{chance.choice(['', ' ', '!', ') x', chr(10)])}"


WAYS: tuple[Callable[[Any], Any], ...] = (
    lambda made: [made],
    lambda made: {"k": made, "n": 1},
    lambda made: (1, made),
    lambda made: Order(made),
    lambda made: [{"k": made}] * 2,
    lambda made: {"x" * 70: made},
    lambda made: ["a", "b", made],
    lambda made: ValueError(made),
    lambda made: Shown(made) if type(made) is str else made,
    lambda made: made.encode() if type(made) is str else made,
    lambda made: Text(made) if type(made) is str else {made: 1} if type(made) is int else [made],
)


def wrap(text: str, chance: random.Random) -> Any:
    """Return a text as one of the values that it may stand in."""
    made: Any = text
    for _ in range(chance.randrange(3)):
        made = chance.choice(WAYS)(made)
    return made


def log_one(log: Any, chance: random.Random) -> None:
    """Log a record with texts that may hold secrets, somewhere in it."""
    texts = [plant(chance) for _ in range(3)]
    fields = {f"f{number}": wrap(text, chance) for number, text in enumerate(texts)}
    way = chance.randrange(8)
    if way == 0:
        log.info(texts[0], **fields)
    elif way == 1:
        log.info("at %s of %d", wrap(texts[0], chance), 7, f=texts[1])
    elif way == 2:
        log.bind(b=fields["f0"]).info("bound", c=texts[1])
    elif way == 3:
        with bound_contextvars(around=fields["f1"]):
            log.info("around", n=1)
            log.info("around", around=texts[0])
    elif way == 4:
        try:
            try:
                raise KeyError(fields["f0"])
            except KeyError as error:
                error.add_note(texts[1])
                raise ValueError(texts[2]) from error
        except ValueError:
            log.exception(texts[0])
    elif way == 5:
        log.info(wrap(texts[0], chance))
    elif way == 6:
        log.info("at %(x)s", {"x": wrap(texts[0], chance), "y": 2})
    else:
        log.info("plain", a=texts[0], b=2, c=True)


@pytest.mark.parametrize(
    ("formatter", "count"), [("json", 3000), ("key_value", 800), ("compact", 800)]
)
def test_no_lane_leaks(formatter: str, count: int, tmp_path: Path) -> None:
    """Texts with secrets, in all places, are masked in every lane, which write the same lines."""
    written = {}
    config = {"console_formatter": formatter, "redact_patterns": ALL, "exceptions": "both"}
    for name in LANES:
        path = tmp_path / name
        with lane(name, path, **config) as log:
            chance = random.Random(19)
            for _ in range(count):
                log_one(log, chance)
            assert {} == dict(stats().faults)
        written[name] = lines_without_time(path)
        assert [] == [line for line in written[name] if LEAK.search(line)][:3]
        assert len(written[name]) >= count
        assert written["processor" if "processor" in written else name] == written[name]


def test_no_output_leaks(tmp_path: Path) -> None:
    """Files, callables and handlers, with `propagate` too, get no more than a line shows."""
    given: list[bytes] = []
    records: list[logging.LogRecord] = []

    class Keep(logging.Handler):
        """Keep records, and what the standard formatter makes of them."""

        def emit(self, record: logging.LogRecord) -> None:
            text = logging.Formatter("%(message)s").format(record)
            given.append(f"{text} {record.__dict__} {record.exc_info}".encode())
            records.append(record)

    listener = Keep()
    logging.getLogger("a").addHandler(listener)
    targets = (tmp_path / "a.log", tmp_path / "b.log", given.append, Keep())
    outputs = [OutputConfig(each) for each in targets]
    config = LoggingConfig(outputs=outputs, redact_patterns=ALL, propagate=True)
    setup_telemetry(TelemetryConfig(logging=config))
    try:
        chance = random.Random(7)
        for _ in range(600):
            log_one(get_logger("a"), chance)
    finally:
        reset_for_testing()
        logging.getLogger("a").removeHandler(listener)

    assert len(given) > 1800
    assert [] == [each for each in given if LEAK.search(each.decode())][:3]
    assert not LEAK.search((tmp_path / "b.log").read_text())
    kinds = {record.exc_info[0].__name__ for record in records if record.exc_info}  # type: ignore[union-attr]
    assert {"ValueError"} == kinds


@pytest.mark.parametrize("name", LANES)
def test_several_outputs(name: str, tmp_path: Path) -> None:
    """Two files of two formats are written by a fast lane, and neither has a secret."""
    outputs = [
        OutputConfig(tmp_path / "a.log", formatter="json"),
        OutputConfig(tmp_path / "b.log", formatter="key_value"),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FOUNDATION_LANE", name)
        config = LoggingConfig(outputs=outputs, redact_patterns=ALL)
        setup_telemetry(TelemetryConfig(logging=config))
        try:
            chance = random.Random(5)
            for _ in range(300):
                log_one(get_logger("a"), chance)
        finally:
            reset_for_testing()
    text = (tmp_path / "a.log").read_text() + (tmp_path / "b.log").read_text()
    assert text.count("\n") >= 600
    assert not LEAK.search(text)


@pytest.mark.parametrize("name", LANES)
@pytest.mark.parametrize("patterns", [(), ("email",)])
def test_a_text_in_place_of_the_mask(name: str, patterns: Any, tmp_path: Path) -> None:
    """A text stands for every secret, at any depth, in arguments and in texts."""
    path = tmp_path / "a.log"
    with lane(name, path, censor="[gone]", redact_patterns=patterns) as log:
        for _ in range(3):
            log.info("x", password=1, n={"token": [1]}, h=[("Cookie", "c")])
            log.info("x %s", {"token": 1})
            log.info("x %(pin)s %(token)s", {"token": 1, "pin": 2})
            log.info("to a@b.io", x="a@b.io")
    line, message, mapping, mail = (json.loads(each) for each in path.read_text().splitlines()[-4:])
    assert ("[gone]", {"token": "[gone]"}) == (line["password"], line["n"])
    assert [["Cookie", "[gone]"]] == line["h"]
    assert "x {'token': '[gone]'}" == message["event"]
    assert "x 2 [gone]" == mapping["event"]
    found = "[gone]" if patterns else "a@b.io"
    assert (f"to {found}", found) == (mail["event"], mail["x"])


@pytest.mark.parametrize("name", LANES)
def test_hashes_join_lines(name: str, tmp_path: Path) -> None:
    """A hash is the same for a secret under a key, within a text and at any depth, asked once."""
    path = tmp_path / "a.log"
    asked: list[object] = []
    make = censor_hash("0123456789abcdef")

    def censor(value: object) -> str:
        asked.append(value)
        return make(value)

    with lane(name, path, censor=censor, redact_patterns=["email", "card"]) as log:
        log.info("to bob@example.com", token="bob@example.com", n=[{"token": "bob@example.com"}])
        log.bind(token=17).info("x", a=1)
        log.info("e", exc_info=ValueError("bob@example.com"), args=({"token": 1},))
    first, second, third = map(json.loads, path.read_text().splitlines())
    hashed = make("bob@example.com")
    assert re.fullmatch("[0-9a-f]{16}", hashed)
    assert (f"to {hashed}", hashed, [{"token": hashed}]) == (
        first["event"], first["token"], first["n"],
    )  # fmt: skip
    assert make(17) == second["token"]
    assert hashed == third["exception"]["message"]
    assert {"bob@example.com": 4, 17: 1} == {each: asked.count(each) for each in asked if each != 1}


def test_a_hash_has_a_key() -> None:
    """A key that is short, or a length out of range, is refused; another key hashes otherwise."""
    assert censor_hash(b"k" * 16)("x") != censor_hash(b"l" * 16)("x")
    assert 64 == len(censor_hash(b"k" * 16, 64)("x"))
    for key, length in (("short", 16), ("k" * 16, 7), ("k" * 16, 65)):
        with pytest.raises(ValueError, match=r"the (key|length)"):
            censor_hash(key, length)


@pytest.mark.parametrize("name", LANES)
@pytest.mark.parametrize("failure", ["raises", "none", "recursion"])
def test_a_censor_that_fails(name: str, failure: str, tmp_path: Path) -> None:
    """What a censor cannot tell is masked, counted each time and said once; no line is lost."""
    path = tmp_path / "a.log"

    def censor(value: object) -> Any:
        if failure == "raises":
            raise RuntimeError("S3CR3T")
        if failure == "recursion":
            get_logger("a").info("within", token="S3CR3T")
            return censor(value)
        return None

    # What other tests have left is not to be finalised where the stack is used up.
    gc.collect()
    gc.disable()
    try:
        with lane(name, path, censor=censor) as log:
            before = stats().faults.get("censor", 0)
            for _ in range(3):
                log.info("x", token="S3CR3T")
            assert 3 == stats().faults["censor"] - before
    finally:
        gc.enable()
    lines = [json.loads(each) for each in path.read_text().splitlines()]
    assert ["***"] * 3 == [line["token"] for line in lines if line["event"] == "x"]
    assert "S3CR3T" not in path.read_text()


class Broken:
    """Be a compiled expression that fails."""

    pattern = "x"

    def finditer(self, text: str) -> Iterator[Any]:
        """Fail."""
        raise RuntimeError(text)


@pytest.mark.parametrize("name", LANES)
def test_a_pattern_that_fails(name: str, tmp_path: Path) -> None:
    """What a pattern cannot search is masked whole, and counted; the line is written."""
    path = tmp_path / "a.log"
    with lane(name, path, redact_patterns=[Broken()]) as log:
        log.info("S3CR3T", a="S3CR3T", b=1)
        assert stats().faults["redact_pattern"] >= 2
    line = json.loads(path.read_text())
    assert ("***", "***", 1) == (line["event"], line["a"], line["b"])


@pytest.mark.parametrize("name", LANES)
def test_what_a_cut_goes_through(name: str, tmp_path: Path) -> None:
    """A secret that stands where a text is cut leaves no part of it."""
    path = tmp_path / "a.log"
    mail = "bob@example.com"
    with lane(name, path, redact_patterns=["email"], limits=Limits(max_string_chars=100)) as log:
        for size in range(84, 101):
            log.info("x", a="x" * (size - 1) + " " + mail, b=("y" * size + " " + mail).encode())
            log.info("z" * size + " " + mail + " " + "w" * 9000)
            log.info("e", exc_info=ValueError("v" * size + " " + mail + "u" * 200))
    text = path.read_text()
    assert 51 == text.count("\n")
    assert not re.search("bob|@|exam", text)
    assert "more characters>" in text


def test_a_value_that_changes_meanwhile(tmp_path: Path) -> None:
    """What is written is what was searched, though another thread changes it."""
    path = tmp_path / "a.log"
    box: dict[str, Any] = {"k": "clean", "l": ["clean"]}
    done = threading.Event()

    def change() -> None:
        while not done.is_set():
            box["k"] = box["l"][0] = "S3CR3T@example.com"
            box["k"] = box["l"][0] = "clean"

    with lane("fast", path, redact_patterns=["email"]) as log:
        other = threading.Thread(target=change)
        other.start()
        for _ in range(1500):
            log.info("x", box=box)
        done.set()
        other.join()
    assert "S3CR3T" not in path.read_text()


@pytest.mark.parametrize("name", LANES)
def test_a_filter_sees_a_line(name: str, tmp_path: Path) -> None:
    """A filter is shown the event and the fields as the line has them, in every lane."""
    seen: list[tuple[str, object]] = []

    def keep(record: Any) -> bool:
        seen.append((record.event, record.fields["a"]))
        return True

    target = OutputConfig(tmp_path / "a.log", filter=keep)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FOUNDATION_LANE", name)
        config = LoggingConfig(outputs=[target], redact_patterns=["email"])
        setup_telemetry(TelemetryConfig(logging=config))
        get_logger("a").info("to a@b.io", a="c@d.io", n=1)
        reset_for_testing()
    assert [("to ***", "***")] == seen
    assert "@" not in (tmp_path / "a.log").read_text()


@pytest.mark.parametrize("name", LANES)
def test_without_patterns_nothing_is_searched(name: str, tmp_path: Path) -> None:
    """Texts stand in a line as they are unless somebody asks; the lane is the one that it was."""
    path = tmp_path / "a.log"
    with lane(name, path) as log:
        log.info("bob@example.com", a="Bearer abcdefghi")
        used = stats().lane
    line = json.loads(path.read_text())
    assert ("bob@example.com", "Bearer abcdefghi") == (line["event"], line["a"])
    assert name == used


def test_a_native_lane_steps_aside(tmp_path: Path) -> None:
    """With patterns the lane in Python writes; without a native lane it does so anyway."""
    with lane("native", tmp_path / "a.log", redaction=Redaction(patterns=["jwt"])) as log:
        log.info("x")
        assert "fast" == stats().lane
        assert {} == dict(stats().fallbacks)


CENSORS: dict[str, Callable[[Any], object]] = {
    "number": lambda value: 7,
    "flag": lambda value: True,
}


@pytest.mark.parametrize("kind", CENSORS)
def test_numbers_of_a_censor_become_text(kind: str, tmp_path: Path) -> None:
    """A censor may return a number or a boolean; it is written as text."""
    path = tmp_path / "a.log"
    with lane("fast", path, censor=CENSORS[kind]) as log:
        log.info("x", token=1)
    assert str(CENSORS[kind](1)) == json.loads(path.read_text())["token"]
