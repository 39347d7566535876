"""XML text to elements with places: expat's events, put together here.

Files of Wazuh's kind have several roots, and a dialect: a backslash makes "<" a plain character,
and so is an "&" that begins no entity. Such signs are masked, one code point for one, so that
offsets stay what they are. No DTD is read, so there is no entity to expand or to fetch.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from typing import Final
from xml.parsers import expat

from detcov.load.lines import Lines, without_bom
from detcov.load.parsed import ParseError
from detcov.model import Place

MAX_DEPTH: Final = 100
"""Nesting beyond this is refused; rules have four levels"""
_DECLARATION = re.compile(r"\s*<\?xml\b[^>]*\?>")
_DIALECT = re.compile(r"(?<!\\)(?:\\\\)*\\<|&(?!(?:lt|gt|amp|apos|quot|#\d+|#x[\da-fA-F]+);)")
_MASKS = {"<": "\ue000", "&": "\ue001"}
_UNMASK = str.maketrans({mask: sign for sign, mask in _MASKS.items()})
_DOCTYPE = "<!DOCTYPE"
_WRAPPER = "<_>"


class Element:
    """An element: `text` is what stands directly in it, `start` the offset of its tag."""

    __slots__ = ("attributes", "below", "name", "pieces", "start", "text_start")

    def __init__(self, name: str, attributes: dict[str, str], start: int) -> None:
        self.name, self.attributes, self.start = name, attributes, start
        self.below: list[Element] = []
        self.pieces: list[str] = []
        self.text_start = start

    @property
    def text(self) -> str:
        """The text directly in the element, without what is around it."""
        return "".join(self.pieces).strip().translate(_UNMASK)

    def all(self, name: str) -> "Iterator[Element]":
        """The elements of a name directly below."""
        return (one for one in self.below if one.name == name)


class XmlFile:
    """An XML file, or one of several roots, parsed once for all formats."""

    broken = ()

    def __init__(self, text: str) -> None:
        self.text = text
        body = without_bom(text)
        if (declaration := _DECLARATION.match(body)) is not None:
            body = re.sub(r"\S", " ", declaration[0]) + body[declaration.end() :]
        try:
            self.roots = self._elements(body)
        except ParseError:
            masked = _DIALECT.sub(_masked, body)
            if masked == body:
                raise
            self.roots = self._elements(masked)

    @cached_property
    def lines(self) -> Lines:
        """Line and column of offsets into the text."""
        return Lines(self.text)

    def check(self) -> None:
        """As `SyntaxFile.check`: whatever is refused is refused at once."""

    def place(self, element: Element) -> Place:
        """Where an element's text stands; its line only where it is written otherwise."""
        whole = "".join(element.pieces)
        start = element.text_start + len(whole) - len(whole.lstrip())
        end = start + len(element.text)
        if self.text[start:end] == element.text:
            return self.lines.place(start, end)
        return self.lines.line(element.start)

    def _elements(self, body: str) -> list[Element]:
        reader = _Reader(body)
        try:
            return reader.read()
        except expat.ExpatError as error:
            at = reader.offset(reader.parser.ErrorByteIndex)
            message = f"not XML: {expat.errors.messages[error.code]}"
            # expat names the sign behind "<!": where there is a root already, a DTD is none to it.
            if (doctype := body.find(_DOCTYPE, max(at - 2, 0), at + len(_DOCTYPE))) >= 0:
                message, at = "not XML that is read: it has a document type (DTD)", doctype
            at = min(at, len(body))
            raise ParseError(message, self.lines.place(at, at)) from error
        except RecursionError as error:
            raise ParseError("not XML that can be read: nested too deep") from error


class _Reader:
    """Puts expat's events together."""

    def __init__(self, body: str) -> None:
        self._body = body
        self._wide = [found.start() for found in re.finditer(r"[^\x00-\x7f]", body)]
        self._behind: list[int] = []
        """The byte offset behind each of them"""
        extra = len(_WRAPPER)
        for at in self._wide:
            extra += len(body[at].encode("utf-8", "replace")) - 1
            self._behind.append(at + 1 + extra)
        self.root = Element("", {}, 0)
        self._stack = [self.root]
        self.parser = expat.ParserCreate("utf-8")
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    def read(self) -> list[Element]:
        """The roots. Raises `ExpatError`."""
        self.parser.Parse(_WRAPPER, False)
        self.parser.Parse(self._body, False)
        self.parser.Parse(_WRAPPER.replace("<", "</"), True)
        (wrapper,) = self.root.below
        return wrapper.below

    def offset(self, index: int) -> int:
        """The code point of a byte that expat names."""
        wide = bisect_right(self._behind, index)
        if not wide:
            return max(index - len(_WRAPPER), 0)
        return self._wide[wide - 1] + 1 + index - self._behind[wide - 1]

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._stack) > MAX_DEPTH:
            raise RecursionError
        plain = {key: value.translate(_UNMASK) for key, value in attributes.items()}
        element = Element(name, plain, self.offset(self.parser.CurrentByteIndex))
        self._stack[-1].below.append(element)
        self._stack.append(element)

    def _end(self, _name: str) -> None:
        self._stack.pop()

    def _characters(self, data: str) -> None:
        element = self._stack[-1]
        if not element.pieces:
            if data.isspace():
                return
            element.text_start = self.offset(self.parser.CurrentByteIndex)
        element.pieces.append(data)


def read(text: str) -> XmlFile:
    """The file of a text. Raises `ParseError` with the place where it breaks."""
    return XmlFile(text)


def _masked(found: re.Match[str]) -> str:
    return found[0][:-1] + _MASKS[found[0][-1]]
