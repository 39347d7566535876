"""A Study is everything a run knows."""

import re

import pytest

from detcov.analysis.ledger import keep_ledger
from detcov.analysis.measure import measure
from detcov.check import run_checks
from detcov.errors import UsageError
from detcov.resolve import Resolver
from detcov.study import StudyOptions, build_study
from made import (
    ENTRY,
    HIDING,
    NEW,
    OLD,
    RUNNING,
    make_corpus,
    make_mapping,
    make_release,
    make_rule,
    make_state,
    make_technique,
)

RULES = (
    make_rule(
        make_mapping("T1004", HIDING),
        make_mapping("T1001", RUNNING),
        native_id="0",
        platforms=["Linux"],
    ),
    make_rule(
        make_mapping("T1001", RUNNING),
        native_id="1",
        state=make_state(emits="signal"),
        platforms=["Windows"],
    ),
    make_rule(
        make_mapping("T1001", ENTRY), native_id="2", state=make_state(lifecycle="deprecated")
    ),
)
CORPUS = make_corpus(*RULES)


def test_a_whole_study():
    resolver = Resolver(NEW, (OLD,))
    resolutions = tuple(resolver.resolve(rule) for rule in RULES)

    study = build_study(CORPUS, NEW, known=(NEW, OLD))

    assert study.release is NEW
    assert study.known == (OLD, NEW)
    assert study.corpus is CORPUS
    assert study.resolutions == resolutions
    assert study.coverage == measure(NEW, CORPUS, resolutions, count="live")
    assert study.ledger == keep_ledger(CORPUS, resolutions, resolver)
    assert study.findings == run_checks(CORPUS, resolutions, resolver, "active")
    assert study.findings is study.findings


@pytest.mark.parametrize(
    ("count", "rules", "judged"),
    [("live", (0,), ["0", "1"]), ("active", (0, 1), ["0", "1"]), ("all", (0, 1), ["0", "1", "2"])],
)
def test_what_counts_and_what_is_judged(count, rules, judged):
    study = build_study(CORPUS, NEW, options=StudyOptions(count=count))

    # rule 2 states T1001 where it never was; it counts for the technique all the same
    assert study.rules_of("T1001") == (rules if count != "all" else (0, 1, 2))
    found = {one.rule_id for one in study.findings if one.code in {"M105", "R206"}}
    assert sorted(found) == judged


def test_literal_knows_the_target_alone():
    carried = build_study(CORPUS, NEW, known=(OLD,))
    literal = build_study(CORPUS, NEW, known=(OLD,), options=StudyOptions(literal=True))

    assert carried.known == (OLD, NEW)
    assert literal.known == (NEW,)
    told = [
        [(one.code, one.drift) for one in study.findings if one.subject == "T1004"]
        for study in (carried, literal)
    ]
    assert told == [[("D105", True)], [("M105", False)]]
    cells = [
        {key for key, cell in study.coverage.cells.items() if cell.drawn}
        for study in (carried, literal)
    ]
    assert cells == [
        {("breaking", "T1004"), ("running-code", "T1001")},
        {("running-code", "T1001")},
    ]


def test_foreign_ids_are_told_by_whoever_knows_them():
    corpus = make_corpus(make_rule(make_mapping("T0801")))

    study = build_study(corpus, NEW, foreign={"T0801": "ics-attack"}.get)

    assert [(one.code, one.message) for one in study.findings] == [
        ("M121", "T0801 is of ATT&CK ICS, not of ATT&CK Enterprise 10.0")
    ]


@pytest.mark.parametrize("literal", [False, True])
def test_ids_of_a_known_release_of_another_domain_are_foreign(literal):
    ics = make_release("18.1", (RUNNING,), make_technique("T0801"), domain="ics-attack")
    corpus = make_corpus(make_rule(make_mapping("T1001")))

    study = build_study(corpus, ics, known=[NEW], options=StudyOptions(literal=literal))

    assert study.ledger.outcomes == {"foreign/none": 1}
    assert [(one.code, one.message) for one in study.findings] == [
        ("M112", "T1001 is of ATT&CK Enterprise")
    ]


