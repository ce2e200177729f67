"""Measure what the middleware costs: `python -m programs.overhead [--publish]`; it needs wrk."""

from __future__ import annotations

import argparse
import json

from programs.overhead.measure import RECORD, describe, measure
from programs.overhead.page import PAGE, write_page

parser = argparse.ArgumentParser(prog="programs.overhead", description=__doc__)
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--seconds", type=int, default=4, help="of each variant in each round")
parser.add_argument("--publish", action="store_true", help="write the record and the page of docs")
given = parser.parse_args()

record = measure(given.rounds, given.seconds)
for name, rate, share in describe(record):
    print(f"{name:<20}{rate:>10,} requests a second   {share:.2f} of {name.partition('-')[0]}'s")
if given.publish:
    RECORD.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    PAGE.write_text(write_page(record), encoding="utf-8")
