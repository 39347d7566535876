"""What a YARA-L rule's meta and events say of platforms, and of where the rule looks.

Names are those of ATT&CK 18 and 19. A product that sees several platforms alike (an EDR, a
proxy, threat intelligence) states none by itself.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from detcov.load.parsed import stated_platforms
from detcov.load.scope import AMAZON, AZURE, GOOGLE, GOOGLE_METHODS, by_platforms
from detcov.model import ScopeColumn, Stated

_KEYS: Final = ("platform", "product", "data_source", "service", "category")
_BY_VALUE: Final = {
    "platform": {
        "Windows": ("windows",),
        "Linux": ("linux",),
        "macOS": ("macos", "mac"),
        "IaaS": ("aws", "azure", "gcp", "google cloud"),
        "Containers": ("kubernetes", "gke"),
        "Office Suite": ("google workspace", "o365", "microsoft 365"),
        "Identity Provider": ("okta", "entra id", "onelogin"),
        "SaaS": ("github",),
    },
    "product": {"Windows": ("windows", "windows_defender"), "Linux": ("linux",)},
    "data_source": {
        "Windows": (
            "sysmon",
            "microsoft sysmon",
            "sysmon windows registry",
            "windows registry",
            "windows event",
            "windows event log",
            "windows event logs",
            "microsoft windows",
            "microsoft windows events",
            "windows security events",
            "windows security event log",
            "windows system event log",
        ),
        "Linux": ("sysmon for linux",),
        "IaaS": (
            "aws cloudtrail",
            "aws guardduty",
            "gcp cloud audit",
            "cloud audit logs",
            "azure activity",
            "gcp scc",
            "google scc",
            "security command center threat",
        ),
        "Office Suite": ("o365", "workspace activity", "workspace alerts", "gmail"),
        "Identity Provider": ("okta", "onelogin", "azure ad", "azure ad audit"),
        "SaaS": ("github",),
    },
}
_PLATFORMS: Final = {
    f"{key} {value}": platform
    for key, by_platform in _BY_VALUE.items()
    for platform, values in by_platform.items()
    for value in values
}
_CLOUDS: Final = frozenset(
    {"platform aws", "platform azure", "platform gcp", "platform google cloud"}
)
VALUES: Final = {
    f"`meta.{key}` {', '.join(f'`{value}`' for value in values)}": platform
    for key, by_platform in _BY_VALUE.items()
    for platform, values in by_platform.items()
} | {"`events` with a cluster or registry operation": "Containers"}
"""What states a platform, for the page"""
_OPERATION: Final = re.compile(
    rf"\b({AMAZON}|{AZURE}|{GOOGLE_METHODS}|{GOOGLE}|KUBERNETES_(?:NODE|AUDIT|CLUSTER)\w*)",
    re.IGNORECASE,
)


def names(meta: Mapping[str, str]) -> tuple[str, ...]:
    """Return what the rule reads, as "key value", in lower case."""
    return tuple(
        f"{key} {value}"
        for key in _KEYS
        for written in meta.get(key, "").split(",")
        if (value := " ".join(written.lower().split()))
    )


def operation(events: str) -> str:
    """Return the first cluster, registry or image service of the events by its name, else ""."""
    return min((match[1] for match in _OPERATION.finditer(events)), default="")


def platforms(sources: Sequence[str], operation: str) -> tuple[Stated, ...]:
    """Return each platform once, with the first value of the meta that states it, sorted."""
    fields: dict[str, str] = {}
    # A cloud's name says less than the log: Entra ID's and Office's rules state "azure" too.
    for source in sorted(sources, key=_CLOUDS.__contains__):
        platform = _PLATFORMS.get(source)
        if platform is not None and not (fields and source in _CLOUDS):
            fields.setdefault(platform, f"meta.{source}")
    if operation:
        fields.setdefault("Containers", f"events {operation}")
    return stated_platforms(fields)


def column(platforms: Iterable[Stated], operation: str) -> Stated:
    """Return control plane for operations on clusters, node for Linux, else other."""
    if operation:
        return Stated(value=ScopeColumn.CONTROL_PLANE, field=f"events {operation}")
    return by_platforms(platforms)
