import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detcov.report.file_names import file_names


def part(word):
    return hashlib.sha256(word.encode()).hexdigest()[:8]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["Linux", "Office Suite"], ["linux", "office-suite"]),
        # Two tags that differ by a dot stay two files.
        (
            ["attack.t1059.001", "attack.t1059-001"],
            [f"attack-t1059-001-{part('attack.t1059.001')}", None],
        ),
        # So do two that differ by case, which is one name to some systems.
        (["ab", "AB"], [f"ab-{part('ab')}", f"ab-{part('AB')}"]),
        (["con", "LPT1"], [f"con-{part('con')}", f"lpt1-{part('LPT1')}"]),
        (["", "..", "日本"], [part(""), part(".."), part("日本")]),
        (["../../etc/passwd"], ["etc-passwd"]),
        (["a" * 61], [f"{'a' * 60}-{part('a' * 61)}"]),
    ],
)
def test_names(words, names):
    found = file_names(words)
    assert list(found) == words
    for word, name in zip(words, names, strict=True):
        assert name is None or found[word] == name
    assert len(set(found.values())) == len(words)


def test_a_word_written_like_anothers_name_takes_nothing_away():
    liar = f"a-b-{part('a.b')}"
    found = file_names(["a.b", "a-b", liar])
    assert found[liar] == liar
    assert found["a.b"] == f"a-b-{hashlib.sha256(b'a.b').hexdigest()[:16]}"
    assert len(set(found.values())) == 3


@given(st.lists(st.text() | st.text("aA.-_/ ", max_size=4), unique=True, max_size=12))
def test_names_are_safe_their_own_and_owe_nothing_to_order(words):
    found = file_names(words)
    assert len({name.casefold() for name in found.values()}) == len(words)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) for name in found.values())
    assert max(map(len, found.values()), default=0) <= 60 + 1 + 64
    assert file_names(reversed(words)) == found
