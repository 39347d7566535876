"""The plain table of rules as CSV: a header with `rule` and `technique`, a mapping a row."""

from collections.abc import Iterator

from detcov.load import table_rows
from detcov.load.csv_text import CsvFile
from detcov.load.parsed import ParsedRule, no_path
from detcov.load.table_rows import Cell, Row, column_of, is_table, rules_of

name = "table"
title = "Plain table (CSV)"
paired = True
marks = ("technique", "Technique", "TECHNIQUE")
excludes = no_path
about = table_rows.about_of(
    "CSV files, separated by comma, semicolon or tab, whose first line names a column `rule` and "
    "a column `technique`. Other CSV files are passed over."
)
state = table_rows.state
platforms = table_rows.platforms
column = table_rows.column


def recognises(file: CsvFile) -> bool:
    """Whether the first line names the columns of a table of rules."""
    if not file.rows:
        return False
    columns = [column_of(heading) for heading in file.rows[0]]
    at = columns.index("kind") if "kind" in columns else None
    kinds = (row[at] for row in file.rows[1:] if at is not None and len(row) > at)
    return is_table(columns, kinds)


def parse(file: CsvFile) -> tuple[ParsedRule, ...]:
    """The rules of a table; see `RuleFormat.parse`."""
    return rules_of(_rows(file)) if recognises(file) else ()


def _rows(file: CsvFile) -> Iterator[Row]:
    columns = [column_of(heading) for heading in file.rows[0]]
    for number, values in enumerate(file.rows[1:], 1):
        cells: dict[str, list[Cell]] = {}
        for at, (one, value) in enumerate(zip(columns, values, strict=False)):
            if one is not None and value.strip():
                cells.setdefault(one, []).append((value, file.at(number, at)))
        if cells:
            yield Row(place=file.at(number, 0), cells=cells)
