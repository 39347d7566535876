"""Renders a Document as text for a terminal, 80 columns wide."""

import textwrap
import unicodedata
from collections.abc import Iterator
from typing import assert_never

from detcov.report.clean import clean, inert
from detcov.report.document import (
    Blank,
    Column,
    Document,
    Heading,
    KeyNumber,
    KeyNumbers,
    Note,
    Part,
    Sentence,
    Table,
    plain,
)

WIDTH = 80
_LEAST = 12
"""Columns that a column which may shrink keeps"""


def render_text(document: Document, *, bold: bool = False) -> str:
    """The document as lines of at most 80 columns; `bold` marks what is strong with ANSI codes."""
    lines: list[str] = []
    for part in document.parts:
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
    for line in textwrap.wrap(
        clean(sentence.text),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_on_hyphens=False,
    ):
        yield _strong(inert(line), bold) if sentence.strong else line


def _table(table: Table, bold: bool) -> Iterator[str]:
    rows = [tuple(clean(plain(cell)) for cell in row) for row in table.rows]
    header = tuple(clean(column.name) for column in table.columns)
    widths = _widths(table.columns, [header, *rows])
    if table.title:
        yield from _sentence(Sentence(text=table.title, strong=True), bold)
    if any(header):
        yield _strong(_row(header, table.columns, widths), bold)
    for row in rows:
        yield _row(row, table.columns, widths)


def _widths(columns: tuple[Column, ...], rows: list[tuple[str, ...]]) -> list[int]:
    widths = [max(width_of(row[index]) for row in rows) for index in range(len(columns))]
    excess = sum(widths) + 2 * (len(widths) - 1) - WIDTH
    for index, column in enumerate(columns):
        if column.shrink and excess > 0:
            less = min(excess, max(0, widths[index] - _LEAST))
            widths[index] -= less
            excess -= less
    while excess > 0 and max(widths) > 1:
        # The last resort, so that no line ever wraps: the widest gives way.
        widest = widths.index(max(widths))
        widths[widest] -= 1
        excess -= 1
    return widths


def _row(cells: tuple[str, ...], columns: tuple[Column, ...], widths: list[int]) -> str:
    shown = []
    for text, column, width in zip(cells, columns, widths, strict=True):
        fitted = cut(text, width)
        space = " " * (width - width_of(fitted))
        shown.append(space + fitted if column.align == "right" else fitted + space)
    return "  ".join(shown).rstrip()
