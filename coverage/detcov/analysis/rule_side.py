"""All rules of one side of a comparison, the copies of each taken together."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from detcov.model import Corpus, CountMode, Identity, Resolution, Rule


class RuleView(Struct, frozen=True, kw_only=True):
    """A rule, its copies taken together."""

    rule: Rule
    """The first copy that counts, else the first"""
    counts: bool
    claims: frozenset[str]
    """Ids of the techniques it claims, where it counts"""
    copies: tuple[Rule, ...]
    """All places of it"""
    counting: tuple[Rule, ...]
    """Those that count"""
    parts: tuple[Rule, ...]
    """One of each rule that these count as on this side: of more than one where only the other
    side has an alias"""

    @property
    def statements(self) -> tuple[tuple[str | None, ...], ...]:
        """What it states, without places: tells a renamed rule that has no id of its own."""
        return tuple(
            (one.role, one.tactic_id, one.tactic_name, one.technique_id)
            for one in self.rule.mappings
        )


_Copies = list[tuple[Rule, Sequence[Resolution]]]


class RuleSide(Struct, frozen=True, kw_only=True):
    """All rules of one side, the copies of one taken together."""

    corpus: Corpus
    count: CountMode
    copies: Mapping[Identity, _Copies]

    def differing(self, other: "RuleSide") -> dict[Identity, RuleView]:
        """The rules that may not be what they are on the other side.

        Most rules of a history are the very same on both sides, with what they resolve to.
        """
        return {
            identity: _view(of, self.count, self.corpus)
            for identity, of in self.copies.items()
            if self.count != other.count or not _is_same(of, other.copies.get(identity, []))
        }


def rule_side(
    corpus: Corpus,
    resolutions: Sequence[Sequence[Resolution]],
    count: CountMode,
    united: Mapping[Identity, Identity],
) -> RuleSide:
    """The rules of a corpus by identity, the copies of one taken together.

    `united` are the rules that are one on either side: `load.alias.together`.
    """
    copies: defaultdict[Identity, _Copies] = defaultdict(list)
    for rule, own, found in zip(corpus.rules, corpus.identities, resolutions, strict=True):
        copies[united.get(own, own)].append((rule, found))
    return RuleSide(corpus=corpus, count=count, copies=copies)


def claims_of(resolutions: Iterable[Resolution]) -> frozenset[str]:
    """The techniques that a rule claims."""
    return frozenset(one.technique for one in resolutions if one.counts and one.technique)


def _is_same(copies: _Copies, others: _Copies) -> bool:
    """Whether a rule that stands in one place is the same object with the same resolutions."""
    if not len(copies) == len(others) == 1:
        return False
    (rule, found), (other, other_found) = copies[0], others[0]
    return rule is other and found is other_found


def _view(copies: _Copies, count: CountMode, corpus: Corpus) -> RuleView:
    counting = [(rule, found) for rule, found in copies if rule.counts(count)]
    rule = (counting or copies)[0][0]
    return RuleView(
        rule=rule,
        counts=bool(counting),
        claims=frozenset[str]().union(*(claims_of(found) for _, found in counting)),
        copies=tuple(rule for rule, _ in copies),
        counting=tuple(rule for rule, _ in counting),
        parts=_apart([rule for rule, _ in counting], corpus),
    )


def _apart(rules: Sequence[Rule], corpus: Corpus) -> tuple[Rule, ...]:
    """The first of each rule that these count as."""
    if len(rules) < 2:
        return tuple(rules)
    found: dict[Identity, Rule] = {}
    for rule in rules:
        found.setdefault(corpus.identity(rule.key), rule)
    return tuple(found.values())
