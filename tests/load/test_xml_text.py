"""XML of several roots: elements, places, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detcov.load.parsed import ParseError
from detcov.load.xml_text import read


def texts(text):
    """Name, text and place (as the text there) of each element."""
    file = read(text)
    found, left = [], list(reversed(file.roots))
    while left:
        one = left.pop()
        place = file.place(one)
        there = text[place.start : place.end] if place.exact else place.line
        found.append((one.name, one.text, there))
        left += reversed(one.below)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<a>x</a><b/>", [("a", "x", "x"), ("b", "", "")]),
        ("\ufeff<a>é</a>\n<b>\n ü </b>", [("a", "é", "é"), ("b", "ü", "ü")]),
        ("<?xml version='1.0' encoding='latin-1'?>\r\n<a>é</a>", [("a", "é", "é")]),
        ("<a>x &amp; y</a>", [("a", "x & y", 1)]),
        ("<a><![CDATA[<x>]]></a>", [("a", "<x>", "<x>")]),
        ("<a>\n<b>T1<!-- in between -->059</b></a>", [("a", "", ""), ("b", "T1059", 2)]),
        ("<a>x \\< y</a>", [("a", "x \\< y", "x \\< y")]),
        ("<a>x\\\\</a>", [("a", "x\\\\", "x\\\\")]),
        ("<a>R & D &none; \U0001f600</a>", [("a",) + ("R & D &none; \U0001f600",) * 2]),
        ("<!-- <a>x</a> --> ", []),
        ("", []),
    ],
)
def test_elements_and_where_their_text_stands(text, expected):
    assert texts(text) == expected


def test_an_attribute_in_the_dialect_is_as_it_is_written():
    (root,) = read('<a b="R & D">x \\< y</a>').roots
    assert root.attributes == {"b": "R & D"}


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("é<a>é</c>", "not XML: mismatched tag", 1, 8),
        ("<a>\n<b></a>", "not XML: mismatched tag", 2, 6),
        ("<a/></_>", "not XML: not well-formed (invalid token)", 1, 9),
        ("<a", "not XML: not well-formed (invalid token)", 1, 3),
        ("<a>\0</a>", "not XML: not well-formed (invalid token)", 1, 4),
        ("<a>" * 101, "not XML that can be read: nested too deep", None, None),
        (
            '<a/>\n<!DOCTYPE a SYSTEM "file:///etc/passwd"><b/>',
            "not XML that is read: it has a document type (DTD)",
            2,
            1,
        ),
    ],
)
def test_what_a_failure_says(text, message, line, column):
    with pytest.raises(ParseError) as caught:
        read(text)

    place = caught.value.place
    assert str(caught.value) == message
    assert (place and place.line, place and place.column) == (line, column)


@given(st.one_of(st.text(), st.text("<>/&;\\!-[]a='\" \n\ufeffé", max_size=40)))
def test_any_text_is_read_or_refused(text):
    try:
        found = texts(text)
    except ParseError as error:
        place = error.place
    else:
        place = None
        assert all(there == value for _, value, there in found if isinstance(there, str))
    assert place is None or place.start <= len(text)
