"""What is known about the estate and no rule's text can say (docs/facts.md)."""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from detcov.model import ParseFailure

LONGEST_PATTERN: Final = 500
"""Characters of a pattern with *, ? or [ in it"""


def is_pattern(text: str) -> bool:
    """Return whether a subject is a pattern, and no name."""
    return any(mark in text for mark in "*?[")


class Answer(StrEnum):
    """Three values: what nobody stated is unknown, which is not no."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class FactKind(StrEnum):
    """What a fact says."""

    DEPLOYED = "deployed"
    """A rule runs, or doesn't"""
    TELEMETRY = "telemetry"
    """Data is collected, or a rule gets its data, or not"""
    FIRED = "fired"
    """A rule has alerted, or never has"""
    TESTED = "tested"
    """A test was detected, or missed"""
    WAIVED = "waived"
    """Somebody accepts a gap until a day"""
    NOT_APPLICABLE = "not-applicable"
    """Somebody says that a technique can't be used here"""

    @property
    def excuses(self) -> bool:
        """Whether such a fact takes a gap out of the denominator."""
        return self in {FactKind.WAIVED, FactKind.NOT_APPLICABLE}


class Fact(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One fact, about one subject: a rule, a technique (on a platform), or data.

    Subjects may be globs. Dates are days, "2026-05-05", or "" where none is stated.
    """

    kind: FactKind
    value: Answer = Answer.YES
    rule: str = ""
    """Key, native id, path or name"""
    technique: str = ""
    platform: str = ""
    """Of a technique; "" is each of its platforms"""
    data: str = ""
    """A log source, a data component, or what a rule reads as the rule names it"""
    date: str = ""
    """The day that it was found so"""
    expiry: str = ""
    """The last day on which it holds"""
    owner: str = ""
    source: str = ""
    """Where it is known from"""
    note: str = ""
    file: str = ""
    """The file it stands in, as it was named"""
    line: int = 1

    @property
    def subject(self) -> str:
        """What it is about, in words."""
        if self.technique:
            return f"{self.technique} on {self.platform}" if self.platform else self.technique
        return self.rule or self.data

    @property
    def where(self) -> str:
        """Where it stands: "facts.csv:12"."""
        return f"{self.file}:{self.line}"

    def expired(self, date: str | None) -> bool:
        """Whether it holds no more on a day; never, where no day is given."""
        return date is not None and self.expiry != "" and self.expiry < date


class Facts(Struct, frozen=True, kw_only=True):
    """The facts of a run, in the order of their files and lines."""

    facts: tuple[Fact, ...] = ()
    failures: tuple[ParseFailure, ...] = ()
    """Rows and files that couldn't be read"""
    files: int = 0
    """Files named, those that couldn't be read included"""
    date: str | None = None
    """The day they are judged on; None judges no expiry"""
