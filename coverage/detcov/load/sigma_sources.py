"""What a Sigma rule's `logsource` says of platforms and of where the rule looks.

Names are those of ATT&CK 18 and 19. A product that sees several platforms alike (a proxy, Zeek,
an antivirus) states none by itself.
"""

import re
from collections.abc import Iterable
from typing import Any

from msgspec import Struct, structs

from detcov.load.parsed import stated_platforms
from detcov.load.scope import AMAZON, AZURE, GOOGLE, GOOGLE_METHODS, OTHER
from detcov.load.values import table
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
_CLOUDS = frozenset({"aws", "azure", "gcp"})
_CONTAINER_FIELD = re.compile(
    r"\b(?:container|kubernetes|orchestrator)\.[a-z_][\w.]*|\bobjectRef\.\w+", re.ASCII
)


class Search(Struct, frozen=True, kw_only=True):
    """Where a rule looks, and what it looks for there."""

    log_source: dict[str, str]
    """Of product, service and category those that are stated, in lower case"""
    operations: tuple[str, ...]
    """Cluster, registry and image services that a cloud's rule asks for, sorted"""
    container_fields: tuple[str, ...]
    """Container and Kubernetes fields of the detection, sorted"""

    def joined(self, others: Iterable["Search"]) -> "Search":
        """Return the search with the operations and fields of other searches, too."""
        operations, container_fields = set(self.operations), set(self.container_fields)
        for other in others:
            operations.update(other.operations)
            container_fields.update(other.container_fields)
        return structs.replace(
            self,
            operations=tuple(sorted(operations)),
            container_fields=tuple(sorted(container_fields)),
        )


def search(log_source: Any, detection: str, text: str) -> Search:
    """Return what a rule looks for, by its `logsource`, its detection and all that it says."""
    stated = {
        key: value.strip().lower()
        for key in _KEYS
        if isinstance(value := table(log_source).get(key), str)
    }
    operations = _OPERATION.findall(text) if stated.get("product") in _CLOUDS else ()
    return Search(
        log_source=stated,
        operations=tuple(sorted(set(operations))),
        container_fields=tuple(sorted(set(_CONTAINER_FIELD.findall(detection)))),
    )


def platforms(search: Search) -> tuple[Stated, ...]:
    """The platform of the service, else of the product; Containers for cluster operations."""
    product, service = search.log_source.get("product", ""), search.log_source.get("service", "")
    fields: dict[str, str] = {}
    if (by_service := _BY_SERVICE.get(product, {}).get(service)) is not None:
        fields[by_service] = f"logsource.service {service}"
    elif (by_product := _BY_PRODUCT.get(product)) is not None:
        fields[by_product] = f"logsource.product {product}"
    if search.operations:
        fields["Containers"] = f"detection {search.operations[0]}"
    return stated_platforms(fields)


def column(search: Search) -> Stated:
    """Control plane for Kubernetes and cluster operations, runtime for Docker, node for Linux."""
    product = search.log_source.get("product")
    if product == "kubernetes":
        return Stated(value=ScopeColumn.CONTROL_PLANE, field="logsource.product kubernetes")
    if search.operations:
        return Stated(value=ScopeColumn.CONTROL_PLANE, field=f"detection {search.operations[0]}")
    if product == "docker":
        return Stated(value=ScopeColumn.RUNTIME, field="logsource.product docker")
    if product == "linux":
        return Stated(value=ScopeColumn.NODE, field="logsource.product linux")
    return OTHER
