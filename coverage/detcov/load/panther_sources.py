"""What a Panther detection's log types and id say of platforms and of where it looks.

Names are those of ATT&CK 18 and 19. A product that sees several platforms alike (CrowdStrike,
osquery, Zeek, a firewall) states none by itself.
"""

from detcov.load.parsed import stated_platforms
from detcov.load.scope import by_platforms
from detcov.model import ScopeColumn, Stated

# The longest beginning of a log type's name that says it.
_BY_LOG = {
    "AWS.": "IaaS",
    "Amazon.EKS.": "Containers",
    "GCP.": "IaaS",
    "Azure.MonitorActivity": "IaaS",
    "Azure.Audit": "Identity Provider",
    "Microsoft365.": "Office Suite",
    "Microsoft365.Audit.AzureActiveDirectory": "Identity Provider",
    "GSuite.": "Office Suite",
    "Okta.": "Identity Provider",
    "OneLogin.": "Identity Provider",
    "Auth0.": "Identity Provider",
    "Duo.": "Identity Provider",
    "Windows.": "Windows",
    "Asana.": "SaaS",
    "Atlassian.": "SaaS",
    "Box.": "SaaS",
    "Databricks.": "SaaS",
    "Docusign.": "SaaS",
    "Dropbox.": "SaaS",
    "GitHub.": "SaaS",
    "GitLab.": "SaaS",
    "MongoDB.": "SaaS",
    "Notion.": "SaaS",
    "OnePassword.": "SaaS",
    "Salesforce.": "SaaS",
    "Slack.": "SaaS",
    "Snowflake.": "SaaS",
    "Snyk.": "SaaS",
    "Tines.": "SaaS",
    "Zendesk.": "SaaS",
    "Zoom.": "SaaS",
}
VALUES = {f"log type `{start}` …": platform for start, platform in _BY_LOG.items()}
"""What states a platform, to the platform: for docs/formats"""
_CLUSTER_WORDS = frozenset({"kubernetes", "k8s", "gke", "aks", "eks"})
_REGISTRY_WORDS = frozenset({"ecr"})
_EKS = "Amazon.EKS.Audit"


def platforms(
    native_id: str, tags: tuple[str, ...], reads: tuple[str, ...], reads_field: str
) -> tuple[Stated, ...]:
    """Each platform once, with the first field that states it; sorted by platform."""
    if cluster := _cluster_field(native_id, tags, reads):
        return (Stated(value="Containers", field=cluster),)
    fields: dict[str, str] = {}
    for log in reads:
        beginnings = [start for start in _BY_LOG if log.startswith(start)]
        if beginnings:
            fields.setdefault(_BY_LOG[max(beginnings, key=len)], f"{reads_field} {log}")
    if _has_part(native_id, _REGISTRY_WORDS):
        fields.setdefault("Containers", f"RuleID {native_id}")
    return stated_platforms(fields)


def column(
    native_id: str, tags: tuple[str, ...], reads: tuple[str, ...], platforms: tuple[Stated, ...]
) -> Stated:
    """Control plane for Kubernetes' audit logs and registries, node for Linux, else other."""
    if cluster := _cluster_field(native_id, tags, reads):
        return Stated(value=ScopeColumn.CONTROL_PLANE, field=cluster)
    if _has_part(native_id, _REGISTRY_WORDS):
        return Stated(value=ScopeColumn.CONTROL_PLANE, field=f"RuleID {native_id}")
    return by_platforms(platforms)


def _cluster_field(native_id: str, tags: tuple[str, ...], reads: tuple[str, ...]) -> str:
    """What says that a rule is on a cluster's audit log, whichever cloud it comes from; else ""."""
    if _has_part(native_id, _CLUSTER_WORDS):
        return f"RuleID {native_id}"
    if "Kubernetes" in tags:
        return "tag Kubernetes"
    return f"LogTypes {_EKS}" if set(reads) == {_EKS} else ""


def _has_part(native_id: str, words: frozenset[str]) -> bool:
    """Whether a part of the id between dots is one of the words."""
    return not words.isdisjoint(native_id.lower().split("."))
