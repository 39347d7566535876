"""A STIX file by its path: hashed, indexed once, and its index kept in the cache.

The index lies under the hash of the file's bytes. A damaged one is made anew, and a cache that
can't be written only costs time.
"""

import contextlib
import hashlib
import stat
from pathlib import Path

from msgspec import structs

from detcov.attack.bundle import named, read_parts
from detcov.attack.detections import Detections
from detcov.attack.index import SCHEMA, Part, part_file, read_part, write_part
from detcov.attack.release import Release
from detcov.attack.stix import SIZE_LIMIT
from detcov.attack.threats import Threats
from detcov.errors import BundleError


def load_file(path: Path, *, cache_dir: Path | None, version: str | None = None) -> Release:
    """Load the release in a STIX file, plain or gzip; `version` if the file doesn't tell its own.

    Raises BundleError when it can't be read or isn't a sound bundle.
    """
    release, _ = _indexed(path, Release, cache_dir)
    release = named(release, name=path.name, version=version)
    return structs.replace(release, location=str(path.absolute()))


def more_of(release: Release, part: type[Part], *, cache_dir: Path | None) -> Part:
    """Load another part of a release that `load_file` gave.

    Raises BundleError when the file is gone or has changed since.
    """
    found, wanted = _indexed(Path(release.location), part, cache_dir)
    if found.sha256 != release.sha256:
        raise BundleError(f"{release.location}: has changed since it was read")
    return wanted


def _indexed(path: Path, part: type[Part], cache_dir: Path | None) -> tuple[Release, Part]:
    """Give the release and one part of a STIX file, from its cached index if that is sound."""
    data = read_file(path)
    if cache_dir is None:
        return _chosen(read_parts(data, name=path.name), part)
    folder = cache_dir / "attack"
    stem = f"{hashlib.sha256(data).hexdigest()}-{SCHEMA}"
    release = read_part(part_file(folder, stem, Release), Release)
    wanted = read_part(part_file(folder, stem, part), part)
    if release is not None and wanted is not None:
        return release, wanted
    parts = read_parts(data, name=path.name)
    # A cache that can't be written isn't an error: the next run only takes longer.
    with contextlib.suppress(OSError):
        for item in parts:
            write_part(part_file(folder, stem, type(item)), item)
    return _chosen(parts, part)


def _chosen(parts: tuple[Release, Threats, Detections], part: type[Part]) -> tuple[Release, Part]:
    return parts[0], next(item for item in parts if isinstance(item, part))


def read_file(path: Path) -> bytes:
    """Read a STIX file. Raises BundleError for what is no file, or larger than any bundle."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise BundleError(f"{path}: not a file")
        if status.st_size > SIZE_LIMIT:
            raise BundleError(f"{path}: larger than {SIZE_LIMIT // 2**20} MB")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise BundleError(f"{path}: {reason}") from error
