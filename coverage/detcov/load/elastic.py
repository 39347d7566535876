"""Elastic detection rules: one `[rule]` table a TOML file, mappings in `[[rule.threat]]`.

Format: the detection-rules repository of Elastic, whose fields are those of Kibana's
detection-engine API. `threat_mapping`, `threat_filters` and `threat_index` belong to indicator
matching and are no ATT&CK mapping.
"""

import re
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MappingType
from functools import partial
from typing import Any

from detcov.load import elastic_platforms
from detcov.load.lines import Lines, Path
from detcov.load.parsed import About, ParseError, RuleFormat, StateRule, Telltale, enabled_by
from detcov.load.scope import AMAZON, AZURE, GOOGLE, GOOGLE_METHODS
from detcov.load.toml_places import Places, find_by_markers, find_header, find_places
from detcov.load.toml_text import TomlFile, read_toml
from detcov.load.values import scalar, table, text, texts
from detcov.model import (
    ATTACK,
    SEVERITIES,
    Mapping,
    Place,
    Role,
    Rule,
    RuleKey,
    State,
    Stated,
    is_named_deprecated,
)

_OS = re.compile(
    r"host\.os\.(?:type|family)\s*(?:==|=|:|in~?)\s*(?:\(([^)]{0,200})\)|(\"?\w+))", re.IGNORECASE
)
_OS_NAME = re.compile(r"\b(windows|linux|macos)\b", re.IGNORECASE)
# The fields of ECS, of Elastic's Kubernetes integration and of Defend for Containers; a bare
# "container.exe" or "kubernetes.io" is none.
_CONTAINER_FIELD = re.compile(
    r"\bcontainer\.(?:cpu|disk|id|image|labels|memory|name|network|runtime|security_context)\b[\w.]*"
    r"|\borchestrator\.(?:api_version|cluster|namespace|organization|resource|type)\b[\w.]*"
    r"|\bkubernetes\.(?:annotations|audit|container|cronjob|daemonset|deployment|event|job|labels"
    r"|namespace|node|pod|replicaset|service|statefulset)\b[\w.]*"
    r"|\bentry_meta\.type(?=\s*(?:==?|:)\s*\"?container\b)"
)
_CONTAINER_WORDS = ("container", "kubernetes", "orchestrator", "serviceaccount")
_SERVICE_ACCOUNT = re.compile(r"\bsystem\\?:serviceaccount\b")
_OPERATION = re.compile(
    rf"event\.provider\W{{1,9}}({AMAZON})|\b({AZURE})"
    rf"|\b({GOOGLE_METHODS}|google\.devtools\.artifactregistry|{GOOGLE})\b",
    re.IGNORECASE,
)
# What each alternative holds, in lower case; most queries on a cloud hold none of them.
_OPERATION_WORDS = (
    "eks.a",
    "ecr.a",
    "ecr-p",
    "microsoft.k",
    "microsoft.c",
    "google.",
    "googleapis",
    "io.k8s",
)
_FROM = re.compile(r"^[ \t]*from\s+([^|\n]*)", re.IGNORECASE | re.MULTILINE)
_METADATA = re.compile(r"\smetadata\b", re.IGNORECASE)
TACTIC_TAG = re.compile(r"(?:tactic|mitre[\w &]*):", re.IGNORECASE)
_ENABLED = enabled_by("rule.enabled")

