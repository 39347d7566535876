"""StackRox (Red Hat Advanced Cluster Security) policies: JSON, one a file or an export of many.

Format: the policies that StackRox ships, and the `{"policies": [...]}` that its export writes.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any, Protocol

from detcov.load.json_text import JsonFile
from detcov.load.lines import Path
from detcov.load.parsed import About, ParsedRule, StateRule, enabled_by, no_path
from detcov.load.values import Placed, placed_texts, scalar, tables, text, texts
from detcov.model import Defect, Mapping, Place, Role, ScopeColumn, State, Stated

name = "stackrox"
title = "StackRox policy (JSON)"
paired = True
marks = ("policySections", "mitreAttackVectors", "lifecycleStages")
excludes = no_path

_SEVERITIES = {
    "LOW_SEVERITY": "low",
    "MEDIUM_SEVERITY": "medium",
    "HIGH_SEVERITY": "high",
    "CRITICAL_SEVERITY": "critical",
}
_STAGES, _SOURCE = "lifecycleStages", "eventSource"
_ENABLED = enabled_by("disabled", off=True)

about = About(
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


def recognises(file: JsonFile) -> bool:
    """Whether there is a policy in the file."""
    return next(_policies(file), None) is not None


def parse(file: JsonFile) -> tuple[ParsedRule, ...]:
    """The policies of a file; see `RuleFormat.parse`."""
    return tuple(_rule(file, at, policy) for at, policy in _policies(file))


def state(rule: ParsedRule, path: str) -> State:  # noqa: ARG001 - a policy's path says nothing
    """What stages and `disabled` say; see `RuleFormat.state`."""
    stages = rule.stated.get(_STAGES, "")
    kind = "posture" if stages and "RUNTIME" not in stages.split() else "detection"
    return State(
        lifecycle=Stated(value="stable"),
        emits=Stated(value="alert"),
        kind=Stated(value=kind, field=_STAGES if stages else ""),
        enabled=_ENABLED.get(rule.stated.get("disabled", ""), Stated(value="unstated")),
    )


def platforms(rule: ParsedRule) -> tuple[Stated, ...]:
    """Containers, or Linux for the events of a node."""
    stages, source = rule.stated.get(_STAGES), rule.stated.get(_SOURCE)
    if source == "NODE_EVENT":
        return (Stated(value="Linux", field=f"{_SOURCE} {source}"),)
    if source or stages:
        field = f"{_SOURCE} {source}" if source else f"{_STAGES} {stages}"
        return (Stated(value="Containers", field=field),)
    return ()


def column(rule: ParsedRule) -> Stated:
    """Control plane for the audit log, images and deployments; runtime for what runs in pods."""
    stages, source = rule.stated.get(_STAGES, ""), rule.stated.get(_SOURCE)
    by_source = {"AUDIT_LOG_EVENT": ScopeColumn.CONTROL_PLANE, "NODE_EVENT": ScopeColumn.NODE}
    if source in by_source:
        return Stated(value=by_source[source], field=f"{_SOURCE} {source}")
    if not stages:
        return Stated(value=ScopeColumn.OTHER)
    runs = "RUNTIME" in stages.split()
    found = ScopeColumn.RUNTIME if runs else ScopeColumn.CONTROL_PLANE
    return Stated(value=found, field=f"{_STAGES} {stages}")


def _policies(file: JsonFile) -> Iterator[tuple[Path, dict[str, Any]]]:
    for index, tree in enumerate(file.documents):
        if isinstance(tree, dict) and _is_policy(tree):
            yield (index,), tree
            continue
        below = tree.get("policies") if isinstance(tree, dict) else tree
        at = (index, "policies") if isinstance(tree, dict) else (index,)
        for position, policy in tables(below):
            if _is_policy(policy):
                yield (*at, position), policy


def _is_policy(tree: dict[str, Any]) -> bool:
    return isinstance(tree.get(_STAGES), list) and (
        isinstance(tree.get("policySections"), list) or "policyVersion" in tree
    )


class _File(Placed, Protocol):
    """JSON or YAML."""

    def defects(self, at: Path) -> tuple[Defect, ...]: ...


def _rule(file: JsonFile, at: Path, policy: dict[str, Any]) -> ParsedRule:
    return rule_of(
        file,
        at,
        policy,
        native_id=text(policy.get("id")),
        name=text(policy.get("name")),
        place=file.at(at),
    )


def rule_of(
    file: _File, at: Path, policy: dict[Any, Any], *, native_id: str, name: str, place: Place
) -> ParsedRule:
    """The rule of a policy whose fields stand at `at`; id and name have other fields elsewhere."""
    mappings, defects = _vectors(file, (*at, "mitreAttackVectors"), policy)
    stated = {
        _STAGES: " ".join(texts(policy.get(_STAGES))),
        _SOURCE: text(policy.get(_SOURCE)),
        "disabled": scalar(policy.get("disabled")),
    }
    source = stated[_SOURCE] if stated[_SOURCE] != "NOT_APPLICABLE" else ""
    stated[_SOURCE] = source
    return ParsedRule(
        native_id=native_id,
        name=name,
        severity=_SEVERITIES.get(text(policy.get("severity")), ""),
        place=place,
        stated={key: value for key, value in stated.items() if value},
        tags=texts(policy.get("categories")),
        integrations=(f"{_SOURCE} {source}",) if source else (),
        mappings=tuple(mappings),
        defects=(*defects, *file.defects(at)),
    )


def _vectors(file: _File, at: Path, policy: dict[Any, Any]) -> tuple[list[Mapping], list[Defect]]:
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
