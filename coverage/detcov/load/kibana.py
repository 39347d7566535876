"""Rules exported from Kibana: a rule a line of NDJSON, mappings in its `threat`.

Format: the export of Kibana's detection engine, whose fields are those of its API. The last line
sums the export up, and lines of exceptions and connectors may stand between: none of them is a
rule. The API's answers hold the same rules in a list, saved objects hold them in `attributes`; of
a rule's own saved object the parameters are named in camel case.
"""

from collections.abc import Iterator
from collections.abc import Mapping as MappingType
from typing import Any

from msgspec import Struct, structs

from detcov.load import elastic, elastic_platforms
from detcov.load.json_text import JsonFile
from detcov.load.lines import Path
from detcov.load.parsed import About, RuleFormat, StateRule, enabled_by
from detcov.load.toml_places import by_table, strings_of
from detcov.load.values import scalar, table, tables, text, texts
from detcov.model import (
    SEVERITIES,
    Mapping,
    Place,
    Rule,
    RuleKey,
    State,
    Stated,
    is_named_deprecated,
)

_RULE_KEYS = frozenset({"risk_score", "severity", "threat", "query"})
_TYPES = frozenset(
    {
        *("query", "saved_query", "eql", "esql"),
        *("machine_learning", "new_terms", "threat_match", "threshold"),
    }
)
_LISTS = ("data", "rules")
"""Where the API's answers hold rules"""
_CAMEL = {
    "ruleId": "rule_id",
    "riskScore": "risk_score",
    "buildingBlockType": "building_block_type",
    "relatedIntegrations": "related_integrations",
}
_OWN_OBJECTS = "siem."
"""What the rule types of the detection engine's own saved objects begin with"""
_ENABLED = enabled_by("enabled")
_FIELDS = {
    "metadata.integration": "related_integrations",
    "rule.index": "index",
    "rule.query": "query",
}
"""What Elastic's TOML calls a field, to what an export calls it"""

_ABOUT = About(
    files="NDJSON with a line, or JSON, that has `rule_id`, `name`, `type` and one of "
    "`risk_score`, `severity`, `threat`, `query`; lists of them, alone or as the API's `data` or "
    "`rules`; saved objects that have all that in `attributes` (the rules of Elastic's package), "
    "and those of the types `siem.*`, with `params`, in `attributes` or as the API has them. "
    "Without `rule_id` a rule needs `risk_score`, `severity` and one of the detection engine's "
    "types (what the API takes). The summary, exceptions and connectors of an export are passed "
    "over, and so are files below `tests` or `detection_rules/etc`.",
    mappings="`threat[]`: `tactic`, `technique`, `subtechnique`",
    key="`rule_id`, else path and position",
    severity="`severity`",
    platforms="as in Elastic's TOML: tags, `related_integrations`, cluster operations that the "
    "query asks for, and what it compares `host.os.type` with",
    columns=(
        (
            "control plane",
            (
                "integration `kubernetes`; cluster, registry and image operations in a "
                "cloud's audit log"
            ),
        ),
        (
            "runtime",
            "integration or index `cloud_defend`; the tags for containers of Elastic's TOML",
        ),
        ("node", "a platform is Linux"),
        ("other", "all the rest"),
    ),
    state=(
        StateRule(
            "lifecycle",
            "deprecated",
            "a name that begins with “Deprecated - ” or the like",
            "name",
        ),
        StateRule("lifecycle", "stable", "otherwise"),
        StateRule("emits", "signal", "there is a `building_block_type`", "building_block_type"),
        StateRule("emits", "alert", "otherwise"),
        StateRule("kind", "over-alerts", "alert indices only (`.alerts-security*`)", "index"),
        StateRule("kind", "over-alerts", "an ES\\|QL query whose first source is one", "query"),
        StateRule("kind", "detection", "otherwise"),
        StateRule("enabled", "yes", "`true`", "enabled"),
        StateRule("enabled", "no", "`false`", "enabled"),
        StateRule("enabled", "unstated", "otherwise"),
    ),
)


class _Found(Struct, frozen=True, kw_only=True):
    """A rule, and where it and its lists stand."""

    at: Path
    tree: MappingType[str, Any]
    threat: Path
    tags: Path


def rules(file: JsonFile, path: str) -> tuple[Rule, ...] | None:
    """Return the rules of a file, one a line or an entry; None where there is none."""
    return tuple(_rule(file, path, found) for found in _rules(file)) or None


def _rules(file: JsonFile) -> Iterator[_Found]:
    for number, tree in enumerate(file.documents):
        found = _found((number,), tree) if isinstance(tree, dict) else None
        if found is not None:
            yield found
            continue
        at, below = _list(tree)
        for position, one in tables(below):
            if (found := _found((number, *at, position), one)) is not None:
                yield found


