"""The gaps of platforms as a picture for a slide, 1920 px wide, as PNG (docs/pictures.md)."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from typing import Final

import msgspec
from msgspec import Struct

from detcov.analysis.gap_study import GapStudy
from detcov.report import gaps_words as words
from detcov.report.gaps_shown import GapState, ShownTechnique, shown_techniques
from detcov.report.heatmap_card import MITRE_NOTICE
from detcov.report.picture import FINGERPRINT_KEY
from detcov.report.picture_cell import CELL_HEIGHT
from detcov.report.picture_data import RatioData, printable
from detcov.report.picture_layout import (
    BANNER,
    BETWEEN_FOLDS,
    FOOT,
    HEADER,
    MARGIN,
    PAGE_WIDTH,
    ROW,
    Column,
    fold,
    place_columns,
    rows_of,
)
from detcov.report.picture_legend import LEGEND_HEIGHT
from detcov.report.picture_paint import paint_png
from detcov.report.picture_scene import Box, Item, Label, Scene
from detcov.report.picture_theme import LIGHT, STEPS, Ink, ink
from detcov.report.picture_type import clean, fit, shorten, width
from detcov.report.words import many, titled
from detcov.study import Study

DATA_VERSION = 1

# A darker vermilion than the layer's, legible with white on it; the rest are its tints.
_INKS: Final[Mapping[GapState, tuple[Ink, str]]] = {
    GapState.GAP: (Ink("#b84a00", "#ffffff"), "#b84a00"),
    GapState.NODE: (Ink("#f9d3b8", "#3d1b04"), "#e08a4f"),
    GapState.VIA: (Ink("#ffffff", "#7a3100"), "#b84a00"),
    GapState.PARTLY: (Ink("#e4dcf3", "#2c1c4d"), "#8b6cc0"),
    GapState.ACCEPTED: (Ink("#e3e5e9", "#3a3f47"), "#9aa0aa"),
}
"""State to fill, text and edge"""
_CLOSED: Final = frozenset({GapState.COVERED, GapState.ACCEPTED})
_LEGEND: Final = (
    (GapState.GAP, ("gap: no rule looks", "at the platform")),
    (GapState.NODE, ("gap: rules on Linux", "nodes only")),
    (GapState.VIA, ("gap: covered via", "sub-techniques only")),
    (GapState.PARTLY, ("gap on some of its", "platforms")),
    (GapState.ACCEPTED, ("accepted gap,", "in no ratio")),
)


class GapCell(Struct, frozen=True, kw_only=True):
    """One technique in one tactic."""

    id: str
    name: str
    state: GapState
    badge: str
    """Rules that cover it, or the gap's rank; "" for neither"""
    rules: int


class GapTactic(Struct, frozen=True, kw_only=True):
    """One column."""

    name: str
    gaps: int
    cells: tuple[GapCell, ...]


class GapPicture(Struct, frozen=True, kw_only=True):
    """A whole picture but for title and date."""

    version: int
    about: str
    """Dataset, platforms, what was left out, which rules count"""
    stats: tuple[tuple[str, RatioData], ...]
    absent: tuple[str, ...]
    """Tactics that ATT&CK has nothing in for the platforms"""
    tactics: tuple[GapTactic, ...]


def render_gap_picture(
    study: Study, found: Sequence[GapStudy], *, title: str = "Gaps", date: str | None = None
) -> bytes:
    """The picture as PNG, the same for the same input and the same matplotlib.

    Every technique of the platforms has a cell, sub-techniques too. Raises `UsageError` where
    there is nothing to draw.
    """
    data = gap_picture(study, found)
    fingerprint = hashlib.sha256(msgspec.json.encode(data) + b"\n").hexdigest()
    title = titled(title, [one.gaps.platform for one in found])
    return paint_png(lay_out(data, title, date), key=FINGERPRINT_KEY, fingerprint=fingerprint)


