"""Renders a Document as text for a terminal, 80 columns wide."""

import textwrap
import unicodedata
from collections.abc import Iterator

from detcov.report.clean import clean, inert
from detcov.report.document import Blank, Column, Document, Sentence, Table

WIDTH = 80


def render_text(document: Document, *, bold: bool = False) -> str:
    """The document as lines of at most 80 columns; `bold` marks what is strong with ANSI codes."""
    lines: list[str] = []
    for part in document.parts:
        if isinstance(part, Blank):
            lines.append("")
        elif isinstance(part, Sentence):
            lines += _sentence(part, bold)
        else:
            lines += _table(part, bold)
    return "\n".join(map(inert, lines)) + "\n"


def width_of(text: str) -> int:
    """Columns that a text takes on a terminal: wide characters two, combining ones none."""
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


def _strong(text: str, bold: bool) -> str:
    return f"\x1b[1m{text}\x1b[0m" if bold else text


def _sentence(sentence: Sentence, bold: bool) -> Iterator[str]:
    indent = "  " * sentence.indent
    for line in textwrap.wrap(
        clean(sentence.text), WIDTH, initial_indent=indent, subsequent_indent=indent
    ):
        yield _strong(inert(line), bold) if sentence.strong else line


def _table(table: Table, bold: bool) -> Iterator[str]:
    rows = [tuple(clean(cell) for cell in row) for row in table.rows]
    header = tuple(column.name for column in table.columns)
    widths = _widths(table.columns, [header, *rows])
    if table.title:
        yield _strong(table.title, bold)
    if any(header):
        yield _strong(_row(header, table.columns, widths), bold)
    for row in rows:
        yield _row(row, table.columns, widths)


def _widths(columns: tuple[Column, ...], rows: list[tuple[str, ...]]) -> list[int]:
    widths = [max(width_of(row[index]) for row in rows) for index in range(len(columns))]
    excess = sum(widths) + 2 * (len(widths) - 1) - WIDTH
    for index, column in enumerate(columns):
        if column.shrink and excess > 0:
            less = min(excess, max(0, widths[index] - 12))
            widths[index] -= less
            excess -= less
    return widths


def _row(cells: tuple[str, ...], columns: tuple[Column, ...], widths: list[int]) -> str:
    shown = []
    for text, column, width in zip(cells, columns, widths, strict=True):
        fitted = cut(text, width)
        space = " " * (width - width_of(fitted))
        shown.append(space + fitted if column.align == "right" else fitted + space)
    return "  ".join(shown).rstrip()
