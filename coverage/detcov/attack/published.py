"""The releases MITRE has published, from a list made from `mitreattack.release_info`.

The list is data, so that a run can say "20.0 is out" without a network and without importing
mitreattack-python, which takes half a second. docs/attack-data.md says how it is made anew.
"""

from functools import cache
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from detcov.attack.domains import DOMAINS, version_key
from detcov.attack.release import Release

LIST_FILE: Final = Path(__file__).parent.parent / "data" / "published.json"


class PublishedRelease(Struct, frozen=True, kw_only=True):
    """One release of one domain, with the SHA-256 of its official files."""

    domain: str
    version: str
    stix20: str = ""
    """Of MITRE's STIX 2.0 file, "" where there is none"""
    stix21: str = ""
    """Of MITRE's STIX 2.1 file, "" where there is none"""

    @property
    def final(self) -> bool:
        """Not a beta."""
        return "-" not in self.version


@cache
def published_releases() -> tuple[PublishedRelease, ...]:
    """Every release known to be out, by domain, then oldest first."""
    return msgspec.json.decode(LIST_FILE.read_bytes(), type=tuple[PublishedRelease, ...])


def official(sha256: str) -> PublishedRelease | None:
    """Find the published release whose official file has this SHA-256, or None.

    Where MITRE published one file under two versions (11.2 and 11.3), the later is meant.
    """
    found = [
        item for item in published_releases() if sha256 and sha256 in (item.stix20, item.stix21)
    ]
    return max(found, key=lambda item: version_key(item.version), default=None)


def newest(domain: str) -> str | None:
    """Return the newest published version of a domain, betas aside."""
    versions = [
        item.version for item in published_releases() if item.domain == domain and item.final
    ]
    return max(versions, key=version_key, default=None)


def newer_than(release: Release) -> str | None:
    """Say "20.0 is out" when a newer release than this is published; None if not, or unknown."""
    latest = newest(release.domain)
    if release.version is None or latest is None:
        return None
    if version_key(latest) <= version_key(release.version):
        return None
    return f"{latest} is out"


def from_release_info() -> tuple[PublishedRelease, ...]:
    """Make the same list from the installed mitreattack-python (imported here, slow)."""
    from mitreattack import release_info

    hashes: dict[tuple[str, str], dict[str, str]] = {}
    for field, domains in (("stix20", release_info.STIX20), ("stix21", release_info.STIX21)):
        for domain, versions in domains.items():
            if f"{domain}-attack" in DOMAINS:
                for version, sha256 in versions.items():
                    hashes.setdefault((f"{domain}-attack", version), {})[field] = sha256
    return tuple(
        PublishedRelease(domain=domain, version=version, **hashes[domain, version])
        for domain, version in sorted(hashes, key=lambda key: (key[0], version_key(key[1]), key[1]))
    )


def encode_list(releases: tuple[PublishedRelease, ...]) -> bytes:
    """Encode the list as it is committed: JSON, one release a line."""
    lines = ",\n".join(msgspec.json.encode(item).decode() for item in releases)
    return f"[\n{lines}\n]\n".encode()
