"""Sigma rules: tags `attack.t1059.001` and `attack.execution`, side by side and not paired.

Format: the Sigma specification (rules, correlations and filters), and the older collections in
several documents, whose `action: global` gives fields to the documents behind it.
"""

from collections.abc import Iterator
from collections.abc import Mapping as MappingType
from typing import Any

from msgspec import structs

from detcov.attack.ids import tactic_slug
from detcov.load import sigma_sources
from detcov.load.parsed import About, RuleFormat, StateRule, Telltale
from detcov.load.sigma_collection import (
    Member,
    called,
    feeding_correlations,
    log_source,
    members,
    members_by_name,
    names,
)
from detcov.load.sigma_sources import Search
from detcov.load.tags import id_mapping, inside, is_actor, is_object, says_id, tactic_mapping
from detcov.load.values import located, not_text, table, tables, text, texts
from detcov.load.yaml_text import YamlFile
from detcov.model import SEVERITIES, Defect, Mapping, Place, Role, Rule, RuleKey, State, Stated

_PREFIX = "attack."
_LIFECYCLES = {
    "stable": "stable",
    "test": "test",
    "experimental": "experimental",
    "deprecated": "deprecated",
    "unsupported": "deprecated",
}
_RETIRED = frozenset({"deprecated", "unsupported"})
_HUNTS = frozenset({"rules-threat-hunting", "threat-hunting", "hunting"})
_COMPLIANCE = frozenset({"rules-compliance", "compliance"})
_PLACEHOLDERS = frozenset({"rules-placeholder", "placeholder"})
_HUNT_TAG = "detection.threat-hunting"

_ABOUT = About(
    files="YAML files with a document that has `detection` and `logsource` (or, where that was "
    "forgotten, a `title`, a `condition` and a tag `attack.…`), or `title` and `correlation`. "
    "Filters, and files below a folder `regression_data` or `tests`, are passed over.",
    mappings="`tags`: `attack.` and a technique's id, a tactic's name or its id. Groups, software "
    "and campaigns (`attack.g0016`) and other namespaces (`cve.`, `car.`, `tlp.`) are no mapping. "
    "A correlation has those that it states itself: none of the rules that it names",
    key="`id`, else path and the rule's position in the file. The `id` of a part with `action: "
    "global` is a rule's only where one rule follows it. `related` of type `renamed` names an id "
    "that the rule had before (see [concepts](../concepts.md)); `derived`, `obsolete`, `merged` "
    "and `similar` name other rules",
    severity="`level`",
    platforms="`logsource`: the service's platform if it has one of its own, else the product's; "
    "Containers too where a cloud's rule asks for cluster, registry or image operations. A "
    "correlation has the log source that all the rules of its file that it names share",
    platform_values=sigma_sources.VALUES,
    columns=(
        ("control plane", "`logsource.product` is `kubernetes`"),
        (
            "control plane",
            (
                "a cloud's rule whose detection names cluster, registry or image "
                "operations (`eks.amazonaws.com`, `MICROSOFT.CONTAINERREGISTRY/` …)"
            ),
        ),
        ("runtime", "`logsource.product` is `docker`"),
        ("node", "`logsource.product` is `linux`"),
        ("other", "all the rest"),
    ),
    state=(
        StateRule("lifecycle", "deprecated", "a folder `deprecated` or `unsupported`", "path"),
        StateRule("lifecycle", "deprecated", "`deprecated` or `unsupported`", "status"),
        StateRule("lifecycle", "stable", "`stable`", "status"),
        StateRule("lifecycle", "test", "`test`", "status"),
        StateRule("lifecycle", "experimental", "`experimental`, or any other status", "status"),
        StateRule("lifecycle", "stable", "no status"),
        StateRule("emits", "none", "a folder `rules-placeholder` or `placeholder`", "path"),
        StateRule(
            "emits",
            "signal",
            "a correlation of the same file names the rule, and doesn't say `generate: true`",
            "correlation.rules",
        ),
        StateRule("emits", "alert", "otherwise"),
        StateRule(
            "kind", "hunt", "a folder `rules-threat-hunting`, `threat-hunting` or `hunting`", "path"
        ),
        StateRule("kind", "hunt", "the tag", "tag detection.threat-hunting"),
        StateRule("kind", "posture", "a folder `rules-compliance` or `compliance`", "path"),
        StateRule("kind", "detection", "otherwise"),
        StateRule("enabled", "unstated", "always: Sigma has no such field"),
    ),
)


