"""R202: two rules with one id."""

from collections.abc import Iterator, Sequence

from detcov.check.base import Check, Issue, Together
from detcov.check.others import other_paths
from detcov.model import Rule, Severity


def _key(rule: Rule) -> tuple[str, str, str] | None:
    key = rule.key
    return None if rule.amends else (key.source, key.format, key.uuid or key.native_id)


def _find(rules: Sequence[Rule]) -> Iterator[tuple[Rule, Issue]]:
    for rule in rules:
        native_id = rule.key.native_id
        message = f"the rule id {native_id} is also in {other_paths(rule, rules)}"
        yield rule, Issue(message=message, place=rule.place, subject=native_id)


CHECK = Check(
    code="R202",
    name="duplicate-rule-id",
    severity=Severity.ERROR,
    summary="Two rules of a source have the same id.",
    why="They count as one rule with the mappings of both, and a platform that imports them "
    "keeps only one.",
    example="a rule copied with its `rule_id`",
    fix="Give the copy an id of its own.",
    of_rules=Together(key=_key, find=_find),
)
