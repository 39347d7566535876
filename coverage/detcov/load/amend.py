"""Entries that change a rule written elsewhere: what they replace goes, what they add stays.

A change keeps its own place: where it states mappings it is a further place of the rule that it
names, as a copy is; else it only leaves its mark on the rule's state and severity. One that
replaces the whole rule stands in its stead, and is a rule like any other where there is none.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from msgspec import structs

from detcov.model import Mapping, Place, Role, Rule, RuleKey

WHOLE: Final = "rule"
"""The field of a change that is the rule anew, all of it"""


def amended(rules: list[Rule]) -> list[Rule]:
    """The rules with every change applied, in the order of paths.

    One to no rule here goes, unless it is a whole one.
    """
    changes = [rule for rule in rules if rule.amends]
    by_key: defaultdict[RuleKey, list[Rule]] = defaultdict(list)
    for rule in rules:
        if not rule.amends:
            by_key[rule.key].append(rule)
    for change in sorted(changes, key=_order):
        found = by_key.get(change.key)
        if WHOLE in change.amends:
            by_key[change.key] = [structs.replace(change, amends={})]
        elif found is not None:
            by_key[change.key] = list(_applied(found, change))
    return [rule for of_key in by_key.values() for rule in of_key]


def _order(rule: Rule) -> tuple[str, int, int]:
    return rule.path, rule.place.line, rule.place.start


def _applied(places: Iterable[Rule], change: Rule) -> Iterable[Rule]:
    """The places of a rule after a change, that of the change among them where it maps."""
    state, severity = None, ""
    tactics: list[Mapping] = []
    for rule in places:
        state = rule.state
        if "enabled" in change.amends:
            state = structs.replace(state, enabled=change.state.enabled)
        severity = change.severity if "priority" in change.amends else rule.severity
        replaced = change.amends.get("tags") == "replace"
        if replaced and rule.amends:
            continue
        tactics += () if replaced else _tactics(rule, change)
        yield structs.replace(
            rule,
            state=state,
            severity=severity,
            mappings=() if replaced else rule.mappings,
            tags=change.tags if replaced else rule.tags,
        )
    if change.mappings and state is not None:
        mappings = (*change.mappings, *tactics)
        yield structs.replace(change, state=state, severity=severity, mappings=mappings)


def _tactics(rule: Rule, change: Rule) -> list[Mapping]:
    """The tactics that a rule states, as said at the place of its change: they hold there too."""
    at = Place(line=change.place.line, exact=False)
    return [
        structs.replace(one, place=at, tactic_place=None, tactic_name_place=None)
        for one in rule.mappings
        if one.role is Role.TACTIC and not rule.amends
    ]
