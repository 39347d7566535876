"""What a Splunk detection's data sources, asset type and search say of platforms and containers.

Names are those of ATT&CK 18 and 19. A product that sees several platforms alike (CrowdStrike, a
firewall, Suricata) states none by itself, nor does the asset type "Endpoint".
"""

import re

from detcov.load.parsed import stated_platforms
from detcov.load.scope import AMAZON, AZURE, GOOGLE, by_platforms
from detcov.model import ScopeColumn, Stated

# The longest beginning of a data source's name that says it.
_BY_SOURCE = {
    "Sysmon for Linux": "Linux",
    "Linux ": "Linux",
    "Sysmon EventID": "Windows",
    "Windows ": "Windows",
    "Powershell ": "Windows",
    "NTLM Operational": "Windows",
    "AWS ": "IaaS",
    "ASL AWS ": "IaaS",
    "Azure Active Directory": "Identity Provider",
    "Azure Audit": "IaaS",
    "Azure Monitor": "IaaS",
    "Google Cloud": "IaaS",
    "GCP ": "IaaS",
    "O365": "Office Suite",
    "Office 365": "Office Suite",
    "G Suite": "Office Suite",
    "Google Workspace": "Office Suite",
    "Kubernetes ": "Containers",
    "Okta": "Identity Provider",
    "PingID": "Identity Provider",
    "GitHub": "SaaS",
    "CircleCI": "SaaS",
    "VMWare ESXi": "ESXi",
}
_BY_ASSET = {
    "windows": "Windows",
    "domain server": "Windows",
    "linux": "Linux",
    "macos": "macOS",
    "okta tenant": "Identity Provider",
    "azure active directory": "Identity Provider",
    "o365 tenant": "Office Suite",
    "gsuite": "Office Suite",
    "gdrive": "Office Suite",
    "github": "SaaS",
    "circleci": "SaaS",
    "ec2 snapshot": "IaaS",
    "s3 bucket": "IaaS",
    "cloud compute instance": "IaaS",
    "cloud instance": "IaaS",
    "amazon elastic container registry": "Containers",
}
VALUES = (
    {f"data source `{start.strip()}` …": platform for start, platform in _BY_SOURCE.items()}
    | {f"asset type `{asset}`": platform for asset, platform in _BY_ASSET.items()}
    | {
        "asset type that names Kubernetes": "Containers",
        "asset type that begins with AWS, Amazon, GCP or Google Cloud": "IaaS",
    }
)
"""What states a platform, to the platform: for docs/formats"""
_CLOUD_ASSET = re.compile(r"(?:AWS|Amazon|GCP|Google Cloud)\b")
# Splunk's macros for the audit log of a cluster.
_AUDIT = re.compile(r"`(kube_audit|kube_objects_events|aws_cloudwatchlogs_eks)`")
_OPERATION = re.compile(rf"\b({AMAZON}|{GOOGLE}|{AZURE})", re.IGNORECASE)


def operations(search: str) -> tuple[str, ...]:
    """Audit logs of clusters, and cluster and registry services, that a search asks for."""
    audits = {match[1] for match in _AUDIT.finditer(search)}
    return tuple(sorted(audits | {match[1].lower() for match in _OPERATION.finditer(search)}))


def platforms(
    data_sources: tuple[str, ...], asset: str, operations: tuple[str, ...]
) -> tuple[Stated, ...]:
    """Each platform once, with the first field that states it; sorted by platform."""
    fields: dict[str, str] = {}
    for source in data_sources:
        if (platform := _of_source(source)) is not None:
            fields.setdefault(platform, f"data_source {source}")
    if (by_asset := _of_asset(asset)) is not None:
        fields.setdefault(by_asset, f"tags.asset_type {asset}")
    if operations:
        fields.setdefault("Containers", f"search {operations[0]}")
    return stated_platforms(fields)


def _of_source(source: str) -> str | None:
    beginnings = [start for start in _BY_SOURCE if source.startswith(start)]
    return _BY_SOURCE[max(beginnings, key=len)] if beginnings else None


def _of_asset(asset: str) -> str | None:
    if "Kubernetes" in asset:
        return "Containers"
    known = _BY_ASSET.get(asset.lower())
    return known or ("IaaS" if _CLOUD_ASSET.match(asset) else None)


def column(
    data_sources: tuple[str, ...],
    asset: str,
    operations: tuple[str, ...],
    platforms: tuple[Stated, ...],
) -> Stated:
    """Control plane for audit logs of clusters and registries, runtime for what runs in one."""
    if "Kubernetes Falco" in data_sources:
        return Stated(value=ScopeColumn.RUNTIME, field="data_source Kubernetes Falco")
    if "Kubernetes Audit" in data_sources:
        return Stated(value=ScopeColumn.CONTROL_PLANE, field="data_source Kubernetes Audit")
    if operations:
        return Stated(value=ScopeColumn.CONTROL_PLANE, field=f"search {operations[0]}")
    if asset == "Kubernetes":
        return Stated(value=ScopeColumn.RUNTIME, field=f"tags.asset_type {asset}")
    if "Kubernetes" in asset or "Container Registry" in asset:
        return Stated(value=ScopeColumn.CONTROL_PLANE, field=f"tags.asset_type {asset}")
    return by_platforms(platforms)
