"""What a Falco rule's `source`, tags and condition say of platforms and of where it looks.

Names are those of ATT&CK 18 and 19. Falco's system calls are Linux's; a plugin's source is the
product that it reads.
"""

import re
from typing import Final

from detcov.load.parsed import stated_platforms
from detcov.load.scope import AMAZON, GOOGLE, OTHER
from detcov.model import ScopeColumn, Stated

SYSCALL: Final = "syscall"
"""The source of a rule that states none"""
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
"""Stands among the container fields of a condition that asks for an event in a container"""


def container_fields(condition: str) -> tuple[str, ...]:
    """Container and Kubernetes fields that a condition uses, sorted.

    Among them "container", where the condition asks for an event inside of one.
    """
    fields = set(_FIELD.findall(condition))
    if _IN_CONTAINER.search(" ".join(condition.split())):
        fields.add(_SAYS_CONTAINER)
    return tuple(sorted(fields))


def operations(source: str, condition: str) -> tuple[str, ...]:
    """The cluster, registry and image services that a cloud's rule asks for, sorted."""
    if source not in _CLOUDS:
        return ()
    return tuple(sorted(set(_OPERATION.findall(condition))))


def platforms(
    source: str,
    tags: tuple[str, ...],
    operations: tuple[str, ...],
    container_fields: tuple[str, ...],
) -> tuple[Stated, ...]:
    """That of the source; for system calls those that tags and condition say, else Linux."""
    fields: dict[str, str] = {}
    if source == SYSCALL:
        for tag in tags:
            if (platform := _BY_TAG.get(tag)) is not None:
                fields.setdefault(platform, f"tag {tag}")
        if _SAYS_CONTAINER in container_fields:
            fields.setdefault("Containers", "condition container")
        fields = fields or {"Linux": f"source {SYSCALL}"}
    elif (by_source := _BY_SOURCE.get(source)) is not None:
        fields[by_source] = f"source {source}"
    if operations:
        fields["Containers"] = f"condition {operations[0]}"
    return stated_platforms(fields)


def column(
    source: str,
    tags: tuple[str, ...],
    operations: tuple[str, ...],
    container_fields: tuple[str, ...],
) -> Stated:
    """Control plane for Kubernetes' audit; of system calls, runtime or node."""
    if source == "k8s_audit":
        return Stated(value=ScopeColumn.CONTROL_PLANE, field="source k8s_audit")
    if operations:
        return Stated(value=ScopeColumn.CONTROL_PLANE, field=f"condition {operations[0]}")
    if source == "docker":
        return Stated(value=ScopeColumn.RUNTIME, field="source docker")
    if source != SYSCALL:
        return OTHER
    if "container" in tags:
        return Stated(value=ScopeColumn.RUNTIME, field="tag container")
    if _SAYS_CONTAINER in container_fields:
        return Stated(value=ScopeColumn.RUNTIME, field="condition container")
    if "host" in tags:
        return Stated(value=ScopeColumn.NODE, field="tag host")
    return Stated(value=ScopeColumn.NODE, field=f"source {SYSCALL}")
