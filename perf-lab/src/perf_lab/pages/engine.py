"""The engine that makes pages from templates and records; imports figures."""

from __future__ import annotations

import re
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
ENGINE.tests |= {
    "about_memory": figures.is_about_memory,
    "contains": lambda text, part: part in text,
    "waiting": figures.is_waiting,
}
ENGINE.filters |= {
    "best": figures.best,
    "deeper": lambda page: re.sub(r"^(?=#)", "#", page, flags=re.M),
    "duration": figures.duration,
    "ended": figures.ended,
    "factor": figures.factor,
    "figure": lambda value: f"{value:,.2f}" if value else "",
    "guaranteed": lambda name: figures.LIBRARIES["guarantees"].get(name, name),
    "library": figures.name_of,
    "measured": figures.measured,
    "number": figures.number,
    "prefix": lambda text, before: before + text,
    "strong": lambda text, wanted: f"**{text}**" if wanted else text,
    "tests": figures.tests,
    "text": figures.text,
    "time": figures.time_of,
    "unit": figures.with_unit,
    "us": figures.microseconds,
    "verdict": figures.verdict,
    "wrong": figures.wrong,
    "zip": zip,
}
ENGINE.globals |= {
    "ahead": figures.ahead,
    "beside": figures.beside,
    "cell": figures.cell,
    "claim": figures.claim,
    "compared": COMPARED,
    "count": figures.count,
    "describe": describe,
    "documented": documented,
    "growing": POINTS,
    "growth": LENGTHS,
    "growth_titles": TITLES,
    "is_documented": is_documented,
    "leaps": figures.leaps,
    "newcomers": NEWCOMERS,
    "promises": PROMISES,
    "standings": count_standings,
    "rows_of": figures.rows_of,
    "step": figures.step,
    "sum_wrong": figures.sum_wrong,
    "table": figures.table,
    "title": figures.title_of,
    "unsound": figures.unsound,
    "waiting": figures.waiting,
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
