"""The table on a pull request: made of numbers alone, put where the commit belongs."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from perf_lab.bench.baseline import read_baseline
from perf_lab.pages.comment import BASELINE, MARK, CommentError, command, post, write_comment

EXPECTED = read_baseline(BASELINE)["ratios"]


def write(folder: Path, content: object) -> Path:
    """Write a file of JSON, such as results."""
    (folder / "file.json").write_text(json.dumps(content), encoding="utf-8")
    return folder / "file.json"


def comment_on(folder: Path, ratios: object) -> str:
    """Return the comment on a run that has found these ratios."""
    return write_comment(EXPECTED, write(folder, {"data": {"ratios": ratios}}))


def test_each_ratio_of_the_baseline_is_a_row(tmp_path: Path) -> None:
    """The table has a row for each ratio; one that got worse beyond its limit stands out."""
    slower = json.loads(json.dumps(EXPECTED))
    slower["three_fields"]["throughput"]["structlog-tuned"] *= 0.8

    same, text = comment_on(tmp_path, EXPECTED), comment_on(tmp_path, slower)

    ratios = sum(len(each) for metrics in EXPECTED.values() for each in metrics.values())
    assert f"All {ratios} ratios are within their limits" in same
    assert same.count("+0.0%") == ratios
    assert f"1 of {ratios} ratios are worse" in text
    assert "**-20.0%**" in text


def test_text_of_the_pull_request_is_not_taken_over(tmp_path: Path) -> None:
    """Names that are not known here are left out, with what stands under them."""
    evil = "[free](https://example.org)"
    ratios = {
        **EXPECTED,
        evil: {"throughput": {"structlog-tuned": 1.0}},
        "static": {"throughput": {evil: 1.0, "hand-rolled": 0.6}, evil: {}},
    }
    content = {"data": {"ratios": ratios, "regressions": [evil]}, "machine": {"cpu": evil}}

    text = write_comment(EXPECTED, write(tmp_path, content))

    assert evil not in text
    assert "| static | throughput | hand-rolled |" in text


@pytest.mark.parametrize(
    "content",
    [
        [], {}, {"ratios": 1}, {"ratios": {"static": []}},
        {"ratios": {"static": {"p50": {"hand-rolled": "@everybody"}}}},
        {"ratios": {"static": {"p50": {"hand-rolled": True}}}},
        {"ratios": {"static": {"p50": {"hand-rolled": float("nan")}}}},
        {"ratios": {"static": {"p50": {"hand-rolled": -1}}}},
    ],
)  # fmt: skip
def test_what_is_no_comparison_is_refused(tmp_path: Path, content: object) -> None:
    """A file of another shape, or a ratio that is none, gives no comment."""
    with pytest.raises(CommentError, match="not a comparison"):
        write_comment(EXPECTED, write(tmp_path, {"data": content}))


def test_a_file_without_end_is_refused(tmp_path: Path) -> None:
    """A file that is too long is not read."""
    (tmp_path / "x").write_bytes(b" " * 1_000_001)
    with pytest.raises(CommentError, match="longer than"):
        write_comment(EXPECTED, tmp_path / "x")


def test_a_run_that_did_not_get_so_far_ends_with_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command says that there is nothing to show."""
    assert 2 == command.main([str(tmp_path / "missing.json")], standalone_mode=False)
    assert "there is no comparison" in capsys.readouterr().err


class Api(BaseHTTPRequestHandler):
    """Answer as GitHub does, for one pull request and its comments, and keep what is written."""

    comments: dict[int, dict[str, Any]]
    asked: list[str]

    def answer(self) -> None:
        """List pull requests of the branch or comments, keep a new comment, or change one."""
        assert self.headers["Authorization"] == "Bearer secret"
        self.asked.append(f"{self.command} {self.path}")
        found: Any = [{"number": 8, "head": {"sha": "old"}}, {"number": 7, "head": {"sha": "abc"}}]
        if "/comments" in self.path:
            found = [*self.comments.values()]
        if length := int(self.headers.get("Content-Length", 0)):
            last = self.path.rpartition("/")[2]
            number = int(last) if self.command == "PATCH" else len(self.comments) + 1
            body = json.loads(self.rfile.read(length))["body"]
            self.comments[number] = {"id": number, "user": {"type": "Bot"}, "body": body}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(found).encode())

    do_GET = do_POST = do_PATCH = answer

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet."""


@pytest.fixture
def address() -> Iterator[str]:
    """Run a server of the answers for one test."""
    Api.comments, Api.asked = {}, []
    with ThreadingHTTPServer(("127.0.0.1", 0), Api) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def post_for(commit: str, text: str, address: str, folder: Path) -> str:
    """Post a comment as the workflow that follows a run for a commit."""
    head = {"head_branch": "topic&x", "head_repository": {"owner": {"login": "o2"}}}
    event = write(folder, {"workflow_run": {"head_sha": commit, **head}})
    variables = {"GITHUB_API_URL": address, "GITHUB_EVENT_PATH": str(event),
                 "GITHUB_REPOSITORY": "o/r", "GITHUB_TOKEN": "secret"}  # fmt: skip
    return post(text, variables)


def test_a_pull_request_has_one_comment_that_is_renewed(address: str, tmp_path: Path) -> None:
    """The first run makes a comment, a later one replaces it, and those of people stay."""
    person = {"id": 1, "user": {"type": "User"}, "body": f"{MARK} I quote"}
    Api.comments[1] = person.copy()

    said = [post_for("abc", f"{MARK} {word}", address, tmp_path) for word in ("one", "two")]

    assert ["comment made on pull request 7", "comment of pull request 7 renewed"] == said
    assert [person["body"], f"{MARK} two"] == [each["body"] for each in Api.comments.values()]
    comments = "/repos/o/r/issues/7/comments"
    assert [
        "GET /repos/o/r/pulls?state=open&head=o2%3Atopic%26x", f"GET {comments}?per_page=100",
        f"POST {comments}",
    ] == Api.asked[:3]  # fmt: skip
    assert "PATCH /repos/o/r/issues/comments/2" == Api.asked[-1]


def test_a_commit_of_no_pull_request_has_no_comment(address: str, tmp_path: Path) -> None:
    """What was measured and replaced meanwhile is not commented on."""
    with pytest.raises(CommentError, match="no open pull request has the commit gone"):
        post_for("gone", MARK, address, tmp_path)
    assert {} == Api.comments
