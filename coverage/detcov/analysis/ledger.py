"""The ledger: what became of every claim, and which release each source was written for."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import chain

from msgspec import Struct, structs

from detcov.attack.domains import version_key
from detcov.attack.ids import tactic_slug
from detcov.attack.release import Release
from detcov.model import Corpus, Resolution, Role, Rule, TacticOutcome, TechniqueOutcome
from detcov.resolve import Resolver, has_tactic

_CARRIED = frozenset(
    {
        TacticOutcome.REDEFINED,
        TacticOutcome.MOVED,
        TacticOutcome.REASSIGNED,
        TacticOutcome.AMBIGUOUS,
        TacticOutcome.DROPPED,
    }
)


_Statement = tuple[str | None, str | None, str | None]
"""Technique id, tactic id, tactic name"""
_Stated = Sequence[tuple[Rule, Sequence[_Statement]]]
"""Active rules, with what each states"""


class Estimate(Struct, frozen=True, kw_only=True):
    """The releases that a source's mappings of one format fit best; a range when they tie."""

    source: str
    format: str
    oldest: str | None
    newest: str | None
    fitting: int
    """Mappings that are true in those releases"""
    total: int
    stated: Mapping[str, int] = {}
    """Versions that active rules state themselves, with the number of rules, oldest first"""

    @property
    def versions(self) -> str:
        """Such as "18.1", or "17.1–18.1" where releases tie, or "unknown"."""
        if self.oldest is None or self.newest is None:
            return "unknown"
        return self.oldest if self.oldest == self.newest else f"{self.oldest}–{self.newest}"


class Ledger(Struct, frozen=True, kw_only=True):
    """Sums over the claims of active rules."""

    outcomes: Mapping[str, int]
    """Outcomes "technique/tactic" to claims, sorted"""
    carried: int
    """Claims whose technique or tactic is another one, or gone, in the target"""
    need_person: int
    """Of the carried: those a person has to decide"""
    newer: int
    """Claims of ids or pairs that came after the target"""
    estimates: tuple[Estimate, ...]
    marks: Mapping[str, int] = {}
    """Version to the active rules that only it explains (its hard marks), oldest first"""
    ahead: Mapping[str, int] = {}
    """Version later than the target to the ids and tactics that came with it, oldest first"""

    @property
    def claims(self) -> int:
        """All claims of active rules (an unpaired one once for each tactic that fits)."""
        return sum(self.outcomes.values())


def keep_ledger(
    corpus: Corpus, resolutions: Sequence[Sequence[Resolution]], resolver: Resolver
) -> Ledger:
    """The ledger of a run."""
    stated = [(rule, _statements(rule)) for rule in corpus.rules if rule.state.active]
    claims = [
        one
        for rule, found in zip(corpus.rules, resolutions, strict=True)
        if rule.state.active
        for one in found
        if one.mapping.role is Role.CLAIM
    ]
    outcomes = Counter((one.technique_outcome, one.tactic_outcome) for one in claims)
    return Ledger(
        outcomes={f"{one}/{other}": n for (one, other), n in sorted(outcomes.items())},
        carried=sum(n for pair, n in outcomes.items() if _carries(*pair)),
        need_person=sum(1 for one in claims if one.needs_person),
        newer=sum(
            n
            for (one, other), n in outcomes.items()
            if one is TechniqueOutcome.NEWER or other is TacticOutcome.NEWER
        ),
        estimates=tuple(_estimates(stated, resolver)),
        marks=_marks(stated, resolver),
        ahead=_ahead(corpus, resolver),
    )


def is_carried(resolution: Resolution) -> bool:
    """Whether technique or tactic is another one, or gone, in the target."""
    return _carries(resolution.technique_outcome, resolution.tactic_outcome)


def _carries(technique: TechniqueOutcome, tactic: TacticOutcome) -> bool:
    return technique is TechniqueOutcome.REPLACED or tactic in _CARRIED


def _marks(stated: _Stated, resolver: Resolver) -> dict[str, int]:
    """Version to the active rules that must know of it.

    An id or a tactic's name that one of the known releases has and no other marks that release.
    A rule with two marks mixes releases. Where only one release is known, nothing marks it.
    """
    if len(resolver.releases) == 1:
        return {}
    mark = cache(partial(_mark, resolver=resolver))
    of_rules = ({version for one in of for version in mark(one)} for _, of in stated)
    return _in_order(Counter(chain.from_iterable(of_rules)))


