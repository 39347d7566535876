"""F302: a fact about nothing in this run."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from detcov.check.base import Check
from detcov.model import Severity

if TYPE_CHECKING:
    from detcov.analysis.stages import Stages
    from detcov.facts import Fact


def _find(stages: "Stages") -> "Iterator[tuple[Fact, str]]":
    return ((one.fact, f"{one.fact.kind}: {one.why}") for one in stages.unmatched)


CHECK = Check(
    code="F302",
    name="fact-unmatched",
    severity=Severity.WARNING,
    summary="A fact names a rule, technique, platform or data that isn't there.",
    why="It changes no number, and whoever wrote it thinks it does.",
    example="`deployed` for a rule that was renamed; `waived` for a technique that was revoked",
    fix="Write the name as it is now, or take the row out.",
    of_facts=_find,
)
