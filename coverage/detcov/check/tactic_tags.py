"""Tactic tags of a rule: "Tactic: Execution"."""

import re

from detcov.attack.ids import tactic_slug
from detcov.attack.release import Release
from detcov.model import Rule

# "tactic:TA0002-execution" (Datadog) is the mapping itself, and no tag beside one.
_TAG = re.compile(r"tactic:\s*(?!TA\d)(?P<name>.*?)\s*", re.IGNORECASE | re.DOTALL)


def tactic_tags(rule: Rule) -> dict[str, str]:
    """Each tag that names a tactic, to the name. A bare "Execution" (older rules) is none."""
    # Most tags are others: the pattern is asked of those that begin as it does.
    found = ((tag, _TAG.fullmatch(tag)) for tag in rule.tags if tag[:7].lower() == "tactic:")
    return {tag: match["name"] for tag, match in found if match is not None}


def stated_tactics(rule: Rule) -> dict[str, str]:
    """The tactics that the mappings state, slug to name, in the rule's order."""
    names = (mapping.tactic_name for mapping in rule.mappings)
    return {tactic_slug(name): name for name in names if name}


def names_tactic(release: Release, slug: str) -> bool:
    """Whether a release has a tactic of this name or shortname."""
    return slug in release.tactic_slugs
