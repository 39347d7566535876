"""Microsoft Sentinel's rules as Azure resources: ARM templates, solutions, lists of the API.

What the portal exports holds `alertRules`; a solution's `mainTemplate.json` holds
`AlertRuleTemplates` and hunting queries (`savedSearches`) in templates within its resources.
"""

import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct, structs

from detcov.load import sentinel_fields
from detcov.load.json_text import JsonFile
from detcov.load.lines import Path
from detcov.load.parsed import About, ParsedRule, StateRule, no_path
from detcov.load.tags import PART, inside
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
_KINDS = frozenset({"AnalyticsRule", "HuntingQuery"})

about = About(
    files="JSON files with a resource `…/alertRules`, `…/AlertRuleTemplates` or, with the category "
    "“Hunting Queries”, `…/savedSearches`: in `resources`, in templates below, in the API's "
    "`value`, in the list that `az sentinel` prints, or alone. Other templates are passed over",
    mappings="`properties.tactics`, `techniques` and `subTechniques`; of a hunting query the tags "
    "`tactics` and `techniques`. A technique whose sub-technique stands in `subTechniques` is a "
    "carrier: the API wants both",
    key="the GUID in the resource's name or id, else the `contentId` of the metadata beside it, "
    "also by way of `variables`; else path and position",
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
    inner: Path
    """Where its properties stand"""
    tree: dict[str, Any]
    properties: dict[str, Any]
    variables: tuple[dict[str, Any], ...]
    """Of the templates around it, the innermost first; their names in lower case"""
    type: str
    """Its last part, in lower case"""
    about: tuple[dict[str, Any], ...]
    """The properties of the metadata resources beside it"""


class _Around(Struct, frozen=True, kw_only=True):
    """What stands around a resource: see `_Found`."""

    variables: tuple[dict[str, Any], ...] = ()
    about: tuple[dict[str, Any], ...] = ()
    depth: int = 0


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
            yield from _below((index,), tree, _Around())
        for at, one in tables(tree):
            yield from _below((index, at), one, _Around())


def _below(at: Path, tree: dict[str, Any], around: _Around) -> Iterator[_Found]:
    """The rules that a template or a resource is or holds."""
    last = _type(tree)
    properties = table(tree.get("properties"))
    # Azure's command line lays a resource's properties beside its name.
    flat = "properties" not in tree
    if _is_rule(last, tree if flat else properties):
        yield _Found(
            at=at,
            inner=at if flat else (*at, "properties"),
            tree=tree,
            properties=tree if flat else properties,
            variables=around.variables,
            type=last,
            about=around.about,
        )
    elif around.depth < _MAX_DEPTH:
        variables = {str(key).lower(): one for key, one in table(tree.get("variables")).items()}
        for key in ("resources", "value"):
            members = list(_members(tree.get(key)))
            about = tuple(
                table(one.get("properties")) for _, one in members if _type(one) == "metadata"
            )
            inside_it = _Around(
                variables=(variables, *around.variables), about=about, depth=around.depth + 1
            )
            for part, one in members:
                yield from _below((*at, key, part), one, inside_it)
        for key in ("mainTemplate", "template"):
            if isinstance(inner := properties.get(key), dict):
                deeper = structs.replace(around, depth=around.depth + 1)
                yield from _below((*at, "properties", key), inner, deeper)


def _type(tree: dict[str, Any]) -> str:
    return text(tree.get("type")).rpartition("/")[2].lower()


def _is_rule(last: str, properties: dict[str, Any]) -> bool:
    if last == "savedsearches":
        category = text(properties.get("category")).strip().lower()
        return category == "hunting queries" and isinstance(properties.get("query"), str)
    if last == "alertrules" and "alertRuleTemplateName" in properties:
        return True  # Fusion and its like are switched on by their template's name alone.
    return last in {"alertrules", "alertruletemplates"} and "displayName" in properties


def _members(value: Any) -> Iterator[tuple[str | int, dict[str, Any]]]:
    """Resources by position, or by the names that newer templates give them."""
    if isinstance(value, dict):
        yield from ((key, one) for key, one in value.items() if isinstance(one, dict))
    else:
        yield from tables(value)


def _rule(file: JsonFile, found: _Found) -> ParsedRule:
    properties = found.properties
    mappings, defects = sentinel_fields.fields(file, found.inner, properties, _LISTS)
    severity = text(properties.get("severity")).lower()
    values = {
        "kind": scalar(found.tree.get("kind")),
        "status": scalar(properties.get("status")),
        "enabled": scalar(properties.get("enabled")) if found.type == "alertrules" else "",
        "trigger": "yes",
    }
    return ParsedRule(
        native_id=_guid(found),
        name=text(properties.get("displayName")) or text(found.tree.get("name")),
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
    properties = found.properties
    at = (*found.inner, "tags")
    mappings: list[Mapping] = []
    for position, tag in tables(properties.get("tags")):
        role = _LISTS.get(text(tag.get("name")))
        value = text(tag.get("value"))
        place = file.at((*at, position, "value"), value)
        for part in PART.finditer(value) if role else ():
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
    """The last GUID of the resource's name or id, else of the one metadata resource beside it."""
    contents = [one for one in found.about if text(one.get("kind")) in _KINDS]
    written = [found.tree.get("name"), found.tree.get("id")]
    if len(contents) == 1:
        written.append(contents[0].get("contentId"))
    for one in written:
        if guids := _GUID.findall(_resolved(text(one), found.variables)):
            return str(guids[-1]).lower()
    return ""


def _resolved(written: str, variables: tuple[dict[str, Any], ...]) -> str:
    """What a text says, which may be a variable that is a variable; their case says nothing."""
    for _ in range(_MAX_DEPTH):
        variable = _VARIABLE.fullmatch(written)
        if variable is None:
            break
        name = variable[1].lower()
        value = next((one[name] for one in variables if name in one), None)
        if variable[2]:
            parts = {str(key).lower(): part for key, part in table(value).items()}
            value = parts.get(variable[2].lower())
        written = text(value)
    return written
