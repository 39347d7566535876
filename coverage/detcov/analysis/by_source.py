"""What each source of a run covers, and what only it covers."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from msgspec import Struct, structs

from detcov.analysis.coverage import Coverage, Ratio
from detcov.model import Corpus, Resolution


class SourceCoverage(Struct, frozen=True, kw_only=True):
    """One source's part in a coverage."""

    label: str
    rules: int
    """That count; a rule that other sources have too is one of each of them"""
    covered: Ratio
    """Techniques of the headline that its rules cover"""
    alone: int
    """Those of them that no other source covers"""


def by_source(
    coverage: Coverage, corpus: Corpus, resolutions: Sequence[Sequence[Resolution]]
) -> tuple[SourceCoverage, ...]:
    """The sources in the order given, each with its own copies of rules and what these claim."""
    counted = frozenset(coverage.counted)
    places = [
        (index, rule.key.source, found)
        for rule, index, found in zip(corpus.rules, corpus.canonical, resolutions, strict=True)
        if index in counted and rule.counts(coverage.count)
    ]
    rules = Counter(label for _, label in {(index, label) for index, label, _ in places})
    claimed: defaultdict[str, set[tuple[int, str]]] = defaultdict(set)
    for index, label, found in places:
        for resolution in found:
            if resolution.counts and resolution.technique is not None:
                claimed[resolution.technique].add((index, label))
    covered, alone = Counter[str](), Counter[str]()
    for key, one in coverage.techniques.items():
        if not one.technique.pre_only:
            in_scope = frozenset(one.rules)
            labels = {label for index, label in claimed[key] if index in in_scope}
            covered.update(labels)
            if len(labels) == 1:
                alone.update(labels)
    return tuple(
        SourceCoverage(
            label=label,
            rules=rules[label],
            covered=structs.replace(coverage.headline, numerator=covered[label]),
            alone=alone[label],
        )
        for label in corpus.sources
    )
