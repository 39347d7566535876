"""R212: one rule in two sources, or in two formats."""

from collections.abc import Iterator

from detcov.check.base import Check, Issue, Whole
from detcov.model import Rule, Severity


def _find(whole: Whole) -> Iterator[tuple[Rule, Issue]]:
    first: dict[str, Rule] = {}
    told: set[tuple[str, str, str]] = set()
    for rule in whole.rules:
        key = rule.key
        if rule.amends or not key.uuid:
            continue
        known = first.setdefault(key.uuid, rule)
        at = key.source, key.format, key.uuid
        # Further places in one source and format are R202's.
        if at in told or (known.key.source, known.key.format) == at[:2]:
            continue
        told.add(at)
        message = f"the same rule as {_called(known, rule)}: they count as one"
        yield rule, Issue(message=message, place=rule.place, subject=key.native_id)


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
    of_corpus=_find,
)
