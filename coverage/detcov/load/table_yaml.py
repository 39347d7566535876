"""The plain table of rules as YAML: a list of mappings with `rule` and `technique`."""

from collections.abc import Iterator
from typing import Any

from detcov.load import table_rows
from detcov.load.lines import Path
from detcov.load.parsed import ParsedRule, no_path
from detcov.load.table_rows import Cell, Row, column_of, is_table, rules_of
from detcov.load.values import located, not_text, scalar
from detcov.load.yaml_text import YamlFile
from detcov.model import Defect

name = "table-yaml"
title = "Plain table (YAML)"
paired = True
marks = ("technique:", "techniques:")
excludes = no_path
about = table_rows.about_of(
    "YAML files with a list in which an entry has a key `rule` and a key `technique`"
)
state = table_rows.state
platforms = table_rows.platforms
column = table_rows.column


def recognises(file: YamlFile) -> bool:
    """Whether a list has an entry with the columns of a table of rules."""
    return any(is_table(map(_column, item), _kinds(item)) for _, item in file.entries())


def parse(file: YamlFile) -> tuple[ParsedRule, ...]:
    """The rules of a table; see `RuleFormat.parse`."""
    return rules_of(_row(file, at, item) for at, item in file.entries())


def _kinds(item: dict[Any, Any]) -> Iterator[str]:
    return (str(value) for key, value in item.items() if _column(key) == "kind")


def _column(key: Any) -> str | None:
    return column_of(key) if isinstance(key, str) else None


def _row(file: YamlFile, at: Path, item: dict[Any, Any]) -> Row:
    cells: dict[str, list[Cell]] = {}
    defects: list[Defect] = []
    for key, value in item.items():
        if (one := _column(key)) is None:
            continue
        for text, place in located(file, (*at, key), value):
            if isinstance(text, str):
                cells.setdefault(one, []).append((text, place))
            elif one == "technique":
                defects.append(not_text(text, place))
            elif written := scalar(text):
                cells.setdefault(one, []).append((written, place))
    return Row(place=file.at(at), cells=cells, defects=(*defects, *file.defects(at)))
