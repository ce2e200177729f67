"""Shows a comparison with the baseline as a table, on its pull request too: `nox -s comment`.

The file that it reads was written by a pull request's own code, and `--post` runs with a token that
may write. So nothing of the file is taken over but numbers, under names that are known here, and
the pull request is looked up by the commit that GitHub itself says was measured.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from perf_lab.bench.baseline import Ratios, read_baseline
from perf_lab.comparison.ratios import LIMITS, Regression, compare
from perf_lab.pages.figures import strong, table
from perf_lab.places import BASELINES, RESULTS
from perf_lab.tool import FILE, Options, Tool

BASELINE = BASELINES / "cpython-3.11.json"
MARK = "<!-- perf-lab: the comparison with the baseline -->"
_LONGEST_BYTES = 1_000_000
_TEXT = """{mark}

### Performance beside the baseline

{verdict} ({limits}).

{table}

A row is a regression, and its job red, only if it is worse than allowed beside each of its \
references, in every attempt. Throughput is better when higher, p50 when lower.
"""


class CommentError(Exception):
    """There is nothing to show, or nowhere to put it; the message says why."""


def read_pairs(path: Path, expected: Ratios) -> list[Regression]:
    """Return each ratio of the baseline beside that of a results file, if the file has it.

    Raises:
        CommentError: Somebody has written the file, and not the benchmark.
    """
    if not path.is_file():
        raise CommentError(f"{path}: there is no comparison; the run did not get so far")
    if path.stat().st_size > _LONGEST_BYTES:
        raise CommentError(f"{path}: longer than {_LONGEST_BYTES:,} bytes")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["data"]["ratios"]
        pairs = compare(expected, found, LIMITS)
        if not all(type(pair.now) in (int, float) and 0 < pair.now < 1e6 for pair in pairs):
            raise ValueError("not a ratio")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise CommentError(f"{path}: not a comparison ({type(error).__name__})") from None
    return pairs


def write_comment(expected: Ratios, path: Path) -> str:
    """Return the comparison of a results file with the baseline, as markdown.

    Raises:
        CommentError: Nothing of the baseline was measured, or somebody else has written the file.
    """
    pairs = read_pairs(path, expected)
    if not pairs:
        raise CommentError("no row of the baseline was measured")
    worse = sum(pair.change > pair.limit for pair in pairs)
    rows = [
        [pair.workload, pair.metric, pair.reference, f"{pair.before:.3f}", f"{pair.now:.3f}",
         strong(f"{pair.now / pair.before - 1:+.1%}", pair.change > pair.limit)]
        for pair in pairs
    ]  # fmt: skip
    some = f"{worse} of {len(rows)} ratios are worse than the limits allow"
    head = ["row", "metric", "relative to", "baseline:", "now:", "change:"]
    return _TEXT.format(
        mark=MARK, verdict=some if worse else f"All {len(rows)} ratios are within their limits",
        limits=", ".join(f"{name} {limit:.0%}" for name, limit in LIMITS.items()),
        table=table(head, rows),
    )  # fmt: skip


def post(text: str, environment: Mapping[str, str]) -> str:
    """Put a comment on the pull request that was measured, over an earlier one of ours.

    Args:
        text: The comment.
        environment: The variables of the workflow that follows the measuring one.

    Returns:
        What was done, in words.

    Raises:
        CommentError: The commit is no open pull request's any more.
    """

    def ask(method: str, path: str, body: Mapping[str, str] | None = None) -> Any:
        request = urllib.request.Request(
            f"{environment['GITHUB_API_URL']}/repos/{environment['GITHUB_REPOSITORY']}/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {environment['GITHUB_TOKEN']}",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    event = json.loads(Path(environment["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
    run = event["workflow_run"]
    head = f"{run['head_repository']['owner']['login']}:{run['head_branch']}"
    pulls = ask("GET", f"pulls?{urllib.parse.urlencode({'state': 'open', 'head': head})}")
    found = [int(each["number"]) for each in pulls if each["head"]["sha"] == run["head_sha"]]
    if not found:
        raise CommentError(f"no open pull request has the commit {run['head_sha']}")
    for old in ask("GET", f"issues/{found[0]}/comments?per_page=100"):
        if old["user"]["type"] == "Bot" and old["body"].startswith(MARK):
            ask("PATCH", f"issues/comments/{old['id']}", {"body": text})
            return f"comment of pull request {found[0]} renewed"
    ask("POST", f"issues/{found[0]}/comments", {"body": text})
    return f"comment made on pull request {found[0]}"


@click.command("comment", cls=Tool)
@click.argument("file", type=FILE, default=RESULTS / "regression.json")
@click.option("--post", is_flag=True, help="put it on the pull request")
def command(options: Options) -> int:
    """Show a comparison as markdown.

    It ends with 2 if there is nothing to show.
    """
    try:
        text = write_comment(read_baseline(BASELINE)["ratios"], options.file)
        print(text)
        if "GITHUB_STEP_SUMMARY" in os.environ:
            with Path(os.environ["GITHUB_STEP_SUMMARY"]).open("a", encoding="utf-8") as summary:
                summary.write(text)
        if options.post:
            print(post(text, os.environ))
    except CommentError as error:
        print(error, file=sys.stderr)
        return 2
    return 0
