"""What emoji a line gets: by fields, by event and by the logger's name, for any line at all."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provide.foundation import LoggingConfig
from provide.foundation.emoji import BUILT_IN_SETS, EmojiSet, Part, Resolver
from provide.foundation.emoji.names import REGISTRY
from provide.foundation.emoji.tables import ACTIONS, DOMAINS, STATUSES

OWN = EmojiSet(
    name="own",
    priority=99,
    fields={"cart": {"full": "🛒"}, "status": {"shipped": "🚚"}},
    patterns={"sold out": "📦", "(?i)VIP": "🎩", "sold": "🏷️"},
)
ALL = Resolver(LoggingConfig())
WITH_OWN = Resolver(LoggingConfig(custom_emoji_sets=[OWN]))


def mark(event: str = "", /, **fields: Any) -> str:
    """Return the emoji of a line under every built-in set, twice the same."""
    marker = ALL.marker("app", event, fields)
    assert marker == ALL.marker("app", event, fields)
    return marker


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"http.request.method": "GET"}, "[📥]", id="semconv"),
        pytest.param({"http.response.status_code": 200}, "[✅]", id="status"),
        pytest.param(
            {"http.response.status_code": 503, "http.request.method": "POST"},
            "[📤][🚧]",
            id="order-of-the-set",
        ),
        pytest.param({"http.method": "get", "http.status_code": 204}, "[📥][✅]", id="short"),
        pytest.param({"http_method": "GET", "http_status_code": "404"}, "[📥][❓]", id="keyword"),
        pytest.param({"http_request_method": "BREW"}, "[🌍]", id="default"),
        pytest.param({"http.method": None, "http.status_code": 500}, "[🔥]", id="part-unknown"),
        pytest.param({"http.request.method": "GET", "http.method": "POST"}, "[📥]", id="two-names"),
        pytest.param(
            {"http.request.method": None, "http.method": "POST"}, "[📤]", id="two-names-one-known"
        ),
        pytest.param(
            {"db.system.name": "postgresql", "db.operation": "SELECT"}, "[🐘][🔎]", id="db"
        ),
        pytest.param({"db_system": "redis"}, "[🟥]", id="db-keyword"),
        pytest.param(
            {"gen_ai.provider.name": "openai", "gen_ai.operation.name": "chat"},
            "[🤖][💬]",
            id="llm",
        ),
        pytest.param({"llm.provider": "anthropic"}, "[📚]", id="llm-short"),
        pytest.param(
            {"messaging.system": "kafka", "task.status": "success"}, "[🪵][✅]", id="queue"
        ),
        pytest.param({"db_system": "redis", "http_method": "GET"}, "[📥]", id="priority"),
        pytest.param(
            {"domain": "auth", "action": "login", "status": "success"}, "[🔑][➡️][✅]", id="das"
        ),
        pytest.param({"status": "Failed", "domain": "USER"}, "[👤][❌]", id="das-order"),
        pytest.param({"domain": "auth", "action": "juggle"}, "[🔑]", id="das-part-unknown"),
        pytest.param({"domain": "auth", "http_method": "GET"}, "[📥]", id="set-before-das"),
        pytest.param({"status": 200}, "", id="status-number"),
        pytest.param({"status": "200"}, "", id="status-number-as-text"),
        pytest.param({"path": "/", "user": "bob"}, "", id="nothing"),
    ],
)
def test_fields(fields: dict[str, Any], expected: str) -> None:
    """Fields of a set come before domain, action and status; what is unknown shows nothing."""
    assert expected == mark("Something happened", **fields)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("auth_login_success", "[🔑][➡️][✅]"),
        ("user_login", "[👤][➡️]"),
        ("Connection refused by peer", "[🔌]"),
        ("slow_query_detected", "[🐌]"),
        ("Something happened", ""),
        ("", ""),
    ],
)
def test_event(event: str, expected: str) -> None:
    """Without known fields the event decides: a pattern of a set, else its name."""
    assert [expected, expected] == [mark(event), mark(event, user=7)]


def test_fields_come_before_the_event() -> None:
    """An event's name is read only where no field is known."""
    assert ["[✅]", "[👤][➡️]"] == [mark("user_login", status="ok"), mark("user_login", status=1)]


