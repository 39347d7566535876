"""Microsoft Sentinel's rules and hunting queries in YAML, as in the Azure-Sentinel repository."""

from typing import Any

from detcov.load import sentinel_fields
from detcov.load.lines import Path
from detcov.load.parsed import About, RuleFormat, StateRule, Telltale
from detcov.load.values import scalar, text, texts
from detcov.load.yaml_text import YamlFile
from detcov.model import Rule, RuleKey, State

_OWN = frozenset({"relevantTechniques", "requiredDataConnectors", "triggerOperator"})
_KINDS = ("Scheduled", "NRT")
_TRIGGERS = ("triggerOperator", "triggerThreshold", "queryFrequency")
_ROLES = {
    "tactics": "tactic",
    "relevantTechniques": "technique",
    "techniques": "technique",
    "subTechniques": "technique",
}

_ABOUT = About(
    files="YAML documents, or entries of a list, with `query` and one of `relevantTechniques`, "
    "`requiredDataConnectors` and `triggerOperator`, or with `tactics` and the kind Scheduled or "
    "NRT, or with `tactics` and `techniques`. What is left of a moved rule (no `query`), parsers, "
    "workbooks and playbooks are passed over",
    mappings="`tactics` (names, `CredentialAccess` or with spaces) and `relevantTechniques`, "
    "`techniques` in hunting queries",
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


def rules(file: YamlFile, path: str) -> tuple[Rule, ...] | None:
    """Return the rules of a file, one a document or an entry of a list; None if there is none."""
    documents = (
        ((index,), document)
        for index, document in enumerate(file.documents)
        if isinstance(document, dict)
    )
    trees = [*documents, *file.entries()]
    return tuple(_rule(file, path, at, tree) for at, tree in trees if _is_rule(tree)) or None


def _is_rule(tree: dict[Any, Any]) -> bool:
    """Whether query and keys are Sentinel's; an NRT rule may have only its kind and its tactics.

    A hunting query may have `techniques` in place of `relevantTechniques`, and no connector.
    """
    if not isinstance(tree.get("query"), str):
        return False
    if _OWN & tree.keys() or (tree.get("kind") in _KINDS and "tactics" in tree):
        return True
    return {"tactics", "techniques"} <= tree.keys() and bool({"id", "name"} & tree.keys())


def _rule(file: YamlFile, path: str, at: Path, tree: dict[Any, Any]) -> Rule:
    name = text(tree.get("name")) or text(tree.get("displayName"))
    sources, operation = sentinel_fields.sources(tree), sentinel_fields.operation(tree)
    mappings, defects = sentinel_fields.listed_mappings(file, at, tree, _ROLES)
    sub_techniques = frozenset(texts(tree.get("subTechniques")))
    # A query that nothing runs by itself is there to be run by hand.
    runs = any(key in tree for key in _TRIGGERS)
    return Rule(
        key=RuleKey(format="sentinel", native_id=text(tree.get("id")).lower()),
        name=name,
        path=path,
        severity=sentinel_fields.severity(tree.get("severity")),
        state=State(
            lifecycle=sentinel_fields.lifecycle(path, name, scalar(tree.get("status"))),
            kind=sentinel_fields.kind(
                path, scalar(tree.get("kind")), otherwise="detection" if runs else "hunt"
            ),
            enabled=sentinel_fields.enabled(tree.get("enabled")),
        ),
        mappings=sentinel_fields.with_carriers(mappings, sub_techniques),
        platforms=sentinel_fields.platforms(sources, operation),
        tags=texts(tree.get("tags")),
        place=file.key_line(at, ("id", "name", "query")),
        paired=False,
        column=sentinel_fields.column(sources, operation),
        reads=sources,
        defects=(*defects, *file.defects(at)),
    )


FORMAT = RuleFormat(
    name="sentinel",
    title="Microsoft Sentinel rule (YAML)",
    about=_ABOUT,
    rules=rules,
    paired=False,
    marks=("relevantTechniques:", "requiredDataConnectors:"),
    # Of a moved rule its own name is left, and no trigger.
    telltales=(
        Telltale(
            keys={"relevantTechniques": object, "triggerOperator": object},
            needs="query",
            kind=str,
        ),
    ),
)
