"""Every file of Elastic's rules of May 2026, beside an independent look with tomli."""

from collections import Counter

import pytest
import tomli

import real
from detcov.model import Role


@pytest.fixture(scope="module")
def rules():
    return {rule.path: rule for rule in real.elastic_rules().rules}


@pytest.fixture(scope="module")
def trees():
    return real.elastic_trees()


@pytest.fixture(scope="module")
def texts(elastic_corpus, rules):
    return {path: (elastic_corpus / path).read_bytes().decode() for path in rules}


def statements(tree):
    """(role, tactic, technique, parent id) in the order written."""
    for entry in tree["rule"].get("threat", []):
        tactic = entry.get("tactic", {})
        if not entry.get("technique"):
            yield Role.TACTIC, tactic, None, None
        for technique in entry.get("technique", []):
            children = technique.get("subtechnique", [])
            yield Role.CARRIER if children else Role.CLAIM, tactic, technique, None
            for child in children:
                yield Role.CLAIM, tactic, child, technique["id"]


def test_all_files_load(trees):
    corpus = real.elastic_rules()
    assert corpus.failures == ()
    assert len(corpus.rules) == 1938
    assert {rule.path for rule in corpus.rules} == trees.keys()
    assert corpus.ignored == 3  # LICENSE.txt, NOTICE.txt, SOURCE.json


def test_mappings_are_those_of_the_tree(rules, trees):
    for path, tree in trees.items():
        found = [
            (
                one.role,
                one.tactic_id,
                one.tactic_name,
                one.tactic_url,
                one.technique_id,
                one.technique_name,
                one.technique_url,
                one.parent_id,
            )
            for one in rules[path].mappings
        ]
        assert found == [
            (
                role,
                *(tactic.get(key) for key in ("id", "name", "reference")),
                *((technique or {}).get(key) for key in ("id", "name", "reference")),
                parent,
            )
            for role, tactic, technique, parent in statements(tree)
        ], path


def test_each_place_holds_its_value(rules, texts):
    """Line and column are counted from the start of the text, offsets are compared."""
    wrong = []
    for path, rule in rules.items():
        text = texts[path]
        places = [(one.place, one.technique_id or one.tactic_id) for one in rule.mappings]
        places += [(place, tag) for tag, place in rule.tag_places.items()]
        for place, value in places:
            before = text[: place.start]
            line = before.count("\n") + 1
            column = place.start - (before.rfind("\n") + 1) + 1
            if (text[place.start : place.end], line, column, True) != (
                value,
                place.line,
                place.column,
                place.exact,
            ):
                wrong.append((path, place, value))
    assert wrong == []


_FIELDS = (
    ("place", "technique", "id"),
    ("name_place", "technique", "name"),
    ("url_place", "technique", "reference"),
    ("tactic_place", "tactic", "id"),
    ("tactic_name_place", "tactic", "name"),
    ("tactic_url_place", "tactic", "reference"),
)


def test_each_place_is_the_right_one_of_several(rules, texts, trees):
    """Puts a mark in each place and lets tomli say which field now holds which mark."""
    marked = 0
    for path, rule in rules.items():
        text = texts[path]
        wanted = [
            (position, field, key, getattr(mapping, name))
            for position, mapping in enumerate(rule.mappings)
            for name, field, key in _FIELDS
            if getattr(mapping, name) is not None
        ]
        marks = {place: f"@{place.start}@" for *_, place in wanted}
        for place in sorted(marks, key=lambda place: place.start, reverse=True):
            text = text[: place.start] + marks[place] + text[place.end :]
        after = list(statements(tomli.loads(text)))
        for position, field, key, place in wanted:
            _, tactic, technique, _ = after[position]
            holder = tactic if field == "tactic" or technique is None else technique
            assert holder[key] == marks[place], (path, place)
        marked += len(wanted)
    assert marked == sum(
        len(tactic.keys() & {"id", "name", "reference"})
        + (1 if technique is None else len(technique.keys() & {"id", "name", "reference"}))
        for tree in trees.values()
        for _, tactic, technique, _ in statements(tree)
    )


def test_states(rules):
    states = Counter(
        "live" if rule.state.live else "not live" if rule.state.active else "deprecated"
        for rule in rules.values()
    )
    assert states == {"live": 1621, "not live": 188, "deprecated": 129}


def test_reasons_why_active_rules_are_not_live(rules, trees):
    reasons = Counter(
        fact.field
        for rule in rules.values()
        if rule.state.active and not rule.state.live
        for fact in (rule.state.emits, rule.state.kind, rule.state.enabled)
        if fact.value not in {"alert", "detection", "yes", "unstated"}
    )
    active = [trees[path] for path, rule in rules.items() if rule.state.active]

    def over_alerts(rule):
        first = rule.get("query", "").split("|")[0].split()
        if rule.get("language") == "esql":
            return first[1].startswith(".alerts-security")
        indices = rule.get("index", [])
        return bool(indices) and all(one.startswith(".alerts-security") for one in indices)

    promoted = [tree for tree in active if tree["metadata"].get("promotion") is True]
    over = [
        tree["rule"]
        for tree in active
        if tree["metadata"].get("promotion") is not True and over_alerts(tree["rule"])
    ]
    assert reasons == {
        "rule.building_block_type": sum("building_block_type" in one["rule"] for one in active),
        "metadata.promotion": len(promoted),
        "rule.index": sum(rule.get("language") != "esql" for rule in over),
        "rule.query": sum(rule.get("language") == "esql" for rule in over),
        "rule.enabled": sum(one["rule"].get("enabled") is False for one in active),
    }


def test_roles(rules, trees):
    roles = Counter(one.role for rule in rules.values() for one in rule.mappings)
    assert roles == Counter(role for tree in trees.values() for role, *_ in statements(tree))
    assert roles[Role.CARRIER] > 0


def test_platforms_by_tag(rules, trees):
    """Rules that a tag of Elastic's own names as Linux, Windows, macOS, Containers."""
    for platform, tags in {
        "Windows": {"OS: Windows"},
        "Linux": {"OS: Linux"},
        "macOS": {"OS: macOS"},
        "Containers": {"Domain: Container", "Domain: Containers", "Domain: Kubernetes"},
    }.items():
        tagged = {path for path, tree in trees.items() if tags & set(tree["rule"].get("tags", []))}
        assert tagged
        assert tagged <= {path for path, rule in rules.items() if platform in rule.platform_names}
