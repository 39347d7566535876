"""Which rules of other corpora to take over: the fewest that close the most of the open gaps.

Greedy set cover: each next rule is the one that closes most weight of what is still open. It is
within 1 - 1/e of the best choice of so many rules (Nemhauser, Wolsey and Fisher, 1978), and in
practice mostly is the best; `tests/analysis/test_suggest.py` compares them.
"""

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from detcov.analysis.coverage import Coverage, Ratio
from detcov.analysis.gaps import find_gaps
from detcov.analysis.looking import ALL, CONTAINERS, Looking
from detcov.analysis.rank import (
    Weights,
    normal_use_looks_the_same,
    parts_of,
    rank_gaps,
    report_counts,
)
from detcov.attack.release import Release, Technique
from detcov.attack.threats import Threats
from detcov.model import Corpus, RuleIndex, Stated

_Choice = tuple[RuleIndex, int, int]
"""A candidate, the targets that it closes beyond those before it as bits, and how many are alike"""
_MATURE = ("stable", "test", "experimental", "deprecated")


class Rules(Struct, frozen=True, kw_only=True):
    """Rules with what they claim: ours, or candidates."""

    corpus: Corpus
    coverage: Coverage
    """Of all platforms"""
    columns: Mapping[RuleIndex, Stated]
    """Those of `analysis.scope`"""

    def looking(self, platform: str) -> Looking:
        """Which of them look at a platform."""
        return Looking(platform, self.corpus.counted(self.coverage.count), self.columns)


class Target(Struct, frozen=True, kw_only=True):
    """A gap to close."""

    technique: Technique
    platform: str
    """`ALL` where all are in scope"""
    weight: int
    """Its score among the gaps, one at least"""


class Suggestion(Struct, frozen=True, kw_only=True):
    """One rule to take over, after those before it."""

    rule: RuleIndex
    """In the candidates' corpus"""
    closes: tuple[Target, ...]
    """What it closes of what those before it left open, the heaviest first"""
    alternatives: int
    """Other candidates in scope that would close the same of it"""
    ours: RuleIndex | None
    """The rule of our corpus with the same UUID or format and id, which closes none of it"""

    @property
    def gain(self) -> int:
        """Sum of the weights of what it closes."""
        return sum(one.weight for one in self.closes)


class OpenTarget(Struct, frozen=True, kw_only=True):
    """A gap that stays open."""

    target: Target
    closers: int
    """Candidates in scope that would close it: left out by the limit"""
    elsewhere: int
    """Candidates that claim it, and don't look at the platform"""


class Suggestions(Struct, frozen=True, kw_only=True):
    """What to take over, and what stays open."""

    platforms: tuple[str, ...]
    """In scope; empty means all"""
    covered: Ratio
    """By our rules, before"""
    targets: tuple[Target, ...]
    """All gaps, the heaviest first"""
    counted: int
    """Candidates that count"""
    in_scope: int
    """Those of them that look at a platform in scope"""
    picked: tuple[Suggestion, ...]
    still_open: tuple[OpenTarget, ...]
    """The heaviest first"""

    @property
    def closed(self) -> int:
        """Gaps closed by all that is suggested."""
        return sum(len(one.closes) for one in self.picked)

    @property
    def gain(self) -> int:
        """Weight closed by all that is suggested."""
        return sum(one.gain for one in self.picked)

    @property
    def weight(self) -> int:
        """Weight of all gaps."""
        return sum(one.weight for one in self.targets)


