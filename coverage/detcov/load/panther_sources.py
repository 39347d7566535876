"""What a Panther detection's log types and id say of platforms and of where it looks.

Names are those of ATT&CK 18 and 19. A product that sees several platforms alike (CrowdStrike,
osquery, Zeek, a firewall) states none by itself.
"""

from detcov.load.parsed import ParsedRule, stated_platforms
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


def platforms(rule: ParsedRule) -> tuple[Stated, ...]:
    """Each platform once, with the first field that states it; sorted by platform."""
    cluster = _cluster(rule)
    if cluster is not None:
        return (Stated(value="Containers", field=cluster),)
    found: dict[str, str] = {}
    for log in rule.integrations:
        fitting = [start for start in _BY_LOG if log.startswith(start)]
        if fitting:
            field = f"{rule.stated.get('reads', 'LogTypes')} {log}"
            found.setdefault(_BY_LOG[max(fitting, key=len)], field)
    if (registry := _id_says(rule, _REGISTRY_WORDS)) is not None:
        found.setdefault("Containers", registry)
    return stated_platforms(found)


def column(rule: ParsedRule) -> Stated:
    """Control plane for Kubernetes' audit logs and registries, node for Linux, else other."""
    reason = _cluster(rule) or _id_says(rule, _REGISTRY_WORDS)
    if reason is not None:
        return Stated(value=ScopeColumn.CONTROL_PLANE, field=reason)
    return by_platforms(platforms(rule))


def _cluster(rule: ParsedRule) -> str | None:
    """What says that a rule is on a cluster's audit log, whichever cloud it comes from."""
    if (by_id := _id_says(rule, _CLUSTER_WORDS)) is not None:
        return by_id
    if "Kubernetes" in rule.tags:
        return "tag Kubernetes"
    return f"LogTypes {_EKS}" if set(rule.integrations) == {_EKS} else None


def _id_says(rule: ParsedRule, words: frozenset[str]) -> str | None:
    parts = rule.native_id.lower().split(".")
    return None if words.isdisjoint(parts) else f"RuleID {rule.native_id}"
