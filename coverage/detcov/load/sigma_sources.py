"""What a Sigma rule's `logsource` says of platforms and of where the rule looks.

Names are those of ATT&CK 18 and 19. A product that sees several platforms alike (a proxy, Zeek,
an antivirus) states none by itself.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from detcov.load.parsed import ParsedRule, stated_platforms
from detcov.load.scope import AMAZON, AZURE, GOOGLE, GOOGLE_METHODS, OTHER
from detcov.model import ScopeColumn, Stated

_KEYS = ("product", "service", "category")
_BY_SERVICE = {
    "azure": {
        "activitylogs": "IaaS",
        "auditlogs": "Identity Provider",
        "signinlogs": "Identity Provider",
        "riskdetection": "Identity Provider",
        "pim": "Identity Provider",
        "office365": "Office Suite",
    },
    "gcp": {
        "gcp.audit": "IaaS",
        "google_workspace.admin": "Office Suite",
        "google_workspace.login": "Office Suite",
    },
    "cisco": {"duo": "Identity Provider"},
}
_BY_PRODUCT = {
    "windows": "Windows",
    "rpc_firewall": "Windows",
    "linux": "Linux",
    "macos": "macOS",
    "esxi": "ESXi",
    "kubernetes": "Containers",
    "docker": "Containers",
    "aws": "IaaS",
    "azure": "IaaS",
    "gcp": "IaaS",
    "okta": "Identity Provider",
    "onelogin": "Identity Provider",
    "m365": "Office Suite",
    "google_workspace": "Office Suite",
    "github": "SaaS",
    "bitbucket": "SaaS",
    "cisco": "Network Devices",
    "fortigate": "Network Devices",
    "fortios": "Network Devices",
    "huawei": "Network Devices",
    "juniper": "Network Devices",
    "paloalto": "Network Devices",
}
VALUES = {
    f"service `{service}` of `{product}`": platform
    for product, services in _BY_SERVICE.items()
    for service, platform in services.items()
} | {f"product `{product}`": platform for product, platform in _BY_PRODUCT.items()}
"""What states a platform, to the platform: for docs/formats"""
_OPERATION = re.compile(rf"\b({AMAZON}|{AZURE}|{GOOGLE_METHODS}|{GOOGLE})", re.IGNORECASE)
_CLOUDS = frozenset({"product aws", "product azure", "product gcp"})


def names(source: Any) -> tuple[str, ...]:
    """The parts of a log source as "key value", in the order product, service, category."""
    if not isinstance(source, Mapping):
        return ()
    return tuple(
        f"{key} {value.strip().lower()}"
        for key in _KEYS
        if isinstance(value := source.get(key), str)
    )


def operations(log_source: tuple[str, ...], text: str) -> tuple[str, ...]:
    """The cluster, registry and image services that a cloud rule asks for, sorted."""
    if _CLOUDS.isdisjoint(log_source):
        return ()
    return tuple(sorted({match[1] for match in _OPERATION.finditer(text)}))


def platforms(rule: ParsedRule) -> tuple[Stated, ...]:
    """The platform of the service, else of the product; Containers for cluster operations."""
    return _platforms(rule.integrations, rule.operations)


# Rules have few log sources.
@cache
def _platforms(log_source: tuple[str, ...], operations: tuple[str, ...]) -> tuple[Stated, ...]:
    source = dict(part.split(" ", 1) for part in log_source)
    product, service = source.get("product", ""), source.get("service", "")
    found: dict[str, str] = {}
    by_service = _BY_SERVICE.get(product, {}).get(service)
    if by_service is not None:
        found[by_service] = f"logsource.service {service}"
    elif (by_product := _BY_PRODUCT.get(product)) is not None:
        found[by_product] = f"logsource.product {product}"
    for operation in operations[:1]:
        found["Containers"] = f"detection {operation}"
    return stated_platforms(found)


def column(rule: ParsedRule) -> Stated:
    """Control plane for Kubernetes and cluster operations, runtime for Docker, node for Linux."""
    return _column(rule.integrations, rule.operations)


@cache
def _column(log_source: tuple[str, ...], operations: tuple[str, ...]) -> Stated:
    if "product kubernetes" in log_source:
        return Stated(value=ScopeColumn.CONTROL_PLANE, field="logsource.product kubernetes")
    if operations:
        return Stated(value=ScopeColumn.CONTROL_PLANE, field=f"detection {operations[0]}")
    if "product docker" in log_source:
        return Stated(value=ScopeColumn.RUNTIME, field="logsource.product docker")
    if "product linux" in log_source:
        return Stated(value=ScopeColumn.NODE, field="logsource.product linux")
    return OTHER