def suggest(
    release: Release,
    ours: Rules,
    candidates: Rules,
    threats: Threats,
    *,
    platforms: Sequence[str] = (),
    matrix: frozenset[str] = frozenset(),
    weights: Weights | None = None,
    most: int = 20,
) -> Suggestions:
    """Choose at most `most` candidates that close the most weight of our gaps.

    With `platforms`, a gap is a technique on one of them, as in `find_gaps`, and a candidate
    closes it if it looks at that platform; else a gap is a technique that no rule of ours claims.
    PRE-only techniques are none. `matrix` and `weights` are those of `rank_gaps`.
    """
    weights = weights or Weights()
    if platforms:
        covered, found = _on_platforms(release, ours, threats, platforms, matrix, weights)
    else:
        covered, found = ours.coverage.headline, _anywhere(ours.coverage, threats, weights)
    targets = tuple(sorted(found, key=lambda one: (-one.weight, one.technique.id, one.platform)))
    lookings = {platform: candidates.looking(platform) for platform in platforms or (ALL,)}
    cover = _Cover(targets, candidates, lookings)
    chosen, known = tuple(cover.choose(most)), _by_name(ours.corpus)
    return Suggestions(
        platforms=tuple(platforms),
        covered=covered,
        targets=targets,
        counted=len(candidates.coverage.counted),
        in_scope=_in_scope(candidates.coverage.counted, lookings.values()),
        picked=tuple(_suggestion(one, targets, candidates.corpus, known) for one in chosen),
        still_open=tuple(cover.left_by(chosen)),
    )


def _in_scope(counted: Iterable[RuleIndex], lookings: Collection[Looking]) -> int:
    """How many rules look at one of the platforms."""
    return sum(1 for index in counted if any(one.looks(index) for one in lookings))


def _by_name(corpus: Corpus) -> dict[Hashable, RuleIndex]:
    """The rules of a corpus by all that their copies elsewhere are told by."""
    return {
        name: index
        for rule, index in zip(corpus.rules, corpus.canonical, strict=True)
        for name in corpus.anywhere(rule)
    }


def _suggestion(
    choice: _Choice,
    targets: Sequence[Target],
    candidates: Corpus,
    ours: Mapping[Hashable, RuleIndex],
) -> Suggestion:
    index, closes, alternatives = choice
    return Suggestion(
        rule=index,
        closes=tuple(targets[at] for at in _bits(closes)),
        alternatives=alternatives,
        ours=_ours(index, candidates, ours),
    )


def _ours(
    index: RuleIndex, candidates: Corpus, ours: Mapping[Hashable, RuleIndex]
) -> RuleIndex | None:
    """The rule of ours that a candidate is a copy of."""
    return next((ours[name] for name in candidates.told_by(index) if name in ours), None)


def _on_platforms(
    release: Release,
    ours: Rules,
    threats: Threats,
    platforms: Sequence[str],
    matrix: frozenset[str],
    weights: Weights,
) -> tuple[Ratio, list[Target]]:
    covered = techniques = 0
    targets = []
    for platform in platforms:
        gaps = find_gaps(release, ours.corpus, ours.coverage, platform, columns=ours.columns)
        covered += gaps.covered.numerator
        techniques += gaps.covered.denominator
        ranked = rank_gaps(
            gaps,
            release,
            threats,
            matrix=matrix if platform == CONTAINERS else frozenset(),
            weights=weights,
        )
        targets += [
            Target(technique=one.gap.technique, platform=platform, weight=max(1, one.score))
            for one in ranked
            if not one.gap.technique.pre_only
        ]
    return (
        Ratio(
            numerator=covered,
            denominator=techniques,
            definition="techniques, on each platform, that a rule that looks at it claims itself",
        ),
        targets,
    )


def _anywhere(coverage: Coverage, threats: Threats, weights: Weights) -> list[Target]:
    """Gaps of all platforms together: every user of a technique is a report of use."""
    family = Counter(
        parent
        for one in coverage.techniques.values()
        if one.covered
        for parent in {one.technique.id, one.technique.parent}
    )
    found = []
    for identity, one in coverage.techniques.items():
        if one.covered or one.technique.pre_only:
            continue
        counts = report_counts(one.technique, threats.users.get(identity, ()))
        if not normal_use_looks_the_same(one.technique):
            counts["unseen"] = int(not family[one.technique.parent or identity])
        score = sum(part.points for part in parts_of(counts, weights))
        found.append(Target(technique=one.technique, platform=ALL, weight=max(1, score)))
    return found


