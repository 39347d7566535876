"""R205: a tactic tag without a mapping of that tactic."""

from collections.abc import Iterator

from detcov.attack.ids import tactic_slug
from detcov.check.base import Check, Issue, Subject
from detcov.check.tactic_tags import spelt, stated_tactics
from detcov.model import Severity


def _find(subject: Subject) -> Iterator[Issue]:
    stated = stated_tactics(subject.rule)
    if not stated:
        return
    slugs = {spelt(subject.resolver, name) for name in stated.values()}
    for tag, name in subject.tactic_tags.items():
        # What names no tactic is told already (R204, M112).
        if subject.resolver.tactic_id(None, name) and tactic_slug(name) not in slugs:
            message = f"the tag {tag!r} has no mapping; the rule maps {', '.join(stated.values())}"
            place = subject.rule.tag_places.get(tag, subject.rule.place)
            yield Issue(message=message, place=place, subject=tag)


CHECK = Check(
    code="R205",
    name="tag-without-threat",
    severity=Severity.WARNING,
    summary="A tactic tag stands in the tags, but no mapping states that tactic.",
    why="Search by tag and the matrix then disagree about the rule.",
    example='"Tactic: Execution" on a rule that maps Persistence only',
    fix="Add the mapping, or drop the tag.",
    of_rule=_find,
)
