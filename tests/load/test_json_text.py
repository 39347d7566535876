"""JSON and NDJSON: the trees, and that every place is the value's."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from detcov.load.json_text import read
from detcov.load.parsed import ParseError
from detcov.model import Place

_TREES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-999, 999), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=20,
)


def strings(tree, path=()):
    """Every string of a tree with its path."""
    if isinstance(tree, str):
        yield path, tree
    elif isinstance(tree, (dict, list)):
        for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from strings(value, (*path, key))


@given(
    _TREES, st.sampled_from([None, 1, "\t"]), st.booleans(), st.sampled_from(["", "\ufeff", "\n "])
)
@example({"a": ["x", {"b": "x"}, "x"], 'k"\\': {"": "é"}}, None, False, "\ufeff")
def test_every_string_stands_where_its_place_says(tree, indent, ascii_only, before):
    text = before + json.dumps(tree, indent=indent, ensure_ascii=ascii_only)
    file = read(text)

    assert file.documents == [tree]
    for path, value in strings(tree):
        place = file.at((0, *path), value)
        written = json.dumps(value, ensure_ascii=ascii_only)
        if written[1:-1] == value:
            assert text[place.start - 1 : place.end + 1] == written
            assert place.line == text.count("\n", 0, place.start) + 1
            assert place.start - place.column == text.rfind("\n", 0, place.start)
        else:
            assert not place.exact, "the text isn't the value"


@given(st.lists(st.dictionaries(st.text(max_size=4), st.text(max_size=8), max_size=3), min_size=2))
def test_a_value_a_line(trees):
    text = "\n\n".join(json.dumps(tree) for tree in trees)
    file = read(text)

    assert file.documents == trees
    for path, value in strings(trees):
        place = file.at(path, value)
        line = text.split("\n")[place.line - 1]
        assert line == json.dumps(trees[path[0]])
        assert not place.exact or text[place.start : place.end] == value


def test_places_of_what_is_no_string():
    file = read('{"a": [1, {\n"b": null}]}')

    assert file.at((0, "a", 1, "b")) == Place(line=2, exact=False)
    assert file.at((0, "a", 1, "c")) == Place(line=1, exact=False), "the object's line"
    assert file.at((0, "a", 7)) == file.at((0, 7)) == Place(line=1, exact=False)


def test_equal_keys_are_told_where_they_stand():
    text = '{"a": {"b": 1, "b": 2}, "c": [{"d": "x", "\\u0064": "y"}]}'
    file = read(text)

    assert file.documents == [{"a": {"b": 2}, "c": [{"d": "y"}]}]
    assert [one.subject for one in file.defects((0,))] == ["b", "\\u0064"]
    (inner,) = file.defects((0, "c"))
    assert text[inner.place.start : inner.place.end] == "\\u0064"
    last = file.at((0, "c", 0, "d"), "y")
    assert text[last.start : last.end] == "y"


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ('{"é": 1,}', "not JSON: trailing comma in object", 1, 9),
        ('\ufeff{"a":\n', "not JSON: truncated", 1, 7),
        ('{"a": tru}', "not JSON: invalid character", 1, 11),
        ("{}\n\n x", "not JSON: trailing characters", 3, 3),
        ("// no JSON\n{}", "not JSON: invalid character", 1, 1),
        ("[" * 100_000, "not JSON that can be read: nested too deep", None, None),
        ("9" * 5000, "not JSON: Integer value out of range", 1, 1),
    ],
)
def test_what_a_failure_says(text, message, line, column):
    with pytest.raises(ParseError) as caught:
        read(text)

    place = caught.value.place
    assert str(caught.value) == message
    assert (place and place.line, place and place.column) == (line, column)


def test_a_broken_line_leaves_the_others():
    file = read('{"a": 1}\n{"b": }\n\n{"c": 3}\n')

    assert file.documents == [{"a": 1}, {"c": 3}]
    (broken,) = file.broken
    assert (str(broken), broken.place.line, broken.place.column) == (
        "not JSON: invalid character",
        2,
        7,
    )


def test_many_broken_lines_are_summed_up():
    file = read("{}\n{x}\n" * 3000)

    assert len(file.documents) == 3000
    assert len(file.broken) == 21
    assert str(file.broken[-1]) == "not JSON: 2,980 more lines"


@given(st.one_of(st.text(), st.text('{}[]",:\\u0eE1tf \n\ufeff', max_size=40)))
@example('{"a": "\\ud800"}')
@example("1e400")
def test_any_text_is_read_or_refused(text):
    try:
        file = read(text)
    except ParseError:
        return
    for path, value in strings(file.documents):
        place = file.at(path, value)
        assert not place.exact or text[place.start : place.end] == value
    assert file.defects((0,)) is not None