class _Cover:
    """Which candidates close which targets, as sets of bits."""

    def __init__(
        self, targets: Sequence[Target], candidates: Rules, lookings: Mapping[str, Looking]
    ) -> None:
        self._targets, self._candidates = targets, candidates
        self._weights = [one.weight for one in targets]
        self._closers = [0] * len(targets)
        self._elsewhere = [0] * len(targets)
        closes: dict[RuleIndex, int] = {}
        for at, target in enumerate(targets):
            looks = lookings[target.platform].looks
            found = candidates.coverage.techniques.get(target.technique.id)
            for index in found.rules if found is not None else ():
                if looks(index):
                    closes[index] = closes.get(index, 0) | 1 << at
                    self._closers[at] += 1
                else:
                    self._elsewhere[at] += 1
        # Of candidates that close the same, the first in order stands for all.
        self._alike: dict[int, list[RuleIndex]] = {}
        for index in sorted(closes, key=self._order):
            self._alike.setdefault(closes[index], []).append(index)

    def _order(self, index: RuleIndex) -> tuple[int, int, int]:
        """Whom to prefer: the more mature, then by source as given, then by place."""
        rule = self._candidates.corpus.rules[index]
        lifecycle = rule.state.lifecycle.value
        mature = _MATURE.index(lifecycle) if lifecycle in _MATURE else len(_MATURE)
        return mature, self._candidates.corpus.sources.index(rule.key.source), index

    def choose(self, most: int) -> Iterator[_Choice]:
        """At most so many candidates, in the order to take them over."""
        chosen: list[int] = []
        # Later ones can make an earlier one needless: its place is free for another. Each round
        # closes more than the one before, so there is a last one.
        while added := self._next(chosen, most):
            chosen = self._needed([*chosen, *added])
        open_ = self._all(self._alike)
        for closes in self._by_gain(chosen):
            own = closes & open_
            alike = sum(len(who) for other, who in self._alike.items() if other & open_ == own)
            yield self._alike[closes][0], own, alike - 1
            open_ &= ~closes

    def left_by(self, chosen: Iterable[_Choice]) -> Iterator[OpenTarget]:
        """What these don't close, with who would."""
        open_ = (1 << len(self._targets)) - 1 & ~self._all(closes for _, closes, _ in chosen)
        for at in _bits(open_):
            yield OpenTarget(
                target=self._targets[at],
                closers=self._closers[at],
                elsewhere=self._elsewhere[at],
            )

    def _next(self, chosen: list[int], most: int) -> list[int]:
        """The next ones, as many as there is room for and as close something."""
        added: list[int] = []
        open_ = self._all(self._alike) & ~self._all(chosen)
        while open_ and len(chosen) + len(added) < most:
            best = min(self._alike, key=lambda closes: self._rank(closes, open_))
            added.append(best)
            open_ &= ~best
        return added

    def _rank(self, closes: int, open_: int) -> tuple[int, int, tuple[int, int, int]]:
        own = closes & open_
        return -self._weight(own), -own.bit_count(), self._order(self._alike[closes][0])

    def _needed(self, chosen: list[int]) -> list[int]:
        """Those without which less would be closed, the lightest looked at first."""
        kept = list(chosen)
        for closes in sorted(chosen, key=lambda one: (self._weight(one), -chosen.index(one))):
            others = [one for one in kept if one != closes]
            if not closes & ~self._all(others):
                kept = others
        return kept

    def _by_gain(self, chosen: Iterable[int]) -> Iterator[int]:
        left, open_ = set(chosen), self._all(self._alike)
        while left:
            best = min(left, key=lambda closes: self._rank(closes, open_))
            left.remove(best)
            open_ &= ~best
            yield best

    def _weight(self, closes: int) -> int:
        return sum(self._weights[at] for at in _bits(closes))

    @staticmethod
    def _all(sets: Iterable[int]) -> int:
        found = 0
        for one in sets:
            found |= one
        return found


def _bits(closes: int) -> Iterator[int]:
    while closes:
        yield (closes & -closes).bit_length() - 1
        closes &= closes - 1
