"""A mapping seen against the target release: what became of its technique and of its tactic."""

from enum import StrEnum

from msgspec import Struct

from detcov.model.rule import Mapping, Role


class TechniqueOutcome(StrEnum):
    """What became of a stated technique in the target release."""

    SAME = "same"
    REPLACED = "replaced"
    REVOKED = "revoked"
    """Revoked, and its successor is not named, missing or a loop"""
    DEPRECATED = "deprecated"
    UNKNOWN = "unknown"
    NEWER = "newer"
    MALFORMED = "malformed"
    FOREIGN = "foreign"
    NONE = "none"
    """The mapping states no technique"""


class TacticOutcome(StrEnum):
    """What became of a stated tactic in the target release."""

    SAME = "same"
    REDEFINED = "redefined"
    MOVED = "moved"
    REASSIGNED = "reassigned"
    AMBIGUOUS = "ambiguous"
    DROPPED = "dropped"
    MISMATCHED = "mismatched"
    NEWER = "newer"
    """The pair is true only in a release later than the target"""
    INFERRED = "inferred"
    NONE = "none"


class Resolution(Struct, frozen=True, kw_only=True, gc=False):
    """A mapping of one rule, seen against the target release."""

    mapping: Mapping
    technique_outcome: TechniqueOutcome
    tactic_outcome: TacticOutcome
    technique: str | None = None
    """The resulting technique's id: active in the target, else None"""
    tactics: tuple[str, ...] = ()
    """Shortnames of the cells it is drawn in"""
    inferred: bool = False
    """The cells are inferred, not stated"""
    source_version: str | None = None
    """Newest known release, not later than the target, in which the pair is true"""
    why: str = ""
    """One sentence for a person where technique or tactic changed"""
    needs_person: bool = False

    @property
    def counts(self) -> bool:
        """Whether it is an own claim of an active technique of the target."""
        return self.technique is not None and self.mapping.role is Role.CLAIM

    @property
    def for_a_person(self) -> bool:
        """Whether it is a claim that a person has to decide about, as the ledger counts them."""
        return self.needs_person and self.mapping.role is Role.CLAIM