@pytest.mark.parametrize(
    ("event", "fields", "expected"),
    [
        ("sold out", {}, "[📦]"),
        ("sold", {}, "[🏷️]"),
        ("a vip came", {}, "[🎩]"),
        ("user_login_vip", {}, "[🎩]"),
        ("sold out", {"domain": "auth"}, "[🔑]"),
        ("x", {"status": "shipped", "domain": "order"}, "[🚚]"),
        ("x", {"status": "ok", "domain": "order"}, "[🛒][✅]"),
        ("x", {"cart": "FULL", "http_method": "GET"}, "[🛒]"),
    ],
)
def test_own_set(event: str, fields: dict[str, Any], expected: str) -> None:
    """An own set of the highest priority comes before the built-in ones, field by field."""
    assert expected == WITH_OWN.marker("app", event, fields)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (LoggingConfig(), "🦄 [🔑]"),
        (LoggingConfig(das_emoji_prefix_enabled=False), "🦄"),
        (LoggingConfig(logger_name_emoji_prefix_enabled=False), "[🔑]"),
        (
            LoggingConfig(das_emoji_prefix_enabled=False, logger_name_emoji_prefix_enabled=False),
            "",
        ),
    ],
)
def test_switches(config: LoggingConfig, expected: str) -> None:
    """Each switch turns its own part off, and None counts as on."""
    resolver = Resolver(config)

    assert expected == resolver.marker("uvicorn", "user_login", {"domain": "auth"})


def test_explain() -> None:
    """Each emoji has its source and its reason."""
    assert (
        [Part("🦄", "logger name", "uvicorn"), Part("📥", "http", "http_method=GET")],
        [Part("✅", "http", "http.status_code=200")],
        [Part("🔌", "http", r"pattern (?i)\bconnection (?:refused|reset)\b")],
        [Part("👤", "das", "domain user in the event")],
        [Part("🔑", "das", "domain=auth")],
    ) == (
        ALL.explain("uvicorn.x", "", {"http_method": "GET"}),
        ALL.explain("", "", {"http.status_code": 200}),
        ALL.explain("", "connection reset", {}),
        ALL.explain("", "user_xyz", {}),
        ALL.explain("", "", {"domain": "auth"}),
    )


def test_field_names() -> None:
    """The names that can change a line's emoji are those of active sets and of DAS."""
    resolver = Resolver(LoggingConfig(enabled_emoji_sets=[], custom_emoji_sets=[OWN]))

    assert {"cart", "status", "domain", "action"} == resolver.field_names


def test_cache_counts_lines_without_known_fields() -> None:
    """A line that its fields mark takes no look into the cache of events."""
    resolver = Resolver(LoggingConfig())
    for fields in ({}, {}, {"user": 1}, {"domain": "auth"}):
        resolver.marker("app", "user_login", fields)

    assert (2, 1, 1) == resolver.cache_info()[:3]


class Hostile(str):
    """Be a string whose own methods raise."""

    def __hash__(self) -> int:
        """Refuse."""
        raise RuntimeError

    def __eq__(self, other: object) -> bool:
        """Refuse."""
        raise RuntimeError


class Liar(str):
    """Be a string that claims to be another."""

    passes_for = "1"

    def __hash__(self) -> int:
        """Return the hash of another."""
        return hash(self.passes_for)

    def __eq__(self, other: object) -> bool:
        """Claim to be whatever is asked for."""
        return True


class Broken:
    """Be a value of which every question raises."""

    def __getattribute__(self, name: str) -> Any:
        """Refuse."""
        raise RuntimeError

    def __hash__(self) -> int:
        """Refuse."""
        raise RuntimeError

    def __eq__(self, other: object) -> bool:
        """Refuse."""
        raise RuntimeError

    def __repr__(self) -> str:
        """Refuse."""
        raise RuntimeError


class BrokenMapping(Mapping[str, Any]):
    """Be a mapping that has a known field and gives none."""

    def __getitem__(self, key: str) -> Any:
        """Refuse."""
        raise RuntimeError

    def __iter__(self) -> Iterator[str]:
        """Give the name of a known field."""
        return iter(["domain"])

    def __len__(self) -> int:
        """Return the number of names."""
        return 1


