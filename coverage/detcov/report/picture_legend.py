"""The legend, drawn with the cells' own means so that it can't tell another story."""

from collections.abc import Iterator
from typing import Final

from detcov.report.picture_cell import CELL_HEIGHT, draw_cell
from detcov.report.picture_data import CellData, CellState
from detcov.report.picture_scene import Box, Item, Label
from detcov.report.picture_theme import STEPS, Theme
from detcov.report.picture_type import width

LEGEND_HEIGHT: Final = 46

_SAMPLE_WIDTH: Final = 92
_TEXT_SIZE: Final = 11.0


def draw_legend(x: float, y: float, room: float, theme: Theme) -> Iterator[Item]:
    """One row: the ramp of rules, then a sample of every other state."""
    right = x + room
    yield Label(x, y + 21, "Own rules", _TEXT_SIZE, theme.text, bold=True)
    x += width("Own rules", _TEXT_SIZE, bold=True) + 10
    for n, (step, colours) in enumerate(zip(STEPS, theme.ramp, strict=True)):
        text = f"{step}+" if n == len(STEPS) - 1 else _range(step, STEPS[n + 1])
        yield Box(x, y, 46, CELL_HEIGHT, fill=colours.fill, radius=2)
        yield Label(x + 23, y + 21, text, _TEXT_SIZE, colours.text, bold=True, anchor="center")
        x += 49
    x += 22
    for cell, lines in _SAMPLES:
        yield from draw_cell(cell, x, y, _SAMPLE_WIDTH, theme)
        x += _SAMPLE_WIDTH + 7
        for n, line in enumerate(lines):
            yield Label(x, y + 14 + 14 * n, line, _TEXT_SIZE, theme.muted)
        x += max(width(line, _TEXT_SIZE) for line in lines) + 20
    notes = ("Cells are parent techniques;", "tactic counts include sub-techniques")
    for n, line in enumerate(notes):
        yield Label(right, y + 14 + 14 * n, line, _TEXT_SIZE, theme.muted, anchor="right")


def _range(low: int, following: int) -> str:
    return str(low) if low == following - 1 else f"{low}–{following - 1}"


def _sample(state: CellState, name: str, *, rules: int = 0, covered: int = 0) -> CellData:
    return CellData(
        id="T0000",
        name=name,
        state=state,
        rules=rules,
        inferred=rules if state is CellState.INFERRED else 0,
        subtechniques=5,
        subtechniques_covered=covered,
    )


_SAMPLES: Final = (
    (
        _sample(CellState.STATED, "Own and via subs", rules=4, covered=2),
        ("2 of 5 sub-techniques", "have own rules, too"),
    ),
    (_sample(CellState.VIA, "Via subs only", covered=2), ("no own rule,", "covered via subs only")),
    (
        _sample(CellState.INFERRED, "Inferred tactic", rules=2),
        ("tactic inferred,", "not in the ratio"),
    ),
    (_sample(CellState.ELSEWHERE, "Elsewhere"), ("covered in", "another tactic")),
    (_sample(CellState.GAP, "Gap"), ("gap:", "no rule")),
    (_sample(CellState.OUTSIDE, "No rule"), ("PRE-only,", "in no ratio")),
)
