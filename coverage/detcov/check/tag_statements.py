"""What a rule states in formats that have tactics and techniques side by side."""

from collections.abc import Iterator
from itertools import chain

from msgspec import Struct

from detcov.attack.ids import is_technique_id, meant_id, tactic_slug
from detcov.attack.release import Release
from detcov.check.base import Subject
from detcov.check.tactic_now import tactics_now
from detcov.check.tactic_tags import names_tactic, near_tactic
from detcov.model import Mapping, Role
from detcov.resolve import tactic_ids


class TagStatements(Struct, frozen=True, kw_only=True):
    """The tactics and techniques that a rule states, apart from each other."""

    tactics: tuple[tuple[Mapping, str], ...]
    """With the tactic's id, for those that some release at hand has"""
    techniques: tuple[tuple[Mapping, str], ...]
    """With the technique's id, as it is meant"""
    tactic_ids: frozenset[str]
    technique_ids: frozenset[str]
    told: frozenset[str] = frozenset()
    """Ids of the tactics that M113 and D113 say to write for what is misspelt or renamed"""
    to_decide: frozenset[int] = frozenset()
    """Mappings, by identity, whose tactics a person has to choose: D120 tells of all of them"""


def tag_statements(subject: Subject) -> TagStatements | None:
    """What the tags of a rule state; None for a rule that states pairs.

    None too for a change of a rule: what it adds is a part of what the rule states.
    """
    rule = subject.rule
    if rule.paired or rule.amends:
        return None
    mappings = [one.mapping for one in subject.tactic_entries]
    known = ((one, subject.resolver.tactic_id(one.tactic_id, one.tactic_name)) for one in mappings)
    tactics = tuple((one, tactic) for one, tactic in known if tactic is not None)
    techniques = tuple(_techniques(subject))
    names = {one.tactic_name for one in mappings if one.tactic_id is None and one.tactic_name}
    return TagStatements(
        tactics=tactics,
        techniques=techniques,
        tactic_ids=frozenset(tactic for _, tactic in tactics),
        technique_ids=frozenset(technique for _, technique in techniques),
        told=frozenset(chain.from_iterable(_told(subject, name) for name in names)),
        to_decide=frozenset(id(one.mapping) for one in subject.resolutions if one.for_a_person),
    )


def _told(subject: Subject, name: str) -> Iterator[str]:
    """The ids of the tactics to write for a name that the release calls no tactic by."""
    if names_tactic(subject.target, tactic_slug(name)):
        return
    tactic_id = subject.resolver.tactic_id(None, name)
    if tactic_id is None:
        near = near_tactic(subject.resolver, name)
        if near is None:
            return
        tactic_id, name = near.id, near.name
        yield tactic_id
    now = subject.target.tactic_by_id.get(tactic_id)
    if now is not None:
        yield from (one.id for one in tactics_now(subject, name, now))


def _techniques(subject: Subject) -> Iterator[tuple[Mapping, str]]:
    for one in subject.techniques:
        stated = one.mapping.technique_id or ""
        meant = stated if is_technique_id(stated) else meant_id(stated)
        if one.mapping.role is Role.CLAIM and meant is not None:
            yield one.mapping, meant


def tactics_in(release: Release, technique_id: str) -> frozenset[str]:
    """The ids of an active technique's tactics in a release; none for any other id."""
    technique = release.active.get(technique_id)
    return tactic_ids(release, technique) if technique is not None else frozenset()


def tactic_names(release: Release, ids: frozenset[str]) -> str:
    """The names of tactics, in the matrix's order."""
    return ", ".join(one.name for one in release.tactics if one.id in ids)
