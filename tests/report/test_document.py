"""What a Document is, before any format."""

import pytest

from detcov.report.document import (
    Column,
    Document,
    Heading,
    Many,
    Number,
    Sentence,
    Table,
    column_ids,
    plain,
    sections,
    tables,
)


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (None, ""),
        ("a", "a"),
        (Number(value=1234567), "1,234,567"),
        (Number(value=0, signed=True), "0"),
        (Number(value=2.5, signed=True), "+2.5"),
        (Number(value=-0.001), "0"),
        (Number(value=3.0), "3"),
        (Many(cells=("a", Number(value=1))), "a, 1"),
    ],
)
def test_plain(cell, shown):
    assert plain(cell) == shown


def test_ids_are_unique():
    twice = Table(
        id="a", columns=(Column(name="X y"), Column(name="x Y"), Column(name="é")), rows=()
    )
    assert column_ids(twice) == ("x_y", "x_y_2", "column_3")
    document = Document(title="", parts=(twice, Table(id="a", columns=(), rows=())))
    assert list(tables(document)) == ["a", "table-2"]


def test_sections():
    one, two = Heading(text="One"), Heading(text="Deeper", level=3)
    found = sections((Sentence(text="a"), one, two))
    assert [(s.heading, s.parts) for s in found] == [(None, (Sentence(text="a"),)), (one, (two,))]
    assert sections(()) == ()
