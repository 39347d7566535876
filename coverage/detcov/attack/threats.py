"""Who uses a technique: groups, campaigns and software of a release."""

from collections.abc import Mapping
from functools import cached_property
from typing import Literal

from msgspec import Struct

ActorKind = Literal["group", "campaign", "software"]


class Actor(Struct, frozen=True, kw_only=True):
    """A group, a campaign or a piece of software."""

    id: str
    name: str
    kind: ActorKind
    platforms: tuple[str, ...] = ()
    """Of software only"""
    aliases: tuple[str, ...] = ()
    of_version: str | None = None
    """Release it was taken from where the target's own data lacks it"""
    details_of_version: str | None = None
    """Release its platforms and aliases were taken from where the target's own data has none"""


class GoneActor(Struct, frozen=True, kw_only=True):
    """A revoked or deprecated one: what became of it."""

    id: str
    name: str
    kind: ActorKind
    successor: str | None = None
    """Id of the active one it was revoked by; None where it is deprecated, or nothing tells"""


class Threats(Struct, frozen=True, kw_only=True, dict=True):
    """The `uses` facts of a release."""

    actors: Mapping[str, Actor]
    """By ATT&CK id (G0139, C0001, S0002), sorted"""
    uses: Mapping[str, tuple[str, ...]]
    """Actor id to the ids of the active techniques it uses, sorted"""
    software: Mapping[str, tuple[str, ...]] = {}
    """Group or campaign id to the ids of the software it uses, sorted"""
    groups: Mapping[str, tuple[str, ...]] = {}
    """Campaign id to the ids of the groups it is attributed to, sorted"""
    gone: Mapping[str, GoneActor] = {}
    """Revoked and deprecated ones by id, sorted; none of them is in `actors`"""

    @cached_property
    def users(self) -> Mapping[str, tuple[Actor, ...]]:
        """Technique id to the actors that use it, by id."""
        found: dict[str, list[Actor]] = {}
        for actor_id, techniques in self.uses.items():
            for technique in techniques:
                found.setdefault(technique, []).append(self.actors[actor_id])
        return {technique: tuple(actors) for technique, actors in sorted(found.items())}
