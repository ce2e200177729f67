"""memray's flamegraphs as pages, and what a page would fetch; standard library only."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

#: Where a tag names something that a browser fetches by itself.
_FETCHED = {
    "script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src",
    "object": "data", "embed": "src", "video": "src", "audio": "src",
}  # fmt: skip
_IN_STYLE = re.compile(r"@import\s+[\"']([^\"']+)|url\(\s*[\"']?((?:https?:)?//[^)\"']+)")


def make_page(capture: Path, page: Path) -> None:
    """Make memray's flamegraph of a capture.

    Raises:
        RuntimeError: memray could not; its own words.
    """
    page.parent.mkdir(parents=True, exist_ok=True)
    # Without --no-web the page would load its scripts from a network.
    done = subprocess.run(
        [sys.executable, "-m", "memray", "flamegraph", "--no-web", "-f", "-o", page, capture],
        capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"memray flamegraph: {done.stderr.strip() or done.stdout.strip()}")


class _Fetches(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._style = tag == "style"
        given = dict(attrs)
        address = given.get(_FETCHED.get(tag, ""))
        if address and not address.startswith(("data:", "#")):
            self.found.append(address)
        self.handle_style(given.get("style") or "")

    def handle_endtag(self, tag: str) -> None:
        self._style = False

    def handle_data(self, data: str) -> None:
        if self._style:
            self.handle_style(data)

    def handle_style(self, text: str) -> None:
        self.found += [first or second for first, second in _IN_STYLE.findall(text)]


def find_requests(page: str) -> list[str]:
    """Return the addresses that a browser would fetch for an HTML page, beside the page."""
    parser = _Fetches()
    parser.feed(page)
    return parser.found
