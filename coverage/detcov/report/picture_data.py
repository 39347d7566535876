"""What a picture shows: the study reduced to the values that are drawn.

Names come from a STIX file, which can hold anything: what isn't printable goes here, before it
gets into XML or turns the direction of a line.
"""

import unicodedata
from collections.abc import Mapping
from enum import StrEnum

import msgspec
from msgspec import Struct

from detcov.analysis.coverage import CellCoverage, Ratio, TacticCoverage, TechniqueCoverage
from detcov.study import Study

DATA_VERSION = 1


class CellState(StrEnum):
    """How a cell is drawn. The first that holds."""

    STATED = "stated"
    """A rule states the technique in this tactic"""
    INFERRED = "inferred"
    """Rules are drawn here, and none states the tactic"""
    ELSEWHERE = "elsewhere"
    """Own rules, all of them drawn in other tactics"""
    VIA = "via"
    """No own rule; some of its sub-techniques have one"""
    OUTSIDE = "outside"
    """No rule in a PRE-only tactic, which no ratio counts"""
    GAP = "gap"


class RatioData(Struct, frozen=True, kw_only=True):
    """A ratio in words and numbers."""

    numerator: int
    denominator: int
    percent: str
    definition: str


class CellData(Struct, frozen=True, kw_only=True):
    """One technique in one tactic."""

    id: str
    name: str
    state: CellState
    rules: int
    """Rules drawn in the cell, stated and inferred ones"""
    inferred: int
    """Those inferred"""
    subtechniques: int
    subtechniques_covered: int


class TacticData(Struct, frozen=True, kw_only=True):
    """One column."""

    id: str
    name: str
    techniques: int
    """In scope, sub-techniques included; 0 means n/a"""
    covered: int
    inferred: int
    percent: str
    """ "" for PRE-only tactics: counts without a ratio"""
    cells: tuple[CellData, ...]


class PictureData(Struct, frozen=True, kw_only=True):
    """A whole picture but for title, date and colours."""

    version: int
    dataset: str
    count: str
    rules: int
    platforms: tuple[str, ...]
    headline: RatioData
    two_or_more: RatioData
    parents_with_via: RatioData
    pre_only: RatioData
    tactics: tuple[TacticData, ...]


def collect(study: Study) -> PictureData:
    """The picture's data: parent techniques by tactic, in the matrix's order, with the ratios."""
    coverage = study.coverage
    columns: dict[str, list[CellData]] = {t.tactic.shortname: [] for t in coverage.tactics}
    outside = {t.tactic.shortname for t in coverage.tactics if t.pre_only}
    for (tactic, technique), cell in coverage.cells.items():
        if _is_shown(cell, coverage.cells):
            whole = coverage.techniques[technique]
            columns[tactic].append(_cell(cell, whole, outside=tactic in outside))
    return PictureData(
        version=DATA_VERSION,
        dataset=printable(study.release.title),
        count=coverage.count,
        rules=len(coverage.counted),
        platforms=tuple(printable(name) for name in coverage.platforms),
        headline=_ratio(coverage.headline),
        two_or_more=_ratio(coverage.two_or_more),
        parents_with_via=_ratio(coverage.parents_with_via),
        pre_only=_ratio(coverage.pre_only),
        tactics=tuple(_tactic(each, columns[each.tactic.shortname]) for each in coverage.tactics),
    )


def printable(text: str) -> str:
    """The text on one line, without control, format, surrogate and unassigned characters."""
    kept = (
        " " if character.isspace() else character
        for character in text
        if character.isspace() or not unicodedata.category(character).startswith("C")
    )
    return " ".join("".join(kept).split())


def to_json(data: PictureData) -> bytes:
    """Canonical: fixed order of fields, no spaces, UTF-8, a newline at the end."""
    return msgspec.json.encode(data) + b"\n"


def _is_shown(cell: CellCoverage, cells: Mapping[tuple[str, str], CellCoverage]) -> bool:
    """Parents, and sub-techniques whose parent has no cell in this tactic to speak for them."""
    parent, dot, _ = cell.technique.partition(".")
    return not dot or (cell.tactic, parent) not in cells


def _cell(cell: CellCoverage, whole: TechniqueCoverage, *, outside: bool) -> CellData:
    if cell.stated:
        state = CellState.STATED
    elif cell.inferred:
        state = CellState.INFERRED
    elif whole.rules:
        state = CellState.ELSEWHERE
    elif whole.subtechniques_covered:
        state = CellState.VIA
    else:
        state = CellState.OUTSIDE if outside else CellState.GAP
    return CellData(
        id=printable(cell.technique),
        name=printable(whole.technique.name),
        state=state,
        rules=cell.drawn,
        inferred=len(cell.inferred),
        subtechniques=whole.subtechniques,
        subtechniques_covered=whole.subtechniques_covered,
    )


def _tactic(tactic: TacticCoverage, cells: list[CellData]) -> TacticData:
    return TacticData(
        id=printable(tactic.tactic.id),
        name=printable(tactic.tactic.name),
        techniques=tactic.techniques,
        covered=tactic.covered,
        inferred=tactic.inferred,
        percent="" if tactic.pre_only else tactic.ratio.percent,
        cells=tuple(cells),
    )


def _ratio(ratio: Ratio) -> RatioData:
    return RatioData(
        numerator=ratio.numerator,
        denominator=ratio.denominator,
        percent=ratio.percent,
        definition=printable(ratio.definition),
    )
