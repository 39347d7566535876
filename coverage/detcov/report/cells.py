"""Cells that the tables of several reports hold."""

from collections.abc import Iterable, Mapping
from typing import Final

from detcov.analysis.coverage import Depth
from detcov.model import Corpus, RuleIndex
from detcov.report.document import Code, Link, Many, RuleCell, State, Tone
from detcov.report.layer_links import technique_page

_TONES: Final[Mapping[Depth, Tone]] = {
    Depth.NONE: "bad",
    Depth.ONE: "warn",
    Depth.SEVERAL: "good",
}


def technique_link(technique_id: str) -> Link:
    """A technique's id, leading to its page at MITRE."""
    return Link(text=technique_id, url=technique_page(technique_id))


def codes(ids: Iterable[str]) -> Many:
    """Ids or field names, each as it is written in a rule."""
    return Many(cells=tuple(Code(text=one) for one in ids))


def rule_cells(corpus: Corpus, rules: Iterable[RuleIndex], *, limit: int | None = None) -> Many:
    """Rules of a corpus in one cell, of which people see the first `limit`."""
    return Many(cells=tuple(RuleCell.of(corpus.rules[index]) for index in rules), limit=limit)


def depth_state(depth: Depth) -> State:
    """none, one or several."""
    return State(word=depth.value, tone=_TONES[depth])