class Key:
    """Be a key that is no string."""


@pytest.mark.parametrize(
    ("event", "fields", "expected"),
    [
        pytest.param("user_login", {"domain": Broken()}, "[👤][➡️]", id="value"),
        pytest.param("user_login", {"domain": []}, "[👤][➡️]", id="unhashable"),
        pytest.param("x", {"domain": Hostile("auth")}, "[🔑]", id="str-subclass"),
        pytest.param("x", {"domain": Hostile("auth"), "action": "login"}, "[🔑][➡️]", id="mixed"),
        pytest.param(
            "x", {"domain": "auth", "action": [], "status": Broken()}, "[🔑]", id="three-values"
        ),
        pytest.param("user_login", BrokenMapping(), "[👤][➡️]", id="mapping"),
        pytest.param("user_login", None, "[👤][➡️]", id="no-mapping"),
        pytest.param("user_login", {Key(): 1, "domain": "auth"}, "[🔑]", id="key"),
        pytest.param(Hostile("user_login"), {}, "", id="event"),
        pytest.param(None, {}, "", id="event-None"),
        pytest.param([], {"domain": "auth"}, "[🔑]", id="event-list"),
    ],
)
def test_hostile_values_do_no_harm(event: Any, fields: Any, expected: str) -> None:
    """Whatever raises costs its own part and nothing else."""
    assert [expected, expected] == [ALL.marker("app", event, fields) for _ in range(2)]


@pytest.mark.parametrize("place", ["domain", "action", "status"])
def test_string_cannot_pass_for_another(place: str) -> None:
    """A value's own methods have no say in what it is, also where that line is known."""
    fields = {"domain": "auth", "action": "auth", "status": "ok"}
    resolver = Resolver(LoggingConfig())
    marks = [resolver.marker("app", "x", fields) for _ in range(3)]
    liar = Liar("nonsense")
    liar.passes_for = fields[place]
    lying = {**fields, place: liar}
    expected = {"domain": "[✅]", "action": "[🔑][✅]", "status": "[🔑]"}

    assert (["[🔑][✅]"] * 3, expected[place]) == (marks, resolver.marker("app", "x", lying))


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1, "[🥇]"), ("1", "[🥇]"), (True, "[👍]"), (1.0, "[🥇]"), (Liar("0"), ""), (0, "")],
)
def test_true_is_not_one(value: Any, expected: str) -> None:
    """Values that are equal in Python are told apart by their type."""
    count = EmojiSet(name="count", fields={"count": {"1": "🥇", "true": "👍", "auth": "🔑"}})
    resolver = Resolver(LoggingConfig(custom_emoji_sets=[count]))

    assert expected == resolver.marker("app", "x", {"count": value})


@pytest.mark.parametrize("name", [Hostile("uvicorn"), None, [], 3])
def test_hostile_logger_name_does_no_harm(name: Any) -> None:
    """A name that is no exact string has no emoji, and the line keeps the rest."""
    assert "[👤][➡️]" == ALL.marker(name, "user_login", {})


def test_memory_of_field_names_is_bounded() -> None:
    """A program that makes up field names does not make the resolver grow."""
    resolver = Resolver(LoggingConfig())
    for number in range(2_000):
        resolver.marker("app", "x", {"domain": "auth", f"field_{number}": 1})
        resolver.marker("app", "x", {"domain": "auth", "action": f"a{number}", "status": "ok"})

    assert (True, "[🔑]") == (
        len(resolver._plans) <= 500,
        resolver.marker("app", "x", {"domain": "auth"}),
    )


