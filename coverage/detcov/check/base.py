"""What a check is, what it sees, and what it gives."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from msgspec import Struct

from detcov.attack.ids import tactic_slug
from detcov.attack.release import Release, Technique
from detcov.check.tactic_tags import tactic_tags
from detcov.model import Corpus, Place, Resolution, Role, Rule, Severity, TechniqueOutcome
from detcov.model import Mapping as RuleMapping
from detcov.resolve import Resolver, is_attack

if TYPE_CHECKING:
    from detcov.analysis.stages import Stages
    from detcov.facts import Fact


class Subject(Struct, frozen=True, kw_only=True, dict=True):
    """One rule as a check sees it; `subject_of` makes it."""

    rule: Rule
    resolutions: Sequence[Resolution]
    resolver: Resolver
    techniques: Sequence[Resolution]
    """The statements of an ATT&CK technique of this domain, claims and carriers, each once"""
    tactic_entries: Sequence[Resolution]
    """The statements of an ATT&CK tactic, one an entry"""
    tactic_tags: Mapping[str, str]
    """As `tactic_tags` of the rule"""

    @property
    def target(self) -> Release:
        """The release that the rule is judged against."""
        return self.resolver.target

    @cached_property
    def stated_in(self) -> Mapping[tuple[str | None, int | None], Iterable[tuple[str, str]]]:
        """The techniques (id and framework) stated in a tactic, in all entries and in each.

        In (None, None), where the rule states no pairs. Each once: a rule of many tactics and many
        techniques would take quadratic time.
        """
        found: defaultdict[tuple[str | None, int | None], dict[tuple[str, str], None]]
        found = defaultdict(dict)
        for one in self.techniques:
            mapping = one.mapping
            if one.technique is None:
                continue
            stated = (mapping.technique_id or "", mapping.framework)
            tactic, entry = None, None
            if self.rule.paired:
                tactic = self.resolver.tactic_id(mapping.tactic_id, mapping.tactic_name)
                entry = mapping.entry
            found[tactic, None][stated] = found[tactic, entry][stated] = None
        return found

    @cached_property
    def for_a_person(self) -> frozenset[tuple[str, str]]:
        """The techniques (id and framework) of which a person has to choose the tactics."""
        waiting = (one.mapping for one in self.resolutions if one.for_a_person)
        return frozenset((one.technique_id or "", one.framework) for one in waiting)

    @cached_property
    def of_other_platforms(self) -> Sequence[tuple[RuleMapping, Technique]]:
        """The claims of techniques that share no platform with the rule, once a technique."""
        ours = self.rule.platform_names
        claims: dict[str, tuple[RuleMapping, Technique]] = {}
        for claim in self.techniques if ours else ():
            if claim.technique is None or claim.technique in claims or not claim.counts:
                continue
            technique = self.target.techniques[claim.technique]
            if technique.platforms and ours.isdisjoint(technique.platforms):
                claims[claim.technique] = claim.mapping, technique
        return tuple(claims.values())

    @cached_property
    def tactics_of_now(self) -> frozenset[str]:
        """The ids of the tactics that are stated by an id or a name of the target's own."""
        stated = (entry.mapping for entry in self.tactic_entries)
        ids = {
            self.resolver.tactic_id(mapping.tactic_id, mapping.tactic_name)
            for mapping in stated
            if mapping.tactic_id
            or tactic_slug(mapping.tactic_name or "") in self.target.tactic_slugs
        }
        return frozenset(tactic.id for tactic in self.target.tactics if tactic.id in ids)

    @cached_property
    def malformed_tactics(self) -> frozenset[str]:
        """The slugs of the tactics that are stated in a form that is a defect."""
        defects = (one for one in self.rule.defects if one.kind == "tactic-malformed")
        return frozenset((one.meant or "").partition(".")[2] for one in defects)

    def outdated(self, right: Callable[[Release], bool]) -> bool:
        """Whether what is wrong in the target was right in an earlier known release: drift."""
        return any(right(release) for release in self.resolver.earlier)

    def ahead(self, right: Callable[[Release], bool]) -> bool:
        """Whether it is right in a later known release only: the rule is newer than the target."""
        return not self.outdated(right) and any(right(one) for one in self.resolver.later)


