"""The page in a real browser: Debian's Chromium, driven by playwright, which has none of its own.

It takes screenshots and notes what goes wrong: errors of the console, requests that fail, requests
that leave the page, and a page that is wider than its window.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: Said where there is no browser.
MISSING = (
    "no chromium on the PATH: the page was not opened, and there are no screenshots "
    "(apt-get install chromium)"
)
#: Of a browser that runs in a container, and asks nobody for anything by itself.
ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
#: Drawing takes seconds, and more on a machine that has other work.
TIMEOUT_MS = 90_000
#: Whether a page has drawn its charts, if it has any.
DRAWN = "!document.getElementById('charts') || document.body.dataset.drawn"


class View(NamedTuple):
    """One way to look at the page: its name, the window in CSS pixels, the reader's preference."""

    name: str
    width: int
    height: int
    scheme: Literal["light", "dark"]


VIEWS = (
    View("desktop-light", 1280, 900, "light"),
    View("desktop-dark", 1280, 900, "dark"),
    View("phone-light", 390, 844, "light"),
    View("phone-dark", 390, 844, "dark"),
)


@contextlib.contextmanager
def opened(page: Path, view: View, found: list[str]) -> Iterator[Page]:
    """Have Chromium show a page until all is drawn, and close it in the end.

    Args:
        page: The file.
        view: How to look at it.
        found: Gets what goes wrong, in words.
    """
    from playwright.sync_api import sync_playwright  # installed where there is a browser to drive

    address = page.resolve().as_uri()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=list(ARGUMENTS))
        viewport: Any = {"width": view.width, "height": view.height}
        tab = browser.new_page(viewport=viewport, color_scheme=view.scheme)
        tab.set_default_timeout(TIMEOUT_MS)
        watch(tab, address, found)
        tab.goto(address)
        tab.wait_for_function(DRAWN)
        yield tab
        browser.close()


def find_browser() -> str | None:
    """Return the path of Chromium; None if there is none."""
    return shutil.which("chromium")


def look_at(page: Path, view: View) -> tuple[Path, list[str]]:
    """Write a screenshot of a page beside it; return its path, and what is wrong with the page."""
    found: list[str] = []
    screenshot = page.parent / f"{view.name}.png"
    with opened(page, view, found) as tab:
        width = tab.evaluate("document.documentElement.scrollWidth")
        if width > view.width:
            found.append(f"the page is {width} px wide")
        tab.screenshot(path=screenshot, full_page=True)
    return screenshot, [f"{view.name}: {problem}" for problem in found]


def watch(page: Page, address: str, found: list[str]) -> None:
    """Note in `found` what goes wrong while a page is open.

    Args:
        page: The browser's page, before it is sent anywhere.
        address: The only address it may ask for.
        found: Gets the problems, in words.
    """
    page.on("console", lambda said: found.append(f"console: {said.text}")
            if said.type in ("error", "warning") else None)  # fmt: skip
    page.on("pageerror", lambda error: found.append(f"error: {error}"))
    page.on("requestfailed", lambda request: found.append(f"failed: {request.url}"))
    page.on("request", lambda request: found.append(f"asks for {request.url}")
            if not request.url.startswith((address, "data:")) else None)  # fmt: skip