def _list(tree: Any) -> tuple[Path, Any]:
    """The list that a document is or holds."""
    if not isinstance(tree, dict):
        return (), tree
    return next(
        (((key,), tree[key]) for key in _LISTS if isinstance(tree.get(key), list)), ((), ())
    )


def _found(at: Path, tree: dict[str, Any]) -> _Found | None:
    """The rule that an object is, or that its `attributes` are."""
    if _is_rule(tree):
        return _Found(at=at, tree=tree, threat=(*at, "threat"), tags=(*at, "tags"))
    inside = table(tree.get("attributes"))
    below = (*at, "attributes")
    if _is_rule(inside):
        return _Found(at=at, tree=inside, threat=(*below, "threat"), tags=(*below, "tags"))
    return _own_object(tree, at) or _own_object(inside, below)


def _own_object(tree: dict[str, Any], at: Path) -> _Found | None:
    """The rule of the alerting framework's own object, whose parameters stand apart."""
    kind = text(tree.get("alertTypeId")) or text(tree.get("rule_type_id"))
    params = table(tree.get("params"))
    if not kind.startswith(_OWN_OBJECTS) or "ruleId" not in params:
        return None
    plain = {_CAMEL.get(key, key): value for key, value in params.items()}
    plain |= {key: tree.get(key) for key in ("name", "tags", "enabled")}
    if not _is_rule(plain):
        return None
    return _Found(at=at, tree=plain, threat=(*at, "params", "threat"), tags=(*at, "tags"))


def _is_rule(tree: MappingType[str, Any]) -> bool:
    if not all(isinstance(tree.get(key), str) for key in ("name", "type")):
        return False
    if isinstance(tree.get("rule_id"), str):
        return not _RULE_KEYS.isdisjoint(tree)
    # A scanner's findings have a score and a severity, too.
    required = tree["type"] in _TYPES and {"risk_score", "severity"} <= tree.keys()
    return required and "rule_id" not in tree


def _rule(file: JsonFile, path: str, found: _Found) -> Rule:
    tree = found.tree
    name, query, tags = tree["name"], text(tree.get("query")), texts(tree.get("tags"))
    severity = text(tree.get("severity")).lower()
    integrations = _integrations(tree.get("related_integrations"))
    indices, operations = elastic.indices_of(tree, query), elastic.operations_in(query)
    platforms = elastic_platforms.platforms(
        tags, integrations, operations, elastic.operating_systems(query)
    )
    column = elastic_platforms.column(tags, integrations, indices, operations, platforms)
    deprecated = is_named_deprecated(name)
    return Rule(
        key=RuleKey(format="kibana", native_id=tree.get("rule_id", "")),
        name=name,
        path=path,
        severity=severity if severity in SEVERITIES else "",
        state=State(
            lifecycle=Stated(value="deprecated", field="name")
            if deprecated
            else Stated(value="stable"),
            emits=elastic.emits_of(tree, "building_block_type"),
            kind=_renamed(elastic.kind_of(tree, indices)),
            enabled=_ENABLED.get(scalar(tree.get("enabled")), Stated(value="unstated")),
        ),
        mappings=_mappings(file, found.threat, tree.get("threat")),
        platforms=tuple(_renamed(platform) for platform in platforms),
        tags=tags,
        tag_places=_tag_places(file, found.tags, tree.get("tags")),
        references=texts(tree.get("references")),
        place=file.at(found.at),
        column=_renamed(column),
        reads=(*integrations, *indices),
        container_fields=elastic.container_fields(query),
        defects=file.defects(found.at),
    )


def _renamed(stated: Stated) -> Stated:
    """The same, by what an export calls the field."""
    field, space, rest = stated.field.partition(" ")
    return structs.replace(stated, field=f"{_FIELDS.get(field, field)}{space}{rest}")


def _mappings(file: JsonFile, at: Path, threat: Any) -> tuple[Mapping, ...]:
    if not isinstance(threat, list):
        return ()
    places = {path: file.at((*at, *path), value) for path, value in strings_of(threat).items()}
    return elastic.mappings_of(threat, by_table(places))


def _tag_places(file: JsonFile, found: Path, tags: Any) -> dict[str, Place]:
    return {
        tag: file.at((*found, at), tag)
        for at, tag in enumerate(tags if isinstance(tags, list) else ())
        if isinstance(tag, str) and elastic.TACTIC_TAG.match(tag)
    }


def _integrations(related: Any) -> tuple[str, ...]:
    packages = (
        one.get("package")
        for one in (related if isinstance(related, list) else ())
        if isinstance(one, dict)
    )
    return tuple(dict.fromkeys(one for one in packages if isinstance(one, str)))


FORMAT = RuleFormat(
    name="kibana",
    title="Kibana rule export (NDJSON)",
    about=_ABOUT,
    rules=rules,
    marks=('"rule_id"', '"ruleId"'),
    not_rules=frozenset({"tests", "detection_rules/etc"}),
)
