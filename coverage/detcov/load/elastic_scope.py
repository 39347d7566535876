"""Where an Elastic rule looks, seen from a container, by its integration, query and tags."""

from detcov.load import elastic_platforms
from detcov.load.parsed import ParsedRule
from detcov.load.scope import by_platforms
from detcov.model import ScopeColumn, Stated

_TAGS = frozenset(
    {
        "Domain: Container",
        "Domain: Containers",
        "Domain: Kubernetes",
        "Data Source: Elastic Defend for Containers",
    }
)


def column(rule: ParsedRule) -> Stated:
    """The first of control plane, runtime, node and other that the rule's own fields show.

    A rule that reads both the cluster's audit log and the workloads' events is of the control
    plane: without the audit log it can't fire.
    """
    if (reason := _control_plane(rule)) is not None:
        return Stated(value=ScopeColumn.CONTROL_PLANE, field=reason)
    if (reason := _runtime(rule)) is not None:
        return Stated(value=ScopeColumn.RUNTIME, field=reason)
    return by_platforms(elastic_platforms.platforms(rule))


def _control_plane(rule: ParsedRule) -> str | None:
    if "kubernetes" in rule.integrations:
        return "metadata.integration kubernetes"
    for index in rule.indices:
        if "kubernetes.audit" in index:
            return f"index {index}"
    return f"query {rule.operations[0]}" if rule.operations else None


def _runtime(rule: ParsedRule) -> str | None:
    if "cloud_defend" in rule.integrations:
        return "metadata.integration cloud_defend"
    for index in rule.indices:
        if "cloud_defend" in index:
            return f"index {index}"
    return next((f"tag {tag}" for tag in rule.tags if tag in _TAGS), None)
