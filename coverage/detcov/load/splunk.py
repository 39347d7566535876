"""Splunk's security_content: one detection a YAML file, technique ids in its tags, no tactic.

Format: the detections of Splunk's security_content, as its tool contentctl reads them. Ids in
texts, urls, searches and the paths of test data are no mapping.
"""

import re
from collections.abc import Mapping as MappingType
from typing import Any

from detcov.load import splunk_sources
from detcov.load.parsed import About, RuleFormat, StateRule, Telltale
from detcov.load.tags import id_mapping
from detcov.load.values import placed_texts, text, texts
from detcov.load.yaml_text import YamlFile
from detcov.model import Rule, RuleKey, State, Stated

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
_LIFECYCLES = {
    "production": "stable",
    "validation": "test",
    "experimental": "experimental",
    "deprecated": "deprecated",
    "removed": "deprecated",
}
_RETIRED = frozenset({"deprecated", "removed"})
_STEPS = ((20, "informational"), (40, "low"), (60, "medium"), (80, "high"), (100, "critical"))
_FIELD = re.compile(
    r"(?<![\w.])(?:(?:k8s|container|kubernetes)\.[a-z_]+(?:\.[a-z_]+)*|objectRef\.\w+)", re.ASCII
)

_ABOUT = About(
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


def rules(file: YamlFile, path: str) -> tuple[Rule, ...] | None:
    """Return the detections of a file, one a document; None if no document is a detection."""
    detections = [
        _rule(file, path, index, document)
        for index, document in enumerate(file.documents)
        if isinstance(document, dict) and _is_detection(document)
    ]
    return tuple(detections) or None


def _is_detection(tree: MappingType[Any, Any]) -> bool:
    """Whether there is a search, and a type or tags that only security_content has."""
    tags = tree.get("tags")
    if not isinstance(tree.get("search"), str) or not isinstance(tags, dict):
        return False
    return _KEY in tags or ("analytic_story" in tags and text(tree.get("type")).lower() in _TYPES)


def _rule(file: YamlFile, path: str, index: int, tree: MappingType[Any, Any]) -> Rule:
    tags, search = tree["tags"], tree["search"]
    ids, defects = placed_texts(file, (index, "tags", _KEY), tags.get(_KEY))
    kind = text(tree.get("type")).lower()
    data_sources, asset = texts(tree.get("data_source")), text(tags.get("asset_type"))
    operations = splunk_sources.operations(search)
    platforms = splunk_sources.platforms(data_sources, asset, operations)
    return Rule(
        key=RuleKey(format="splunk", native_id=text(tree.get("id"))),
        name=text(tree.get("name")),
        path=path,
        severity=_severity(tags, tree.get("rba")),
        state=State(
            lifecycle=_lifecycle(text(tree.get("status")).lower(), path),
            emits=_EMITS.get(kind, Stated(value="alert")),
            kind=Stated(value="hunt", field="type")
            if kind == "hunting"
            else Stated(value="detection"),
        ),
        mappings=tuple(
            id_mapping(stated, place, entry) for entry, (stated, place) in enumerate(ids)
        ),
        platforms=platforms,
        tags=texts(tags.get("analytic_story")),
        references=texts(tree.get("references")),
        place=file.key_line((index,), ("name", "id", "search")),
        paired=False,
        column=splunk_sources.column(data_sources, asset, operations, platforms),
        reads=data_sources,
        container_fields=tuple(sorted(set(_FIELD.findall(search)))),
        defects=(*defects, *file.defects((index,))),
    )


def _lifecycle(status: str, path: str) -> Stated:
    if not _RETIRED.isdisjoint(path.split("/")[:-1]):
        return Stated(value="deprecated", field="path")
    if not status:
        return Stated(value="stable")
    return Stated(value=_LIFECYCLES.get(status, "experimental"), field="status")


def _severity(tags: MappingType[Any, Any], rba: Any) -> str:
    """The fifth that the risk score falls into; the score is impact times confidence if unsaid."""
    scores = [tags.get("risk_score")]
    if isinstance(rba, dict) and isinstance(rba.get("risk_objects"), list):
        scores += [risk.get("score") for risk in rba["risk_objects"] if isinstance(risk, dict)]
    known = [score for score in map(_number, scores) if score is not None]
    impact, confidence = _number(tags.get("impact")), _number(tags.get("confidence"))
    if not known and impact is not None and confidence is not None:
        known = [impact * confidence / 100]
    return next((name for top, name in _STEPS if max(known) <= top), "") if known else ""


def _number(value: Any) -> float | None:
    # A comparison also leaves out what isn't a number at all (.nan).
    usable = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 100
    return float(value) if usable else None


FORMAT = RuleFormat(
    name="splunk",
    title="Splunk security_content detection (YAML)",
    about=_ABOUT,
    rules=rules,
    paired=False,
    marks=("mitre_attack_id", "analytic_story"),
    telltales=(
        Telltale(
            keys={
                "type": str,
                "tags": dict,
                "how_to_implement": object,
                "known_false_positives": object,
            },
            needs="search",
            kind=str,
        ),
        Telltale(
            keys={
                "search": str,
                "data_source": object,
                "how_to_implement": object,
                "known_false_positives": object,
            },
            needs="tags",
            kind=dict,
        ),
    ),
    other_kinds=(
        frozenset({"name", "definition", "arguments"}),
        frozenset({"name", "narrative", "tags"}),
        frozenset({"name", "default_match", "description"}),
    ),
)
