"""R212: one rule in two sources, or in two formats, or by an alias."""

from collections.abc import Iterator

from detcov.check.base import Check, Issue, Shared, Together
from detcov.model import Corpus, Identity, Rule, Severity


def _keys(corpus: Corpus, rule: Rule) -> tuple[Identity, ...]:
    return () if rule.amends else (corpus.identity(rule.key),)


def _find(shared: Shared) -> Iterator[tuple[Rule, Issue]]:
    first = shared.rules[0]
    told = {_at(first)}
    for rule in shared.rules:
        at = _at(rule)
        # Further places of an id in one source and format are R202's.
        if at in told:
            continue
        told.add(at)
        by = "" if first.key.uuid and first.key.uuid == rule.key.uuid else ", by an alias"
        message = f"the same rule as {_called(first, rule)}{by}: they count as one"
        yield rule, Issue(message=message, place=rule.place, subject=rule.key.native_id)


def _at(rule: Rule) -> tuple[str, str, str]:
    key = rule.key
    return key.source, key.format, key.uuid or key.native_id


def _called(known: Rule, rule: Rule) -> str:
    """Name the other place by what tells the two apart."""
    label = f"{known.key.source}: " if known.key.source != rule.key.source else ""
    form = f" ({known.key.format})" if known.key.format != rule.key.format else ""
    return f"{label}{known.path}{form}"


CHECK = Check(
    code="R212",
    name="same-rule-in-two-sources",
    severity=Severity.NOTE,
    summary="A rule of another source or format has the same UUID, or an alias says so.",
    why="They count as one rule with the mappings and platforms of both, so that no technique "
    "looks deeper than it is. Told at each further source, format or id, not at the first.",
    example="Elastic's TOML beside the Kibana export of the same rules",
    fix="Nothing, if it is the same rule; else give one of them an id of its own, or take the "
    "alias out.",
    of_rules=Together(keys=_keys, find=_find),
)
