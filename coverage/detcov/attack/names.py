"""Names of tactics and techniques, as ATT&CK writes them and as slugs ("resource-hijacking")."""

import re

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_BETWEEN = re.compile(r"[^a-z0-9]+")
_JOINED = re.compile(r"[A-Z][a-z]+(?:[A-Z][a-z]+)+")


def says_name(stated: str, name: str, parent: str = "") -> bool:
    """Whether what is stated is this name, exactly; a slug may be that of the name.

    A sub-technique's may begin with its parent's ("Brute Force: Password Spraying"), and a slug
    may have "or" for a slash.
    """
    if stated == name or (parent and stated == f"{parent}: {name}"):
        return True
    # Suricata's metadata can't hold a blank: "Command_And_Control", "/etc/passwd_and_/etc/shadow".
    slug = _slug(stated) if "_" in stated else stated
    if _SLUG.fullmatch(slug) is None:
        return False
    names = (name, f"{parent} {name}") if parent else (name,)
    return any(slug in {_slug(one), _slug(one.replace("/", " or "))} for one in names)


def written_like(stated: str, name: str) -> str:
    """A name in the form in which another one is stated: a slug where that is one."""
    if "_" in stated:
        return "_".join(name.lower().split() if stated.islower() else name.split())
    return _slug(name) if _SLUG.fullmatch(stated) else name


def tactic_like(stated: str, name: str) -> str:
    """As `written_like`; tactics are also written as one word, or with hyphens and capitals."""
    if _JOINED.fullmatch(stated):
        return "".join(word.capitalize() for word in name.split())
    if "-" in stated and not stated.islower():
        return "-".join(name.split())
    return written_like(stated, name)


def _slug(name: str) -> str:
    return _BETWEEN.sub("-", name.lower()).strip("-")
