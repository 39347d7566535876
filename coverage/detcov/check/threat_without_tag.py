"""R206: a mapping whose tactic isn't among the tags."""

from collections.abc import Iterator

from detcov.check.base import Check, Issue, Subject
from detcov.check.tactic_tags import spelt
from detcov.model import Severity


def _find(subject: Subject) -> Iterator[Issue]:
    tagged = {spelt(subject.resolver, name) for name in subject.tactic_tags.values()}
    for one in subject.tactic_entries:
        name = one.mapping.tactic_name
        if name and (slug := spelt(subject.resolver, name)) not in tagged:
            tagged.add(slug)
            place = one.mapping.tactic_place or one.mapping.place
            message = f"the rule maps {name}, but has no tag 'Tactic: {name}'"
            yield Issue(message=message, place=place, subject=name, fix=f"Tactic: {name}")


CHECK = Check(
    code="R206",
    name="threat-without-tag",
    severity=Severity.NOTE,
    summary="A mapping states a tactic that the rule's tags don't name.",
    why="Whoever filters rules by tag misses it.",
    example='a mapping of Persistence without the tag "Tactic: Persistence"',
    fix="Add the tag.",
    formats=("elastic",),
    of_rule=_find,
)
