"""The report's page in a real Chromium: it can be read, on a phone and in the dark too."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("matplotlib")

from perf_lab.report.browser import ARGUMENTS, View, look_at, watch

PHONE = View("phone", 390, 844, "light")


@pytest.fixture(scope="module")
def chromium() -> str:
    """Return the path of Chromium; the tests that need it say how to install it."""
    pytest.importorskip("playwright", reason="playwright is not installed")
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("no chromium on the PATH (apt-get install chromium)")
    return found


@pytest.fixture
def opened(report_page: Path, chromium: str) -> Iterator[tuple[Any, list[str]]]:
    """Yield the page as a phone shows it, and what has gone wrong."""
    from playwright.sync_api import sync_playwright

    found: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        page = browser.new_page(viewport={"width": PHONE.width, "height": PHONE.height})
        watch(page, report_page.as_uri(), found)
        page.goto(report_page.as_uri())
        yield page, found
        browser.close()


def test_every_chart_can_be_read(opened: tuple[Any, list[str]]) -> None:
    """Every chart has a title, two labelled axes, a unit, and a text alternative with figures."""
    page, _ = opened
    charts = page.evaluate(
        """() => [...document.querySelectorAll("svg.chart")].map(svg => ({
            role: svg.getAttribute("role"),
            title: svg.querySelector("title").textContent,
            caption: svg.closest("figure").querySelector("figcaption").textContent,
            text: svg.querySelector("desc").textContent,
            x: svg.querySelector(".x-label").textContent.trim(),
            y: svg.querySelector(".y-label").textContent.trim(),
            named: svg.getAttribute("aria-labelledby").split(" ")
                .every(id => document.getElementById(id).closest("svg") === svg),
        }))"""
    )

    assert len(charts) >= 20
    for chart in charts:
        assert "img" == chart["role"]
        assert chart["title"]
        assert chart["title"] == chart["caption"]
        assert chart["named"]
        assert re.search(r"\(.+\)$", chart["x"]), chart["title"]
        bars_of = chart["text"].startswith(f"{chart['title']}. Bars;")
        assert chart["y"] if bars_of else re.search(r"\(.+\)$", chart["y"]), chart["title"]
        assert re.search(r": .*\d", chart["text"]), chart["title"]


def test_nothing_is_clipped_at_phone_width(opened: tuple[Any, list[str]]) -> None:
    """The page is as wide as the phone, no text of a chart leaves its drawing, tables scroll."""
    page, found = opened
    width = page.evaluate("document.documentElement.scrollWidth")
    clipped = page.evaluate(
        """() => [...document.querySelectorAll("svg.chart")].flatMap(svg => {
            const frame = svg.getBoundingClientRect();
            return [...svg.querySelectorAll("text")].filter(text => {
                const box = text.getBoundingClientRect();
                return box.left < frame.left - 1 || box.right > frame.right + 1
                    || box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
            }).map(text => svg.querySelector("title").textContent + ": " + text.textContent);
        })"""
    )

    assert PHONE.width == width
    assert [] == clipped
    assert page.evaluate(
        """() => [...document.querySelectorAll("table")].every(
            table => getComputedStyle(table.parentElement).overflowX === "auto")"""
    )
    assert [] == found


def test_dark_text_is_light(opened: tuple[Any, list[str]]) -> None:
    """A reader who prefers dark gets light text in the charts, on a dark page."""
    page, _ = opened
    colours = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        colours.append(page.evaluate(
            """() => [document.body, document.querySelector("svg.chart .x-label text")].map(
                (node, at) => getComputedStyle(node)[at ? "fill" : "backgroundColor"])"""
        ))  # fmt: skip
    (light_page, light_text), (dark_page, dark_text) = (
        [sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in each] for each in colours
    )

    assert light_page - light_text > 400
    assert dark_text - dark_page > 400


def test_look_takes_screenshots_and_finds_nothing(report_page: Path, chromium: str) -> None:
    """The report's own look at its page has three pictures and no complaint."""
    look = look_at(report_page, chromium)

    assert [] == look.problems
    assert ["desktop-light.png", "desktop-dark.png", "phone.png"] == [
        shot.name for shot in look.screenshots
    ]
    assert [] == [shot for shot in look.screenshots if shot.stat().st_size < 10_000]


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
def test_look_finds_what_is_wrong(tmp_path: Path, chromium: str, body: str, problem: str) -> None:
    """A page that asks the network, lacks a file, complains or is too wide is reported."""
    page = tmp_path / "page.html"
    page.write_text(
        f'<!doctype html><meta name="viewport" content="width=device-width"><title>x</title>{body}',
        encoding="utf-8",
    )
    problems = look_at(page, chromium, [PHONE]).problems

    expected = problem.format(folder=tmp_path.as_uri())
    assert [expected] == [each for each in problems if each.startswith(expected)]
