"""What Microsoft Sentinel's YAML and ARM rules have in common: fields, mappings, platforms, state.

Platforms are named as in ATT&CK 18 and 19. A table that sees several platforms alike (Defender's
device events, syslog, threat intelligence, ASIM) states none by itself.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from msgspec import structs

from detcov.load.lines import Path
from detcov.load.parsed import ParsedRule, StateRule, enabled_by, stated_platforms
from detcov.load.scope import AMAZON, AZURE, GOOGLE, GOOGLE_METHODS
from detcov.load.tags import PART, id_mapping, inside, is_object, says_id, tactic_mapping
from detcov.load.values import Placed, placed_texts, tables, text, texts
from detcov.model import Defect, Place, Role, ScopeColumn, State, Stated
from detcov.model import Mapping as RuleMapping

_HUNTS: Final = frozenset({"hunting queries", "hunting", "hunting-queries", "huntingqueries"})
_RETIRED: Final = frozenset({"deprecated", "_deprecated"})
_OVER_ALERTS: Final = "microsoftsecurityincidentcreation"
SEVERITIES: Final = frozenset({"informational", "low", "medium", "high"})
_ENABLED: Final = enabled_by("enabled")
_DEPRECATED_NAME: Final = re.compile(r"\W*deprecated\b", re.IGNORECASE)
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
    one: platform for platform, listed in _BY_PLATFORM.items() for one in listed.split()
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
    "connector, data type or table " + ", ".join(f"`{one}`" for one in listed.split()): platform
    for platform, listed in _BY_PLATFORM.items()
} | {"query with a cluster or registry operation": "Containers"}
"""What states a platform, for the page"""
COLUMNS: Final = (
    ("runtime", f"the first container source is {', '.join(f'`{one}`' for one in _INSIDE)}"),
    ("control plane", "any other source of Containers; a query for cluster or registry operations"),
    ("other", "all the rest"),
)
LIFECYCLE: Final = (
    StateRule("lifecycle", "deprecated", "a folder `Deprecated`", "path"),
    StateRule("lifecycle", "deprecated", "`Deprecated`", "status"),
    StateRule("lifecycle", "deprecated", "a name that begins with “[Deprecated]”", "name"),
    StateRule("lifecycle", "stable", "any other status", "status"),
    StateRule("lifecycle", "stable", "no status"),
    StateRule("emits", "alert", "always"),
)


def fields(
    file: Placed, at: Path, tree: Mapping[Any, Any], keys: Mapping[str, str]
) -> tuple[tuple[RuleMapping, ...], tuple[Defect, ...]]:
    """The mappings of a rule's lists; `keys` names each list and what it holds."""
    mappings: list[RuleMapping] = []
    defects: list[Defect] = []
    for key, role in keys.items():
        found, wrong = placed_texts(file, (*at, key), tree.get(key))
        defects += wrong
        for value, place in found:
            for part in PART.finditer(value):
                at_part = inside(place, part.start(), len(part[0]))
                one = stated(part[0], role, at_part, len(mappings))
                mappings += [] if one is None else [one]
    return tuple(mappings), tuple(defects)


def stated(value: str, role: str, place: Place, entry: int) -> RuleMapping | None:
    """The mapping of one value of a list of tactics or techniques; None for nothing and others."""
    if not value.strip():
        return None
    if role == "tactic" and not says_id(value):
        return tactic_mapping(value, place, entry)
    return None if is_object(value) else id_mapping(value, place, entry)


def carried(mappings: tuple[RuleMapping, ...], below: frozenset[str]) -> tuple[RuleMapping, ...]:
    """The same, a technique a carrier whose sub-technique stands in a list of its own."""
    parents = {one.partition(".")[0] for one in below}
    return tuple(
        structs.replace(one, role=Role.CARRIER)
        if one.role is Role.CLAIM and one.technique_id in parents - below
        else structs.replace(one, parent_id=(one.technique_id or "").partition(".")[0])
        if one.technique_id in below
        else one
        for one in mappings
    )


def sources(tree: Mapping[Any, Any]) -> tuple[str, ...]:
    """Connectors and data types that the rule requires, and tables that its query names."""
    found: list[str] = []
    for _, connector in tables(tree.get("requiredDataConnectors")):
        found += [f"connector {one}" for one in texts(connector.get("connectorId"))]
        found += [f"data {one}" for one in texts(connector.get("dataTypes"))]
    found += [f"table {one}" for one in _TABLE.findall(text(tree.get("query")))]
    return tuple(dict.fromkeys(found))


def operations(tree: Mapping[Any, Any]) -> tuple[str, ...]:
    """The cluster, registry and image services that the query asks for, sorted."""
    return tuple(sorted({found[1] for found in _OPERATION.finditer(text(tree.get("query")))}))


def platforms(rule: ParsedRule) -> tuple[Stated, ...]:
    """Each platform once, with the first source that states it; sorted by platform."""
    found: dict[str, str] = {}
    for source in rule.integrations:
        if (platform := _PLATFORMS.get(_name(source))) is not None:
            found.setdefault(platform, source)
    for operation in rule.operations[:1]:
        found.setdefault("Containers", f"query {operation}")
    return stated_platforms(found)


def column(rule: ParsedRule) -> Stated:
    """Runtime or control plane by the source, control plane by an operation, node for Linux."""
    for source in rule.integrations:
        if _PLATFORMS.get(_name(source)) == "Containers":
            inside = _name(source) in _INSIDE
            where = ScopeColumn.RUNTIME if inside else ScopeColumn.CONTROL_PLANE
            return Stated(value=where, field=source)
    for operation in rule.operations[:1]:
        return Stated(value=ScopeColumn.CONTROL_PLANE, field=f"query {operation}")
    return Stated(value=ScopeColumn.OTHER)


def _name(source: str) -> str:
    """A source's name, without its kind and what stands in brackets ("SecurityEvent (MMA)")."""
    return source.split(" ", 1)[-1].partition(" (")[0]


def state(rule: ParsedRule, path: str) -> State:
    """What folders, `status`, `name`, `kind` and `enabled` say; see `RuleFormat.state`."""
    folders = {folder.lower() for folder in path.split("/")[:-1]}
    return State(
        lifecycle=_lifecycle(rule, folders),
        emits=Stated(value="alert"),
        kind=_kind(rule, folders),
        enabled=_ENABLED.get(rule.stated.get("enabled", ""), Stated(value="unstated")),
    )


def _lifecycle(rule: ParsedRule, folders: set[str]) -> Stated:
    status = rule.stated.get("status", "")
    if not folders.isdisjoint(_RETIRED):
        return Stated(value="deprecated", field="path")
    if status.lower() == "deprecated":
        return Stated(value="deprecated", field="status")
    if _DEPRECATED_NAME.match(rule.name):
        return Stated(value="deprecated", field="name")
    return Stated(value="stable", field="status" if status else "")


def _kind(rule: ParsedRule, folders: set[str]) -> Stated:
    kind = rule.stated.get("kind", "")
    if "hunt" in rule.stated:
        return Stated(value="hunt", field=rule.stated["hunt"])
    if not folders.isdisjoint(_HUNTS):
        return Stated(value="hunt", field="path")
    if kind.lower() == _OVER_ALERTS:
        return Stated(value="over-alerts", field="kind")
    if kind:
        return Stated(value="detection", field="kind")
    return Stated(value="detection" if "trigger" in rule.stated else "hunt")
