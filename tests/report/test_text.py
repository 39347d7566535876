import pytest

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


def test_a_table_is_aligned_and_its_wide_column_gives_way():
    table = Table(
        columns=(Column(name="Name", shrink=True), Column(name="n", align="right")),
        rows=(("a" * 100, "1"), ("漢字", "1,000")),
    )
    assert shown(table) == (f"Name{' ' * 69}      n\n{'a' * 72}…      1\n漢字{' ' * 69}  1,000\n")


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
