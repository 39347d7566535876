"""The ATT&CK platforms an Elastic rule states, from its tags, integration and query.

Names are those of ATT&CK 18 and 19. A product that sees several platforms alike (Elastic
Defend, CrowdStrike, a firewall) states none by itself.
"""

from functools import cache

from detcov.load.parsed import ParsedRule, stated_platforms
from detcov.model import Stated

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


def platforms(rule: ParsedRule) -> tuple[Stated, ...]:
    """Each platform once, with the first field that states it; sorted by platform."""
    return _platforms(rule.tags, rule.integrations, rule.operations, rule.operating_systems)


# Asked twice for each rule, for its platforms and for its column, and many rules state the same.
@cache
def _platforms(
    tags: tuple[str, ...],
    integrations: tuple[str, ...],
    operations: tuple[str, ...],
    systems: tuple[str, ...],
) -> tuple[Stated, ...]:
    found: dict[str, str] = {}
    for tag in tags:
        if (platform := _BY_TAG.get(tag)) is not None:
            found.setdefault(platform, f"tag {tag}")
    for integration in integrations:
        if (platform := _BY_INTEGRATION.get(integration)) is not None:
            found.setdefault(platform, f"metadata.integration {integration}")
    for operation in operations:
        found.setdefault("Containers", f"query {operation}")
    for system in systems:
        found.setdefault(_BY_OS[system], "query host.os.type")
    return stated_platforms(found)
