"""M114: what came with a later release than the one in use."""

from collections.abc import Iterator
from functools import partial

from detcov.attack.ids import tactic_slug
from detcov.attack.release import Release
from detcov.check.base import Check, Issue, Subject
from detcov.check.tactic_tags import names_tactic
from detcov.model import Mapping, Resolution, Severity, TacticOutcome, TechniqueOutcome


def _find(subject: Subject) -> Iterator[Issue]:
    if not subject.resolver.later:
        return
    for one in subject.techniques:
        yield from _technique(subject, one)
    for one in subject.tactic_entries:
        yield from _tactic(subject, one.mapping)
    for tag, name in subject.tactic_tags.items():
        slug = tactic_slug(name)
        if not names_tactic(subject.target, slug) and subject.ahead(
            partial(names_tactic, slug=slug)
        ):
            place = subject.rule.tag_places.get(tag, subject.rule.place)
            message = f"the tag {tag!r} names a tactic that came after {subject.target.title}"
            yield Issue(message=message, place=place, subject=tag)


def _technique(subject: Subject, one: Resolution) -> Iterator[Issue]:
    mapping, stated = one.mapping, one.mapping.technique_id or ""
    name, found = mapping.technique_name, subject.target.techniques.get(stated)
    tactic = subject.resolver.tactic_id(mapping.tactic_id, mapping.tactic_name)
    # A tactic that is new itself is told once for its entry.
    pair = one.tactic_outcome is TacticOutcome.NEWER and tactic in subject.target.tactic_by_id
    if pair or one.technique_outcome is TechniqueOutcome.NEWER:
        yield Issue(message=one.why.rstrip("."), place=mapping.place, subject=stated)

    def right(release: Release) -> bool:
        other = release.techniques.get(stated)
        return other is not None and other.name == name

    if found is not None and name is not None and name != found.name and subject.ahead(right):
        message = f"{stated} is called {name!r} only after {subject.target.title}"
        yield Issue(message=message, place=mapping.name_place or mapping.place, subject=stated)


def _tactic(subject: Subject, mapping: Mapping) -> Iterator[Issue]:
    name, tactic = (
        mapping.tactic_name,
        subject.resolver.tactic_id(mapping.tactic_id, mapping.tactic_name),
    )
    place = mapping.tactic_place or mapping.tactic_name_place or mapping.place
    if tactic is None:
        return
    found = subject.target.tactic_by_id.get(tactic)
    if found is None:
        if subject.ahead(lambda release: tactic in release.tactic_by_id):
            message = f"the tactic {tactic} came after {subject.target.title}"
            yield Issue(message=message, place=place, subject=tactic)
        return

    def right(release: Release) -> bool:
        other = release.tactic_by_id.get(tactic)
        return other is not None and other.name == name

    slug = tactic_slug(name or "")
    by_name = mapping.tactic_id is None and not names_tactic(subject.target, slug)
    ahead = (
        subject.ahead(partial(names_tactic, slug=slug))
        if by_name
        else mapping.tactic_id == tactic and name not in {None, found.name} and subject.ahead(right)
    )
    if ahead:
        message = f"{tactic} is called {name!r} only after {subject.target.title}"
        place = mapping.tactic_name_place or place
        yield Issue(message=message, place=place, subject=tactic)


CHECK = Check(
    code="M114",
    name="newer-than-release",
    severity=Severity.NOTE,
    summary="An id, a name, a tag or a place under a tactic came with a later release.",
    why="The rule is ahead of the dataset, which is no defect. Nothing is carried back: what the "
    "dataset doesn't have isn't drawn.",
    example='id = "T1685" while running with `--attack 18.1`',
    fix="Run with the newer release.",
    of_rule=_find,
)
