"""How a rule's file writes what a fix proposes, and what no fix can say."""

from detcov.attack.ids import tactic_slug
from detcov.attack.names import tactic_like
from detcov.model import Mapping, Resolution, Role, Rule


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


def tactic_as_written(rule: Rule, stated: str, name: str) -> str:
    """A tactic's name in the form in which another one is stated, unless that form is a defect."""
    slug = tactic_slug(stated)
    for one in rule.defects:
        if one.kind == "tactic-malformed" and one.meant and one.meant.endswith(slug):
            return tactic_slug(name)
    return tactic_like(stated, name)


def for_a_person(resolution: Resolution) -> str:
    """The end of a message on a claim that the ledger counts as one that needs a person."""
    claim = resolution.mapping.role is Role.CLAIM
    return " (needs a person)" if claim and resolution.needs_person else ""
