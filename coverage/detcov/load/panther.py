"""Panther detections: YAML beside Python, mappings in `Reports` as "TA0005:T1562".

Format: Panther's analysis repository. What a detection looks for stands in a Python file of its
own, so that only the YAML's own fields are seen here. Queries, data models, packs and lookup
tables are no rules.
"""

import re
from collections.abc import Iterator
from collections.abc import Mapping as MappingType
from typing import Any

from detcov.load import panther_sources
from detcov.load.parsed import About, ParsedRule, StateRule, enabled_by, no_path
from detcov.load.tags import id_mapping, inside, says_id
from detcov.load.values import as_stated, placed_texts
from detcov.load.values import text as _text
from detcov.load.values import texts as _texts
from detcov.load.yaml_text import YamlFile
from detcov.model import Defect, Mapping, Place, Role, State, Stated

name = "panther"
title = "Panther detection (YAML)"
paired = True
marks = ("AnalysisType:",)
excludes = no_path

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
_STABLE, _UNSTATED = Stated(value="stable"), Stated(value="unstated")
_ALERT = Stated(value="alert")
_SIGNAL = Stated(value="signal", field="CreateAlert")
_DETECTION = Stated(value="detection")
_POSTURE = Stated(value="posture", field="AnalysisType")
_ENABLED = enabled_by("Enabled")

about = About(
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


def recognises(file: YamlFile) -> bool:
    """Whether a document has an `AnalysisType` of Panther's."""
    return any(
        isinstance(one, dict) and _text(one.get("AnalysisType")) in (_RULES | _OTHERS)
        for one in file.documents
    )


def parse(file: YamlFile) -> tuple[ParsedRule, ...]:
    """The detections of a file; see `RuleFormat.parse`."""
    return tuple(
        _rule(file, number, tree)
        for number, tree in enumerate(file.documents)
        if isinstance(tree, dict) and _text(tree.get("AnalysisType")) in _RULES
    )


def state(rule: ParsedRule, path: str) -> State:  # noqa: ARG001 - the protocol's signature
    """What `Status`, `CreateAlert`, `AnalysisType` and `Enabled` say; see `RuleFormat.state`."""
    status = rule.stated.get("Status", "").lower()
    lifecycle = Stated(value=_LIFECYCLES.get(status, "experimental"), field="Status")
    return State(
        lifecycle=lifecycle if status else _STABLE,
        emits=_SIGNAL if rule.stated.get("CreateAlert") == "false" else _ALERT,
        kind=_POSTURE if rule.stated.get("AnalysisType") == "policy" else _DETECTION,
        enabled=_ENABLED.get(rule.stated.get("Enabled", ""), _UNSTATED),
    )


platforms = panther_sources.platforms
column = panther_sources.column


def _rule(file: YamlFile, number: int, tree: MappingType[Any, Any]) -> ParsedRule:
    mappings, defects = _reports(file, number, tree.get("Reports"))
    key = next((tree[one] for one in ("RuleID", "PolicyID") if _text(tree.get(one))), "")
    reads = "LogTypes" if tree.get("LogTypes") else "ResourceTypes"
    return ParsedRule(
        native_id=key,
        name=_text(tree.get("DisplayName")) or key,
        severity=_SEVERITIES.get(_text(tree.get("Severity")).lower(), ""),
        place=file.key_line((number,), ("RuleID", "PolicyID", "AnalysisType")),
        stated=_stated(tree) | {"reads": reads},
        tags=tuple(_texts(tree.get("Tags"))),
        integrations=tuple(_texts(tree.get(reads))),
        mappings=tuple(mappings),
        references=tuple(_texts(tree.get("Reference"))),
        defects=(*defects, *file.defects((number,))),
    )


def _stated(tree: MappingType[Any, Any]) -> dict[str, str]:
    keys = ("Status", "CreateAlert", "AnalysisType", "Enabled")
    return as_stated({key: tree.get(key) for key in keys})


def _reports(file: YamlFile, number: int, reports: Any) -> tuple[list[Mapping], list[Defect]]:
    mappings: list[Mapping] = []
    defects: list[Defect] = []
    for key, stated in reports.items() if isinstance(reports, dict) else ():
        if not isinstance(key, str) or not _REPORT.fullmatch(" ".join(key.split())):
            continue
        found, wrong = placed_texts(file, (number, "Reports", key), stated)
        for value, place in found:
            mappings += _pair(value, place, len(mappings))
        defects += wrong
    return mappings, defects


def _pair(text: str, place: Place, entry: int) -> Iterator[Mapping]:
    """The mapping of "TA0005:T1562", each part with its place."""
    before, colon, after = text.partition(":")
    if not colon:
        yield id_mapping(text, place, entry)
        return
    tactic, technique = before.strip(), after.strip()
    tactic_at = inside(place, len(before) - len(before.lstrip()), len(tactic))
    skipped = len(before) + 1 + len(after) - len(after.lstrip())
    at = inside(place, skipped, len(technique))
    by_id = says_id(tactic)
    yield Mapping(
        role=Role.CLAIM if technique else Role.TACTIC,
        place=at if technique else tactic_at,
        tactic_id=tactic if by_id else None,
        tactic_name=None if by_id or not tactic else tactic,
        technique_id=technique or None,
        tactic_place=tactic_at if by_id else None,
        tactic_name_place=None if by_id else tactic_at,
        entry=entry,
    )
