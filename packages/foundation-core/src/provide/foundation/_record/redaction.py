"""Which keys are the line's own and which hold secrets.

A key is secret when it ends with one of `SECRET_SUFFIXES`, whatever its case and whatever ``-``
and ``_`` it holds: ``Authorization``, ``user_password`` and ``X-API-Key`` are; ``max_tokens`` and
``passwordless`` end differently, and are not. A value under such a key is written as `MASK`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from typing import Any

from provide.foundation._process.interrupts import let_through
from provide.foundation._record.schema import RESERVED

#: What is written in place of a secret value.
MASK = "***"

#: The endings of secret keys, casefolded and without ``-`` and ``_``. Longer words that end so
#: (``set_cookie``, ``proxy_authorization``, ``client_secret``, ``access_token``) are covered.
#: Left out on purpose: ``tokens`` and ``auth``, mostly counts and flags; ``pass`` (``bypass``);
#: ``key`` (``cache_key``); ``session_id``, by which people follow a user through the lines.
#: Source: OWASP Logging Cheat Sheet, "Data to exclude"; the deny list of sentry-sdk's scrubber.
SECRET_SUFFIXES = (
    # passwords
    "password",
    "passwords",
    "passwordhash",
    "passwordconfirm",
    "passwordconfirmation",
    "password1",
    "password2",
    "passwd",
    "pwd",
    "passphrase",
    "passcode",
    "dbpass",
    "smtppass",
    "sshpass",
    "userpass",
    # tokens, cookies and headers
    "secret",
    "secrets",
    "token",
    "accesstokens",
    "refreshtokens",
    "jwt",
    "authorization",
    "basicauth",
    "cookie",
    "cookies",
    "sessid",
    "jsessionid",
    "sessionkey",
    "credential",
    "credentials",
    "connectionstring",
    # keys
    "apikey",
    "apikeys",
    "accesskey",
    "authkey",
    "encryptionkey",
    "masterkey",
    "privatekey",
    "secretkey",
    "secretaccesskey",
    "signingkey",
    "sshkey",
    # people and their cards
    "creditcard",
    "creditcardnumber",
    "cardnumber",
    "cvv",
    "cvc",
    "ssn",
    "socialsecuritynumber",
)

# The key of a parameter in the query of a URL, or at the beginning of one that stands alone.
# Source: the URL standard of WHATWG, "application/x-www-form-urlencoded".
_PARAMETER = r"(?:^|[?&;])([^=&?#;\s\"'<>]+)="
_END_OF_PARAMETER = "[&#;\\s\"'<>]"
#: Parameters that are secret beside those of secret keys, in lower case.
#: Source: OpenTelemetry's semantic conventions, `url.full`.
_SECRET_PARAMETERS = frozenset({"awsaccesskeyid", "signature", "sig", "x-goog-signature"})

_ESCAPED = re.compile("%([0-7][0-9A-Fa-f])")

# Together these bound what a policy remembers, whatever keys a caller makes up.
_REMEMBERED_KEYS = 1024
_REMEMBERED_LENGTH = 128


def normalise_key(key: str) -> str:
    """Return a key as it is compared with the suffixes: casefolded, without ``-`` and ``_``."""
    return key.casefold().replace("_", "").replace("-", "")


def free_name(key: str, taken: Container[str] = (), reserved: Container[str] = RESERVED) -> str:
    """Return a key with as many trailing underscores as make it neither reserved nor taken."""
    while key in reserved or key in taken:
        key += "_"
    return key


class Censored(str):
    """Be what a function has given in place of a secret, which it must not be asked for again."""

    __slots__ = ()


class KeyPolicy:
    """Tell which keys may stand in a line as they are, and redact the fields of a line.

    A bounded memory keeps the result for each key. Any thread may call any
    method: the memory holds single facts, each put there by one atomic operation, and losing
    some of them costs only time.

    Args:
        redact_keys: Further endings of secret keys, in any case, ``-`` and ``_`` left out.
        redact_defaults: Whether `SECRET_SUFFIXES` hold as well; False leaves `redact_keys` alone.
        exempt: Keys, whole ones, that are not secret whatever their endings are.
        names: What lines have of the configuration's own, beside what is always reserved.
        censor: Gives what stands for a secret value; `None`: `MASK` does.
    """

    __slots__ = ("_exempt", "_secret", "censor", "reserved", "safe", "suffixes")

    def __init__(
        self,
        redact_keys: Iterable[str] = (),
        *,
        redact_defaults: bool = True,
        exempt: Iterable[str] = (),
        names: Iterable[str] = (),
        censor: Callable[[Any], str] | None = None,
    ) -> None:
        #: The keys that a line of the configuration writes itself.
        self.reserved = RESERVED.union(names)
        self.censor = censor
        # An empty ending would match every key.
        own = tuple(filter(None, map(normalise_key, redact_keys)))
        self.suffixes = (*SECRET_SUFFIXES, *own) if redact_defaults else own
        self._exempt = frozenset(map(normalise_key, exempt))
        self._secret: dict[str, bool] = {}
        #: Keys known to need nothing: exact, short, printable, not reserved, not secret. It is
        #: the same set for the policy's life, so that a lane may keep it.
        self.safe: set[str] = set()

    def is_secret(self, key: str) -> bool:
        """Tell whether the value under a key is masked."""
        if type(key) is not str:
            # A subclass may compare and hash as it likes.
            key = str.__str__(key)
        found = self._secret.get(key)
        if found is None:
            normal = normalise_key(key)
            found = normal.endswith(self.suffixes) and normal not in self._exempt
            if len(key) <= _REMEMBERED_LENGTH:
                if len(self._secret) >= _REMEMBERED_KEYS:
                    self._secret = {}
                self._secret[key] = found
        return found

    def hide(self, value: Any) -> str:
        """Return what stands for a secret value."""
        return MASK if self.censor is None else self.censor(value)

    def rename(self, key: str, taken: Container[str] = ()) -> str:
        """Return the name under which a field of that key is kept, as `free_name` does."""
        return free_name(key, taken, self.reserved)

    def are_safe(self, fields: Collection[Any]) -> bool:
        """Tell whether `redact` would change nothing; `fields` may be their keys alone."""
        # One set operation for all keys: perf-lab/micro/test_call.py.
        if self.safe.issuperset(fields):
            return True
        return all(self._is_safe(key) for key in fields)

    def redact(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields in the same order, reserved keys renamed, secret values masked.

        Keys that are not exact strings become so; the values are left as they are.
        """
        redacted: dict[str, Any] = {}
        exact: set[str] | None = None
        for key, value in fields.items():
            name = key if type(key) is str else _key_text(key)
            if name is not key or name in self.reserved:
                # A field that really has the new name keeps it.
                exact = {k for k in fields if type(k) is str} if exact is None else exact
                name = self.rename(name, exact | redacted.keys())
            redacted[name] = self.hide(value) if self.is_secret(name) else value
        return redacted

    def _is_safe(self, key: object) -> bool:
        if type(key) is not str or key in self.reserved or self.is_secret(key):
            return False
        if len(key) <= _REMEMBERED_LENGTH and key.isprintable():
            if len(self.safe) >= _REMEMBERED_KEYS:
                self.safe.clear()
            self.safe.add(key)
        return True


