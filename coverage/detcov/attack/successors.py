"""What became of a tactic that a release has under no such name any more."""

from collections.abc import Iterable, Sequence

from detcov.attack.ids import tactic_slug
from detcov.attack.release import Release, Tactic


def tactic_called(release: Release, slug: str) -> Tactic | None:
    """Return the tactic of a release with this name, as a slug, or this shortname."""
    names = ((tactic, {tactic.shortname, tactic_slug(tactic.name)}) for tactic in release.tactics)
    return next((tactic for tactic, called in names if slug in called), None)


def tactic_successors(former: Tactic, before: Release, now: Release) -> tuple[Tactic, ...]:
    """Return the tactics of a release that came of one of an earlier release, in matrix order.

    That is the tactic with its id, and each new tactic that took over techniques of it: Defense
    Evasion of 18.1 became Stealth (TA0005 still) and Defense Impairment.
    """
    held = {one.id for one in before.active.values() if former.shortname in one.tactics}
    taken = {name for one in now.active.values() if one.id in held for name in one.tactics}
    return tuple(
        tactic
        for tactic in now.tactics
        if tactic.id == former.id
        or (tactic.id not in before.tactic_by_id and tactic.shortname in taken)
    )


def became(
    name: str, releases: Iterable[Release], now: Release
) -> tuple[str, tuple[Tactic, ...]] | None:
    """Return a former tactic's own name, and what it became; None where no release has it.

    `releases` are asked in their order.
    """
    slug = tactic_slug(name)
    for before in releases:
        former = tactic_called(before, slug)
        if former is not None:
            return former.name, tactic_successors(former, before, now)
    return None


def told_successors(former: str, successors: Sequence[Tactic]) -> str:
    """Say what became of a former tactic."""
    names = [tactic.name for tactic in successors]
    if not names:
        return f"{former} has no successor"
    if len(names) == 1:
        return f"{former} is called {names[0]} now"
    return f"{former} was split into {', '.join(names[:-1])} and {names[-1]}"