def rules(file: YamlFile, path: str) -> tuple[Rule, ...] | None:
    """Return the rules of a file, one a document; None if no document is a Sigma rule."""
    if not any(_is_sigma(table(document)) for document in file.documents):
        return None
    of_file = members(file.documents)
    by_name = members_by_name(of_file)
    named = {member.index: called(member.tree, by_name) for member in of_file}
    searches = {
        member.index: _search(file, member.tree, named[member.index])
        for member in of_file
        if _is_sigma(member.tree)
    }
    feeding = feeding_correlations(member.tree for member in of_file)
    made = [
        _rule(
            file,
            path,
            member,
            # A correlation looks for what the rules that it names look for.
            searches[member.index].joined(
                searches[other.index]
                for other in named[member.index] or ()
                if other.index in searches
            ),
            feeds_correlation=not feeding.isdisjoint(names(member.tree)),
        )
        for member in of_file
        if member.index in searches
    ]
    # What is wrong in a global part is told once, of the first rule that has it.
    global_parts = set(range(len(file.documents))) - {member.index for member in of_file}
    shared = [defect for index in sorted(global_parts) for defect in file.defects((index,))]
    if made and shared:
        made[0] = structs.replace(made[0], defects=(*shared, *made[0].defects))
    return tuple(made)


def _is_sigma(tree: MappingType[Any, Any]) -> bool:
    """Whether a document is a rule, a correlation or a collection's global part."""
    if isinstance(detection := tree.get("detection"), dict):
        if "logsource" in tree or tree.get("action") == "global":
            return True
        # The log source is a must, and forgotten all the same; others' rules have such keys, too.
        tagged = any(tag.lower().startswith(_PREFIX) for tag in texts(tree.get("tags")))
        return tagged and "title" in tree and "condition" in detection
    return "title" in tree and isinstance(tree.get("correlation"), dict)


def _search(file: YamlFile, tree: MappingType[Any, Any], named: list[Member] | None) -> Search:
    detection = repr(tree.get("detection"))
    return sigma_sources.search(
        log_source(tree, named),
        detection,
        # A file of several rules says of the others, too, what they look for.
        file.text if len(file.documents) == 1 else detection,
    )


def _rule(
    file: YamlFile, path: str, member: Member, search: Search, *, feeds_correlation: bool
) -> Rule:
    tree = member.tree
    level = text(tree.get("level")).lower()
    tags = tree.get("tags")
    mappings, defects = _tags(file, (member.tags_in, "tags"), tags)
    return Rule(
        key=RuleKey(format="sigma", native_id=text(tree.get("id"))),
        name=text(tree.get("title")),
        path=path,
        severity=level if level in SEVERITIES else "",
        state=_state(
            status=text(tree.get("status")).lower(),
            tags=texts(tags),
            folders=frozenset(path.split("/")[:-1]),
            feeds_correlation=feeds_correlation,
        ),
        mappings=tuple(mappings),
        platforms=sigma_sources.platforms(search),
        tags=texts(tags),
        references=texts(tree.get("references")),
        place=file.key_line((member.index,), ("title", "id", "detection", "correlation")),
        paired=False,
        column=sigma_sources.column(search),
        reads=tuple(f"{key} {value}" for key, value in search.log_source.items()),
        container_fields=search.container_fields,
        defects=(*defects, *file.defects((member.index,))),
        former=_former(tree.get("related")),
    )


