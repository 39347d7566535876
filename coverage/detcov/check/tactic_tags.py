"""Tactic tags of a rule ("Tactic: Execution", or the bare name in older rules)."""

from detcov.attack.ids import tactic_slug
from detcov.model import Rule
from detcov.resolve import Resolver

_PREFIX = "tactic:"


def tactic_tags(rule: Rule, resolver: Resolver) -> dict[str, str]:
    """Each tag that names a tactic, to the name; a bare one only if a known release has it."""
    found = {}
    for tag in rule.tags:
        if tag.lower().startswith(_PREFIX):
            found[tag] = tag[len(_PREFIX) :].strip()
        elif resolver.tactic_id(None, tag) is not None:
            found[tag] = tag
    return found


def stated_tactics(rule: Rule) -> dict[str, str]:
    """The tactics that the mappings state, slug to name, in the rule's order."""
    names = (mapping.tactic_name for mapping in rule.mappings)
    return {tactic_slug(name): name for name in names if name}
