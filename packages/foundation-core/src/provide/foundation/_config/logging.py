"""How lines are chosen, rendered and written: `LoggingConfig`.

A configuration is checked when it is made, so whoever holds one holds a valid one. Making it opens
no file and touches no stream: what only the system can tell shows at set-up. A new field is one
line in the class, one in its docstring and a function in `readers.py`; a field of a subject that
has a group goes into the group (`groups.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from provide.foundation._config import readers as read
from provide.foundation._config.attributes import field, frozen
from provide.foundation._config.console import Console
from provide.foundation._config.groups import Delivery, Limits, Redaction, Rotation
from provide.foundation._config.outputs import OutputConfig, read_outputs
from provide.foundation._config.readers import Processor
from provide.foundation._config.section import Section, be_flag, be_flag_or_none
from provide.foundation._config.values.checks import (
    ExceptionForm,
    Formatter,
    Schema,
    StandardStream,
    TimestampForm,
)
from provide.foundation._config.values.mappings import ModuleLevels, StaticFields, Texts
from provide.foundation.errors import ConfigurationError


@frozen(kw_only=True, eq=False, repr=False)
class LoggingConfig(Section):
    """Hold how lines are chosen, rendered and written.

    Lists are taken where tuples are stored, and a mapping of its fields for each group (`Rotation`,
    `Delivery`, `Limits`, `Redaction`, `Console`). A field with no variable named is set in code or
    in a file only.

    Args:
        default_level: The lowest level written where `module_levels` says nothing else: trace,
            debug, info, warning, error or critical in any case, 5 to 50, or off; stored in upper
            case. Default ``"INFO"``; PROVIDE_LOG_LEVEL, else LOG_LEVEL.
        console_formatter: ``json``, ``key_value``, ``compact``, or ``auto``: key_value on a
            terminal and in reports of pytest, json elsewhere. Default ``"auto"``;
            PROVIDE_LOG_CONSOLE_FORMATTER.
        schema: Whose names and forms the lines in JSON have: ``foundation``, ``otel``, ``ecs``,
            ``gcp``, ``datadog`` or ``logstash``. With all but the first, lines go to stdout where
            neither `output`, `outputs` nor `log_file` says otherwise. Default ``"foundation"``;
            PROVIDE_LOG_SCHEMA.
        keys: Other names for single members of a line in JSON, such as ``{"event": "message"}``;
            outputs with a schema of their own do not have them. Default none; PROVIDE_LOG_KEYS,
            such as ``event=message,level=severity``.
        timestamp: The form of the time in JSON: ``iso``, ``epoch_s`` (with six decimals),
            ``epoch_ms`` or ``epoch_ns``. Default ``"iso"``; PROVIDE_LOG_TIMESTAMP.
        das_emoji_prefix_enabled: Whether lines get the emoji of domain, action and status.
            Default None, which means: where foundation-emoji is installed and the output is a
            terminal; PROVIDE_LOG_DAS_EMOJI_ENABLED.
        logger_name_emoji_prefix_enabled: The same for the emoji of the logger's name. Default
            None; PROVIDE_LOG_LOGGER_NAME_EMOJI_ENABLED.
        enabled_emoji_sets: The emoji sets that are active. Default None, all of them; an empty
            list is none. PROVIDE_LOG_ENABLED_EMOJI_SETS, such as ``http,database``.
        custom_emoji_sets: Own emoji sets, which are active whatever `enabled_emoji_sets` says: each
            a `provide.foundation.emoji.EmojiSet` or a mapping of its fields. Only foundation-emoji
            looks into them. Default none; no variable.
        omit_timestamp: Whether lines come without a timestamp. Default False;
            PROVIDE_LOG_OMIT_TIMESTAMP.
        module_levels: A level for each dotted prefix of logger names, the longest prefix wins.
            Default none; PROVIDE_LOG_MODULE_LEVELS, such as ``app.db=DEBUG,app.http:WARNING``.
        sampling: How many lines are written, by dotted prefixes of logger names, the longest prefix
            wins, and ``""`` is for all: a `Sample` or a `RateLimit` each, or a mapping of its
            fields. Default none; PROVIDE_LOG_SAMPLING, such as ``app.http=100/100/1`` (first,
            thereafter, seconds) and ``app.db=50/1`` (lines, seconds), or an object in JSON.
        log_file: A path to write to instead of `output`. Default None; PROVIDE_LOG_FILE.
        output: ``stderr`` or ``stdout``. Default None, which means stderr, or stdout with a schema
            other than ``foundation``; PROVIDE_LOG_OUTPUT.
        outputs: Several destinations at once, instead of `output` and `log_file`: each an
            `OutputConfig`, a target that one takes, or a mapping of its fields. Stored as
            `OutputConfig`. Default none; no variable.
        processors: Callables with structlog's signature
            ``(logger, method_name, event_dict) -> event_dict``. Default none; no variable.
        capture_stdlib: Whether set-up routes `logging` and `warnings` through the same outputs.
            Default True, but never in zero-config use; PROVIDE_LOG_CAPTURE_STDLIB.
        access_fields: Whether the access lines of web servers, which come through `logging`, are
            one event, ``http_request``, with fields; otherwise they stay the servers' texts.
            Default True; PROVIDE_LOG_ACCESS_FIELDS.
        recapture_stdlib: Whether what others configure in `logging` after the set-up is routed here
            as well. If not, it is left as it is, and one record says who it was. Default True;
            PROVIDE_LOG_RECAPTURE_STDLIB.
        override_stdlib_levels: Whether a level of `module_levels` or `set_level` holds for loggers
            of `logging` that have a level of their own. Default False;
            PROVIDE_LOG_OVERRIDE_STDLIB_LEVELS.
        capture_structlog: Whether set-up routes structlog's loggers through the same outputs.
            Default True, but never in zero-config use; PROVIDE_LOG_CAPTURE_STRUCTLOG.
        capture_uncaught: Whether exceptions that nobody catches become records, at critical those
            that end the program, at error those of threads, finalizers and tasks; never in
            zero-config use. Default False, and True in the preset `production`;
            PROVIDE_LOG_CAPTURE_UNCAUGHT.
        live: Whether the process serves a page of its own lines to this machine's browsers, from
            set-up to its end; its address is said on stderr. Default False; PROVIDE_LOG_LIVE.
        propagate: Whether lines are handed on to `logging` besides, as records of their loggers'
            names, for handlers and tools that listen there: Sentry, pytest's caplog, APM agents.
            Default False; PROVIDE_LOG_PROPAGATE.
        journal: Whether lines to stderr and stdout begin with the priority that systemd's journal
            reads, such as ``<3>`` for an error. Default None, which means: where JOURNAL_STREAM
            says that the stream leads to the journal; PROVIDE_LOG_JOURNAL.
        callsite: Whether each line says its file, line and function. Default False;
            PROVIDE_LOG_CALLSITE.
        fields: What every line has in front of its own fields, such as ``{"team": "shop"}``: names,
            and any values that a line takes, which are rendered at set-up. Default none;
            PROVIDE_LOG_FIELDS, such as ``team=shop,region=eu``.
        process: Whether each line has the id of the process, as ``pid``. Default False;
            PROVIDE_LOG_PROCESS.
        host: Whether each line has the name of the machine, as ``host``. Default False;
            PROVIDE_LOG_HOST.
        thread: Whether each line has the name of the thread, as ``thread``. Default False;
            PROVIDE_LOG_THREAD.
        task: Whether each line has the name of the task of asyncio that is running, as ``task``.
            Default False; PROVIDE_LOG_TASK.
        exceptions: How a line in JSON has an exception: ``object``; ``text``, a traceback as Python
            prints it; or ``both``, which adds the text as `stack_trace`. Default ``"object"``;
            PROVIDE_LOG_EXCEPTIONS.
        fold_frames: Whether runs of frames from the standard library and from installed packages
            become one entry in exceptions, or a list of prefixes of the modules and paths whose
            frames do, such as ``("starlette", "anyio")``. The frame that raised always stays.
            Default False; PROVIDE_LOG_FOLD_FRAMES, a flag or prefixes with commas between them.
        extensions: The installed distributions that may add to lines and exports, such as
            ``foundation-emoji``; the code of no other one is imported by its entry points. Default
            None, all of them; an empty list: none; PROVIDE_LOG_EXTENSIONS, where ``none`` is none.
        redact_keys: Further endings of keys whose values are masked, without regard to case,
            ``-`` and ``_``; the short form of ``Redaction(keys=...)``. Default none;
            PROVIDE_LOG_REDACT_KEYS, such as ``iban,session_id``.
        redact_except: Keys, such as ``next_token``, that are not secret whatever their endings are;
            the short form of ``Redaction(exempt=...)``. Default none;
            PROVIDE_LOG_REDACT_EXCEPT, such as ``next_token``.
        redact_patterns: What is masked within texts, whatever their keys are: ``url_credentials``,
            ``bearer``, ``jwt``, ``card``, ``email`` and others, and regular expressions; the short
            form of ``Redaction(patterns=...)``. Default none; PROVIDE_LOG_REDACT_PATTERNS, names
            alone, such as ``bearer,jwt``.
        censor: What stands for a secret: a text, or a function ``(value) -> text``; the short form
            of ``Redaction(censor=...)``. Default `None`: ``***``; PROVIDE_LOG_CENSOR, a text.
        redaction: Which other keys are secret: a `Redaction`. Default ``Redaction()``; no variable.
        limits: What a line may hold: a `Limits`. Default ``Limits()``; the variables stand
            there.
        rotation: When a log file is set aside: a `Rotation`. Default ``Rotation()``, which means
            never; the variables stand there.
        delivery: Who writes a line, and when: ``direct``, ``background`` or a `Delivery`. Stored
            as a `Delivery`. Default ``Delivery()``, which means direct; the variables stand there.
        console: How lines look that people read: a `Console`. Default ``Console()``; the variables
            stand there.

    Raises:
        ConfigurationError: A value is not allowed, or `outputs` is given beside `output` or
            `log_file`.
    """

    SECTION: ClassVar[str] = "logging"
    GROUPS: ClassVar[Mapping[str, type[Any]]] = {
        "redaction": Redaction,
        "limits": Limits,
        "rotation": Rotation,
        "delivery": Delivery,
        "console": Console,
    }

    default_level: str = field(default="INFO", converter=read.default_level)
    console_formatter: Formatter = field(default="auto", converter=read.console_formatter)
    schema: Schema = field(default="foundation", converter=read.schema)
    keys: Mapping[str, str] = field(default=Texts({}), converter=read.keys)
    timestamp: TimestampForm = field(default="iso", converter=read.timestamp)
    das_emoji_prefix_enabled: bool | None = field(default=None, validator=be_flag_or_none)
    logger_name_emoji_prefix_enabled: bool | None = field(default=None, validator=be_flag_or_none)
    enabled_emoji_sets: tuple[str, ...] | None = field(
        default=None, converter=read.enabled_emoji_sets
    )
    custom_emoji_sets: tuple[object, ...] = field(default=(), converter=read.custom_emoji_sets)
    omit_timestamp: bool = field(default=False, validator=be_flag)
    module_levels: Mapping[str, str] = field(default=ModuleLevels({}), converter=read.module_levels)
    sampling: Mapping[str, Any] = field(default=read.NO_RULES, converter=read.sampling)
    log_file: str | None = field(default=None, converter=read.log_file)
    output: StandardStream | None = field(default=None, converter=read.output)
    outputs: tuple[OutputConfig, ...] = field(default=(), converter=read_outputs)
    processors: tuple[Processor, ...] = field(default=(), converter=read.processors)
    capture_stdlib: bool = field(default=True, validator=be_flag)
    access_fields: bool = field(default=True, validator=be_flag)
    recapture_stdlib: bool = field(default=True, validator=be_flag)
    override_stdlib_levels: bool = field(default=False, validator=be_flag)
    capture_structlog: bool = field(default=True, validator=be_flag)
    capture_uncaught: bool = field(default=False, validator=be_flag)
    live: bool = field(default=False, validator=be_flag)
    propagate: bool = field(default=False, validator=be_flag)
    journal: bool | None = field(default=None, validator=be_flag_or_none)
    callsite: bool = field(default=False, validator=be_flag)
    fields: Mapping[str, object] = field(default=StaticFields({}), converter=read.fields)
    process: bool = field(default=False, validator=be_flag)
    host: bool = field(default=False, validator=be_flag)
    thread: bool = field(default=False, validator=be_flag)
    task: bool = field(default=False, validator=be_flag)
    exceptions: ExceptionForm = field(default="object", converter=read.exceptions)
    fold_frames: bool | tuple[str, ...] = field(default=False, converter=read.fold_frames)
    extensions: tuple[str, ...] | None = field(default=None, converter=read.extensions)
    redact_keys: tuple[str, ...] = field(default=(), converter=read.redact_keys)
    redact_except: tuple[str, ...] = field(default=(), converter=read.redact_except)
    redact_patterns: tuple[Any, ...] = field(default=(), converter=read.redact_patterns)
    censor: str | Callable[[Any], object] | None = field(default=None, converter=read.censor)
    redaction: Redaction = field(factory=Redaction, converter=read.redaction)
    limits: Limits = field(factory=Limits, converter=read.limits)
    rotation: Rotation = field(factory=Rotation, converter=read.rotation)
    delivery: Delivery = field(factory=Delivery, converter=read.delivery)
    console: Console = field(factory=Console, converter=read.console)

    def __attrs_post_init__(self) -> None:
        flags = {"pid": self.process, "host": self.host, "thread": self.thread, "task": self.task}
        flags["stack_trace"] = self.adds_stack_trace
        for name in self.fields:
            if flags.get(name):
                allowed = f"other names than {name}, which each line has already"
                raise ConfigurationError("logging.fields", name, allowed)
        if not self.outputs:
            return
        for rival in ("output", "log_file"):
            if getattr(self, rival) is not None:
                allowed = f"outputs without {rival}: list that destination in outputs"
                raise ConfigurationError("logging.outputs", list(self.outputs), allowed)

    @property
    def hides_more(self) -> bool:
        """Return whether more is hidden than the values of secret keys, or in another way."""
        wanted = self.redaction
        censors = self.censor is not None or wanted.censor is not None
        return censors or bool(self.redact_patterns or wanted.patterns)

    @property
    def adds_stack_trace(self) -> bool:
        """Return whether some output may have the member `stack_trace`."""
        return "both" in (self.exceptions, *(each.exceptions for each in self.outputs))
