"""Where releases come from: bundled with the package, downloaded, or a STIX file by its path.

A run loads small indexes; only a STIX file that isn't bundled is read as STIX (indexed.py).
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import structs

from detcov.attack.domains import is_version, version_key
from detcov.attack.index import Part, part_file, read_part
from detcov.attack.release import Release
from detcov.errors import BundleError, UnknownReleaseError

if TYPE_CHECKING:  # what most runs don't need
    from detcov.attack.detections import Detections
    from detcov.attack.threats import Threats

DATA: Final = Path(__file__).parent.parent / "data"
"""The packs and indexes that come with the package."""

BUNDLED: Final = "bundled"
DOWNLOADED: Final = "downloaded"
DEFAULT_DOMAIN: Final = "enterprise-attack"

_SPEC = re.compile(r"(?:(enterprise|mobile|ics)(?:-attack)?[- ])?v?(\d{1,2}(?:\.\d{1,2})?)", re.A)


def bundled_versions() -> tuple[str, ...]:
    """List the Enterprise releases that come with the package, oldest first."""
    return _versions_in(DATA, DEFAULT_DOMAIN, ".release.msgpack")


def default_release() -> Release:
    """Load the newest bundled release."""
    return _bundled(DEFAULT_DOMAIN, bundled_versions()[-1])


def bundled_releases() -> tuple[Release, ...]:
    """Load every bundled release, oldest first."""
    return tuple(_bundled(DEFAULT_DOMAIN, version) for version in bundled_versions())


def downloaded_versions(cache_dir: Path | None, domain: str = DEFAULT_DOMAIN) -> tuple[str, ...]:
    """List the releases of a domain that `attack download` put into the cache, oldest first."""
    return () if cache_dir is None else _versions_in(releases_dir(cache_dir), domain, ".json")


def releases_dir(cache_dir: Path) -> Path:
    """Return the folder in the cache that downloaded releases lie in."""
    return cache_dir / "attack" / "releases"


def load_release(
    spec: str, *, cache_dir: Path | None = None, version: str | None = None
) -> Release:
    """Load the release that `spec` names.

    `spec` is a version ("19.0", "19", "v19.0"; "ics-18.1" for another domain) or the path of a
    STIX bundle, plain or gzip. "19" is the newest 19 bundled, else the newest downloaded.
    `version` names the version of a bundle that doesn't tell its own. `cache_dir` holds indexes
    and downloads; None keeps and finds none.
    Raises UnknownReleaseError when nothing of that name is at hand, BundleError for a file that
    isn't a sound bundle.
    """
    asked = _SPEC.fullmatch(spec.strip())
    if asked is None:
        if not spec or not _is_path(spec):
            raise _unknown(spec, cache_dir)
        return _from_file(Path(spec), cache_dir, version)
    domain = f"{asked[1] or 'enterprise'}-attack"
    bundled = bundled_versions() if domain == DEFAULT_DOMAIN else ()
    if found := _match(asked[2], bundled):
        return _bundled(domain, found)
    if cache_dir is None or not (found := _match(asked[2], downloaded_versions(cache_dir, domain))):
        raise _unknown(spec, cache_dir)
    path = releases_dir(cache_dir) / f"{domain}-{found}.json"
    return structs.replace(_from_file(path, cache_dir, found), origin=DOWNLOADED)


def load_threats(release: Release, *, cache_dir: Path | None = None) -> "Threats":
    """Load who uses the techniques of a release that load_release gave.

    Raises BundleError when its file is gone or has changed since.
    """
    from detcov.attack.threats import Threats

    return _part_of(release, Threats, cache_dir)


def load_detections(release: Release, *, cache_dir: Path | None = None) -> "Detections":
    """Load the detection strategies of a release that load_release gave.

    Raises BundleError when its file is gone or has changed since.
    """
    from detcov.attack.detections import Detections

    return _part_of(release, Detections, cache_dir)


def _bundled(domain: str, version: str) -> Release:
    return structs.replace(_installed(domain, version, Release), origin=BUNDLED)


def _installed(domain: str, version: str | None, part: type[Part]) -> Part:
    path = part_file(DATA, f"{domain}-{version}", part)
    found = read_part(path, part)
    if found is None:
        raise BundleError(f"{path.name}: missing or damaged; install detcov again")
    return found


def _from_file(path: Path, cache_dir: Path | None, version: str | None) -> Release:
    # Reading STIX takes gzip, hashlib and more, which a run on a bundled release never needs.
    from detcov.attack import indexed

    return indexed.load_file(path, cache_dir=cache_dir, version=version)


def _part_of(release: Release, part: type[Part], cache_dir: Path | None) -> Part:
    if release.origin == BUNDLED and not release.location:
        return _installed(release.domain, release.version, part)
    if not release.location:
        raise BundleError(f"{release.title}: not read from a file that could tell more")
    from detcov.attack import indexed

    return indexed.more_of(release, part, cache_dir=cache_dir)


def _versions_in(folder: Path, domain: str, suffix: str) -> tuple[str, ...]:
    names = (path.name for path in folder.glob(f"{domain}-*{suffix}"))
    versions = {name.removeprefix(f"{domain}-").removesuffix(suffix) for name in names}
    return tuple(sorted(filter(is_version, versions), key=version_key))


def _match(asked: str, versions: tuple[str, ...]) -> str | None:
    if asked in versions:
        return asked
    return next((known for known in reversed(versions) if known.split(".")[0] == asked), None)


def _is_path(spec: str) -> bool:
    path = Path(spec)
    try:
        exists = path.exists()
    except (OSError, ValueError):
        exists = True
    return exists or len(path.parts) > 1 or path.suffix in {".json", ".gz"}


def _unknown(spec: str, cache_dir: Path | None) -> UnknownReleaseError:
    downloaded = downloaded_versions(cache_dir)
    also = f"; downloaded: {', '.join(downloaded)}" if downloaded else ""
    return UnknownReleaseError(
        f'no ATT&CK release "{spec}" at hand (bundled: {", ".join(bundled_versions())}{also}). '
        'Give the path of a STIX bundle, or fetch a release with "detcov attack download VERSION"'
    )
