"""The plain table of rules as CSV: a header with `rule` and `technique`, a mapping a row."""

from collections.abc import Iterator

from detcov.load import table_rows
from detcov.load.csv_text import CsvFile
from detcov.load.parsed import RuleFormat
from detcov.load.table_rows import Cell, Row, column_of, is_table
from detcov.model import Rule

_ABOUT = table_rows.about_of(
    "CSV files, separated by comma, semicolon or tab, whose first line names a column `rule` and "
    "a column `technique`. Other CSV files are passed over."
)


def rules(file: CsvFile, path: str) -> tuple[Rule, ...] | None:
    """Return the rules of a table; None if the first line doesn't name a table's columns."""
    if not file.rows:
        return None
    columns = [column_of(heading) for heading in file.rows[0]]
    at = columns.index("kind") if "kind" in columns else None
    kinds = (row[at] for row in file.rows[1:] if at is not None and len(row) > at)
    if not is_table(columns, kinds):
        return None
    return table_rows.rules_of(_rows(file, columns), "table", path)


def _rows(file: CsvFile, columns: list[str | None]) -> Iterator[Row]:
    for number, values in enumerate(file.rows[1:], 1):
        cells: dict[str, list[Cell]] = {}
        for at, (column, value) in enumerate(zip(columns, values, strict=False)):
            if column is not None and value.strip():
                cells.setdefault(column, []).append((value, file.at(number, at)))
        if cells:
            yield Row(place=file.at(number, 0), cells=cells)


FORMAT = RuleFormat(
    name="table",
    title="Plain table (CSV)",
    about=_ABOUT,
    rules=rules,
    marks=("technique", "Technique", "TECHNIQUE"),
)
