"""Renders one table of a Document as CSV.

A file holds one table, so that every tool reads it: the Document's main one. What has several
tables is JSON's to hold.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from detcov.analysis.coverage import Ratio
from detcov.report.clean import csv_cell, one_of_ours
from detcov.report.document import (
    Blank,
    Cell,
    Code,
    Column,
    Document,
    Heading,
    KeyNumbers,
    Link,
    Many,
    Note,
    Number,
    Related,
    RuleCell,
    Sentence,
    State,
    Table,
    column_ids,
    for_machines,
    plain,
    tables,
)

_AFTER = {"ratio": "_of", "link": "_url", "rule": "_name"}
"""Ending of the second column that a kind needs"""


def render_csv(document: Document) -> bytes:
    """A line a row under the columns' ids; a ratio, a link and a rule take two columns each.

    A Document without tables gives its sentences, a line each. Cells are safe to open in a
    spreadsheet.
    """
    document = for_machines(document)
    found = tables(document)
    wanted = document.main or next(iter(found), "")
    if not wanted:
        return _csv([["text"], *([csv_cell(text)] for text in _texts(document))])
    chosen = found[wanted]
    header = [
        name
        for column, name in zip(chosen.columns, column_ids(chosen), strict=True)
        for name in _names(column, name)
    ]
    return _csv([header, *(_row(chosen, row) for row in chosen.rows)])


def _csv(rows: Iterable[Sequence[str | int | float]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode("utf-8", "backslashreplace")


def _names(column: Column, name: str) -> tuple[str, ...]:
    after = _AFTER.get(column.kind)
    return (name,) if after is None else (name, name + after)


def _row(table: Table, row: tuple[Cell, ...]) -> list[str | int | float]:
    return [
        value
        for column, cell in zip(table.columns, row, strict=True)
        for value in _values(column, cell)
    ]


def _values(column: Column, cell: Cell) -> tuple[str | int | float, ...]:
    match column.kind:
        case "text":
            return (_value(cell),)
        case "ratio":
            if isinstance(cell, Ratio):
                return cell.numerator, cell.denominator
            return _value(cell), ""
        case "link":
            url = cell.url if isinstance(cell, Link) and one_of_ours(cell.url) else ""
            return _value(cell), csv_cell(url)
        case "rule":
            return _value(cell), csv_cell(_names_of(cell))
        case _:
            assert_never(column.kind)


def _names_of(cell: Cell) -> str:
    """What the rules of a cell are called."""
    cells = cell.cells if isinstance(cell, Many) else (cell,)
    return "; ".join(one.name for one in cells if isinstance(one, RuleCell))


def _value(cell: Cell) -> str | int | float:
    match cell:
        case Number():
            return cell.value
        case RuleCell():
            return csv_cell(_text(cell))
        case Many():
            return csv_cell("; ".join(map(_text, cell.cells)))
        case None | str() | Ratio() | Link() | Related() | Code() | State():
            return csv_cell(plain(cell))
        case _:
            assert_never(cell)


def _text(cell: Cell) -> str:
    return str(cell.key) if isinstance(cell, RuleCell) else plain(cell)


def _texts(document: Document) -> Iterator[str]:
    for part in document.parts:
        match part:
            case Heading() | Sentence() | Note():
                yield part.text
            case KeyNumbers():
                yield from (f"{one.label}: {plain(one.value)}" for one in part.numbers)
            case Table() | Blank():
                continue
            case _:
                assert_never(part)
