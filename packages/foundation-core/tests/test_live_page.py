"""The page of `foundation live` in Debian's Chromium: filters, many lines, hostile ones."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from live_process import Live, live

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("chromium") is None,
        reason="no chromium on the PATH (apt-get install chromium)",
    ),
]
#: For what the browser has to do, on a busy machine, in milliseconds.
LIMIT_MS = 60_000
ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--js-flags=--expose-gc",
)  # fmt: skip

PROGRAM = """
import sys, time
from provide.foundation import LoggingConfig, TelemetryConfig, get_logger, setup_telemetry
setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=sys.argv[1], default_level="DEBUG")))
"""
SHOP = (
    PROGRAM
    + """
web, pay = get_logger("shop.web"), get_logger("shop.payments")
for number in range(100):
    web.info("request_finished", status=200, request_id=f"r{number // 10}")
    if number % 10 == 0:
        web.debug("cache_miss", key="basket", request_id=f"r{number // 10}")
        try: raise ValueError("unreadable reply")
        except ValueError:
            pay.exception("payment_failed", order_id=number, request_id=f"r{number // 10}")
    time.sleep(0.02)
"""
)
#: 10,000 lines a second, in ticks of 10 ms.
STREAM = (
    PROGRAM
    + """
log = get_logger("load")
seconds, start = float(sys.argv[2]), time.monotonic()
for tick in range(int(seconds * 100)):
    for number in range(100):
        log.info("tick", number=tick * 100 + number, text="some words of a line of usual length")
    time.sleep(max(0.0, start + (tick + 1) / 100 - time.monotonic()))
