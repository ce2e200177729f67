"""Which texts a pattern cannot match without."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provide.foundation.emoji.literals import find_literals, fold_text


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("timeout", {"timeout"}),
        ("TimeOut", {"timeout"}),
        (r"\btimed? ?out\b", {"time"}),
        (r"a\.b", {"a.b"}),
        ("abc+d", {"abc"}),
        ("abc*de", {"ab"}),
        ("abc{0,3}", {"ab"}),
        ("abc{,3}", {"ab"}),
        ("abc{2}d", {"abc"}),
        ("ab{c}", {"ab{c}"}),
        ("abc+?", {"abc"}),
        ("cat|mouse", {"cat", "mouse"}),
        ("(cat|mouse) food", {" food"}),
        ("(?:rate|speed) ?", {"rate", "speed"}),
        ("(cat)?", set()),
        ("(cat)*mouse", {"mouse"}),
        ("cat|", set()),
        (r"\d{5}", set()),
        ("[abc]def", {"def"}),
        ("[]abc]def", {"def"}),
        (r"[^\]abc]def", {"def"}),
        ("(?i)Error", {"error"}),
        ("(?i:Error)", {"error"}),
        ("(?x) e r r", set()),
        ("(?x: e r r)", set()),
        ("(?#error)fault", {"fault"}),
        ("(?=error)a", {"a"}),
        ("(?!error)a", {"a"}),
        ("(?<!error)ab", {"ab"}),
        ("(?P<kind>error)", {"error"}),
        ("(?P<a>error)(?P=a)", set()),
        ("(?>error)", {"error"}),
        (r"(error)\1", set()),
        (r"\x41bc", set()),
        ("né", {"n"}),
        ("é", set()),
        ("^begin$", {"begin"}),
        ("a.bc", {"bc"}),
    ],
)
def test_find_literals(pattern: str, expected: set[str]) -> None:
    """The longest text that every match has, or one for each alternative, or nothing."""
    assert expected == find_literals(pattern)


@pytest.mark.parametrize("letter", "abcdefghijklmnopqrstuvwxyz")
def test_folding_covers_every_match_without_case(letter: str) -> None:
    """Whatever matches a letter without regard to case has that letter when it is folded."""
    matches = re.compile(f"(?i){letter}").match
    others = [chr(code) for code in range(0x80, 0x3000) if matches(chr(code))]

    assert [] == [char for char in others if letter not in fold_text(char)]


def parts() -> st.SearchStrategy[str]:
    """Give regular expressions that compile, of every kind that is read."""
    atom = st.one_of(
        st.sampled_from(["a", "B", "kiss", "é", r"\.", r"\d", ".", "[ab]", "[^]x]", r"\x41", "ß"]),
        st.sampled_from(["(?i:is)", "(?=a)", "(?!zz)", r"\b", "(?#n)", "{x}", "^", "\u017f"]),
    )
    quantified = st.tuples(
        st.sampled_from(["a", "B", "(?:ab|C)", "[xy]", "(kit)", "é"]),
        st.sampled_from(["*", "+", "?", "{2}", "{0,1}", "{,2}", "+?", "*?"]),
    ).map("".join)
    branch = st.lists(atom | quantified, min_size=1, max_size=4).map("".join)
    return st.lists(branch, min_size=1, max_size=3).map("|".join)


@given(pattern=parts(), ignore_case=st.booleans(), data=st.data())
def test_every_match_has_one_of_the_literals(
    pattern: str, ignore_case: bool, data: st.DataObject
) -> None:
    """Whatever a pattern matches holds one of the texts that it is said to require."""
    regex = re.compile(f"(?i){pattern}" if ignore_case else pattern)
    literals = find_literals(regex.pattern)
    text = data.draw(st.from_regex(regex) | st.text("abBcCisSkK\u0131\u017fé.x12A{}ß", max_size=12))
    if literals and regex.search(text):
        assert any(literal in fold_text(text) for literal in literals)
