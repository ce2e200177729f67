"""The report's page in a real Chromium: it can be read, on a phone and in the dark too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from perf_lab.pages.browser import VIEWS, View, find_browser, look_at, opened

#: What a browser makes of a page does not rest on the Python that wrote it.
pytestmark = pytest.mark.slow
PHONE = View("phone", 390, 844, "light")


@pytest.fixture(scope="module", autouse=True)
def chromium() -> None:
    """Skip what needs Chromium where it is not; say how to install it."""
    pytest.importorskip("playwright", reason="playwright is not installed")
    if find_browser() is None:
        pytest.skip("no chromium on the PATH (apt-get install chromium)")


@pytest.fixture(scope="class")
def phone(report_page: Path) -> Iterator[tuple[Any, list[str]]]:
    """Yield the page as a phone shows it, and what has gone wrong."""
    found: list[str] = []
    with opened(report_page, PHONE, found) as page:
        yield page, found


class TestPhone:
    """The page on a phone, opened once."""

    def test_every_chart_is_drawn(self, phone: tuple[Any, list[str]]) -> None:
        """Every chart has a title, axes that are labelled, and marks that say their figures."""
        page, found = phone
        charts = page.evaluate(
            """() => [...document.querySelectorAll("figure.chart")].map(figure => ({
                title: figure.querySelector("figcaption").textContent,
                axes: figure.querySelectorAll(".role-axis-title text").length,
                words: [...figure.querySelectorAll("[role=graphics-symbol]")].map(
                    mark => mark.getAttribute("aria-label")).join(" "),
            }))"""
        )

        assert len(charts) >= 20
        for chart in charts:
            assert chart["axes"], chart["title"]
            assert re.search(r": \d", chart["words"]), chart["title"]
        assert [] == found

    def test_reader_chooses_the_line_and_the_rival(self, phone: tuple[Any, list[str]]) -> None:
        """Another choice shows other figures; what lies under the pointer says its own."""
        page, _ = phone
        chart = page.locator("#chart-lines")
        before = chart.locator("svg").text_content()

        chart.locator("select").select_option("a message and nothing else")

        changed = 'before => document.querySelector("#chart-lines svg").textContent !== before'
        page.wait_for_function(changed, arg=before)
        chart.locator("path[aria-roledescription=bar]").first.hover()
        page.wait_for_selector("#vg-tooltip-element.visible")
        assert "library" in page.locator("#vg-tooltip-element").inner_text()

    def test_nothing_is_clipped_at_phone_width(self, phone: tuple[Any, list[str]]) -> None:
        """The page is as wide as the phone, no text of a chart leaves its figure, tables scroll."""
        page, _ = phone
        clipped = page.evaluate(
            """() => [...document.querySelectorAll("figure.chart")].flatMap(figure => {
                const frame = figure.getBoundingClientRect();
                return [...figure.querySelectorAll("text")].filter(text => {
                    const box = text.getBoundingClientRect();
                    return box.width && (box.left < frame.left - 1 || box.right > frame.right + 1);
                }).map(text => figure.id + ": " + text.textContent);
            })"""
        )

        assert PHONE.width == page.evaluate("document.documentElement.scrollWidth")
        assert [] == clipped
        assert page.evaluate(
            """() => [...document.querySelectorAll("main table")].every(
                table => getComputedStyle(table.parentElement).overflowX === "auto")"""
        )

    def test_dark_text_is_light(self, phone: tuple[Any, list[str]]) -> None:
        """A reader who prefers dark gets light text in the charts, on a dark page."""
        page, _ = phone
        shades = {}
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            colours = page.evaluate(
                """() => [getComputedStyle(document.body).backgroundColor,
                          getComputedStyle(document.querySelector("figure.chart text")).fill]"""
            )
            shades[scheme] = [sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in colours]

        assert shades["light"][0] - shades["light"][1] > 400
        assert shades["dark"][1] - shades["dark"][0] > 400


def test_look_takes_a_screenshot_and_finds_nothing(report_page: Path) -> None:
    """The report's own look at its page has a picture and no complaint."""
    screenshot, problems = look_at(report_page, VIEWS[0])

    assert ([], f"{VIEWS[0].name}.png") == (problems, screenshot.name)
    assert screenshot.stat().st_size > 10_000


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ('<img src="http://127.0.0.1:9/a.png">', "phone: asks for http://127.0.0.1:9/a.png"),
        ('<img src="gone.png">', "phone: failed: {folder}/gone.png"),
        ("<script>console.error('no')</script>", "phone: console: no"),
        ("<script>throw new Error('no')</script>", "phone: error: no"),
        ('<p style="width: 800px">wide</p>', "phone: the page is 808 px wide"),
    ],
    ids=["request", "missing", "console", "exception", "wide"],
)
def test_look_finds_what_is_wrong(tmp_path: Path, body: str, problem: str) -> None:
    """A page that asks the network, lacks a file, complains or is too wide is reported."""
    page = tmp_path / "page.html"
    page.write_text(
        f'<!doctype html><meta name="viewport" content="width=device-width"><title>x</title>{body}',
        encoding="utf-8",
    )
    _, problems = look_at(page, PHONE)

    expected = problem.format(folder=tmp_path.as_uri())
    assert [expected] == [each for each in problems if each.startswith(expected)]
