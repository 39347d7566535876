"""Tactic tags of a rule: "Tactic: Execution"."""

from detcov.attack.ids import tactic_slug
from detcov.attack.release import Release
from detcov.model import Rule

_PREFIX = "tactic:"


def tactic_tags(rule: Rule) -> dict[str, str]:
    """Each tag that names a tactic, to the name. A bare "Execution" (older rules) is none."""
    return {
        tag: tag[len(_PREFIX) :].strip() for tag in rule.tags if tag.lower().startswith(_PREFIX)
    }


def stated_tactics(rule: Rule) -> dict[str, str]:
    """The tactics that the mappings state, slug to name, in the rule's order."""
    names = (mapping.tactic_name for mapping in rule.mappings)
    return {tactic_slug(name): name for name in names if name}


def names_tactic(release: Release, slug: str) -> bool:
    """Whether a release has a tactic of this name or shortname."""
    return any(slug in {one.shortname, tactic_slug(one.name)} for one in release.tactics)
