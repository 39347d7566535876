"""The words in a layer that come from rules: names made harmless, reasons for inferred cells."""

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from detcov.model import RuleIndex, TacticOutcome
from detcov.study import Study

TEXT_LENGTH: Final = 200
"""Characters of a name that a tooltip shows without being filled by it."""

# Control characters, line separators, marks that turn the text's direction, and lone
# surrogates, which JSON in UTF-8 can't hold.
_UNWANTED: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]+"
)
_UNWANTED_BUT_LINES: Final = re.compile(
    _UNWANTED.pattern.replace("\x00-\x1f", "\x00-\x09\x0b-\x1f")
)

_WITHOUT_TACTIC: Final = frozenset({TacticOutcome.NONE, TacticOutcome.INFERRED})

Reasons = Mapping[tuple[str, str], Mapping[RuleIndex, str]]
"""(tactic shortname, technique id) to rule to why the rule is drawn there"""


def cleaned(text: str, *, lines: bool = False) -> str:
    """Give the text without what could disturb a reader, cut to length; `lines` keeps newlines.

    May be empty. Nothing is escaped: Navigator shows metadata and labels as plain text.
    """
    if lines:
        return _UNWANTED_BUT_LINES.sub(" ", text).strip()
    if not text.isprintable():
        text = _UNWANTED.sub(" ", text)
    text = text.strip()
    return text if len(text) <= TEXT_LENGTH else text[: TEXT_LENGTH - 1] + "…"


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
