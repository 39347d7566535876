"""What a Falco rule's `source`, tags and condition say of platforms and of where it looks.

Names are those of ATT&CK 18 and 19. Falco's system calls are Linux's; a plugin's source is the
product that it reads.
"""

import re
from typing import Final

from detcov.load.parsed import ParsedRule, stated_platforms
from detcov.load.scope import AMAZON, GOOGLE, OTHER
from detcov.model import ScopeColumn, Stated

SYSCALL: Final = "syscall"
"""The source of a rule that states none"""
_KUBERNETES = frozenset({"k8s_audit"})
_CLOUDS = frozenset({"aws_cloudtrail", "gcp_auditlog"})
_BY_SOURCE = {
    "k8s_audit": "Containers",
    "docker": "Containers",
    "aws_cloudtrail": "IaaS",
    "gcp_auditlog": "IaaS",
    "okta": "Identity Provider",
    "keycloak": "Identity Provider",
    "github": "SaaS",
    "gitlab": "SaaS",
}
_BY_TAG = {"container": "Containers", "host": "Linux"}
VALUES = {f"`source` `{source}`": platform for source, platform in _BY_SOURCE.items()} | {
    f"tag `{tag}`": platform for tag, platform in _BY_TAG.items()
}
"""What states a platform, to the platform: for docs/formats"""
# The macros of Falco's own rules for "in a container", and the comparison behind them. What
# follows "not" says the reverse.
_IN_CONTAINER = re.compile(
    r"(?<!not )(?<!not \()(?<![\w.])container(?:_started|_entrypoint)?(?![\w.:/-])"
    r"|(?<!not )\bcontainer\.id\s*!=\s*[\"']?host\b"
)
_FIELD = re.compile(r"(?<![\w.])(?:container|k8s)\.[a-z_]+(?:\.[a-z_]+)*", re.ASCII)
_OPERATION = re.compile(rf"\b({AMAZON}|io\.k8s|{GOOGLE})\b")
_SAYS_CONTAINER: Final = "container"


def fields(condition: str) -> tuple[str, ...]:
    """Container and Kubernetes fields that a condition uses, sorted.

    Among them "container", where the condition asks for an event inside of one.
    """
    if "container" not in condition and "k8s." not in condition:
        return ()
    found = set(_FIELD.findall(condition))
    if _IN_CONTAINER.search(" ".join(condition.split())):
        found.add(_SAYS_CONTAINER)
    return tuple(sorted(found))


def operations(source: str, condition: str) -> tuple[str, ...]:
    """The cluster, registry and image services that a cloud's rule asks for, sorted."""
    if source not in _CLOUDS:
        return ()
    return tuple(sorted(set(_OPERATION.findall(condition))))


def platforms(rule: ParsedRule) -> tuple[Stated, ...]:
    """That of the source; for system calls those that tags and condition say, else Linux."""
    source = _source(rule)
    found: dict[str, str] = {}
    if source == SYSCALL:
        for tag in rule.tags:
            if (platform := _BY_TAG.get(tag)) is not None:
                found.setdefault(platform, f"tag {tag}")
        if _SAYS_CONTAINER in rule.fields:
            found.setdefault("Containers", "condition container")
        found = found or {"Linux": f"source {SYSCALL}"}
    elif (by_source := _BY_SOURCE.get(source)) is not None:
        found[by_source] = f"source {source}"
    for operation in rule.operations[:1]:
        found["Containers"] = f"condition {operation}"
    return stated_platforms(found)


def column(rule: ParsedRule) -> Stated:
    """Control plane for Kubernetes' audit; of system calls, runtime or node."""
    source = _source(rule)
    if source in _KUBERNETES:
        return Stated(value=ScopeColumn.CONTROL_PLANE, field=f"source {source}")
    if rule.operations:
        return Stated(value=ScopeColumn.CONTROL_PLANE, field=f"condition {rule.operations[0]}")
    if source == "docker":
        return Stated(value=ScopeColumn.RUNTIME, field=f"source {source}")
    if source != SYSCALL:
        return OTHER
    if "container" in rule.tags:
        return Stated(value=ScopeColumn.RUNTIME, field="tag container")
    if _SAYS_CONTAINER in rule.fields:
        return Stated(value=ScopeColumn.RUNTIME, field="condition container")
    if "host" in rule.tags:
        return Stated(value=ScopeColumn.NODE, field="tag host")
    return Stated(value=ScopeColumn.NODE, field=f"source {SYSCALL}")


def _source(rule: ParsedRule) -> str:
    return rule.integrations[0].removeprefix("source ") if rule.integrations else SYSCALL
