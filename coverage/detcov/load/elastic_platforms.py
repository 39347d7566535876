"""The ATT&CK platforms an Elastic rule states, and its container column, by its own fields.

Names are those of ATT&CK 18 and 19. A product that sees several platforms alike (Elastic
Defend, CrowdStrike, a firewall) states none by itself.
"""

from collections.abc import Collection, Iterable, Sequence

from detcov.load.parsed import stated_platforms
from detcov.load.scope import by_platforms
from detcov.model import ScopeColumn, Stated

_BY_TAG = {
    "OS: Windows": "Windows",
    "OS: Linux": "Linux",
    "OS: macOS": "macOS",
    "Windows": "Windows",
    "Linux": "Linux",
    "macOS": "macOS",
    "Domain: Container": "Containers",
    "Domain: Containers": "Containers",
    "Domain: Kubernetes": "Containers",
    "Domain: SaaS": "SaaS",
    "Domain: Identity": "Identity Provider",
    "Data Source: Kubernetes": "Containers",
    "Data Source: Elastic Defend for Containers": "Containers",
    "Data Source: Auditd Manager": "Linux",
    "Data Source: Windows Security Event Logs": "Windows",
    "Data Source: Windows System Event Logs": "Windows",
    "Data Source: PowerShell Logs": "Windows",
    "Data Source: Active Directory": "Windows",
    "Data Source: Jamf Protect": "macOS",
    "Data Source: AWS": "IaaS",
    "Data Source: Amazon Web Services": "IaaS",
    "Data Source: GCP": "IaaS",
    "Data Source: Google Cloud Platform": "IaaS",
    "Data Source: Azure Activity Logs": "IaaS",
    "Data Source: Azure Platform Logs": "IaaS",
    "Data Source: Microsoft Entra ID": "Identity Provider",
    "Data Source: Entra ID": "Identity Provider",
    "Data Source: Okta": "Identity Provider",
    "Data Source: Microsoft 365": "Office Suite",
    "Data Source: Google Workspace": "Office Suite",
    "Data Source: Github": "SaaS",
    "Data Source: Zoom": "SaaS",
}
_BY_INTEGRATION = {
    "windows": "Windows",
    "auditd_manager": "Linux",
    "sysmon_linux": "Linux",
    "jamf_protect": "macOS",
    "kubernetes": "Containers",
    "cloud_defend": "Containers",
    "aws": "IaaS",
    "gcp": "IaaS",
    "okta": "Identity Provider",
    "o365": "Office Suite",
    "google_workspace": "Office Suite",
    "github": "SaaS",
}
_BY_OS = {"windows": "Windows", "linux": "Linux", "macos": "macOS"}

VALUES = (
    {f"tag `{value}`": platform for value, platform in _BY_TAG.items()}
    | {f"`metadata.integration` `{value}`": platform for value, platform in _BY_INTEGRATION.items()}
    | {f"`host.os.type` `{value}`": platform for value, platform in _BY_OS.items()}
)
"""What states a platform, to the platform: for docs/formats"""


_RUNTIME_TAGS = frozenset(
    {
        "Domain: Container",
        "Domain: Containers",
        "Domain: Kubernetes",
        "Data Source: Elastic Defend for Containers",
    }
)


def platforms(
    tags: Iterable[str],
    integrations: Iterable[str],
    operations: Iterable[str],
    systems: Iterable[str],
) -> tuple[Stated, ...]:
    """Each platform once, with the first field that states it; sorted by platform.

    `operations` are cluster services that the query asks for, `systems` what it compares
    `host.os.type` with.
    """
    fields: dict[str, str] = {}
    for tag in tags:
        if (platform := _BY_TAG.get(tag)) is not None:
            fields.setdefault(platform, f"tag {tag}")
    for integration in integrations:
        if (platform := _BY_INTEGRATION.get(integration)) is not None:
            fields.setdefault(platform, f"metadata.integration {integration}")
    for operation in operations:
        fields.setdefault("Containers", f"query {operation}")
    for system in systems:
        fields.setdefault(_BY_OS[system], "query host.os.type")
    return stated_platforms(fields)


def column(
    tags: Iterable[str],
    integrations: Collection[str],
    indices: Sequence[str],
    operations: Sequence[str],
    platforms: Iterable[Stated],
) -> Stated:
    """The first of control plane, runtime, node and other that the rule's own fields show.

    A rule that reads both the cluster's audit log and the workloads' events is of the control
    plane: without the audit log it can't fire.
    """
    if "kubernetes" in integrations:
        return Stated(value=ScopeColumn.CONTROL_PLANE, field="metadata.integration kubernetes")
    for index in indices:
        if "kubernetes.audit" in index:
            return Stated(value=ScopeColumn.CONTROL_PLANE, field=f"index {index}")
    if operations:
        return Stated(value=ScopeColumn.CONTROL_PLANE, field=f"query {operations[0]}")
    if "cloud_defend" in integrations:
        return Stated(value=ScopeColumn.RUNTIME, field="metadata.integration cloud_defend")
    for index in indices:
        if "cloud_defend" in index:
            return Stated(value=ScopeColumn.RUNTIME, field=f"index {index}")
    for tag in tags:
        if tag in _RUNTIME_TAGS:
            return Stated(value=ScopeColumn.RUNTIME, field=f"tag {tag}")
    return by_platforms(platforms)
