"""Which release Navigator draws a layer with: that of the layer, else the newest that it has."""

from pathlib import Path

from detcov.attack.domains import DOMAINS
from detcov.attack.release import Release
from detcov.attack.store import (
    DEFAULT_DOMAIN,
    bundled_versions,
    downloaded_versions,
    load_release,
)
from detcov.errors import UnknownReleaseError


def newest_at_hand(domain: str, cache_dir: Path | None) -> int | None:
    """Return the major number of the newest release of a domain, bundled or downloaded."""
    bundled = bundled_versions() if domain == DEFAULT_DOMAIN else ()
    versions = (*bundled, *downloaded_versions(cache_dir, domain))
    return max((int(version.split(".")[0]) for version in versions), default=None)


def release_at_hand(domain: str, major: int, cache_dir: Path | None) -> Release | None:
    """Return the newest release of a major number; None where it is neither here nor cached.

    A domain that is none of ATT&CK's, as a layer may name one, has no release.
    """
    if domain not in DOMAINS:
        return None
    try:
        return load_release(f"{domain.removesuffix('-attack')}-{major}", cache_dir=cache_dir)
    except UnknownReleaseError:
        return None
