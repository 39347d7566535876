"""Stages and excuses, on a small estate with answers worked out by hand."""

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from detcov.analysis.coverage import Ratio
from detcov.analysis.matching import _select
from detcov.analysis.stages import STAGES, Stage, agreed, all_of, any_of, words
from detcov.attack.detections import Analytic, Detections, LogSource, Strategy
from detcov.facts import Answer, Fact, FactKind, Facts
from detcov.study import StudyOptions, build_study
from made import (
    ENTRY,
    HIDING,
    RUNNING,
    TAKING,
    make_corpus,
    make_mapping,
    make_release,
    make_rule,
    make_technique,
)

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
BOTH = ("Containers", "Linux")
RELEASE = make_release(
    "9.0",
    (ENTRY, RUNNING, HIDING, TAKING),
    make_technique("T1001", "entry", platforms=BOTH),
    make_technique("T1001.001", "entry", platforms=BOTH),
    make_technique("T1002", "running-code", platforms=BOTH),
    make_technique("T1003", "hiding", platforms=("Containers",)),
    make_technique("T1004", "taking", platforms=("Linux",)),
    make_technique("T1005", "taking", platforms=()),
    make_technique("T1006", "taking", platforms=("PRE",)),
    make_technique("T1007", "taking", revoked_by="T1002"),
    make_technique("T1008", "taking", deprecated=True),
)
# On T1001 two rules, one on each platform; on T1002 one that states no platform.
AUDIT = make_rule(
    make_mapping("T1001", ENTRY),
    native_id="audit",
    name="Audit [1]",
    path="k8s/audit.toml",
    platforms=["Containers"],
    reads=("kubernetes", "logs-kubernetes.audit_logs-*"),
)
NODE = make_rule(
    make_mapping("T1001", ENTRY),
    native_id="node",
    name="Node",
    path="node/node.toml",
    platforms=["Linux"],
    reads=("logs-endpoint.events.process-*", "auditbeat-*"),
)
BARE = make_rule(
    make_mapping("T1002", RUNNING), native_id="bare", name="Bare", path="bare.toml", source="other"
)
CORPUS = make_corpus(AUDIT, NODE, BARE)
DETECTIONS = Detections(
    strategies={
        "DET1": Strategy(
            id="DET1",
            name="One",
            techniques=("T1001",),
            analytics=(
                Analytic(
                    id="AN1",
                    platforms=("Containers",),
                    log_sources=(
                        LogSource(name="kubernetes:apiserver", component="Pod Creation"),
                        LogSource(name="docker:events", component="Container Creation"),
                    ),
                ),
            ),
        )
    },
    components={"T1002": ("Process Creation",)},
)


def fact(kind, value=YES, **fields) -> Fact:
    return Fact(kind=FactKind(kind), value=value, **fields)


def study(*facts, platforms=(), date="2026-05-05"):
    return build_study(
        CORPUS,
        RELEASE,
        options=StudyOptions(platforms=platforms),
        facts=Facts(facts=facts, date=date),
        detections=DETECTIONS,
    )


def stages(*facts, **options):
    return study(*facts, **options).stages


def answers(found, technique, platform=""):
    one = found.at(technique, platform)
    return one.deployed, one.fed, one.tested


def counts(sums):
    """(reached, missed, unknown) of each stage."""
    assert [one.stage for one in sums.counts] == list(STAGES)
    return [(one.reached.numerator, one.missed, one.unknown) for one in sums.counts]


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


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        # outright beats word and glob, wherever it stands
        ([fact("telemetry", data="kubernetes"), fact("telemetry", NO, data="kube*")], YES),
        (
            [
                fact("telemetry", NO, data="logs-kubernetes.audit_logs-*"),
                fact("telemetry", NO, data="kubernetes"),
            ],
            NO,
        ),
        ([fact("telemetry", data="kube*"), fact("telemetry", NO, data="*kube*")], NO),
        (
            [
                fact("telemetry", data="kube*", date="2026-02-01"),
                fact("telemetry", NO, data="*kube*"),
            ],
            YES,
        ),
    ],
)
def test_which_of_two_facts_about_data_counts(facts, expected):
    assert study(*facts).estate.rule(0).fed is expected


def test_copies_of_a_rule_read_what_either_reads():
    copy = structs.replace(BARE, path="copy.toml", reads=("sysmon",))
    facts = Facts(facts=(fact("telemetry", data="sysmon"),))

    found = build_study(make_corpus(BARE, copy), RELEASE, facts=facts).stages

    assert found.rules[0].fed is YES


@pytest.mark.parametrize(
    "name",
    ["audit", "ours:elastic:audit", "AUDIT [1]", "k8s/audit.toml", "ours/k8s/audit.toml", "k8s/*"],
)
def test_a_rule_goes_by_many_names(name):
    found = stages(fact("deployed", rule=name))

    assert [index for index, rule in found.rules.items() if rule.deployed is YES] == [0]
    assert found.unmatched == ()


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([fact("deployed", rule="audit"), fact("deployed", NO, rule="*")], YES),
        ([fact("deployed", NO, rule="*"), fact("deployed", rule="a*")], YES),
        (
            [fact("deployed", rule="audit", date="2026-02-01"), fact("deployed", NO, rule="audit")],
            YES,
        ),
        (
            [
                fact("deployed", rule="audit", date="2026-02-01"),
                fact("deployed", UNKNOWN, rule="audit", date="2026-03-01"),
            ],
            UNKNOWN,
        ),
        ([fact("deployed", rule="audit", expiry="2026-05-04"), fact("deployed", NO, rule="*")], NO),
    ],
)
def test_which_of_two_facts_counts(facts, expected):
    assert stages(*facts).at("T1001", "Containers").deployed is expected


