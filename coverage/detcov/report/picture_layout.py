"""Lays a picture out: where everything stands on a page 1920 px wide.

A page of 1920 by 1080 is the aim, as that is a slide. The longest columns are folded into two
or three until the page is low enough or the cells would become too narrow to read; what is
longer still makes the page higher.
"""

from collections.abc import Iterator
from math import ceil
from typing import Final

from msgspec import Struct

from detcov.report.heatmap_card import MITRE_NOTICE
from detcov.report.picture_cell import CELL_HEIGHT, draw_cell
from detcov.report.picture_data import PictureData, RatioData, TacticData
from detcov.report.picture_legend import LEGEND_HEIGHT, draw_legend
from detcov.report.picture_scene import Box, Item, Label, Scene
from detcov.report.picture_theme import DARK, LIGHT, Theme
from detcov.report.picture_type import clean, fit, shorten, width, wrap

PAGE_WIDTH: Final = 1920
SLIDE_HEIGHT: Final = 1080

MARGIN: Final = 28
BANNER: Final = 110
HEADER: Final = 63
ROW: Final = CELL_HEIGHT + 3
_BETWEEN_TACTICS: Final = 8
BETWEEN_FOLDS: Final = 3
_NARROWEST: Final = 98
FOOT: Final = 20


class Column(Struct, frozen=True, kw_only=True):
    """One tactic's place: its cells run down `folds` columns beside each other."""

    x: float
    folds: int
    cell_width: float

    @property
    def width(self) -> float:
        """Over all folds."""
        return self.folds * self.cell_width + (self.folds - 1) * BETWEEN_FOLDS


def lay_out(data: PictureData, *, title: str, date: str | None, dark: bool) -> Scene:
    """The scene of one picture."""
    theme = DARK if dark else LIGHT
    title = clean(title)
    folds = fold([len(tactic.cells) for tactic in data.tactics])
    rows = rows_of([len(tactic.cells) for tactic in data.tactics], folds)
    bottom = BANNER + HEADER + max(rows, 1) * ROW
    items: list[Item] = [*_banner(data, title, date, theme)]
    for tactic, column in zip(data.tactics, place_columns(folds), strict=True):
        items += _tactic(tactic, column, theme)
    items += draw_legend(MARGIN, bottom + 12, PAGE_WIDTH - 2 * MARGIN, theme)
    notice = bottom + 12 + LEGEND_HEIGHT
    items += _foot(notice, theme)
    return Scene(
        title=title,
        width=PAGE_WIDTH,
        height=notice + FOOT + 12,
        background=theme.background,
        items=tuple(items),
    )


def fold(cells: list[int]) -> list[int]:
    """How many columns each tactic's cells run down."""
    folds = [1] * len(cells)
    room = SLIDE_HEIGHT - BANNER - HEADER - LEGEND_HEIGHT - FOOT - 24
    while cells and rows_of(cells, folds) * ROW > room:
        longest = max(range(len(cells)), key=lambda n: (ceil(cells[n] / folds[n]), -n))
        folds[longest] += 1
        if _cell_width(folds) < _NARROWEST:
            folds[longest] -= 1
            break
    return folds


def rows_of(cells: list[int], folds: list[int]) -> int:
    """Rows of the page: those of the longest tactic."""
    return max((ceil(n / k) for n, k in zip(cells, folds, strict=True)), default=0)


def _cell_width(folds: list[int]) -> float:
    gaps = (len(folds) - 1) * _BETWEEN_TACTICS + (sum(folds) - len(folds)) * BETWEEN_FOLDS
    # Whole pixels, so that every edge is sharp.
    return (PAGE_WIDTH - 2 * MARGIN - gaps) // sum(folds)


def place_columns(folds: list[int]) -> Iterator[Column]:
    """Where the tactics stand, from left to right, given how many columns each has."""
    x: float = MARGIN
    for each in folds:
        column = Column(x=x, folds=each, cell_width=_cell_width(folds))
        yield column
        x += column.width + _BETWEEN_TACTICS