def _key_text(key: object) -> str:
    """Return any key as an exact string."""
    try:
        if isinstance(key, str):
            return str.__str__(key)
        if isinstance(key, bytes):
            return bytes.decode(key, "utf-8", "backslashreplace")
        return str.__str__(str(key))
    except Exception as failure:  # a log call never raises, whatever its keys
        if type(failure) is not RecursionError:
            let_through()
        return "<unprintable key>"


def find_parameters(text: str, is_secret: Callable[[str], bool]) -> Iterator[tuple[int, int]]:
    """Yield where the values of secret parameters stand in a text, which has URLs or is a query.

    Args:
        text: The text.
        is_secret: Tells which keys are secret.
    """
    # Compiled where a text asks for it, and kept by `re`. A value is looked at if its key is
    # secret, and its end is where the search goes on: the time is in proportion to the text.
    keys, end_of = re.compile(_PARAMETER), re.compile(_END_OF_PARAMETER)
    place = 0
    while (found := keys.search(text, place)) is not None:
        place, key = found.end(), found[1]
        if "%" in key:
            key = _ESCAPED.sub(lambda escaped: chr(int(escaped[1], 16)), key)
        if is_secret(key) or key.lower() in _SECRET_PARAMETERS:
            end = end_of.search(text, place)
            stop = len(text) if end is None else end.start()
            if stop > place:
                yield place, stop
            place = stop


def mask_parameters(text: str, is_secret: Callable[[str], bool], hide: Callable[[Any], str]) -> str:
    """Return a text with others in place of the values of its secret parameters."""
    if "=" not in text:
        return text
    return replace_spans(text, find_parameters(text, is_secret), hide)


def replace_spans(text: str, spans: Iterable[tuple[int, int]], hide: Callable[[Any], str]) -> str:
    """Return a text with others in place of parts of it; what overlaps becomes one part."""
    pieces: list[str] = []
    done, start, end = 0, -1, -1
    for first, last in (*sorted(spans), (len(text) + 1, 0)):
        if first < end:
            end = max(end, last)
            continue
        if start >= 0:
            pieces += text[done:start], hide(text[start:end])
            done = end
        start, end = first, last
    return "".join((*pieces, text[done:])) if pieces else text


#: The policy of a configuration that says nothing about keys.
DEFAULT_POLICY = KeyPolicy()


def is_secret(key: str) -> bool:
    """Tell whether the built-in list calls a key secret."""
    return DEFAULT_POLICY.is_secret(key)
