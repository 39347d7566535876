"""Renders a Document as text for a terminal, 80 columns wide."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, zip_longest
from typing import assert_never

from detcov.report.clean import clean, inert
from detcov.report.document import (
    Blank,
    Cell,
    Column,
    Document,
    Heading,
    KeyNumber,
    KeyNumbers,
    Note,
    Part,
    Sentence,
    Table,
    for_people,
    plain,
)

WIDTH = 80
_LEAST = 16
"""Columns that a column which may shrink keeps, while others may be wider"""
_LONGEST = 24
"""A longer word is broken before any column of numbers gives way"""
_TALLEST = 12
"""Lines of a cell; what goes on after them is cut"""


def render_text(document: Document, *, bold: bool = False) -> str:
    """The document as lines of at most 80 columns; `bold` marks what is strong with ANSI codes."""
    document = for_people(document)
    lines: list[str] = []
    lead = (Sentence(text=document.lead),) if document.lead else ()
    for part in (*lead, *document.parts):
        if isinstance(part, Heading) and lines and lines[-1]:
            lines.append("")
        lines += _part(part, bold)
    return "\n".join(map(inert, lines)) + "\n"


def width_of(text: str) -> int:
    """Columns that a text takes on a terminal: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def cut(text: str, width: int) -> str:
    """The text, or as much as fits with an ellipsis."""
    if width_of(text) <= width:
        return text
    left = width - 1
    for at, char in enumerate(text):
        left -= width_of(char)
        if left < 0:
            return f"{text[:at]}…"
    return f"{text}…"


def wrap(text: str, width: int) -> Iterator[str]:
    """Lines of at most so many columns, broken between words; a word that is wider is broken."""
    line, room = "", width
    for word in _words(text, width):
        wide = width_of(word)
        if line and wide + 1 > room:
            yield line
            line, room = "", width
        line, room = (f"{line} {word}", room - wide - 1) if line else (word, width - wide)
    if line:
        yield line


def _words(text: str, width: int) -> Iterator[str]:
    """The words, those that are too wide in parts; any may begin a line."""
    for word in map(inert, text.split()):
        at = 0
        while at < len(word):
            part = _fitting(word[at : at + width + 1], width)
            yield part
            at += len(part)


def _fitting(text: str, width: int) -> str:
    """As much of a text as fits, one character at least."""
    for at, char in enumerate(text):
        width -= width_of(char)
        if width < 0:
            return text[: max(at, 1)]
    return text


def _part(part: Part, bold: bool) -> Iterator[str]:
    match part:
        case Blank():
            yield ""
        case Heading():
            yield from _sentence(Sentence(text=part.text, strong=True), bold)
        case Sentence():
            yield from _sentence(part, bold)
        case Note():
            yield from _sentence(Sentence(text=f"{part.kind.capitalize()}: {part.text}"), bold)
        case KeyNumbers():
            for number in part.numbers:
                yield from _sentence(Sentence(text=_key_number(number)), bold)
        case Table():
            if part.rows:
                yield from _table(part, bold)
        case _:
            assert_never(part)


def _strong(text: str, bold: bool) -> str:
    return f"\x1b[1m{text}\x1b[0m" if bold else text


def _key_number(number: KeyNumber) -> str:
    detail = f", {number.detail}" if number.detail else ""
    return f"{number.label}: {plain(number.value)}{detail}"


def _sentence(sentence: Sentence, bold: bool) -> Iterator[str]:
    indent = "  " * sentence.indent
    for line in wrap(inert(clean(sentence.text)), WIDTH - len(indent)):
        yield _strong(inert(indent + line), bold) if sentence.strong else indent + line


