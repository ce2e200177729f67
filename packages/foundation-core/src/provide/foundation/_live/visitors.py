"""Who may see the page: whoever has opened an address that the terminal shows, in one browser.

The server listens on 127.0.0.1 only, where every user of the machine, and every page in the
browser, can reach it. So an address has a token that counts once, and is exchanged for a cookie
that scripts cannot read. A request that another site has sent counts for nothing, nor does one that
came by a name other than this machine's, as in DNS rebinding.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from email.message import Message
from hmac import compare_digest
from http.cookies import CookieError, SimpleCookie


class Visitors:
    """Know the one token that counts, and the cookies of those who came with one.

    Args:
        port: The server's.
        announce: Told each new address.

    Thread safety: every method may be called from any thread.
    """

    def __init__(self, port: int, announce: Callable[[str], None]) -> None:
        self.cookie = f"foundation_live_{port}"
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._announce = announce
        self._lock = threading.Lock()
        self._token: str | None = None
        self._sessions: list[str] = []

    def invite(self) -> None:
        """Announce an address, unless there is one that nobody has opened yet."""
        with self._lock:
            if self._token is not None:
                return
            token = self._token = secrets.token_urlsafe(32)
        self._announce(f"http://{min(self._hosts)}/?token={token}")

    def admit(self, token: str) -> str | None:
        """Return the cookie that a token is exchanged for, or None if it does not count."""
        with self._lock:
            expected = self._token
            if expected is None or not compare_digest(token.encode(), expected.encode()):
                return None
            self._token = None
            session = secrets.token_urlsafe(32)
            self._sessions.append(session)
        return session

    def is_ours(self, headers: Message) -> bool:
        """Tell whether a request is none that another site has sent."""
        host, origin = headers.get("Host", ""), headers.get("Origin")
        return host in self._hosts and origin in (None, f"http://{host}")

    def knows(self, headers: Message) -> bool:
        """Tell whether a request has the cookie of somebody who was admitted."""
        try:
            cookies = SimpleCookie(headers.get("Cookie", ""))
        except CookieError:
            return False
        found = cookies[self.cookie].value.encode() if self.cookie in cookies else b""
        return any(compare_digest(found, each.encode()) for each in tuple(self._sessions))
