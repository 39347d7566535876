"""What flows through a run: rules, their mappings, resolutions and findings.

Values are `msgspec.Struct`s, frozen and keyword-only, rather than dataclasses: they decode
straight from the parse cache, and defining one costs a tenth of a dataclass at import. What can
hold no cycle is none of the collector's business (`gc=False`): smaller, and made faster.
"""

from detcov.model.corpus import Corpus, Counted, RuleIndex
from detcov.model.finding import LEVELS, Finding, Severity
from detcov.model.resolution import Resolution, TacticOutcome, TechniqueOutcome
from detcov.model.rule import (
    ATTACK,
    LONGEST,
    SEVERITIES,
    CountMode,
    Defect,
    Identity,
    Mapping,
    ParseFailure,
    PassedOver,
    Place,
    Reason,
    Role,
    Rule,
    RuleKey,
    ScopeColumn,
    State,
    Stated,
    is_named_deprecated,
    shortened,
)

__all__ = [
    "ATTACK",
    "LEVELS",
    "LONGEST",
    "SEVERITIES",
    "Corpus",
    "CountMode",
    "Counted",
    "Defect",
    "Finding",
    "Identity",
    "Mapping",
    "ParseFailure",
    "PassedOver",
    "Place",
    "Reason",
    "Resolution",
    "Role",
    "Rule",
    "RuleIndex",
    "RuleKey",
    "ScopeColumn",
    "Severity",
    "State",
    "Stated",
    "TacticOutcome",
    "TechniqueOutcome",
    "is_named_deprecated",
    "shortened",
]
