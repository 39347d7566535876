"""Finds where values stand in a TOML text, which tomli doesn't tell.

The parsed tree is the truth. Its tables are looked for as a formatter writes them: each header
and each `key = "value"` in turn, with nothing but blanks between. A text that is just that has
the values there. In any other text every string is replaced by a marker of its own, and a
second parse tells which went where.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from detcov.load.lines import Lines, Path
from detcov.model import Place

Places = dict[Path, dict[str, Place]]
"""Places of the strings of a table by key, by the path of the table"""

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
_IN_HEADER = re.compile(r"[ \t]*\[\[?[^=#,]*\Z")
_NO_HEADER = re.compile(r"[=#,]")


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
    text: str, *, table: str, tree: list[Any], lines: Lines, parse: Callable[[str], Any]
) -> Places:
    """Where the strings of an array of tables stand.

    `table` is its dotted name ("rule.threat"), `tree` what it was parsed to; paths begin below
    it. `parse` parses TOML and returns the node of the table. A place is the value's, without
    its quotes. What can't be found has only the line of the table.
    """
    header = find_header(text, f"[[{table}]]")
    if header is not None and not _may_be_inside(text, header):
        places = _as_written(text, header, table, tree)
        if places is not None:
            return places
    start = header if header is not None else max(0, text.find(table.rpartition(".")[2]))
    wanted = strings_of(tree)
    marked = find_by_markers(text, wanted=wanted, lines=lines, parse=parse)
    return by_table(dict.fromkeys(wanted, lines.line(start)) | marked)


def by_table(places: Mapping[Path, Place]) -> Places:
    """Places of values, sorted under the tables that hold them."""
    found: Places = {}
    for path, place in places.items():
        found.setdefault(path[:-1], {})[str(path[-1])] = place
    return found


def _may_be_inside(text: str, start: int) -> bool:
    """Whether a string of several lines may end after an offset, and so hold what is there."""
    return text.find('"""', start) >= 0 or text.find("'''", start) >= 0


def _as_written(text: str, start: int, table: str, tree: list[Any]) -> Places | None:
    """The places in a text that is the tree's tables as a formatter writes them; else None."""
    found: Places = {}
    cursor = _Cursor(text, start)
    left: list[tuple[Path, str, Any]] = []
    left += reversed([((at,), f"[[{table}]]", node) for at, node in enumerate(tree)])
    while left:
        path, header, node = left.pop()
        if not isinstance(node, dict) or not cursor.take(header):
            return None
        name = header.strip("[]")
        own = found[path] = {}
        below: list[tuple[Path, str, Any]] = []
        for key, value in node.items():
            if isinstance(value, str):
                place = cursor.take_value(key, value)
                if place is None:
                    return None
                own[key] = place
            elif isinstance(value, list):
                items = enumerate(value)
                below += [((*path, key, at), f"[[{name}.{key}]]", item) for at, item in items]
            else:
                below.append(((*path, key), f"[{name}.{key}]", value))
        left += reversed(below)
    return found


class _Cursor:
    """How far a text was read, token by token."""

    def __init__(self, text: str, start: int) -> None:
        self._text, self._done = text, start
        self._line = text.count("\n", 0, start) + 1
        self._line_start = text.rfind("\n", 0, start) + 1

    def take(self, token: str) -> bool:
        """Go past a token; False where something else than blanks comes first."""
        text, done = self._text, self._done
        at = text.find(token, done)
        if at > done:
            if not text[done:at].isspace():
                return False
            self._line += text.count("\n", done, at)
            self._line_start = text.rfind("\n", 0, at) + 1
        self._done = at + len(token)
        return at >= 0

    def take_value(self, key: str, value: str) -> Place | None:
        """Go past `key = "value"`; None where that isn't what comes."""
        if "\\" in value or '"' in value or not self.take(f'{key} = "{value}"'):
            return None
        end = self._done - 1
        start = end - len(value)
        column = start - self._line_start + 1
        return Place(line=self._line, column=column, start=start, end=end)


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
    before = _Before(text)
    for token in _TOKEN.finditer(text):
        in_header = before.opens_header(token.start())
        if token.lastgroup is None or in_header or _is_key(text, token):
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
    """Whether a string is a key, or a part of one, and not a value."""
    if _AFTER_KEY.match(text, token.end()):
        return True
    at = token.start() - 1
    while at >= 0 and text[at] in " \t":
        at -= 1
    return at >= 0 and text[at] == "."


class _Before:
    """What stands before each token in its line, looked at once and not once a token."""

    def __init__(self, text: str) -> None:
        self._text, self._done, self._header = text, 0, True

    def opens_header(self, at: int) -> bool:
        """Whether a token, behind all that were asked for, is in the header of a table."""
        newline = self._text.rfind("\n", self._done, at)
        if newline >= 0 or not self._done:
            self._header = _IN_HEADER.match(self._text, newline + 1, at) is not None
        elif self._header:
            self._header = _NO_HEADER.search(self._text, self._done, at) is None
        self._done = at
        return self._header
