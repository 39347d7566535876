"""Mapping × release → resolution: what became of technique and tactic. Rules in docs/concepts.md.

Two axes. The technique's own fate is read in the target alone (and, for an id it lacks, in
later known releases). The tactic is compared by id, with the newest known release not later
than the target in which the stated pair is true; where there is none, with the tactics that
the entry of a revoked technique still has.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, cached_property, lru_cache
from typing import Final

from msgspec import Struct, structs

from detcov.attack.domains import version_key
from detcov.attack.ids import is_atlas_id, is_tactic_id, is_technique_id, meant_id, tactic_slug
from detcov.attack.release import Release, Tactic, Technique, domain_title
from detcov.attack.successors import became
from detcov.model import (
    Mapping,
    Place,
    Resolution,
    Role,
    Rule,
    TacticOutcome,
    TechniqueOutcome,
)

_FRAMEWORKS = frozenset({"mitre att&ck", "att&ck", "mitre attack"})
_Tactic = tuple[str | None, str | None]
"""Id and name of a tactic, as stated"""
_Statement = tuple[Resolution, str | None]
"""What a mapping comes to, some mapping in its place, and the last resort of its `PairFate`"""
_TACTIC_ALONE: Final[_Statement] = (
    Resolution(
        mapping=Mapping(role=Role.TACTIC, place=Place(line=1)),
        technique_outcome=TechniqueOutcome.NONE,
        tactic_outcome=TacticOutcome.NONE,
    ),
    None,
)
_UNFIT = frozenset({TacticOutcome.MISMATCHED, TacticOutcome.NEWER, TacticOutcome.NONE})
_KEPT = frozenset({TacticOutcome.SAME, TacticOutcome.REDEFINED})


class TechniqueFate(Struct, frozen=True, kw_only=True):
    """What became of a stated technique id; `technique` is active in the target, or None."""

    outcome: TechniqueOutcome
    technique: Technique | None = None
    why: str = ""


class PairFate(Struct, frozen=True, kw_only=True):
    """What became of a (technique, tactic) statement."""

    outcome: TacticOutcome
    tactics: tuple[str, ...] = ()
    """Shortnames it is drawn in"""
    inferred: bool = False
    gained: tuple[str, ...] = ()
    """Shortnames of those that the technique came to since, where it left the stated one"""
    last_resort: str | None = None
    """Of a dropped tactic: the only one left, drawn if the rule draws the technique nowhere"""
    source_version: str | None = None
    needs_person: bool = False
    why: str = ""


@lru_cache(maxsize=256)
def is_attack(framework: str) -> bool:
    """Whether a rule's framework name means ATT&CK, however it writes it."""
    return " ".join(framework.casefold().replace("®", "").split()) in _FRAMEWORKS