def _state(
    *, status: str, tags: tuple[str, ...], folders: frozenset[str], feeds_correlation: bool
) -> State:
    lifecycle = Stated(value="stable")
    if not _RETIRED.isdisjoint(folders):
        lifecycle = Stated(value="deprecated", field="path")
    elif status:
        lifecycle = Stated(value=_LIFECYCLES.get(status, "experimental"), field="status")
    emits = Stated(value="alert")
    if not _PLACEHOLDERS.isdisjoint(folders):
        emits = Stated(value="none", field="path")
    elif feeds_correlation:
        emits = Stated(value="signal", field="correlation.rules")
    kind = Stated(value="detection")
    if not _HUNTS.isdisjoint(folders):
        kind = Stated(value="hunt", field="path")
    elif _HUNT_TAG in tags:
        kind = Stated(value="hunt", field=f"tag {_HUNT_TAG}")
    elif not _COMPLIANCE.isdisjoint(folders):
        kind = Stated(value="posture", field="path")
    return State(lifecycle=lifecycle, emits=emits, kind=kind)


def _tags(file: YamlFile, at: tuple[int, str], tags: Any) -> tuple[list[Mapping], list[Defect]]:
    mappings: list[Mapping] = []
    defects: list[Defect] = []
    for entry, (tag, place) in enumerate(located(file, at, tags)):
        if not isinstance(tag, str):
            defects.append(not_text(tag, place))
        elif tag[: len(_PREFIX)].lower() == _PREFIX:
            stated = tag[len(_PREFIX) :]
            at_id = inside(place, len(_PREFIX), len(stated))
            if (mapping := _mapping(stated, at_id, entry)) is not None:
                mappings.append(mapping)
            defects += _tag_defects(tag, stated, place)
    return mappings, defects


def _mapping(stated: str, place: Place, entry: int) -> Mapping | None:
    """Return what stands behind `attack.` as a mapping; None for a group, software and the like."""
    if is_object(stated):
        return None
    if says_id(stated):
        return id_mapping(stated, place, entry)
    if not stated:
        return Mapping(role=Role.CLAIM, place=place, technique_id="", entry=entry)
    return tactic_mapping(stated, place, entry)


def _tag_defects(tag: str, stated: str, place: Place) -> Iterator[Defect]:
    if is_object(stated):
        if not is_actor(stated):
            yield Defect(kind="other-object", subject=tag, place=place)
        return
    slug = tactic_slug(stated)
    if not says_id(stated) and slug != stated:
        yield Defect(kind="tactic-malformed", subject=tag, place=place, meant=_PREFIX + slug)


def _former(related: Any) -> tuple[str, ...]:
    """The ids that the rule had before: of all relations only `renamed` is to the same rule."""
    ids = (text(item.get("id")) for _, item in tables(related) if item.get("type") == "renamed")
    return tuple(dict.fromkeys(filter(None, ids)))


FORMAT = RuleFormat(
    name="sigma",
    title="Sigma rule (YAML)",
    about=_ABOUT,
    rules=rules,
    paired=False,
    marks=("logsource", "detection:", "correlation:"),
    # Sigma's regression data and tests hold events and expectations.
    not_rules=frozenset({"regression_data", "tests"}),
    telltales=(
        Telltale(
            keys={"title": str, "logsource": dict},
            needs="detection",
            kind=dict,
            unless=frozenset({"correlation", "filter"}),
            # Parts of a collection complete each other.
            unless_beside=frozenset({"action"}),
        ),
        Telltale(
            keys={"title": str, "detection": dict, "falsepositives": object},
            needs="logsource",
            always=False,
        ),
        Telltale(keys={"correlation": dict, "level": str}, needs="title"),
    ),
    other_kinds=(
        frozenset({"title", "logsource", "filter"}),
        frozenset({"priority", "transformations"}),
    ),
)
