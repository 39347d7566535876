"""R202: two rules with one id."""

from collections.abc import Hashable, Iterator

from detcov.check.base import Check, Issue, Shared, Together
from detcov.check.others import other_paths
from detcov.model import Corpus, Rule, Severity


def _keys(_: Corpus, rule: Rule) -> tuple[Hashable, ...]:
    key = rule.key
    return () if rule.amends else ((key.source, key.format, key.uuid or key.native_id),)


def _find(shared: Shared) -> Iterator[tuple[Rule, Issue]]:
    for rule in shared.rules:
        native_id = rule.key.native_id
        message = f"the rule id {native_id} is also in {other_paths(rule, shared.rules)}"
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
    of_rules=Together(keys=_keys, find=_find),
)
