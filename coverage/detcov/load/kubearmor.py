"""KubeArmor policies: Kubernetes resources, ids and tactics among the free `spec.tags`.

Format: KubeArmor's policy templates, and what `karmor recommend` writes
("MITRE_T1552_unsecured_credentials").
"""

import re
from collections.abc import Iterator
from typing import Any

from detcov.attack.ids import tactic_slug
from detcov.load.parsed import About, RuleFormat, StateRule
from detcov.load.tags import id_mapping, inside, tactic_mapping
from detcov.load.values import placed_texts, scalar, table, text
from detcov.load.yaml_text import YamlFile
from detcov.model import Mapping, Place, Rule, RuleKey, ScopeColumn, State, Stated

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

_ABOUT = About(
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


def rules(file: YamlFile, path: str) -> tuple[Rule, ...] | None:
    """Return the policies of a file, one a document; None if no document is a policy."""
    policies = []
    for index, document in enumerate(file.documents):
        policy = table(document)
        if text(policy.get("kind")) in _KINDS and isinstance(policy.get("spec"), dict):
            policies.append(_rule(file, path, index, policy))
    return tuple(policies) or None


def _rule(file: YamlFile, path: str, index: int, policy: dict[Any, Any]) -> Rule:
    kind, spec = policy["kind"], policy["spec"]
    on_host = kind == "KubeArmorHostPolicy"
    tags, defects = placed_texts(file, (index, "spec", "tags"), spec.get("tags"))
    mappings = (_mapping(tag, place, entry) for entry, (tag, place) in enumerate(tags))
    name = text(table(policy.get("metadata")).get("name"))
    # KubeArmor blocks unless it is told to audit, and an action Allow blocks all the rest.
    actions = {action.lower() for action in _stated(spec, "action")} - {""}
    blocks = not actions or not actions.isdisjoint(_BLOCKS)
    return Rule(
        key=RuleKey(format="kubearmor", native_id=name),
        name=name,
        path=path,
        state=State(
            kind=Stated(
                value="prevention" if blocks else "detection", field="action" if actions else ""
            )
        ),
        severity=_severity(_stated(spec, "severity")),
        platforms=(Stated(value="Linux" if on_host else "Containers", field=f"kind {kind}"),),
        mappings=tuple(mapping for mapping in mappings if mapping is not None),
        tags=tuple(tag for tag, _ in tags),
        place=file.key_line((index,), ("kind", "metadata", "spec")),
        paired=False,
        column=Stated(
            value=ScopeColumn.NODE if on_host else ScopeColumn.RUNTIME, field=f"kind {kind}"
        ),
        reads=tuple(part for part in _PARTS if spec.get(part)),
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
    levels = [int(value) for value in stated if re.fullmatch(r"[1-9]|10", value)]
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


FORMAT = RuleFormat(
    name="kubearmor",
    title="KubeArmor policy (YAML)",
    about=_ABOUT,
    rules=rules,
    paired=False,
    marks=("KubeArmor",),
)
