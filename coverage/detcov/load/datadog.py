"""Datadog Workload Protection (CWS) agent rules: YAML policies of many rules.

Format: the default policy that Datadog's agent ships. `product_tags` state tactics and techniques
as "tactic:TA0006-credential-access": id, and its name as a slug.
"""

import re
from typing import Any

from msgspec import Struct

from detcov.load.lines import Path
from detcov.load.parsed import About, RuleFormat, StateRule, enabled_by, stated_platforms
from detcov.load.scope import by_platforms
from detcov.load.tags import inside
from detcov.load.values import placed_texts, scalar, table, tables, texts
from detcov.load.yaml_text import YamlFile
from detcov.model import Mapping, Place, Role, Rule, RuleKey, ScopeColumn, State, Stated

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

_ABOUT = About(
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


def rules(file: YamlFile, path: str) -> tuple[Rule, ...] | None:
    """Return the rules of a policy; None if the file has no rule with an expression."""
    found = []
    for index, document in enumerate(file.documents):
        for position, rule in tables(table(document).get("rules")):
            if isinstance(rule.get("id"), str) and isinstance(rule.get("expression"), str):
                found.append(_rule(file, path, (index, "rules", position), rule))
    return tuple(found) or None


def _rule(file: YamlFile, path: str, at: Path, rule: dict[Any, Any]) -> Rule:
    tags, defects = placed_texts(file, (*at, "product_tags"), rule.get("product_tags"))
    mappings, paired = _mappings(tags)
    expression = _VARIABLE.sub(" ", rule["expression"])
    asked = sorted({match[0] for match in _CONTAINER.finditer(expression)})
    systems = sorted(set(_SYSTEM.findall(" ".join(texts(rule.get("filters"))))))
    platforms = {_SYSTEMS[system]: f'filters os == "{system}"' for system in systems}
    column = by_platforms(stated_platforms(platforms))
    if asked:
        platforms["Containers"] = f"expression {asked[0]}"
        column = Stated(value=ScopeColumn.RUNTIME, field=f"expression {asked[0]}")
    return Rule(
        key=RuleKey(format="datadog", native_id=rule["id"]),
        name=rule["id"],
        path=path,
        state=_state(rule),
        platforms=stated_platforms(platforms),
        mappings=mappings,
        tags=tuple(tag for tag, _ in tags),
        place=file.at((*at, "id")),
        paired=paired,
        column=column,
        container_fields=tuple(asked),
        defects=(*defects, *file.defects(at)),
    )


def _state(rule: dict[Any, Any]) -> State:
    deprecated = scalar(table(rule.get("tags")).get("deprecated")).lower() == "true"
    silent = scalar(rule.get("silent")).lower() == "true"
    return State(
        lifecycle=Stated(value="deprecated", field="tags.deprecated")
        if deprecated
        else Stated(value="stable"),
        emits=Stated(value="none", field="silent") if silent else Stated(value="alert"),
        enabled=_ENABLED.get(scalar(rule.get("disabled")).lower(), Stated(value="unstated")),
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


FORMAT = RuleFormat(
    name="datadog",
    title="Datadog Workload Protection policy (YAML)",
    about=_ABOUT,
    rules=rules,
    paired=False,
    marks=("product_tags:",),
)
