"""The words in a layer: names from rules made harmless, ratios, reasons for inferred cells."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from detcov import __version__
from detcov.analysis.coverage import Coverage, Ratio
from detcov.attack.release import Release
from detcov.layer.model import Metadata
from detcov.model import RuleIndex, TacticOutcome
from detcov.report.clean import clean
from detcov.study import Study

RULE_LIMIT: Final = 20
"""Rule names in a tooltip, which takes less than half of the window."""
UNNAMED: Final = "(unnamed rule)"
TEXT_LENGTH: Final = 200
"""Characters of a name that a tooltip shows without being filled by it."""
_WITHOUT_TACTIC: Final = frozenset({TacticOutcome.NONE, TacticOutcome.INFERRED})

Reasons = Mapping[tuple[str, str], Mapping[RuleIndex, str]]
"""(tactic shortname, technique id) to rule to why the rule is drawn there"""


def cleaned(text: str) -> str:
    """Give the text on one line, harmless and cut to length. May be empty.

    Nothing else is escaped: Navigator shows metadata and labels as plain text.
    """
    text = clean(text).strip()
    return text if len(text) <= TEXT_LENGTH else text[: TEXT_LENGTH - 1] + "…"


def cleaned_lines(text: str) -> str:
    """Give a longer text with its line ends, each line harmless. May be empty."""
    return "\n".join(clean(line) for line in text.splitlines()).strip()


def in_words(ratio: Ratio) -> str:
    """A ratio with its definition."""
    return f"{ratio.numerator} of {ratio.denominator} ({ratio.percent}): {ratio.definition}"


def rule_names(names: Sequence[str]) -> Iterator[Metadata]:
    """The first rules by their cleaned names, and how many more there are."""
    for name in names[:RULE_LIMIT]:
        yield Metadata(name="Rule", value=name or UNNAMED)
    if len(names) > RULE_LIMIT:
        yield Metadata(name="Rules", value=f"and {len(names) - RULE_LIMIT:,} more")


def dataset_facts(release: Release) -> Iterator[Metadata]:
    """Which data a layer was made from."""
    origin = f" ({release.origin})" if release.origin else ""
    yield Metadata(name="Dataset", value=cleaned(f"{release.title}{origin}"))
    if release.sha256:
        yield Metadata(name="Dataset SHA-256", value=cleaned(release.sha256))


def platforms_fact(coverage: Coverage) -> Metadata:
    """Which platforms a layer is about."""
    platforms = ", ".join(cleaned(platform) for platform in coverage.platforms)
    return Metadata(name="Platforms", value=platforms or "all")


def tool_fact() -> Metadata:
    """What wrote the layer."""
    return Metadata(name="Made by", value=f"detcov {__version__}")


def inferred_reasons(study: Study) -> Reasons:
    """Say for every inferred cell and rule why the rule is drawn there without stating it."""
    found: defaultdict[tuple[str, str], dict[RuleIndex, str]] = defaultdict(dict)
    canonical = study.corpus.canonical
    for index, resolutions in zip(canonical, study.resolutions, strict=True):
        for one in resolutions:
            if not one.inferred or one.technique is None or not one.counts:
                continue
            if one.tactic_outcome in _WITHOUT_TACTIC:
                why = "no tactic stated that fits"
            else:
                why = cleaned(one.why).rstrip(".") or f"tactic {one.tactic_outcome}"
            for tactic in one.tactics:
                found[tactic, one.technique].setdefault(index, why)
    return found
