"""The plain table of rules as YAML: a list of mappings with `rule` and `technique`."""

from collections.abc import Iterator
from typing import Any

from detcov.load import table_rows
from detcov.load.lines import Path
from detcov.load.parsed import RuleFormat
from detcov.load.table_rows import Cell, Row, column_of, is_table
from detcov.load.values import located, not_text, scalar
from detcov.load.yaml_text import YamlFile
from detcov.model import Defect, Rule

_ABOUT = table_rows.about_of(
    "YAML files with a list in which an entry has a key `rule` and a key `technique`"
)


def rules(file: YamlFile, path: str) -> tuple[Rule, ...] | None:
    """Return the rules of a table; None if no entry of a list has a table's columns."""
    if not any(is_table(map(_column, entry), _kinds(entry)) for _, entry in file.entries()):
        return None
    rows = (_row(file, at, entry) for at, entry in file.entries())
    return table_rows.rules_of(rows, "table-yaml", path)


def _column(key: Any) -> str | None:
    return column_of(key) if isinstance(key, str) else None


def _kinds(entry: dict[Any, Any]) -> Iterator[str]:
    return (str(value) for key, value in entry.items() if _column(key) == "kind")


def _row(file: YamlFile, at: Path, entry: dict[Any, Any]) -> Row:
    cells: dict[str, list[Cell]] = {}
    defects: list[Defect] = []
    for key, value in entry.items():
        if (column := _column(key)) is None:
            continue
        for item, place in located(file, (*at, key), value):
            if isinstance(item, str):
                cells.setdefault(column, []).append((item, place))
            elif column == "technique":
                defects.append(not_text(item, place))
            elif written := scalar(item):
                cells.setdefault(column, []).append((written, place))
    return Row(place=file.at(at), cells=cells, defects=(*defects, *file.defects(at)))


FORMAT = RuleFormat(
    name="table-yaml",
    title="Plain table (YAML)",
    about=_ABOUT,
    rules=rules,
    marks=("technique:", "techniques:"),
)
