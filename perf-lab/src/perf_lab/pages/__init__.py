"""Pages of what the laboratories have found: the documentation's, the report's, a release's.

Pages are Jinja templates in templates/, which write figures with the functions of figures.py. A
chart is an entry of charts/charts.toml: it names the rows (datasets.py), the kind (a template of
Vega-Lite beside it) and the fields. A picture of the documentation and a chart of the report are
the same entry: vl-convert draws the one, and has the script in it that draws the other in the
browser. What pages are made of is kept in docs/data (kept.py).
"""
