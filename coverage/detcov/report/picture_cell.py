"""One technique of the matrix: id, name, badge, colour."""

from collections.abc import Iterator
from typing import Final

from detcov.report.picture_data import CellData, CellState
from detcov.report.picture_scene import Box, Item, Label, Stripes
from detcov.report.picture_theme import Ink, Theme, ink, mix
from detcov.report.picture_type import clean, fit, shorten, width

CELL_HEIGHT: Final = 34

_PAD: Final = 5
_ID_SIZE: Final = 9.5
_NAME_SIZES: Final = (9.0, 8.5, 8.0)
_BADGE_SIZE: Final = 8.5


def draw_cell(cell: CellData, x: float, y: float, wide: float, theme: Theme) -> Iterator[Item]:
    """A cell whose upper left corner is at (x, y)."""
    colours = _ink(cell, theme)
    yield from _ground(cell, x, y, wide, theme)
    badge = _badge(cell)
    room = wide - 2 * _PAD
    if badge:
        taken = width(badge, _BADGE_SIZE, bold=True) + 8
        room_id = room - taken - 3
        fill, text = colours.text, colours.fill
        yield Box(x + wide - taken - 3, y + 2.5, taken, 11.5, fill=fill, radius=3)
        yield Label(
            x + wide - taken / 2 - 3, y + 11.5, badge, _BADGE_SIZE, text, bold=True, anchor="center"
        )
    else:
        room_id = room
    identifier = shorten(clean(cell.id), _ID_SIZE, room_id, bold=True)
    yield Label(x + _PAD, y + 11.5, identifier, _ID_SIZE, colours.text, bold=True)
    size, lines = fit(clean(cell.name), _NAME_SIZES, room, 2)
    for n, line in enumerate(lines):
        yield Label(x + _PAD, y + 20.7 + 9.5 * n, line, size, colours.text)


def _ink(cell: CellData, theme: Theme) -> Ink:
    match cell.state:
        case CellState.STATED | CellState.INFERRED:
            return ink(theme, cell.rules)
        case CellState.GAP | CellState.OUTSIDE:
            return theme.gap
        case CellState.ELSEWHERE | CellState.VIA:
            return theme.hollow


def _ground(cell: CellData, x: float, y: float, wide: float, theme: Theme) -> Iterator[Item]:
    colours = _ink(cell, theme)
    match cell.state:
        case CellState.STATED:
            yield Box(x, y, wide, CELL_HEIGHT, fill=colours.fill, radius=2)
        case CellState.INFERRED:
            yield Box(x, y, wide, CELL_HEIGHT, fill=colours.fill, radius=2)
            yield Stripes(x, y, wide, CELL_HEIGHT, mix(colours.fill, theme.background, 0.3))
            edge = mix(colours.fill, colours.text, 0.6)
            yield Box(x, y, wide, CELL_HEIGHT, line=edge, dashed=True, radius=2)
        case CellState.ELSEWHERE:
            yield Box(x, y, wide, CELL_HEIGHT, fill=colours.fill, line=theme.gap_line, radius=2)
            yield Box(x, y, 3, CELL_HEIGHT, fill=theme.ramp[2].fill)
        case CellState.VIA:
            edge = theme.ramp[3].fill
            yield Box(x, y, wide, CELL_HEIGHT, fill=colours.fill, line=edge, line_width=2, radius=2)
        case CellState.GAP:
            edge = theme.gap_line
            yield Box(x, y, wide, CELL_HEIGHT, fill=colours.fill, line=edge, dashed=True, radius=2)
        case CellState.OUTSIDE:
            yield Box(x, y, wide, CELL_HEIGHT, line=theme.gap_line, radius=2)


def _badge(cell: CellData) -> str:
    if not cell.subtechniques_covered:
        return ""
    return f"{cell.subtechniques_covered} of {cell.subtechniques}"
