"""How far detection has come: mapped, deployed, fed, tested, and which gaps are excused."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cached_property

from msgspec import Struct

from detcov.analysis.coverage import Ratio
from detcov.facts import Answer, Fact
from detcov.model import RuleIndex


class Stage(StrEnum):
    """Each holds only where all before it hold, for the same rule."""

    NONE = "not mapped"
    MAPPED = "mapped"
    DEPLOYED = "deployed"
    FED = "fed"
    TESTED = "tested"


STAGES = (Stage.MAPPED, Stage.DEPLOYED, Stage.FED, Stage.TESTED)
"""Those that are counted, in order"""


class RuleStanding(Struct, frozen=True, kw_only=True):
    """What the facts say about one rule."""

    deployed: Answer
    fed: Answer
    """Whether it gets its data, by facts about the rule or about what it reads"""
    fired: Answer
    tested: Answer


class TechniqueStages(Struct, frozen=True, kw_only=True):
    """One technique, on one platform or in the whole scope."""

    technique: str
    platform: str
    """"" is the whole scope"""
    rules: tuple[RuleIndex, ...]
    """Counted rules with an own claim (that state the platform, where it is one)"""
    deployed: Answer
    """Whether one of the rules is deployed; no where there is no rule"""
    fed: Answer
    """Whether one is deployed and fed"""
    tested: Answer
    """Whether one is deployed, fed and tested"""
    excuses: tuple[Fact, ...] = ()
    """Facts in force that waive the technique or call it not applicable"""

    @property
    def mapped(self) -> bool:
        """At least one rule."""
        return bool(self.rules)

    @property
    def excused(self) -> bool:
        """A gap that leaves the denominator."""
        return bool(self.excuses) and not self.rules

    def answer(self, stage: Stage) -> Answer:
        """Whether it has reached a stage, mapped to tested."""
        if stage is Stage.MAPPED:
            return Answer.YES if self.rules else Answer.NO
        return {
            Stage.DEPLOYED: self.deployed,
            Stage.FED: self.fed,
            Stage.TESTED: self.tested,
        }[stage]

    @property
    def reached(self) -> Stage:
        """The furthest stage known to be reached."""
        known = (one for one in reversed(STAGES) if self.answer(one) is Answer.YES)
        return next(known, Stage.NONE)


class StageCount(Struct, frozen=True, kw_only=True):
    """How many techniques have reached one stage."""

    stage: Stage
    reached: Ratio
    """Those known to; accepted gaps (`StageSums.excused`) are on neither side"""
    unknown: int
    """Those of the denominator of which nobody says whether"""

    @property
    def missed(self) -> int:
        """Those known not to have reached it, techniques without a rule included."""
        return self.reached.denominator - self.reached.numerator - self.unknown


class StageSums(Struct, frozen=True, kw_only=True):
    """The numbers of one platform, or of the whole scope. PRE-only techniques are on no side."""

    platform: str
    """"" is the whole scope"""
    techniques: int
    """In scope, accepted gaps included"""
    counts: tuple[StageCount, ...]
    """Mapped, deployed, fed, tested, all over the same denominator"""
    waived: int
    """Gaps that somebody accepts"""
    not_applicable: int
    """Gaps that somebody says can't be used here"""

    @property
    def excused(self) -> int:
        """Gaps that have left the denominator."""
        return self.waived + self.not_applicable

    def at(self, stage: Stage) -> StageCount:
        """The count of a stage, mapped to tested."""
        return next(one for one in self.counts if one.stage == stage)


class Unmatched(Struct, frozen=True, kw_only=True):
    """A fact that is about nothing in this run."""

    fact: Fact
    why: str


class Stages(Struct, frozen=True, kw_only=True, dict=True):
    """What the facts make of a coverage."""

    date: str | None
    """The day they were judged on; None judged no expiry"""
    facts: int
    """Facts read"""
    rules: Mapping[RuleIndex, RuleStanding]
    """Of the rules that some fact says something about"""
    techniques: Mapping[str, TechniqueStages]
    """By id, those in scope"""
    by_platform: Mapping[tuple[str, str], TechniqueStages]
    """By (technique id, platform), for each platform of a technique that is in scope"""
    sums: tuple[StageSums, ...]
    """The whole scope, then its platforms, those with no technique left out"""
    expired: tuple[Fact, ...]
    unmatched: tuple[Unmatched, ...]
    needless: tuple[Fact, ...]
    """Excuses in force for what is covered"""
    undated: int
    """Facts whose expiry couldn't be judged, for want of a date"""

    @property
    def whole(self) -> StageSums:
        """The sums of the whole scope."""
        return self.sums[0]

    @cached_property
    def platforms(self) -> Mapping[str, Mapping[str, TechniqueStages]]:
        """By technique id, then by platform."""
        found: dict[str, dict[str, TechniqueStages]] = {key: {} for key in self.techniques}
        for (technique, platform), one in self.by_platform.items():
            found[technique][platform] = one
        return found

    @cached_property
    def excused(self) -> tuple[TechniqueStages, ...]:
        """The techniques that left the denominator in the whole scope, by id."""
        return tuple(one for one in self.techniques.values() if one.excused)

    def at(self, technique: str, platform: str = "") -> TechniqueStages | None:
        """A technique's stages, on one platform or in the whole scope; None out of scope."""
        if platform:
            return self.by_platform.get((technique, platform))
        return self.techniques.get(technique)


def all_of(answers: Iterable[Answer]) -> Answer:
    """No if one is no, else unknown if one is unknown, else yes."""
    found = set(answers)
    if Answer.NO in found:
        return Answer.NO
    return Answer.UNKNOWN if Answer.UNKNOWN in found else Answer.YES


def any_of(answers: Iterable[Answer]) -> Answer:
    """Yes if one is yes, else unknown if one is unknown, else no."""
    found = set(answers)
    if Answer.YES in found:
        return Answer.YES
    return Answer.UNKNOWN if Answer.UNKNOWN in found else Answer.NO


def agreed(answers: Iterable[Answer]) -> Answer:
    """What all say; unknown where they differ, or there is none."""
    found = set(answers)
    return found.pop() if len(found) == 1 else Answer.UNKNOWN


def words(fact: Fact) -> str:
    """An excuse in words: "waived until 2026-12-31 by Ana"."""
    until = f" until {fact.expiry}" if fact.expiry else ""
    return f"{fact.kind.replace('-', ' ')}{until} by {fact.owner}"
