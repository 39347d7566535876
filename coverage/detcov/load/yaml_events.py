"""YAML text to trees with the place of every value: libyaml's events, put together here.

The reference and the fallback for `yaml_text`. PyYAML's own loader recurses in C, so that deep
nesting ends the process, and it lets the last of two equal keys win without a word; events come
one by one, and both can be told. Plain scalars are those of YAML 1.2's core schema (`yes` is a
string, dates are strings), except that an integer with leading zeros is a string too.
"""

import re
from collections.abc import Iterator
from math import isfinite
from typing import Any, Final

import yaml
from msgspec import Struct

from detcov.load.lines import Lines, Path
from detcov.load.parsed import ParseError

MAX_DEPTH: Final = 128
"""Nesting beyond this is refused, as ryaml refuses it; rules have ten levels at most"""
MAX_EXPANDED: Final = 100_000
"""Values that aliases may add to a file; a "billion laughs" file has more"""
_MAX_REPEATED = 100
_CORE = "tag:yaml.org,2002:"
_KNOWN_TAGS = frozenset(
    {None, "!", *(_CORE + name for name in ("str", "int", "float", "bool", "null", "seq", "map"))}
)
_UNREADABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*|0x[0-9a-fA-F]+|0o[0-7]+|0b[01]+)")
_FLOAT = re.compile(
    r"[-+]?(?:[0-9]+(?:\.[0-9]*(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)|\.[0-9]+(?:[eE][-+]?[0-9]+)?)"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_BASES = {"0x": 16, "0o": 8, "0b": 2}
_MAX_DIGITS = 4000
_NO_KEY: Final = object()


class Repeated(Struct, frozen=True, kw_only=True):
    """A key that stands twice in one mapping; the last one counts."""

    at: Path
    """Document and keys down to the value"""
    start: int
    end: int


class Tree(Struct, frozen=True, kw_only=True):
    """What the events of a text come to."""

    documents: list[Any]
    spans: dict[Path, tuple[int, int]]
    """Where each scalar stands, quotes included, by document and keys down to it"""
    starts: dict[Path, int]
    """Where each mapping and list begins"""
    repeated: tuple[Repeated, ...]
    refused: tuple[str, int] | None
    """The first tag that asks for more than plain values, and where"""


class _Frame:
    """A mapping or list that is being filled."""

    __slots__ = ("anchor", "expanded", "key", "merges", "path", "value")

    def __init__(self, value: Any, path: Path, anchor: str | None) -> None:
        self.value, self.path, self.anchor = value, path, anchor
        self.key: Any = _NO_KEY
        self.merges = False
        self.expanded = 1

    @property
    def wants_key(self) -> bool:
        return isinstance(self.value, dict) and self.key is _NO_KEY

    @property
    def here(self) -> Path:
        """The path of what comes next."""
        return (*self.path, self.key if isinstance(self.value, dict) else len(self.value))


def read_events(text: str, lines: Lines) -> Tree:
    """The documents of a text, which has no BOM. Raises `ParseError` with the place."""
    if (found := _UNREADABLE.search(text)) is not None:
        message = f"not YAML: the character U+{ord(found[0]):04X}"
        raise ParseError(message, lines.place(found.start(), found.end()))
    builder = _Builder(text, lines)
    try:
        for event in _events(text):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = min(mark.index if mark is not None else len(text), len(text))
        raise ParseError(f"not YAML: {_problem(error, text, at)}", lines.place(at, at)) from error
    except yaml.YAMLError as error:
        raise ParseError(f"not YAML: {str(error).splitlines()[0]}") from error
    return builder.tree()


def _events(text: str) -> Iterator[Any]:
    loader = yaml.CSafeLoader(text)
    try:
        while loader.check_event():
            yield loader.get_event()
    finally:
        loader.dispose()


def _problem(error: yaml.MarkedYAMLError, text: str, at: int) -> str:
    if text[at : at + 1] == "\t":
        return "a tab, where only spaces may stand"
    return (error.problem or error.context or "it can't be read").removeprefix("found ")


class _Builder:
    """Puts events together, without recursion."""

    def __init__(self, text: str, lines: Lines) -> None:
        self._text, self._lines = text, lines
        self._stack: list[_Frame] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._open: set[str] = set()
        self._documents: list[Any] = []
        self._spans: dict[Path, tuple[int, int]] = {}
        self._starts: dict[Path, int] = {}
        self._repeated: list[Repeated] = []
        self._refused: tuple[str, int] | None = None
        self._expanded = 0

    def tree(self) -> Tree:
        """All that was taken."""
        return Tree(
            documents=self._documents,
            spans=self._spans,
            starts=self._starts,
            repeated=tuple(self._repeated),
            refused=self._refused,
        )

    def take(self, event: Any) -> None:
        """The next event of the text."""
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self._begin(event)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            frame = self._stack.pop()
            self._put(frame.value, frame.expanded, frame.anchor)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._anchors = {}

    def _scalar(self, event: Any) -> None:
        self._look_at_tag(event)
        span = event.start_mark.index, event.end_mark.index
        value = _value(event)
        if self._stack and self._stack[-1].wants_key:
            self._enter(value, span)
            self._stack[-1].merges = value == "<<" and event.implicit[0]
            if event.anchor:
                self._anchors[event.anchor] = value, 1
            return
        self._spans[self._here()] = span
        self._put(value, 1, event.anchor)

    def _begin(self, event: Any) -> None:
        self._look_at_tag(event)
        at = event.start_mark.index
        if len(self._stack) >= MAX_DEPTH:
            self._refuse("nested too deep", at)
        if self._stack and self._stack[-1].wants_key:
            self._refuse("a key that is no plain value", at)
        value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        frame = _Frame(value, self._here(), event.anchor)
        self._starts[frame.path] = at
        if event.anchor:
            self._open.add(event.anchor)
            self._anchors.pop(event.anchor, None)
        self._stack.append(frame)

    def _alias(self, event: Any) -> None:
        at = event.start_mark.index
        if event.anchor not in self._anchors:
            inside = event.anchor in self._open
            self._refuse("an alias inside of its own anchor" if inside else "an unknown alias", at)
        value, expanded = self._anchors[event.anchor]
        self._expanded += expanded
        if self._expanded > MAX_EXPANDED:
            self._refuse(f"aliases that add over {MAX_EXPANDED:,} values", at)
        if self._stack and self._stack[-1].wants_key:
            if isinstance(value, (dict, list)):
                self._refuse("a key that is no plain value", at)
            self._enter(value, (at, event.end_mark.index))
            return
        self._starts[self._here()] = at
        self._put(value, expanded, None)

    def _enter(self, key: Any, span: tuple[int, int]) -> None:
        """A mapping's key."""
        frame = self._stack[-1]
        if key in frame.value and len(self._repeated) < _MAX_REPEATED:
            path = (*frame.path, key)
            self._repeated.append(Repeated(at=path, start=span[0], end=span[1]))
        frame.key, frame.merges = key, False

    def _here(self) -> Path:
        return self._stack[-1].here if self._stack else (len(self._documents),)

    def _put(self, value: Any, expanded: int, anchor: str | None) -> None:
        """A value that is whole, into what holds it."""
        if anchor is not None:
            self._open.discard(anchor)
            self._anchors[anchor] = value, expanded
        if not self._stack:
            self._documents.append(value)
            return
        frame = self._stack[-1]
        frame.expanded += expanded
        if isinstance(frame.value, list):
            frame.value.append(value)
            return
        if frame.merges and isinstance(value, (dict, list)):
            _merge(frame.value, value)
        else:
            frame.value[frame.key] = value
        frame.key = _NO_KEY

    def _look_at_tag(self, event: Any) -> None:
        if event.tag not in _KNOWN_TAGS and self._refused is None:
            self._refused = event.tag.replace(_CORE, "!!"), event.start_mark.index

    def _refuse(self, what: str, at: int) -> None:
        raise ParseError(f"not YAML that can be read: {what}", self._lines.place(at, at))


def _merge(into: dict[Any, Any], value: Any) -> None:
    """YAML 1.1's merge key: what isn't there yet comes from the mapping, or the mappings."""
    for one in value if isinstance(value, list) else [value]:
        for key, item in one.items() if isinstance(one, dict) else ():
            into.setdefault(key, item)


def _value(event: Any) -> Any:
    """The value of a scalar."""
    text, tag = event.value, event.tag
    if tag in {"!", _CORE + "str"}:
        return text
    if event.implicit[0] or (tag is not None and tag in _KNOWN_TAGS):
        return _plain(text)
    return text


def _plain(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _INT.fullmatch(text):
        return _integer(text)
    if _FLOAT.fullmatch(text):
        lowered = text.lower()
        if "n" in lowered:
            return float(lowered.replace(".", ""))
        # What is too large for a number stays the text it is.
        return number if isfinite(number := float(text)) else text
    return text


def _integer(text: str) -> Any:
    # Python refuses to convert more digits; no rule means such a number.
    if len(text) > _MAX_DIGITS:
        return text
    sign, digits = (text[0], text[1:]) if text[0] in "+-" else ("", text)
    base = _BASES.get(digits[:2])
    number = int(digits[2:], base) if base else int(digits)
    return -number if sign == "-" else number
