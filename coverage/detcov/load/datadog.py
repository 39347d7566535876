"""Datadog Workload Protection (CWS) agent rules: YAML policies of many rules.

Format: the default policy that Datadog's agent ships. `product_tags` state tactics and techniques
as "tactic:TA0006-credential-access": id, and its name as a slug.
"""

import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from detcov.load.lines import Path
from detcov.load.parsed import About, ParsedRule, StateRule, enabled_by, no_path
from detcov.load.tags import inside
from detcov.load.values import placed_texts, scalar, table, tables, text, texts
from detcov.load.yaml_text import YamlFile
from detcov.model import Mapping, Place, Role, ScopeColumn, State, Stated

name = "datadog"
title = "Datadog Workload Protection policy (YAML)"
paired = False
marks = ("product_tags:",)
excludes = no_path

_TAG = re.compile(
    r"(?P<kind>tactic|technique|subtechnique):\s*"
    # An id ends at the slug's hyphen; one with other signs in it is left as it is written.
    r"(?P<id>TA?[0-9.]+(?=-|$)|.*?)(?:-(?P<slug>.*))?",
    re.DOTALL,
)
_SYSTEM = re.compile(r"""\bos\s*==\s*["'](linux|windows)["']""")
_SYSTEMS = {"linux": "Linux", "windows": "Windows"}
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_CONTAINER = re.compile(
    r"""\b(?:process\.)?container\.(?:id\s*!=\s*["']{2}|created_at|tags|runtime)"""
    r"|\buser_session\.k8s_\w+"
)
_ENABLED = enabled_by("disabled", off=True)

about = About(
    files="YAML files (`.policy` too) with a list `rules` of entries that have `id` and "
    "`expression`; macros are no rules",
    mappings="`product_tags`: `tactic:`, `technique:` and `subtechnique:`, each an id and a slug. "
    "The `technique:` of a stated `subtechnique:` is a carrier. Tactic and technique are a pair "
    "where the rule states one of each, sub-techniques apart",
    key="`id`",
    severity="none: agent rules have no such field",
    platforms="what `filters` compare `os` with; Containers where the expression asks for a "
    "container or a Kubernetes session",
    platform_values={
        '`filters` `os == "linux"`': "Linux",
        '`filters` `os == "windows"`': "Windows",
        '`expression` `container.id != ""`, `container.created_at`, `user_session.k8s_*` …': (
            "Containers"
        ),
    },
    columns=(
        ("runtime", "the expression asks for a container or a Kubernetes session"),
        ("node", "a filter asks for Linux"),
        ("other", "all the rest"),
    ),
    state=(
        StateRule("lifecycle", "deprecated", "`tags.deprecated` is true", "tags.deprecated"),
        StateRule("lifecycle", "stable", "otherwise"),
        StateRule("emits", "none", "`silent: true`: only its actions are carried out", "silent"),
        StateRule("emits", "alert", "otherwise"),
        StateRule("kind", "detection", "always"),
        StateRule("enabled", "no", "`true`", "disabled"),
        StateRule("enabled", "yes", "`false`", "disabled"),
        StateRule("enabled", "unstated", "otherwise"),
    ),
)


def recognises(file: YamlFile) -> bool:
    """Whether there is a rule with an expression in the file."""
    return next(_entries(file), None) is not None


def parse(file: YamlFile) -> tuple[ParsedRule, ...]:
    """The rules of a policy; see `RuleFormat.parse`."""
    return tuple(_rule(file, at, tree) for at, tree in _entries(file))


def state(rule: ParsedRule, path: str) -> State:  # noqa: ARG001 - a policy's path says nothing
    """What `tags.deprecated`, `silent` and `disabled` say; see `RuleFormat.state`."""
    deprecated = rule.stated.get("tags.deprecated") == "true"
    silent = rule.stated.get("silent") == "true"
    return State(
        lifecycle=Stated(value="deprecated", field="tags.deprecated")
        if deprecated
        else Stated(value="stable"),
        emits=Stated(value="none", field="silent") if silent else Stated(value="alert"),
        kind=Stated(value="detection"),
        enabled=_ENABLED.get(rule.stated.get("disabled", ""), Stated(value="unstated")),
    )


def platforms(rule: ParsedRule) -> tuple[Stated, ...]:
    """What the filters ask for, and Containers where the expression does."""
    found = {_SYSTEMS[one]: f'filters os == "{one}"' for one in rule.operating_systems}
    for asked in rule.fields[:1]:
        found["Containers"] = f"expression {asked}"
    return tuple(Stated(value=one, field=found[one]) for one in sorted(found))


