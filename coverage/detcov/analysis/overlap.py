"""What one set of rules adds to another, technique by technique, under the same release."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

from msgspec import Struct, structs

from detcov.analysis.coverage import Coverage, Ratio, TacticCoverage
from detcov.attack.release import Tactic, Technique
from detcov.model import Corpus, Identity, RuleIndex


class Counted(Protocol):
    """Rules and what they cover: a `Study`, or a part of one."""

    @property
    def corpus(self) -> Corpus:
        """The rules."""
        ...

    @property
    def coverage(self) -> Coverage:
        """What they cover."""
        ...


class Standing(StrEnum):
    """What a technique has on the second side, seen from the first; counts are of own rules."""

    ADDED = "only B"
    DEEPER = "deeper"
    """Both have some, the second more"""
    EQUAL = "as deep"
    THINNER = "thinner"
    """Both have some, the second fewer"""
    MISSING = "only A"

    @property
    def shared(self) -> bool:
        """Whether both sides have rules."""
        return self not in {Standing.ADDED, Standing.MISSING}


class OverlapTechnique(Struct, frozen=True, kw_only=True):
    """A technique that at least one side covers. Rules are indices into that side's corpus."""

    standing: Standing
    technique: Technique
    first: tuple[RuleIndex, ...]
    second: tuple[RuleIndex, ...]


class OverlapTactic(Struct, frozen=True, kw_only=True):
    """A tactic, by rules that state it."""

    tactic: Tactic
    first: Ratio
    second: Ratio
    together: Ratio

    @property
    def added(self) -> int:
        """Techniques that only the second side covers there."""
        return self.together.numerator - self.first.numerator


class Overlap(Struct, frozen=True, kw_only=True):
    """Two sides, A (first) and B (second)."""

    first: Ratio
    """The headline of the first side alone"""
    second: Ratio
    together: Ratio
    counts: Mapping[Standing, int]
    """Techniques of the headline by standing, PRE-only ones left out"""
    techniques: tuple[OverlapTechnique, ...]
    """By standing, then id; PRE-only ones included"""
    tactics: tuple[OverlapTactic, ...]
    shared_rules: int
    """Rules that count on both sides: equal UUIDs, or one by an alias"""


def overlap(first: Counted, second: Counted) -> Overlap:
    """Compare. Both sides are seen under the same release, with the same scope."""
    found: list[OverlapTechnique] = []
    for key, mine in first.coverage.techniques.items():
        theirs = second.coverage.techniques[key]
        standing = standing_of(len(mine.rules), len(theirs.rules))
        if standing is not None:
            found.append(
                OverlapTechnique(
                    standing=standing,
                    technique=mine.technique,
                    first=mine.rules,
                    second=theirs.rules,
                )
            )
    order = list(Standing)
    found.sort(key=lambda one: (order.index(one.standing), one.technique.id))
    seen = [one.standing for one in found if not one.technique.pre_only]
    return Overlap(
        first=first.coverage.headline,
        second=second.coverage.headline,
        together=structs.replace(first.coverage.headline, numerator=len(seen)),
        counts={standing: seen.count(standing) for standing in Standing},
        techniques=tuple(found),
        tactics=tuple(_tactics(first, second)),
        shared_rules=len(_identities(first) & _identities(second)),
    )


def standing_of(first: int, second: int) -> Standing | None:
    """What so many rules on each side mean; None where neither has one."""
    if not first and not second:
        return None
    if not first:
        return Standing.ADDED
    if not second:
        return Standing.MISSING
    if first == second:
        return Standing.EQUAL
    return Standing.DEEPER if second > first else Standing.THINNER


def _tactics(first: Counted, second: Counted) -> list[OverlapTactic]:
    stated = {
        cell
        for seen in (first, second)
        for cell, found in seen.coverage.cells.items()
        if found.stated
    }
    pairs = zip(first.coverage.tactics, second.coverage.tactics, strict=True)
    return [_tactic(mine, theirs, stated) for mine, theirs in pairs]


def _tactic(
    mine: TacticCoverage, theirs: TacticCoverage, stated: set[tuple[str, str]]
) -> OverlapTactic:
    both = sum(1 for tactic, _ in stated if tactic == mine.tactic.shortname)
    return OverlapTactic(
        tactic=mine.tactic,
        first=mine.ratio,
        second=theirs.ratio,
        together=structs.replace(mine.ratio, numerator=both),
    )


def _identities(seen: Counted) -> set[Identity]:
    """What the counted rules share with their copies."""
    corpus = seen.corpus
    return {corpus.identity(corpus.rules[index].key) for index in seen.coverage.counted}
