"""What a report says, before any format: sentences, tables and notes.

A subject makes one Document; text, Markdown and the others render any Document.
"""

from typing import Literal

from msgspec import Struct


class Sentence(Struct, frozen=True, kw_only=True):
    """A line of prose; `strong` is the one to read first, `indent` counts steps."""

    text: str
    strong: bool = False
    indent: int = 0


class Column(Struct, frozen=True, kw_only=True):
    """A column of a table."""

    name: str
    align: Literal["left", "right"] = "left"
    shrink: bool = False
    """May be cut, with an ellipsis, where the table is too wide"""


class Table(Struct, frozen=True, kw_only=True):
    """Rows under columns; all cells are text."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""


class Blank(Struct, frozen=True, kw_only=True):
    """A gap between parts."""


Part = Sentence | Table | Blank


class Document(Struct, frozen=True, kw_only=True):
    """A whole report."""

    title: str
    parts: tuple[Part, ...]