class Resolver:
    """Resolves mappings against one release, with what else is known beside it.

    `known` are further releases, in any order: of the same domain, earlier ones tell what a
    mapping meant, later ones which ids are too new; those of another domain tell which ids are
    of that one, and so does `foreign`, which names the domain of an id. A target of unknown
    version counts as later than all; a known release of unknown version can't be placed before
    or after the target and is left out.
    """

    def __init__(
        self,
        target: Release,
        known: Iterable[Release] = (),
        foreign: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        known = tuple(known)
        others = {one.version: one for one in known if one.domain == target.domain}
        others.pop(target.version, None)
        placed = sorted(
            ((version_key(v), one) for v, one in others.items() if v is not None),
            key=lambda pair: pair[0],
        )
        self.target = target
        self.earlier: Sequence[Release] = [
            one for key, one in reversed(placed) if not _is_later(key, target)
        ]
        """Newest first, the target not among them"""
        self.later: Sequence[Release] = [one for key, one in placed if _is_later(key, target)]
        self._elsewhere = [one for one in known if one.domain != target.domain]
        self._foreign = foreign
        self.technique_fate = cache(self._technique_fate)
        self.pair_fate = cache(self._pair_fate)
        self.tactic_id = cache(self._tactic_id)
        self.foreign_tactic_name = cache(self._foreign_tactic_name)
        self.became = cache(self._became)
        self._statement = cache(self._resolve_statement)
        self._fitting = cache(self._resolve_fitting)
        self._distinct = cache(self._distinct_tactics)

    @property
    def releases(self) -> tuple[Release, ...]:
        """All that is known, oldest first."""
        return (*reversed(self.earlier), self.target, *self.later)

    @cached_property
    def tactic_slugs(self) -> frozenset[str]:
        """What tactics are called in any of the releases, as `Release.tactic_slugs`."""
        return frozenset[str]().union(*(one.tactic_slugs for one in self.releases))

    def resolve(self, rule: Rule) -> tuple[Resolution, ...]:
        """Every mapping of a rule; an unpaired claim once for each tactic that fits it."""
        found: list[Resolution] = []
        last_resorts: dict[int, str] = {}
        for mapping, (said, last_resort) in self._said(rule):
            if last_resort is not None and said.counts:
                last_resorts[len(found)] = last_resort
            found.append(structs.replace(said, mapping=mapping))
        if last_resorts:
            drawn = {one.technique for one in found if one.tactics}
            for position, tactic in last_resorts.items():
                if found[position].technique not in drawn:
                    one = found[position]
                    found[position] = structs.replace(one, tactics=(tactic,), inferred=True)
        return tuple(found)

    def _said(self, rule: Rule) -> Iterator[tuple[Mapping, _Statement]]:
        """What each mapping of a rule says."""
        if rule.paired:
            for one in rule.mappings:
                stated, tactic = one.technique_id or "", _tactic_of(one)
                yield one, self._statement(one.role, stated, one.framework, tactic)
            return
        tactics = self._distinct(
            tuple([_tactic_of(one) for one in rule.mappings if one.role is Role.TACTIC])
        )
        for one in rule.mappings:
            if one.role is Role.TACTIC:
                yield one, _TACTIC_ALONE
                continue
            stated, framework = one.technique_id or "", one.framework
            for statement in self._fitting(one.role, stated, framework, tactics):
                yield one, statement

    def _distinct_tactics(self, stated: tuple[_Tactic | None, ...]) -> tuple[_Tactic, ...]:
        """The tactics among what is stated, each once."""
        found: dict[str, _Tactic] = {}
        for tactic in stated:
            if tactic is not None and (tactic_id := self.tactic_id(*tactic)) is not None:
                found.setdefault(tactic_id, tactic)
        return tuple(found.values())

    def _resolve_fitting(
        self, role: Role, stated: str, framework: str, tactics: tuple[_Tactic, ...]
    ) -> tuple[_Statement, ...]:
        """What an unpaired mapping says under each of these that fits it; else under none.

        A rule that also states a tactic that the technique came to has chosen: those that the
        technique left for it are dropped, and nobody is asked. Where a technique only left
        tactics, any tactic that it kept is such a choice.
        """
        fates = [(tactic, self.pair_fate(stated, framework, tactic)) for tactic in tactics]
        fitting = [(tactic, fate) for tactic, fate in fates if fate.outcome not in _UNFIT]
        if not fitting:
            return (self._statement(role, stated, framework, None),)
        kept = {name for _, fate in fitting if fate.outcome in _KEPT for name in fate.tactics}
        statements = []
        for tactic, fate in fitting:
            resolution, last_resort = self._statement(role, stated, framework, tactic)
            chosen = kept.intersection(fate.gained or kept)
            if chosen and fate.outcome not in _KEPT:
                resolution, last_resort = (
                    structs.replace(
                        resolution,
                        tactic_outcome=TacticOutcome.DROPPED,
                        tactics=(),
                        inferred=False,
                        needs_person=False,
                    ),
                    None,
                )
            statements.append((resolution, last_resort))
        return tuple(statements)

    def _resolve_statement(
        self, role: Role, stated: str, framework: str, tactic: _Tactic | None
    ) -> _Statement:
        """What every mapping says that states this."""
        if role is Role.TACTIC:
            return _TACTIC_ALONE
        technique = self.technique_fate(stated, framework)
        pair = self.pair_fate(stated, framework, tactic)
        resolution = Resolution(
            mapping=Mapping(role=role, place=Place(line=1)),
            technique_outcome=technique.outcome,
            tactic_outcome=pair.outcome,
            technique=technique.technique.id if technique.technique else None,
            tactics=pair.tactics if role is Role.CLAIM else (),
            inferred=pair.inferred,
            source_version=pair.source_version,
            why=" ".join(filter(None, (technique.why, pair.why))),
            needs_person=pair.needs_person,
        )
        return resolution, pair.last_resort

    def _technique_fate(self, stated: str, framework: str) -> TechniqueFate:
        outcome = TechniqueOutcome
        if not is_attack(framework) or is_atlas_id(stated):
            name = "MITRE ATLAS" if is_atlas_id(stated) else framework
            why = f"{stated or 'The mapping'} is of {name}."
            return TechniqueFate(outcome=outcome.FOREIGN, why=why)
        if not is_technique_id(stated):
            meant = meant_id(stated)
            if meant is None or not (is_technique_id(meant) or is_atlas_id(meant)):
                return TechniqueFate(outcome=outcome.MALFORMED)
            fate = self.technique_fate(meant, framework)
            if fate.outcome is outcome.FOREIGN:
                return fate
            why = " ".join(filter(None, (f"Read as {meant}.", fate.why)))
            return TechniqueFate(outcome=outcome.MALFORMED, technique=fate.technique, why=why)
        found = self.target.techniques.get(stated)
        if found is not None:
            return self._known_fate(found)
        newer = next((one for one in self.later if stated in one.techniques), None)
        if newer is not None:
            why = f"{stated} came after ATT&CK {self.target.version}: {newer.version} has it."
            return TechniqueFate(outcome=outcome.NEWER, why=why)
        if (domain := self._other_domain(stated)) is not None:
            why = f"{stated} is of {domain_title(domain)}."
            return TechniqueFate(outcome=outcome.FOREIGN, why=why)
        return TechniqueFate(outcome=outcome.UNKNOWN)

    def foreign_tactic(self, mapping: Mapping) -> str | None:
        """The title of the other domain or framework that a stated tactic is of; else None."""
        stated_id, name = mapping.tactic_id, mapping.tactic_name
        if self.tactic_id(stated_id, name) is not None and not self._goes_elsewhere(mapping):
            return None
        if stated_id and is_atlas_id(stated_id):
            return "MITRE ATLAS"
        return self._elsewhere_called(stated_id or name or "")

    def _foreign_tactic_name(self, name: str) -> str | None:
        """The title of the other domain that a tactic of this name is of alone; else None."""
        return None if self.tactic_id(None, name) is not None else self._elsewhere_called(name)

    def _elsewhere_called(self, stated: str) -> str | None:
        domain = self._other_domain(stated)
        return domain_title(domain) if domain is not None else None

    def _goes_elsewhere(self, mapping: Mapping) -> bool:
        """Whether an id of another domain, which has a name that is a tactic's here, is meant.

        It is where nothing of the mapping's is of this domain: Enterprise's TA0002 is called
        Execution, as is TA0104 of ICS.
        """
        stated = mapping.tactic_id
        if not stated or self.tactic_id(stated, None) is not None:
            return False
        technique = mapping.technique_id
        outcome = technique and self.technique_fate(technique, mapping.framework).outcome
        return not technique or outcome is TechniqueOutcome.FOREIGN

    def _other_domain(self, stated: str) -> str | None:
        """The domain, not the target's, that has a technique's id, or a tactic's id or name."""
        for release in self._elsewhere:
            if (
                stated in release.techniques
                or stated in release.tactic_by_id
                or tactic_slug(stated) in release.tactic_slugs
            ):
                return release.domain
        domain = self._foreign(stated)
        return domain if domain != self.target.domain else None

    def _known_fate(self, found: Technique) -> TechniqueFate:
        if found.active:
            return TechniqueFate(outcome=TechniqueOutcome.SAME, technique=found)
        if not found.revoked:
            return TechniqueFate(outcome=TechniqueOutcome.DEPRECATED)
        chain = [found.id]
        end: Technique | None = found
        while end is not None and end.revoked:
            successor = end.revoked_by
            if successor is None or successor in chain:
                end = None
                break
            chain.append(successor)
            end = self.target.techniques.get(successor)
        if end is None:
            why = f"{found.id} is revoked and its successor can't be followed."
            return TechniqueFate(outcome=TechniqueOutcome.REVOKED, why=why)
        why = " → ".join(chain) + f" ({end.name})."
        if end.deprecated:
            return TechniqueFate(outcome=TechniqueOutcome.DEPRECATED, why=why)
        return TechniqueFate(outcome=TechniqueOutcome.REPLACED, technique=end, why=why)

    def _tactic_id(self, stated_id: str | None, stated_name: str | None) -> str | None:
        """The tactic's id, by its id where any known release has it, else by its name."""
        order = (self.target, *self.earlier, *self.later)
        if stated_id:
            meant = stated_id if is_tactic_id(stated_id) else meant_id(stated_id)
            if any(meant in one.tactic_by_id for one in order):
                return meant
        slug = tactic_slug(stated_name or "")
        for release in order:
            for tactic in release.tactics:
                if slug in {tactic.shortname, tactic_slug(tactic.name)}:
                    return tactic.id
        return None

    def _became(self, name: str) -> tuple[str, tuple[Tactic, ...]] | None:
        """What became of a tactic of an earlier release; see `successors.became`."""
        return became(name, self.earlier, self.target)

    def _pair_fate(self, stated: str, framework: str, tactic: _Tactic | None) -> PairFate:
        technique = self.technique_fate(stated, framework).technique
        if technique is None:
            return PairFate(outcome=TacticOutcome.NONE)
        if tactic is None:
            return PairFate(
                outcome=TacticOutcome.INFERRED, tactics=technique.tactics, inferred=True
            )
        stated = stated if is_technique_id(stated) else meant_id(stated) or stated
        tactic_id = self.tactic_id(*tactic)
        # A name dates the statement: "stealth" is not the Defense Evasion of before 19.0.
        name = None if tactic[0] else tactic[1]
        source = self._source(stated, tactic_id, name)
        version = source.version if source else None
        if tactic_id is not None and has_tactic(technique, tactic_id, self.target):
            return self._kept(tactic_id, tactic[1], version)
        release = source or self._last_entry(stated, tactic_id, name)
        if release is None:
            return self._unfit(stated, tactic_id)
        before = f"until {version}" if version else "when it was revoked"
        fate = self._changed(release, release.techniques[stated], technique, before)
        return structs.replace(fate, source_version=version)

    def _source(self, stated: str, tactic_id: str | None, name: str | None) -> Release | None:
        """The newest known release, not later than the target, in which the pair is true.

        With a name, that release calls the tactic so.
        """
        for release in (self.target, *self.earlier):
            technique = release.active.get(stated)
            if technique is not None and has_tactic(technique, tactic_id, release, name):
                return release
        return None

    def _last_entry(self, stated: str, tactic_id: str | None, name: str | None) -> Release | None:
        """The newest such release whose entry of a revoked technique still has the tactic."""
        for release in (self.target, *self.earlier):
            technique = release.techniques.get(stated)
            if technique is not None and has_tactic(technique, tactic_id, release, name):
                return release
        return None

    def _kept(self, tactic_id: str, stated_name: str | None, version: str | None) -> PairFate:
        now = self.target.tactic_by_id[tactic_id]
        outcome, why = TacticOutcome.SAME, ""
        if stated_name and tactic_slug(stated_name) not in _slugs(self.target, tactic_id):
            others = (one for one in (*self.earlier, *self.later) if tactic_id in one.tactic_by_id)
            if any(tactic_slug(stated_name) in _slugs(one, tactic_id) for one in others):
                outcome = TacticOutcome.REDEFINED
                why = f"{tactic_id} is called {now.name}, not {stated_name}."
        return PairFate(outcome=outcome, tactics=(now.shortname,), source_version=version, why=why)

    def _unfit(self, stated: str, tactic_id: str | None) -> PairFate:
        for release in self.later:
            technique = release.active.get(stated)
            if technique is not None and has_tactic(technique, tactic_id, release):
                name = release.tactic_by_id[tactic_id or ""].name
                why = f"{stated} came under {name} after ATT&CK {self.target.version}."
                return PairFate(outcome=TacticOutcome.NEWER, why=why)
        return PairFate(outcome=TacticOutcome.MISMATCHED)

    def _changed(self, source: Release, stated: Technique, now: Technique, before: str) -> PairFate:
        """The stated tactic is gone: follow it if what was lost and gained tells where to."""
        had, has = tactic_ids(source, stated), tactic_ids(self.target, now)
        lost, gained = _in_order(source, had - has), _in_order(self.target, has - had)
        gone = ", ".join(tactic.name for tactic in lost)
        now_id = "it" if now.id == stated.id else now.id
        if not gained:
            left = now.tactics[0] if len(now.tactics) == 1 else None
            kept = ", ".join(tactic.name for tactic in _in_order(self.target, has))
            return PairFate(
                outcome=TacticOutcome.DROPPED,
                last_resort=left,
                needs_person=left is None,
                why=f"{stated.id} was in {gone} {before}; {now_id} is in {kept} only.",
            )
        new = " or ".join(tactic.name for tactic in gained)
        why = f"{stated.id} was in {gone} {before}; {now_id} is in {new} instead."
        if len(gained) > 1:
            return PairFate(
                outcome=TacticOutcome.AMBIGUOUS,
                gained=tuple(tactic.shortname for tactic in gained),
                needs_person=True,
                why=why,
            )
        moved = len(lost) == 1
        return PairFate(
            outcome=TacticOutcome.MOVED if moved else TacticOutcome.REASSIGNED,
            gained=(gained[0].shortname,),
            tactics=(gained[0].shortname,),
            inferred=not moved,
            needs_person=not moved,
            why=why,
        )


def _is_later(key: tuple[int, ...], target: Release) -> bool:
    return target.version is not None and key > version_key(target.version)


def _tactic_of(mapping: Mapping) -> _Tactic | None:
    """(id, name) as stated, or None where the mapping states no tactic."""
    if mapping.tactic_id is None and mapping.tactic_name is None:
        return None
    return mapping.tactic_id, mapping.tactic_name


def tactic_ids(release: Release, technique: Technique) -> frozenset[str]:
    """The ids of a technique's tactics in a release."""
    tactics = release.tactic_by_shortname
    return frozenset(tactics[name].id for name in technique.tactics if name in tactics)


def has_tactic(
    technique: Technique, tactic_id: str | None, release: Release, name: str | None = None
) -> bool:
    """Whether a technique of a release has the tactic there; with a name, a tactic called so."""
    tactic = release.tactic_by_id.get(tactic_id or "")
    if tactic is None or tactic.shortname not in technique.tactics:
        return False
    return name is None or tactic_slug(name) in _slugs(release, tactic.id)


def _slugs(release: Release, tactic_id: str) -> set[str]:
    tactic = release.tactic_by_id[tactic_id]
    return {tactic.shortname, tactic_slug(tactic.name)}


def _in_order(release: Release, ids: frozenset[str]) -> list[Tactic]:
    return [tactic for tactic in release.tactics if tactic.id in ids]
