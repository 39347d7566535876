"""Places of values, against a decoder that finds them by their own unmistakable text."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from detcov.layer.position import Lines, spots

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


def walk(value, pointer=""):
    yield pointer, value
    if not isinstance(value, dict | list):
        return
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        step = str(key).replace("~", "~0").replace("/", "~1")
        yield from walk(inner, f"{pointer}/{step}")


@settings(deadline=None)  # a busy machine is no failure
@given(value=JSON, indent=st.sampled_from([None, 2]), ascii_only=st.booleans())
def test_the_text_at_a_place_is_the_value(value, indent, ascii_only):
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    decoder = json.JSONDecoder()

    found = [(spot.pointer, decoder.raw_decode(text, spot.offset)[0]) for spot in spots(text)]

    assert found == list(walk(value))


def test_lines_end_as_editors_end_them():
    text = "a\nb\r\nc\rd\u2028e"
    lines = Lines(text)

    assert {character: lines.at(text.index(character)) for character in "abcde"} == {
        "a": (1, 1),
        "b": (2, 1),
        "c": (3, 1),
        "d": (4, 1),
        "e": (4, 3),
    }
