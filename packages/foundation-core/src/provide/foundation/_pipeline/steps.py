"""The steps of a log call, in their order: the one place that says it.

Every lane obeys this list. The processor lane (`Pipeline.write`) walks it for every call. The fast
lanes, in Python and in C++, fuse the steps for the common call, and hand a call that needs more
than they have to the processor lane. Each of these sources marks where a step begins with a
comment, `# step 1: merge_fields`; `tests/test_steps.py` compares the comments with this list.

The clock is no step. A lane reads it where that costs least, before it adds anything.
"""

from __future__ import annotations

from typing import NamedTuple


class Step(NamedTuple):
    """Describe one step.

    Args:
        number: From 1.
        name: Of the step, and of the function that does it in the processor lane.
        effect: What it does, for the documentation.
        files: Where it is done in the processor lane, below the package.
    """

    number: int
    name: str
    effect: str
    files: tuple[str, ...]


STEPS = (
    Step(
        1,
        "merge_fields",
        "merges context fields, bound fields and the call's own fields",
        ("_pipeline/fields.py", "context.py"),
    ),
    Step(
        2,
        "take_call_parameters",
        "takes `exc_info`, `stack_info` and `stacklevel` out of the fields",
        ("_pipeline/fields.py",),
    ),
    Step(
        3,
        "format_event",
        "puts positional arguments into the event with `%`",
        ("_pipeline/message.py",),
    ),
    Step(
        4,
        "run_processors",
        "runs your processors; one that raises is passed over",
        ("_pipeline/processors.py",),
    ),
    Step(
        5,
        "redact",
        "renames reserved keys and masks secrets; then computes values that are `lazy`",
        ("_pipeline/fields.py", "_record/redaction.py", "_record/lazy.py"),
    ),
    Step(
        6,
        "add_emoji",
        "asks extensions for the emoji",
        ("_pipeline/enrichment.py", "extension.py"),
    ),
    Step(
        7,
        "describe",
        "adds exception, stack and call site",
        (
            "_pipeline/pipeline.py",
            "_record/exceptions.py",
            "_pipeline/callsite.py",
            "_pipeline/stack.py",
        ),
    ),
    Step(
        8,
        "add_trace_fields",
        "asks extensions for fields such as trace ids",
        ("_pipeline/enrichment.py", "extension.py"),
    ),
    Step(
        9,
        "render",
        "makes the line, once for each distinct format",
        (
            "_pipeline/delivery.py",
            "_render/json.py",
            "_render/logfmt.py",
            "_render/console.py",
            "_render/compact.py",
        ),
    ),
    Step(
        10,
        "write",
        "hands the bytes to the output and counts them; 9 and 10 are done for each output",
        (
            "_pipeline/delivery.py",
            "_output/files/file.py",
            "_output/standard.py",
            "_output/writer.py",
        ),
    ),
    Step(
        11,
        "export",
        "hands the record to the extensions that export it",
        ("_pipeline/enrichment.py", "extension.py"),
    ),
)