def _table(table: Table, bold: bool) -> Iterator[str]:
    rows = [_texts(row) for row in table.rows]
    header = tuple(clean(column.name) for column in table.columns)
    widths, whole = _widths(table.columns, header, rows)
    if table.title:
        yield from _sentence(Sentence(text=table.title, strong=True), bold)
    beside = [line for row in rows for line in _row(row, table.columns, widths)]
    if not whole:
        below = [line for row in rows for line in _stacked(row, table.columns, header)]
        if len(below) <= len(beside):
            yield from below
            return
    if any(header):
        for line in _row(header, table.columns, widths):
            yield _strong(line, bold)
    yield from beside


def _stacked(
    cells: Sequence[str], columns: Sequence[Column], header: Sequence[str]
) -> Iterator[str]:
    """A row that takes no more lines so: what it is about, then a line for each further cell."""
    named = next((at for at, one in enumerate(columns) if one.shrink), 0) + 1
    first, *more = _lines("  ".join(filter(None, cells[:named])), WIDTH - 2)
    yield first
    yield from (f"  {line}" for line in more)
    for name, cell in zip(header[named:], cells[named:], strict=True):
        if cell:
            lines = _lines(f"{name}: {cell}" if name else cell, WIDTH - 4)
            yield from (f"    {line}" for line in lines)


def _texts(row: Iterable[Cell]) -> tuple[str, ...]:
    """The cells' texts; any may be the first of a line, which must not begin with a command."""
    return tuple(inert(clean(plain(cell))) for cell in row)


def _widths(
    columns: Sequence[Column], header: Sequence[str], rows: Sequence[Sequence[str]]
) -> tuple[list[int], bool]:
    """The columns' widths, so that no line is too wide: names give way before anything else.

    And whether no word but the longest has to be broken for that.
    """
    room = WIDTH - 2 * (len(columns) - 1)
    names = [_widest(name.split()) for name in header]
    inside = [_widest(row[at] for row in rows) for at in range(len(columns))]
    widths = list(map(max, inside, map(width_of, header)))
    if sum(widths) <= room:
        return widths, True
    widths = [min(room, max(pair)) for pair in zip(inside, names, strict=True)]
    words = [
        _widest(word for row in rows for word in row[at].split()) for at in range(len(columns))
    ]
    words = [min(max(pair), _LONGEST) for pair in zip(words, names, strict=True)]
    for floors in ([max(_LEAST, one) for one in words], words):
        _narrow(
            widths,
            room,
            [
                floor if column.shrink else width
                for column, floor, width in zip(columns, floors, widths, strict=True)
            ],
        )
    whole = sum(widths) <= room
    _narrow(widths, room, [_LEAST // 2 if one.shrink else room for one in columns])
    _narrow(widths, room, [1] * len(columns))
    return widths, whole


def _widest(texts: Iterable[str]) -> int:
    return max(map(width_of, texts), default=0)


def _narrow(widths: list[int], room: int, floors: Sequence[int]) -> None:
    """Take from the widest column that is above its floor, until all fit or none is."""
    while sum(widths) > room:
        above = [at for at, width in enumerate(widths) if width > floors[at]]
        if not above:
            return
        widths[max(above, key=widths.__getitem__)] -= 1


def _row(cells: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> Iterator[str]:
    """A row's lines: one, or as many as its tallest cell has."""
    tall = [_lines(text, width) for text, width in zip(cells, widths, strict=True)]
    for line in zip_longest(*tall, fillvalue=""):
        shown = []
        for text, column, width in zip(line, columns, widths, strict=True):
            space = " " * (width - width_of(text))
            shown.append(space + text if column.align == "right" else text + space)
        yield "  ".join(shown).rstrip()


def _lines(text: str, width: int) -> list[str]:
    if width_of(text) <= width:
        return [text]
    indent = " " * min(len(text) - len(text.lstrip(" ")), width // 2)
    room = width - len(indent)
    lines = list(islice(wrap(text, room), _TALLEST + 1))
    if len(lines) > _TALLEST:
        lines[_TALLEST - 1 :] = [cut(f"{lines[_TALLEST - 1]}…", room)]
    return [indent + line for line in lines]
