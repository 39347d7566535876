"""YAML text to trees: ryaml first, where it gives what libyaml's events give; those on any doubt.

ryaml reads in a ninth of the time that PyYAML's C loader takes. It refuses equal keys, drops
tags, doesn't merge `<<`, and copies what an alias names, so text with the like of an anchor, a
tag or a merge key goes to `yaml_events`; so does text with many brackets, since ryaml takes
quadratic time for open ones, and whatever ryaml refuses, since a person needs the place.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, cached_property, partial
from itertools import islice
from typing import Any

from ryaml import InvalidYamlError, loads_all

from detcov.load.lines import Lines, Path
from detcov.load.parsed import ParseError
from detcov.load.yaml_events import Tree, read_events
from detcov.model import Defect, Place

_SIGN = re.compile(r"[&!]")
# An anchor, an alias or a tag can only begin where a value can: after one of these and spaces.
_BEFORE_VALUE = frozenset("\n\r\x85\u2028\u2029,[{:?-")
_SPACES = 100
"""Spaces that are looked over; more of them are a doubt"""
_MAX_BRACKETS = 2_000
"""Flow brackets that ryaml is given; a thousand open ones cost it milliseconds"""
_ITEM = re.compile(
    r"""(?P<indent>[ ]*)-[ ]+(?:"(?P<double>[^"\\\n\r]*)"|'(?P<single>[^'\n\r]*)'"""
    r"""|(?P<plain>[^\s"'\[{&*!|>%@`#][^\n\r]*?))[ \t]*(?:[ \t]\#[^\n]*)?\r?(?:\n|\Z)""",
    re.VERBOSE,
)
_SKIPPED = re.compile(r"[ \t]*(?:#[^\n]*)?\r?\n")
_IN_FLOW = re.compile(r""""([^"\\\n\r]*)"|'([^'\n\r]*)'|([^\s,"'][^,\n\r]*?)(?=[ \t]*(?:,|\Z))""")


