"""Finds where values stand in a TOML text, which tomli doesn't tell.

The parsed tree is the truth. The text from the first `[[rule.threat]]` on is scanned line by
line; the scan is accepted only if the values it found are exactly the tree's, and no string of
several lines, which could hold the like of them, ends there. Else every string of the text is
replaced by a marker of its own, and a second parse tells which went where.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from detcov.load.lines import Lines, Path
from detcov.model import Place

_LINE = re.compile(
    r"""^[ \t]*(?:
      (?P<header>\[\[?)[ \t]*(?P<table>[A-Za-z0-9_]+(?:[ \t]*\.[ \t]*[A-Za-z0-9_]+)*)[ \t]*\]\]?
    | (?P<key>[A-Za-z0-9_]+)[ \t]*=[ \t]*(?:"(?P<basic>[^"\\\n\r]*)"|'(?P<literal>[^'\n\r]*)')
    )[ \t]*(?:\#[^\n]*)?\r?$""",
    re.MULTILINE | re.VERBOSE,
)

_TOKEN = re.compile(
    r'''
      \#[^\n]*
    | """\r?\n?(?P<basic_lines>(?:[^"\\]|\\.|"(?!""))*+)"{3,5}
    | \'{3}\r?\n?(?P<literal_lines>(?:[^']|'(?!\'\'))*+)\'{3,5}
    | "(?P<basic>(?:[^"\\\n]|\\.)*+)"
    | '(?P<literal>[^'\n]*+)'
    ''',
    re.VERBOSE | re.DOTALL,
)
_AFTER_KEY = re.compile(r"[ \t]*[=.]")
_IN_HEADER = re.compile(r"[ \t]*\[\[?[^=#,]*$")


def strings_of(tree: Any) -> dict[Path, str]:
    """Every string below a node of a TOML tree, by its path."""
    found: dict[Path, str] = {}
    # A list of what is left, and no recursion: dotted keys make trees deeper than Python's stack.
    left: list[tuple[Path, Any]] = [((), tree)]
    while left:
        path, node = left.pop()
        if isinstance(node, str):
            found[path] = node
        elif isinstance(node, dict):
            left += [((*path, key), value) for key, value in node.items()]
        elif isinstance(node, list):
            left += [((*path, index), value) for index, value in enumerate(node)]
    return found


def find_header(text: str, header: str) -> int | None:
    """Offset of the first line that is this table header, written plainly or with blanks."""
    at = text.find(header)
    if at == 0 or (at > 0 and text[at - 1] == "\n"):
        return at
    name = re.escape(header.strip("[]"))
    brackets = header.count("[")
    pattern = rf"^[ \t]*\[{{{brackets}}}[ \t]*{name}[ \t]*\]{{{brackets}}}"
    found = re.search(pattern, text, re.MULTILINE)
    return found.start() if found else None


def find_places(
    text: str,
    *,
    table: str,
    wanted: Mapping[Path, str],
    lines: Lines,
    parse: Callable[[str], Any],
) -> dict[Path, Place]:
    """Where each wanted value of an array of tables stands.

    `table` is its dotted name ("rule.threat"), `wanted` maps the path below it to the value,
    all strings of the table; `parse` parses TOML and returns the node of the table. The place
    is the value's, without its quotes. What can't be found has only the line of the table.
    """
    header = find_header(text, f"[[{table}]]")
    if header is not None and not _may_be_inside(text, header):
        spans = _scan(text, header, table)
        if spans.keys() == wanted.keys() and all(
            text[start:end] == wanted[path] for path, (start, end) in spans.items()
        ):
            return {path: lines.place(*span) for path, span in spans.items()}
    start = header if header is not None else max(0, text.find(table.rpartition(".")[2]))
    places = find_by_markers(text, wanted=wanted, lines=lines, parse=parse)
    return dict.fromkeys(wanted, lines.line(start)) | places


def _may_be_inside(text: str, start: int) -> bool:
    """Whether a string of several lines may end after an offset, and so hold what is there."""
    return text.find('"""', start) >= 0 or text.find("'''", start) >= 0


def _scan(text: str, start: int, table: str) -> dict[Path, tuple[int, int]]:
    """Spans of the simple strings of a table's lines, by path, in one pass."""
    spans: dict[Path, tuple[int, int]] = {}
    prefix: list[str | int] | None = None
    counts: dict[Path, int] = {}
    dotted = table + "."
    for match in _LINE.finditer(text, start):
        if (name := match["table"]) is not None:
            name = name.replace(" ", "").replace("\t", "")
            if name != table and not name.startswith(dotted):
                prefix = None
                continue
            prefix = _enter(name[len(table) + 1 :], match["header"] == "[[", counts)
        elif prefix is not None:
            group = "basic" if match["basic"] is not None else "literal"
            spans[*prefix, match["key"]] = match.span(group)
    return spans


def _enter(below: str, is_array: bool, counts: dict[Path, int]) -> list[str | int]:
    """The path of a table header, list positions filled in from what was opened before."""
    path: list[str | int] = []
    keys = below.split(".") if below else []
    for depth in range(len(keys) + 1):
        if depth:
            path.append(keys[depth - 1])
        last = depth == len(keys)
        at = tuple(path)
        if last and is_array:
            counts[at] = counts.get(at, -1) + 1
        if at in counts:
            path.append(counts[at])
    return path


def find_by_markers(
    text: str, *, wanted: Mapping[Path, str], lines: Lines, parse: Callable[[str], Any]
) -> dict[Path, Place]:
    """Where each wanted value stands, whatever the layout, for the price of a second parse.

    A marker takes the place of each string of the text; `parse` gives the node that the paths
    start at. A string written with escapes has a line only: no span of the text is its value.
    """
    stem = "detcov"
    while stem in text:
        stem += "x"
    spans: list[tuple[int, int]] = []
    parts: list[str] = []
    done = 0
    for token in _TOKEN.finditer(text):
        if token.lastgroup is None or _is_key(text, token):
            continue
        parts += [text[done : token.start()], f'"{stem}{len(spans)}"']
        spans.append(token.span(token.lastgroup))
        done = token.end()
    tree = parse("".join([*parts, text[done:]]))
    found: dict[Path, Place] = {}
    for path, marker in strings_of(tree).items():
        if path in wanted and marker.startswith(stem):
            start, end = spans[int(marker[len(stem) :])]
            exact = text[start:end] == wanted[path]
            found[path] = lines.place(start, end) if exact else lines.line(start)
    return found


def _is_key(text: str, token: re.Match[str]) -> bool:
    """Whether a string is a key, or part of a table's header, and not a value."""
    if _AFTER_KEY.match(text, token.end()):
        return True
    before = text[text.rfind("\n", 0, token.start()) + 1 : token.start()]
    return _IN_HEADER.match(before) is not None or before.rstrip(" \t").endswith(".")
