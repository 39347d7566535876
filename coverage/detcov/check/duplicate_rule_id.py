"""R202: two rules with one id."""

from collections.abc import Iterator

from detcov.check.base import Check, Issue, Whole
from detcov.check.others import other_paths
from detcov.model import Rule, Severity


def _find(whole: Whole) -> Iterator[tuple[Rule, Issue]]:
    by_key: dict[tuple[str, str, str], list[Rule]] = {}
    for rule in whole.rules:
        if rule.amends:
            continue
        key = rule.key
        by_key.setdefault((key.source, key.format, key.uuid or key.native_id), []).append(rule)
    for rules in by_key.values():
        for rule in rules if len(rules) > 1 else ():
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
    of_corpus=_find,
)
