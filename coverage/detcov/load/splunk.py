"""Splunk's security_content: one detection a YAML file, technique ids in its tags, no tactic.

Format: the detections of Splunk's security_content, as its tool contentctl reads them. Ids in
texts, urls, searches and the paths of test data are no mapping.
"""

import re
from collections.abc import Mapping as MappingType
from typing import Any

from detcov.load import splunk_sources
from detcov.load.parsed import About, ParsedRule, StateRule, no_path
from detcov.load.tags import id_mapping
from detcov.load.values import placed_texts
from detcov.load.values import text as _text
from detcov.load.values import texts as _texts
from detcov.load.yaml_text import YamlFile
from detcov.model import State, Stated

name = "splunk"
title = "Splunk security_content detection (YAML)"
paired = False
marks = ("mitre_attack_id", "analytic_story")
excludes = no_path

_KEY = "mitre_attack_id"
_TYPES = frozenset(
    {"ttp", "anomaly", "hunting", "correlation", "baseline", "investigation", "other"}
)
_EMITS = {
    "anomaly": Stated(value="signal", field="type"),
    "hunting": Stated(value="none", field="type"),
    "baseline": Stated(value="none", field="type"),
    "investigation": Stated(value="none", field="type"),
}
_ALERT, _DETECTION = Stated(value="alert"), Stated(value="detection")
_HUNT = Stated(value="hunt", field="type")
_LIFECYCLES = {
    "production": "stable",
    "validation": "test",
    "experimental": "experimental",
    "deprecated": "deprecated",
    "removed": "deprecated",
}
_RETIRED = frozenset({"deprecated", "removed"})
_UNSTATED = Stated(value="unstated")
_STEPS = ((20, "informational"), (40, "low"), (60, "medium"), (80, "high"), (100, "critical"))
_FIELD = re.compile(
    r"(?<![\w.])(?:(?:k8s|container|kubernetes)\.[a-z_]+(?:\.[a-z_]+)*|objectRef\.\w+)", re.ASCII
)

about = About(
    files="YAML files with a `search`, and `tags` that hold `mitre_attack_id`, or `analytic_story` "
    "beside a `type` of security_content's. Macros, lookups and stories are passed over.",
    mappings="`tags.mitre_attack_id`: technique ids, never a tactic",
    key="`id`, else path and position",
    severity="`tags.risk_score` (the highest of `rba.risk_objects` too; else impact times "
    "confidence) in five even steps: to 20 informational, 40 low, 60 medium, 80 high, then "
    "critical",
    platforms="`data_source`, by the beginning of its name; `tags.asset_type`; Containers too "
    "where the search asks for a cluster's audit log, or for cluster or registry operations",
    platform_values=splunk_sources.VALUES,
    columns=(
        ("runtime", "data source `Kubernetes Falco`"),
        ("control plane", "data source `Kubernetes Audit`"),
        (
            "control plane",
            (
                "a search over a cluster's audit log (`kube_audit`, `kube_objects_events`, "
                "`aws_cloudwatchlogs_eks`), or for cluster or registry operations"
            ),
        ),
        ("runtime", "asset type `Kubernetes`"),
        (
            "control plane",
            "asset type with `Kubernetes` (a managed cluster) or `Container Registry`",
        ),
        ("node", "a platform is Linux"),
        ("other", "all the rest"),
    ),
    state=(
        StateRule("lifecycle", "deprecated", "a folder `deprecated` or `removed`", "path"),
        StateRule("lifecycle", "deprecated", "`deprecated` or `removed`", "status"),
        StateRule("lifecycle", "stable", "`production`", "status"),
        StateRule("lifecycle", "test", "`validation`", "status"),
        StateRule("lifecycle", "experimental", "any other status", "status"),
        StateRule("lifecycle", "stable", "no status"),
        StateRule("emits", "signal", "`Anomaly`: it adds to a risk score", "type"),
        StateRule("emits", "none", "`Hunting`, `Baseline`, `Investigation`", "type"),
        StateRule("emits", "alert", "otherwise (`TTP`, `Correlation`)"),
        StateRule("kind", "hunt", "`Hunting`", "type"),
        StateRule("kind", "detection", "otherwise"),
        StateRule("enabled", "unstated", "always: the format has no such field"),
    ),
)


