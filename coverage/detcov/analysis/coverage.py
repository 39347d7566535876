"""Coverage of a release by rules: computed once, read by every output (docs/concepts.md)."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from detcov.attack.release import Tactic, Technique
from detcov.model import CountMode, RuleIndex


class Ratio(Struct, frozen=True, kw_only=True):
    """A numerator over a denominator, with what they mean."""

    numerator: int
    denominator: int
    definition: str
    pre_only: bool = False
    """All of it is PRE-only, which no endpoint rule sees: counts, no ratio"""

    @property
    def percent(self) -> str:
        """Such as "63 %": never 0 % or 100 % unless true, "n/a" over nothing."""
        if self.denominator == 0:
            return "n/a"
        if self.pre_only:
            return "PRE only"
        rounded = round(100 * self.numerator / self.denominator)
        if self.numerator and rounded == 0:
            return "<1 %"
        if self.numerator < self.denominator and rounded == 100:
            return ">99 %"
        return f"{rounded} %"


class Depth(StrEnum):
    """How many own rules a technique has."""

    NONE = "none"
    ONE = "one"
    SEVERAL = "several"


def depth_of(rules: Sequence[RuleIndex]) -> Depth:
    """The depth that these rules, each of them once, give a technique."""
    if not rules:
        return Depth.NONE
    return Depth.ONE if len(rules) == 1 else Depth.SEVERAL


class TechniqueCoverage(Struct, frozen=True, kw_only=True):
    """One technique in scope. Rules are indices into the corpus, sorted."""

    technique: Technique
    rules: tuple[RuleIndex, ...]
    """Distinct counted rules with an own claim (within the platforms in scope, if any)"""
    unstated: tuple[RuleIndex, ...]
    """With platforms in scope: own claims of rules that state no platform; never added in"""
    elsewhere: tuple[RuleIndex, ...]
    """With platforms in scope: own claims of rules for other platforms only"""
    by_platform: Mapping[str, tuple[RuleIndex, ...]]
    """For each platform of the technique: own-claim rules that state it"""
    subtechniques: int
    """n: its active sub-techniques in scope"""
    subtechniques_covered: int
    """k: those with an own rule"""

    @property
    def depth(self) -> Depth:
        """none, one or several own rules."""
        return depth_of(self.rules)

    @property
    def covered(self) -> bool:
        """At least one own rule."""
        return bool(self.rules)

    @property
    def covered_or_via(self) -> bool:
        """Covered itself, or one of its sub-techniques is. Never the reverse."""
        return bool(self.rules) or self.subtechniques_covered > 0

    @property
    def platforms_covered(self) -> int:
        """The n of "n of m platforms"."""
        return sum(1 for rules in self.by_platform.values() if rules)


class CellCoverage(Struct, frozen=True, kw_only=True):
    """One cell of the matrix: rules drawn there, those stated and those inferred (disjoint)."""

    tactic: str
    technique: str
    stated: tuple[RuleIndex, ...]
    inferred: tuple[RuleIndex, ...]

    @property
    def drawn(self) -> int:
        """Distinct rules drawn in the cell."""
        return len(self.stated) + len(self.inferred)


class TacticCoverage(Struct, frozen=True, kw_only=True):
    """One tactic in scope."""

    tactic: Tactic
    techniques: int
    """Techniques of the tactic in scope; 0 means n/a, not a gap"""
    covered: int
    """Those with a stated rule in this tactic"""
    inferred: int
    """Those with inferred rules only: the "+n inferred", never in the ratio"""
    pre_only: bool
    """Every technique is PRE-only: counts, no ratio"""

    @property
    def ratio(self) -> Ratio:
        """Covered techniques of all."""
        return Ratio(
            numerator=self.covered,
            denominator=self.techniques,
            definition="techniques of the tactic with a rule that states it there",
            pre_only=self.pre_only,
        )


class Coverage(Struct, frozen=True, kw_only=True, dict=True):
    """Every number of a run."""

    count: CountMode
    platforms: tuple[str, ...]
    """Platforms in scope; empty means all"""
    counted: tuple[RuleIndex, ...]
    """Rules that count by `count` (and, with platforms in scope, state one of them)"""
    techniques: Mapping[str, TechniqueCoverage]
    """By id, those in scope, PRE-only ones included"""
    cells: Mapping[tuple[str, str], CellCoverage]
    """By (tactic shortname, technique id), those in scope, empty ones included"""
    tactics: tuple[TacticCoverage, ...]
    """All of the release, in matrix order"""
    headline: Ratio
    """Covered techniques; PRE-only ones on neither side"""
    two_or_more: Ratio
    parents_with_via: Ratio
    """Parents only, own or via sub-techniques"""
    some_claim: Ratio
    """With platforms in scope: claims of any counted rule; else the headline again"""
    pre_only: Ratio
    """PRE-only techniques: counts without a ratio"""
