"""Reads rows of facts from the text of CSV, YAML and JSON files (docs/facts.md).

A row is what a file states, as text, with its line; nothing here knows what a fact means.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

FIELDS: Final = (
    "kind",
    "value",
    "rule",
    "technique",
    "platform",
    "data",
    "date",
    "expiry",
    "owner",
    "source",
    "note",
)
"""Columns of a CSV file, keys of a YAML or JSON item"""

_DEEPEST = 16


class Row(Struct, frozen=True, kw_only=True):
    """One row as its file states it, or why it can't be read."""

    line: int
    values: Mapping[str, str] = {}
    wrong: str = ""


def csv_rows(text: str) -> Iterator[Row]:
    """The rows under the first one, which names the columns."""
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=_delimiter(text), strict=True)
    header: list[str] = []
    begin = 1
    try:
        for row in reader:
            lines.row_begins = True
            if any(cell.strip() for cell in row) and not row[0].lstrip().startswith("#"):
                if not header:
                    header = [cell.strip().lower() for cell in row]
                    yield from _wrong_header(header, begin)
                    if "kind" not in header:
                        return
                else:
                    yield _csv_row(header, row, begin)
            begin = reader.line_num + 1
    except csv.Error as error:
        yield Row(line=begin, wrong=f"no CSV from here on: {error}")
        return
    if not header:
        yield Row(line=1, wrong="nothing in it: the first row names the columns")


def yaml_rows(text: str) -> Iterator[Row]:
    """The items of a list, or of the list under `facts`."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        # libyaml's composer overflows the stack on deep nesting; its events don't nest.
        if (line := _too_deep(yaml.parse(text, Loader=loader), yaml)) is not None:
            yield Row(line=line, wrong="nested too deep")
            return
        # Nodes, not values: they know their lines, and no tag or alias makes anything of them.
        root = yaml.compose(text, Loader=loader)
    except yaml.YAMLError as error:
        yield _no_yaml(error, text)
        return
    if root is None:
        yield Row(line=1, wrong="nothing in it")
        return
    items = _yaml_items(root, yaml)
    if items is None:
        yield Row(line=1, wrong="facts must be a list, or a mapping with a list `facts`")
        return
    for node in items:
        pairs: Any = None
        if isinstance(node, yaml.MappingNode):
            pairs = _Pairs((_scalar(key, yaml), _scalar(one, yaml)) for key, one in node.value)
        yield _item(pairs, node.start_mark.line + 1)


def json_rows(text: str) -> Iterator[Row]:
    """The items of a list, or of the list under `facts`."""
    from detcov.layer.position import Lines, spots

    if not text.strip():
        yield Row(line=1, wrong="nothing in it")
        return
    try:
        tree = json.loads(text, object_pairs_hook=_Pairs)
    except RecursionError:
        yield Row(line=1, wrong="nested too deep")
        return
    except json.JSONDecodeError as error:
        yield Row(line=error.lineno, wrong=f"no JSON: {error.msg}")
        return
    except ValueError:  # Python converts 4,300 digits
        yield Row(line=1, wrong="no JSON: a number of too many digits")
        return
    base = ""
    if isinstance(tree, _Pairs):
        base, tree = "/facts", dict(tree).get("facts")
    if not isinstance(tree, list) or isinstance(tree, _Pairs):
        yield Row(line=1, wrong='facts must be a list, or an object with a list "facts"')
        return
    at = {spot.pointer: spot.offset for spot in spots(text)}
    lines = Lines(text)
    for position, item in enumerate(tree):
        line, _ = lines.at(at[f"{base}/{position}"])
        yield _item(item, line)


READERS: Final[Mapping[str, Callable[[str], Iterator[Row]]]] = {
    ".csv": csv_rows,
    ".json": json_rows,
    ".yaml": yaml_rows,
    ".yml": yaml_rows,
}
"""By how a file's name ends"""


def near(text: str, known: Iterable[str]) -> str:
    """The nearest right name as a question, or nothing."""
    from difflib import get_close_matches

    found = get_close_matches(text.lower(), known, n=1)
    return f"; did you mean {found[0]}?" if found else ""


