"""Which keys are reserved, which are secret, and what becomes of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from installed_lanes import LANES
from provide.foundation import (
    LoggingConfig,
    Redaction,
    TelemetryConfig,
    get_logger,
    reset_for_testing,
    setup_telemetry,
)
from provide.foundation._record.redaction import MASK, KeyPolicy, free_name, is_secret
from provide.foundation._record.schema import RESERVED
from provide.foundation._record.values import exception_message
from provide.foundation.config import Formatter


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "user_password",
        "PASSWORD",
        "newPassword1",
        "password_confirmation",
        "db-passwd",
        "pwd",
        "Authorization",
        "Proxy-Authorization",
        "X-API-Key",
        "api_key",
        "access_token",
        "csrf-token",
        "client_secret",
        "Set-Cookie",
        "cookies",
        "private_key",
        "AWS_SECRET_ACCESS_KEY",
        "credentials",
        "JSESSIONID",
        "credit_card",
        "card_number",
        "ssn",
        "secret_",
        "pass-word",
    ],
)
def test_secret_key(key: str) -> None:
    """A key that ends like a secret is one, whatever its case, dashes and underscores."""
    assert True is is_secret(key)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "max_tokens",
        "total_tokens",
        "tokens",
        "passwordless",
        "secretary",
        "tokenizer",
        "password_length",
        "bypass",
        "compass",
        "pass",
        "author",
        "oauth",
        "cache_key",
        "primary_key",
        "key",
        "session_id",
        "request_id",
        "user_id",
        "cookie_count",
        "session",
        "cwd",
    ],
)
def test_harmless_key(key: str) -> None:
    """A key that only holds such a word, or a part of one, is not secret."""
    assert False is is_secret(key)


def test_redact_keys_extend_the_list() -> None:
    """Own endings are compared as the built-in ones are, and hold beside them."""
    policy = KeyPolicy(["Session-ID"])

    assert [True, True, False] == [
        policy.is_secret(key) for key in ("web_session_id", "password", "session")
    ]


def test_redact_keys_replace_the_list() -> None:
    """Without the defaults, own endings are all there is."""
    policy = KeyPolicy(["session_id"], redact_defaults=False)

    assert [True, False] == [policy.is_secret(key) for key in ("session_id", "password")]


def test_exempt_keys_are_no_secrets() -> None:
    """A key that is exempt is written, however it is spelled; longer ones that end so are not."""
    policy = KeyPolicy(["cursor"], exempt=["next_token", "cursor"])
    keys = ("next_token", "nextToken", "Next-Token", "my_next_token", "token", "cursor")

    assert [False, False, False, True, True, False] == [policy.is_secret(key) for key in keys]


@pytest.mark.parametrize("lane", LANES)
def test_exempt_keys_are_written(
    lane: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both ways to exempt a key hold in fields and at any depth, in each lane."""
    monkeypatch.setenv("FOUNDATION_LANE", lane)
    redaction = Redaction(exempt=["stop_token"])
    setup_telemetry(
        TelemetryConfig(
            logging=LoggingConfig(
                log_file=tmp_path / "a.log", redact_except=["next_token"], redaction=redaction
            )
        )
    )
    fields = {"next_token": "n", "stop_token": "s", "token": "t"}
    get_logger("a").info("x", page=fields, **fields)
    line = json.loads((tmp_path / "a.log").read_text())
    reset_for_testing()

    expected = {"next_token": "n", "stop_token": "s", "token": "***"}
    assert (expected, expected) == (line["page"], {key: line[key] for key in fields})


def test_no_suffix_means_no_secret() -> None:
    """An empty list, and an ending of nothing but dashes, match no key."""
    assert [False, False] == [
        KeyPolicy(keys, redact_defaults=False).is_secret("password") for keys in ([], ["-_"])
    ]


def test_memory_of_a_policy_is_bounded() -> None:
    """A caller who makes up keys, and long ones, does not make the policy grow."""
    policy = KeyPolicy()

    for number in range(20_000):
        policy.are_safe({f"key_{number}": 1})
    policy.are_safe({"k" * 1000: 1})

    assert (True, True, False) == (
        len(policy.safe) <= 4096,
        len(policy._secret) <= 4096,
        "k" * 1000 in policy.safe,
    )


def test_answer_does_not_change_when_memory_is_full() -> None:
    """What was forgotten is found out anew."""
    policy = KeyPolicy()
    before = policy.is_secret("password")
    for number in range(5000):
        policy.is_secret(f"key_{number}")

    assert (True, True) == (before, policy.is_secret("password"))


class LyingKey(str):
    """Be a string that claims to equal and to end with nothing."""

    def __hash__(self) -> int:
        """Return the hash of another key."""
        return hash("user")

    def __eq__(self, other: object) -> bool:
        """Claim to be that key."""
        return other == "user"

    def casefold(self) -> str:
        """Hide what it is."""
        return "user"


def test_subclass_of_str_cannot_hide_a_secret() -> None:
    """A key's own methods have no say in what it is."""
    policy = KeyPolicy()
    policy.is_secret("user")

    assert True is policy.is_secret(LyingKey("password"))


