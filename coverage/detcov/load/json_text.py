"""JSON text to trees with places: msgspec gives the trees, a scan of the tokens says where.

A file is one JSON value, or a value a line (NDJSON, such as Kibana's export). What msgspec took
is valid JSON, so a scan needs no grammar: strings, brackets and the rest, one after the other.
A place is believed only where the text at it is the value.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, NoReturn

import msgspec

from detcov.load.lines import Lines, Path, without_bom
from detcov.load.parsed import ParseError
from detcov.model import Defect, Place

_TOKEN = re.compile(
    r'(?P<string>"[^"\\]*+(?:\\.[^"\\]*+)*+")(?P<key>\s*+:)?|(?P<begin>[{\[])|(?P<end>[}\]])'
    r'|(?P<plain>[^\s"{}\[\],:]++)',
    re.DOTALL,
)
_BYTE = re.compile(r" \(byte (\d+)\)$")
_LINE = re.compile(r"[^\n]+")
_MAX_REPEATED = 100
_MAX_BROKEN = 20
"""Broken lines of one file that are told one by one"""


class JsonFile:
    """A JSON file, parsed once for all formats."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._body = without_bom(text)
        self.documents: list[Any] = []
        """One tree for a JSON file, one a line for NDJSON"""
        self.broken: tuple[ParseError, ...] = ()
        """What is wrong with single lines of NDJSON; the others are read all the same"""
        self._spans: list[tuple[int, int]] = []
        self._scanned: tuple[int, _Scan] | None = None
        try:
            self._add(0, len(self._body))
        except ParseError:
            if not _is_line_by_line(self._body):
                raise
            self.broken = _shortened(list(self._read_lines()))

    @cached_property
    def lines(self) -> Lines:
        """Line and column of offsets into the text."""
        return Lines(self.text)

    def check(self) -> None:
        """As `SyntaxFile.check`: JSON that parses holds nothing to refuse."""

    def at(self, at: Path, value: Any = None) -> Place:
        """Where a node stands: exactly for a string whose text is its value, else its line.

        `at` is the document's index, and keys and positions from there down.
        """
        spot, own = self._scan(at[0]).find(at[1:])
        if isinstance(spot, _Node):
            return self.lines.line(spot.start)
        start, end = spot
        if own and isinstance(value, str) and self.text[start + 1 : end - 1] == value:
            return self.lines.place(start + 1, end - 1)
        return self.lines.line(start)

    def items(self, at: Path, values: Sequence[Any]) -> list[Place]:
        """Where the values of a list stand, `values` as the tree has them."""
        return [self.at((*at, index), value) for index, value in enumerate(values)]

    def defects(self, at: Path) -> tuple[Defect, ...]:
        """What is wrong with the JSON below a node: keys that stand twice, the last one counts."""
        scan = self._scan(at[0])
        spot, _ = scan.find(at[1:])
        start, end = (spot.start, spot.end) if isinstance(spot, _Node) else spot
        return tuple(
            Defect(
                kind="duplicate-key",
                subject=self.text[span[0] : span[1]],
                place=self.lines.place(*span),
            )
            for span in scan.repeated
            if start <= span[0] < end
        )

    def _scan(self, document: Any) -> "_Scan":
        # Formats ask for one document after the other, so that the last one is all that is kept.
        if self._scanned is None or self._scanned[0] != document:
            self._scanned = document, _Scan(self._body, *self._spans[document])
        return self._scanned[1]

    def _add(self, start: int, end: int) -> None:
        part = self._body[start:end]
        try:
            tree = msgspec.json.decode(part)
        except RecursionError as error:
            raise ParseError("not JSON that can be read: nested too deep") from error
        except (msgspec.MsgspecError, ValueError) as error:
            self._refuse(error, part, start)
        self.documents.append(tree)
        self._spans.append((start, end))

    def _read_lines(self) -> Iterator[ParseError]:
        for line in _LINE.finditer(self._body):
            if line[0].strip():
                try:
                    self._add(*line.span())
                except ParseError as error:
                    yield error

    def _refuse(self, error: Exception, part: str, start: int) -> NoReturn:
        said = str(error).removeprefix("JSON is malformed: ").removeprefix("Input data was ")
        at = start
        if (found := _BYTE.search(said)) is not None:
            before = part.encode()[: int(found[1])].decode("utf-8", "ignore")
            at += min(len(before), len(part.rstrip()))
        elif said == "truncated":
            at += len(part.rstrip())
        message = f"not JSON: {_BYTE.sub('', said)}"
        raise ParseError(message, self.lines.place(at, at)) from error


def read(text: str) -> JsonFile:
    """The file of a text. Raises `ParseError` with the place where it breaks."""
    return JsonFile(text)


def _shortened(broken: list[ParseError]) -> tuple[ParseError, ...]:
    told, rest = broken[:_MAX_BROKEN], broken[_MAX_BROKEN:]
    if rest:
        told.append(ParseError(f"not JSON: {len(rest):,} more lines", rest[0].place))
    return tuple(told)


def _is_line_by_line(text: str) -> bool:
    """Whether this is meant as NDJSON: most lines look like an object, and one is one."""
    lines = [line.strip() for line in text.split("\n")]
    objects = [line for line in lines if line.startswith("{") and line.endswith("}")]
    filled = sum(1 for line in lines if line)
    return filled > 1 and len(objects) * 2 > filled and any(map(_is_object, objects))


def _is_object(line: str) -> bool:
    try:
        return isinstance(msgspec.json.decode(line), dict)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False


class _Node:
    """An object or array: where it stands, and what is in it."""

    __slots__ = ("below", "end", "start")

    def __init__(self, start: int, bracket: str) -> None:
        self.start = self.end = start
        self.below: dict[str, _Spot] | list[_Spot] = {} if bracket == "{" else []


_Spot = _Node | tuple[int, int]
"""Where a value stands: the span of a string (quotes included), number, true, false or null"""


class _Scan:
    """Where the nodes of one JSON value stand; the text is known to be valid."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self.repeated: list[tuple[int, int]] = []
        """Keys that stand twice in an object"""
        self._root: _Spot = (start, end)
        stack: list[_Node] = []
        key = ""
        for token in _TOKEN.finditer(text, start, end):
            kind = token.lastgroup
            if kind == "key":
                key = _unquoted(token["string"])
                if key in stack[-1].below and len(self.repeated) < _MAX_REPEATED:
                    at, behind = token.span("string")
                    self.repeated.append((at + 1, behind - 1))
                continue
            if kind == "end":
                stack.pop().end = token.end()
                continue
            spot = _Node(token.start(), token[0]) if kind == "begin" else token.span()
            if not stack:
                self._root = spot
            elif isinstance(below := stack[-1].below, dict):
                below[key] = spot
            else:
                below.append(spot)
            if isinstance(spot, _Node):
                stack.append(spot)

    def find(self, path: Path) -> tuple[_Spot, bool]:
        """The spot of a node, or of the nearest one above it, and whether it is the node's."""
        spot = self._root
        for part in path:
            below = _below(spot, part)
            if below is None:
                return spot, False
            spot = below
        return spot, True


def _below(spot: _Spot, part: str | int) -> _Spot | None:
    below = spot.below if isinstance(spot, _Node) else None
    if isinstance(below, dict) and isinstance(part, str):
        return below.get(part)
    if isinstance(below, list) and isinstance(part, int) and part < len(below):
        return below[part]
    return None


def _unquoted(text: str) -> str:
    return msgspec.json.decode(text, type=str) if "\\" in text else text[1:-1]
