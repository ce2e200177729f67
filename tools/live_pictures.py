"""Take the pictures of `foundation live` for the documentation, in Debian's Chromium.

    python -m tools.live_pictures

It needs playwright and chromium, writes docs/images/live-light.png and live-dark.png, and is to be
run again when the page changes.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).parent.parent / "docs/images"
SHOP = """
import sys, time
from provide.foundation import LoggingConfig, TelemetryConfig, get_logger, setup_telemetry
setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=sys.argv[1], default_level="DEBUG")))
web, db, pay = map(get_logger, ("shop.web", "shop.db.pool", "shop.payments"))
for number in range(240):
    request = f"9f{number // 4:02x}"
    path = ("/basket", "/orders", "/items/42")[number % 3]
    web.info("request_finished", method="GET", path=path, status=200, ms=12.7, request_id=request)
    if number % 9 == 0: web.debug("cache_miss", key=f"basket:{number}", request_id=request)
    if number % 14 == 0: db.warning("slow_query", seconds=1.25, rows=3, request_id=request)
    if number % 47 == 46:
        try: raise ValueError("terminal sent an unreadable reply")
        except ValueError: pay.exception("payment_failed", order_id=1042, request_id=request)
    time.sleep(0.012)
"""


def main() -> int:
    """Take the pictures and return the exit code."""
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "shop.log"
        subprocess.run([sys.executable, "-c", SHOP, str(path)], check=True)
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--headless", "--no-sandbox"]
        )
        command = [sys.executable, "-m", "provide.foundation", "live", str(path)]
        schemes: list[Literal["light", "dark"]] = ["light", "dark"]
        for scheme in schemes:
            with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
                assert process.stderr is not None
                address = process.stderr.readline().split()[-1]
                page = browser.new_page(
                    viewport={"width": 1280, "height": 680}, color_scheme=scheme
                )
                page.goto(address)
                page.locator("#state", has_text="of").wait_for()
                page.locator(".row", has_text="payment_failed").last.click()
                time.sleep(1)  # until the bars are drawn
                page.screenshot(path=IMAGES / f"live-{scheme}.png")
                page.close()
                process.kill()
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
