"""The report: one page of all records, which says whose figures they are, in a real browser."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from documented import DOCUMENTED
from record import PUBLISHED, Check, Record

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "perf-lab" / "report"))

pytest.importorskip("matplotlib")

from browser import View, look_at, watch  # noqa: E402
from chart import Bar, Curve, bars, curves  # noqa: E402
from page import lab_section, write_page  # noqa: E402
from sources import apart, find_sources  # noqa: E402

LABS = ("bench", "memory", "flame", "contention", "soak", "torture")
PHONE = View("phone", 390, 844, "light")
MACHINE = {
    "cpu": "Some CPU", "cores": 2, "python": "CPython 3.11.7", "commit": "0123456789ab",
    "date": "2026-01-02 03:04 UTC", "load": 0.5, "packages": {"structlog": "26.1.0"},
}  # fmt: skip


def bench() -> dict[str, Any]:
    """Return a published benchmark, as if it had been measured on our machine."""
    content: dict[str, Any] = json.loads((PUBLISHED / "performance.json").read_text("utf-8"))
    return {**content, "machine": {**MACHINE, "differs": ["everything"]}}


def memory() -> dict[str, Any]:
    """Return what a memory run found."""
    row = {"allocations": 10.0, "bytes": 900.0, "peak_bytes": 4000.0, "kept_bytes": 0.1}
    slope = {"slope": 1.0, "low": -2.0, "high": 3.0, "millions": 0.3, "total": 1.0}
    return {
        "workloads": {"three_fields": {"title": "three", "rows": {
            "foundation": row, "structlog-tuned": {**row, "allocations": 30.0}}}},
        "growth": {
            "messages": 300, "tracked_messages": 60, "warm_up": 100,
            "series": {"messages": [100.0, 200.0, 300.0], "rss_bytes": [2.5e7, 2.5e7, 2.6e7],
                       "blocks": [9.0, 9.0, 9.0], "seconds": [1.0, 2.0, 3.0]},
            "tracked": {"messages": [30.0, 60.0], "heap_bytes": [1000.0, 1100.0]},
            "slopes": {"rss_bytes": slope},
        },
        "loggers": [{"loggers": 1000, "logger_bytes": 109.0, "logger_used_bytes": 250.0,
                     "bound_bytes": 248.0, "bound_field_bytes": 40.0, "processor_bytes": 4.0,
                     "total_bytes": 250_000.0}],
        "pages": [{"workload": "three_fields", "file": "memray/a.html", "requests": []},
                  {"workload": "gone", "file": "memray/gone.html", "requests": []}],
    }  # fmt: skip


def flame() -> dict[str, Any]:
    """Return what a flamegraph run found."""
    return {
        "method": "Samples.", "native": {"state": "ok", "file": "flame/native.svg"},
        "workloads": [{
            "workload": "three_fields", "title": "three", "library": "foundation",
            "svg": "flame/a.svg", "speedscope": "flame/a.json", "samples": 500, "call_ns": 2000.0,
            "stops": {"write": {"share": 0.4, "us": 0.8, "documented_us": 20.0},
                      "taps": {"share": 0.1, "us": 0.2, "documented_us": None}},
        }],
    }  # fmt: skip


def contention() -> dict[str, Any]:
    """Return what a contention run found, of two libraries and one that has no figures."""
    sound = {"state": "ok", "written": 10, "lost": 0, "twice": 0, "torn": 0}
    both = ("foundation", "structlog-tuned")
    return {
        "threads": [
            *({"output": output, "loggers": "one", "threads": threads, "rival": rival,
               "rate": 9000.0 / threads, "p99_us": 20.0 * threads, **sound}
              for output in ("null", "file", "pipe") for threads in (1, 8) for rival in both),
            {"output": "file", "loggers": "one", "threads": 1, "rival": "picologging",
             "state": "hangs"},
        ],
        "scaling": [{"rival": rival, "threads": 32, "ratio": 0.9, **sound} for rival in both],
        "processes": [{"rival": rival, "processes": count, "rate": 5000.0 * count, **sound}
                      for rival in both for count in (1, 4)],
        "tasks": [{"rival": "none", "use": "none", "tasks": 1000, "period_s": 0.1,
                   "stall_ms": 1.0, **sound},
                  {"rival": "foundation", "use": "info", "tasks": 1000, "period_s": 0.1,
                   "stall_ms": 2.0, **sound}],
        "locks": [{"rival": rival, "blocked_s": 0.0, "blocked": 0.0, **sound} for rival in both],
    }  # fmt: skip


def soak() -> dict[str, Any]:
    """Return what a soak of four seconds found."""
    columns = ("rate", "p50_us", "p99_us", "p99.9_us", "rss_bytes", "cpu_ns", "yardstick_ns")
    return {
        "ended": "complete",
        "summary": {"messages": 56000, "seconds": 4.0, "rate": 14000.0, "lost": 0, "twice": 0,
                    "torn": 0, "dropped": 0},
        "rivals": {}, "drift": [], "block_s": 1,
        "series": {"t_s": [1.0, 2.0, 3.0, 4.0], "rival_p99_us": [None, 80.0, 81.0, 79.0],
                   **{name: [10.0, 11.0, 12.0, 11.0] for name in columns}},
        "latency": {"foundation": [[1.0, 900], [10.0, 90], [100.0, 10]]},
    }  # fmt: skip


def write_records(folder: Path) -> Path:
    """Write a record of every laboratory, and the files that two of them name."""
    options = {"quick": True}
    checks = [Check("something", 2.0, 1.0, "us"), Check("another", 1.0, 2.0, "us")]
    for lab, data in (("memory", memory()), ("flame", flame()), ("contention", contention()),
                      ("soak", soak())):  # fmt: skip
        Record(lab, options, data, checks, dict(MACHINE)).write(folder / f"{lab}.json")
    (folder / "latest.json").write_text(json.dumps(bench()), encoding="utf-8")
    shutil.copyfile(PUBLISHED / "guarantees.json", folder / "torture.json")
    for name in ("memray/a.html", "flame/a.svg", "flame/a.json", "flame/native.svg"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("<p>a file</p>\n", encoding="utf-8")
    return folder


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Return a folder of records that a test may change."""
    return write_records(tmp_path / "results")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of all records, in its folder beside them; making it takes seconds."""
    folder = write_records(tmp_path_factory.mktemp("whole") / "results")
    file = folder / "report" / "index.html"
    file.parent.mkdir()
    sources = find_sources(folder, tmp_path_factory.mktemp("published"))
    file.write_text(write_page(sources, file.parent), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def page(whole: Path) -> str:
    """Return the text of that page."""
    return whole.read_text(encoding="utf-8")


def show(results: Path, lab: str, base: str = "bench") -> str:
    """Return the section of one laboratory alone, as the page has it beside that of another."""
    sources = find_sources(results, results / "none")
    return lab_section(sources[lab], sources[base], results / "report")


def section(page: str, lab: str) -> str:
    """Return the section of one laboratory."""
    found = re.search(rf'<section id="{lab}".*?</section>', page, re.S)
    assert found is not None
    return found[0]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the report as `nox -s report` does."""
    command = [sys.executable, str(ROOT / "perf-lab" / "report"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=110)


# What the page says


def test_every_laboratory_has_its_section(page: str) -> None:
    """Each laboratory has charts, and the machine and the time of its own record."""
    assert [] == [lab for lab in LABS if '<svg class="chart"' not in section(page, lab)]
    assert [] == [
        lab for lab in LABS[:-1]
        if "Measured 2026-01-02 03:04 UTC on Some CPU with 2 cores" not in section(page, lab)
    ]  # fmt: skip


def test_section_is_the_same_each_time(results: Path) -> None:
    """The same record gives the same text, byte by byte."""
    assert show(results, "flame") == show(results, "flame")


def test_ids_are_unique(page: str) -> None:
    """No id of one chart is another's: a clip path or a description would be the wrong one."""
    ids = re.findall(r'\bid="([^"]+)"', page)
    used = re.findall(r'(?:url\(#|href="#)([^")]+)', page)
    named = [name for names in re.findall(r'labelledby="([^"]+)"', page) for name in names.split()]

    assert len(ids) == len(set(ids))
    assert set() == {*used, *named} - set(ids)


def test_drawings_have_no_colour_of_their_own(page: str) -> None:
    """Every colour in a chart is a variable of the style sheet, so that dark is dark."""
    drawings = re.findall(r'<svg class="chart".*?</svg>', page, re.S)

    assert drawings
    assert [] == [found for svg in drawings for found in re.findall(r"#[0-9a-f]{6}\b", svg)]


def test_files_that_are_there_are_linked(page: str) -> None:
    """Flamegraphs and memray pages are linked from where the page lies; one that is gone is not."""
    linked = re.findall(r'<a href="([^"#]+)"', page)

    assert {"../memray/a.html", "../flame/a.svg", "../flame/a.json", "../flame/native.svg"} == set(
        linked
    )
    assert "memray, gone: no longer there" in page


def test_what_has_not_run_is_said(tmp_path: Path) -> None:
    """A page of no record at all names the command of each laboratory, and is no error."""
    page = write_page(find_sources(tmp_path, tmp_path), tmp_path)

    for lab in LABS:
        text = section(page, lab)
        assert "This laboratory has not run." in text
        assert f"<code>nox -s {lab}</code> makes its figures." in text


def test_failed_check_is_shown(page: str) -> None:
    """A check that fails stands on the page as one, and in the count at the top."""
    assert '<td class="short bad">fail</td>' in section(page, "soak")
    assert "1 of 2 pass" in page


def test_failed_claim_is_shown(page: str) -> None:
    """Every documented figure that fails stands in the table that nobody has to open."""
    text = section(page, "bench")
    table = text.partition("<caption>Figures of the document that fail")[2].partition("</table>")[0]
    failed = [row["claim"] for row in bench()["claims"] if row["result"] == "FAIL"]

    assert failed
    assert len(failed) == table.count('<td class="short bad">fail</td>')


# Whose figures they are


def test_other_machine_is_not_called_the_documented_one(page: str) -> None:
    """Every section says that it is not of the documented machine, and how it differs."""
    for lab in LABS:
        assert "Not measured on the documented machine" in section(page, lab)
    assert "processor Some CPU (documented: Intel Xeon E5-2686 v4 @ 2.3 GHz)" in page


def test_documented_machine_is_said(results: Path) -> None:
    """Only a record whose own facts are the document's is called measured there."""
    documented = {
        **MACHINE, "cpu": "Intel(R) Xeon(R) CPU E5-2686 v4 @ 2.30GHz", "cores": 4,
        "memory_gb": 15.6, "storage": DOCUMENTED["hardware"]["storage"],
        "system": DOCUMENTED["software"]["system"],
        "python": f"CPython {DOCUMENTED['software']['python']}",
        "packages": DOCUMENTED["packages"], "differs": [],
    }  # fmt: skip
    Record("flame", {}, flame(), machine=documented).write(results / "flame.json")
    assert "Measured on the documented machine." in show(results, "flame")

    Record("flame", {}, flame(), machine={**documented, "cores": 2, "differs": None}).write(
        results / "flame.json"
    )
    assert "Measured on the documented machine." not in show(results, "flame")


@pytest.mark.parametrize(
    ("fact", "value"), [("cpu", "Another CPU"), ("commit", "ba9876543210"), ("cores", None)],
    ids=["cpu", "commit", "not recorded"],
)  # fmt: skip
def test_record_of_another_run_is_not_compared(results: Path, fact: str, value: Any) -> None:
    """A record of another machine or version is shown with the difference named."""
    assert "Not to be compared" not in show(results, "flame")

    Record("flame", {}, flame(), machine={**MACHINE, fact: value}).write(results / "flame.json")
    expected = (
        "Not to be compared with the figures of nox -s bench: "
        f"{fact}: {value or 'not recorded'} and {MACHINE[fact]}."
    )
    assert expected in show(results, "flame")


@pytest.mark.parametrize(
    ("lab", "file", "content", "why"),
    [
        ("soak", "soak.json", '{"lab": "soak", "version": 0}', "version 0 of the format"),
        ("memory", "memory.json", '{"lab": ', "not JSON"),
        ("flame", "flame.json", "[]", "not an object"),
        ("contention", "contention.json", "{}", "not a record of perf-lab"),
        ("bench", "latest.json", '{"machine": {}}', "not a result of nox -s bench"),
        ("torture", "torture.json", "{}", "not a result of nox -s torture"),
        ("soak", "soak.json", '{"lab": "memory", "version": 1, "options": {}, "data": {}, '
         '"checks": [], "machine": {}}', "a record of memory"),
        ("soak", "soak.json", '{"lab": "soak", "version": 1, "options": {}, "data": {}, '
         '"checks": [], "machine": {}}', "it lacks what the section shows"),
    ],
    ids=["version", "torn", "list", "other", "bench", "torture", "other laboratory", "empty"],
)  # fmt: skip
def test_bad_record_is_refused(results: Path, lab: str, file: str, content: str, why: str) -> None:
    """A file that cannot be shown is named with the reason."""
    (results / file).write_text(content, encoding="utf-8")
    text = show(results, lab)

    assert f"{file} is refused: " in text
    assert why in text
    assert "<svg" not in text


def test_own_record_comes_before_a_published_one(results: Path) -> None:
    """What ran here is taken; what is kept with the documentation is called published."""
    sources = find_sources(results, PUBLISHED)
    assert [] == [lab for lab, source in sources.items() if source.published]

    (results / "contention.json").unlink()
    kept = find_sources(results, PUBLISHED)["contention"]
    assert kept.published
    assert kept.path == PUBLISHED / "contention.json"


def test_published_memory_record_is_of_two_laboratories(tmp_path: Path) -> None:
    """The reduced record of the memory page gives each its own machine, and has no series."""
    found = memory()
    del found["growth"]["series"], found["growth"]["tracked"]
    other = {**MACHINE, "commit": "ba9876543210"}
    kept = {"machine": MACHINE, "checks": [], "memory": found,
            "flame": {"machine": other, **flame()}}  # fmt: skip
    (tmp_path / "memory.json").write_text(json.dumps(kept), encoding="utf-8")
    sources = find_sources(tmp_path / "none", tmp_path)

    assert "commit: 0123456789ab and ba9876543210" == apart(sources["memory"], sources["flame"])
    text = lab_section(sources["memory"], None, tmp_path)
    assert "Allocations of a call" in text
    assert "Resident memory while" not in text


# The command


@pytest.mark.parametrize(
    "words",
    [["--unknown"], ["--outpu", "x"], ["--results", "/no/such/folder"], ["more"]],
    ids=["unknown", "abbreviated", "no folder", "word"],
)
def test_wrong_option_is_usage(words: list[str]) -> None:
    """What the report does not know ends with the usage and 2."""
    done = run(*words)

    assert 2 == done.returncode
    assert done.stderr.startswith("usage: report ")


def test_command_writes_the_page(results: Path, tmp_path: Path) -> None:
    """The page is written where it is told, and its path and what has not run are printed."""
    for name in ("soak", "latest", "contention"):
        (results / f"{name}.json").unlink()
    (tmp_path / "published").mkdir()
    output = tmp_path / "deep" / "page.html"
    done = run("--results", str(results), "--published", str(tmp_path / "published"),
               "--output", str(output), "--no-browser")  # fmt: skip

    assert (0, "") == (done.returncode, done.stderr)
    assert "soak: has not run; nox -s soak makes it" in done.stdout
    assert str(output) in done.stdout.splitlines()
    assert '<a href="../results/flame/a.svg">' in output.read_text(encoding="utf-8")


# In a browser


@pytest.fixture(scope="module")
def chromium() -> str:
    """Return the path of Chromium; the tests that need it say how to install it."""
    pytest.importorskip("playwright", reason="playwright is not installed")
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("no chromium on the PATH (apt-get install chromium)")
    return found


@pytest.fixture
def opened(whole: Path, chromium: str) -> Iterator[tuple[Any, list[str]]]:
    """Yield the page as a phone shows it, and what has gone wrong."""
    from browser import ARGUMENTS
    from playwright.sync_api import sync_playwright

    found: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        page = browser.new_page(viewport={"width": PHONE.width, "height": PHONE.height})
        watch(page, whole.as_uri(), found)
        page.goto(whole.as_uri())
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


def test_look_takes_screenshots_and_finds_nothing(whole: Path, chromium: str) -> None:
    """The report's own look at its page has three pictures and no complaint."""
    look = look_at(whole, chromium)

    assert [] == look.problems
    assert ["desktop-light.png", "desktop-dark.png", "phone.png"] == [
        shot.name for shot in look.screenshots
    ]
    assert [] == [shot for shot in look.screenshots if shot.stat().st_size < 10_000]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ('<img src="http://127.0.0.1:9/a.png">', "phone: asks for http://127.0.0.1:9/a.png"),
        ('<img src="gone.png">', "phone: failed: file:///"),
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

    assert [problem] == [each[: len(problem)] for each in problems if each.startswith(problem)]


# The kinds of charts


def test_bars_say_their_figures() -> None:
    """The text alternative of bars has each name with its figure, escaped."""
    drawn = bars("k", "T", [Bar("a < b", 2.0, ours=True), Bar("c", 0.5)], x="time (us)", y="what")

    assert "Bars; time (us); linear scale. a &lt; b: 2; c: 0.5.</desc>" in drawn


def test_curves_leave_out_what_was_not_measured() -> None:
    """A point without a value is no zero: the text says from where to where a curve goes."""
    drawn = curves("k", "T", [Curve("a", [1, 2, 3], [None, 5.0, 4.0])], x="n (count)", y="t (s)")

    assert "a: from 5 to 4, lowest 4, highest 5.</desc>" in drawn