def waiver(technique, platform="", **fields) -> Fact:
    fields = {"kind": FactKind.WAIVED, "owner": "Ana", "expiry": "2026-12-31"} | fields
    return Fact(technique=technique, platform=platform, **fields)


@pytest.mark.parametrize(
    ("facts", "platforms", "expected"),
    [
        # in scope are T1001, T1001.001, T1002, T1003, T1004, T1005; T1006 is PRE-only
        ([], (), (2, 6, 6)),
        ([waiver("T1003")], (), (2, 6, 5)),
        ([waiver("T1003", "Containers")], (), (2, 6, 5)),
        # one platform of two
        ([waiver("T1001.001", "Linux")], (), (2, 6, 6)),
        ([waiver("T1001.001", "Linux"), waiver("T1001.001", "containers")], (), (2, 6, 5)),
        ([waiver("T1001.001", "Linux")], ("Linux",), (1, 4, 3)),
        # a glob; covered ones stay
        ([waiver("T100*")], (), (2, 6, 2)),
        ([waiver("T1003"), waiver("T1003", value=NO, date="2026-02-01")], (), (2, 6, 6)),
        ([waiver("T1003", expiry="2026-05-04")], (), (2, 6, 6)),
        ([waiver("T1005")], (), (2, 6, 5)),
    ],
)
def test_excused_gaps_leave_the_denominator(facts, platforms, expected):
    whole = stages(*facts, platforms=platforms).whole

    mapped = whole.at(Stage.MAPPED).reached
    assert (mapped.numerator, whole.techniques, mapped.denominator) == expected
    assert whole.excused == whole.techniques - mapped.denominator
    assert {one.reached.denominator for one in whole.counts} == {mapped.denominator}


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
    ("bad", "why"),
    [
        (fact("deployed", rule="gone"), "no rule is called 'gone'"),
        (fact("deployed", rule="gone*"), "no rule is called 'gone*'"),
        (fact("tested", technique="T9999"), "ATT&CK Enterprise 9.0 has no technique T9999"),
        (
            fact("tested", technique="T1007"),
            "T1007 is revoked in ATT&CK Enterprise 9.0; use T1002",
        ),
        (fact("tested", technique="T1008"), "T1008 is deprecated in ATT&CK Enterprise 9.0"),
        (
            waiver("T1003", "Container"),
            "ATT&CK Enterprise 9.0 has no platform 'Container'; did you mean Containers?",
        ),
        (waiver("T1003", "x"), "ATT&CK Enterprise 9.0 has no platform 'x'"),
        (
            waiver("T1004", "Containers"),
            "T1004 isn't used on Containers, says ATT&CK Enterprise 9.0",
        ),
        (fact("telemetry", data="sysmon"), "no rule and no analytic reads 'sysmon'"),
    ],
)
def test_a_fact_about_nothing(bad, why):
    found = stages(bad, fact("deployed", rule="audit"))

    assert [(one.fact, one.why) for one in found.unmatched] == [(bad, why)]


@pytest.mark.parametrize(
    "data", ["kubernetes", "auditbeat-*", "docker:events", "docker", "Process Creation"]
)
def test_data_that_something_reads(data):
    assert stages(fact("telemetry", data=data)).unmatched == ()


@pytest.mark.parametrize(
    ("excuse", "needless"),
    [
        (waiver("T1001"), True),
        (waiver("T1001", "Linux"), True),
        (waiver("T1003"), False),
        # the rule for it states no platform
        (waiver("T1002", "Linux"), False),
        (waiver("T100[12]"), True),
        (waiver("T1*"), False),
        (waiver("T1001", value=NO), False),
        (waiver("T1001", expiry="2026-01-01"), False),
        (waiver("T1001", "Container"), False),
    ],
)
def test_an_excuse_for_what_is_covered(excuse, needless):
    assert (stages(excuse).needless == (excuse,)) is needless


def test_expiry_needs_a_day():
    old = waiver("T1003", expiry="2026-05-04")
    dated, undated = stages(old), stages(old, date=None)

    assert (dated.expired, dated.undated, dated.excused) == ((old,), 0, ())
    assert (undated.expired, undated.undated) == ((), 1)
    assert undated.whole.waived == 1
    # what has expired is that and nothing else
    assert stages(waiver("T9999", expiry="2026-05-04")).unmatched == ()


def test_the_estate_answers_for_rules_that_others_choose():
    estate = study(fact("deployed", rule="bare"), waiver("T1003")).estate

    assert estate.stages("T1003", ("Containers",), (2,)).deployed is YES
    assert estate.stages("T1003", ("Containers",), (2,)).excused is False
    assert estate.stages("T1003", ("Containers",), ()).excused is True


def test_what_is_said_of_a_log_source():
    estate = study(
        fact("telemetry", data="kubernetes"), fact("telemetry", NO, data="Container Creation")
    ).estate

    assert estate.collected(LogSource(name="kubernetes:apiserver")) is YES
    assert estate.collected(LogSource(name="docker:x", component="Container Creation")) is NO
    assert estate.collected(LogSource(name="auditd:SYSCALL")) is UNKNOWN


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


def test_excuses_in_words():
    assert words(waiver("T1")) == "waived until 2026-12-31 by Ana"
    assert words(waiver("T1", kind=FactKind.NOT_APPLICABLE, expiry="")) == "not applicable by Ana"


@given(
    st.text("ab*?[]!-", max_size=8),
    st.lists(st.text("ab[]!-", max_size=6).map(str.casefold), max_size=6),
)
def test_globs_are_those_of_fnmatch(glob, names):
    found, exact = _select(glob, names)

    assert exact is (glob in names)
    if not exact:
        marks = any(mark in glob for mark in "*?[")
        assert found == [name for name in names if marks and fnmatchcase(name, glob)]


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
