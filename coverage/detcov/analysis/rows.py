"""Coverage as flat rows, one a cell: what the CSV file and the data frame hold."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from detcov.analysis.coverage import Coverage
from detcov.attack.release import Release
from detcov.model import Corpus, RuleIndex

if TYPE_CHECKING:
    from detcov.analysis.stages import Stages


class CoverageRow(Struct, frozen=True, kw_only=True):
    """One (tactic, technique) cell in scope."""

    tactic_id: str
    tactic: str
    technique_id: str
    technique: str
    parent_id: str
    platforms: str
    """Of the technique, separated by "; " """
    depth: str
    own_rules: int
    """Distinct counted rules that claim the technique, in any tactic"""
    stated_rules: int
    """Of those, drawn in this cell because they state it"""
    inferred_rules: int
    """Of those, drawn in this cell because it can be inferred"""
    subtechniques: int
    subtechniques_covered: int
    platforms_covered: int
    """Of the technique's platforms, those that an own rule states"""
    rules: str
    """Names of the rules drawn here, separated by "; ", with several sources after a label each"""


class StageColumns(Struct, frozen=True, kw_only=True):
    """What facts about the estate add to a row: the technique in the whole scope."""

    stage: str
    """The furthest it is known to have reached"""
    deployed: str
    fed: str
    tested: str
    excused: str
    """Who accepts the gap and until when; "" where nobody does"""


def stage_columns(stages: "Stages", technique_id: str) -> StageColumns:
    """The stages of one technique in scope."""
    from detcov.analysis.stages import words

    one = stages.techniques[technique_id]
    return StageColumns(
        stage=one.reached.value,
        deployed=one.deployed.value,
        fed=one.fed.value,
        tested=one.tested.value,
        excused="; ".join(map(words, one.excuses)) if one.excused else "",
    )


def coverage_rows(release: Release, coverage: Coverage, corpus: Corpus) -> Iterator[CoverageRow]:
    """Every cell in scope, by tactic order, then id."""
    tactics = release.tactic_by_shortname
    for cell in coverage.cells.values():
        own = coverage.techniques[cell.technique]
        technique, tactic = own.technique, tactics[cell.tactic]
        yield CoverageRow(
            tactic_id=tactic.id,
            tactic=tactic.name,
            technique_id=technique.id,
            technique=technique.name,
            parent_id=technique.parent or "",
            platforms="; ".join(technique.platforms),
            depth=own.depth.value,
            own_rules=len(own.rules),
            stated_rules=len(cell.stated),
            inferred_rules=len(cell.inferred),
            subtechniques=own.subtechniques,
            subtechniques_covered=own.subtechniques_covered,
            platforms_covered=own.platforms_covered,
            rules="; ".join(_names((*cell.stated, *cell.inferred), corpus)),
        )


def _names(rules: tuple[RuleIndex, ...], corpus: Corpus) -> list[str]:
    return sorted(corpus.name_of(index) for index in rules)
