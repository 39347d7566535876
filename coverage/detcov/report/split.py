"""A layer for each slice of a Study, and a page that leads to them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec import structs

from detcov.analysis.coverage import Coverage
from detcov.analysis.split import Dimension, Slice, split
from detcov.report.document import (
    Cell,
    Column,
    Document,
    KeyNumber,
    KeyNumbers,
    Note,
    Number,
    Part,
    Related,
    Table,
)
from detcov.report.document_html import render_html
from detcov.report.file_names import file_names
from detcov.report.layer import LayerOptions, render_layer, top_of_scale
from detcov.report.method import method
from detcov.study import Study

INDEX: Final = "index.html"
SUFFIX: Final = ".layer.json"
_LAYERS: Final = "layers"
"""The index's table"""
_FILTERED_FROM: Final = 20
"""Rows that are too many to be looked through"""
_HOW: Final[Mapping[Dimension, str]] = {
    "source": "Each layer has the rules of one source.",
    "format": "Each layer has the rules of one format.",
    "severity": "Each layer has the rules of one severity.",
    "tag": (
        "Each layer has the rules with one tag. A rule of several tags is in several layers, one "
        "without any in none."
    ),
    "platform": (
        "Each layer is that of one platform alone: its techniques, and the rules that state it. "
        "Rules that state no platform have a layer of their own."
    ),
    "tactic": (
        "Each layer has one column of the matrix. Covered are the techniques of the tactic that "
        "have an own rule; drawn are those whose rules belong there."
    ),
}


def render_split(
    study: Study, by: Dimension, *, options: LayerOptions | None = None
) -> Iterator[tuple[str, bytes]]:
    """(file name, content) of a layer for each slice, one after the other, and of `INDEX`."""
    options = options or LayerOptions()
    slices = split(study, by)
    options = structs.replace(options, top_of_scale=_top(slices))
    names = file_names(one.value for one in slices)
    rows = []
    for one in slices:
        part, name = one.part(), f"{names[one.value]}{SUFFIX}"
        seen = structs.replace(
            study, corpus=part.corpus, resolutions=part.resolutions, coverage=part.coverage
        )
        # The platform of a slice is its coverage's scope, which every layer's name says.
        told = "" if by == "platform" and part.coverage.platforms else one.value
        yield name, render_layer(seen, options=structs.replace(options, part=told))
        rows.append(_row(one.value, part.coverage, name))
    if by == "tag":
        rows.sort(key=_by_rules)
    filtered = _LAYERS if len(rows) >= _FILTERED_FROM else ""
    yield INDEX, render_html(_index(study, by, rows, options.name), filtered=filtered)


def _by_rules(row: tuple[Cell, ...]) -> tuple[int, str]:
    """Most rules first, then by name: tags say most where many rules have them."""
    rules = sum(cell.value for cell in row if isinstance(cell, Number))
    return -int(rules), str(row[0])


def _top(slices: Iterable[Slice]) -> int:
    """The top of the scale that all layers share, so that a colour says the same in each.

    Each slice is worked out once more for it: hundreds would take too much room together.
    """
    return top_of_scale(
        [cell.drawn for one in slices for cell in one.part().coverage.cells.values() if cell.drawn]
    )


def _row(value: str, coverage: Coverage, name: str) -> tuple[Cell, ...]:
    early = f"{coverage.pre_only.numerator:,}, all before the intrusion"
    rules = {index for one in coverage.techniques.values() for index in one.rules}
    return (
        value,
        coverage.headline if coverage.headline.denominator else early,
        Number(value=len(rules)),
        Related(label=name, file=name),
    )


def _index(study: Study, by: Dimension, rows: Sequence[tuple[Cell, ...]], title: str) -> Document:
    columns = (
        Column(name=by.capitalize(), id="value", shrink=True),
        Column(name="covered", align="right", id="covered", kind="ratio"),
        Column(name="rules", align="right", id="rules"),
        Column(name="Layer", id="layer", shrink=True),
    )
    parts: tuple[Part, ...] = (
        KeyNumbers(
            numbers=(
                KeyNumber(id="layers", label="layers", value=Number(value=len(rows))),
                KeyNumber(id="covered", label="covered by all", value=study.coverage.headline),
                KeyNumber(
                    id="rules",
                    label="rules that count",
                    value=Number(value=len(study.coverage.counted)),
                ),
            )
        ),
        Note(
            text=f"{_HOW[by]} Rules: those that cover a technique. All layers share one scale of "
            "colours."
        ),
        Table(id=_LAYERS, columns=columns, rows=tuple(rows)),
        *method(study, full=True),
    )
    return Document(
        title=f"{title} by {by}",
        subject="split",
        subtitle=study.release.title,
        main="layers",
        parts=parts,
    )
