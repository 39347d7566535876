"""A rule in two sources is one rule, in every number: see copies_sample.py."""

import json

import pytest

from copies_sample import CELLS, OLD, SAME, U, V, W, in_a, in_b, study_of
from detcov import api
from detcov.analysis.by_source import by_source
from detcov.analysis.change import compare
from detcov.analysis.overlap import overlap
from detcov.analysis.scope import columns_of
from detcov.analysis.split import split
from detcov.api import unite_rules
from detcov.model import ScopeColumn, Stated
from detcov.report.heatmap_payload import build_payload
from detcov.report.layer import LayerOptions, render_layer
from detcov.report.tables import render_coverage_csv, render_coverage_json
from detcov.study import build_study
from detcov.timeline.point import point_of
from made import NEW, make_corpus, make_rule, make_state
from suggest_sample import candidate, suggest
from threat_sample import THREATS


@pytest.fixture(scope="module", params=SAME)
def study(request):
    rules, aliases = SAME[request.param]
    return study_of(*rules, aliases=aliases)


def test_mappings_and_platforms_are_united(study):
    assert study.corpus.canonical == (0, 3, 0, 3, 4)
    assert study.coverage.counted == (0, 3, 4)
    techniques = study.coverage.techniques
    assert {key: one.rules for key, one in techniques.items() if one.rules} == {
        "T1001": (0, 4),
        "T1002": (0,),
        "T1020": (3,),
    }
    assert techniques["T1001"].by_platform == {"Linux": (0,), "Windows": (0, 4)}
    assert techniques["T1002"].by_platform == {"Linux": (0,), "Windows": (0,)}
    assert study.states == {"live": 3, "not live": 0, "deprecated": 0}


def test_a_trend_counts_each_rule_once(study):
    point = point_of(study)
    assert (point.rules, point.covered.numerator) == (3, 3)


def test_a_source_has_what_its_own_copies_claim(study):
    found = by_source(study.coverage, study.corpus, study.resolutions)
    expected = {"a": (1, 1, 0), "b": (3, 3, 2)}
    assert {one.label: (one.rules, one.covered.numerator, one.alone) for one in found} == expected
    parts = {one.value: one.part().coverage for one in split(study, "source")}
    assert {
        label: (len(part.counted), part.headline.numerator) for label, part in parts.items()
    } == {label: numbers[:2] for label, numbers in expected.items()}


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("source", {"a": {"T1001"}, "b": {"T1001", "T1002", "T1020"}}),
        ("format", {"elastic": {"T1001"}, "kibana": {"T1001", "T1002", "T1020"}}),
    ],
)
def test_a_rule_is_in_the_slice_of_each_copy(study, by, expected):
    found = {one.value: one.part().coverage.techniques for one in split(study, by)}
    assert {
        value: {key for key, one in techniques.items() if one.rules}
        for value, techniques in found.items()
    } == expected


def test_what_both_sides_have_adds_nothing():
    same = (in_a(U, "T1001"), in_b(U, "T1001"))
    mine, theirs = (one.part() for one in split(study_of(*same), "source"))
    found = overlap(mine, theirs)
    assert [(one.technique.id, one.standing.value) for one in found.techniques] == [
        ("T1001", "as deep")
    ]
    assert (found.together.numerator, found.shared_rules) == (1, 1)


def test_what_only_the_copy_maps_is_added(study):
    mine, theirs = (one.part() for one in split(study, "source"))
    found = overlap(mine, theirs)
    standing = {one.technique.id: one.standing.value for one in found.techniques}
    assert standing == {"T1001": "as deep", "T1002": "only B", "T1020": "only B"}
    # V is deprecated on one side.
    assert found.shared_rules == 1


@pytest.mark.parametrize("state", [OLD, make_state(enabled="no"), make_state(emits="signal")])
def test_what_only_a_copy_states_that_does_not_count_is_not_claimed(state):
    """A source's coverage and the slices would lack it: no live rule anywhere says it."""
    found = study_of(in_a(U, "T1001"), in_b(U, "T1002", state=state))

    techniques = found.coverage.techniques
    assert {key for key, one in techniques.items() if one.rules} == {"T1001"}
    assert found.states == {"live": 1, "not live": 0, "deprecated": 0}


def test_one_more_copy_changes_no_depth():
    """The copy's source comes first in order: its place is the one that now stands for the rule."""
    before = study_of(in_b(U, "T1001"))
    after = study_of(in_a(U, "T1001"), in_a("new", "T1001"), in_b(U, "T1001"))
    (change,) = compare(before, after).techniques
    assert (change.before, change.after) == (1, 2)
    assert [one.key.native_id for one in change.rules] == ["new"]


