"""The generated modules: they are what their source gives, and hold one format each."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tools import generate

SOURCE = """
before()
if FORMAT == "json":
    # Why.
    a()

elif FORMAT == "logfmt":
    if FORMAT != "json":
        b()
else:
    c()
while d():
    if FORMAT != "json":
        e()
    if x:
        f()
    else:
        g()
    if SAMPLED:
        h()
after()
""".strip("\n")


@pytest.mark.parametrize(
    ("chosen", "sampled", "expected"),
    [
        (
            "json",
            False,
            "before()|# Why.|a()|while d():|    if x:|        f()|    else:|        g()|after()",
        ),
        (
            "logfmt",
            False,
            "before()|b()|while d():|    e()|    if x:|        f()|    else:|        g()|after()",
        ),
        (
            "compact",
            True,
            "before()|c()|while d():|    e()|    if x:|        f()|    else:|        g()|    h()|"
            "after()",
        ),
    ],
)
def test_fold(chosen: str, sampled: bool, expected: str) -> None:
    """Of each question about the copy the branch that holds is left, comments included."""
    folded = list(generate.fold(SOURCE.split("\n"), chosen, sampled))

    assert expected.split("|") == folded


@pytest.mark.parametrize("file", generate.generated(), ids=lambda file: file.name)
def test_lanes_are_what_the_source_gives(file: Path) -> None:
    """Each lane's module is what `nox -s generate` makes of `fused.py`."""
    expected = generate.generated()[file]

    assert expected == file.read_text(encoding="utf-8")


def test_no_question_is_left() -> None:
    """A copy does not know that there are other formats, and says where it comes from."""
    for text in generate.generated().values():
        names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
        docstring = ast.get_docstring(ast.parse(text))

        assert not {"FORMAT", "SAMPLED"} & names
        assert docstring is not None
        assert "Generated from fused.py by `nox -s generate`; do not edit." in docstring


def test_writes_what_differs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A module that was edited by hand is written anew, and the others are left alone."""
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate, "LANES", tmp_path)
    expected = generate.generated()
    (tmp_path / "sampled").mkdir()
    for file, text in expected.items():
        file.write_text(text, encoding="utf-8")
    (tmp_path / "json.py").write_text("edited", encoding="utf-8")

    assert 0 == generate.main()
    assert "wrote json.py\n" == capsys.readouterr().out
    assert expected == {file: file.read_text("utf-8") for file in tmp_path.rglob("*.py")}
