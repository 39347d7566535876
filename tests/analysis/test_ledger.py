"""The ledger's sums, and which release rules were written for."""

import pytest
from msgspec import structs

from detcov.analysis.ledger import Estimate, Ledger, keep_ledger
from detcov.model import Role
from detcov.resolve import Resolver
from made import (
    BREAKING,
    ENTRY,
    HIDING,
    NEW,
    OLD,
    RUNNING,
    SILENCE,
    STAYING,
    TAKING,
    make_corpus,
    make_mapping,
    make_release,
    make_rule,
    make_state,
    make_technique,
)

ON_NEW = Resolver(NEW, (OLD,))
ON_OLD = Resolver(OLD, (NEW,))


def ledger_of(*rules, resolver=ON_NEW):
    corpus, resolutions = make_corpus(*rules), [resolver.resolve(rule) for rule in rules]
    return keep_ledger(corpus, resolutions, resolver)


def test_it_sums_the_claims_of_active_rules():
    rules = (
        make_rule(
            make_mapping("T1001", RUNNING, role=Role.CARRIER),
            make_mapping("T1001.001", RUNNING),
            make_mapping("T1002", STAYING),
            make_mapping("T1003", HIDING),
            make_mapping("T1004", HIDING),
            make_mapping("T1005", HIDING),
            make_mapping("T1006", HIDING),
            make_mapping("T1007", HIDING),
            make_mapping("T1008", HIDING),
            make_mapping("T1011", TAKING),
            make_mapping("T9999", TAKING),
            make_mapping(None, TAKING),
        ),
        make_rule(make_mapping("T1002", STAYING), native_id="2", state=make_state(emits="signal")),
        make_rule(
            make_mapping("T1004", HIDING), native_id="3", state=make_state(lifecycle="deprecated")
        ),
    )

    ledger = ledger_of(*rules)

    assert ledger == Ledger(
        outcomes={
            "replaced/same": 1,
            "same/ambiguous": 1,
            "same/dropped": 2,
            "same/moved": 1,
            "same/reassigned": 1,
            "same/redefined": 1,
            "same/same": 3,
            "unknown/none": 1,
        },
        carried=7,
        need_person=3,  # ambiguous, reassigned, dropped with two left
        newer=0,
        estimates=(
            Estimate(
                source="ours",
                format="elastic",
                oldest="9.0",
                newest="9.0",
                fitting=12,  # all but T9999
                total=13,
            ),
        ),
        marks={"9.0": 1},
    )
    assert ledger.claims == 11
    assert list(ledger.outcomes) == sorted(ledger.outcomes)


def test_it_counts_apart_what_is_newer():
    ledger = ledger_of(
        make_rule(
            make_mapping("T1020", BREAKING),
            make_mapping("T1004", BREAKING),
            make_mapping("T1001", RUNNING),
        ),
        resolver=ON_OLD,
    )

    assert (ledger.outcomes, ledger.carried, ledger.need_person, ledger.newer) == (
        {"newer/none": 1, "same/newer": 1, "same/same": 1},
        0,
        0,
        2,
    )


@pytest.mark.parametrize(
    ("mappings", "ahead"),
    [
        # an id, a tactic's id, a tactic's name; each entry's tactic once
        ([("T1020", BREAKING)], 2),
        ([("T1004", BREAKING), ("T1006", BREAKING)], 1),
        ([("T1003", SILENCE)], 1),
        ([("T1021", None), ("T1021", None)], 2),
        ([(None, "TA0112")], 1),
        # a pair that is newer is of known ids; unknown ones are of no release
        ([("T1004", "TA0005"), ("T9999", "TA0099"), ("t1020", None)], 0),
        ([("T1003", HIDING), ("T1001", RUNNING)], 0),
        ([], 0),
    ],
)
def test_what_is_ahead_of_the_target(mappings, ahead):
    rule = make_rule(*(make_mapping(*one) for one in mappings))
    expected = {"10.0": ahead} if ahead else {}

    assert ledger_of(rule, resolver=ON_OLD).ahead == expected
    assert ledger_of(rule).ahead == {}, "10.0 is the target"
    retired = structs.replace(rule, state=make_state(lifecycle="deprecated"))
    assert ledger_of(retired, resolver=ON_OLD).ahead == {}


def test_the_tactics_of_tags_are_ahead_each_by_itself():
    tags = [make_mapping(name=name, entry=at) for at, name in enumerate(("silence", "breaking"))]

    assert ledger_of(make_rule(*tags, paired=False), resolver=ON_OLD).ahead == {"10.0": 2}


