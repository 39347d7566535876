"""Microsoft Sentinel's rules and hunting queries in YAML, as in the Azure-Sentinel repository."""

from collections.abc import Iterator
from typing import Any

from detcov.load import sentinel_fields
from detcov.load.lines import Path
from detcov.load.parsed import About, ParsedRule, StateRule, no_path
from detcov.load.values import scalar, text, texts
from detcov.load.yaml_text import YamlFile

name = "sentinel"
title = "Microsoft Sentinel rule (YAML)"
paired = False
marks = ("relevantTechniques:", "requiredDataConnectors:")
excludes = no_path

_OWN = frozenset({"relevantTechniques", "requiredDataConnectors", "triggerOperator"})
_KINDS = ("Scheduled", "NRT")
_TRIGGERS = ("triggerOperator", "triggerThreshold", "queryFrequency")
_LISTS = {
    "tactics": "tactic",
    "relevantTechniques": "technique",
    "techniques": "technique",
    "subTechniques": "technique",
}

about = About(
    files="YAML documents, or entries of a list, with `query` and one of `relevantTechniques`, "
    "`requiredDataConnectors` and `triggerOperator`, or with `tactics` and the kind Scheduled or "
    "NRT. What is left of a moved rule (no `query`), parsers, workbooks and playbooks are passed "
    "over",
    mappings="`tactics` (names, `CredentialAccess` or with spaces) and `relevantTechniques`",
    key="`id`, else path and position",
    severity="`severity`",
    platforms="`requiredDataConnectors` (`connectorId`, `dataTypes`) and the tables that the query "
    "names; Containers where it asks for cluster or registry operations",
    platform_values=sentinel_fields.VALUES,
    columns=sentinel_fields.COLUMNS,
    state=(
        *sentinel_fields.LIFECYCLE,
        StateRule("kind", "hunt", "a folder `Hunting Queries` or `Hunting`", "path"),
        StateRule("kind", "over-alerts", "`MicrosoftSecurityIncidentCreation`", "kind"),
        StateRule("kind", "detection", "any other kind (Scheduled, NRT …)", "kind"),
        StateRule("kind", "detection", "no kind, but a trigger or a frequency"),
        StateRule("kind", "hunt", "neither: a query to run by hand"),
        StateRule("enabled", "yes", "`true`", "enabled"),
        StateRule("enabled", "no", "`false`", "enabled"),
        StateRule("enabled", "unstated", "otherwise"),
    ),
)


def recognises(file: YamlFile) -> bool:
    """Whether there is a rule or a hunting query in the file."""
    return next(_rules(file), None) is not None


def parse(file: YamlFile) -> tuple[ParsedRule, ...]:
    """The rules of a file, one a document or an entry of a list; see `RuleFormat.parse`."""
    return tuple(_rule(file, at, tree) for at, tree in _rules(file))


state = sentinel_fields.state
platforms = sentinel_fields.platforms
column = sentinel_fields.column


def _rules(file: YamlFile) -> Iterator[tuple[Path, dict[Any, Any]]]:
    for index, tree in enumerate(file.documents):
        if isinstance(tree, dict) and _is_own(tree):
            yield (index,), tree
    yield from ((at, tree) for at, tree in file.entries() if _is_own(tree))


def _is_own(tree: dict[Any, Any]) -> bool:
    """Whether query and keys are Sentinel's; an NRT rule may have but its kind and its tactics."""
    if not isinstance(tree.get("query"), str):
        return False
    return bool(_OWN & tree.keys()) or (tree.get("kind") in _KINDS and "tactics" in tree)


def _rule(file: YamlFile, at: Path, tree: dict[Any, Any]) -> ParsedRule:
    mappings, defects = sentinel_fields.fields(file, at, tree, _LISTS)
    below = frozenset(texts(tree.get("subTechniques")))
    severity = text(tree.get("severity")).lower()
    values = {key: scalar(tree.get(key)) for key in ("kind", "status", "enabled")}
    if any(key in tree for key in _TRIGGERS):
        values["trigger"] = "yes"
    return ParsedRule(
        native_id=text(tree.get("id")).lower(),
        name=text(tree.get("name")) or text(tree.get("displayName")),
        severity=severity if severity in sentinel_fields.SEVERITIES else "",
        place=file.key_line(at, ("id", "name", "query")),
        stated={key: value for key, value in values.items() if value},
        tags=texts(tree.get("tags")),
        integrations=sentinel_fields.sources(tree),
        operations=sentinel_fields.operations(tree),
        mappings=sentinel_fields.carried(mappings, below) if below else mappings,
        defects=(*defects, *file.defects(at)),
    )