def gap_picture(study: Study, found: Sequence[GapStudy]) -> GapPicture:
    """What the picture shows."""
    techniques = shown_techniques(found)
    names = {one.shortname: one.name for one in study.release.tactics}
    wanted = frozenset(found[0].options.tactics)
    ranks = _ranks(found)
    tactics = []
    for tactic in study.release.tactics:
        inside = [one for one in techniques.values() if tactic.shortname in one.technique.tactics]
        if not wanted or tactic.shortname in wanted:
            tactics.append(_tactic(printable(tactic.name), inside, ranks))
    about = (
        study.release.title,
        ", ".join(one.gaps.platform for one in found),
        words.selection(found[0], names),
        f"{len(study.coverage.counted):,} {words.COUNTED[study.coverage.count]}",
    )
    return GapPicture(
        version=DATA_VERSION,
        about=" · ".join(printable(part) for part in about if part),
        stats=tuple(_stats(found)),
        absent=tuple(
            printable(one.name)
            for one in study.release.tactics
            if all(one.shortname in each.gaps.absent for each in found)
        ),
        tactics=tuple(one for one in tactics if one.cells),
    )


def _ranks(found: Sequence[GapStudy]) -> dict[str, int]:
    """Of one platform's gaps; several have none that could be compared."""
    if len(found) > 1:
        return {}
    return {one.gap.technique.id: n for n, one in enumerate(found[0].ranked, start=1)}


def _tactic(name: str, inside: list[ShownTechnique], ranks: Mapping[str, int]) -> GapTactic:
    return GapTactic(
        name=name,
        gaps=sum(1 for one in inside if one.state not in _CLOSED),
        cells=tuple(_cell(one, ranks) for one in inside),
    )


def _cell(one: ShownTechnique, ranks: Mapping[str, int]) -> GapCell:
    rank = ranks.get(one.technique.id)
    badge = f"#{rank}" if rank else str(one.rules) if one.rules else ""
    return GapCell(
        id=printable(one.technique.id),
        name=printable(one.technique.name),
        state=one.state,
        badge=badge,
        rules=one.rules,
    )


def _stats(found: Sequence[GapStudy]) -> Iterator[tuple[str, RatioData]]:
    for study in reversed(found[:4]):
        gaps = study.gaps
        if len(found) > 1:
            yield gaps.platform, _ratio(gaps.covered)
            continue
        yield "With any rule", _ratio(gaps.some_claim)
        if gaps.with_node is not None:
            yield "With rules on Linux nodes", _ratio(gaps.with_node)
        yield f"Covered for {gaps.platform}", _ratio(gaps.covered)


def _ratio(ratio: object) -> RatioData:
    return msgspec.convert(ratio, RatioData, from_attributes=True)


def lay_out(data: GapPicture, title: str, date: str | None) -> Scene:
    """The scene."""
    title, sizes = clean(title), [len(one.cells) for one in data.tactics]
    folds = fold(sizes)
    bottom = BANNER + HEADER + max(rows_of(sizes, folds), 1) * ROW
    items: list[Item] = [*_banner(data, title, date)]
    for tactic, column in zip(data.tactics, place_columns(folds), strict=True):
        items += _column(tactic, column)
    cells = [cell for one in data.tactics for cell in one.cells]
    ranked = any(cell.badge.startswith("#") for cell in cells)
    items += _legend(bottom + 12, {cell.state for cell in cells}, ranked=ranked)
    notice = bottom + 12 + LEGEND_HEIGHT
    items += _foot(data, notice)
    return Scene(
        title=title,
        width=PAGE_WIDTH,
        height=notice + FOOT + 12,
        background=LIGHT.background,
        items=tuple(items),
    )


def _banner(data: GapPicture, title: str, date: str | None) -> Iterator[Item]:
    x: float = PAGE_WIDTH - MARGIN
    last = len(data.stats) - 1
    for n, (name, ratio) in enumerate(data.stats):
        big = n == last
        value, counts = ratio.percent, f"{ratio.numerator:,} of {ratio.denominator:,}"
        size = 36.0 if big else 25.0
        label = clean(name)
        x -= 32 + ceil(
            max(
                width(label, 12.5, bold=big),
                width(value, size, bold=True),
                width(counts, 13.0, bold=big),
            )
        )
        yield Label(x + 16, 31, label, 12.5, LIGHT.text if big else LIGHT.muted, bold=big)
        accent = LIGHT.accent if big else LIGHT.text
        yield Label(x + 16, 68 if big else 60, value, size, accent, bold=True)
        yield Label(x + 16, 90 if big else 80, counts, 13.0, LIGHT.text, bold=big)
        yield Box(x, 20, 1, 84, fill=LIGHT.line)
    room = x - MARGIN - 16
    about = clean(" · ".join((data.about, date) if date else (data.about,)))
    yield Label(MARGIN, 50, shorten(title, 27.0, room, bold=True), 27.0, LIGHT.text, bold=True)
    size, lines = fit(about, (13.0, 12.0, 11.0), room, 2)
    for n, line in enumerate(lines):
        yield Label(MARGIN, 73 + 18 * n, line, size, LIGHT.muted)


