"""M112: a mapping to another framework or ATT&CK domain."""

import re
from collections.abc import Iterator
from functools import lru_cache

from detcov.attack.ids import tactic_slug
from detcov.check.base import Check, Issue, Subject
from detcov.check.tactic_tags import stated_tactics
from detcov.model import Severity, TechniqueOutcome

_TAG = re.compile(r"mitre (?!att&ck)[\w &]*:\s*\S", re.IGNORECASE)


def _find(subject: Subject) -> Iterator[Issue]:
    yield from _techniques(subject)
    yield from _tactics(subject)
    yield from _tactic_tags(subject)
    yield from _framework_tags(subject)


def _techniques(subject: Subject) -> Iterator[Issue]:
    for one in subject.resolutions:
        if one.technique_outcome is TechniqueOutcome.FOREIGN:
            mapping = one.mapping
            yield Issue(
                message=one.why.rstrip("."), place=mapping.place, subject=mapping.technique_id
            )


def _tactics(subject: Subject) -> Iterator[Issue]:
    for one in subject.tactic_entries:
        mapping = one.mapping
        of = subject.resolver.foreign_tactic(mapping)
        # Where the technique is foreign as well, that tells it.
        if of is not None and one.technique_outcome is not TechniqueOutcome.FOREIGN:
            stated = mapping.tactic_id or mapping.tactic_name
            place = mapping.tactic_place or mapping.tactic_name_place or mapping.place
            yield Issue(message=f"the tactic {stated} is of {of}", place=place, subject=stated)


def _tactic_tags(subject: Subject) -> Iterator[Issue]:
    for tag, name in subject.tactic_tags.items():
        of = subject.resolver.foreign_tactic_name(name)
        # Where a mapping states the tactic as well, that tells it.
        if of is not None and tactic_slug(name) not in stated_tactics(subject.rule):
            place = subject.rule.tag_places.get(tag, subject.rule.place)
            yield Issue(message=f"the tag {tag!r} is of {of}", place=place, subject=tag)


def _framework_tags(subject: Subject) -> Iterator[Issue]:
    for tag in subject.rule.tags:
        if _is_of_another(tag):
            place = subject.rule.tag_places.get(tag, subject.rule.place)
            message = f"the tag {tag!r} is of another framework than ATT&CK"
            yield Issue(message=message, place=place, subject=tag)


# Rules carry the same few hundred tags again and again.
@lru_cache(maxsize=4096)
def _is_of_another(tag: str) -> bool:
    return _TAG.match(tag) is not None


CHECK = Check(
    code="M112",
    name="other-framework",
    severity=Severity.NOTE,
    summary="A mapping or tag is of MITRE ATLAS, or of another ATT&CK domain.",
    why="It says something, but nothing about this matrix, and ids of both look alike.",
    example='"Mitre Atlas: T0051"',
    fix="Nothing, if it is meant. It isn't counted.",
    of_rule=_find,
)
