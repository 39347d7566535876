"""What a layer refers to: the data's version, technique pages and rule files, http(s) only."""

from urllib.parse import quote, urlsplit

from msgspec import UNSET, UnsetType

from detcov.attack.ids import technique_url
from detcov.errors import UsageError
from detcov.layer.model import Link


def technique_page(technique_id: str) -> str:
    """Give the technique's page at MITRE, fit for a link whatever the id of a custom bundle."""
    return quote(technique_url(technique_id), safe=":/") + "/"


def page_link(technique_id: str) -> Link:
    """Give the entry of the right-click menu that leads to the technique at MITRE."""
    return Link(label=f"{technique_id} on attack.mitre.org", url=technique_page(technique_id))


def attack_major(version: str | None) -> str | UnsetType:
    """Give the number Navigator goes by; without one it draws the newest data it has."""
    major = version.split(".")[0] if version else ""
    return major if major.isascii() and major.isdigit() else UNSET


def web_address(base: str) -> str:
    """Give `base` without its last slash.

    Raises UsageError where it isn't an http(s) address, or has a query or fragment, which no
    path can be added to.
    """
    if not base.isprintable() or " " in base:
        raise UsageError(f"link base {base!a}: not an http(s) address")
    try:
        parts = urlsplit(base)
    except ValueError as error:
        raise UsageError(f'link base "{base}": not an http(s) address') from error
    if parts.scheme.lower() not in {"http", "https"} or not parts.netloc:
        raise UsageError(f'link base "{base}": not an http(s) address')
    if parts.query or parts.fragment:
        raise UsageError(f'link base "{base}": a query or fragment takes no path behind it')
    return base.rstrip("/")


def rule_url(base: str, path: str) -> str | None:
    """Give the address of a rule file below `base`; None for a path that leads out of it."""
    steps = path.split("/")
    if not path or any(step in {"", ".", ".."} for step in steps):
        return None
    return f"{base}/{quote(path, safe='/', errors='replace')}"
