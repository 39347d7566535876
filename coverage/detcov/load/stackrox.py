"""StackRox (Red Hat Advanced Cluster Security) policies: JSON, one a file or an export of many.

Format: the policies that StackRox ships, and the `{"policies": [...]}` that its export writes.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any, Protocol

from detcov.load.json_text import JsonFile
from detcov.load.lines import Path
from detcov.load.parsed import About, RuleFormat, StateRule, enabled_by
from detcov.load.scope import OTHER
from detcov.load.values import Placed, placed_texts, scalar, tables, text, texts
from detcov.model import Defect, Mapping, Place, Role, Rule, RuleKey, ScopeColumn, State, Stated

_SEVERITIES = {
    "LOW_SEVERITY": "low",
    "MEDIUM_SEVERITY": "medium",
    "HIGH_SEVERITY": "high",
    "CRITICAL_SEVERITY": "critical",
}
_STAGES, _SOURCE = "lifecycleStages", "eventSource"
_ENABLED = enabled_by("disabled", off=True)

_ABOUT = About(
    files="JSON files that are a policy (`policySections`, `lifecycleStages`), a list of them, or "
    "an export with `policies`",
    mappings="`mitreAttackVectors`: `tactic` and its `techniques`",
    key="`id`, else path and position",
    severity="`severity` without `_SEVERITY`",
    platforms="Containers for whatever looks at images, deployments, pods or the cluster's audit "
    "log; Linux for the events of a node",
    platform_values={
        "`eventSource` `NODE_EVENT`": "Linux",
        "any other `eventSource` or `lifecycleStages`": "Containers",
    },
    columns=(
        ("control plane", "`eventSource` is `AUDIT_LOG_EVENT`"),
        ("node", "`eventSource` is `NODE_EVENT`"),
        ("runtime", "`lifecycleStages` has `RUNTIME`"),
        ("control plane", "`lifecycleStages` has `BUILD` or `DEPLOY` (images, deployments)"),
        ("other", "no stage is stated"),
    ),
    state=(
        StateRule("lifecycle", "stable", "always: StackRox has no such field"),
        StateRule("emits", "alert", "always"),
        StateRule("kind", "posture", "`BUILD` and `DEPLOY` only, no `RUNTIME`", _STAGES),
        StateRule("kind", "detection", "otherwise", _STAGES),
        StateRule("kind", "detection", "no stage is stated"),
        StateRule("enabled", "no", "`true`", "disabled"),
        StateRule("enabled", "yes", "`false`", "disabled"),
        StateRule("enabled", "unstated", "otherwise"),
    ),
)


class _File(Placed, Protocol):
    """JSON or YAML."""

    def defects(self, at: Path) -> tuple[Defect, ...]: ...


def rules(file: JsonFile, path: str) -> tuple[Rule, ...] | None:
    """Return the policies of a file; None if there is none."""
    policies = [
        rule_of(
            file,
            at,
            policy,
            key=RuleKey(format="stackrox", native_id=text(policy.get("id"))),
            name=text(policy.get("name")),
            path=path,
            place=file.at(at),
        )
        for at, policy in _policies(file)
    ]
    return tuple(policies) or None


def _policies(file: JsonFile) -> Iterator[tuple[Path, dict[str, Any]]]:
    for index, document in enumerate(file.documents):
        if isinstance(document, dict) and _is_policy(document):
            yield (index,), document
            continue
        below = document.get("policies") if isinstance(document, dict) else document
        at = (index, "policies") if isinstance(document, dict) else (index,)
        for position, policy in tables(below):
            if _is_policy(policy):
                yield (*at, position), policy


def _is_policy(tree: dict[str, Any]) -> bool:
    return isinstance(tree.get(_STAGES), list) and (
        isinstance(tree.get("policySections"), list) or "policyVersion" in tree
    )


def rule_of(
    file: _File,
    at: Path,
    policy: dict[Any, Any],
    *,
    key: RuleKey,
    name: str,
    path: str,
    place: Place,
) -> Rule:
    """Return the rule of a policy whose fields stand at `at`.

    Id and name are given, since they have other fields where policies are code.
    """
    stages, source = " ".join(texts(policy.get(_STAGES))), text(policy.get(_SOURCE))
    if source == "NOT_APPLICABLE":
        source = ""
    mappings, defects = _mappings(file, (*at, "mitreAttackVectors"), policy)
    kind = Stated(value="detection")
    if stages:
        is_posture = "RUNTIME" not in stages.split()
        kind = Stated(value="posture" if is_posture else "detection", field=_STAGES)
    return Rule(
        key=key,
        name=name,
        path=path,
        severity=_SEVERITIES.get(text(policy.get("severity")), ""),
        state=State(
            kind=kind,
            enabled=_ENABLED.get(scalar(policy.get("disabled")), Stated(value="unstated")),
        ),
        mappings=tuple(mappings),
        platforms=_platforms(stages, source),
        tags=texts(policy.get("categories")),
        place=place,
        column=_column(stages, source),
        reads=(f"{_SOURCE} {source}",) if source else (),
        defects=(*defects, *file.defects(at)),
    )


def _platforms(stages: str, source: str) -> tuple[Stated, ...]:
    if source:
        platform = "Linux" if source == "NODE_EVENT" else "Containers"
        return (Stated(value=platform, field=f"{_SOURCE} {source}"),)
    if stages:
        return (Stated(value="Containers", field=f"{_STAGES} {stages}"),)
    return ()


def _column(stages: str, source: str) -> Stated:
    """Control plane for the audit log, images and deployments; runtime for what runs in pods."""
    if source == "AUDIT_LOG_EVENT":
        return Stated(value=ScopeColumn.CONTROL_PLANE, field=f"{_SOURCE} {source}")
    if source == "NODE_EVENT":
        return Stated(value=ScopeColumn.NODE, field=f"{_SOURCE} {source}")
    if not stages:
        return OTHER
    scope = ScopeColumn.RUNTIME if "RUNTIME" in stages.split() else ScopeColumn.CONTROL_PLANE
    return Stated(value=scope, field=f"{_STAGES} {stages}")


def _mappings(file: _File, at: Path, policy: dict[Any, Any]) -> tuple[list[Mapping], list[Defect]]:
    mappings: list[Mapping] = []
    defects: list[Defect] = []
    for entry, vector in tables(policy.get("mitreAttackVectors")):
        here = (*at, entry)
        techniques, wrong = placed_texts(file, (*here, "techniques"), vector.get("techniques"))
        defects += wrong
        tactic = text(vector.get("tactic"))
        tactic_at = file.at((*here, "tactic"), tactic)
        stated = partial(
            Mapping,
            tactic_id=tactic or None,
            tactic_place=tactic_at if tactic else None,
            entry=entry,
        )
        for technique, place in techniques:
            mappings.append(stated(role=Role.CLAIM, place=place, technique_id=technique))
        if not techniques and not wrong:
            mappings.append(stated(role=Role.TACTIC, place=tactic_at))
    return mappings, defects


FORMAT = RuleFormat(
    name="stackrox",
    title="StackRox policy (JSON)",
    about=_ABOUT,
    rules=rules,
    marks=("policySections", "mitreAttackVectors", "lifecycleStages"),
)