def _banner(data: PictureData, title: str, date: str | None, theme: Theme) -> Iterator[Item]:
    x: float = PAGE_WIDTH - MARGIN
    stats = (
        (data.pre_only, "PRE-only techniques", False),
        (data.parents_with_via, "Parents, own or via subs", False),
        (data.two_or_more, "Two rules or more", False),
        (data.headline, "Covered", True),
    )
    for ratio, label, big in stats:
        x -= 16
        value, counts = ratio.percent, f"{ratio.numerator:,} of {ratio.denominator:,}"
        if ratio is data.pre_only:
            value, counts = (counts, "counts, no ratio") if ratio.denominator else ("n/a", "")
        lines = _stat_lines(ratio)
        texts = [(label, 12.5, big), (value, 36.0 if big else 25.0, True), (counts, 13.0, big)]
        room = max(width(t, size, bold=bold) for t, size, bold in texts)
        room = max(room, *(width(line, 10.5) for line in lines))
        x -= ceil(room)
        yield Label(x, 31, label, 12.5, theme.text if big else theme.muted, bold=big)
        ink = theme.accent if big else theme.text
        yield Label(x, 68 if big else 60, value, 36.0 if big else 25.0, ink, bold=True)
        beside = x + width(value, 36.0, bold=True) + 10 if big else x
        yield Label(beside, 68 if big else 77, counts, 13.0, theme.text, bold=big)
        for n, line in enumerate(lines):
            yield Label(x, (85 if big else 90) + 12 * n, line, 10.5, theme.muted)
        x -= 16
        yield Box(x, 20, 1, 84, fill=theme.line)
    room = x - MARGIN - 16
    yield Label(MARGIN, 50, shorten(title, 27.0, room, bold=True), 27.0, theme.text, bold=True)
    for n, line in enumerate(wrap(_subtitle(data, date), 13.0, room, 2)):
        yield Label(MARGIN, 73 + 18 * n, line, 13.0, theme.muted)


def _stat_lines(ratio: RatioData) -> list[str]:
    return wrap(clean(ratio.definition), 10.5, 250, 2)


def _subtitle(data: PictureData, date: str | None) -> str:
    platforms = ", ".join(data.platforms) if data.platforms else "all platforms"
    counted = "rule" if data.rules == 1 else "rules"
    kind = "" if data.count == "all" else f"{data.count} "
    parts = [data.dataset, f"{data.rules:,} {kind}{counted}", platforms, *([date] if date else [])]
    return clean(" · ".join(parts))


def _tactic(tactic: TacticData, column: Column, theme: Theme) -> Iterator[Item]:
    yield from _tactic_header(tactic, column, theme)
    rows = ceil(len(tactic.cells) / column.folds)
    for n, cell in enumerate(tactic.cells):
        across, down = divmod(n, rows)
        x = column.x + across * (column.cell_width + BETWEEN_FOLDS)
        y = BANNER + HEADER + down * ROW
        yield from draw_cell(cell, x, y, column.cell_width, theme)


def _tactic_header(tactic: TacticData, column: Column, theme: Theme) -> Iterator[Item]:
    x, y, room = column.x, BANNER, column.width - 10
    yield Box(x, y, column.width, HEADER - 5, fill=theme.header, radius=3)
    size, lines = fit(clean(tactic.name), (11.0, 10.5, 10.0, 9.5), room, 2, bold=True)
    for n, line in enumerate(lines):
        yield Label(x + 5, y + 14 + 13 * n, line, size, theme.text, bold=True)
    if not tactic.techniques:
        yield Label(x + 5, y + 41, "n/a", 10.0, theme.muted)
        yield Label(x + 5, y + 52, shorten("nothing in scope", 9.0, room), 9.0, theme.muted)
        return
    counts = f"{tactic.covered:,} of {tactic.techniques:,}"
    ratio = f"{counts} · {tactic.percent}" if tactic.percent else counts
    yield Label(x + 5, y + 41, shorten(ratio, 10.0, room), 10.0, theme.text)
    if tactic.inferred:
        more = shorten(f"+{tactic.inferred:,} inferred", 9.0, room)
        yield Label(x + 5, y + 52, more, 9.0, theme.muted)
    elif not tactic.percent:
        yield Label(x + 5, y + 52, shorten("PRE-only", 9.0, room), 9.0, theme.muted)
    if tactic.percent:
        yield Box(x, y + HEADER - 8, column.width, 3, fill=theme.track)
        share = column.width * tactic.covered / tactic.techniques
        yield Box(x, y + HEADER - 8, share, 3, fill=theme.accent)


def _foot(y: float, theme: Theme) -> Iterator[Item]:
    texts = (
        "Mapped is not the same as detected: a rule counts by what it says about itself.",
        f"MITRE ATT&CK®. {MITRE_NOTICE}",
    )
    room = PAGE_WIDTH - 2 * MARGIN
    yield Box(MARGIN, y, room, 1, fill=theme.line)
    yield Label(MARGIN, y + 16, shorten(" ".join(texts), 10.0, room), 10.0, theme.muted)
