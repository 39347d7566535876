"""R212: one rule in two sources, or in two formats."""

from collections.abc import Iterator, Sequence

from detcov.check.base import Check, Issue, Together
from detcov.model import Rule, Severity


def _key(rule: Rule) -> str | None:
    return None if rule.amends else rule.key.uuid or None


def _find(rules: Sequence[Rule]) -> Iterator[tuple[Rule, Issue]]:
    first = rules[0]
    told = {(first.key.source, first.key.format)}
    for rule in rules:
        at = rule.key.source, rule.key.format
        # Further places in one source and format are R202's.
        if at not in told:
            told.add(at)
            message = f"the same rule as {_called(first, rule)}: they count as one"
            yield rule, Issue(message=message, place=rule.place, subject=rule.key.native_id)


def _called(known: Rule, rule: Rule) -> str:
    """Name the other place by what tells the two apart."""
    label = f"{known.key.source}: " if known.key.source != rule.key.source else ""
    form = f" ({known.key.format})" if known.key.format != rule.key.format else ""
    return f"{label}{known.path}{form}"


CHECK = Check(
    code="R212",
    name="same-rule-in-two-sources",
    severity=Severity.NOTE,
    summary="A rule of another source or format has the same UUID.",
    why="They count as one rule with the mappings and platforms of both, so that no technique "
    "looks deeper than it is. Told at each further source or format, not at the first.",
    example="Elastic's TOML beside the Kibana export of the same rules",
    fix="Nothing, if it is the same rule; else give one of them an id of its own.",
    of_rules=Together(key=_key, find=_find),
)