def column(rule: ParsedRule) -> Stated:
    """Runtime where the expression asks for a container, node for Linux."""
    for asked in rule.fields[:1]:
        return Stated(value=ScopeColumn.RUNTIME, field=f"expression {asked}")
    if "linux" in rule.operating_systems:
        return Stated(value=ScopeColumn.NODE, field='filters os == "linux"')
    return Stated(value=ScopeColumn.OTHER)


def _entries(file: YamlFile) -> Iterator[tuple[Path, dict[Any, Any]]]:
    for index, tree in enumerate(file.documents):
        for position, rule in tables(table(tree).get("rules")):
            if isinstance(rule.get("id"), str) and isinstance(rule.get("expression"), str):
                yield (index, "rules", position), rule


def _rule(file: YamlFile, at: Path, tree: dict[Any, Any]) -> ParsedRule:
    tags, defects = placed_texts(file, (*at, "product_tags"), tree.get("product_tags"))
    mappings, paired = _mappings(tags)
    expression = _VARIABLE.sub(" ", text(tree.get("expression")))
    filters = " ".join(texts(tree.get("filters")))
    stated = {key: scalar(tree.get(key)) for key in ("silent", "disabled")}
    stated["tags.deprecated"] = scalar(table(tree.get("tags")).get("deprecated"))
    return ParsedRule(
        native_id=text(tree.get("id")),
        name=text(tree.get("id")),
        place=file.at((*at, "id")),
        stated={key: value.lower() for key, value in stated.items() if value},
        tags=tuple(tag for tag, _ in tags),
        operating_systems=tuple(sorted(set(_SYSTEM.findall(filters)))),
        fields=tuple(sorted({found[0] for found in _CONTAINER.finditer(expression)})),
        mappings=mappings,
        defects=(*defects, *file.defects(at)),
        paired=paired,
    )


def _mappings(tags: list[tuple[str, Place]]) -> tuple[tuple[Mapping, ...], bool]:
    """The mappings, and whether the rule states one tactic and one technique: a pair."""
    stated = [found for at, tag in enumerate(tags) if (found := _statement(*tag, at)) is not None]
    tactics = [one for one in stated if one.kind == "tactic"]
    techniques = {one.id for one in stated if one.kind == "technique"}
    parents = {one.parent for one in stated if one.kind == "subtechnique"}
    paired = len(tactics) == 1 and len(techniques) == 1 and parents <= techniques
    tactic = tactics[0] if paired else None
    return (
        tuple(
            one.mapping(tactic, carries=one.id in parents, has_parent=one.parent in techniques)
            for one in stated
            if one is not tactic
        ),
        paired,
    )


class _Statement(Struct, frozen=True, kw_only=True):
    """One tag: an id and its name as a slug, with their places."""

    kind: str
    id: str
    slug: str | None
    place: Place
    slug_place: Place | None
    entry: int

    @property
    def parent(self) -> str:
        return self.id.partition(".")[0]

    def mapping(self, tactic: "_Statement | None", *, carries: bool, has_parent: bool) -> Mapping:
        """Its mapping, with the tactic that the rule pairs it with."""
        if self.kind == "tactic":
            return Mapping(
                role=Role.TACTIC,
                place=self.place,
                tactic_id=self.id,
                tactic_name=self.slug,
                tactic_place=self.place,
                tactic_name_place=self.slug_place,
                entry=self.entry,
            )
        return Mapping(
            role=Role.CARRIER if self.kind == "technique" and carries else Role.CLAIM,
            place=self.place,
            technique_id=self.id,
            technique_name=self.slug,
            name_place=self.slug_place,
            parent_id=self.parent if self.kind == "subtechnique" and has_parent else None,
            tactic_id=tactic.id if tactic else None,
            tactic_name=tactic.slug if tactic else None,
            tactic_place=tactic.place if tactic else None,
            tactic_name_place=tactic.slug_place if tactic else None,
            entry=0 if tactic else self.entry,
        )


def _statement(tag: str, place: Place, entry: int) -> _Statement | None:
    found = _TAG.fullmatch(tag)
    if found is None:
        return None
    stated, slug = found["id"], found["slug"]
    return _Statement(
        kind=found["kind"],
        id=stated,
        slug=slug,
        place=inside(place, found.start("id"), len(stated)),
        slug_place=inside(place, found.start("slug"), len(slug)) if slug else None,
        entry=entry,
    )
