"""YAML text: the fast way and libyaml's events give what PyYAML gives, and every place is right."""

import re
from math import isnan
from textwrap import dedent

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from detcov.load.lines import Lines
from detcov.load.parsed import ParseError
from detcov.load.yaml_events import read_events
from detcov.load.yaml_text import YamlFile, _read_fast
from detcov.model import Place
from real import archive_files

CORPORA = {
    "sigma-20260428-last-v18": 1,
    "mdecrevoisier-sigma-20250115": 1,
    "falco-rules-20260618": 1,
    "falco-plugins-20260804": 1,
    "kubearmor-policy-templates-20250325": 1,
    "tracee-yaml-detectors-20260803": 1,
    "splunk-security_content-20241024": 3,
    "panther-analysis-20260701": 3,
}
"""Archives, and of how many files one is compared: the long ones cost seconds"""
UNREADABLE = {
    # A tab where only spaces may stand; PyYAML refuses it too.
    "windows-os/win-os-dump file transfered over SMB share.yaml",
}


def same(ours, theirs):
    """Whether a tree is the one that PyYAML reads, who knows YAML 1.1's dates, octals and yes."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return len(ours) == len(theirs) and all(
            any(same(key, other) and same(ours[key], theirs[other]) for other in theirs)
            if key not in theirs
            else same(ours[key], theirs[key])
            for key in ours
        )
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if type(ours) is type(theirs):
        return ours == theirs or (isinstance(ours, float) and isnan(ours) and isnan(theirs))
    if isinstance(ours, str):
        return (as_pyyaml := yaml.safe_load(ours)) != ours and same(as_pyyaml, theirs)
    return isinstance(theirs, str) and isinstance(ours, (int, float)) and is_number(theirs, ours)


def is_number(text, number):
    """Whether a text that is none to YAML 1.1 ("1e3", "0o17") is this number in YAML 1.2."""
    try:
        return (
            int(text, 0) if text[:3].lstrip("+-")[:2] in {"0o", "0b"} else float(text)
        ) == number
    except ValueError:
        return False


@pytest.mark.parametrize("name", CORPORA)
def test_real_files(name):
    files = [
        (path, data.decode())
        for path, data in sorted(archive_files(name).items())
        if path.endswith((".yml", ".yaml")) and path not in UNREADABLE
    ][:: CORPORA[name]]
    assert files
    for path, text in files:
        theirs = list(yaml.load_all(text, yaml.CSafeLoader))
        assert same(YamlFile(text).documents, theirs), path


@pytest.mark.parametrize("name", CORPORA)
def test_the_two_ways_agree_on_real_files(name):
    files = sorted(archive_files(name).items())[:: 4 * CORPORA[name]]
    for path, data in files:
        if path.endswith((".yml", ".yaml")) and path not in UNREADABLE:
            fast = _read_fast(text := data.decode())
            assert fast is None or fast == read_events(text, Lines(text)).documents, path


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(
        ["yes", "no", "on", "2024-01-05", "0x1f", "010", "1e3", "1_000", "12:30", "~"]
    )
)
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(TREES, st.booleans(), st.sampled_from([None, '"', "'"]))
def test_what_is_dumped_is_read(tree, flow, style):
    try:
        text = yaml.safe_dump(tree, default_flow_style=flow, default_style=style, width=20)
    except UnicodeEncodeError:
        return  # a lone surrogate, which no file holds
    if style is not None:
        text = re.sub(r"!!(?:int|float|bool|null) ", "", text)
        theirs = list(yaml.safe_load_all(text))
    else:
        theirs = [tree]

    assert same(YamlFile(text).documents, [] if theirs == [None] else theirs)


# Text that is nearly YAML, with what readers disagree on.
PIECES = st.sampled_from(
    [
        *(
            "a",
            "b: ",
            "- ",
            "? ",
            ": ",
            "---\n",
            "...\n",
            "\n",
            "\n  ",
            "\n    ",
            " ",
            "\t",
            "\r\n",
        ),
        *("'", '"', "[", "]", "{", "}", ", ", "# c\n", " #", "|", ">", "|-\n  ", ">+\n "),
        *("&a ", "*a", "!", "!!str ", "!!python/object:x ", "<<: ", "<<: *a\n", "%YAML 1.1\n"),
        *("yes", "null", "~", "1", "01", "0x1", "1e3", ".5", ".inf", "-", "2024-01-05", "1:20"),
        *("\\", '"\\x41"', "\ufeff", "\x00", "\x85", "\xa0", "é", "\u2028", "\U0001f600", "@", "`"),
    ]
)
TEXTS = st.one_of(st.text(max_size=30), st.lists(PIECES, max_size=16).map("".join))


@given(TEXTS)
@example("a: 1\na: 2")
@example("a: !x 1")
@example("a\n---\n")
@example("\ufeffa: 1")
@example("? a\n: b")
def test_any_text_is_read_the_same_both_ways_or_refused(text):
    try:
        file = YamlFile(text)
    except ParseError as refused:
        place = refused.place
        file = None
    if file is None:
        assert place is None or 0 <= place.start <= len(text)
        return
    fast = _read_fast(text)
    if fast is not None and not text.startswith("\ufeff"):
        slow = read_events(text, Lines(text)).documents
        assert repr(file.documents) == repr([] if slow == [None] else slow)


@given(TEXTS)
def test_what_is_read_is_what_pyyaml_reads(text):
    if "!" in text:
        return  # to PyYAML's C loader "! 1" is a number; to YAML it is a text
    try:
        theirs = list(yaml.load_all(text, yaml.CSafeLoader))
    except (yaml.YAMLError, ValueError, RecursionError, TypeError):
        return
    try:
        ours = YamlFile(text).documents
    except ParseError:
        return  # stricter is fine
    assert same(ours, [] if theirs == [None] else theirs)


def place_in(text, start, end):
    """The place of a span, counted anew."""
    before = text[:start]
    return Place(
        line=before.count("\n") + 1,
        column=start - (before.rfind("\n") + 1) + 1,
        start=start,
        end=end,
    )


LISTS = {
    "block": "tags:\n    - one\n    - two\n",
    "block at the margin": "tags:\n- one\n- two\n",
    "quoted": "tags:\n  - 'one'\n  - \"two\"\n",
    "comments": "tags:\n  # - three\n  - one # first\n\n  - two\n  # end\n",
    "spaces": "tags :  \n  -   one   \n  -  two\n",
    "flow": "tags: [one, two]\n",
    "flow quoted": "tags: [ 'one' , \"two\" ] # both\n",
    "flow over lines": "tags: [\n  one,\n  two,\n]\n",
    "after another list": "other:\n  - one\n  - two\ntags:\n  - one\n  - two\n",
    "after the same in a text": "text: |\n  tags:\n    - one\n    - two\ntags:\n  - one\n  - two\n",
    "below the same": "x:\n  tags:\n    - one\n    - two\ntags:\n  - one\n  - two\n",
    "at the end": "tags:\n  - one\n  - two",
    "wide letters": "é: \U0001f600 é\ntags:\n  - one\n  - two\n",
    "in a text with an anchor": "x: &x 1\ntags:\n  - one\n  - two\n",
}


@pytest.mark.parametrize("text", LISTS.values(), ids=LISTS)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("before", ["", "\ufeff"], ids=["plain", "bom"])
def test_where_the_items_of_a_list_stand(text, end, before):
    text = before + text.replace("\n", end)
    file = YamlFile(text)
    second = text.rindex("two")
    first = text.rindex("one", 0, second)

    assert file.items((0, "tags"), ["one", "two"]) == [
        place_in(text, first, first + 3),
        place_in(text, second, second + 3),
    ]


@pytest.mark.parametrize(
    ("text", "values", "lines"),
    [
        ("tags:\n  - \"o\\x6ee\"\n  - 'o''ne'\n", ["one", "o'ne"], [2, 3]),
        ("tags:\n  - >-\n    one\n    two\n", ["one two"], [2]),
        ("x: &x one\ntags:\n  - *x\n", ["one"], [3]),
        ("tags:\n  - 1059.001\n  -\n  - {a: b}\n", [1059.001, None, {"a": "b"}], [2, 3, 4]),
    ],
    ids=["escapes", "folded", "alias", "no texts"],
)
def test_a_value_that_isnt_its_text_has_its_line(text, values, lines):
    file = YamlFile(text)

    assert file.documents[0]["tags"] == values
    places = file.items((0, "tags"), values)
    assert [one.line for one in places] == lines
    assert [one.exact for one in places[:1]] == [text.startswith("tags:\n  - 1059")] * 1 or not any(
        one.exact for one in places
    )


def test_where_things_stand_in_several_documents():
    text = dedent(
        """\
        tags:
          - one
        ---
        tags: [one, two]
        name: two
        ...
        ---
        - one
        """
    )
    file = YamlFile(text)
    at = text.index("[one") + 1

    assert file.items((0, "tags"), ["one"]) == [place_in(text, 10, 13)]
    assert file.items((1, "tags"), ["one", "two"])[0] == place_in(text, at, at + 3)
    assert file.at((1, "name"), "two") == place_in(text, text.rindex("two"), text.rindex("two") + 3)
    assert file.at((2, 0), "one").line == 8
    assert file.key_line((1,), ("name",)).line == 4


def test_where_a_key_stands_twice():
    text = "\ufeffa:\r\n  b: 1\r\n  b: 2\r\nc: &x {d: 1, d: 2}\r\ne: *x\r\n"
    file = YamlFile(text)
    second, fourth = text.rindex("b"), text.rindex("d")

    assert file.documents == [{"a": {"b": 2}, "c": {"d": 2}, "e": {"d": 2}}]
    assert [(one.kind, one.subject, one.place) for one in file.defects((0,))] == [
        ("duplicate-key", "b", place_in(text, second, second + 1)),
        ("duplicate-key", "d", place_in(text, fourth, fourth + 1)),
    ]
    assert file.defects((0, "c"))[0].subject == "d"
    assert file.defects((1,)) == ()


REFUSED = [
    ("a:\n\tb: 1\n", "not YAML: a tab, where only spaces may stand", 2, 1),
    ("a: [1, 2\nb: 3\n", "not YAML: ", 2, 2),
    ("a: *x\n", "not YAML that can be read: an unknown alias", 1, 4),
    ("a: &x [*x]\n", "not YAML that can be read: an alias inside of its own anchor", 1, 8),
    ("? [a]\n: b\n", "not YAML that can be read: a key that is no plain value", 1, 3),
    ("a: b\x00\n", "not YAML: the character U+0000", 1, 5),
    ("[" * 129 + "]" * 129, "not YAML that can be read: nested too deep", 1, 129),
    ("- " * 129 + "a", "not YAML that can be read: nested too deep", 1, 257),
    ("a: 'b\n", "not YAML: ", 2, 1),
    ("a: b: c\n", "not YAML: ", 1, 5),
]


@pytest.mark.parametrize(
    ("text", "message", "line", "column"), REFUSED, ids=[repr(one[0][:12]) for one in REFUSED]
)
@pytest.mark.parametrize("before", ["", "\ufeff"], ids=["plain", "bom"])
def test_what_is_refused_and_where(text, message, line, column, before):
    with pytest.raises(ParseError, match=f"^{re.escape(message)}") as error:
        YamlFile(before + text)

    place = error.value.place
    column += len(before) if line == 1 else 0
    assert (place.line, place.column) == (line, column)
    assert place.start == place_in(before + text, place.start, place.end).start


def test_aliases_that_grow():
    """Nine lists of nine of the one before: a billion values, in a few hundred bytes."""
    bomb = "a0: &a0 [x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
    )
    with pytest.raises(ParseError, match="aliases that add over 100,000 values") as error:
        YamlFile(bomb)
    assert error.value.place.line == 6

    assert YamlFile("a: &a [1, 2]\nb: [*a, *a]\n").documents == [
        {"a": [1, 2], "b": [[1, 2], [1, 2]]}
    ]


def test_merge_keys_and_anchors():
    text = "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc:\n  <<: [*a, {z: 4}]\n"

    assert YamlFile(text).documents == list(yaml.safe_load_all(text))


@pytest.mark.parametrize(
    ("text", "documents"),
    [
        ("", []),
        ("# nothing\n", []),
        ("---\n", []),
        ("a: 1\n---\n---\nb: 2\n", [{"a": 1}, None, {"b": 2}]),
        ("a: 1\n...\n", [{"a": 1}]),
        ("a: 1\r\nb: 2\r\n", [{"a": 1, "b": 2}]),
        ("a: b\xa0c\xa0\n", [{"a": "b\xa0c\xa0"}]),
        ("a: yes\nb: no\nc: on\n", [{"a": "yes", "b": "no", "c": "on"}]),
        ("a: 2024-01-05\nb: 010\nc: 1_000\n", [{"a": "2024-01-05", "b": "010", "c": "1_000"}]),
        ("a: 0x1F\nb: 1e3\nc: .5\nd: -3\n", [{"a": 31, "b": 1000.0, "c": 0.5, "d": -3}]),
        ("a: ~\nb: null\nc:\nd: 'null'\n", [{"a": None, "b": None, "c": None, "d": "null"}]),
        ("4624: x\ntrue: y\n", [{4624: "x", True: "y"}]),
        ('a: !!str 1\nb: !!int "2"\n', [{"a": "1", "b": 2}]),
        ("%YAML 1.1\n---\na: 1\n", [{"a": 1}]),
    ],
)
def test_what_is_read(text, documents):
    assert YamlFile(text).documents == documents
    assert read_events(text, Lines(text)).documents in (documents, [None] * (not documents))


@pytest.mark.parametrize("tag", ["!!python/object:os.system", "!!python/object/apply:eval", "!x"])
def test_a_tag_that_asks_for_objects(tag):
    """Read as plain data, so that a file that is no rule is left alone; refused in a rule."""
    file = YamlFile(f"a: 1\nb: {tag} [1]\n")

    assert file.documents == [{"a": 1, "b": [1]}]
    with pytest.raises(ParseError, match=f"the tag {tag}$") as error:
        file.check()
    assert error.value.place == place_in(file.text, 8, 8 + len(tag))
    YamlFile("b: !!str 1\n").check()
