"""R203: two rules with one name."""

from collections.abc import Hashable, Iterator

from detcov.check.base import Check, Issue, Shared, Together
from detcov.check.others import other_paths
from detcov.model import Corpus, Rule, Severity

_DESCRIBED = frozenset({"wazuh"})
"""Formats whose rules have an id and a description, which many may share, and no name"""


def _keys(_: Corpus, rule: Rule) -> tuple[Hashable, ...]:
    named = rule.name and rule.key.format not in _DESCRIBED
    return ((rule.key.source, rule.name),) if named else ()


def _find(shared: Shared) -> Iterator[tuple[Rule, Issue]]:
    if len({shared.corpus.identity(rule.key) for rule in shared.rules}) == 1:
        return
    for rule in shared.rules:
        message = f"the name {rule.name!r} is also that of {other_paths(rule, shared.rules)}"
        yield rule, Issue(message=message, place=rule.place, subject=rule.name)


CHECK = Check(
    code="R203",
    name="duplicate-rule-name",
    severity=Severity.WARNING,
    summary="Two rules of a source have the same name.",
    why="An analyst can't tell their alerts apart.",
    example="two rules called “Suspicious Process”",
    fix="Rename one, or retire it.",
    of_rules=Together(keys=_keys, find=_find),
)
