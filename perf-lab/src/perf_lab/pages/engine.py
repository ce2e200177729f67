"""The engine that makes pages from templates and records; imports figures."""

from __future__ import annotations

import re
from inspect import isfunction
from pathlib import Path
from typing import Any

import jinja2
import markdown

from perf_lab.bench.plan import COMPARED
from perf_lab.pages import figures
from perf_lab.records.documented import describe as documented
from perf_lab.records.documented import is_documented
from perf_lab.rivals.catalogue import NEWCOMERS
from perf_lab.torture.promises import PROMISES
from perf_lab.torture.verdicts import count_standings, describe
from perf_lab.workloads.table import LENGTHS, POINTS, TITLES

_FOLDER = Path(__file__).parent
CHARTS, TEMPLATES = _FOLDER / "charts", _FOLDER / "templates"
STYLE = TEMPLATES / "style.css"
_BLOCK = re.compile(
    r"<!-- figures: ([a-z]+) -->\n(?:(?!<!-- ).)*<!-- end of figures -->", re.DOTALL
)
ENGINE = jinja2.Environment(
    loader=jinja2.FileSystemLoader([TEMPLATES, CHARTS]),
    extensions=["jinja2.ext.do"],
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    undefined=jinja2.ChainableUndefined,
)
#: What templates may call, and have as filters and as tests.
_FUNCTIONS = {name: found for name, found in vars(figures).items() if isfunction(found)} | {
    "describe": describe,
    "documented": documented,
    "is_documented": is_documented,
    "standings": count_standings,
}
ENGINE.tests |= {
    "contains": lambda text, part: part in text,
    "is_about_memory": figures.is_about_memory,
}
ENGINE.filters |= _FUNCTIONS
ENGINE.globals |= _FUNCTIONS | {
    "compared": COMPARED,
    "growing": POINTS,
    "growth": LENGTHS,
    "growth_titles": TITLES,
    "newcomers": NEWCOMERS,
    "promises": PROMISES,
}


def render(template: str, **named: Any) -> str:
    """Return a page, without the empty lines that a template's own lines leave."""
    page = ENGINE.get_template(template).render(**named)
    return re.sub(r"\n{3,}", "\n\n", page).strip() + "\n"


def fill(page: str, data: Any) -> str:
    """Return a page with its tables between marks made anew.

    Raises:
        KeyError: The page asks for a table that there is not.
    """
    blocks = vars(ENGINE.get_template("guide.md.j2").module)

    def block(found: re.Match[str]) -> str:
        made = re.sub(r"\n{2,}", "\n\n", str(blocks[found[1]](data))).strip()
        return f"<!-- figures: {found[1]} -->\n\n{made}\n\n<!-- end of figures -->"

    return _BLOCK.sub(block, page)


def to_html(page: str) -> str:
    """Return markdown as HTML: tables scroll, rows have headings, verdicts have classes."""
    text = markdown.markdown(
        page, extensions=["attr_list", "fenced_code", "md_in_html", "tables", "toc"]
    )
    text = re.sub(r"<tr>\n<td([^>]*)>(.*?)</td>", r'<tr>\n<th scope="row"\1>\2</th>', text)
    text = re.sub(r">(pass|reached|kept)</td>", r' class="good">\1</td>', text)
    text = re.sub(r"><strong>(fail|not reached)</strong></td>", r' class="bad">\1</td>', text)
    text = text.replace("<table>", '<div class="scroll" tabindex="0"><table>')
    return text.replace("</table>", "</table></div>")
