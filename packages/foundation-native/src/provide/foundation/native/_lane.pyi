from contextvars import ContextVar
from typing import Any

class Lane:
    foreign: Any
    plain_dtypes: frozenset[Any]
    @property
    def keeps_gil(self) -> bool: ...
    def __init__(
        self,
        owner: object,
        logger: type,
        named_logger: type,
        context: type,
        counter: type,
        stats: object,
        ring: type,
    ) -> None: ...
    def configure(
        self,
        *,
        current: ContextVar[Any],
        joined: ContextVar[Any],
        format: int,
        end: bytes,
        descriptor: int,
        longest_line: int,
        longest_string: int,
        items: int,
        nodes: int,
        fields: int,
        depth: int,
        plus_in_exponent: bool,
        enrichment: object,
        has_version_stamp: bool,
        has_emoji: bool,
        caches_emoji: bool,
        has_trace_fields: bool,
        measures: bool,
        hooks_need_fields: bool,
        line_hook: object,
        may_keep_gil: bool,
        utc: object,
        rendering: object,
        event_lead: bytes,
        value_codes: bytes,
        code_size: int,
        close_size: int,
        take: object,
        details: bool,
        asks_for_details: bool,
        plain_exceptions: bool,
        stack_trace: bool,
        callsite: bool,
        digits: int,
        nested_at: int,
    ) -> None: ...
    def use_stream(
        self, descriptor: int, lock: object, transcodes: bool, entry_type: type, /
    ) -> None: ...
    def use_screen(
        self,
        event_codes: tuple[bytes, ...],
        tags: object,
        is_usual: bool,
        is_wide: bool,
        width: int,
        hang: int,
        has_gutter: bool,
        /,
    ) -> None: ...
    def pair_with(self, other: Lane, /) -> None: ...
    def supersede(self) -> None: ...
    def hide_emoji(self) -> None: ...
    def clear_emoji_cache(self) -> None: ...
    def settle(self) -> None: ...
    def level_gate(self, logger_class: type, index: int, /) -> Any: ...
    def bind_method(self, logger_class: type, /) -> Any: ...
    def fail_over(self, faulty: bool, /) -> None: ...

class LevelMethod:
    def __init__(
        self,
        *,
        lane: Lane,
        level: int,
        index: int,
        counter: object,
        name: str,
        lead: bytes,
        makers: tuple[LevelMethod, ...] = ...,
        writers: tuple[tuple[LevelMethod, int], ...] = ...,
        choices: dict[str, Any] = ...,
    ) -> None: ...
    def __call__(self, *args: Any, **fields: Any) -> None: ...
    def settle(self) -> None: ...

class Numbers:
    end: int
    seen: int
    left_out: int
    due: int
    full: int

class SampledMethod:
    def __init__(
        self, *, sampling: object, unsaid: object, lane: Lane, method: object, level: int
    ) -> None: ...
    def __call__(self, *args: Any, **fields: Any) -> None: ...
    def forget(self) -> None: ...

def never_waits(descriptor: int, /) -> bool: ...
def encode_json(text: str, /) -> bytes | None: ...