def shown(text: str) -> str:
    """A text as a message quotes it."""
    return repr(text if len(text) <= 60 else f"{text[:59]}…")


# ---- CSV ----------------------------------------------------------------------------------


class _Lines:
    """The lines of a CSV file, comments blanked out; a comment begins where a row does."""

    def __init__(self, text: str) -> None:
        # Not str.splitlines: to that a line ends at U+2028 and form feeds as well.
        self._lines = io.StringIO(text, newline="")
        self.row_begins = True

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            comment = self.row_begins and line.lstrip().startswith("#")
            self.row_begins = comment
            yield "\n" if comment else line


def _delimiter(text: str) -> str:
    """The comma; Excel writes semicolons wherever a comma marks decimals."""
    lines = (line.strip() for line in io.StringIO(text, newline=""))
    head = next((one for one in lines if one and one[0] != "#"), "")
    return max(",;\t", key=head.count)


def _wrong_header(header: list[str], line: int) -> Iterator[Row]:
    if "kind" not in header:
        yield Row(line=line, wrong="the first row must name the columns, kind among them")
        return
    for name in dict.fromkeys(header):
        if header.count(name) > 1 and name:
            yield Row(line=line, wrong=f"column {shown(name)} is there twice; the last counts")
        if name and name not in FIELDS:
            yield Row(line=line, wrong=f"{_unknown(name)}; the column is left out")


def _csv_row(header: list[str], row: list[str], line: int) -> Row:
    if len(row) > len(header):
        return Row(line=line, wrong=f"{len(row)} cells under {len(header)} columns")
    values = dict(zip(header, (cell.strip() for cell in row), strict=False))
    return Row(line=line, values={key: values[key] for key in values if key in FIELDS})


# ---- YAML and JSON ------------------------------------------------------------------------


class _Pairs(list[tuple[Any, Any]]):
    """The members of a mapping, repeated keys and all."""


def _too_deep(events: Iterable[Any], yaml: Any) -> int | None:
    """The line where nesting exceeds what any file of facts needs; None where it never does."""
    depth = 0
    for event in events:
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                return int(event.start_mark.line) + 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return None


def _no_yaml(error: Any, text: str) -> Row:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None)
    if mark is not None:
        line = mark.line + 1
    else:  # a character that YAML doesn't admit; libyaml counts bytes here, hence the minimum
        before = text.encode("utf-8", "replace")[: getattr(error, "position", 0) or 0]
        line = 1 + before.count(b"\n")
    if "nesting depth" in (problem or ""):  # libyaml's own limit, in PyYAML 6.0.4 and later
        return Row(line=line, wrong="nested too deep")
    return Row(line=line, wrong=f"no YAML: {problem or type(error).__name__}")


def _yaml_items(root: Any, yaml: Any) -> list[Any] | None:
    if isinstance(root, yaml.MappingNode):
        root = next((one for key, one in root.value if key.value == "facts"), None)
    return root.value if isinstance(root, yaml.SequenceNode) else None


def _scalar(node: Any, yaml: Any) -> Any:
    if not isinstance(node, yaml.ScalarNode):
        return node
    return None if node.tag == "tag:yaml.org,2002:null" else node.value


def _item(item: Any, line: int) -> Row:
    """An item of a list, its values as text."""
    if not isinstance(item, _Pairs):
        return Row(line=line, wrong="each fact must be a mapping of names to values")
    values: dict[str, str] = {}
    for key, value in item:
        if not isinstance(key, str):
            return Row(line=line, wrong="each name must be text")
        if key not in FIELDS:
            return Row(line=line, wrong=_unknown(key))
        if key in values:
            return Row(line=line, wrong=f"{key} is there twice")
        if not (value is None or isinstance(value, str | bool | int | float)):
            return Row(line=line, wrong=f"{key} must be one value")
        values[key] = "" if value is None else str(value).strip()
    return Row(line=line, values=values)


def _unknown(name: str) -> str:
    return f"unknown field {shown(name)}{near(name, FIELDS)}"
