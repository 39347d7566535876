"""YARA-L text to rules: names, meta values with places, and the text of the other sections.

Format: Google SecOps' YARA-L 2.0. Only what a mapping needs is read: a rule's sections, and the
`key = "value"` lines of `meta`. Comments, strings and patterns are passed over as wholes, since
they may hold the like of all that.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Final, NoReturn

from msgspec import Struct

from detcov.load.lines import Lines
from detcov.load.parsed import ParseError
from detcov.model import Place

# What stands between slashes is a pattern only behind a sign that a value may follow.
_TOKEN: Final = re.compile(
    r"""(?P<comment>//[^\n]*+)
      | (?P<long>/\*|`)
      | (?P<string>"(?:[^"\\]|\\.)*+")
      | (?P<pattern>(?<=[=(,])\s*+/(?:[^/\\\n]|\\[^\n])++/)
      | (?P<word>\w++)
      | (?P<sign>[{}:="])""",
    re.VERBOSE | re.ASCII | re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_SECTIONS: Final = frozenset(
    {"meta", "events", "match", "outcome", "condition", "options", "dedup", "select", "order"}
)


class _Token(Struct, frozen=True):
    kind: str
    """comment and pattern are passed over; "string", "word", or the sign itself"""
    text: str
    start: int
    end: int


class MetaValue(Struct, frozen=True, kw_only=True):
    """A value of `meta`; `start` is where its text begins, behind the quote."""

    key: str
    text: str
    start: int
    exact: bool
    """Whether the file has the text as it is, without escapes"""


class YaralRule(Struct, frozen=True, kw_only=True):
    """A rule: `sections` are the spans of its sections' texts."""

    name: str
    start: int
    meta: tuple[MetaValue, ...]
    sections: dict[str, tuple[int, int]]


class YaralFile:
    """A YARA-L file, parsed once for all formats."""

    broken = ()

    def __init__(self, text: str) -> None:
        self.text = text
        self._left = self._tokens()
        self.rules: tuple[YaralRule, ...] = tuple(self._rules())

    @cached_property
    def lines(self) -> Lines:
        """Line and column of offsets into the text."""
        return Lines(self.text)

    def check(self) -> None:
        """As `SyntaxFile.check`: there is nothing to refuse."""

    def place(self, value: MetaValue, start: int, length: int) -> Place:
        """Where a part of a value stands, by its offset into the value."""
        if not value.exact:
            return self.lines.line(value.start)
        at = value.start + start
        return self.lines.place(at, at + length)

    def _tokens(self) -> Iterator[_Token]:
        at = 0
        while (found := _TOKEN.search(self.text, at)) is not None:
            at, kind, text = found.end(), found.lastgroup or "", found[0]
            if kind == "long":
                closing, kind = ("*/", "comment") if text == "/*" else ("`", "string")
                if (closed := self.text.find(closing, at)) < 0:
                    self._refuse(f"a {'text' if kind == 'string' else kind} isn't closed", at)
                at = closed + len(closing)
            elif text == '"':
                self._refuse("a text isn't closed", found.start())
            if kind not in {"comment", "pattern"}:
                yield _Token(text if kind == "sign" else kind, text, found.start(), at)

    def _rules(self) -> Iterator[YaralRule]:
        for token in self._left:
            if token.text != "rule":
                self._refuse(f"{token.text[:30]!r} where a rule should begin", token.start)
            name, opening = next(self._left, token), next(self._left, token)
            if name.kind != "word" or opening.kind != "{":
                self._refuse("a rule without a name or an opening brace", token.start)
            yield self._rule(name, opening.end)

    def _rule(self, name: _Token, begun: int) -> YaralRule:
        meta: list[MetaValue] = []
        sections: dict[str, tuple[int, int]] = {}
        section, depth, before = "", 1, name
        for token in self._left:
            depth += (token.kind == "{") - (token.kind == "}")
            starts = token.kind == ":" and before.text in _SECTIONS
            if starts or not depth:
                sections[section] = begun, before.start if starts else token.start
                section, begun = before.text, token.end
                if not depth:
                    break
            elif section == "meta" and token.kind == "=":
                meta.append(self._value(before))
            before = token
        else:
            self._refuse(f"the rule {name.text} isn't closed", name.start)
        sections.pop("", None)
        return YaralRule(name=name.text, start=name.start, meta=tuple(meta), sections=sections)

    def _value(self, key: _Token) -> MetaValue:
        value = next(self._left, key)
        if key.kind != "word" or value.kind not in {"string", "word"}:
            self._refuse("meta holds more than keys and texts", key.start)
        quoted = value.kind == "string"
        start, end = value.start + quoted, value.end - quoted
        written = self.text[start:end]
        if "\n" in written:
            # In other sections it happens, and harms nothing.
            self._refuse("a text of meta isn't closed", value.start)
        # Between backticks a backslash is one.
        text = _ESCAPE.sub(r"\1", written) if value.text[0] == '"' else written
        return MetaValue(key=key.text, text=text, start=start, exact=text == written)

    def _refuse(self, what: str, at: int) -> NoReturn:
        raise ParseError(f"not YARA-L: {what}", self.lines.place(at, at))


def read(text: str) -> YaralFile:
    """The file of a text. Raises `ParseError` with the place where it breaks."""
    return YaralFile(text)
