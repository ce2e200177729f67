"""Charts as Vega-Lite: each of charts/charts.toml with its rows; imports datasets and engine.

Colours are variables of a style sheet, so that one drawing serves light and dark pages. The report
draws the same specifications in the browser.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from perf_lab.pages.datasets import Datasets, Row
from perf_lab.pages.engine import CHARTS as FOLDER
from perf_lab.pages.engine import ENGINE, STYLE
from perf_lab.pages.figures import LIBRARIES
from perf_lab.places import read_table

Chart = dict[str, Any]
CHARTS: dict[str, Chart] = read_table("pages/charts/charts.toml")
_CONFIG = json.loads((FOLDER / "style.json").read_text(encoding="utf-8"))
_SPARE = [f"var(--{name})" for name in ["s5", "s7", "s8", "other", "s6", "s3", "s4"]]
#: The version that the library which draws, and the report's script, agree on.
VERSION = "6.4"
#: How a tick is written: 0.1, 10, 10k.
_TICK = "datum.value >= 1000 ? format(datum.value, '~s') : format(datum.value, '~r')"


def specify(name: str, datasets: Datasets) -> Chart | None:
    """Return a chart's specification without its size; None where nothing of it was measured."""
    chart = CHARTS[name]
    rows = datasets.get(chart["data"])
    if not rows:
        return None
    label = chart["label"] + (f" ({unit})" if (unit := rows[0].get("unit")) else "")
    named = {
        "format": ",.3~r", "name": name, **chart, "label": label, "tick": _TICK, "config": _CONFIG,
        "colour": _colour(rows, chart["kind"]), "ticks": _ticks(chart, rows),
        "values_of": {
            field: list(dict.fromkeys(row[field] for row in rows if row[field] is not None))
            for field in (*chart.get("choose", {}), chart.get("panels")) if field
        },
    }  # fmt: skip
    spec: Chart = json.loads(ENGINE.get_template("chart.json.j2").render(**named))
    return spec


def draw(name: str, datasets: Datasets) -> str:
    """Return a chart as SVG whose colours are the style sheet's; empty where there is nothing."""
    import vl_convert  # draws with V8: loaded where something is drawn

    spec = specify(name, datasets)
    if spec is None:
        return ""
    rows = {"datasets": {spec["data"]["name"]: datasets[spec["data"]["name"]]}}
    size = {} if "facet" in spec else {"width": 640}
    svg: str = vl_convert.vegalite_to_svg({**spec, **rows, **size}, vl_version=VERSION)
    title = CHARTS[name]["title"]
    svg = re.sub(r' (width="\d+" height="\d+"|aria-[a-z]+="[^"]*"|role="[^"]*")', "", svg)
    svg = svg.replace('font-family="Roboto"', 'font-family="system-ui, sans-serif"')
    return re.sub(r"(<svg[^>]*>)", rf"\1<title>{title}</title>", svg, count=1) + "\n"


def paint(svg: str, scheme: str) -> str:
    """Return a drawing in the colours of a scheme, "light" or "dark", for a file of its own."""
    for variable, colour in schemes()[scheme].items():
        svg = svg.replace(f"var({variable})", colour)
    return svg


def schemes() -> dict[str, dict[str, str]]:
    """Return the colours of the style sheet, by scheme and variable."""
    blocks = re.findall(r":root \{(.*?)\}", STYLE.read_text(encoding="utf-8"), re.S)
    colours = [dict(re.findall(r"(--[a-z0-9-]+): (#[0-9a-f]{6})", block)) for block in blocks[:2]]
    return dict(zip(("light", "dark"), colours, strict=True))


def _colour(rows: list[Row], kind: str) -> Mapping[str, Any]:
    """Return the scale of colours: of curves by name, of bars and dots by family."""
    colours = dict(LIBRARIES["families"].values())
    here = {row.get("family") for row in rows}
    found = {family: colour for family, colour in colours.items() if family in here}
    if kind == "lines":
        found, spare = {}, list(_SPARE)
        for row in rows:
            if row["name"] not in found:
                wanted = colours.get(row.get("family", ""), "var(--s1)")
                found[row["name"]] = spare.pop(0) if wanted in found.values() else wanted
    return {
        "field": "name" if kind == "lines" else "family", "type": "nominal", "sort": None,
        "scale": {"domain": [*found], "range": [*found.values()]},
        "legend": {"orient": "bottom" if kind == "lines" else "top"} if len(found) > 1 else None,
    }  # fmt: skip


def _ticks(chart: Chart, rows: list[Row]) -> dict[str, list[float]]:
    """Return where a logarithmic axis has its ticks, if nobody chooses what is shown."""
    found: dict[str, list[float]] = {}
    for axis in ("x", "y"):
        logs = [math.log10(value) for row in rows if (value := row.get(chart.get(axis, "")))]
        log = chart.get(f"log_{axis}", chart.get("log") and axis == "x")
        if log and logs and not {"choose", "panels"} & set(chart):
            steps = (1, 2, 5) if max(logs) - min(logs) < 1.5 else (1,)
            ticks = (step * 10.0**power for power in range(-9, 10) for step in steps)
            found[axis] = [at for at in ticks if min(logs) <= math.log10(at) <= max(logs)]
    return found
