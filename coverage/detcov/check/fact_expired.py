"""F301: a fact that holds no more."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from detcov.check.base import Check
from detcov.model import Severity

if TYPE_CHECKING:
    from detcov.analysis.stages import Stages
    from detcov.facts import Fact


def _find(stages: "Stages") -> "Iterator[tuple[Fact, str]]":
    for fact in stages.expired:
        owner = f", owner {fact.owner}" if fact.owner else ""
        yield fact, f"{fact.kind} {fact.subject}: expired on {fact.expiry}{owner}"


CHECK = Check(
    code="F301",
    name="fact-expired",
    severity=Severity.WARNING,
    summary="A fact's expiry has passed on the day of the report.",
    why="It counts no more: a waived gap is back in the denominator, a test has to be repeated.",
    example="`waived,T1611,Containers`, expiry 2026-03-31, in a report of 2026-05-05",
    fix="Let the owner decide again and state a new expiry, or take the row out.",
    of_facts=_find,
)
