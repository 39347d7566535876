"""F303: a waiver for what is covered."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from detcov.check.base import Check
from detcov.model import Severity

if TYPE_CHECKING:
    from detcov.analysis.stages import Stages
    from detcov.facts import Fact


def _find(stages: "Stages") -> "Iterator[tuple[Fact, str]]":
    for fact in stages.needless:
        yield fact, f"{fact.kind} {fact.subject}: a rule covers it"


CHECK = Check(
    code="F303",
    name="fact-needless",
    severity=Severity.NOTE,
    summary="A gap is waived or called not applicable, and a rule covers it.",
    why="It changes no number: what is covered counts, whatever was accepted before.",
    example="`waived,T1610,Containers` after a rule for T1610 was written",
    fix="Take the row out.",
    of_facts=_find,
)
