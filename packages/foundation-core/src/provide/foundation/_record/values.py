"""The total encoder: any object as plain data, bounded and without surprise.

`plain` gives exact `str`, `int`, `float`, `bool`, `None`, `dict` and `list`, which every JSON
encoder takes and every JSON parser reads back the same. Whatever it leaves out it says so where it
was: ``<cycle dict>``, ``<depth limit>``, ``<7 more items>``, ``...<7 more characters>``,
``<unprintable app.Thing>``. Types of other packages are told by what they look like, since none of
those may be imported. The file is long because the rules are many; each stands on a line or two.
"""

from __future__ import annotations

import threading
from codecs import utf_8_decode
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from itertools import islice
from types import FunctionType
from typing import Any
from uuid import UUID

from provide.foundation._diagnostics.reports import DIAGNOSTICS
from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._process.interrupts import let_through
from provide.foundation._record.classes import (
    is_textual,
    names_of,
    pydantic_fields,
    pydantic_repr,
    type_name,
)
from provide.foundation._record.plans import (
    ALL_SPELT,
    DATE,
    DECIMAL,
    DURATION,
    LOGGED,
    MOMENT,
    TIME,
    UNIQUE,
    UNORDERED,
    Plan,
    find_plan,
)
from provide.foundation._record.redaction import MASK