@pytest.mark.parametrize("key", sorted(RESERVED))
def test_reserved_key_is_renamed(key: str) -> None:
    """A field of a reserved name is kept under that name with an underscore."""
    assert {f"{key}_": 1} == KeyPolicy().redact({key: 1})


def test_reserved_keys_are_the_keys_of_the_line() -> None:
    """Every key that each configuration's lines may have is reserved, and no other."""
    expected = "timestamp level logger event service emoji trace_id span_id trace_flags exception"

    assert {*expected.split(), "stack", "callsite"} == RESERVED


def test_name_is_free() -> None:
    """Underscores are added until the name is neither reserved nor taken."""
    assert ["user", "level_", "level__", "user_"] == [
        free_name("user"),
        free_name("level"),
        free_name("level", {"level_"}),
        KeyPolicy().rename("user", ["user"]),
    ]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"a": 1, "b": [2]}, {"a": 1, "b": [2]}, id="nothing-to-do"),
        pytest.param({"password": "x", "n": 1}, {"password": MASK, "n": 1}, id="secret"),
        pytest.param(
            {"timestamp": 1, "timestamp_": 2}, {"timestamp__": 1, "timestamp_": 2}, id="taken"
        ),
        pytest.param({1: "a", "1": "b"}, {"1_": "a", "1": "b"}, id="not-a-string"),
        pytest.param({b"Cookie": "a"}, {"Cookie": MASK}, id="bytes"),
        pytest.param({LyingKey("level"): 1}, {"level_": 1}, id="subclass"),
        pytest.param({1: "a", 1.5: "b"}, {"1": "a", "1.5": "b"}, id="order"),
    ],
)
def test_settle(fields: dict[object, object], expected: dict[str, object]) -> None:
    """Settled fields have exact string keys, none reserved, and no secret."""
    redacted = KeyPolicy().redact(fields)  # type: ignore[arg-type]

    assert (list(expected.items()), {str}) == (list(redacted.items()), {type(k) for k in redacted})


def test_settling_survives_any_key() -> None:
    """A key whose methods raise costs its own name, nothing else."""

    class Broken:
        def __str__(self) -> str:
            raise ValueError

    assert {"<unprintable key>": 1, "a": 2} == KeyPolicy().redact({Broken(): 1, "a": 2})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"user": 1, "path": 2}, True, id="harmless"),
        pytest.param({"user": 1, "event": 2}, False, id="reserved"),
        pytest.param({"user": 1, "token": 2}, False, id="secret"),
        pytest.param({1: 1}, False, id="not-a-string"),
        pytest.param((LyingKey("user"),), False, id="subclass"),
        pytest.param(("user",), True, id="keys-alone"),
    ],
)
def test_are_safe(fields: dict[str, int], expected: bool) -> None:
    """Fields are safe where settling them would change nothing, at first sight and after."""
    policy = KeyPolicy()

    assert [expected, expected] == [policy.are_safe(fields), policy.are_safe(fields)]


def test_unprintable_key_is_not_remembered_as_safe() -> None:
    """A lane may take the keys in `safe` as free of anything to escape."""
    policy = KeyPolicy()
    policy.are_safe({"a\nb": 1, "a\x9bb": 1, "plain": 1})

    assert {"plain"} == policy.safe


SECRET = {"token": "canary"}


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("formatter", ["json", "key_value", "compact"])
def test_no_secret_in_messages_of_exceptions(
    lane: str, formatter: Formatter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever Python itself puts into an exception's message is masked like an argument."""
    monkeypatch.setenv("FOUNDATION_LANE", lane)
    config = LoggingConfig(log_file=tmp_path / "a.log", console_formatter=formatter)
    setup_telemetry(TelemetryConfig(logging=config))
    log = get_logger("a")
    errors = [
        OSError(5, "no", SECRET), OSError(5, "no", "path", None, SECRET), OSError(5, SECRET),
        OSError(SECRET), SyntaxError(SECRET), ImportError(SECRET), ImportError(1, SECRET),
        NameError(SECRET), AttributeError(SECRET), KeyError(SECRET), StopIteration(SECRET),
        SystemExit(SECRET), ValueError(1, SECRET),
    ]  # fmt: skip
    for error in errors:
        log.info("e", field=error, inside={"a": [error]})
        log.info(error)
        log.info("%s", error)
        log.error("e", exc_info=error)
        log.bind(bound=error).info("e")
    text = (tmp_path / "a.log").read_text()
    reset_for_testing()

    assert 5 * len(errors) == text.count("\n")
    assert 6 * len(errors) <= text.count("***")
    assert "canary" not in text


@pytest.mark.parametrize(
    "error",
    [
        OSError(2, "no such file", "path"),
        OSError(18, "another device", "a", None, "b"),
        OSError(5, "no"),
        OSError("text"),
        SyntaxError("bad", ("file.py", 3, 1, "x =")),
        ImportError("gone", name="module"),
        NameError("x"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "start"),
        ExceptionGroup("two", [ValueError(1), OSError(2, "x")]),
    ],
    ids=repr,
)
def test_messages_stay_pythons(error: Exception) -> None:
    """A message without odd objects in it is the one that Python makes."""
    assert exception_message(error, str) == str(error)