"""
)


@pytest.fixture
def page() -> Iterator[Any]:
    """Give a page of Chromium; what it reports as wrong fails the test."""
    from playwright.sync_api import sync_playwright

    problems: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(ARGUMENTS)
        )
        context = browser.new_context(viewport={"width": 1400, "height": 800})
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = context.new_page()
        page.set_default_timeout(LIMIT_MS)
        page.on(
            "console", lambda said: problems.append(said.text) if said.type == "error" else None
        )
        page.on("pageerror", lambda error: problems.append(str(error)))
        yield page
        browser.close()
    assert [] == problems


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Live]:
    """Serve 120 lines of a shop."""
    run(SHOP, tmp_path / "shop.log")
    with live(str(tmp_path / "shop.log")) as served:
        yield served


def run(script: str, *arguments: object) -> None:
    """Run a program that logs, to its end."""
    subprocess.run([sys.executable, "-c", script, *map(str, arguments)], check=True)


def wait_for_state(page: Any, text: str) -> None:
    """Wait until the page says how many lines it shows, of how many."""
    page.wait_for_function(
        "text => document.getElementById('state').textContent.startsWith(text)", arg=text
    )


def test_filters_narrow_what_is_shown(page: Any, shop: Live) -> None:
    """Level, text, key, facet and the same request: each narrows, and can be taken back."""
    page.goto(shop.address)
    wait_for_state(page, "120 of 120 lines")
    page.select_option("#level", "40")
    wait_for_state(page, "10 of 120 lines")
    page.select_option("#level", "0")
    page.fill("#filter", "request_id=r3 -cache_miss")
    wait_for_state(page, "11 of 120 lines")
    page.fill("#filter", "order_id!=10 unreadable")
    wait_for_state(page, "9 of 120 lines")
    page.fill("#filter", "")
    page.locator("#loggers .facet", has_text="shop.payments").click()
    wait_for_state(page, "10 of 120 lines")
    page.locator(".row").first.click()
    page.locator("#detail button", has_text="Same request_id").click()
    wait_for_state(page, "1 of 120 lines")
    page.locator(".chip", has_text="logger").click()
    wait_for_state(page, "12 of 120 lines")
    assert "ValueError: unreadable reply" in page.locator("#detail pre").inner_text()
    page.keyboard.press("Escape")
    assert not page.locator("#detail").is_visible()


def test_copy_gives_the_line_of_the_file(page: Any, shop: Live, tmp_path: Path) -> None:
    """What is copied is the line as it stands in the file."""
    lines = (tmp_path / "shop.log").read_text("utf-8").splitlines()
    page.goto(shop.address)
    wait_for_state(page, "120 of 120 lines")
    page.locator(".row").last.click()
    page.locator("#detail button", has_text="Copy as JSON").click()
    page.locator("#detail button", has_text="Copied").wait_for()

    assert lines[-1] == page.evaluate("navigator.clipboard.readText()")


def test_time_is_chosen_by_dragging(page: Any, shop: Live) -> None:
    """A part of the histogram that is dragged over leaves the lines of that time."""
    page.goto(shop.address)
    wait_for_state(page, "120 of 120 lines")
    page.wait_for_function("() => document.getElementById('last').textContent !== ''")
    box = page.locator("#histogram").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 1, box["y"] + 20)
    page.mouse.up()
    page.locator(".chip").wait_for()
    shown = int(page.locator("#state").inner_text().split()[0])
    page.locator(".chip").click()
    wait_for_state(page, "120 of 120 lines")

    assert 30 < shown < 90


def test_page_stays_where_it_is_read(page: Any, shop: Live, tmp_path: Path) -> None:
    """Whoever scrolls up stays there while lines come, and comes back by Follow."""
    page.goto(shop.address)
    wait_for_state(page, "120 of 120 lines")
    page.mouse.move(700, 400)
    page.mouse.wheel(0, -100_000)
    page.locator("#follow[aria-pressed=false]").wait_for()
    page.wait_for_function("() => document.getElementById('scroll').scrollTop === 0")
    run(SHOP, tmp_path / "shop.log")
    wait_for_state(page, "240 of 240 lines")
    stayed = page.evaluate("document.getElementById('scroll').scrollTop")
    page.keyboard.press("f")
    page.wait_for_function("""() => {
        const scroll = document.getElementById("scroll");
        const end = scroll.scrollTop + scroll.clientHeight;
        return scroll.scrollTop > 0 && end >= scroll.scrollHeight - 1;
    }""")

    assert 0 == stayed


def test_ten_thousand_lines_a_second_for_ten_seconds(page: Any, tmp_path: Path) -> None:
    """The newest line is there soon after it was written, and memory stays where it was."""
    path = tmp_path / "load.log"
    path.touch()
    with live(str(path)) as served:
        page.goto(served.address)
        page.locator("#state", has_text="live").wait_for()
        run(STREAM, path, 10)
        written = time.monotonic()
        page.wait_for_function("() => newest === 100000")
        late_s = time.monotonic() - written
        page.locator(".row", has_text="number=99999").wait_for()
        kept = page.evaluate("() => [rows.length, rows[0].id, missed]")
        drawn = page.locator(".row").count()
        before = measure(page, served)
        run(STREAM, path, 5)
        page.wait_for_function("() => newest === 150000")
        after = measure(page, served)

    assert 150_000 == path.read_bytes().count(b"\n")
    assert [50_000, 50_001, 0] == kept
    assert drawn < 100
    assert late_s < 30  # so much only on a busy machine
    # As many lines are kept as before: nothing is to grow.
    growth = [now - then for then, now in zip(before, after, strict=True)]
    assert max(growth) < 40_000_000, (before, after)


def measure(page: Any, served: Live) -> tuple[int, int]:
    """Return how much memory the page takes, and how much the program that serves it."""
    heap: int = page.evaluate("() => { gc(); return performance.memory.usedJSHeapSize; }")
    return heap, resident_bytes(served.process.pid)


def resident_bytes(pid: int) -> int:
    """Return how much memory a process has."""
    pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def test_hostile_lines_are_text(page: Any, tmp_path: Path) -> None:
    """Markup, scripts, names of JavaScript's own and broken lines are shown, and do nothing."""
    attack = "<img src=x onerror=document.title='hit'><script>document.title='hit'</script>"
    lines = [
        {"level": "error", "event": attack, "logger": attack, "request_id": attack, attack: attack},
        {
            "level": "info",
            "event": "x",
            "__proto__": {"a": 1},
            "constructor": "c",
            "hasOwnProperty": 1,
        },
        {"level": attack, "event": "y"},
    ]
    path = tmp_path / "<b>app.log"
    text = "".join(json.dumps(line) + "\n" for line in lines)
    path.write_bytes(text.encode() + b"\xff\xfe half\n" + attack.encode() + b"\n")
    with live(str(path)) as served:
        page.goto(served.address)
        wait_for_state(page, "5 of 5 lines")
        page.locator(".row").first.click()
        page.locator("#detail").wait_for()
        page.fill("#filter", "constructor=c")
        wait_for_state(page, "1 of 5 lines")
        page.fill("#filter", "toString=x")
        wait_for_state(page, "0 of 5 lines")
        title, images = page.title(), page.locator("#detail img, .row img, .row script").count()

    assert ("<b>app.log · Foundation", 0) == (title, images)
