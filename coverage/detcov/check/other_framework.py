"""M112: a mapping to another framework or ATT&CK domain, where it may stand."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from detcov.attack.ids import tactic_slug
from detcov.check.base import Check, Issue, Subject
from detcov.check.tactic_tags import stated_tactics
from detcov.model import Mapping, Severity, TechniqueOutcome
from detcov.resolve import is_attack

_TAG = re.compile(r"mitre (?!att&ck)[\w &]*:\s*\S", re.IGNORECASE)

_ANY_DOMAIN: Final = frozenset(
    {
        # `hunt.mitre`: ids of ATLAS and Mobile beside those of Enterprise
        "elastic-hunting",
        # free `spec.tags`
        "kubearmor",
        # Sentinel's schema has ICS's tactics in the list that has Enterprise's.
        "sentinel",
        "sentinel-arm",
        # Emerging Threats gives rules for phones ids of Mobile.
        "suricata",
    }
)
"""The formats whose fields of mappings are for any domain, and declare none"""


def _find(subject: Subject) -> Iterator[Issue]:
    for mapping, issue in foreign_mappings(subject):
        if not declares_enterprise(subject, mapping):
            yield issue
    yield from _tactic_tags(subject)
    yield from _framework_tags(subject)


def declares_enterprise(subject: Subject, mapping: Mapping) -> bool:
    """Return whether a mapping stands in a place for ATT&CK Enterprise alone.

    Only where the rules are judged against Enterprise: under a bundle of ICS, what is of Enterprise
    is right where it stands.
    """
    return (
        subject.target.domain == "enterprise-attack"
        and subject.rule.key.format not in _ANY_DOMAIN
        and is_attack(mapping.framework)
    )


def foreign_mappings(subject: Subject) -> Iterator[tuple[Mapping, Issue]]:
    """Give each mapping of another domain or framework, and say of which."""
    for one in subject.resolutions:
        if one.technique_outcome is TechniqueOutcome.FOREIGN:
            mapping = one.mapping
            yield (
                mapping,
                Issue(
                    message=one.why.rstrip("."), place=mapping.place, subject=mapping.technique_id
                ),
            )
    for one in subject.tactic_entries:
        mapping = one.mapping
        of = subject.resolver.foreign_tactic(mapping)
        # Where the technique is foreign as well, that tells it.
        if of is not None and one.technique_outcome is not TechniqueOutcome.FOREIGN:
            stated = mapping.tactic_id or mapping.tactic_name
            place = mapping.tactic_place or mapping.tactic_name_place or mapping.place
            message = f"the tactic {stated} is of {of}"
            yield mapping, Issue(message=message, place=place, subject=stated)


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
    summary="A mapping or tag is of MITRE ATLAS, or of another ATT&CK domain, where that may be.",
    why="It says something, but nothing about this matrix, and ids of both look alike. Where a "
    "place declares ATT&CK Enterprise, it is M121, an error.",
    example='"Mitre Atlas: T0051"; `framework = "MITRE ATLAS"`',
    fix="Nothing, if it is meant. It isn't counted.",
    of_rule=_find,
)
