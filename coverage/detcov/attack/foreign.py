"""Names techniques of the domains that aren't bundled, so that a foreign id can be called so."""

from functools import cache
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from detcov.attack.release import Release

LIST_FILE: Final = Path(__file__).parent.parent / "data" / "foreign.json"


class ForeignDomain(Struct, frozen=True, kw_only=True):
    """The ids and names of one domain's techniques, revoked and deprecated ones too."""

    domain: str
    version: str
    techniques: dict[str, str]
    """Id to name, sorted"""


@cache
def foreign_domains() -> tuple[ForeignDomain, ...]:
    """Return what is known of the domains that aren't bundled (Mobile, ICS)."""
    return msgspec.json.decode(LIST_FILE.read_bytes(), type=tuple[ForeignDomain, ...])


def foreign_domain(technique_id: str) -> str | None:
    """Return the domain that a technique id belongs to ("mobile-attack"), None if not foreign."""
    return next(
        (known.domain for known in foreign_domains() if technique_id in known.techniques), None
    )


def foreign_name(technique_id: str) -> str | None:
    """Return the name of a technique of Mobile or ICS, None if the id is none of theirs."""
    domains = foreign_domains()
    return next(
        (known.techniques[technique_id] for known in domains if technique_id in known.techniques),
        None,
    )


def encode_list(releases: tuple[Release, ...]) -> bytes:
    """Encode the list as it is committed: JSON, one technique a line."""
    domains = [
        ForeignDomain(
            domain=release.domain,
            version=release.version or "",
            techniques={key: item.name for key, item in release.techniques.items()},
        )
        for release in releases
    ]
    return msgspec.json.format(msgspec.json.encode(domains), indent=1) + b"\n"
