"""What each source of a run covers, and what only it covers."""

from collections import Counter

from msgspec import Struct, structs

from detcov.analysis.coverage import Coverage, Ratio
from detcov.model import Corpus


class SourceCoverage(Struct, frozen=True, kw_only=True):
    """One source's part in a coverage."""

    label: str
    rules: int
    """That count"""
    covered: Ratio
    """Techniques of the headline that its rules cover"""
    alone: int
    """Those of them that no other source covers"""


def by_source(coverage: Coverage, corpus: Corpus) -> tuple[SourceCoverage, ...]:
    """The sources in the order given. A rule in several places is of the first one's source."""
    label_of = [rule.key.source for rule in corpus.rules]
    rules = Counter(label_of[index] for index in coverage.counted)
    covered, alone = Counter[str](), Counter[str]()
    for one in coverage.techniques.values():
        if not one.technique.pre_only:
            labels = {label_of[index] for index in one.rules}
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
