"""What Microsoft Sentinel's YAML and ARM rules have in common: fields, mappings, platforms, state.

Platforms are named as in ATT&CK 18 and 19. A table that sees several platforms alike (Defender's
device events, syslog, threat intelligence, ASIM) states none by itself.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec import structs

from detcov.load.lines import Path
from detcov.load.parsed import StateRule, enabled_by, stated_platforms
from detcov.load.scope import AMAZON, AZURE, GOOGLE, GOOGLE_METHODS, OTHER
from detcov.load.tags import PART, id_mapping, inside, is_object, says_id, tactic_mapping
from detcov.load.values import Placed, placed_texts, scalar, tables, text, texts
from detcov.model import Defect, Place, Role, ScopeColumn, Stated, is_named_deprecated
from detcov.model import Mapping as RuleMapping

_HUNTS: Final = frozenset({"hunting queries", "hunting", "hunting-queries", "huntingqueries"})
_RETIRED: Final = frozenset({"deprecated", "_deprecated"})
_OVER_ALERTS: Final = "microsoftsecurityincidentcreation"
_SEVERITIES: Final = frozenset({"informational", "low", "medium", "high"})
_ENABLED: Final = enabled_by("enabled")
_BY_PLATFORM: Final = {
    "Windows": "SecurityEvent SecurityEvents WindowsEvent WindowsSecurityEvents WindowsFirewall "
    "WindowsForwardedEvents DnsEvents Sysmon",
    "IaaS": "AzureActivity AWSCloudTrail AWSGuardDuty AWSVPCFlow AWSS3 AWS GCPAuditLogs GCPIAM "
    "GCPAuditLogsDefinition AzureStorageAccount StorageBlobLogs",
    "Containers": "AzureKubernetes AKSAudit AKSAuditAdmin AKSControlPlane KubeEvents "
    "KubePodInventory ContainerLog ContainerLogV2 ContainerInventory ContainerRegistryLoginEvents "
    "ContainerRegistryRepositoryEvents",
    "Identity Provider": "AzureActiveDirectory AzureActiveDirectoryIdentityProtection SigninLogs "
    "AADNonInteractiveUserSignInLogs AADServicePrincipalSignInLogs AADManagedIdentitySignInLogs "
    "AuditLogs AADRiskyUsers AADUserRiskEvents IdentityLogonEvents OktaSSO OktaSSOv2 Okta_CL",
    "Office Suite": "Office365 OfficeActivity EmailEvents EmailUrlInfo EmailAttachmentInfo "
    "UrlClickEvents MicrosoftTeams GoogleWorkspaceReports",
    "SaaS": "GitHubAuditData GitHubAuditLogPolling_CL Dynamics365Activity SalesforceServiceCloud",
    "Network Devices": "PaloAltoNetworks Fortinet CiscoASA CheckPoint F5 Zscaler",
}
_PLATFORMS: Final = {
    source: platform for platform, sources in _BY_PLATFORM.items() for source in sources.split()
}
# A table is what a pipe, a bracket, a comma or the line's end follows; others are words.
_TABLE: Final = re.compile(
    rf"(?<![\w.])(?:{'|'.join(sorted(_PLATFORMS))})(?=[ \t]*(?:[|),;\r\n]|//|\Z))"
)
_INSIDE: Final = ("ContainerLog", "ContainerLogV2", "ContainerInventory")
_OPERATION: Final = re.compile(
    rf"\b({AZURE}|kube-audit(?:-admin)?|{AMAZON}|{GOOGLE_METHODS}|{GOOGLE})", re.IGNORECASE
)

VALUES: Final = {
    "connector, data type or table " + ", ".join(f"`{name}`" for name in names.split()): platform
    for platform, names in _BY_PLATFORM.items()
} | {"query with a cluster or registry operation": "Containers"}
"""What states a platform, for the page"""
COLUMNS: Final = (
    ("runtime", f"the first container source is {', '.join(f'`{name}`' for name in _INSIDE)}"),
    ("control plane", "any other source of Containers; a query for cluster or registry operations"),
    ("other", "all the rest"),
)
LIFECYCLE: Final = (
    StateRule("lifecycle", "deprecated", "a folder `Deprecated`", "path"),
    StateRule("lifecycle", "deprecated", "`Deprecated`", "status"),
    StateRule(
        "lifecycle", "deprecated", "a name that begins with “[Deprecated]” or the like", "name"
    ),
    StateRule("lifecycle", "stable", "any other status", "status"),
    StateRule("lifecycle", "stable", "no status"),
    StateRule("emits", "alert", "always"),
)


def severity(value: Any) -> str:
    """Return the severity that a rule states; "" for none that Sentinel has."""
    stated = text(value).lower()
    return stated if stated in _SEVERITIES else ""


def listed_mappings(
    file: Placed, at: Path, tree: Mapping[Any, Any], roles: Mapping[str, str]
) -> tuple[tuple[RuleMapping, ...], tuple[Defect, ...]]:
    """Return the mappings of a rule's lists, and what is no text there.

    `roles` has the key of each list, and whether it holds tactics or techniques.
    """
    mappings: list[RuleMapping] = []
    defects: list[Defect] = []
    for key, role in roles.items():
        values, wrong = placed_texts(file, (*at, key), tree.get(key))
        defects += wrong
        for value, place in values:
            mappings += mappings_of(value, place, role, len(mappings))
    return tuple(mappings), tuple(defects)


def mappings_of(value: str, place: Place, role: str, entry: int) -> Iterator[RuleMapping]:
    """Yield the mappings of one text, which may hold several names or ids, joined by commas.

    `entry` is the number of the first one. Ids of groups, software and the like are no mapping.
    """
    for part in PART.finditer(value):
        at = inside(place, part.start(), len(part[0]))
        if role == "tactic" and not says_id(part[0]):
            yield tactic_mapping(part[0], at, entry)
        elif is_object(part[0]):
            continue
        else:
            yield id_mapping(part[0], at, entry)
        entry += 1


def with_carriers(
    mappings: tuple[RuleMapping, ...], sub_techniques: frozenset[str]
) -> tuple[RuleMapping, ...]:
    """Return the mappings; a technique is a carrier if the list of sub-techniques has one of it."""
    parents = {sub_technique.partition(".")[0] for sub_technique in sub_techniques}
    return tuple(
        structs.replace(mapping, role=Role.CARRIER)
        if mapping.role is Role.CLAIM and mapping.technique_id in parents - sub_techniques
        else structs.replace(mapping, parent_id=(mapping.technique_id or "").partition(".")[0])
        if mapping.technique_id in sub_techniques
        else mapping
        for mapping in mappings
    )


def sources(tree: Mapping[Any, Any]) -> tuple[str, ...]:
    """Return the connectors and data types that a rule requires, and the tables of its query."""
    names: list[str] = []
    for _, connector in tables(tree.get("requiredDataConnectors")):
        names += [f"connector {name}" for name in texts(connector.get("connectorId"))]
        names += [f"data {name}" for name in texts(connector.get("dataTypes"))]
    names += [f"table {name}" for name in _TABLE.findall(text(tree.get("query")))]
    return tuple(dict.fromkeys(names))


def operation(tree: Mapping[Any, Any]) -> str:
    """Return the first cluster, registry or image service of the query by its name, else ""."""
    return min((match[1] for match in _OPERATION.finditer(text(tree.get("query")))), default="")


def platforms(sources: Iterable[str], operation: str) -> tuple[Stated, ...]:
    """Return each platform once, with the first source that states it; sorted by platform."""
    fields: dict[str, str] = {}
    for source in sources:
        if (platform := _PLATFORMS.get(_name(source))) is not None:
            fields.setdefault(platform, source)
    if operation:
        fields.setdefault("Containers", f"query {operation}")
    return stated_platforms(fields)


def column(sources: Iterable[str], operation: str) -> Stated:
    """Return runtime or control plane by the source, or control plane by the operation."""
    for source in sources:
        if _PLATFORMS.get(_name(source)) == "Containers":
            is_inside = _name(source) in _INSIDE
            scope = ScopeColumn.RUNTIME if is_inside else ScopeColumn.CONTROL_PLANE
            return Stated(value=scope, field=source)
    if operation:
        return Stated(value=ScopeColumn.CONTROL_PLANE, field=f"query {operation}")
    return OTHER


def _name(source: str) -> str:
    """A source's name, without its kind and what stands in brackets ("SecurityEvent (MMA)")."""
    return source.split(" ", 1)[-1].partition(" (")[0]


def lifecycle(path: str, name: str, status: str) -> Stated:
    """Return the lifecycle, by the folder, else the status, else the rule's name."""
    if not _RETIRED.isdisjoint(_folders(path)):
        return Stated(value="deprecated", field="path")
    if status.lower() == "deprecated":
        return Stated(value="deprecated", field="status")
    if is_named_deprecated(name):
        return Stated(value="deprecated", field="name")
    return Stated(value="stable", field="status" if status else "")


def kind(path: str, kind: str, *, otherwise: str) -> Stated:
    """Return what the folder, else the field `kind` says; `otherwise` where neither does."""
    if not _HUNTS.isdisjoint(_folders(path)):
        return Stated(value="hunt", field="path")
    if kind.lower() == _OVER_ALERTS:
        return Stated(value="over-alerts", field="kind")
    return Stated(value="detection", field="kind") if kind else Stated(value=otherwise)


def enabled(value: Any) -> Stated:
    """Return what the field `enabled` says."""
    return _ENABLED.get(scalar(value), Stated(value="unstated"))


def _folders(path: str) -> list[str]:
    return path.lower().split("/")[:-1]
