"""Checks of rules and their mappings: an explicit registry, one module a check."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

from detcov.check import (
    duplicate_key,
    duplicate_mapping,
    duplicate_rule_id,
    duplicate_rule_name,
    fact_expired,
    fact_needless,
    fact_unmatched,
    file_name_tactic,
    former_id_there,
    missing_rule_id,
    named_deprecated,
    no_mapping,
    not_enterprise,
    other_framework,
    other_object,
    platform_contradiction,
    platform_not_listed,
    reference_url,
    same_rule,
    tactic_malformed,
    tactic_missing,
    tactic_name,
    tactic_only,
    tactic_tag_unknown,
    tactic_to_decide,
    tactic_unknown,
    tactic_without_technique,
    tag_not_text,
    tag_without_threat,
    technique_deprecated,
    technique_malformed,
    technique_name,
    technique_newer,
    technique_not_in_tactic,
    technique_revoked,
    technique_unknown,
    technique_without_tactic,
    threat_without_tag,
    wrong_parent,
)
from detcov.check.base import Check, Issue, OfRule, subject_of
from detcov.model import (
    Corpus,
    CountMode,
    Finding,
    Place,
    Resolution,
    Rule,
    Severity,
    shortened,
)
from detcov.resolve import Resolver

if TYPE_CHECKING:
    from detcov.analysis.stages import Stages
    from detcov.facts import Fact

CHECKS: tuple[Check, ...] = (
    technique_malformed.CHECK,
    technique_unknown.CHECK,
    technique_revoked.CHECK,
    technique_deprecated.CHECK,
    technique_not_in_tactic.CHECK,
    wrong_parent.CHECK,
    tactic_name.CHECK,
    technique_name.CHECK,
    reference_url.CHECK,
    tactic_only.CHECK,
    duplicate_mapping.CHECK,
    other_framework.CHECK,
    tactic_unknown.CHECK,
    technique_newer.CHECK,
    tactic_malformed.CHECK,
    tactic_without_technique.CHECK,
    technique_without_tactic.CHECK,
    tactic_missing.CHECK,
    other_object.CHECK,
    tactic_to_decide.CHECK,
    not_enterprise.CHECK,
    platform_contradiction.CHECK,
    platform_not_listed.CHECK,
    no_mapping.CHECK,
    duplicate_rule_id.CHECK,
    duplicate_rule_name.CHECK,
    tactic_tag_unknown.CHECK,
    tag_without_threat.CHECK,
    threat_without_tag.CHECK,
    file_name_tactic.CHECK,
    named_deprecated.CHECK,
    missing_rule_id.CHECK,
    duplicate_key.CHECK,
    tag_not_text.CHECK,
    same_rule.CHECK,
    former_id_there.CHECK,
    fact_expired.CHECK,
    fact_unmatched.CHECK,
    fact_needless.CHECK,
)
"""Every check, by code."""


def run_checks(
    corpus: Corpus,
    resolutions: Sequence[Sequence[Resolution]],
    resolver: Resolver,
    count: CountMode,
    checks: Iterable[Check] = CHECKS,
    *,
    stages: "Stages | None" = None,
) -> tuple[Finding, ...]:
    """The findings of the rules that `count` counts, sorted by source, path, place and code.

    With `stages`, the facts they were made from are checked too.
    """
    checks = tuple(checks)
    found = (
        _alone(checks, corpus.rules, resolutions, resolver, count),
        _together(checks, corpus, count),
        () if stages is None else _of_facts(checks, stages),
    )
    return tuple(_each_once(sorted(chain.from_iterable(found), key=_order)))


def _alone(
    checks: Iterable[Check],
    rules: Sequence[Rule],
    resolutions: Sequence[Sequence[Resolution]],
    resolver: Resolver,
    count: CountMode,
) -> Iterator[Finding]:
    """What is wrong with each rule by itself."""
    alone = [(check, check.of_rule) for check in checks if check.of_rule is not None]

    @cache
    def asked_of(rule_format: str, counts: bool) -> list[tuple[Check, OfRule]]:
        return [
            (check, of_rule)
            for check, of_rule in alone
            if (counts or check.every_rule) and check.suits(rule_format)
        ]

    for rule, found in zip(rules, resolutions, strict=True) if alone else ():
        subject = subject_of(rule, found, resolver)
        for check, of_rule in asked_of(rule.key.format, rule.counts(count)):
            for issue in of_rule(subject):
                yield _finding(check, rule, issue)


def _together(checks: Iterable[Check], corpus: Corpus, count: CountMode) -> Iterator[Finding]:
    """What is wrong with rules that share something."""
    for check in checks:
        if check.of_rules is not None:
            rules = [
                rule for rule in corpus.rules if rule.counts(count) and check.suits(rule.key.format)
            ]
            for rule, issue in check.of_rules.issues(corpus, rules):
                yield _finding(check, rule, issue)


def _of_facts(checks: Iterable[Check], stages: "Stages") -> Iterator[Finding]:
    for check in checks:
        for fact, message in check.of_facts(stages) if check.of_facts is not None else ():
            yield _of_fact(check, fact, message)


def _each_once(findings: Iterable[Finding]) -> Iterator[Finding]:
    """What several rules of a file share (Sigma's global part) is told of the first of them."""
    first: dict[tuple[str, str, Place, str, str], str] = {}
    for one in findings:
        at = one.source, one.path, one.place, one.code, one.message
        if not one.place.exact or first.setdefault(at, one.rule_id) == one.rule_id:
            yield one


def _of_fact(check: Check, fact: "Fact", message: str) -> Finding:
    return Finding(
        code=check.code,
        name=check.name,
        severity=check.severity,
        message=shortened(message),
        source="",
        path=fact.file,
        place=Place(line=fact.line, exact=False),
        rule_id="",
        rule_name="",
        subject=fact.subject,
    )


def _finding(check: Check, rule: Rule, issue: Issue) -> Finding:
    drift = issue.drift and check.drift_code is not None
    return Finding(
        code=check.drift_code if drift and check.drift_code else check.code,
        name=check.name,
        severity=Severity.NOTE if drift else check.severity,
        message=shortened(issue.message),
        source=rule.key.source,
        path=rule.path,
        place=issue.place,
        rule_id=rule.key.native_id,
        rule_name=rule.name,
        drift=drift,
        fix=issue.fix,
        subject=issue.subject,
        need_person=issue.need_person,
        candidates=issue.candidates,
    )


def _order(finding: Finding) -> tuple[str, str, int, int, str, str]:
    place = finding.place
    return finding.source, finding.path, place.line, place.column, finding.code, finding.message