def _mark(statement: _Statement, resolver: Resolver) -> frozenset[str]:
    technique_id, tactic_id, name = statement
    releases, stated = resolver.releases, resolver.tactic_id(tactic_id, name)
    having = [one for one in releases if stated in one.tactic_by_id]
    calling = [one for one in having if name and _named(one, stated, name)]
    holders = [one for one in releases if technique_id in one.active], having, calling
    return frozenset(found[0].version or "" for found in holders if len(found) == 1) - {""}


def _ahead(corpus: Corpus, resolver: Resolver) -> dict[str, int]:
    """Of active rules, what they state that came with a later release, by that release.

    Techniques and tactics alike; a tactic once for each entry that states it.
    """
    since = cache(partial(_since, resolver=resolver))
    found = Counter(
        version
        for rule in corpus.rules
        if rule.state.active and resolver.later
        for statement in _single_statements(rule)
        if (version := since(statement)) is not None
    )
    return _in_order(found)


def _single_statements(rule: Rule) -> Iterator[_Statement]:
    """Each technique by itself, and each entry's tactic by itself."""
    tactics = {}
    for one in rule.mappings:
        if one.technique_id:
            yield one.technique_id, None, None
        tactics[one.entry] = one.tactic_id, one.tactic_name
    for stated in tactics.values():
        yield None, *stated


def _since(statement: _Statement, resolver: Resolver) -> str | None:
    """The later release that is the first to have what is stated; None if it isn't newer."""
    technique_id, tactic_id, tactic_name = statement
    if technique_id is None and tactic_id is None and tactic_name is None:
        return None

    def has(release: Release) -> bool:
        if technique_id is not None:
            return technique_id in release.techniques
        if tactic_id is not None and tactic_name is None:
            return tactic_id in release.tactic_by_id
        stated = resolver.tactic_id(tactic_id, tactic_name)
        return _named(release, stated, tactic_name or "")

    if has(resolver.target) or any(map(has, resolver.earlier)):
        return None
    return next((one.version for one in resolver.later if has(one)), None)


def _estimates(stated: _Stated, resolver: Resolver) -> Iterator[Estimate]:
    all_of: defaultdict[tuple[str, str], list[_Statement]] = defaultdict(list)
    versions: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for rule, statements in stated:
        of = rule.key.source, rule.key.format
        all_of[of] += statements
        if rule.attack_version:
            versions[of][rule.attack_version] += 1
    for of, everything in sorted(all_of.items()):
        found = _estimate(*of, Counter(everything), resolver)
        yield structs.replace(found, stated=_in_order(versions[of]))


def _in_order(found: Counter[str]) -> dict[str, int]:
    return {version: found[version] for version in sorted(found, key=version_key)}


def _estimate(
    source: str, format_: str, counter: Counter[_Statement], resolver: Resolver
) -> Estimate:
    scores = {
        release.version: sum(n for one, n in counter.items() if _fits(one, release, resolver))
        for release in resolver.releases
        if release.version is not None
    }
    best = max(scores.values(), default=0)
    # Where one release is known, all fits it or nothing does: that tells nothing.
    if len(resolver.releases) == 1:
        scores = {}
    winners = sorted((v for v, n in scores.items() if n == best), key=version_key) if best else []
    return Estimate(
        source=source,
        format=format_,
        oldest=winners[0] if winners else None,
        newest=winners[-1] if winners else None,
        fitting=best,
        total=counter.total(),
    )


def _fits(statement: _Statement, release: Release, resolver: Resolver) -> bool:
    """Whether a statement is true as it stands in a release: ids, pair and the tactic's name."""
    technique_id, tactic_id, tactic_name = statement
    stated = resolver.tactic_id(tactic_id, tactic_name) if tactic_id or tactic_name else None
    if stated is not None and tactic_name is not None and not _named(release, stated, tactic_name):
        return False
    if technique_id is None:
        return stated in release.tactic_by_id
    technique = release.active.get(technique_id)
    if technique is None:
        return False
    return stated is None or has_tactic(technique, stated, release)


def _named(release: Release, tactic_id: str | None, name: str) -> bool:
    """Whether a release calls the tactic so."""
    tactic = release.tactic_by_id.get(tactic_id or "")
    return tactic is not None and tactic_slug(name) in {tactic.shortname, tactic_slug(tactic.name)}


def _statements(rule: Rule) -> list[_Statement]:
    return [(one.technique_id, one.tactic_id, one.tactic_name) for one in rule.mappings]
