"""What a tag says of ATT&CK, in formats that state tactics and techniques side by side."""

import re
from typing import Final

from msgspec import structs

from detcov.attack.ids import is_tactic_id, is_technique_id, meant_id
from detcov.model import Mapping, Place, Role

PART: Final = re.compile(r"[^,\s](?:[^,]*[^,\s])?")
"""One of several names or ids that stand in one text, joined by commas"""
_LIKE_AN_ID = re.compile(r"(?:aml\.)?t{0,2}a?\d", re.IGNORECASE)
_OBJECT = re.compile(r"(?:[gscm]|ds|dc|det|an)\d{4}", re.IGNORECASE | re.ASCII)
_PLAIN_OBJECT = re.compile(r"[gsc]\d{4}", re.IGNORECASE | re.ASCII)


def says_id(text: str) -> bool:
    """Whether this is meant as an id of a technique or tactic, rightly written or not."""
    return _LIKE_AN_ID.match(text) is not None


def is_object(text: str) -> bool:
    """Whether this is the id of an ATT&CK object that is neither technique nor tactic."""
    return _OBJECT.fullmatch(text) is not None


def is_actor(text: str) -> bool:
    """Whether this is the id of a group, of software or of a campaign."""
    return _PLAIN_OBJECT.fullmatch(text) is not None


def id_mapping(text: str, place: Place, entry: int) -> Mapping:
    """The mapping of an id, case put right; an irregular one stays as it is written."""
    upper = text.upper()
    if is_technique_id(upper):
        return Mapping(role=Role.CLAIM, place=place, technique_id=upper, entry=entry)
    if is_tactic_id(meant_id(text) or ""):
        stated = upper if is_tactic_id(upper) else text
        return Mapping(
            role=Role.TACTIC, place=place, tactic_id=stated, tactic_place=place, entry=entry
        )
    return Mapping(role=Role.CLAIM, place=place, technique_id=text, entry=entry)


def tactic_mapping(name: str, place: Place, entry: int) -> Mapping:
    """The mapping of a tactic by its name."""
    return Mapping(
        role=Role.TACTIC, place=place, tactic_name=name, tactic_name_place=place, entry=entry
    )


def inside(place: Place, skipped: int, length: int) -> Place:
    """The place of a part of what stands at a place; all of it where only the line is known."""
    if not place.exact:
        return place
    start = place.start + skipped
    return structs.replace(place, column=place.column + skipped, start=start, end=start + length)