_ABOUT = About(
    files="TOML files with a `[rule]` table. Other TOML files, and those below `tests` "
    "or `detection_rules/etc`, are passed over.",
    mappings="`[[rule.threat]]`: `tactic`, `technique`, `subtechnique`",
    key="`rule.rule_id`, else path and position",
    severity="`rule.severity`",
    platforms="tags (`OS:`, `Domain:`, `Data Source:`; bare `Windows`, `Linux`, `macOS`), "
    "`metadata.integration`, cluster operations that the query asks for, and what it compares "
    "`host.os.type` with; each with the first field that states it",
    platform_values=elastic_platforms.VALUES,
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
            (
                "integration or index `cloud_defend`; tags `Domain: Container`, "
                "`Domain: Containers`, `Domain: Kubernetes`, "
                "`Data Source: Elastic Defend for Containers`"
            ),
        ),
        ("node", "a platform is Linux"),
        ("other", "all the rest"),
    ),
    state=(
        StateRule("lifecycle", "deprecated", "a `_deprecated` folder", "path"),
        StateRule("lifecycle", "deprecated", '`maturity = "deprecated"`', "metadata.maturity"),
        StateRule(
            "lifecycle",
            "deprecated",
            "a name that begins with “Deprecated - ” or the like",
            "rule.name",
        ),
        StateRule("lifecycle", "stable", '`maturity = "production"`', "metadata.maturity"),
        StateRule("lifecycle", "test", '`maturity = "development"`', "metadata.maturity"),
        StateRule("lifecycle", "experimental", "any other maturity", "metadata.maturity"),
        StateRule("lifecycle", "stable", "no maturity"),
        StateRule(
            "emits", "signal", "there is a `building_block_type`", "rule.building_block_type"
        ),
        StateRule("emits", "alert", "otherwise"),
        StateRule("kind", "promotion", "`metadata.promotion = true`", "metadata.promotion"),
        StateRule("kind", "over-alerts", "alert indices only (`.alerts-security*`)", "rule.index"),
        StateRule(
            "kind", "over-alerts", "an ES\\|QL query whose first source is one", "rule.query"
        ),
        StateRule("kind", "detection", "otherwise"),
        StateRule("enabled", "yes", "`enabled = true`", "rule.enabled"),
        StateRule("enabled", "no", "`enabled = false`", "rule.enabled"),
        StateRule("enabled", "unstated", "otherwise"),
    ),
)


def rules(file: TomlFile, path: str) -> tuple[Rule, ...] | None:
    """Return the one rule of a file; None without a [rule] table that has a rule's fields.

    Rules of Elastic Endpoint have an `os_list` instead of a `rule_id`.
    """
    rule = file.tree.get("rule")
    if not isinstance(rule, dict) or ("os_list" in rule and "rule_id" not in rule):
        return None
    if {"rule_id", "name", "query", "type"}.isdisjoint(rule):
        return None
    metadata = table(file.tree.get("metadata"))
    name, query, tags = text(rule.get("name")), text(rule.get("query")), texts(rule.get("tags"))
    severity = text(rule.get("severity")).lower()
    integrations = texts(metadata.get("integration"))
    indices, operations = indices_of(rule, query), operations_in(query)
    platforms = elastic_platforms.platforms(
        tags, integrations, operations, operating_systems(query)
    )
    return (
        Rule(
            key=RuleKey(format="elastic", native_id=text(rule.get("rule_id"))),
            name=name,
            path=path,
            severity=severity if severity in SEVERITIES else "",
            state=State(
                lifecycle=_lifecycle(text(metadata.get("maturity")).lower(), name, path),
                emits=emits_of(rule, "rule.building_block_type"),
                kind=Stated(value="promotion", field="metadata.promotion")
                if scalar(metadata.get("promotion")) == "true"
                else kind_of(rule, indices),
                enabled=_ENABLED.get(scalar(rule.get("enabled")), Stated(value="unstated")),
            ),
            mappings=located_mappings(file, rule.get("threat"), "rule.threat"),
            platforms=platforms,
            tags=tags,
            tag_places=_tag_places(file.text, tags, file.lines),
            references=texts(rule.get("references")),
            place=header_place(file, "[rule]"),
            column=elastic_platforms.column(tags, integrations, indices, operations, platforms),
            reads=(*integrations, *indices),
            container_fields=container_fields(query),
        ),
    )


def _lifecycle(maturity: str, name: str, path: str) -> Stated:
    if "_deprecated" in path.split("/")[:-1]:
        return Stated(value="deprecated", field="path")
    if maturity == "deprecated":
        return Stated(value="deprecated", field="metadata.maturity")
    if is_named_deprecated(name):
        return Stated(value="deprecated", field="rule.name")
    if not maturity:
        return Stated(value="stable")
    lifecycle = {"production": "stable", "development": "test"}.get(maturity, "experimental")
    return Stated(value=lifecycle, field="metadata.maturity")


