"""R208: a rule called "Deprecated" that its own fields call production."""

from collections.abc import Iterator

from detcov.check.base import Check, Issue, Subject
from detcov.model import Severity, is_named_deprecated


def _find(subject: Subject) -> Iterator[Issue]:
    lifecycle = subject.rule.state.lifecycle
    by_name_only = lifecycle.value != "deprecated" or lifecycle.field == "rule.name"
    if by_name_only and is_named_deprecated(subject.rule.name):
        message = f"called {subject.rule.name!r}, but neither its folder nor its maturity says so"
        yield Issue(message=message, place=subject.rule.place, subject=subject.rule.name)


CHECK = Check(
    code="R208",
    name="named-deprecated",
    severity=Severity.WARNING,
    summary="A rule is deprecated by its name alone.",
    why="It still ships as a live rule. detcov counts it as deprecated by a mark at the beginning "
    "of its name: “Deprecated - ”, “Deprecated: ” or “[Deprecated]”. The word alone is no mark.",
    example='name = "Deprecated - Old Rule", maturity = "production"',
    fix='Retire it: `maturity = "deprecated"` and the `_deprecated` folder.',
    # Such a rule is deprecated by its name, so no count but "all" has it.
    every_rule=True,
    formats=("elastic",),
    of_rule=_find,
)
