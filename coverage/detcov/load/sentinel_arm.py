"""Microsoft Sentinel's rules as Azure resources: ARM templates, solutions, lists of the API.

What the portal exports holds `alertRules`; a solution's `mainTemplate.json` holds
`AlertRuleTemplates` and hunting queries (`savedSearches`) in templates within its resources.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct, structs

from detcov.load import sentinel_fields
from detcov.load.json_text import JsonFile
from detcov.load.lines import Path
from detcov.load.parsed import About, RuleFormat, StateRule
from detcov.load.values import scalar, table, tables, text, texts
from detcov.model import Defect, Mapping, Place, Rule, RuleKey, State, Stated

_MAX_DEPTH = 8
"""Templates within templates; solutions have two levels"""
_ROLES = {"tactics": "tactic", "techniques": "technique", "subTechniques": "technique"}
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_VARIABLE = re.compile(r"\[variables\('([^']+)'\)(?:\.([\w-]+))?\]")
_KINDS = frozenset({"AnalyticsRule", "HuntingQuery"})
_OURS = {
    key.lower(): key
    for key in (
        *("resources", "value", "variables", "properties", "mainTemplate", "template"),
        *("type", "name", "id", "kind", "contentId", "category", "displayName", "query"),
        *("alertRuleTemplateName", "enabled", "severity", "status", "tags"),
        *("tactics", "techniques", "subTechniques"),
        *("requiredDataConnectors", "connectorId", "dataTypes"),
    )
}
"""Keys that a rule is read from, by their names in lower case"""
_DEEPEST = 60
"""Rules of templates within templates stand far above that"""

_ABOUT = About(
    files="JSON files with a resource `…/alertRules`, `…/AlertRuleTemplates` or, with the category "
    "“Hunting Queries”, `…/savedSearches`: in `resources`, in templates below, in the API's "
    "`value`, in the list that `az sentinel` prints, or alone; keys in any case. "
    "Other templates are passed over",
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


class _Surroundings(Struct, frozen=True, kw_only=True):
    """What stands around a resource."""

    variables: tuple[dict[str, Any], ...] = ()
    """Of the templates around it, the innermost first; their names in lower case"""
    metadata: tuple[dict[str, Any], ...] = ()
    """The properties of the metadata resources beside it"""
    depth: int = 0


class _Resource(Struct, frozen=True, kw_only=True):
    """A resource that is a rule."""

    at: Path
    tree: dict[str, Any]
    type: str
    """Its last part, in lower case"""
    properties_at: Path
    properties: dict[str, Any]
    around: _Surroundings


class _AnyCase:
    """A JSON file whose keys may be written in any case, as Azure reads them."""

    def __init__(self, file: JsonFile) -> None:
        self._file = file
        self.documents = [_in_our_case(document) for document in file.documents]

    def at(self, at: Path, value: Any = None) -> Place:
        """As `JsonFile.at`, the keys written as ours."""
        return self._file.at(self._written(at), value)

    def items(self, at: Path, values: Sequence[Any]) -> list[Place]:
        """As `JsonFile.items`."""
        return self._file.items(self._written(at), values)

    def defects(self, at: Path) -> tuple[Defect, ...]:
        """As `JsonFile.defects`."""
        return self._file.defects(self._written(at))

    def _written(self, at: Path) -> Path:
        """The path as the file writes its keys."""
        node: Any = self._file.documents
        written: list[str | int] = []
        for part in at:
            key = part
            if isinstance(node, dict) and part not in node:
                key = next(key for key in node if _OURS.get(key.lower()) == part)
            written.append(key)
            node = node[key]
        return tuple(written)


def _in_our_case(node: Any, depth: int = 0) -> Any:
    """The same, the keys that a rule is read from written as ours; one written so wins."""
    if depth > _DEEPEST:
        return node
    if isinstance(node, list):
        return [_in_our_case(item, depth + 1) for item in node]
    if not isinstance(node, dict):
        return node
    named = {
        key if (ours := _OURS.get(key.lower(), key)) in node else ours: value
        for key, value in node.items()
    }
    return {key: _in_our_case(value, depth + 1) for key, value in named.items()}


def rules(json_file: JsonFile, path: str) -> tuple[Rule, ...] | None:
    """Return the rules and hunting queries among a file's resources; None if there is none."""
    file = _AnyCase(json_file)
    resources: list[_Resource] = []
    for index, document in enumerate(file.documents):
        if isinstance(document, dict):
            resources += _resources((index,), document, _Surroundings())
        for position, tree in tables(document):
            resources += _resources((index, position), tree, _Surroundings())
    return tuple(_rule(file, path, resource) for resource in resources) or None