def emits_of(rule: MappingType[str, Any], field: str) -> Stated:
    """A signal for a building block, else an alert; `field` is what the format calls it."""
    if rule.get("building_block_type") is None:
        return Stated(value="alert")
    return Stated(value="signal", field=field)


def kind_of(rule: MappingType[str, Any], indices: Sequence[str]) -> Stated:
    """Over alerts, or a detection, with the field that says so."""
    # ES|QL queries that start from alerts may look up events beside them: they still wait for
    # another rule's alert, so the first source decides.
    is_esql = rule.get("language") == "esql"
    decisive = indices[:1] if is_esql else indices
    if decisive and all(
        index.startswith((".alerts-security", ".internal.alerts-security")) for index in decisive
    ):
        return Stated(value="over-alerts", field="rule.query" if is_esql else "rule.index")
    return Stated(value="detection")


def indices_of(rule: MappingType[str, Any], query: str) -> tuple[str, ...]:
    """Index patterns in the order written; for ES|QL those of FROM."""
    found = list(texts(rule.get("index")))
    if rule.get("language") == "esql":
        for match in _FROM.finditer(query):
            listed = _METADATA.split(match[1], maxsplit=1)[0]
            found += [part.strip().strip('"') for part in listed.split(",")]
    return tuple(dict.fromkeys(index for index in found if index))


def operating_systems(query: str) -> set[str]:
    """What a query compares host.os.type with, in lower case."""
    values = " ".join(match[1] or match[2] for match in _OS.finditer(query))
    return {match[1].lower() for match in _OS_NAME.finditer(values)}


def container_fields(query: str) -> tuple[str, ...]:
    """Container and Kubernetes fields (and identities) that a query uses, sorted."""
    # The plain look first: a pattern over every query costs as much as the rest of the parse.
    if not any(word in query for word in _CONTAINER_WORDS):
        return ()
    found = set(_CONTAINER_FIELD.findall(query))
    if _SERVICE_ACCOUNT.search(query):
        found.add("system:serviceaccount")
    return tuple(sorted(found))


def operations_in(query: str) -> tuple[str, ...]:
    """Cluster, registry and image services whose operations a query asks for, sorted."""
    lowered = query.lower()
    if not any(word in lowered for word in _OPERATION_WORDS):
        return ()
    return tuple(sorted({match[match.lastindex or 0] for match in _OPERATION.finditer(query)}))


def header_place(file: TomlFile, header: str) -> Place:
    """The line of a table's header ("[rule]"); the first line where it isn't written so."""
    start = find_header(file.text, header)
    return file.lines.line(start) if start is not None else Place(line=1, exact=False)


def _tag_places(text: str, tags: Iterable[str], lines: Lines) -> dict[str, Place]:
    """Places of the tags that name a tactic or a framework."""
    wanted = [tag for tag in tags if TACTIC_TAG.match(tag)]
    if not wanted:
        return {}
    start = text.find("\ntags")
    if text.count("\ntags") == 1 and not _is_inside(text, start):
        end = text.find("]", start)
        found = {tag: text.find(f'"{tag}"', start, end) + 1 for tag in wanted}
        if all(found.values()):
            return {tag: lines.place(at, at + len(tag)) for tag, at in found.items()}
    paths: dict[Path, str] = {(at,): tag for at, tag in enumerate(tags)}
    parse = partial(marked, at=("rule", "tags"))
    places = find_by_markers(text, wanted=paths, lines=lines, parse=parse)
    return {tag: places[at,] for at, tag in enumerate(tags) if tag in wanted and (at,) in places}


def _is_inside(text: str, at: int) -> bool:
    """Whether a string of several lines seems to be open at an offset."""
    return text.count('"""', 0, at) % 2 != 0 or text.count("'''", 0, at) % 2 != 0


def located_mappings(file: TomlFile, threat: Any, name: str) -> tuple[Mapping, ...]:
    """The mappings of a file's array of threats, which stands at a dotted name."""
    if not isinstance(threat, list):
        return ()
    parse = partial(marked, at=tuple(name.split(".")))
    places = find_places(file.text, table=name, tree=threat, lines=file.lines, parse=parse)
    return mappings_of(threat, places)


