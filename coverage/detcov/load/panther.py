"""Panther detections: YAML beside Python, mappings in `Reports` as "TA0005:T1562".

Format: Panther's analysis repository. What a detection looks for stands in a Python file of its
own, so that only the YAML's own fields are seen here. Queries, data models, packs and lookup
tables are no rules.
"""

import re
from collections.abc import Mapping as MappingType
from typing import Any

from detcov.load import panther_sources
from detcov.load.parsed import About, RuleFormat, StateRule, Telltale, enabled_by
from detcov.load.tags import id_mapping, inside, says_id
from detcov.load.values import placed_texts, scalar, text, texts
from detcov.load.yaml_text import YamlFile
from detcov.model import Defect, Mapping, Place, Role, Rule, RuleKey, State, Stated

_RULES = frozenset({"rule", "scheduled_rule", "correlation_rule", "policy"})
_OTHERS = frozenset(
    {"scheduled_query", "saved_query", "datamodel", "global", "global_helper", "lookup_table"}
    | {"pack", "simple_detection"}
)
_REPORT = re.compile(r"mitre(?: att&?a?ck)?", re.IGNORECASE)
_SEVERITIES = {
    "info": "informational",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "critical": "critical",
}
_LIFECYCLES = {"stable": "stable", "experimental": "experimental", "deprecated": "deprecated"}
_ENABLED = enabled_by("Enabled")

_ABOUT = About(
    files="YAML files whose `AnalysisType` is `rule`, `scheduled_rule`, `correlation_rule` or "
    "`policy`. Queries, data models, packs and the like are passed over.",
    mappings="`Reports`, below the key `MITRE ATT&CK`: `TA0005:T1562`. Other keys beside it (CIS, "
    "PCI …) are none",
    key="`RuleID` or `PolicyID`, else path and position",
    severity="`Severity` (`Info` is informational)",
    platforms="`LogTypes` or `ResourceTypes`, by their beginnings; for a rule on Kubernetes "
    "Containers alone",
    platform_values=panther_sources.VALUES,
    columns=(
        (
            "control plane",
            ("a part of the id between dots is `Kubernetes`, `K8s`, `GKE`, `AKS`, `EKS` or `ECR`"),
        ),
        (
            "control plane",
            "the tag `Kubernetes`, or `LogTypes` of `Amazon.EKS.Audit` alone",
        ),
        ("node", "a platform is Linux"),
        ("other", "all the rest"),
    ),
    state=(
        StateRule("lifecycle", "deprecated", "`Deprecated`", "Status"),
        StateRule("lifecycle", "stable", "`Stable`", "Status"),
        StateRule("lifecycle", "experimental", "any other status", "Status"),
        StateRule("lifecycle", "stable", "no status"),
        StateRule("emits", "signal", "`false`", "CreateAlert"),
        StateRule("emits", "alert", "otherwise"),
        StateRule("kind", "posture", "`policy`", "AnalysisType"),
        StateRule("kind", "detection", "otherwise"),
        StateRule("enabled", "yes", "`true`", "Enabled"),
        StateRule("enabled", "no", "`false`", "Enabled"),
        StateRule("enabled", "unstated", "otherwise"),
    ),
)


def rules(file: YamlFile, path: str) -> tuple[Rule, ...] | None:
    """Return the detections of a file, one a document; None if no document is Panther's."""
    analyses = [
        (index, document, kind)
        for index, document in enumerate(file.documents)
        if isinstance(document, dict)
        and (kind := text(document.get("AnalysisType"))) in _RULES | _OTHERS
    ]
    if not analyses:
        return None
    return tuple(
        _rule(file, path, index, document) for index, document, kind in analyses if kind in _RULES
    )


def _rule(file: YamlFile, path: str, index: int, tree: MappingType[Any, Any]) -> Rule:
    native_id = text(tree.get("RuleID")) or text(tree.get("PolicyID"))
    mappings, defects = _mappings(file, index, tree.get("Reports"))
    tags = texts(tree.get("Tags"))
    reads_field = "LogTypes" if tree.get("LogTypes") else "ResourceTypes"
    reads = texts(tree.get(reads_field))
    platforms = panther_sources.platforms(native_id, tags, reads, reads_field)
    return Rule(
        key=RuleKey(format="panther", native_id=native_id),
        name=text(tree.get("DisplayName")) or native_id,
        path=path,
        severity=_SEVERITIES.get(text(tree.get("Severity")).lower(), ""),
        state=_state(tree),
        mappings=tuple(mappings),
        platforms=platforms,
        tags=tags,
        references=texts(tree.get("Reference")),
        place=file.key_line((index,), ("RuleID", "PolicyID", "AnalysisType")),
        column=panther_sources.column(native_id, tags, reads, platforms),
        reads=reads,
        defects=(*defects, *file.defects((index,))),
    )


def _state(tree: MappingType[Any, Any]) -> State:
    lifecycle, emits = Stated(value="stable"), Stated(value="alert")
    kind = Stated(value="detection")
    if status := scalar(tree.get("Status")).lower():
        lifecycle = Stated(value=_LIFECYCLES.get(status, "experimental"), field="Status")
    if scalar(tree.get("CreateAlert")) == "false":
        emits = Stated(value="signal", field="CreateAlert")
    if tree["AnalysisType"] == "policy":
        kind = Stated(value="posture", field="AnalysisType")
    enabled = _ENABLED.get(scalar(tree.get("Enabled")), Stated(value="unstated"))
    return State(lifecycle=lifecycle, emits=emits, kind=kind, enabled=enabled)


def _mappings(file: YamlFile, index: int, reports: Any) -> tuple[list[Mapping], list[Defect]]:
    mappings: list[Mapping] = []
    defects: list[Defect] = []
    for key, stated in reports.items() if isinstance(reports, dict) else ():
        if isinstance(key, str) and _REPORT.fullmatch(" ".join(key.split())):
            pairs, not_texts = placed_texts(file, (index, "Reports", key), stated)
            for pair, place in pairs:
                mappings.append(_mapping(pair, place, len(mappings)))
            defects += not_texts
    return mappings, defects


def _mapping(pair: str, place: Place, entry: int) -> Mapping:
    """The mapping of "TA0005:T1562", each part with its place."""
    before, colon, after = pair.partition(":")
    if not colon:
        return id_mapping(pair, place, entry)
    tactic, technique = before.strip(), after.strip()
    tactic_at = inside(place, len(before) - len(before.lstrip()), len(tactic))
    skipped = len(before) + 1 + len(after) - len(after.lstrip())
    at = inside(place, skipped, len(technique))
    by_id = says_id(tactic)
    return Mapping(
        role=Role.CLAIM if technique else Role.TACTIC,
        place=at if technique else tactic_at,
        tactic_id=tactic if by_id else None,
        tactic_name=None if by_id or not tactic else tactic,
        technique_id=technique or None,
        tactic_place=tactic_at if by_id else None,
        tactic_name_place=None if by_id else tactic_at,
        entry=entry,
    )


FORMAT = RuleFormat(
    name="panther",
    title="Panther detection (YAML)",
    about=_ABOUT,
    rules=rules,
    marks=("AnalysisType:",),
    telltales=tuple(
        Telltale(keys={key: str, "Severity": str}, needs="AnalysisType", values=_RULES | _OTHERS)
        for key in ("RuleID", "PolicyID")
    ),
)
