"""Renders a Document as JSON: tables by id, rows by column id, rules by key, the prose beside."""

from collections.abc import Iterator
from typing import Any, assert_never

import msgspec

from detcov.analysis.coverage import Ratio
from detcov.report.document import (
    Blank,
    Cell,
    Code,
    Document,
    Heading,
    KeyNumbers,
    Link,
    Many,
    Note,
    Number,
    Part,
    Related,
    RuleCell,
    Sentence,
    State,
    Table,
    column_ids,
    for_machines,
    rules_named,
    tables,
)

DOCUMENT_FORMAT = 2
"""1: first
2: whole: no list is cut, and no text stands for what was left out. A rule is its key, which `rules`
   explains; what was composed for people (a commit's date and subject, "2 of 3") has a column for
   each part; sentences that retell a table are left out"""


def render_json(document: Document) -> bytes:
    """The document as JSON; docs/outputs.md names the fields.

    Text stands as it was written, but for halves of surrogate pairs, which UTF-8 can't hold:
    they stand as an escape.
    """
    document = for_machines(document)
    found = tables(document)
    names = iter(found)
    value = {
        "format": f"detcov-{document.subject}",
        "format_version": DOCUMENT_FORMAT,
        "title": document.title,
        "subtitle": document.subtitle,
        "numbers": {
            number.id: {
                "label": number.label,
                "value": _value(number.value),
                "detail": number.detail,
            }
            for part in document.parts
            if isinstance(part, KeyNumbers)
            for number in part.numbers
        },
        "tables": {name: _table(table) for name, table in found.items()},
        "rules": {name: _rule(one) for name, one in rules_named(document).items()},
        "parts": [_part(part, names) for part in document.parts if not isinstance(part, Blank)],
        "related": [{"label": one.label, "file": one.file} for one in document.related],
    }
    try:
        data = msgspec.json.encode(value)
    except UnicodeEncodeError:
        data = msgspec.json.encode(_whole(value))
    return msgspec.json.format(data, indent=1) + b"\n"


def _part(part: Part, names: Iterator[str]) -> dict[str, Any]:
    match part:
        case Heading():
            return {"heading": part.text, "level": part.level}
        case Sentence():
            return {"sentence": part.text, "strong": part.strong, "indent": part.indent}
        case Note():
            return {part.kind: part.text}
        case KeyNumbers():
            return {"numbers": [number.id for number in part.numbers]}
        case Table():
            return {"table": next(names)}
        case Blank():
            return {}
        case _:
            assert_never(part)


def _rule(one: RuleCell) -> dict[str, Any]:
    return {
        "source": one.key.source,
        "format": one.key.format,
        "id": one.key.native_id,
        "name": one.name,
        "path": one.path,
    }


def _table(table: Table) -> dict[str, Any]:
    ids = column_ids(table)
    return {
        "title": table.title,
        "columns": [
            {"id": name, "name": column.name}
            for name, column in zip(ids, table.columns, strict=True)
        ],
        "rows": [dict(zip(ids, map(_value, row), strict=True)) for row in table.rows],
    }


def _value(cell: Cell) -> Any:  # noqa: PLR0911 - one a kind of cell
    match cell:
        case None | str():
            return cell
        case Number():
            return cell.value
        case Ratio():
            return {
                "numerator": cell.numerator,
                "denominator": cell.denominator,
                "percent": cell.percent,
                "definition": cell.definition,
            }
        case Related():
            return {"text": cell.label, "file": cell.file}
        case Link():
            return {"text": cell.text, "url": cell.url}
        case Code():
            return cell.text
        case State():
            return cell.word
        case RuleCell():
            return str(cell.key)
        case Many():
            return [_value(one) for one in cell.cells]
        case _:
            assert_never(cell)


def _whole(value: Any) -> Any:
    """The same value with text that UTF-8 can hold."""
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case dict():
            return {_whole(key): _whole(one) for key, one in value.items()}
        case list():
            return [_whole(one) for one in value]
        case _:
            return value
