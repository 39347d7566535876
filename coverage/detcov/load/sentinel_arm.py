"""Microsoft Sentinel's rules as Azure resources: ARM templates, solutions, lists of the API.

What the portal exports holds `alertRules`; a solution's `mainTemplate.json` holds
`AlertRuleTemplates` and hunting queries (`savedSearches`) in templates within its resources.
"""

import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from detcov.load import sentinel_fields
from detcov.load.json_text import JsonFile
from detcov.load.lines import Path
from detcov.load.parsed import About, ParsedRule, StateRule, no_path
from detcov.load.tags import inside
from detcov.load.values import scalar, table, tables, text, texts
from detcov.model import Mapping

name = "sentinel-arm"
title = "Microsoft Sentinel rule (ARM JSON)"
paired = False
marks = ("Microsoft.SecurityInsights", "savedSearches")
excludes = no_path

_MAX_DEPTH = 8
"""Templates within templates; solutions have two levels"""
_LISTS = {"tactics": "tactic", "techniques": "technique", "subTechniques": "technique"}
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_VARIABLE = re.compile(r"\[variables\('([^']+)'\)(?:\.([\w-]+))?\]")
_PART = re.compile(r"[^,\s](?:[^,]*[^,\s])?")

about = About(
    files="JSON files with a resource `…/alertRules`, `…/AlertRuleTemplates` or, with the category "
    "“Hunting Queries”, `…/savedSearches`: in `resources`, in templates below, in the API's "
    "`value`, or alone. Other templates are passed over",
    mappings="`properties.tactics`, `techniques` and `subTechniques`; of a hunting query the tags "
    "`tactics` and `techniques`. A technique whose sub-technique stands in `subTechniques` is a "
    "carrier: the API wants both",
    key="the GUID in the resource's name or id, also by way of `variables`; else path and position",
    severity="`properties.severity`",
    platforms="`requiredDataConnectors` (`connectorId`, `dataTypes`) and the tables that the query "
    "names; Containers where it asks for cluster or registry operations",
    platform_values=sentinel_fields.VALUES,
    columns=sentinel_fields.COLUMNS,
    state=(
        *sentinel_fields.LIFECYCLE,
        StateRule("kind", "hunt", "a hunting query among `savedSearches`", "type"),
        StateRule("kind", "hunt", "a folder `Hunting Queries` or `Hunting`", "path"),
        StateRule("kind", "over-alerts", "`MicrosoftSecurityIncidentCreation`", "kind"),
        StateRule("kind", "detection", "any other kind (Scheduled, NRT, Fusion …)", "kind"),
        StateRule("kind", "detection", "no kind"),
        StateRule("enabled", "yes", "`true`, of a rule", "enabled"),
        StateRule("enabled", "no", "`false`, of a rule", "enabled"),
        StateRule("enabled", "unstated", "otherwise; a template's `enabled` is of no rule yet"),
    ),
)


class _Found(Struct, frozen=True, kw_only=True):
    """A resource that is a rule, and what its name may be written with."""

    at: Path
    tree: dict[str, Any]
    variables: tuple[dict[str, Any], ...]
    """Of the templates around it, the innermost first"""
    type: str
    """Its last part, in lower case"""


def recognises(file: JsonFile) -> bool:
    """Whether there is a rule among the resources."""
    return next(_rules(file), None) is not None


def parse(file: JsonFile) -> tuple[ParsedRule, ...]:
    """The rules of a file; see `RuleFormat.parse`."""
    return tuple(
        _hunt(file, one) if one.type == "savedsearches" else _rule(file, one)
        for one in _rules(file)
    )


state = sentinel_fields.state
platforms = sentinel_fields.platforms
column = sentinel_fields.column


def _rules(file: JsonFile) -> Iterator[_Found]:
    for index, tree in enumerate(file.documents):
        if isinstance(tree, dict):
            yield from _below((index,), tree, (), 0)
        for at, one in tables(tree):
            yield from _below((index, at), one, (), 0)


