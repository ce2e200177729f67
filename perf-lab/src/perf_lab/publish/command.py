"""`perf-lab publish`: one sub-command for each page of the documentation that has figures."""

from __future__ import annotations

from perf_lab.command import LazyGroup

command = LazyGroup(
    {
        "attachments": "perf_lab.publish.attachments",
        "endurance": "perf_lab.publish.endurance",
        "guarantees": "perf_lab.publish.guarantees",
        "memory": "perf_lab.publish.memory",
        "performance": "perf_lab.publish.performance",
    },
    help="Write a page of the documentation from the records.",
)
