"""The groups of options that `LoggingConfig` holds, but for `Console`: one class for each subject.

Each class documents its options in one place, with unit, default, range and variable. An option
with no variable named is set in code or in a file only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from provide.foundation._config.attributes import field, frozen
from provide.foundation._config.section import (
    Section,
    be_flag,
    be_integer,
    be_integer_or_none,
)
from provide.foundation._config.values.checks import (
    DELIVERY_MODES,
    LONGEST_PERIOD_S,
    QUEUE_POLICIES,
    SMALLEST_FILE_BYTES,
    DeliveryMode,
    Period,
    QueuePolicy,
    check_censor,
    check_choice,
    check_names,
    check_patterns,
    check_period,
    check_seconds,
)


# attrs derives the type of an argument from its converter's, so each converter is a function of
# its own; and a converter is not told the field's name.
def _when(value: Period | int | None) -> Period | int | None:
    return None if value is None else check_period(value, "logging.rotation.when")


@frozen(kw_only=True, eq=False, repr=False)
class Rotation(Section):
    """Say when a log file is set aside, and how long such files are kept.

    It holds for `LoggingConfig.log_file` and for each path in `LoggingConfig.outputs`. Without
    `max_bytes` and `when` no file is set aside, and the rest has no effect.

    Args:
        max_bytes: The size in bytes from which a file is set aside and a new one begun, 1,024 or
            more. Default `None`: no size limit; PROVIDE_LOG_ROTATE_MAX_BYTES.
        when: When a file is set aside: ``hourly``, ``daily``, ``weekly`` (on Mondays),
            ``monthly``, all in UTC, or a number of seconds, 1 or more. Default `None`: at no fixed
            time; PROVIDE_LOG_ROTATE_WHEN.
        backup_count: How many files that were set aside are kept, 1 or more. Default `None`: all of
            them; PROVIDE_LOG_BACKUP_COUNT.
        max_age_s: After how many seconds such a file is deleted, 1 or more. Default `None`: never;
            PROVIDE_LOG_BACKUP_MAX_AGE_S.
        compress: Whether such files are compressed with gzip. Default False;
            PROVIDE_LOG_BACKUP_COMPRESS.

    Raises:
        ConfigurationError: A value is not allowed.
    """

    SECTION: ClassVar[str] = "logging.rotation"

    max_bytes: int | None = field(default=None, validator=be_integer_or_none(SMALLEST_FILE_BYTES))
    when: Period | int | None = field(default=None, converter=_when)
    backup_count: int | None = field(default=None, validator=be_integer_or_none(1))
    max_age_s: int | None = field(default=None, validator=be_integer_or_none(1, LONGEST_PERIOD_S))
    compress: bool = field(default=False, validator=be_flag)


@frozen(kw_only=True, eq=False, repr=False)
class Limits(Section):
    """Bound what a line may hold; a longer value is cut, and the line says so.

    Args:
        max_depth: How many levels of nesting a value keeps, 1 to 200. Default 32;
            PROVIDE_LOG_MAX_DEPTH.
        max_items: How many items a container keeps, 1 or more. Default 1,000;
            PROVIDE_LOG_MAX_ITEMS.
        max_string_chars: How many characters a string keeps, 1 or more. Default 2,097,152
            (2 MiB of ASCII); PROVIDE_LOG_MAX_STRING_CHARS.
        max_line_bytes: How many bytes a line may have, 256 or more. Default 8,388,608 (8 MiB);
            PROVIDE_LOG_MAX_LINE_BYTES.

    Raises:
        ConfigurationError: A value is not allowed.
    """

    SECTION: ClassVar[str] = "logging.limits"

    # orjson refuses 255 levels; a line's own structure takes some of them.
    max_depth: int = field(default=32, validator=be_integer(1, 200))
    max_items: int = field(default=1_000, validator=be_integer(1))
    max_string_chars: int = field(default=2 * 1024 * 1024, validator=be_integer(1))
    # Below this a line could not hold its own timestamp, level, logger and event.
    max_line_bytes: int = field(default=8 * 1024 * 1024, validator=be_integer(256))


def _keys(value: Sequence[str]) -> tuple[str, ...]:
    return check_names(value, "logging.redaction.keys")


def _exempt(value: Sequence[str]) -> tuple[str, ...]:
    return check_names(value, "logging.redaction.exempt")


def _patterns(value: Sequence[object]) -> tuple[Any, ...]:
    return check_patterns(value, "logging.redaction.patterns")


def _censor(value: str | Callable[[Any], object] | None) -> str | Callable[[Any], object] | None:
    return check_censor(value, "logging.redaction.censor")


@frozen(kw_only=True, eq=False, repr=False)
class Redaction(Section):
    """Say what must not be in a line: values of secret keys, and what patterns find in texts.

    Args:
        keys: Further endings of secret keys, without regard to case, ``-`` and ``_``; those of
            `LoggingConfig.redact_keys` hold as well. Default none; no variable.
        defaults: Whether the built-in list of such endings holds as well; False leaves only your
            own. Default True; no variable.
        exempt: Keys, whole ones, that are not secret whatever their endings are, compared likewise;
            those of `LoggingConfig.redact_except` hold as well. Default none; no variable.
        patterns: What is masked within texts, whatever their keys are: ``url_credentials``,
            ``url_query``, ``bearer``, ``basic``, ``jwt``, ``card``, ``email``, ``aws_key``,
            ``private_key``, and regular expressions, of which the group ``secret`` is masked, or
            all; those of `LoggingConfig.redact_patterns` hold as well. Default none;
            PROVIDE_LOG_REDACT_PATTERNS sets the short form.
        censor: What stands for a secret: a text of up to 64 characters, or a function
            ``(value) -> text`` such as `provide.foundation.censor_hash` makes;
            `LoggingConfig.censor` is the short form. Default `None`: ``***``; no variable.
        max_searched_chars: How many characters of a text are searched with regular expressions of
            your own, 100 or more; what follows is cut off. Default 10,000; no variable.
        access_queries: Whether the access lines of web servers, which come through `logging`, have
            the values of secret parameters masked in their URLs. Default True; no variable.

    Raises:
        ConfigurationError: A value is not allowed.
    """

    SECTION: ClassVar[str] = "logging.redaction"

    keys: tuple[str, ...] = field(default=(), converter=_keys)
    defaults: bool = field(default=True, validator=be_flag)
    exempt: tuple[str, ...] = field(default=(), converter=_exempt)
    patterns: tuple[Any, ...] = field(default=(), converter=_patterns)
    censor: str | Callable[[Any], object] | None = field(default=None, converter=_censor)
    max_searched_chars: int = field(default=10_000, validator=be_integer(100))
    access_queries: bool = field(default=True, validator=be_flag)


def _mode(value: DeliveryMode) -> DeliveryMode:
    return check_choice(value, "logging.delivery.mode", DELIVERY_MODES)


def _queue_policy(value: QueuePolicy) -> QueuePolicy:
    return check_choice(value, "logging.delivery.queue_policy", QUEUE_POLICIES)


def _write_timeout_s(value: float) -> float:
    return check_seconds(value, "logging.delivery.write_timeout_s")


def _drain_timeout_s(value: float) -> float:
    return check_seconds(value, "logging.delivery.drain_timeout_s")


@frozen(eq=False, repr=False)
class Delivery(Section):
    """Say who writes a line, when, and how long anybody waits for it.

    `LoggingConfig.delivery` takes this, or the word for `mode` alone.

    Args:
        mode: ``direct``, where a call that has returned has been written, or ``background``,
            where a thread of each output writes what calls put on its queue; a `logging.Handler`
            is always called directly. Default ``"direct"``; PROVIDE_LOG_DELIVERY.
        queue_policy: What a line does that finds the queue full: ``block`` waits up to
            `write_timeout_s`, except on a thread whose event loop is running; ``drop_oldest``
            takes the place of the oldest; ``drop_newest`` is not written. Default ``"block"``;
            PROVIDE_LOG_QUEUE_POLICY.
        queue_lines: How many lines an output has taken and not yet written at most, 1 or more.
            Default 16,384; PROVIDE_LOG_QUEUE_LINES.
        queue_bytes: The same in bytes, 1 or more; a longer line is taken where no other waits.
            Default 33,554,432 (32 MiB); PROVIDE_LOG_QUEUE_BYTES.
        write_timeout_s: How many seconds in any ten calls wait for an output that takes nothing
            at present, 0 to 3,600; a line that still cannot be written is dropped. Default 0.5,
            which is 5 %; PROVIDE_LOG_WRITE_TIMEOUT_S.
        write_holds_gil: Whether threads that log at once, and the native lane, may keep the GIL
            while the kernel takes a line for a file on a local disk. That is faster, and while the
            file system is frozen, for a snapshot, so is the whole process. On network and FUSE file
            systems no write keeps it. Default True; PROVIDE_LOG_WRITE_HOLDS_GIL.
        drain_timeout_s: How many seconds exit, shutdown and a new set-up wait for the queue of
            each output, and SIGTERM for extensions, too, 0 to 3,600. Default 5.0;
            PROVIDE_LOG_DRAIN_TIMEOUT_S.
        drain_on_sigterm: Whether a set-up, which has to run in the main thread then, handles
            SIGTERM: the queues are written, then what SIGTERM did before is done. If that ends the
            process, extensions export what they hold before. Default False;
            PROVIDE_LOG_DRAIN_ON_SIGTERM.

    Raises:
        ConfigurationError: A value is not allowed.
    """

    SECTION: ClassVar[str] = "logging.delivery"

    mode: DeliveryMode = field(default="direct", converter=_mode)
    queue_policy: QueuePolicy = field(default="block", converter=_queue_policy, kw_only=True)
    queue_lines: int = field(default=16_384, validator=be_integer(1), kw_only=True)
    queue_bytes: int = field(default=32 * 1024 * 1024, validator=be_integer(1), kw_only=True)
    write_timeout_s: float = field(default=0.5, converter=_write_timeout_s, kw_only=True)
    write_holds_gil: bool = field(default=True, validator=be_flag, kw_only=True)
    drain_timeout_s: float = field(default=5.0, converter=_drain_timeout_s, kw_only=True)
    drain_on_sigterm: bool = field(default=False, validator=be_flag, kw_only=True)
