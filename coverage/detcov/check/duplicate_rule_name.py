"""R203: two rules with one name."""

from collections.abc import Iterator

from detcov.check.base import Check, Issue, Whole
from detcov.check.others import other_paths
from detcov.model import Rule, Severity

_DESCRIBED = frozenset({"wazuh"})
"""Formats whose rules have an id and a description, which many may share, and no name"""


def _find(whole: Whole) -> Iterator[tuple[Rule, Issue]]:
    by_name: dict[tuple[str, str], list[Rule]] = {}
    for rule in whole.rules:
        if rule.name and rule.key.format not in _DESCRIBED:
            by_name.setdefault((rule.key.source, rule.name), []).append(rule)
    for (_, name), rules in by_name.items():
        if len({rule.key.identity for rule in rules}) == 1:
            continue
        for rule in rules:
            message = f"the name {name!r} is also that of {other_paths(rule, rules)}"
            yield rule, Issue(message=message, place=rule.place, subject=name)


CHECK = Check(
    code="R203",
    name="duplicate-rule-name",
    severity=Severity.WARNING,
    summary="Two rules of a source have the same name.",
    why="An analyst can't tell their alerts apart.",
    example="two rules called “Suspicious Process”",
    fix="Rename one, or retire it.",
    of_corpus=_find,
)