def _resources(at: Path, tree: dict[str, Any], around: _Surroundings) -> Iterator[_Resource]:
    """The rules that a template or a resource is or holds."""
    type_ = _type(tree)
    properties = table(tree.get("properties"))
    # Azure's command line lays a resource's properties beside its name.
    flat = "properties" not in tree
    if _is_rule(type_, tree if flat else properties):
        yield _Resource(
            at=at,
            tree=tree,
            type=type_,
            properties_at=at if flat else (*at, "properties"),
            properties=tree if flat else properties,
            around=around,
        )
    elif around.depth < _MAX_DEPTH:
        own = {str(key).lower(): value for key, value in table(tree.get("variables")).items()}
        for key in ("resources", "value"):
            members = list(_members(tree.get(key)))
            beside = _Surroundings(
                variables=(own, *around.variables),
                metadata=tuple(
                    table(member.get("properties"))
                    for _, member in members
                    if _type(member) == "metadata"
                ),
                depth=around.depth + 1,
            )
            for part, member in members:
                yield from _resources((*at, key, part), member, beside)
        for key in ("mainTemplate", "template"):
            if isinstance(template := properties.get(key), dict):
                deeper = structs.replace(around, depth=around.depth + 1)
                yield from _resources((*at, "properties", key), template, deeper)


def _type(tree: dict[str, Any]) -> str:
    return text(tree.get("type")).rpartition("/")[2].lower()


def _is_rule(type_: str, properties: dict[str, Any]) -> bool:
    if type_ == "savedsearches":
        category = text(properties.get("category")).strip().lower()
        return category == "hunting queries" and isinstance(properties.get("query"), str)
    if type_ == "alertrules" and "alertRuleTemplateName" in properties:
        return True  # Fusion and its like are switched on by their template's name alone.
    return type_ in {"alertrules", "alertruletemplates"} and "displayName" in properties


def _members(value: Any) -> Iterator[tuple[str | int, dict[str, Any]]]:
    """Resources by position, or by the names that newer templates give them."""
    if isinstance(value, dict):
        yield from ((key, member) for key, member in value.items() if isinstance(member, dict))
    else:
        yield from tables(value)


def _rule(file: _AnyCase, path: str, resource: _Resource) -> Rule:
    properties = resource.properties
    name = text(properties.get("displayName"))
    sources = sentinel_fields.sources(properties)
    operation = sentinel_fields.operation(properties)
    rule = Rule(
        key=RuleKey(format="sentinel-arm", native_id=_guid(resource)),
        name=name,
        path=path,
        platforms=sentinel_fields.platforms(sources, operation),
        place=file.at(resource.at),
        paired=False,
        column=sentinel_fields.column(sources, operation),
        reads=sources,
        defects=file.defects(resource.at),
    )
    if resource.type == "savedsearches":
        return structs.replace(
            rule,
            state=State(
                lifecycle=sentinel_fields.lifecycle(path, name, ""),
                kind=Stated(value="hunt", field="type"),
            ),
            mappings=_tag_mappings(file, resource),
        )
    name = name or text(resource.tree.get("name"))
    mappings, defects = sentinel_fields.listed_mappings(
        file, resource.properties_at, properties, _ROLES
    )
    # What a template says of `enabled` is of no rule yet.
    enabled = properties.get("enabled") if resource.type == "alertrules" else None
    return structs.replace(
        rule,
        name=name,
        severity=sentinel_fields.severity(properties.get("severity")),
        state=State(
            lifecycle=sentinel_fields.lifecycle(path, name, scalar(properties.get("status"))),
            kind=sentinel_fields.kind(
                path, scalar(resource.tree.get("kind")), otherwise="detection"
            ),
            enabled=sentinel_fields.enabled(enabled),
        ),
        mappings=sentinel_fields.with_carriers(
            mappings, frozenset(texts(properties.get("subTechniques")))
        ),
        defects=(*defects, *rule.defects),
    )


def _tag_mappings(file: _AnyCase, resource: _Resource) -> tuple[Mapping, ...]:
    """The mappings of a hunting query, which has them in its tags."""
    mappings: list[Mapping] = []
    for position, tag in tables(resource.properties.get("tags")):
        if role := _ROLES.get(text(tag.get("name"))):
            value = text(tag.get("value"))
            place = file.at((*resource.properties_at, "tags", position, "value"), value)
            mappings += sentinel_fields.mappings_of(value, place, role, len(mappings))
    return tuple(mappings)


def _guid(resource: _Resource) -> str:
    """The last GUID of the resource's name or id, else of the one metadata resource beside it."""
    written = [resource.tree.get("name"), resource.tree.get("id")]
    contents = [
        properties
        for properties in resource.around.metadata
        if text(properties.get("kind")) in _KINDS
    ]
    if len(contents) == 1:
        written.append(contents[0].get("contentId"))
    for value in written:
        if guids := _GUID.findall(_resolved(text(value), resource.around.variables)):
            return str(guids[-1]).lower()
    return ""


def _resolved(written: str, variables: tuple[dict[str, Any], ...]) -> str:
    """What a text says, which may be a variable that is a variable; their case says nothing."""
    for _ in range(_MAX_DEPTH):
        variable = _VARIABLE.fullmatch(written)
        if variable is None:
            break
        name = variable[1].lower()
        value = next((values[name] for values in variables if name in values), None)
        if variable[2]:
            parts = {str(key).lower(): part for key, part in table(value).items()}
            value = parts.get(variable[2].lower())
        written = text(value)
    return written


FORMAT = RuleFormat(
    name="sentinel-arm",
    title="Microsoft Sentinel rule (ARM JSON)",
    about=_ABOUT,
    rules=rules,
    paired=False,
    marks=("Microsoft.SecurityInsights", "savedSearches"),
)