def recognises(file: YamlFile) -> bool:
    """Whether a document has a search, and a type or tags that only security_content has."""
    return any(isinstance(one, dict) and _is_detection(one) for one in file.documents)


def _is_detection(tree: MappingType[Any, Any]) -> bool:
    tags = tree.get("tags")
    if not isinstance(tree.get("search"), str) or not isinstance(tags, dict):
        return False
    return _KEY in tags or ("analytic_story" in tags and _text(tree.get("type")).lower() in _TYPES)


def parse(file: YamlFile) -> tuple[ParsedRule, ...]:
    """The detection of a file; see `RuleFormat.parse`."""
    return tuple(
        _rule(file, number, tree)
        for number, tree in enumerate(file.documents)
        if isinstance(tree, dict) and _is_detection(tree)
    )


def state(rule: ParsedRule, path: str) -> State:
    """What `status`, `type` and the folders say; see `RuleFormat.state`."""
    kind = rule.stated.get("type", "").lower()
    return State(
        lifecycle=_lifecycle(rule, path),
        emits=_EMITS.get(kind, _ALERT),
        kind=_HUNT if kind == "hunting" else _DETECTION,
        enabled=_UNSTATED,
    )


platforms = splunk_sources.platforms
column = splunk_sources.column


def _lifecycle(rule: ParsedRule, path: str) -> Stated:
    if not _RETIRED.isdisjoint(path.split("/")[:-1]):
        return Stated(value="deprecated", field="path")
    status = rule.stated.get("status", "").lower()
    if not status:
        return Stated(value="stable")
    return Stated(value=_LIFECYCLES.get(status, "experimental"), field="status")


def _rule(file: YamlFile, number: int, tree: MappingType[Any, Any]) -> ParsedRule:
    tags = tree["tags"]
    search = tree["search"]
    ids, defects = placed_texts(file, (number, "tags", _KEY), tags.get(_KEY))
    stated = {key: _text(tree.get(key)) for key in ("status", "type")}
    stated["asset_type"] = _text(tags.get("asset_type"))
    return ParsedRule(
        native_id=_text(tree.get("id")),
        name=_text(tree.get("name")),
        severity=_severity(tags, tree.get("rba")),
        place=file.key_line((number,), ("name", "id", "search")),
        stated={key: value for key, value in stated.items() if value},
        tags=tuple(_texts(tags.get("analytic_story"))),
        integrations=tuple(_texts(tree.get("data_source"))),
        fields=tuple(sorted(set(_FIELD.findall(search)))),
        operations=splunk_sources.operations(search),
        mappings=tuple(id_mapping(*one, entry) for entry, one in enumerate(ids)),
        references=tuple(_texts(tree.get("references"))),
        defects=(*defects, *file.defects((number,))),
    )


def _severity(tags: MappingType[Any, Any], rba: Any) -> str:
    """The fifth that the risk score falls into; the score is impact times confidence if unsaid."""
    scores = [tags.get("risk_score")]
    if isinstance(rba, dict) and isinstance(rba.get("risk_objects"), list):
        scores += [one.get("score") for one in rba["risk_objects"] if isinstance(one, dict)]
    known = [score for score in map(_number, scores) if score is not None]
    impact, confidence = _number(tags.get("impact")), _number(tags.get("confidence"))
    if not known and impact is not None and confidence is not None:
        known = [impact * confidence / 100]
    return next((name for top, name in _STEPS if max(known) <= top), "") if known else ""


def _number(value: Any) -> float | None:
    # A comparison also leaves out what isn't a number at all (.nan).
    usable = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 100
    return float(value) if usable else None
