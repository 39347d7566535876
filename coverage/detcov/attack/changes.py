"""What changed between two releases of one domain."""

from collections.abc import Mapping

from msgspec import Struct

from detcov.attack.release import Release, Technique


class TacticChange(Struct, frozen=True, kw_only=True):
    """The tactics of one technique, before and after. Ids compare across releases, names don't."""

    before: tuple[str, ...]
    """Shortnames in the older release"""
    after: tuple[str, ...]
    """Shortnames in the newer release"""
    lost: tuple[str, ...]
    """Ids of tactics it no longer has, in the older matrix's order"""
    gained: tuple[str, ...]
    """Ids of tactics it didn't have, in the newer matrix's order"""

    @property
    def redefined(self) -> bool:
        """The tactics are the same by id; only a tactic's name is another (TA0005)."""
        return not self.lost and not self.gained


class Changes(Struct, frozen=True, kw_only=True):
    """The difference of two releases. Everything is keyed and sorted by technique id."""

    older: str
    """Title of the older release"""
    newer: str
    """Title of the newer release"""
    added: tuple[str, ...]
    """Active now, and not in the older release at all"""
    revoked: Mapping[str, str | None]
    """Active before and revoked now, with the direct successor where the bundle names one"""
    deprecated: tuple[str, ...]
    """Active before and deprecated now"""
    removed: tuple[str, ...]
    """Active before and gone without a trace (a custom technique, mostly)"""
    restored: tuple[str, ...]
    """Revoked or deprecated before and active now"""
    renamed: Mapping[str, tuple[str, str]]
    """Name before and after, of techniques active in both"""
    tactics: Mapping[str, TacticChange]
    """Of techniques active in both, whose tactics' shortnames changed"""
    platforms: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
    """Platforms before and after, of techniques active in both"""
    new_tactics: tuple[str, ...]
    """Ids of tactics that are new"""
    renamed_tactics: Mapping[str, tuple[str, str]]
    """Tactic id to its name before and after"""

    def of(self, technique_id: str) -> tuple[str, ...]:
        """Say in short sentences what changed for one technique; empty where nothing did."""
        said: list[str] = []
        if technique_id in self.added:
            said.append("added")
        if technique_id in self.revoked:
            successor = self.revoked[technique_id]
            said.append(f"revoked by {successor}" if successor else "revoked, no successor named")
        if technique_id in self.deprecated:
            said.append("deprecated")
        if technique_id in self.removed:
            said.append("removed")
        if technique_id in self.restored:
            said.append("active again")
        if technique_id in self.renamed:
            said.append('renamed from "{}" to "{}"'.format(*self.renamed[technique_id]))
        if technique_id in self.tactics:
            tactics = self.tactics[technique_id]
            said.append(f"tactics {_listed(tactics.before)} → {_listed(tactics.after)}")
        if technique_id in self.platforms:
            before, after = self.platforms[technique_id]
            said.append(f"platforms {_listed(before)} → {_listed(after)}")
        return tuple(said)


def changes(older: Release, newer: Release) -> Changes:
    """Compare two releases of one domain."""
    gone = {key: newer.techniques.get(key) for key in older.active if key not in newer.active}
    both = [(old, newer.active[key]) for key, old in older.active.items() if key in newer.active]
    tactic_names = {key: tactic.name for key, tactic in older.tactic_by_id.items()}
    return Changes(
        older=older.title,
        newer=newer.title,
        added=tuple(key for key in newer.active if key not in older.techniques),
        revoked={key: now.revoked_by for key, now in gone.items() if now and now.revoked},
        deprecated=tuple(key for key, now in gone.items() if now and not now.revoked),
        removed=tuple(key for key, now in gone.items() if now is None),
        restored=tuple(
            key for key in newer.active if key in older.techniques and key not in older.active
        ),
        renamed={old.id: (old.name, new.name) for old, new in both if old.name != new.name},
        tactics={
            old.id: _tactic_change(old, new, older, newer)
            for old, new in both
            if set(old.tactics) != set(new.tactics)
        },
        platforms={
            old.id: (old.platforms, new.platforms)
            for old, new in both
            if old.platforms != new.platforms
        },
        new_tactics=tuple(tactic.id for tactic in newer.tactics if tactic.id not in tactic_names),
        renamed_tactics={
            tactic.id: (tactic_names[tactic.id], tactic.name)
            for tactic in newer.tactics
            if tactic_names.get(tactic.id, tactic.name) != tactic.name
        },
    )


def _tactic_change(old: Technique, new: Technique, older: Release, newer: Release) -> TacticChange:
    before = [older.tactic_by_shortname[name].id for name in old.tactics]
    after = [newer.tactic_by_shortname[name].id for name in new.tactics]
    return TacticChange(
        before=old.tactics,
        after=new.tactics,
        lost=tuple(key for key in before if key not in after),
        gained=tuple(key for key in after if key not in before),
    )


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "none"
