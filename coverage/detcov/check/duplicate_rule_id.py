"""R202: two rules with one id."""

from collections.abc import Iterator

from detcov.check.base import Check, Issue, Whole
from detcov.check.others import other_paths
from detcov.model import Rule, RuleKey, Severity


def _find(whole: Whole) -> Iterator[tuple[Rule, Issue]]:
    by_key: dict[RuleKey, list[Rule]] = {}
    for rule in whole.rules:
        if rule.amends:
            continue
        by_key.setdefault(rule.key, []).append(rule)
    for key, rules in by_key.items():
        for rule in rules if len(rules) > 1 else ():
            message = f"the rule id {key.native_id} is also in {other_paths(rule, rules)}"
            yield rule, Issue(message=message, place=rule.place, subject=key.native_id)


CHECK = Check(
    code="R202",
    name="duplicate-rule-id",
    severity=Severity.ERROR,
    summary="Two rules of a source have the same id.",
    why="They count as one rule with the mappings of both, and a platform that imports them "
    "keeps only one.",
    example="a rule copied with its `rule_id`",
    fix="Give the copy an id of its own.",
    of_corpus=_find,
)
