"""Open each page of the built site in a headless Chromium: `python -m tools.site_check site`.

Each page is opened as on a desk in light colours and as on a phone in dark ones. It prints the
faults that it finds, and exits with 1 if there is one:

- Errors of the console, and requests to other hosts.
- Images that are missing or have no alternative text.
- Pages wider than the window, and code that cannot be copied.
- Text that is hard to read.
- A search or a keyboard that does nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Literal

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response

SCRIPT = Path(__file__).with_suffix(".js")
#: What a reader has: a name, the window in pixels, the colours of the system.
VIEWS: tuple[tuple[str, tuple[int, int], Literal["light", "dark"]], ...] = (
    ("desk", (1280, 900), "light"),
    ("phone", (390, 844), "dark"),
)
#: Half seconds that the first result of a search may take.
_TRIES = 20


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: what fails is said of the page that asked for it."""


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine alone, and give its address."""
    handler = partial(_Silent, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()


def list_pages(site: Path) -> list[str]:
    """Return the paths of all pages, as readers ask for them."""
    found = (file.relative_to(site).as_posix() for file in site.rglob("*.html"))
    return sorted(name.removesuffix("index.html") for name in found if name != "404.html")


class Reader:
    """A window of the browser that notes what goes wrong in it.

    Args:
        page: The window.
        address: Where the site is; nothing else is to be asked for.
    """

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.faults: list[str] = []
        page.on("console", self._note_words)
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("request", self._note_request)
        page.on("requestfailed", self._note_failure)
        page.on("response", self._note_answer)

    def look_at(self, name: str) -> list[str]:
        """Open a page and return what is wrong with it."""
        self.faults = []
        answer = self.page.goto(self.address + name, wait_until="load")
        if answer is None or not answer.ok:
            return [*self.faults, "there is no such page"]
        return [*self.faults, *self.page.evaluate(SCRIPT.read_text(encoding="utf-8"))]

    def use_keyboard(self) -> list[str]:
        """Go past the navigation of the first page and search, with the keyboard alone."""
        faults = []
        self.page.goto(self.address, wait_until="load")
        self.page.keyboard.press("Tab")
        first = self.page.evaluate("document.activeElement.textContent.trim()")
        if "skip" not in first.lower():
            faults.append(f"Tab reaches {first!r} first, which does not skip to the content")
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("/")
        self.page.keyboard.type("rotation", delay=20)
        for _ in range(_TRIES):  # until the words have been loaded
            self.page.wait_for_timeout(500)
            self.page.keyboard.press("Enter")
            if self.page.url != self.address:
                return faults
        faults.append("the search for `rotation` leads nowhere")
        return faults

    def _note_words(self, said: ConsoleMessage) -> None:
        if said.type in ("error", "warning"):
            self.faults.append(f"console: {said.text}")

    def _note_failure(self, request: Request) -> None:
        if "ERR_ABORTED" not in (request.failure or ""):  # the next page came first
            self.faults.append(f"{request.url} was not to be had: {request.failure}")

    def _note_answer(self, answer: Response) -> None:
        if not answer.ok and answer.status != 304:
            self.faults.append(f"{answer.url} was not to be had: {answer.status}")

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.faults.append(f"the page asks for {request.url}")


def check_site(browser: Browser, site: Path) -> dict[str, list[str]]:
    """Return what is wrong, by page and view."""
    found = {}
    with serve(site) as address:
        for view, (width, height), colours in VIEWS:
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=colours
            )
            reader = Reader(context.new_page(), address)
            for name in list_pages(site):
                if faults := reader.look_at(name):
                    found[f"{name or 'home'} ({view}, {colours})"] = faults
            if view == "desk" and (faults := reader.use_keyboard()):
                found["keyboard"] = faults
            context.close()
    return found


def main(words: Sequence[str] | None = None) -> int:
    """Check a site and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.site_check", description=__doc__)
    parser.add_argument("site", type=Path, help="the folder of the built site")
    parser.add_argument("--chromium", default="/usr/bin/chromium", help="the browser")
    given = parser.parse_args(words)
    pages = list_pages(given.site)
    if not pages:
        parser.error(f"{given.site} has no pages")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=given.chromium, args=["--headless", "--no-sandbox"]
        )
        found = check_site(browser, given.site)
        browser.close()
    for where, faults in found.items():
        print(where, *(f"  {fault}" for fault in faults), sep="\n")
    print(f"{len(pages)} pages in {len(VIEWS)} views: {sum(map(len, found.values()))} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