def test_a_copy_that_looks_closer_decides_the_column():
    runtime = Stated(value=ScopeColumn.RUNTIME, field="tag")
    corpus = make_corpus(in_a(U, "T1001"), in_b(U, "T1001", column=runtime))
    assert columns_of(corpus, "live") == {0: runtime}


def test_a_copy_of_ours_closes_nothing_new():
    """T1001 is covered by the sample's rule 0; T1050 isn't."""
    ours = study_of(in_a(U, "T1001"))
    assert suggest(candidate(U.upper(), "T1001", format="sigma"), study=ours).picked == ()
    (picked,) = suggest(candidate(U.upper(), "T1050", format="sigma"), study=ours).picked
    assert picked.ours == 0, "ours by id, which doesn't close it"
    renamed = candidate(W, "T1001", "T1050", former=(U,))
    corpus, candidates = unite_rules(ours.corpus, make_corpus(renamed))
    ours = build_study(corpus, NEW)
    (picked,) = api.suggest_from(ours, candidates, threats=THREATS).picked
    assert picked.ours == 0, "ours by the id that it had before"
    twice = (candidate(U, "T1050", source="x"), candidate(U, "T1050", source="y"))
    (picked,) = suggest(*twice, study=ours).picked
    assert picked.alternatives == 0, "one candidate in two places is no alternative to itself"


def test_all_places_are_told(study):
    found = json.loads(render_coverage_json(study))["rules"]
    assert found["0"]["platforms"] == {"Linux": "tags", "Windows": "tags"}
    assert found["0"]["other_places"] == [
        {
            "source": "b",
            "format": "kibana",
            "id": study.corpus.rules[2].key.native_id,
            "path": "export.ndjson",
        }
    ]
    # The live copy stands for the rule.
    assert (found["3"]["source"], found["3"]["other_places"][0]["source"]) == ("b", "a")
    assert "other_places" not in found["4"]
    assert b"a + b: a" in render_coverage_csv(study)
    layer = json.loads(render_layer(study, options=LayerOptions()))
    names = {
        (one["techniqueID"], entry["value"])
        for one in layer["techniques"]
        for entry in one["metadata"]
        if entry["name"] == "Rule"
    }
    assert names == {
        ("T1001", "a + b: a"),
        ("T1001", "b: o"),
        ("T1002", "a + b: a"),
        ("T1020", "b + a: b"),
    }
    facts = {one["name"]: one["value"] for one in layer["metadata"] if "name" in one}
    assert facts["Counted"] == "live rules: 3 of 3 read"


def test_the_heatmap_knows_which_sources_claim_what(study):
    payload = build_payload(study, None, "")
    assert [one.sources for one in payload.rules] == [(0, 1), (1,), (1,)]
    assert [one.other_places for one in payload.rules] == [
        ("b: export.ndjson",),
        ("a: b.toml",),
        (),
    ]
    claims = {one.id: one.claims for one in payload.techniques if one.claims}
    # A place in the copy's file isn't one in the file that is named: there, the rule's own line.
    assert claims == {
        "T1001": ((0, 10, 0), (2, 10)),
        "T1002": ((0, 1, 1),),
        "T1020": ((1, 10),),
    }


def test_the_heatmap_knows_which_sources_draw_a_rule_where():
    payload = build_payload(study_of(*CELLS), None, "")
    cells = {
        (payload.tactics[one.tactic].name, payload.techniques[one.technique].id): (at, one)
        for at, one in enumerate(payload.cells)
    }
    (entry, first), (staying, second) = cells["Entry", "T1002"], cells["Staying", "T1002"]
    assert (first.stated, first.inferred) == ((0, 1), ())
    assert (second.stated, second.inferred) == ((0,), (1,))
    assert sorted((one.cell, one.rule, one.stated, one.inferred) for one in payload.copies) == [
        (entry, 0, (0,), ()),
        (entry, 1, (0,), (1,)),
        (staying, 0, (1,), ()),
        (staying, 1, (), (1,)),
    ]


@pytest.mark.parametrize(
    "rules",
    [
        # One source; two that draw it alike; a copy that doesn't count.
        CELLS[:2],
        (CELLS[0], make_rule(*CELLS[0].mappings, native_id=U, source="b")),
        (CELLS[3], in_b(V, "T1002", source="c")),
        (CELLS[0], in_b(U, "T1001", state=OLD)),
    ],
)
def test_the_heatmap_is_told_nothing_of_sources_that_draw_alike(rules):
    assert build_payload(study_of(*rules), None, "").copies == ()
