"""Names of tactics and techniques, as ATT&CK writes them and as slugs ("resource-hijacking")."""

import re

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_BETWEEN = re.compile(r"[^a-z0-9]+")


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


def _slug(name: str) -> str:
    return _BETWEEN.sub("-", name.lower()).strip("-")
