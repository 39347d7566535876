"""KubeArmor policies: Kubernetes resources, ids and tactics among the free `spec.tags`.

Format: KubeArmor's policy templates, and what `karmor recommend` writes
("MITRE_T1552_unsecured_credentials").
"""

import re
from collections.abc import Iterator
from typing import Any

from detcov.attack.ids import tactic_slug
from detcov.load.parsed import About, ParsedRule, StateRule, no_path
from detcov.load.tags import id_mapping, inside, tactic_mapping
from detcov.load.values import placed_texts, scalar, table, text
from detcov.load.yaml_text import YamlFile
from detcov.model import Mapping, Place, ScopeColumn, State, Stated

name = "kubearmor"
title = "KubeArmor policy (YAML)"
paired = False
marks = ("KubeArmor",)
excludes = no_path

_KINDS = frozenset({"KubeArmorPolicy", "KubeArmorClusterPolicy", "KubeArmorHostPolicy"})
_PARTS = ("process", "file", "network", "capabilities", "syscalls")
_BLOCKS = ("block", "allow")
# The tactics of ATT&CK Enterprise, 18 and 19, as slugs: any other word is just a tag.
_TACTICS = frozenset(
    {
        "reconnaissance",
        "resource-development",
        "initial-access",
        "execution",
        "persistence",
        "privilege-escalation",
        "defense-evasion",
        "stealth",
        "defense-impairment",
        "credential-access",
        "discovery",
        "lateral-movement",
        "collection",
        "command-and-control",
        "exfiltration",
        "impact",
    }
)
_MITRE = re.compile(r"mitre[_-](?=.)", re.IGNORECASE)
_ID = re.compile(r"ta?\d{3,}", re.IGNORECASE | re.ASCII)
_ID_AND_NAME = re.compile(r"(ta?\d{4}(?:\.\d{3})?)[_-][a-z].*", re.IGNORECASE | re.ASCII)
# Of ten, as the policies have it.
_SEVERITIES = ((9, "critical"), (7, "high"), (4, "medium"), (1, "low"))

about = About(
    files="YAML documents of the kinds `KubeArmorPolicy`, `KubeArmorClusterPolicy` and "
    "`KubeArmorHostPolicy`. Network policies (Cilium's, Kubernetes') and other resources are "
    "passed over",
    mappings="`spec.tags`: ids (any case, with `MITRE_` in front and a name behind, too) and names "
    "of tactics. Other tags are no mapping",
    key="`metadata.name`, else path and position",
    severity="the highest `severity` of the policy and its parts, of ten: to 3 low, to 6 medium, "
    "to 8 high, then critical",
    platforms="the kind: Containers, or Linux for hosts",
    platform_values={
        "`kind` `KubeArmorPolicy`, `KubeArmorClusterPolicy`": "Containers",
        "`kind` `KubeArmorHostPolicy`": "Linux",
    },
    columns=(
        ("node", "`kind` is `KubeArmorHostPolicy`"),
        ("runtime", "any other kind"),
    ),
    state=(
        StateRule("lifecycle", "stable", "always: KubeArmor has no such field"),
        StateRule("emits", "alert", "always: what is blocked is told, too"),
        StateRule(
            "kind",
            "prevention",
            "an action `Block`, or `Allow`, which blocks all the rest; of the policy, a part or an "
            "entry",
            "action",
        ),
        StateRule("kind", "detection", "`Audit` only", "action"),
        StateRule("kind", "prevention", "no action: KubeArmor blocks then"),
        StateRule("enabled", "unstated", "always"),
    ),
)


def recognises(file: YamlFile) -> bool:
    """Whether there is a policy in the file."""
    return next(_policies(file), None) is not None


def parse(file: YamlFile) -> tuple[ParsedRule, ...]:
    """The policies of a file, one a document; see `RuleFormat.parse`."""
    return tuple(_rule(file, index, tree) for index, tree in _policies(file))


def state(rule: ParsedRule, path: str) -> State:  # noqa: ARG001 - a policy's path says nothing
    """What its actions say; see `RuleFormat.state`."""
    actions = rule.stated.get("action", "").split()
    blocks = not actions or any(one in _BLOCKS for one in actions)
    return State(
        lifecycle=Stated(value="stable"),
        emits=Stated(value="alert"),
        kind=Stated(
            value="prevention" if blocks else "detection", field="action" if actions else ""
        ),
        enabled=Stated(value="unstated"),
    )


def platforms(rule: ParsedRule) -> tuple[Stated, ...]:
    """Containers, or Linux for hosts."""
    kind = rule.stated["kind"]
    platform = "Linux" if kind == "KubeArmorHostPolicy" else "Containers"
    return (Stated(value=platform, field=f"kind {kind}"),)


def column(rule: ParsedRule) -> Stated:
    """Runtime, or node for hosts."""
    kind = rule.stated["kind"]
    found = ScopeColumn.NODE if kind == "KubeArmorHostPolicy" else ScopeColumn.RUNTIME
    return Stated(value=found, field=f"kind {kind}")


def _policies(file: YamlFile) -> Iterator[tuple[int, dict[Any, Any]]]:
    for index, tree in enumerate(file.documents):
        if isinstance(tree, dict) and _kind(tree) and isinstance(tree.get("spec"), dict):
            yield index, tree


def _kind(tree: dict[Any, Any]) -> str:
    kind = text(tree.get("kind"))
    return kind if kind in _KINDS else ""


def _rule(file: YamlFile, index: int, tree: dict[Any, Any]) -> ParsedRule:
    spec = tree["spec"]
    tags, defects = placed_texts(file, (index, "spec", "tags"), spec.get("tags"))
    mappings = (_mapping(tag, place, entry) for entry, (tag, place) in enumerate(tags))
    named = text(table(tree.get("metadata")).get("name"))
    actions = " ".join(sorted({one.lower() for one in _stated(spec, "action")} - {""}))
    return ParsedRule(
        native_id=named,
        name=named,
        severity=_severity(_stated(spec, "severity")),
        place=file.key_line((index,), ("kind", "metadata", "spec")),
        stated={"kind": _kind(tree)} | ({"action": actions} if actions else {}),
        tags=tuple(tag for tag, _ in tags),
        integrations=tuple(part for part in _PARTS if spec.get(part)),
        mappings=tuple(one for one in mappings if one is not None),
        defects=(*defects, *file.defects((index,))),
    )


def _stated(spec: dict[Any, Any], key: str) -> Iterator[str]:
    """The values of a key of the policy, its parts, and their entries."""
    nodes = [spec, *(table(spec.get(part)) for part in _PARTS)]
    for node in nodes:
        yield scalar(node.get(key))
        for entries in node.values():
            for entry in entries if isinstance(entries, list) else ():
                yield scalar(table(entry).get(key))


def _severity(stated: Iterator[str]) -> str:
    levels = [int(one) for one in stated if re.fullmatch(r"[1-9]|10", one)]
    return next((name for least, name in _SEVERITIES if max(levels, default=0) >= least), "")


def _mapping(tag: str, place: Place, entry: int) -> Mapping | None:
    shift = len(tag) - len(tag.lstrip())
    said = tag.strip()
    if (prefix := _MITRE.match(said)) is not None:
        shift += prefix.end()
        said = said[prefix.end() :]
    if (found := _ID_AND_NAME.fullmatch(said)) is not None:
        said = found[1]
    at = inside(place, shift, len(said))
    if _ID.match(said):
        return id_mapping(said, at, entry)
    return tactic_mapping(said, at, entry) if tactic_slug(said) in _TACTICS else None