def mappings_of(threat: list[Any], places: Places) -> tuple[Mapping, ...]:
    """The mappings of a list of threats; places by the path from the list down to a table."""
    found: list[Mapping] = []
    for entry, tree in enumerate(threat):
        if isinstance(tree, dict):
            found += _Entry(entry, tree, places).mappings()
    return tuple(found)


def marked(text: str, at: tuple[str, ...]) -> Any:
    """The node that keys lead to in a marked text; None where a marker stands in a key's place."""
    try:
        node: Any = read_toml(text)
    except ParseError:
        return None
    for key in at:
        node = node.get(key) if isinstance(node, dict) else None
    return node


class _Entry:
    """One `[[rule.threat]]` entry, on its way to mappings."""

    def __init__(self, entry: int, tree: dict[str, Any], places: Places) -> None:
        self._entry, self._tree, self._places = entry, tree, places
        tactic = tree.get("tactic")
        self._tactic = tactic if isinstance(tactic, dict) else {}
        self._tactic_places = places.get((entry, "tactic"), {})
        self._framework = text(tree.get("framework")) or ATTACK

    def mappings(self) -> list[Mapping]:
        techniques = _tables(self._tree.get("technique"))
        if not techniques:
            return [self._mapping(Role.TACTIC, {}, ())]
        found = []
        for index, technique in techniques:
            path: Path = (self._entry, "technique", index)
            children = _tables(technique.get("subtechnique"))
            role = Role.CARRIER if children else Role.CLAIM
            found.append(self._mapping(role, technique, path))
            for child, subtechnique in children:
                at = (*path, "subtechnique", child)
                found.append(self._mapping(Role.CLAIM, subtechnique, at, technique))
        return found

    def _mapping(
        self, role: Role, tree: dict[str, Any], at: Path, parent: dict[str, Any] | None = None
    ) -> Mapping:
        tactic, tactic_places = self._tactic, self._tactic_places
        places = self._places.get(at, {})
        return Mapping(
            role=role,
            place=(places if at else tactic_places).get("id") or self._table_place(),
            framework=self._framework,
            tactic_id=_optional(tactic.get("id")),
            tactic_name=_optional(tactic.get("name")),
            tactic_url=_optional(tactic.get("reference")),
            technique_id=_optional(tree.get("id"), "" if at else None),
            technique_name=_optional(tree.get("name")),
            technique_url=_optional(tree.get("reference")),
            parent_id=_optional(parent.get("id")) if parent is not None else None,
            entry=self._entry,
            name_place=places.get("name"),
            url_place=places.get("reference"),
            tactic_place=tactic_places.get("id"),
            tactic_name_place=tactic_places.get("name"),
            tactic_url_place=tactic_places.get("reference"),
        )

    def _table_place(self) -> Place:
        """Some line of this entry, for what has no id."""
        own = [
            place.line
            for path, places in self._places.items()
            if path[:1] == (self._entry,)
            for place in places.values()
        ]
        return Place(line=min(own, default=1), exact=False)


def _tables(value: Any) -> list[tuple[int, dict[str, Any]]]:
    """The tables of an array, or the one that stands in its place; an empty one for no table."""
    if value is None:
        return []
    values = value if isinstance(value, list) else [value]
    return [(at, item if isinstance(item, dict) else {}) for at, item in enumerate(values)]


def _optional(value: Any, missing: str | None = None) -> str | None:
    return value if isinstance(value, str) else missing


FORMAT = RuleFormat(
    name="elastic",
    title="Elastic detection rule (TOML)",
    about=_ABOUT,
    rules=rules,
    # A broken TOML file among rules is worth a line, whatever it holds.
    marks=("[rule", "rule_id", "[metadata]"),
    # Of the repository's tool: its own tests, and the data that it works with.
    not_rules=frozenset({"tests", "detection_rules/etc"}),
    telltales=(
        Telltale(keys={"rule_id": str, "name": str}, table="rule"),
        Telltale(keys={"risk_score": int, "severity": str}, table="rule"),
    ),
)
