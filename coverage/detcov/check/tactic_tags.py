"""The names of tactics in a rule: in its tags ("Tactic: Execution") and its mappings."""

import re
from functools import lru_cache

from detcov.attack.ids import tactic_slug
from detcov.attack.release import Release, Tactic
from detcov.model import Rule
from detcov.resolve import Resolver

# "tactic:TA0002-execution" (Datadog) is the mapping itself, and no tag beside one.
_TAG = re.compile(r"tactic:\s*(?!TA\d)(?P<name>.*?)\s*", re.IGNORECASE | re.DOTALL)


def tactic_tags(rule: Rule) -> dict[str, str]:
    """Each tag that names a tactic, to the name. A bare "Execution" (older rules) is none."""
    return {tag: name for tag in rule.tags if (name := _named_by(tag)) is not None}


# Rules carry the same few hundred tags again and again.
@lru_cache(maxsize=4096)
def _named_by(tag: str) -> str | None:
    found = _TAG.fullmatch(tag)
    return None if found is None else found["name"]


def stated_tactics(rule: Rule) -> dict[str, str]:
    """The tactics that the mappings state, slug to name, in the rule's order."""
    names = (mapping.tactic_name for mapping in rule.mappings)
    return {tactic_slug(name): name for name in names if name}


def names_tactic(release: Release, slug: str) -> bool:
    """Whether a release has a tactic of this name or shortname."""
    return slug in release.tactic_slugs


def near_tactic(resolver: Resolver, name: str) -> Tactic | None:
    """The tactic that a misspelt name is near to, of the target or else of a known release."""
    releases = (*reversed(resolver.releases), resolver.target)
    known = {one.shortname: one for release in releases for one in release.tactics}
    near = _near(tactic_slug(name), tuple(known))
    return known[near] if near is not None else None


def spelt(resolver: Resolver, name: str) -> str:
    """A tactic's slug; of a misspelt one, which another check tells, that of what is meant."""
    slug = tactic_slug(name)
    near = near_tactic(resolver, name) if slug not in resolver.tactic_slugs else None
    return near.shortname if near is not None else slug


# A corpus repeats its misspellings, and several checks ask for each.
@lru_cache(maxsize=256)
def _near(slug: str, known: tuple[str, ...]) -> str | None:
    from difflib import get_close_matches

    return next(iter(get_close_matches(slug, known, n=1, cutoff=0.85)), None)
