"""The check of the site in a browser: each kind of fault is found, and a sound page has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.site_check import main

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>A page</title>
<link rel="icon" href="data:,">
<body style="margin: 0; background: white; color: black">
<a href="#content">Skip to content</a><input id="search"><div id="found"></div>
<article id="content">{}</article>
<script>
  addEventListener("keydown", (event) => {{
    if (event.key === "/") {{ event.preventDefault(); document.querySelector("#search").focus(); }}
    if (event.key === "Enter") document.querySelector("#found a").click();
  }});
  document.querySelector("#search").addEventListener("input", (event) => {{
    document.querySelector("#found").innerHTML = `<a href="#x">${{event.target.value}}</a>`;
  }});
</script></body></html>"""
CODE = '<div class="highlight"><pre><code>1 + 1</code></pre>{}</div>'

pytestmark = pytest.mark.slow


def check(folder: Path, content: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Check a site of one page, and return the exit code and what was printed."""
    (folder / "index.html").write_text(PAGE.format(content))
    return main([str(folder)]), capsys.readouterr().out


def test_sound_page_has_no_faults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Text, an image that is there and code with its button are as they should be."""
    (tmp_path / "a.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    )
    content = f'<p>Text</p><img src="a.svg" alt="A chart">{CODE.format("<button>Copy</button>")}'

    assert (0, "1 pages in 2 views: 0 faults\n") == check(tmp_path, content, capsys)


#: What is wrong, and what is to be said of it.
FAULTS = {
    '<p style="color: #888">Grey</p>': 'contrast 3.54 of p.: "Grey"',
    '<img src="gone.png" alt="A chart">': "image gone.png is not there",
    '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">': "has no alternative text",
    '<div style="width: 2000px">Wide</div>': "pixels wider than the window",
    CODE.format(""): "a block of code cannot be copied",
    "<script>undefined.x</script>": "error: Cannot read properties of undefined",
    "<script>console.error('broken')</script>": "console: broken",
    '<script src="http://example.invalid/x.js"></script>': "the page asks for http://example.inv",
    "<script>document.querySelector('#found').remove()</script>": "`rotation` leads nowhere",
    "<script>document.querySelector('a').remove()</script>": "does not skip to the content",
}


def test_faults_are_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each fault of a page is named."""
    status, said = check(tmp_path, "".join(FAULTS), capsys)

    assert 1 == status
    assert [] == [fault for fault in FAULTS.values() if fault not in said]


def test_folder_without_pages_is_refused(tmp_path: Path) -> None:
    """Nothing to look at is no success."""
    with pytest.raises(SystemExit):
        main([str(tmp_path)])