KNOWN = sorted(WITH_OWN.field_names)
WORDS = sorted({*DOMAINS, *ACTIONS, *STATUSES} | {"GET", "redis", "shipped", "full", "200"})
values = st.one_of(
    st.sampled_from(WORDS),
    st.integers(),
    st.integers(100, 600),
    st.text(max_size=9),
    st.floats(),
    st.booleans(),
    st.none(),
    st.lists(st.integers(), max_size=2),
    st.builds(Hostile, st.sampled_from(WORDS)),
    st.builds(Broken),
)
lines = st.tuples(
    st.sampled_from(["app", "uvicorn.x", "provide.foundation", ""]) | st.text(max_size=9),
    st.lists(st.sampled_from(WORDS), max_size=4).map("_".join)
    | st.sampled_from(["sold out", "a vip", "Deadlock found"])
    | st.text(max_size=30),
    st.dictionaries(st.sampled_from(KNOWN) | st.text(max_size=5), values, max_size=4),
)
EMOJI = {
    emoji
    for emoji_set in (OWN, *BUILT_IN_SETS)
    for table in (emoji_set.patterns, *emoji_set.fields.values())
    for emoji in table.values()
} | {emoji for table in (DOMAINS, ACTIONS, STATUSES) for emoji in table.values()}


@given(lines)
def test_any_line_gets_emoji_of_active_sets_or_none(line: tuple[str, str, dict[str, Any]]) -> None:
    """Nothing raises, and every emoji comes from a set, from DAS or from the logger's name."""
    name, rest = WITH_OWN.marker(*line).rpartition(" ")[::2]
    if not rest.startswith("["):
        name, rest = rest, ""

    assert (True, True) == (
        name in {"", *REGISTRY.table.emoji.values()},
        {*rest[1:-1].split("][")} <= EMOJI | {""},
    )


@given(lines)
def test_marker_is_what_its_explanation_says(line: tuple[str, str, dict[str, Any]]) -> None:
    """The quick way and the slow one agree, with a cold cache and with a warm one."""
    cold = Resolver(LoggingConfig(custom_emoji_sets=[OWN]))
    parts = cold.explain(*line)
    names = "".join(part.emoji for part in parts if part.source == "logger name")
    rest = "".join(f"[{part.emoji}]" for part in parts if part.source != "logger name")
    expected = f"{names} {rest}".strip()

    assert [expected] * 3 == [
        cold.marker(*line),
        cold.marker(*line),
        WITH_OWN.marker(*line),
    ]


DAS_ALONE = Resolver(LoggingConfig(enabled_emoji_sets=()))
DAS_STAGE = DAS_ALONE.stage()
das_lines = st.tuples(
    st.sampled_from(["app", "uvicorn.x", ""]),
    st.sampled_from(["user_login", "x", ""]),
    st.fixed_dictionaries(
        {
            name: st.sampled_from(sorted(table)) | values
            for name, table in (("domain", DOMAINS), ("action", ACTIONS), ("status", STATUSES))
        }
    ),
)


WITH_OWN_STAGE = WITH_OWN.stage()


@given(lines | das_lines)
def test_stage_says_what_the_marker_says(line: tuple[str, str, dict[str, Any]]) -> None:
    """What lanes call agrees with what it is short for, cold and warm, whatever the fields are."""
    for config, warm, warm_stage in (
        (LoggingConfig(enabled_emoji_sets=()), DAS_ALONE, DAS_STAGE),
        (LoggingConfig(custom_emoji_sets=[OWN]), WITH_OWN, WITH_OWN_STAGE),
    ):
        cold = Resolver(config)
        stage = cold.stage()
        expected = warm.marker(*line)

        assert [expected] * 4 == [
            stage(*line),
            stage(*line),
            warm_stage(*line),
            cold.marker(*line),
        ]


def test_32_threads_get_what_one_gets() -> None:
    """Lines of 32 threads at once get the emoji that they get in one thread."""
    work = [
        (f"uvicorn.{n % 7}", f"user_login_{n}", {"n": n} if n % 2 else {"domain": WORDS[n % 90]})
        for n in range(1_500)
    ]
    alone = Resolver(LoggingConfig(custom_emoji_sets=[OWN]))
    expected = [alone.marker(*line) for line in work]
    shared = Resolver(LoggingConfig(custom_emoji_sets=[OWN]))
    wrong: list[int] = []
    start = threading.Barrier(32)

    def run(first: int) -> None:
        start.wait()
        for step in range(len(work)):
            place = (first + step) % len(work)
            if shared.marker(*work[place]) != expected[place]:
                wrong.append(place)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=run, args=(47 * seed,)) for seed in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)

    assert [] == wrong