def subject_of(rule: Rule, resolutions: Sequence[Resolution], resolver: Resolver) -> Subject:
    """A rule with what many checks look at, worked out once."""
    return Subject(
        rule=rule,
        resolutions=resolutions,
        resolver=resolver,
        techniques=list(_techniques(resolutions)),
        tactic_entries=list(_tactic_entries(resolutions)),
        tactic_tags=tactic_tags(rule),
    )


def _techniques(resolutions: Sequence[Resolution]) -> Iterator[Resolution]:
    seen: set[int] = set()
    for one in resolutions:
        foreign = one.technique_outcome is TechniqueOutcome.FOREIGN
        if one.mapping.role is not Role.TACTIC and not foreign and id(one.mapping) not in seen:
            seen.add(id(one.mapping))
            yield one


def _tactic_entries(resolutions: Sequence[Resolution]) -> Iterator[Resolution]:
    seen: set[int] = set()
    for one in resolutions:
        mapping = one.mapping
        stated = mapping.tactic_id or mapping.tactic_name
        if stated and mapping.entry not in seen and is_attack(mapping.framework):
            seen.add(mapping.entry)
            yield one


def is_active(technique_id: str, release: Release) -> bool:
    """Whether a release has this technique, neither revoked nor deprecated."""
    return technique_id in release.active


class Issue(Struct, frozen=True, kw_only=True):
    """One defect that a check found."""

    message: str
    place: Place
    subject: str | None = None
    """The id, tactic or tag it is about"""
    fix: str | None = None
    """What to write instead, where that is known; "" for what is to be dropped"""
    drift: bool = False
    need_person: int = 0
    candidates: tuple[str, ...] = ()
    """As a finding's"""


OfRule = Callable[[Subject], Iterable[Issue]]


class Shared(Struct, frozen=True, kw_only=True):
    """Two or more rules that share something, as a check sees them."""

    corpus: Corpus
    """That they are of"""
    key: Hashable
    """What they share"""
    rules: Sequence[Rule]
    """In the corpus's order"""


class Together(Struct, frozen=True, kw_only=True):
    """What is wrong with rules that share something."""

    keys: Callable[[Corpus, Rule], Sequence[Hashable]]
    """What a rule may share with others; nothing for one that is left out"""
    find: Callable[[Shared], Iterable[tuple[Rule, Issue]]]

    def issues(self, corpus: Corpus, rules: Sequence[Rule]) -> Iterator[tuple[Rule, Issue]]:
        """What is wrong with some of these rules of a corpus, which are in its order."""
        of_rules = [self.keys(corpus, rule) for rule in rules]
        count = Counter(chain.from_iterable(of_rules))
        groups: dict[Hashable, list[Rule]] = {key: [] for key, n in count.items() if n > 1}
        if not groups:
            return
        for keys, rule in zip(of_rules, rules, strict=True):
            for key in keys:
                if key in groups:
                    groups[key].append(rule)
        for key, group in groups.items():
            yield from self.find(Shared(corpus=corpus, key=key, rules=group))


class Check(Struct, frozen=True, kw_only=True):
    """One check: its identity, its documentation and its function; docs/checks.md is made of it."""

    code: str
    name: str
    severity: Severity
    summary: str
    why: str
    example: str
    """A mapping, tag or name that it finds"""
    fix: str
    drift_code: str | None = None
    """The code of what was right in an earlier release"""
    formats: tuple[str, ...] = ()
    """The formats (of `PARSERS`) whose rules it is asked of; empty for all"""
    every_rule: bool = False
    """Whether `of_rule` looks at every rule, whichever rules count"""
    of_rule: OfRule | None = None
    of_rules: Together | None = None
    of_facts: "Callable[[Stages], Iterable[tuple[Fact, str]]] | None" = None
    """Gives facts, and what is wrong with each"""

    def suits(self, rule_format: str) -> bool:
        """Whether it is asked of rules of a format."""
        return not self.formats or rule_format in self.formats