def _below(
    at: Path, tree: dict[str, Any], variables: tuple[dict[str, Any], ...], depth: int
) -> Iterator[_Found]:
    """The rules that a template or a resource is or holds."""
    last = text(tree.get("type")).rpartition("/")[2].lower()
    properties = table(tree.get("properties"))
    if _is_rule(last, properties):
        yield _Found(at=at, tree=tree, variables=variables, type=last)
    elif depth < _MAX_DEPTH:
        variables = (table(tree.get("variables")), *variables)
        for key in ("resources", "value"):
            for part, one in _members(tree.get(key)):
                yield from _below((*at, key, part), one, variables, depth + 1)
        for key in ("mainTemplate", "template"):
            if isinstance(inner := properties.get(key), dict):
                yield from _below((*at, "properties", key), inner, variables, depth + 1)


def _is_rule(last: str, properties: dict[str, Any]) -> bool:
    if last == "savedsearches":
        category = text(properties.get("category")).strip().lower()
        return category == "hunting queries" and isinstance(properties.get("query"), str)
    return last in {"alertrules", "alertruletemplates"} and "displayName" in properties


def _members(value: Any) -> Iterator[tuple[str | int, dict[str, Any]]]:
    """Resources by position, or by the names that newer templates give them."""
    if isinstance(value, dict):
        yield from ((key, one) for key, one in value.items() if isinstance(one, dict))
    else:
        yield from tables(value)


def _rule(file: JsonFile, found: _Found) -> ParsedRule:
    properties = found.tree["properties"]
    at = (*found.at, "properties")
    mappings, defects = sentinel_fields.fields(file, at, properties, _LISTS)
    severity = text(properties.get("severity")).lower()
    values = {
        "kind": scalar(found.tree.get("kind")),
        "status": scalar(properties.get("status")),
        "enabled": scalar(properties.get("enabled")) if found.type == "alertrules" else "",
        "trigger": "yes",
    }
    return ParsedRule(
        native_id=_guid(found),
        name=text(properties.get("displayName")),
        severity=severity if severity in sentinel_fields.SEVERITIES else "",
        place=file.at(found.at),
        stated={key: value for key, value in values.items() if value},
        integrations=sentinel_fields.sources(properties),
        operations=sentinel_fields.operations(properties),
        mappings=sentinel_fields.carried(
            mappings, frozenset(texts(properties.get("subTechniques")))
        ),
        defects=(*defects, *file.defects(found.at)),
    )


def _hunt(file: JsonFile, found: _Found) -> ParsedRule:
    properties = found.tree["properties"]
    at = (*found.at, "properties", "tags")
    mappings: list[Mapping] = []
    for position, tag in tables(properties.get("tags")):
        role = _LISTS.get(text(tag.get("name")))
        value = text(tag.get("value"))
        place = file.at((*at, position, "value"), value)
        for part in _PART.finditer(value) if role else ():
            where = inside(place, part.start(), len(part[0]))
            one = sentinel_fields.stated(part[0], role or "", where, len(mappings))
            mappings += [one] if one is not None else []
    return ParsedRule(
        native_id=_guid(found),
        name=text(properties.get("displayName")),
        place=file.at(found.at),
        stated={"hunt": "type"},
        integrations=sentinel_fields.sources(properties),
        operations=sentinel_fields.operations(properties),
        mappings=tuple(mappings),
        defects=file.defects(found.at),
    )


def _guid(found: _Found) -> str:
    """The last GUID of the resource's name or id, which may be variables."""
    for key in ("name", "id"):
        written = text(found.tree.get(key))
        variable = _VARIABLE.fullmatch(written)
        if variable is not None:
            scopes = (one[variable[1]] for one in found.variables if variable[1] in one)
            value = next(scopes, None)
            written = text(table(value).get(variable[2]) if variable[2] else value)
        if guids := _GUID.findall(written):
            return str(guids[-1]).lower()
    return ""
