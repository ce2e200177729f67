"""The page in a real browser: Debian's Chromium, driven by playwright, which has none of its own.

It takes screenshots and notes what goes wrong: errors of the console, requests that fail, requests
that leave the page, and a page that is wider than its window.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

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


class Look(NamedTuple):
    """What was seen: problems in words, each of one view, and the screenshots."""

    problems: list[str]
    screenshots: list[Path]


def find_browser() -> str | None:
    """Return the path of Chromium; None if there is none."""
    return shutil.which("chromium")


def look_at(page: Path, executable: str, views: Sequence[View] = VIEWS) -> Look:
    """Open a page in each view, and write a screenshot of each beside it.

    Args:
        page: The file.
        executable: What `find_browser` has found.
        views: How to look at it.
    """
    from playwright.sync_api import sync_playwright  # installed where there is a browser to drive

    look = Look([], [])
    address = page.resolve().as_uri()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
        for view in views:
            found: list[str] = []
            tab = browser.new_page(
                viewport={"width": view.width, "height": view.height}, color_scheme=view.scheme
            )
            tab.set_default_timeout(TIMEOUT_MS)
            watch(tab, address, found)
            tab.goto(address)
            tab.wait_for_function(DRAWN)
            width = tab.evaluate("document.documentElement.scrollWidth")
            if width > view.width:
                found.append(f"the page is {width} px wide")
            look.screenshots.append(page.parent / f"{view.name}.png")
            tab.screenshot(path=look.screenshots[-1], full_page=True)
            tab.close()
            look.problems.extend(f"{view.name}: {problem}" for problem in found)
        browser.close()
    return look


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