@pytest.mark.parametrize(
    ("mappings", "versions", "fitting"),
    [
        # true in both: a range
        ([("T1001", RUNNING)], "9.0–10.0", 1),
        ([("T1001", RUNNING), ("T1002", STAYING)], "9.0–10.0", 2),
        # by pair, by name, by id
        ([("T1001", RUNNING), ("T1007", HIDING)], "9.0", 2),
        ([("T1001", RUNNING), ("T1003", SILENCE)], "10.0", 2),
        ([("T1003", HIDING)], "9.0", 1),
        ([("T1003", "TA0005")], "9.0–10.0", 1),
        ([("T1011", None)], "9.0", 1),
        ([("T1020", None)], "10.0", 1),
        ([(None, BREAKING)], "10.0", 1),
        # most of them decide
        ([("T1003", HIDING), ("T1020", None), ("T1021", None)], "10.0", 2),
        ([("T1003", HIDING), ("T1020", None)], "9.0–10.0", 1),
        # nothing fits, nothing is stated
        ([("T9999", RUNNING)], "unknown", 0),
        ([], "unknown", 0),
    ],
)
@pytest.mark.parametrize("resolver", [ON_NEW, ON_OLD])
def test_the_estimate(resolver, mappings, versions, fitting):
    rule = make_rule(*(make_mapping(*one) for one in mappings))

    (estimate,) = ledger_of(rule, resolver=resolver).estimates

    assert (estimate.versions, estimate.fitting, estimate.total) == (
        versions,
        fitting,
        len(mappings),
    )


def test_each_source_and_format_is_estimated_alone_and_deprecated_rules_left_out():
    old, new = make_mapping("T1003", HIDING), make_mapping("T1020", BREAKING)
    ledger = ledger_of(
        make_rule(old, source="b"),
        make_rule(new, source="a"),
        make_rule(new, source="b", format="sigma"),
        make_rule(new, new, source="b", native_id="2", state=make_state(lifecycle="deprecated")),
    )

    assert [(one.source, one.format, one.versions) for one in ledger.estimates] == [
        ("a", "elastic", "10.0"),
        ("b", "elastic", "9.0"),
        ("b", "sigma", "10.0"),
    ]


def test_what_rules_state_of_their_version_stands_beside_the_estimate():
    ledger = ledger_of(
        make_rule(native_id="1", attack_version="14.1"),
        make_rule(native_id="2", attack_version="9.0"),
        make_rule(native_id="3", attack_version="14.1"),
        make_rule(native_id="4"),
        make_rule(native_id="5", attack_version="8", state=make_state(lifecycle="deprecated")),
    )

    assert [list(one.stated.items()) for one in ledger.estimates] == [[("9.0", 1), ("14.1", 2)]]


def test_a_release_of_unknown_version_is_no_estimate():
    resolver = Resolver(structs.replace(NEW, version=None))

    (estimate,) = ledger_of(make_rule(make_mapping("T1001")), resolver=resolver).estimates

    assert estimate.versions == "unknown"


def test_where_one_release_is_known_all_of_its_statements_tell_nothing():
    rule = make_rule(make_mapping("T1001", RUNNING))

    assert ledger_of(rule, resolver=Resolver(NEW)).estimates[0].versions == "unknown"


def test_versions_are_ordered_as_numbers():
    releases = [
        make_release(version, (ENTRY,), make_technique("T1001", "entry"))
        for version in ("9.1", "16.1", "10.0")
    ]
    resolver = Resolver(releases[0], releases)

    (estimate,) = ledger_of(make_rule(make_mapping("T1001", ENTRY)), resolver=resolver).estimates

    assert estimate.versions == "9.1–16.1"


@pytest.mark.parametrize(
    ("mappings", "expected"),
    [
        ([("T1001", RUNNING)], set()),
        ([("T1004", "TA0005")], set()),  # a pair is no mark: ids and names are
        ([("T1003", HIDING)], {"9.0"}),
        ([("T1003", SILENCE)], {"10.0"}),
        ([("T1011", None)], {"9.0"}),
        ([("T1020", None)], {"10.0"}),
        ([(None, "TA0112")], {"10.0"}),
        ([("T1003", HIDING), ("T1020", None)], {"9.0", "10.0"}),
        ([("T9999", "TA0099")], set()),
        ([("t1020", None)], set()),
        ([], set()),
    ],
)
def test_hard_marks(mappings, expected):
    rule = make_rule(*(make_mapping(*one) for one in mappings))

    def marks(resolver):
        return ledger_of(rule, resolver=resolver).marks

    assert marks(ON_NEW) == marks(ON_OLD) == dict.fromkeys(expected, 1)
    assert marks(Resolver(NEW)) == {}
