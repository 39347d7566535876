"""The words in a layer that come from rules: names made harmless, reasons for inferred cells."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from detcov.model import RuleIndex, TacticOutcome
from detcov.report.clean import clean
from detcov.study import Study

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