SMALLEST_INT = -(1 << 63)
LARGEST_INT = (1 << 64) - 1
LARGEST_FLOAT = 1.7976931348623157e308
_MOST_DIGITS = 1000
_HALF_OF_DIGITS = 10 ** (_MOST_DIGITS // 2)
#: A numpy array of numbers with more items than this is told by its shape.
MOST_OF_ARRAY = 100
# Keys up to this length are no burden on the budget: there are no more of them than nodes.
SHORT = 64

_NAMESPACES = frozenset({"argparse.Namespace", "types.SimpleNamespace"})
# What gives the result behind one of Django's lazy functions.
_LAZY_CAST = "_proxy____cast"
_OCTETS = (bytes, bytearray, memoryview)
_VIEWS: tuple[type, ...] = (type({}.keys()), type({}.values()), type({}.items()))
_SEQUENCES = (deque, *_VIEWS, Sequence, Set)
# What `%` may have as it is, and what an exception's message may be made of.
AS_THEY_ARE = frozenset({str, int, float, bool, type(None), bytes})
#: Of objects that hold no others: the codes of their plans.
_WORDS = ALL_SPELT | {UNIQUE, DECIMAL, MOMENT, DATE, TIME, DURATION}
# Some kinds have a slot of their own for one and the same function.
_MESSAGES_OF_ARGUMENTS = tuple(
    kind.__str__ for kind in (BaseException, KeyError, NameError, AttributeError)
)
_ARGUMENTS: Any = BaseException.__dict__["args"]
#: Messages of Python's own that are made of more, or of less, than the arguments.
_OS_MESSAGE: Any = OSError.__str__
_OS_PATHS: tuple[Any, ...] = (OSError.__dict__["filename"], OSError.__dict__["filename2"])
_SYNTAX_MESSAGE: Any = SyntaxError.__dict__["msg"]
_ATOMIC = frozenset({list, tuple, _VIEWS[2]})
# These are Sequences as well, but their repr is short and says more.
_NOT_LISTED = (range, memoryview)


class Limits:
    """Say how deep, wide and long a rendered value may become.

    Args:
        depth: Containers inside each other.
        items: Items of one container.
        string: Characters of one string.
        nodes: Items of all containers together: items to the power of depth is no bound.
        line: Bytes of a line, and so the characters of all strings together.
        encoder: Makes the encoder of values, where one does more than `Encoder`.
    """

    __slots__ = ("depth", "encoder", "items", "line", "nodes", "string")

    def __init__(
        self,
        depth: int = 32,
        items: int = 1000,
        string: int = 2 * 1024 * 1024,
        nodes: int = 10_000,
        line: int = 8 * 1024 * 1024,
        encoder: Callable[..., Encoder] | None = None,
    ) -> None:
        self.depth = depth
        self.encoder = encoder
        self.items = items
        self.string = string
        self.nodes = nodes
        self.line = line


DEFAULT_LIMITS = Limits()


class _Rendering(threading.local):
    """Hold, for each thread, the encoder that is running code of an object's, if one is."""

    encoder: object = None
    #: Whether it encodes a part of a line, whose other parts somebody else writes.
    in_part = False


#: While an encoder runs code of an object's, a line that this logs runs no such code: two fields
#: that log would make it two lines, and these four, and so on. By thread: a coroutine's `__repr__`
#: cannot wait, so what it logs is logged within it.
RENDERING = _Rendering()
#: Says of an object that it holds no other values.
NO_CONTAINER = object()
#: What `__log__` may return for it to be as deep as the object itself.
_PLAIN_FORMS = AS_THEY_ARE | {dict, list, tuple}


class _Lazies:
    """Know lazy values, once there may be any: `lazy.py` fills this in when it is loaded.

    Attributes:
        kind: Their class.
        force: Puts values in place of those among fields; False: there is none.
        force_arguments: Returns the arguments of an event with values in place of those.
    """

    __slots__ = ("force", "force_arguments", "kind")  # which the interpreter reads fastest

    def __init__(self) -> None:
        self.kind: type | None = None
        self.force: Callable[..., bool] | None = None
        self.force_arguments: Callable[[tuple[Any, ...]], tuple[Any, ...]] | None = None


LAZIES = _Lazies()


class LazyMet(BaseException):
    """Say that a part of a line has a lazy value: whoever writes it whole computes that once."""


def plain(
    value: object,
    limits: Limits = DEFAULT_LIMITS,
    is_secret: Callable[[str], bool] | None = None,
) -> Any:
    """Return any object as data that orjson encodes and every strict parser reads.

    No `Exception` leaves this function, whatever the object's methods do; `KeyboardInterrupt` and
    `SystemExit` pass. Iterators are not consumed. Any thread may call this.

    Args:
        value: The object.
        limits: What bounds the result.
        is_secret: Tells which keys' values are masked, at any depth; None masks none.
    """
    try:
        return make_encoder(limits, is_secret).encode(value, 0)
    except Exception as failure:  # every value renders, even where the caller's stack is used up
        if type(failure) is not RecursionError:
            let_through()
        return "<unprintable>"


def plain_fields(
    fields: Mapping[Any, Any],
    limits: Limits = DEFAULT_LIMITS,
    is_secret: Callable[[str], bool] | None = None,
) -> dict[str, Any]:
    """Return a line's fields as plain data, within one budget and as deep as `plain` goes."""
    return measured_fields(fields, limits, is_secret)[0]


def measured_fields(
    fields: Mapping[Any, Any],
    limits: Limits = DEFAULT_LIMITS,
    is_secret: Callable[[str], bool] | None = None,
) -> tuple[dict[str, Any], int, int]:
    """Return what `plain_fields` does, the most bytes of its texts, and how many values it has."""
    encoder = make_encoder(limits, is_secret)
    try:
        encoded = encoder.encode(fields, -1)
    except Exception as failure:  # every value renders, as in `plain`
        if type(failure) is not RecursionError:
            let_through()
        encoded = "<unprintable>"
    values = limits.nodes - encoder.nodes
    # Short keys are not in the budget.
    text_bytes = (limits.line - encoder.room) * (4 if encoder.wide else 1) + SHORT * values
    return encoded if type(encoded) is dict else {"fields": encoded}, text_bytes, values


def spell_argument(
    value: Any, limits: Limits = DEFAULT_LIMITS, is_secret: Callable[[str], bool] | None = None
) -> Any:
    """Return what to put into a text in place of an object: itself, or its plain form.

    A container is given as plain data, with secret values masked. A number or a text
    is given as it is, so that any conversion of ``%`` fits it; so is an object that nobody knows.
    """
    kind = type(value)
    if kind in AS_THEY_ARE:
        return value
    plan = find_plan(kind)
    code = plan.code
    if RENDERING.encoder is not None:  # as in `Encoder.known`
        known = issubclass(kind, str | int | float) and code != LOGGED
        return value if known else plain(value, limits, is_secret)
    if code in _WORDS:
        return value
    if issubclass(kind, BaseException) and is_message_of_arguments(value):
        return str(value)
    encoder = make_encoder(limits, is_secret)
    encoder.open.add(id(value))
    RENDERING.encoder = encoder
    try:
        if issubclass(kind, BaseException):
            return exception_message(value, lambda part: encoder.encode(part, 1), encoder)
        claimed = kind if code == LOGGED else _claimed_class(value, kind)
        if claimed is not kind:
            plan = find_plan(claimed)
        if plan.code == LOGGED:
            form = encoder.own_form(value, claimed, plan, 0)
        elif claimed is kind:
            form = encoder.container(value, kind, 0)
        elif issubclass(claimed, str | int | float | bytes):
            return value
        else:
            form = encoder.held(value, claimed, 0)
    except Exception as failure:  # every value renders: the object's methods are the user's
        if type(failure) is not RecursionError:
            let_through()
        return unprintable(value)
    finally:
        RENDERING.encoder = None
    if form is NO_CONTAINER:
        return value
    return tuple(form) if kind is tuple and type(form) is list else form


def exception_message(
    error: BaseException, encode: Callable[[Any], Any], owner: object = None
) -> str:
    """Return an exception's message; where Python would make it of its arguments, ours does.

    Args:
        error: The exception.
        encode: Gives the plain form of an argument.
        owner: The encoder that asks.

    Raises:
        Exception: Whatever a `__str__` of the user's raises.
    """
    show: Any = type(error).__str__
    shown = _shown_parts(error, show)
    if not AS_THEY_ARE.issuperset(map(type, shown)):
        forms = tuple([encode(each) for each in shown])
        if show is _OS_MESSAGE and len(forms) > 2:
            return f"[Errno {forms[0]}] {forms[1]}: {' -> '.join(map(repr, forms[2:]))}"
        return str(forms[0] if len(forms) == 1 else forms)
    outer = RENDERING.encoder
    if outer is not None and outer is not owner and type(show) is not type(BaseException.__str__):
        return f"<{type_name(type(error))}>"  # as in `Encoder.known`
    RENDERING.encoder = error if owner is None else owner
    try:
        return str.__str__(str(error))
    finally:
        RENDERING.encoder = outer


def _shown_parts(error: BaseException, show: Any) -> tuple[Any, ...]:
    """Return the objects that a message of Python's own is made of; none where it is the user's."""
    if show in _MESSAGES_OF_ARGUMENTS or show is ImportError.__str__:
        return tuple(_ARGUMENTS.__get__(error))
    if show is SyntaxError.__str__:
        return (_SYNTAX_MESSAGE.__get__(error),)
    if show is not _OS_MESSAGE:
        return ()
    paths = [each.__get__(error) for each in _OS_PATHS]
    arguments = tuple(_ARGUMENTS.__get__(error))
    given = tuple([each for each in paths if each is not None])
    return (*arguments, *given) if len(arguments) == 2 else arguments


def is_message_of_arguments(error: BaseException) -> bool:
    """Say whether Python makes an exception's message, of arguments that run no code for it."""
    return type(error).__str__ in _MESSAGES_OF_ARGUMENTS and AS_THEY_ARE.issuperset(
        map(type, _ARGUMENTS.__get__(error))
    )


def unprintable(value: object) -> str:
    """Return what stands for an object whose own methods fail."""
    return f"<unprintable {type_name(type(value))}>"


def make_encoder(limits: Limits, is_secret: Callable[[str], bool] | None) -> Encoder:
    """Return what encodes one value, or all fields of a line."""
    return (limits.encoder or Encoder)(limits, is_secret)


class Encoder:
    """Encode one value: what is left of the budget, and which containers are being encoded."""

    __slots__ = ("depth", "is_secret", "items", "nodes", "open", "room", "short", "string", "wide")

    def __init__(self, limits: Limits, is_secret: Callable[[str], bool] | None) -> None:
        self.depth = limits.depth
        self.items = limits.items
        self.string = limits.string
        self.nodes = limits.nodes
        self.room = limits.line
        #: A string of up to this many characters needs no cutting while there is as much room.
        self.short = min(SHORT, limits.string)
        self.is_secret = is_secret
        self.open: set[int] = set()
        #: Whether a text has characters that take more than a byte.
        self.wide = False

    def encode(self, value: Any, depth: int) -> Any:
        """Return plain data for a value that stands inside `depth` containers."""
        kind = type(value)
        if kind is str:
            return self.text(value)
        if value is None or kind is bool:
            return value
        if kind is int:
            return value if SMALLEST_INT <= value <= LARGEST_INT else spell_int(value)
        if kind is float:
            return value if -LARGEST_FLOAT <= value <= LARGEST_FLOAT else spell_float(value)
        if kind is datetime and (value.tzinfo is UTC or value.tzinfo is None):
            return value.isoformat()  # no code of the user's runs
        identity = id(value)
        if identity in self.open:
            return f"<cycle {type_name(kind)}>"
        self.open.add(identity)
        try:
            if kind is dict:
                return self.mapping(value.items(), len(value), depth)
            if kind is list or kind is tuple:
                return self.sequence(value, len(value), depth)
            return self.known(value, kind, depth)
        except Exception as failure:  # every value renders: the object's methods are the user's
            if type(failure) is not RecursionError:
                let_through()
            return unprintable(value)
        finally:
            self.open.discard(identity)

    def text(self, text: str) -> str:
        """Return an exact string, cut to its limit and fit for UTF-8."""
        size = len(text)
        kept = min(size, self.string, max(self.room, 0))
        self.room -= kept
        if size > kept:
            text = f"{text[:kept]}...<{size - kept} more characters>"
        if text.isascii():
            return text
        self.wide = True
        try:
            text.encode()
        except UnicodeEncodeError:
            return text.encode("utf-8", "backslashreplace").decode()
        return text

    def mapping(self, pairs: Iterable[tuple[Any, Any]], size: int | None, depth: int) -> Any:
        """Return pairs as a dict; `size` is None where nobody knows it."""
        if depth >= self.depth:
            return "<depth limit>"
        taken, rest = self.take(pairs, size)
        result: dict[str, Any] = {}
        repeats: dict[str, int] = {}
        is_secret, short = self.is_secret, self.short
        for key, value in taken:
            if type(key) is str:
                name = key if len(key) <= SHORT and key.isascii() else self.text(key)
            else:
                name = self.key(key, depth)
            if name in result:
                stem, count = name, repeats.get(name, 0)
                while name in result:
                    count += 1
                    name = f"{stem}{'_' * count}"
                repeats[stem] = count
            # A key is judged as it was: its cut form has another ending.
            if is_secret is not None and is_secret(key if type(key) is str else name):
                result[name] = self.hide(value)
                continue
            # Small values are dealt with here and in `sequence`, because a call takes longer than
            # all the rest: 0.7 of the time of small dicts and lists.
            kind = type(value)
            if kind is str and len(value) <= short <= self.room and value.isascii():
                self.room -= len(value)
                result[name] = value
            elif kind is int and SMALLEST_INT <= value <= LARGEST_INT:
                result[name] = value
            else:
                result[name] = self.encode(value, depth + 1)
        if rest:
            name = "..."
            while name in result:
                name += "_"
            result[name] = rest
        return result

    def sequence(
        self, values: Iterable[Any], size: int | None, depth: int, *, ordered: bool = True
    ) -> Any:
        """Return items as a list; `size` is None where nobody knows it."""
        if depth >= self.depth:
            return "<depth limit>"
        taken, rest = self.take(values, size)
        depth += 1
        short = self.short
        result: list[Any] = []
        for item in taken:
            kind = type(item)
            if kind is str and len(item) <= short <= self.room and item.isascii():
                self.room -= len(item)
                result.append(item)
            elif kind is int and SMALLEST_INT <= item <= LARGEST_INT:
                result.append(item)
            elif (kind is tuple or kind is list) and len(item) == 2 and self.is_secret is not None:
                result.append(self.pair(item, depth))
            else:
                result.append(self.encode(item, depth))
        if not ordered:
            try:
                result.sort()
            except TypeError:  # of different types
                result.sort(key=str)
        if rest:
            result.append(rest)
        return result

    def pair(self, item: Sequence[Any], depth: int) -> Any:
        """Return a pair in a list, which may be a header: ``(b"Cookie", b"...")``."""
        if type(item[1]) is LAZIES.kind is not None:  # one that is secret is not even called
            name = self.encode(item[0], depth)
            if type(name) is str and self.is_secret is not None and self.is_secret(name):
                return [name, self.hide(item[1])]
        encoded = self.encode(item, depth)
        key = encoded[0] if type(encoded) is list and len(encoded) == 2 else None
        if type(key) is str and self.is_secret is not None and self.is_secret(key):
            encoded[1] = self.hide(encoded[1])
        return encoded

    def hide(self, value: Any) -> str:
        """Return what stands for the value of a secret key."""
        return MASK

    def part(self, value: Any, depth: int) -> Any:
        """Return plain data for what a text is made of."""
        return self.encode(value, depth)

    def take(self, values: Iterable[Any], size: int | None) -> tuple[list[Any], str]:
        """Return as many items as may be shown, and what to say of the others."""
        if (
            size is not None
            and size <= self.items
            and size <= self.nodes
            and self.room > 0
            and type(values) in _ATOMIC  # the size is the true one, and no code of the user's runs
            and len(taken := _take_all(values)) == size
        ):
            self.nodes -= size
            return taken, ""
        count = min(self.items, self.nodes if self.room > 0 else 0)
        if size is not None:
            count = min(count, size)
            rest = f"<{size - count} more items>" if size > count else ""
        for attempt in (1, 2, 3):
            try:
                taken = list(islice(values, count if size is not None else count + 1))
                break
            except RuntimeError:
                # Another thread, or a finaliser, changed the container while it was read.
                if attempt == 3:
                    raise
        if size is None:
            rest = "<more items>" if len(taken) > count else ""
            del taken[count:]
        self.nodes -= len(taken)
        return taken, rest

    def key(self, key: Any, depth: int) -> str:
        """Return any key as text, a tuple as it looks in Python."""
        if issubclass(type(key), str):  # its own text says whether it is a secret's
            return self.text(str.__str__(key))
        form = self.encode(key, depth)
        if type(form) is str:
            return form
        return str(tuple(form) if type(key) is tuple else form)

    def known(self, value: Any, kind: type, depth: int) -> Any:
        """Return plain data for an object of any other type; it may raise."""
        if kind is UUID:
            return str(value)
        plan = find_plan(kind)
        logged = plan.code == LOGGED
        # Inherited methods are called on the base class, where nobody overrides them.
        if not (logged or issubclass(kind, Enum)):
            if issubclass(kind, str):
                return self.text(str.__str__(value))
            if issubclass(kind, int):
                return self.encode(int.__index__(value), depth)
            if issubclass(kind, float):
                return self.encode(float.__float__(value), depth)
            if issubclass(kind, _OCTETS):
                return self.octets(value)
            if issubclass(kind, dict | list | tuple):
                return self.container(value, kind, depth)
        outer = RENDERING.encoder
        if outer is not None and outer is not self:
            # An object that was being rendered has logged this: its line runs no code of others.
            return self.text(f"<{type_name(kind)}>")
        RENDERING.encoder = self
        try:
            if logged:
                return self.own_form(value, kind, plan, depth)
            return self.foreign(value, kind, depth)
        finally:
            RENDERING.encoder = outer

    def own_form(self, value: Any, kind: type, plan: Plan, depth: int) -> Any:
        """Return plain data for what an object's `__log__` returns.

        What that returns is bounded as a value is. If it is an object again, it counts as deeper:
        one that returns another of its kind for ever ends.
        """
        if RENDERING.in_part and kind is LAZIES.kind:
            raise LazyMet
        return self.bound_form(ask_form(value, kind, plan, self), depth)

    def bound_form(self, form: Any, depth: int) -> Any:
        """Return plain data for what `__log__` has returned."""
        if type(form) not in _PLAIN_FORMS:
            depth += 1
        return self.encode(form, depth) if depth <= self.depth else "<depth limit>"

    def told_form(self, value: Any, form: Any, depth: int) -> Any:
        """Return what `encode` would, for an object whose `__log__` has been asked already."""
        self.open.add(id(value))
        RENDERING.encoder = self
        try:
            return self.bound_form(form, depth)
        finally:
            RENDERING.encoder = None

    def foreign(self, value: Any, kind: type, depth: int) -> Any:
        """Return plain data for an object whose own code may have to run; it may raise."""
        code = find_plan(kind).code
        if code in ALL_SPELT:
            return self.text(str.__str__(str(value)))
        if code == UNORDERED:
            return self.sequence(value, len(value), depth, ordered=False)
        claimed = _claimed_class(value, kind)
        if claimed is not kind:
            return self.stand_in(value, claimed, depth)
        if kind is datetime:
            return _spell_moment(value)
        if issubclass(kind, Enum):
            return self.encode(value.value, depth)
        if issubclass(kind, BaseException):
            message = exception_message(value, lambda part: self.part(part, depth + 1), self)
            return self.text(f"{type_name(kind)}: {message}".removesuffix(": "))
        if issubclass(kind, date | time):
            return self.text(_spell_moment(value))
        if issubclass(kind, timedelta):
            return self.text(str.__str__(str(value.total_seconds())))
        form = self.container(value, kind, depth)
        if form is not NO_CONTAINER:
            return form
        if is_textual(kind):
            return self.text(str.__str__(str(value)))
        if "numpy.generic" in names_of(kind):
            item = value.item()
            return self.text(str(value)) if type(item) is kind else self.encode(item, depth)
        return self.text(str.__str__(repr(value)))

    def container(self, value: Any, kind: type, depth: int) -> Any:
        """Return plain data for what holds other values, else `NO_CONTAINER`; it may raise."""
        if issubclass(kind, dict):
            return self.mapping(dict.items(value), dict.__len__(value), depth)
        if issubclass(kind, list):
            return self.sequence(list.__iter__(value), list.__len__(value), depth)
        if issubclass(kind, tuple):
            names = _field_names(kind, tuple.__len__(value))
            if names is not None:
                pairs = zip(names, tuple.__iter__(value), strict=True)
                return self.mapping(pairs, len(names), depth)
            return self.sequence(tuple.__iter__(value), tuple.__len__(value), depth)
        if issubclass(kind, set | frozenset):
            return self.sequence(value, len(value), depth, ordered=False)
        if is_textual(kind):
            return NO_CONTAINER
        names_of_bases = names_of(kind)
        if "django.utils.functional.Promise" in names_of_bases and hasattr(kind, _LAZY_CAST):
            return self.encode(getattr(value, _LAZY_CAST)(), depth)
        if not names_of_bases.isdisjoint(_NAMESPACES):
            return self.mapping(vars(value).items(), None, depth)
        if "functools.partial" in names_of_bases:
            parts = {"func": value.func, "args": value.args, "keywords": value.keywords}
            return self.mapping(parts.items(), len(parts), depth)
        record = _read_record(value, kind)
        if record is not None:
            return self.mapping(record, None, depth)
        if "numpy.ndarray" in names_of_bases:
            return self.array(value, kind, depth)
        if "numpy.void" in names_of_bases and value.dtype.names is not None:
            names = value.dtype.names
            return self.mapping(((name, value[name]) for name in names), len(names), depth)
        if isinstance(value, Mapping):
            return self.mapping(value.items(), _size_of(value), depth)
        if isinstance(value, _SEQUENCES) and not isinstance(value, _NOT_LISTED):
            listed: Any = value
            return self.sequence(listed, _size_of(listed), depth)
        return NO_CONTAINER

    def array(self, value: Any, kind: type, depth: int) -> Any:
        """Return an array of numpy's as a list; a large one of numbers as its shape and type."""
        if not value.dtype.hasobject and value.dtype.names is None:
            if type_name(kind) != "numpy.ndarray":
                return NO_CONTAINER  # a subclass may say more: units, masks
            if value.size > MOST_OF_ARRAY:
                shape = "x".join(map(str, value.shape))
                return self.text(f"<{type_name(kind)} {shape} {value.dtype}>")
            return self.encode(value.tolist(), depth)
        if value.ndim == 0:
            return self.encode(value[()], depth)
        return self.sequence(value, len(value), depth)

    def stand_in(self, value: Any, claimed: type, depth: int) -> Any:
        """Return plain data for an object that says that it is another's: a proxy, a mock.

        No method of the class that it claims to have fits it, but its own may do the same. The
        exception is `__log__`: that hides what the fields of the class would show.
        """
        plan = find_plan(claimed)
        if plan.code == LOGGED:
            return self.own_form(value, claimed, plan, depth)
        if issubclass(claimed, str):
            return self.text(str.__str__(str(value)))
        if claimed is type(None):
            return None
        if claimed is bool:
            return bool(value)
        if issubclass(claimed, Enum):
            return self.encode(value.value, depth)
        try:
            if issubclass(claimed, int):
                return self.encode(int.__index__(int(value)), depth)
            if issubclass(claimed, float):
                return self.encode(float.__float__(float(value)), depth)
            if issubclass(claimed, _OCTETS):
                return self.octets(bytes(value))
        except TypeError:  # Django's SimpleLazyObject has not all methods
            return self.text(str.__str__(str(value)))
        if issubclass(claimed, BaseException):
            return self.text(f"{type_name(claimed)}: {value!s}".removesuffix(": "))
        if issubclass(claimed, date | time):
            return self.text(_spell_moment(value))
        if issubclass(claimed, timedelta):
            return self.text(str.__str__(str(value.total_seconds())))
        form = self.held(value, claimed, depth)
        if form is not NO_CONTAINER:
            return form
        if is_textual(claimed):
            return self.text(str.__str__(str(value)))
        if "numpy.generic" in names_of(claimed):
            return self.encode(value.item(), depth)
        return self.text(str.__str__(repr(value)))

    def held(self, value: Any, claimed: type, depth: int) -> Any:
        """Return plain data for a stand-in of what holds other values, else `NO_CONTAINER`."""
        if issubclass(claimed, dict | Mapping):
            return self.mapping(value.items(), _size_of(value), depth)
        if issubclass(claimed, tuple):
            names = _field_names(claimed, _size_of(value))
            if names is not None:
                return self.mapping(zip(names, iter(value), strict=True), len(names), depth)
        if issubclass(claimed, set | frozenset):
            return self.sequence(iter(value), _size_of(value), depth, ordered=False)
        if issubclass(claimed, list | tuple):
            return self.sequence(iter(value), _size_of(value), depth)
        return self.container(value, claimed, depth)

    def octets(self, value: Any) -> str:
        """Return bytes as the text that they are in UTF-8, or as Python shows them."""
        # The base class's own methods; and no view of a bytearray, which could not grow meanwhile.
        kind: Any = next(base for base in _OCTETS if isinstance(value, base))
        if isinstance(value, memoryview) and (value.ndim != 1 or value.itemsize != 1):
            return self.text(repr(value))
        size = kind.__len__(value)
        kept = min(self.string, max(self.room, 0), size)
        head = bytes(kind.__getitem__(value, slice(kept)))
        rest = f"...<{size - kept} more bytes>" if size > kept else ""
        self.room -= kept
        try:
            # What a cut has left of a last character is left out.
            return utf_8_decode(head, "strict", not rest)[0] + rest
        except UnicodeDecodeError:
            # A byte takes up to four characters.
            quarter = head[: max(kept // 4, 64)]
            rest = f"...<{size - len(quarter)} more bytes>" if size > len(quarter) else ""
            return repr(quarter) + rest


def ask_form(value: Any, kind: type, plan: Plan, owner: object = NO_CONTAINER) -> Any:
    """Return what the `__log__` of an object's class makes of it; one that fails shows nothing.

    Args:
        value: The object.
        kind: The class.
        plan: The plan of that, which has the method.
        owner: Who asks: lines that are logged meanwhile run no such code.

    Raises:
        RecursionError: The stack is used up.
    """
    assert plan.source is not None
    method: Any = plan.source[1]
    outer, RENDERING.encoder = RENDERING.encoder, owner
    try:
        if type(method) is FunctionType:
            return method(value)
        bind = getattr(type(method), "__get__", None)
        return (method if bind is None else bind(method, value, kind))()
    except RecursionError:
        raise
    except Exception as failure:  # every value renders: the method is the user's
        let_through()
        COUNTERS.fault("log_method")
        name = type_name(kind)
        details = {"type": name, "error": type_name(type(failure))}
        DIAGNOSTICS.report_once(f"log_method:{name}", "__log__ failed for a value", details)
        return unprintable(value)
    finally:
        RENDERING.encoder = outer


def _take_all(values: Iterable[Any]) -> list[Any]:
    try:
        return list(values)
    except RuntimeError:  # another thread, or a finaliser, has changed a dict meanwhile
        return []


def spell_int(value: int) -> str:
    """Return the digits of an int, or how large it is; Python's own limit may be 640 digits."""
    high, low = divmod(abs(value), _HALF_OF_DIGITS) if value.bit_length() < 3400 else (0, 0)
    if high >= _HALF_OF_DIGITS or not high | low:
        return f"<int of {value.bit_length()} bits>"
    sign = "-" if value < 0 else ""
    return f"{sign}{high}{low:0{_MOST_DIGITS // 2}d}" if high else f"{sign}{low}"


def spell_float(value: float) -> str:
    """Return a float that JSON has no number for."""
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"


def _spell_moment(value: date | time) -> str:
    """Return a date or a time in ISO 8601, even if its time zone raises."""
    try:
        return str.__str__(value.isoformat())
    except Exception as failure:  # every value renders: a tzinfo is the user's
        if type(failure) is not RecursionError:
            let_through()
        if isinstance(value, datetime):
            clock = time(value.hour, value.minute, value.second, value.microsecond)
            naive = datetime.combine(date(value.year, value.month, value.day), clock).isoformat()
        elif isinstance(value, time):
            naive = time(value.hour, value.minute, value.second, value.microsecond).isoformat()
        else:
            raise
        return naive + unprintable(value.tzinfo)


def _claimed_class(value: Any, kind: type) -> type:
    """Return the class that an object says it has; a proxy has that of what is behind it."""
    claimed = value.__class__
    if claimed is kind or not issubclass(type(claimed), type) or issubclass(kind, claimed):
        return kind
    return claimed  # type: ignore[no-any-return]


def _field_names(kind: type, size: int | None) -> tuple[Any, ...] | None:
    """Return the names of a named tuple's items."""
    names = getattr(kind, "_fields", None)
    return names if type(names) is tuple and len(names) == size else None


def _size_of(value: Any) -> int | None:
    try:
        return len(value)
    except Exception as failure:  # every value renders: the method is the user's
        if type(failure) is not RecursionError:
            let_through()
        return None


def _read_record(value: Any, kind: type) -> Iterator[tuple[str, Any]] | None:
    """Return the fields of an attrs, pydantic, dataclass or msgspec object; None for any other.

    A field that its class keeps out of the repr stays out of the line as well: that is how
    authors of such classes hide what must not be shown.
    """
    shown: Any
    if (fields := getattr(kind, "__attrs_attrs__", None)) is not None:
        shown = ((field.name, field.repr) for field in fields)
    elif (found := pydantic_fields(kind)) is not None:
        fields = found[1]
        extra = getattr(value, "__pydantic_extra__", None) or {}
        shown = ((name, pydantic_repr(field)) for name, field in fields.items())
        shown = (*islice(shown, len(fields)), *((name, True) for name in extra))
    elif isinstance(fields := getattr(kind, "__dataclass_fields__", None), dict):
        # Pseudo-fields (ClassVar, InitVar) are told by the name of their marker only.
        shown = (
            (field.name, field.repr)
            for field in fields.values()
            if getattr(field._field_type, "name", "") == "_FIELD"
        )
    elif isinstance(fields := getattr(kind, "__struct_fields__", None), tuple):
        shown = ((name, True) for name in fields)
    else:
        return None
    return ((name, _read_field(value, name, how)) for name, how in shown if how)


def _read_field(value: Any, name: str, how: Any) -> Any:
    """Return one field of a record; `how` is True, or what attrs is to show it with."""
    try:
        field = getattr(value, name)
        return field if how is True else how(field)
    except Exception as failure:  # every value renders: a property is the user's
        if type(failure) is not RecursionError:
            let_through()
        return "<unreadable>"