class YamlFile:
    """A YAML file, parsed once for all formats."""

    broken = ()

    def __init__(self, text: str) -> None:
        self.text = text
        self._shift = int(text.startswith("\ufeff"))
        self._body = text[self._shift :]
        documents = _read_fast(self._body)
        read = self._tree.documents if documents is None else documents
        self.documents: list[Any] = [] if read == [None] else read
        """One tree a document; None for an empty one beside others"""
        self._headers: dict[str, re.Match[str] | None] = {}
        """Where a key's list begins, None where the key stands elsewhere as well"""
        self._refused = self._tree.refused if documents is None else None
        self._repeated = self._tree.repeated if documents is None else ()

    @cached_property
    def lines(self) -> Lines:
        """Line and column of offsets into the text."""
        return Lines(self.text)

    @cached_property
    def _tree(self) -> Tree:
        if not self._shift:
            return read_events(self._body, self.lines)
        # libyaml counts from behind the BOM; a place is one in the file.
        try:
            return read_events(self._body, Lines(self._body))
        except ParseError as error:
            raise ParseError(str(error), error.place and self._shifted(error.place)) from error

    def check(self) -> None:
        """Raise `ParseError` for a tag that asks for objects; for a format that knows the file."""
        if self._refused is not None:
            tag, at = self._refused
            place = self._place(at, at + len(tag))
            raise ParseError(f"not YAML that is read: the tag {tag}", place)

    def defects(self, at: Path) -> tuple[Defect, ...]:
        """What is wrong with the YAML below a node: keys that stand twice."""
        return tuple(
            Defect(
                kind="duplicate-key",
                subject=str(one.at[-1]),
                place=self._place(one.start, one.end),
            )
            for one in self._repeated
            if one.at[: len(at)] == at
        )

    def entries(self) -> Iterator[tuple[tuple[int, int], dict[Any, Any]]]:
        """The mappings in documents that are a list, each by its document and position."""
        for number, document in enumerate(self.documents):
            for index, entry in enumerate(document if isinstance(document, list) else ()):
                if isinstance(entry, dict):
                    yield (number, index), entry

    def parts(self) -> Iterator[tuple[Path, dict[Any, Any]]]:
        """The mappings that a rule may be: documents, and entries of documents that are lists."""
        for number, document in enumerate(self.documents):
            if isinstance(document, dict):
                yield (number,), document
        yield from self.entries()

    def items(self, at: Path, values: Sequence[Any]) -> list[Place]:
        """Where the scalars of a list stand, `values` as the tree has them; `at` leads to the list.

        The text of the list is scanned, and the scan believed if it gives the very values; else
        the events tell.
        """
        spans = self._scan(at, values)
        if spans is not None:
            return [self.lines.place(start, end) for start, end in spans]
        return [self.at((*at, index), value) for index, value in enumerate(values)]

    def at(self, at: Path, value: Any = None) -> Place:
        """Where a node stands: exactly for a scalar whose text is its value, else its line."""
        span = self._tree.spans.get(at)
        if span is None:
            found = self._tree.starts.get(at)
            if found is None:
                return Place(line=1, exact=False) if not at else self.at(at[:-1])
            return self.lines.line(found + self._shift)
        start, end = span[0] + self._shift, span[1] + self._shift
        if self.text[start:end] == value:
            return self.lines.place(start, end)
        if self.text[start + 1 : end - 1] == value and self.text[start] in "\"'":
            return self.lines.place(start + 1, end - 1)
        return self.lines.line(start)

    def key_line(self, at: Path, keys: Iterable[str]) -> Place:
        """The line of the first of these keys of a document's mapping, for a rule's place."""
        if len(self.documents) == 1 and at == (0,):
            for key in keys:
                if self.text.startswith(f"{key}:"):
                    return self.lines.line(0)
                if (found := self.text.find(f"\n{key}:")) >= 0:
                    return self.lines.line(found + 1)
        return self.at(at)

    def _place(self, start: int, end: int) -> Place:
        return self.lines.place(start + self._shift, end + self._shift)

    def _shifted(self, place: Place) -> Place:
        return self.lines.place(place.start + self._shift, place.end + self._shift)

    def _scan(self, at: Path, values: Sequence[Any]) -> list[tuple[int, int]] | None:
        key = at[-1]
        if len(self.documents) != 1 or not isinstance(key, str):
            return None
        # Asked for every rule of a file: a search each time would take quadratic time.
        if key not in self._headers:
            found = list(islice(_keys(key).finditer(self.text), 2))
            self._headers[key] = found[0] if len(found) == 1 else None
        match = self._headers[key]
        if match is None or (len(at) == 2 and match["before"]):
            return None
        spans = self._flow(match) if match["flow"] is not None else self._block(match)
        same = len(spans) == len(values) and all(
            self.text[start:end] == value for (start, end), value in zip(spans, values, strict=True)
        )
        return spans if same else None

    def _block(self, header: re.Match[str]) -> list[tuple[int, int]]:
        spans: list[tuple[int, int]] = []
        position, indent = header.end(), None
        while True:
            if (skipped := _SKIPPED.match(self.text, position)) is not None:
                position = skipped.end()
                continue
            item = _ITEM.match(self.text, position)
            if item is None or indent not in {None, item["indent"]}:
                return spans
            indent = item["indent"]
            spans.append(item.span(item.lastgroup or 0))
            position = item.end()

    def _flow(self, header: re.Match[str]) -> list[tuple[int, int]]:
        start, end = header.span("flow")
        return [
            item.span(item.lastindex or 0) for item in _IN_FLOW.finditer(self.text[:end], start)
        ]


def read(text: str) -> YamlFile:
    """The file of a text. Raises `ParseError` with the place where it breaks."""
    return YamlFile(text)


def _read_fast(text: str) -> list[Any] | None:
    """The trees as ryaml reads them; None where they may be other ones, or it reads none."""
    if _in_doubt(text):
        return None
    try:
        documents: list[Any] | None = loads_all(text)
    except (InvalidYamlError, ValueError, TypeError):
        return None
    return documents or []


def _in_doubt(text: str) -> bool:
    special = "&" in text or "!" in text or "<<" in text
    return (
        special and ("<<" in text or any(map(partial(_begins_value, text), _SIGN.finditer(text))))
    ) or text.count("[") + text.count("{") > _MAX_BRACKETS


def _begins_value(text: str, sign: re.Match[str]) -> bool:
    at = sign.start()
    before = text[max(0, at - _SPACES) : at].rstrip(" \t")
    return not before or before[-1] in _BEFORE_VALUE


@cache
def _keys(key: str) -> re.Pattern[str]:
    """The lines that begin with a key, whose list follows below or stands behind it."""
    return re.compile(
        rf"^(?P<before>[ ]*(?:-[ ]+)?){re.escape(key)}[ ]*:"
        r"(?:[ \t]*\[(?P<flow>[^\]\n]*)\])?[ \t]*(?:#[^\n]*)?\r?(?:\n|\Z)",
        re.MULTILINE,
    )
