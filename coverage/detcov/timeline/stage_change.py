"""How far detection had come on two sides, by what was known of the estate on each."""

from msgspec import Struct, structs

from detcov.analysis.stages import Stage, Stages, StageSums
from detcov.attack.detections import Detections
from detcov.attack.release import Technique
from detcov.facts import Facts
from detcov.study import Study

_ORDER = tuple(Stage)


class StageMove(Struct, frozen=True, kw_only=True):
    """A technique that has come further, or less far."""

    technique: Technique
    before: Stage
    after: Stage
    rules: tuple[str, ...]
    """Names of its rules of which the facts say something else, or that came or went"""

    @property
    def fell(self) -> bool:
        """Whether it is known to have come less far than before."""
        return _ORDER.index(self.after) < _ORDER.index(self.before)


class StageChange(Struct, frozen=True, kw_only=True):
    """The stages of two sides; techniques and numbers are those of the whole scope."""

    before: StageSums
    after: StageSums
    moves: tuple[StageMove, ...]
    """Those that fell first, then by id"""


def stage_change(
    before: Study,
    after: Study,
    known: tuple[Facts | None, Facts | None],
    detections: Detections | None = None,
) -> StageChange | None:
    """Compare what facts make of both sides; None where one side has none.

    Both are seen under the same release, whose `detections` let facts about data tell more.
    """
    if known[0] is None or known[1] is None:
        return None
    old = structs.replace(before, facts=known[0], detections=detections)
    new = structs.replace(after, facts=known[1], detections=detections)
    if old.stages is None or new.stages is None:
        return None
    return StageChange(
        before=old.stages.whole,
        after=new.stages.whole,
        moves=_moves(old, old.stages, new, new.stages),
    )


def _moves(old: Study, was: Stages, new: Study, now: Stages) -> tuple[StageMove, ...]:
    found = []
    for key, one in now.techniques.items():
        then = was.techniques.get(key)
        if then is not None and then.reached is not one.reached:
            move = StageMove(
                technique=new.coverage.techniques[key].technique,
                before=then.reached,
                after=one.reached,
                rules=_rules(old, new, key),
            )
            found.append(move)
    return tuple(sorted(found, key=lambda one: (not one.fell, one.technique.id)))


def _rules(old: Study, new: Study, technique: str) -> tuple[str, ...]:
    sides = [
        {
            study.corpus.identities[index]: (
                study.corpus.name_of(index),
                study.estate.rule(index) if study.estate is not None else None,
            )
            for index in study.rules_of(technique)
        }
        for study in (old, new)
    ]
    before, after = sides
    named = {
        who: (after if who in after else before)[who][0]
        for who in before.keys() | after.keys()
        if who not in before or who not in after or before[who][1] != after[who][1]
    }
    return tuple(sorted(named.values()))
