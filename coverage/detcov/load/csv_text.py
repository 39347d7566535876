"""CSV text to rows with places: the csv module gives the values, a scan of the text says where.

The scan is believed only if it gives the very rows. The delimiter is the one of comma, semicolon
and tab that the first line has most of.
"""

import csv
import io
import re
from collections.abc import Iterator
from functools import cached_property

from detcov.load.lines import Lines
from detcov.load.parsed import ParseError
from detcov.model import Place

_DELIMITERS = ",;\t"


class CsvFile:
    """A CSV file, parsed once for all formats."""

    def __init__(self, text: str) -> None:
        self.text = text
        # A byte order mark is no part of the first value.
        self._shift = int(text.startswith("\ufeff"))
        self._body = text[self._shift :]
        first = self._body.partition("\n")[0]
        self._delimiter = max(_DELIMITERS, key=first.count)
        self.rows: list[list[str]] = []
        """The first one is the header; a blank line is an empty row"""
        self.broken: tuple[ParseError, ...] = ()
        self._line_numbers: list[int] = []
        self._read()

    @cached_property
    def lines(self) -> Lines:
        """Line and column of offsets into the text."""
        return Lines(self.text)

    def check(self) -> None:
        """As `SyntaxFile.check`: CSV that parses holds nothing to refuse."""

    def at(self, row: int, column: int) -> Place:
        """Where a value stands, without its quotes: exactly if the text there is the value."""
        spans = self._spans
        if spans is None:
            return Place(line=self._line_numbers[row], exact=False)
        start, end = (at + self._shift for at in spans[row][column])
        exact = self.text[start:end] == self.rows[row][column]
        return self.lines.place(start, end) if exact else self.lines.line(start)

    def _read(self) -> None:
        reader = csv.reader(
            io.StringIO(self._body, newline=""), delimiter=self._delimiter, strict=True
        )
        begin = 1
        try:
            for row in reader:
                self.rows.append(row)
                self._line_numbers.append(begin)
                begin = reader.line_num + 1
        except csv.Error as error:
            place = Place(line=begin, exact=False)
            raise ParseError(f"not CSV: {error}", place) from error

    @cached_property
    def _spans(self) -> list[list[tuple[int, int]]] | None:
        spans = list(_scan(self._body, self._delimiter))
        values = [[_unquoted(self._body, span) for span in row] for row in spans]
        if values != self.rows:
            return None
        return [[_inner(self._body, span) for span in row] for row in spans]


def read(text: str) -> CsvFile:
    """The file of a text. Raises `ParseError` with the line where it breaks."""
    return CsvFile(text)


def _scan(text: str, delimiter: str) -> Iterator[list[tuple[int, int]]]:
    """The spans of each row's values, quotes included."""
    field = re.compile(rf'("[^"]*+(?:""[^"]*+)*+"|[^{delimiter}\r\n]*+)({delimiter}|\r\n|\n|\r|\Z)')
    position, row = 0, list[tuple[int, int]]()
    while position < len(text) or row:
        found = field.match(text, position)
        if found is None:
            return
        position = found.end()
        if found[2] != delimiter:
            # The csv module has no value in a blank line.
            row += [] if not row and not found[1] else [found.span(1)]
            yield row
            row = []
            if not found[2]:
                return
        else:
            row.append(found.span(1))


def _inner(text: str, span: tuple[int, int]) -> tuple[int, int]:
    start, end = span
    return (start + 1, end - 1) if text[start : start + 1] == '"' else span


def _unquoted(text: str, span: tuple[int, int]) -> str:
    start, end = _inner(text, span)
    return text[start:end].replace('""', '"') if (start, end) != span else text[start:end]