def _column(tactic: GapTactic, column: Column) -> Iterator[Item]:
    x, room = column.x, column.width - 10
    yield Box(x, BANNER, column.width, HEADER - 5, fill=LIGHT.header, radius=3)
    size, lines = fit(clean(tactic.name), (11.0, 10.5, 10.0, 9.5), room, 2, bold=True)
    for n, line in enumerate(lines):
        yield Label(x + 5, BANNER + 14 + 13 * n, line, size, LIGHT.text, bold=True)
    counts = f"{many(tactic.gaps, 'gap')} of {len(tactic.cells):,}"
    yield Label(x + 5, BANNER + 45, shorten(counts, 10.0, room), 10.0, LIGHT.text)
    rows = ceil(len(tactic.cells) / column.folds)
    for n, cell in enumerate(tactic.cells):
        across, down = divmod(n, rows)
        left = x + across * (column.cell_width + BETWEEN_FOLDS)
        yield from _draw(cell, left, BANNER + HEADER + down * ROW, column.cell_width)


def _draw(cell: GapCell, x: float, y: float, wide: float) -> Iterator[Item]:
    if cell.state is GapState.COVERED:
        colours = ink(LIGHT, cell.rules)
        yield Box(x, y, wide, CELL_HEIGHT, fill=colours.fill, radius=2)
    else:
        colours, edge = _INKS[cell.state]
        yield Box(x, y, wide, CELL_HEIGHT, fill=colours.fill, line=edge, line_width=1.5, radius=2)
    room = wide - 10
    taken = width(cell.badge, 8.5, bold=True) + 6 if cell.badge else 0
    identifier = shorten(clean(cell.id), 9.5, room - taken, bold=True)
    yield Label(x + 5, y + 11.5, identifier, 9.5, colours.text, bold=True)
    if cell.badge:
        yield Label(
            x + wide - 5, y + 11.5, cell.badge, 8.5, colours.text, bold=True, anchor="right"
        )
    size, lines = fit(clean(cell.name), (9.0, 8.5, 8.0), room, 2)
    for n, line in enumerate(lines):
        yield Label(x + 5, y + 20.7 + 9.5 * n, line, size, colours.text)


def _legend(y: float, states: set[GapState], *, ranked: bool) -> Iterator[Item]:
    x: float = MARGIN
    for state, lines in _LEGEND:
        if state not in states:
            continue
        badge = "#1" if ranked and state is not GapState.ACCEPTED else ""
        sample = GapCell(id="T0000", name="Technique", state=state, badge=badge, rules=0)
        yield from _draw(sample, x, y, 92)
        x += 99
        for n, line in enumerate(lines):
            yield Label(x, y + 14 + 14 * n, line, 11.0, LIGHT.muted)
        x += max(width(line, 11.0) for line in lines) + 22
    yield Label(x, y + 21, "Rules that look at it", 11.0, LIGHT.text, bold=True)
    x += width("Rules that look at it", 11.0, bold=True) + 10
    for n, (step, colours) in enumerate(zip(STEPS, LIGHT.ramp, strict=True)):
        following = STEPS[n + 1] if n + 1 < len(STEPS) else 0
        text = f"{step}+" if not following else str(step)
        text = f"{step}–{following - 1}" if following > step + 1 else text
        yield Box(x, y, 46, CELL_HEIGHT, fill=colours.fill, radius=2)
        yield Label(x + 23, y + 21, text, 11.0, colours.text, bold=True, anchor="center")
        x += 49
    if ranked:
        rank = "#1: the gap to close first"
        yield Label(PAGE_WIDTH - MARGIN, y + 21, rank, 11.0, LIGHT.muted, anchor="right")


def _foot(data: GapPicture, y: float) -> Iterator[Item]:
    absent = f"n/a, ATT&CK has nothing there: {', '.join(data.absent)}. " if data.absent else ""
    text = f"{absent}Mapped is not the same as detected. MITRE ATT&CK®. {MITRE_NOTICE}"
    room = PAGE_WIDTH - 2 * MARGIN
    yield Box(MARGIN, y, room, 1, fill=LIGHT.line)
    size, lines = fit(clean(text), (10.0, 9.0, 8.0), room, 1)
    yield Label(MARGIN, y + 16, lines[0] if lines else "", size, LIGHT.muted)
