import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detcov.report.document import Blank, Column, Document, Sentence, Table
from detcov.report.text import cut, render_text, width_of


def shown(*parts, **options):
    return render_text(Document(title="T", parts=parts), **options)


@pytest.mark.parametrize(
    ("text", "width"), [("", 0), ("abc", 3), ("漢字", 4), ("e\u0301", 1), ("Ａ", 2), ("é", 1)]
)
def test_the_width_is_the_terminals(text, width):
    assert width_of(text) == width


@pytest.mark.parametrize(
    ("text", "width", "fitted"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("漢字漢字", 5, "漢字…"),
        ("漢字漢字", 4, "漢…"),
        ("abc", 1, "…"),
        ("e\u0301e\u0301e\u0301", 2, "e\u0301…"),
        ("a" * 1_000_000, 10, "aaaaaaaaa…"),
    ],
)
def test_what_is_too_long_is_cut(text, width, fitted):
    assert cut(text, width) == fitted
    assert width_of(cut(text, width)) <= width


def test_a_sentence_wraps_between_words():
    text = f"{'word ' * 14}one-two-three four"
    assert shown(Sentence(text=text, indent=1)) == (
        f"  {' '.join(['word'] * 14)}\n  one-two-three four\n"
    )


def test_a_table_is_aligned_and_its_wide_column_goes_on_below():
    table = Table(
        columns=(Column(name="Name", shrink=True), Column(name="n", align="right")),
        rows=((f"{'a' * 70} {'b' * 80}", "1"), ("漢字", "1,000")),
    )
    assert shown(table) == (
        f"Name{' ' * 69}      n\n{'a' * 70}{' ' * 9}1\n{'b' * 73}\n{'b' * 7}\n"
        f"漢字{' ' * 69}  1,000\n"
    )


def test_a_command_at_a_lines_start_is_escaped_before_the_widths_are_shared_out():
    table = Table(
        columns=(Column(name="Name", shrink=True), Column(name="n", align="right")),
        rows=(("::error::" + "a" * 68, "1"), ("", "::debug::")),
    )
    lines = shown(
        table, Sentence(text="::error::" + "b" * 71), Sentence(text="a ::" + "c" * 78)
    ).splitlines()
    assert max(map(width_of, lines)) <= 80
    assert lines[1].startswith(r"\x3a:error::aa")
    assert any(line.endswith(r" \x3a:debug::") for line in lines)
    assert r"\x3a:error::" + "b" * 68 in lines


def test_columns_that_may_shrink_share_what_there_is():
    """80 columns, 2 between each: 9 for the id and the number, 65 for the two names."""
    table = Table(
        columns=(
            Column(name="Id"),
            Column(name="Name", shrink=True),
            Column(name="Rule", shrink=True),
            Column(name="long heading", align="right"),
        ),
        rows=(("T1", "one " * 20, "two " * 20, "1"),),
    )
    ones, twos = " ".join(["one"] * 8), " ".join(["two"] * 8)
    assert shown(table).splitlines() == [
        f"{'Id':2}  {'Name':32}  {'Rule':33}     long",
        " " * 73 + "heading",
        f"{'T1':2}  {ones:32}  {twos:33}        1",
        f"{'':2}  {ones:32}  {twos}",
        f"{'':2}  {ones[:15]:32}  {twos[:15]}",
    ]


def test_words_stay_whole_as_long_as_any_column_can_give_way():
    """Reconnaissance and Impairment need 14 and 10; the ratio is never broken."""
    table = Table(
        columns=(
            Column(name="Tactic", shrink=True),
            Column(name="before", align="right"),
            Column(name="Why", shrink=True),
            Column(name="Rule", shrink=True),
        ),
        rows=(("Reconnaissance", "117 of 215 (54 %)", "Impairment " * 9, "word " * 40),),
    )
    lines = shown(table).splitlines()
    assert {"Reconnaissance", "117 of 215 (54 %)"} <= set(re.split(" {2,}", lines[1]))
    words = {word for line in lines[1:] for word in line.split()}
    assert words == {"Reconnaissance", "117", "of", "215", "(54", "%)", "Impairment", "word"}


def test_rows_without_room_side_by_side_are_stacked():
    """Eight columns of long words: narrowed to 80 all of them would be broken."""
    ids = "T1007, T1012, T1016.001"
    table = Table(
        columns=(
            Column(name=""),
            Column(name="Rule", shrink=True),
            Column(name="claims no longer", shrink=True),
            Column(name="claims now", shrink=True),
            Column(name="n", align="right"),
            *(Column(name=name, shrink=True) for name in ("Why", "In", "File")),
        ),
        rows=(
            (
                "retired",
                "Enumeration Command Spawned via WMIPrvSE",
                ids,
                "",
                "3",
                "deprecated",
                "059a850b9e 2026-11-24",
                f"rules/windows/{'a' * 80}.toml",
            ),
            ("added", "", "", ids, "", "", "059a850b9e 2026-11-24", ""),
        ),
    )
    assert shown(table).splitlines() == [
        "retired  Enumeration Command Spawned via WMIPrvSE",
        f"    claims no longer: {ids}",
        "    n: 3",
        "    Why: deprecated",
        "    In: 059a850b9e 2026-11-24",
        "    File:",
        f"    rules/windows/{'a' * 62}",
        f"    {'a' * 18}.toml",
        "added",
        f"    claims now: {ids}",
        "    In: 059a850b9e 2026-11-24",
    ]


def test_no_cell_is_endless():
    table = Table(columns=(Column(name="", shrink=True),), rows=(("word " * 100_000,),))
    lines = shown(table).splitlines()
    assert len(lines) == 12
    assert lines[-1].endswith("word…")
    assert max(map(width_of, lines)) <= 80


@given(
    st.lists(
        st.tuples(st.text(max_size=40), st.text("漢a e\u0301", max_size=200), st.integers()),
        max_size=4,
    ),
    st.lists(st.booleans(), min_size=3, max_size=3),
)
def test_no_line_is_wider_than_a_terminal_and_no_word_is_lost(rows, shrink):
    columns = tuple(Column(name=f"The {n}th", shrink=one) for n, one in enumerate(shrink))
    table = Table(columns=columns, rows=tuple((a, b, str(n)) for a, b, n in rows))
    lines = shown(table).splitlines()
    assert max(map(width_of, lines)) <= 80
    said = "".join("".join(line.split()) for line in lines)
    for _, words, _ in rows:
        assert Counter("".join(words.split())) <= Counter(said)


def test_nothing_from_a_rule_is_obeyed():
    lines = shown(
        Sentence(text=f"{'x' * 79} ::error::y\n::warning::z"),
        Sentence(text="::error::\x1b[2J", strong=True),
        Blank(),
        Table(columns=(Column(name="::add-mask::"),), rows=(("::error::a\nb",), ("##[error]c",))),
    ).splitlines()
    assert lines == [
        "x" * 79,
        r"\x3a:error::y\n::warning::z",
        r"\x3a:error::\x1b[2J",
        "",
        r"\x3a:add-mask::",
        r"\x3a:error::a\nb",
        r"\x23#[error]c",
    ]


def test_bold_is_only_for_what_is_strong():
    parts = (Sentence(text="::a", strong=True), Sentence(text="b"))
    assert shown(*parts, bold=True) == "\x1b[1m\\x3a:a\x1b[0m\nb\n"
