"""Finds groups, campaigns and software by what people call them: id, name or alias."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from detcov.attack.threats import Actor, ActorKind, GoneActor, Threats
from detcov.errors import UsageError

Names = Mapping[str, Mapping[str, Actor]]
"""Lower-case id, name or alias to the actors of it, by id"""


def find_actors(
    threats: Threats, texts: Iterable[str], kind: ActorKind | None = None
) -> tuple[Actor, ...]:
    """The actors of these ids, names or aliases (case doesn't count), each once, in their order.

    A text may be a list with commas. `kind` allows only groups, campaigns or software. One that
    was revoked stands for its successor (`replaced` says so). Raises `UsageError` for what no
    actor, or more than one, is called; the message names the nearest.
    """
    finder = _Finder(threats, kind)
    found = {}
    for text in split(texts):
        actor = finder.one(text)
        found[actor.id] = actor
    return tuple(found.values())


def replaced(threats: Threats, texts: Iterable[str], kind: ActorKind | None = None) -> list[str]:
    """One sentence for each text that names a revoked one, whose successor was taken."""
    finder = _Finder(threats, kind)
    return [
        f"{gone.id} {gone.name} was revoked; {actor.name} ({actor.id}) stands for it."
        for text in split(texts)
        if (gone := finder.gone(text)) is not None and (actor := finder.one(text)) is not None
    ]


def split(texts: Iterable[str]) -> list[str]:
    """The parts of lists with commas; no name in ATT&CK has one."""
    return [part for text in texts for one in text.split(",") if (part := one.strip())]


class _Finder:
    """Looks names up among the actors of one kind, or of all."""

    def __init__(self, threats: Threats, kind: ActorKind | None) -> None:
        self._threats, self._kind = threats, kind
        self._what = kind or "group, campaign or software"
        self._names = _names(one for one in threats.actors.values() if kind in {None, one.kind})

    def one(self, text: str) -> Actor:
        """The one actor of a name."""
        found = self._names.get(text.casefold(), {})
        if len(found) == 1:
            return next(iter(found.values()))
        if found:
            several = ", ".join(f"{one.id} {one.name}" for one in found.values())
            raise UsageError(f"{text!r} is the name of several: {several}; give the id")
        gone = self.gone(text)
        if gone is None:
            raise UsageError(f"no {self._what} {text!r}{self._hint(text)}")
        if gone.successor is None:
            raise UsageError(
                f"{gone.id} {gone.name} is revoked or deprecated, and has no successor"
            )
        return self._threats.actors[gone.successor]

    def gone(self, text: str) -> GoneActor | None:
        """The revoked or deprecated one of an id or a name that no active one has."""
        name = text.casefold()
        if name in self._names:
            return None
        return next(
            (
                one
                for one in self._threats.gone.values()
                if name in {one.id.casefold(), one.name.casefold()}
                and self._kind in {None, one.kind}
            ),
            None,
        )

    def _hint(self, text: str) -> str:
        others = _names(one for one in self._threats.actors.values() if one.kind != self._kind)
        if self._kind is not None and (elsewhere := others.get(text.casefold())):
            actor = next(iter(elsewhere.values()))
            return f"; {actor.name} ({actor.id}) is of kind {actor.kind}"
        near: dict[str, str] = {}
        for name in get_close_matches(text.casefold(), self._names, n=3):
            for actor in self._names[name].values():
                near.setdefault(actor.id, _called(actor, name))
        return f"; did you mean {' or '.join(near.values())}?" if near else ""


def _called(actor: Actor, name: str) -> str:
    """An actor by its name, and by the alias that was meant, if it was one."""
    alias = next((f"{one}, which is " for one in actor.aliases if one.casefold() == name), "")
    return f"{alias}{actor.name} ({actor.id})"


def _names(actors: Iterable[Actor]) -> Names:
    """An id or a name beats an alias of another actor."""
    names: dict[str, dict[str, Actor]] = {}
    actors = tuple(actors)
    for actor in actors:
        for name in (actor.id, actor.name):
            names.setdefault(name.casefold(), {})[actor.id] = actor
    first = frozenset(names)
    for actor in actors:
        for alias in actor.aliases:
            if alias.casefold() not in first:
                names.setdefault(alias.casefold(), {})[actor.id] = actor
    return names
