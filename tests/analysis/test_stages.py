"""Stages and excuses, on a small estate with answers worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from detcov.analysis.coverage import Ratio
from detcov.analysis.stages import Stage, agreed, all_of, any_of
from detcov.facts import Answer, Fact, FactKind, Facts
from detcov.study import build_study
from made import (
    make_corpus,
)
from stages_sample import (
    BARE,
    BOTH,
    CORPUS,
    NO,
    RELEASE,
    UNKNOWN,
    YES,
    answers,
    counts,
    fact,
    stages,
    study,
    waiver,
)


def test_without_facts_there_are_no_stages():
    bare = build_study(CORPUS, RELEASE)

    assert (bare.estate, bare.stages, bare.failures) == (None, None, ())


def test_nothing_stated_is_unknown_and_no_rule_is_no():
    found = stages()

    assert answers(found, "T1001") == (UNKNOWN, UNKNOWN, UNKNOWN)
    assert found.at("T1001").reached is Stage.MAPPED
    assert answers(found, "T1003") == (NO, NO, NO)
    assert found.at("T1003").reached is Stage.NONE
    assert found.at("T9999") is None
    assert found.at("T1003", "Linux") is None
    # of six techniques in scope two have rules
    assert counts(found.whole) == [(2, 4, 0), (0, 4, 2), (0, 4, 2), (0, 4, 2)]


CHAIN = [
    ([], (UNKNOWN, UNKNOWN, UNKNOWN)),
    ([fact("deployed", rule="audit")], (YES, UNKNOWN, UNKNOWN)),
    # not deployed: fed and tested are of no use
    ([fact("deployed", NO, rule="audit"), fact("tested", rule="audit")], (NO, NO, NO)),
    # tested, but nobody says it is deployed
    ([fact("tested", rule="audit")], (UNKNOWN, UNKNOWN, UNKNOWN)),
    ([fact("telemetry", NO, rule="audit")], (UNKNOWN, NO, NO)),
    ([fact("fired", rule="audit")], (YES, YES, UNKNOWN)),
    # what never fired may be deployed
    ([fact("fired", NO, rule="audit")], (UNKNOWN, UNKNOWN, UNKNOWN)),
    ([fact("fired", rule="audit"), fact("tested", rule="audit")], (YES, YES, YES)),
    ([fact("fired", rule="audit"), fact("tested", NO, rule="audit")], (YES, YES, NO)),
    # a fact of its own beats what firing shows
    ([fact("fired", rule="audit"), fact("telemetry", NO, rule="audit")], (YES, NO, NO)),
    # its data, by a word, a glob, the index itself
    ([fact("deployed", rule="audit"), fact("telemetry", data="kubernetes")], (YES, YES, UNKNOWN)),
    ([fact("telemetry", data="Logs-kubernetes.*")], (UNKNOWN, UNKNOWN, UNKNOWN)),
    ([fact("telemetry", NO, data="kubernetes")], (UNKNOWN, NO, NO)),
    # one of two reads denied: the other may come
    ([fact("telemetry", NO, data="logs-kubernetes.*")], (UNKNOWN, UNKNOWN, UNKNOWN)),
    # MITRE's log sources for the technique and platform
    (
        [fact("deployed", rule="audit"), fact("telemetry", data="docker:events")],
        (YES, YES, UNKNOWN),
    ),
    (
        [fact("deployed", rule="audit"), fact("telemetry", data="pod creation")],
        (YES, YES, UNKNOWN),
    ),
    ([fact("deployed", rule="audit"), fact("telemetry", data="Pod")], (YES, UNKNOWN, UNKNOWN)),
    ([fact("telemetry", NO, data="* creation")], (UNKNOWN, NO, NO)),
    # a test of the technique, on each platform, on this one, on another
    ([fact("fired", rule="audit"), fact("tested", technique="T1001")], (YES, YES, YES)),
    (
        [
            fact("fired", rule="audit"),
            fact("tested", technique="T1001"),
            fact("tested", NO, technique="T1001", platform="containers"),
        ],
        (YES, YES, NO),
    ),
    (
        [fact("fired", rule="audit"), fact("tested", technique="T1001", platform="Linux")],
        (YES, YES, UNKNOWN),
    ),
]


@pytest.mark.parametrize(("facts", "expected"), CHAIN)
def test_a_rules_chain_on_one_platform(facts, expected):
    assert answers(stages(*facts), "T1001", "Containers") == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        # the best rule counts, and one of unknown standing leaves it open
        ([fact("deployed", rule="audit"), fact("deployed", NO, rule="node")], YES),
        ([fact("deployed", NO, rule="audit")], UNKNOWN),
        ([fact("deployed", NO, rule="audit"), fact("deployed", NO, rule="node")], NO),
    ],
)
def test_several_rules(facts, expected):
    assert stages(*facts).at("T1001").deployed is expected


def test_no_stage_is_put_together_from_two_rules():
    found = stages(fact("deployed", rule="audit"), fact("tested", rule="node"))

    assert answers(found, "T1001") == (YES, UNKNOWN, UNKNOWN)


SCOPES = [
    # the test was on the platform of the other rule, of which nobody says whether it is deployed
    ([fact("fired", rule="audit"), fact("tested", technique="T1001", platform="Linux")], UNKNOWN),
    (
        [
            fact("fired", rule="audit"),
            fact("fired", rule="node"),
            fact("tested", technique="T1001", platform="Linux"),
        ],
        YES,
    ),
    ([fact("fired", rule="audit"), fact("tested", technique="T1001", platform="Containers")], YES),
]


@pytest.mark.parametrize(("facts", "expected"), SCOPES)
def test_what_is_said_of_a_platform_holds_for_the_rules_that_state_it(facts, expected):
    assert stages(*facts).at("T1001").tested is expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([fact("tested", technique="T1002")], YES),
        ([fact("tested", technique="T1002", platform="Linux")], UNKNOWN),
        (
            [
                fact("tested", technique="T1002", platform="Linux"),
                fact("tested", technique="T1002", platform="Containers"),
            ],
            YES,
        ),
        (
            [
                fact("tested", technique="T1002"),
                fact("tested", NO, technique="T1002", platform="Containers"),
            ],
            UNKNOWN,
        ),
    ],
)
def test_a_rule_that_states_no_platform_needs_the_same_word_on_each(facts, expected):
    assert stages(fact("fired", rule="bare"), *facts).at("T1002").tested is expected


def test_copies_of_a_rule_read_what_either_reads():
    copy = structs.replace(BARE, path="copy.toml", reads=("sysmon",))
    facts = Facts(facts=(fact("telemetry", data="sysmon"),))

    found = build_study(make_corpus(BARE, copy), RELEASE, facts=facts).stages

    assert found.rules[0].fed is YES


def test_the_sums_of_each_platform():
    found = stages(
        fact("fired", rule="audit"),
        fact("deployed", NO, rule="node"),
        waiver("T1003"),
        waiver("T1001.001", "Containers", kind=FactKind.NOT_APPLICABLE, expiry=""),
        waiver("T1004", "Linux"),
    )

    whole, containers, linux = found.sums
    assert [one.platform for one in found.sums] == ["", "Containers", "Linux"]
    assert (containers.waived, containers.not_applicable) == (1, 1)
    # Containers: T1001 (the audit rule), T1001.001 (not applicable), T1002, T1003 (waived)
    assert containers.techniques == 4
    assert containers.at(Stage.FED).reached == Ratio(
        numerator=1,
        denominator=2,
        definition="techniques for Containers with a rule that is deployed and gets its data, by "
        "the facts; gaps that are waived or not applicable are on neither side",
    )
    assert counts(containers) == [(1, 1, 0), (1, 1, 0), (1, 1, 0), (0, 1, 1)]
    # Linux: T1001 (the node rule), T1001.001, T1002, T1004 (waived)
    assert (linux.techniques, linux.waived, linux.not_applicable) == (4, 1, 0)
    assert counts(linux) == [(1, 2, 0), (0, 3, 0), (0, 3, 0), (0, 3, 0)]
    # all: T1002 has a rule that states no platform, and nobody says anything of it
    assert (whole.techniques, whole.waived, whole.not_applicable) == (6, 2, 0)
    assert [one.technique for one in found.excused] == ["T1003", "T1004"]
    assert counts(whole) == [(2, 2, 0), (1, 2, 1), (1, 2, 1), (0, 2, 2)]


def test_the_headline_is_the_coverages():
    one = study(waiver("T1003"))

    mapped = one.stages.whole.at(Stage.MAPPED).reached
    assert mapped.numerator == one.coverage.headline.numerator
    assert one.stages.whole.techniques == one.coverage.headline.denominator


@pytest.mark.parametrize(
    ("some", "every", "one", "same"),
    [
        ((), YES, NO, UNKNOWN),
        ((YES, YES), YES, YES, YES),
        ((YES, UNKNOWN), UNKNOWN, YES, UNKNOWN),
        ((YES, NO), NO, YES, UNKNOWN),
        ((UNKNOWN, NO), NO, UNKNOWN, UNKNOWN),
        ((NO, NO), NO, NO, NO),
    ],
)
def test_three_values(some, every, one, same):
    assert (all_of(some), any_of(some), agreed(some)) == (every, one, same)


SUBJECTS = st.one_of(
    st.fixed_dictionaries({"rule": st.sampled_from(["audit", "node", "bare", "*", "k8s/*"])}),
    st.fixed_dictionaries(
        {
            "technique": st.sampled_from(["T1001", "T100?", "T1002", "T1003"]),
            "platform": st.sampled_from(["", *BOTH]),
        }
    ),
    st.fixed_dictionaries({"data": st.sampled_from(["kubernetes", "docker", "auditbeat-*"])}),
)
ANY_FACTS = st.lists(
    st.tuples(st.sampled_from(FactKind), st.sampled_from(Answer), SUBJECTS), max_size=8
)


@given(ANY_FACTS)
def test_each_stage_is_part_of_the_one_before(told):
    found = stages(*(Fact(kind=kind, value=value, **subject) for kind, value, subject in told))

    for sums in found.sums:
        reached = [one.reached.numerator for one in sums.counts]
        assert reached == sorted(reached, reverse=True)
        missed = [one.missed for one in sums.counts]
        assert missed == sorted(missed)
        assert min(missed) >= 0
    for one in (*found.techniques.values(), *found.by_platform.values()):
        assert not (one.excused and one.mapped)


@given(ANY_FACTS)
def test_what_says_unknown_says_nothing(told):
    silent = (Fact(kind=kind, value=UNKNOWN, **subject) for kind, _, subject in told)

    assert stages(*silent).sums == stages().sums
