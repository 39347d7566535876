"""What a new ATT&CK release did to the same rules, and each tactic's part in a change."""

from typing import Protocol

from msgspec import Struct

from detcov.analysis.coverage import Coverage, Ratio, TacticCoverage
from detcov.attack.changes import Changes, changes
from detcov.attack.release import Release, Technique


class _Seen(Protocol):
    @property
    def release(self) -> Release: ...

    @property
    def coverage(self) -> Coverage: ...


class ReleaseChange(Struct, frozen=True, kw_only=True):
    """The same rules under two releases."""

    changes: Changes
    """What changed in ATT&CK itself"""
    before: Ratio
    """The headline under the older release"""
    after: Ratio
    """Under the newer one"""
    carried: tuple[tuple[Technique, Technique], ...]
    """Covered before, revoked now, and its successor covered: nothing was lost"""
    lost: tuple[tuple[Technique, str], ...]
    """Covered before and not now, with what happened to it in ATT&CK"""
    gained: tuple[Technique, ...]
    """Covered now, not before, and no successor of a covered one"""
    gaps: tuple[Technique, ...]
    """New in the release and not covered, PRE-only ones left out"""


class TacticChange(Struct, frozen=True, kw_only=True):
    """One tactic's coverage, keyed by id and name: another name is another tactic."""

    id: str
    name: str
    shortname: str
    before: TacticCoverage | None
    """The old rules under the old release; None where that has no tactic of this id and name"""
    between: TacticCoverage | None
    """The old rules under the new release"""
    after: TacticCoverage | None
    """The new rules under the new release"""
    note: str = ""
    """Why the line is broken: "new in 19.0", "until 18.1 Defense Evasion" …"""

    @property
    def by_rules(self) -> int | None:
        """Techniques more or fewer that the rules brought; None where there is nothing to tell."""
        return _step(self.between, self.after)

    @property
    def by_release(self) -> int | None:
        """Techniques more or fewer that the release brought."""
        return _step(self.before, self.between)


def release_change(before: _Seen, after: _Seen) -> ReleaseChange:
    """What a release did: both sides are the same rules."""
    found = changes(before.release, after.release)
    had = {key for key, one in before.coverage.techniques.items() if one.covered}
    has = {key for key, one in after.coverage.techniques.items() if one.covered}
    old, new = before.release.techniques, after.release.techniques
    ends = {key: end for key in had - has if (end := _end(key, after.release)) is not None}
    carried = {key: end for key, end in ends.items() if end in has}
    return ReleaseChange(
        changes=found,
        before=before.coverage.headline,
        after=after.coverage.headline,
        carried=tuple((old[key], new[end]) for key, end in sorted(carried.items())),
        lost=tuple(
            (old[key], "; ".join(found.of(key))) for key in sorted(had - has - carried.keys())
        ),
        gained=tuple(new[key] for key in sorted(has - had - set(carried.values()))),
        gaps=tuple(
            new[key]
            for key, one in after.coverage.techniques.items()
            if key in found.added and not one.covered and not one.technique.pre_only
        ),
    )


def tactics(before: _Seen, between: _Seen | None, after: _Seen) -> tuple[TacticChange, ...]:
    """Every tactic of both sides, the newer release's first."""
    old = {(one.tactic.id, one.tactic.name): one for one in before.coverage.tactics}
    middle = {one.tactic.id: one for one in (between or before).coverage.tactics}
    now = {(one.tactic.id, one.tactic.name): one for one in after.coverage.tactics}
    found = [
        TacticChange(
            id=key[0],
            name=key[1],
            shortname=one.tactic.shortname,
            before=old.get(key),
            between=middle.get(key[0]),
            after=one,
            note="" if key in old else _begun(key[0], before.release),
        )
        for key, one in now.items()
    ]
    found += (
        TacticChange(
            id=key[0],
            name=key[1],
            shortname=one.tactic.shortname,
            before=one,
            between=None,
            after=None,
            note=f"until {before.release.version}",
        )
        for key, one in old.items()
        if key not in now
    )
    return tuple(found)


def _begun(tactic_id: str, older: Release) -> str:
    was = older.tactic_by_id.get(tactic_id)
    return f"not in {older.version}" if was is None else f"until {older.version} {was.name}"


def _step(before: TacticCoverage | None, after: TacticCoverage | None) -> int | None:
    return None if before is None or after is None else after.covered - before.covered


def _end(technique_id: str, release: Release) -> str | None:
    """The active technique at the end of a chain of successors."""
    seen = set[str]()
    key: str | None = technique_id
    while key is not None and key not in seen:
        seen.add(key)
        found = release.techniques.get(key)
        if found is None or found.active:
            return None if found is None else key
        key = found.revoked_by if found.revoked else None
    return None