def test_a_domain_without_platforms_is_looked_at_by_every_rule():
    """ICS calls its platform None: no rule can state that, and no technique is out of it."""
    release = make_release(
        "18.1",
        (RUNNING,),
        make_technique("T1001", "running-code", platforms=("None",)),
        make_technique("T1002", "running-code", platforms=()),
    )
    corpus = make_corpus(make_rule(make_mapping("T1001", RUNNING), platforms=("Linux",)))

    coverage = build_study(corpus, release, options=StudyOptions(platforms=("none",))).coverage

    assert (coverage.headline.numerator, coverage.headline.denominator) == (1, 2)
    assert coverage.platforms == ()


def test_platforms_are_found_in_any_case():
    study = build_study(CORPUS, NEW, options=StudyOptions(platforms=("linux", "WINDOWS")))

    assert study.coverage.platforms == ("Linux", "Windows")


@pytest.mark.parametrize(
    ("platform", "message"),
    [
        (
            "Linus",
            "Linus'; did you mean Linux? (it has Containers, Linux, PRE, Windows)",
        ),
        (
            "Toaster",
            "Toaster' (it has Containers, Linux, PRE, Windows)",
        ),
    ],
)
def test_a_platform_the_release_lacks(platform, message):
    with pytest.raises(UsageError) as caught:
        build_study(CORPUS, NEW, options=StudyOptions(platforms=(platform,)))

    assert str(caught.value) == f"ATT&CK Enterprise 10.0 has no platform '{message}"


def test_states_count_distinct_rules():
    assert build_study(CORPUS, NEW).states == {"live": 1, "not live": 1, "deprecated": 1}


@pytest.mark.parametrize("order", [1, -1])
def test_a_rule_in_several_places_is_what_its_liveliest_copy_is(order):
    copies = [
        make_rule(make_mapping("T1001", RUNNING), state=state, path=f"{number}.toml")
        for number, state in enumerate((make_state(lifecycle="deprecated"), make_state()))
    ][::order]

    study = build_study(make_corpus(*copies), NEW)

    assert study.states == {"live": 1, "not live": 0, "deprecated": 0}
    (index,) = study.rules_of("T1001")
    assert copies[index].state.live


UUID = "0a1b2c3d-0000-4000-8000-00000000000a"
NIL = re.sub("[0-9a-f]", "0", UUID)


@pytest.mark.parametrize(
    ("first", "second", "rules"),
    [
        (("a", "elastic", UUID), ("b", "elastic", UUID), 1),
        (("a", "elastic", UUID), ("a", "kibana", UUID.upper()), 1),
        (("a", "elastic", "100"), ("a", "wazuh", "100"), 2),
        (("a", "sigma", "100"), ("b", "sigma", "100"), 2),
        (("a", "sigma", UUID), ("b", "sigma", f"{UUID}0"), 2),
        (("a", "sigma", UUID.replace("-", "")), ("b", "sigma", UUID.replace("-", "")), 2),
        # The nil UUID stands where an id is still to come.
        (("a", "sigma", NIL), ("b", "sigma", NIL), 2),
    ],
)
def test_a_uuid_is_one_rule_wherever_it_stands(first, second, rules):
    copies = [
        make_rule(make_mapping(technique, RUNNING), source=source, format=form, native_id=native_id)
        for technique, (source, form, native_id) in zip(
            ("T1001", "T1002"), (first, second), strict=True
        )
    ]
    study = build_study(make_corpus(*copies), NEW)

    assert len(study.coverage.counted) == rules
    found = {*study.rules_of("T1001"), *study.rules_of("T1002")}
    assert len(found) == rules, "one rule with the mappings of both, or two"
    told = [one.code for one in study.findings if one.code == "R212"]
    assert told == ["R212"] * (2 - rules)


def test_rules_of_a_technique_out_of_scope():
    assert build_study(CORPUS, NEW).rules_of("T9999") == ()


def test_the_data_frame_has_a_row_a_cell():
    frame = build_study(CORPUS, NEW).to_frame()

    assert list(zip(frame["technique_id"], frame["tactic"], strict=True)) == [
        (technique, NEW.tactic_by_shortname[tactic].name) for tactic, technique in NEW.cells
    ]
    assert frame.loc[frame["technique_id"] == "T1004", "stated_rules"].tolist() == [0]
