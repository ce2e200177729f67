"""Domain, action and status: of fields and of event names; imports tables and slots.

An event's name is one such as `auth_login_success`, `auth.login.success` or `user_login`: words
with `_`, `.` or `-` between them. Prose is left alone, as are names of which neither the domain nor
the action is known.
"""

from __future__ import annotations

from provide.foundation.emoji.slots import Slot
from provide.foundation.emoji.tables import ACTIONS, DOMAINS, STATUSES

#: The fields, in the order of their emoji.
DAS_FIELDS = ("domain", "action", "status")
DAS_SLOTS = (Slot(DOMAINS), Slot(ACTIONS), Slot(STATUSES))
#: A name is 2 to 6 words, in 64 characters.
_MOST_WORDS = 6
_LONGEST_NAME = 64


def read_name(event: str) -> list[tuple[str, str, str]]:
    """Return what an event's name says: part, word and emoji, for each part that is known.

    The domain is the first word, the status the last one, and the action the first word of the
    others that is one.

    Args:
        event: The event, an exact string.
    """
    if len(event) > _LONGEST_NAME or " " in event or not event.isascii():
        return []
    words = event.lower().replace(".", "_").replace("-", "_").split("_")
    # By methods of strings: a regular expression takes three times as long.
    if not 2 <= len(words) <= _MOST_WORDS or "" in words or not "".join(words).isalnum():
        return []
    found = []
    if words[0] in DOMAINS:
        found.append(("domain", words[0], DOMAINS[words[0]]))
        del words[0]
    for place, word in enumerate(words):
        if word in ACTIONS:
            found.append(("action", word, ACTIONS[word]))
            del words[: place + 1]
            break
    if found and words and words[-1] in STATUSES:
        found.append(("status", words[-1], STATUSES[words[-1]]))
    return found
