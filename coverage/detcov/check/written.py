"""How a rule's file writes what a fix proposes, and what no fix can say."""

from typing import Final

from detcov.attack.ids import tactic_slug
from detcov.attack.names import tactic_like
from detcov.attack.release import Release
from detcov.check.base import Subject
from detcov.model import Mapping, Resolution, Rule
from detcov.resolve import tactic_ids


def id_as_written(rule: Rule, mapping: Mapping, technique_id: str) -> str:
    """An id as it stands at the mapping's place: in an address, or in a tag of Sigma's."""
    place, url = mapping.place, mapping.url_place
    if (
        url is not None
        and url.line == place.line
        and url.start <= place.start
        and place.end <= url.end
    ):
        return technique_id.replace(".", "/")
    # Sigma's specification has tags in lower case.
    return technique_id.lower() if rule.key.format == "sigma" else technique_id


def tactic_as_written(subject: Subject, stated: str, name: str) -> str:
    """A tactic's name in the form in which another one is stated, unless that form is a defect."""
    if tactic_slug(stated) in subject.malformed_tactics:
        return tactic_slug(name)
    return tactic_like(stated, name)


FOR_A_PERSON: Final = " (needs a person)"
"""The end of a message on a claim that the ledger counts as one that needs a person"""


def candidates(release: Release, resolution: Resolution) -> tuple[str, ...]:
    """The ids of the tactics that a person may choose from: those that the technique has now."""
    found = release.active.get(resolution.technique or "")
    has = frozenset[str]() if found is None else tactic_ids(release, found)
    return tuple(one.id for one in release.tactics if one.id in has)
