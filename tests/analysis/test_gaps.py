"""Gaps of a small hand-made ATT&CK; every number is counted by hand from gaps_sample.py."""

import pytest
from msgspec import structs

from detcov.analysis.coverage import Depth
from detcov.analysis.gap_study import GapOptions, find_tactics, study_gaps
from detcov.analysis.gaps import find_gaps
from detcov.analysis.scope import columns_of, parse_scope
from detcov.attack.platforms import NO_PLATFORM
from detcov.errors import UsageError
from detcov.study import StudyOptions, build_study
from gaps_sample import ACTORS, PLANE, RELEASE, RULES, context, gaps_of, study
from made import ENTRY, make_corpus, make_mapping, make_release, make_rule, make_technique


def ids(rules):
    corpus = study().corpus
    return {corpus.rules[index].key.native_id for index in rules}


COLUMNS = {
    "T1001": ({"audit"}, set(), set(), set()),
    "T1001.001": ({"audit-2"}, {"runtime"}, set(), set()),
    "T1001.002": (set(), set(), set(), set()),
    "T1002": (set(), set(), {"node"}, set()),
    "T1003": (set(), set(), set(), {"windows"}),
    "T1004.001": (set(), set(), set(), set()),
    "T1007": (set(), set(), {"near"}, set()),
}
"""Technique of Containers to its rules of control plane, runtime, node and other"""


def test_rules_in_each_column():
    gaps = gaps_of().gaps

    assert gaps.columns == ("control plane", "runtime", "node", "other")
    assert {
        key: tuple(ids(rules) for rules in one.columns.values())
        for key, one in gaps.techniques.items()
    } == COLUMNS
    assert gaps.rules == {"control plane": 2, "runtime": 1, "node": 2, "other": 1}


def test_what_is_open():
    gaps = gaps_of().gaps

    assert [one.technique.id for one in gaps.open] == [
        *("T1001.002", "T1002", "T1003", "T1004.001", "T1007")
    ]
    assert [one.technique.id for one in gaps.open if one.node_only] == ["T1002", "T1007"]
    assert {key: one.depth for key, one in gaps.techniques.items() if not one.gap} == {
        "T1001": Depth.ONE,
        "T1001.001": Depth.SEVERAL,
    }
    parent = gaps.techniques["T1001"]
    assert (parent.subtechniques_covered, parent.subtechniques) == (1, 2)


def test_the_range():
    gaps = gaps_of().gaps

    found = (gaps.covered, gaps.with_node, gaps.some_claim)
    assert [(one.numerator, one.denominator) for one in found] == [(2, 7), (4, 7), (5, 7)]


def test_by_tactic():
    """Cells that are inferred cover nothing; a tactic without a technique is n/a."""
    found = {
        one.tactic.shortname: (one.covered, one.inferred, one.techniques)
        for one in gaps_of().gaps.tactics
    }

    assert found == {
        "planning": (0, 0, 0),
        "entry": (0, 0, 2),
        "running-code": (2, 0, 3),
        "staying": (0, 0, 2),
        "silence": (0, 0, 1),
        "taking": (0, 0, 0),
    }


@pytest.mark.parametrize("options", [{}, {"tactics": ("entry",)}])
def test_only_tactics_that_attack_has_nothing_in_are_absent(options):
    assert gaps_of(**options).gaps.absent == {"planning", "taking"}


def test_an_inferred_cell_is_counted_beside():
    rules = tuple(one for one in RULES if one.key.native_id != "runtime")
    made = study(rules=rules)
    columns = columns_of(made.corpus, made.coverage.count)
    gaps = find_gaps(RELEASE, made.corpus, made.coverage, "Containers", columns=columns)

    running = next(one for one in gaps.tactics if one.tactic.shortname == "running-code")
    assert (running.covered, running.inferred) == (1, 1)
    assert not gaps.techniques["T1001.001"].gap


def test_active_rules_close_more():
    assert [one.technique.id for one in gaps_of(count="active").gaps.open] == [
        *("T1001.002", "T1003", "T1004.001", "T1007")
    ]


def test_near_misses_are_listed_and_not_counted():
    (miss,) = gaps_of().gaps.near_misses

    assert ids([miss.rule]) == {"near"}
    assert (miss.column, miss.fields, miss.techniques) == ("node", ("container.id",), ("T1007",))


def test_the_reason_is_kept():
    gaps = gaps_of().gaps
    found = {
        next(iter(ids([index]))): (column.value, column.field)
        for index, column in gaps.reasons.items()
    }

    assert found == {
        "audit": ("control plane", "tag"),
        "audit-2": ("control plane", "tag"),
        "runtime": ("runtime", "tag"),
        "node": ("node", "host.os.type"),
        "near": ("node", "host.os.type"),
        "windows": ("other", ""),
    }


def test_another_platform_counts_rules_that_state_it():
    gaps = gaps_of("Linux").gaps

    assert gaps.columns == ("of the platform", "unstated", "elsewhere")
    assert gaps.with_node is None
    assert gaps.near_misses == ()
    assert gaps.rules == {"of the platform": 3, "unstated": 1, "elsewhere": 2}
    assert {
        key: tuple(ids(rules) for rules in one.columns.values())
        for key, one in gaps.techniques.items()
        if any(one.columns.values())
    } == {
        "T1001": (set(), set(), {"audit"}),
        "T1001.001": ({"runtime"}, {"audit-2"}, set()),
        "T1002": ({"node"}, set(), set()),
        "T1003": (set(), set(), {"windows"}),
        "T1007": ({"near"}, set(), set()),
    }
    assert (gaps.covered.numerator, gaps.covered.denominator) == (3, 7)


def test_only_some_techniques():
    tactics = gaps_of(tactics=("entry",))
    keepers = gaps_of(actors=(next(one for one in ACTORS if one.id == "G1"),))

    assert list(tactics.gaps.techniques) == ["T1002", "T1007"]
    assert [one.gap.technique.id for one in tactics.ranked] == ["T1007", "T1002"]
    assert list(keepers.gaps.techniques) == ["T1002", "T1003"]


def test_a_coverage_of_some_platforms_is_refused():
    corpus = make_corpus(*RULES)
    narrow = build_study(
        corpus, RELEASE, known=(RELEASE,), options=StudyOptions(platforms=("Linux",))
    )
    with pytest.raises(UsageError, match="all platforms"):
        find_gaps(
            RELEASE, corpus, narrow.coverage, "Containers", columns=columns_of(corpus, "live")
        )
    whole = narrow.of_all_platforms
    assert whole.coverage == study().coverage
    assert whole.of_all_platforms is whole


@pytest.mark.parametrize("text", ["TA0001", "entry", "Entry", " eNTRY "])
def test_a_tactic_by_id_or_name(text):
    assert [one.shortname for one in find_tactics(RELEASE, [text, "entry"])] == ["entry"]


def test_a_tactic_that_is_none():
    with pytest.raises(UsageError, match=r"has no tactic 'exit'.* \(it has Planning, Entry"):
        find_tactics(RELEASE, ["exit"])


@pytest.mark.parametrize(
    ("setting", "covered"),
    [
        # Near miss, by its rule id, path and format: all close their technique then.
        ("runtime=rule:near", 3),
        ("runtime=path:near.*", 3),
        ("control-plane=reads:auditd_*", 3),
        ("other=format:elastic", 0),
        ("runtime=format:elastic", 5),
        ("other=tag:Team: Platform", 2),
        ("control plane=rule:Audit sees*", 2),
    ],
)
def test_a_setting_puts_rules_into_a_column(setting, covered):
    assert gaps_of(scope=parse_scope([setting])).gaps.covered.numerator == covered


def test_the_first_setting_wins_and_is_the_reason():
    found = gaps_of(scope=parse_scope(["node=rule:near", "runtime=rule:n*"])).gaps
    by_rule = {next(iter(ids([index]))): column for index, column in found.reasons.items()}

    assert (by_rule["near"].value, by_rule["near"].field) == ("node", "setting rule:near")
    assert (by_rule["node"].value, by_rule["node"].field) == ("runtime", "setting rule:n*")


def test_a_rule_in_two_places_is_in_the_closer_column():
    near = next(one for one in RULES if one.key.native_id == "near")
    copy = structs.replace(near, path="copy/near.toml", column=PLANE)
    corpus = make_corpus(near, copy)

    assert {key: one.value for key, one in columns_of(corpus, "live").items()} == {
        0: "control plane"
    }


@pytest.mark.parametrize(
    "text",
    [
        *("runtime", "runtime=tag", "runtime=tag:", "tag:x=runtime", "inside=tag:x"),
        *("runtime=colour:red", "=tag:x", ""),
    ],
)
def test_a_setting_that_says_nothing(text):
    with pytest.raises(UsageError, match="write COLUMN=WHAT:PATTERN"):
        parse_scope([text])


def test_a_domain_without_platforms():
    """As ICS: its techniques name "None", or nothing; every rule looks at them."""
    release = make_release(
        "1.0",
        (ENTRY,),
        make_technique("T0801", "entry", platforms=("None",)),
        make_technique("T0802", "entry", platforms=()),
        domain="ics-attack",
    )
    rule = make_rule(make_mapping("T0802", ENTRY), platforms=["Windows"])
    made = build_study(make_corpus(rule), release, known=(release,))

    found = study_gaps(
        release, made.corpus, made.coverage, NO_PLATFORM, context=context(), options=GapOptions()
    )

    assert [one.technique.id for one in found.gaps.open] == ["T0801"]
    assert found.gaps.columns == ("any rule",)
    assert (found.gaps.covered.numerator, found.gaps.covered.denominator) == (1, 2)
    assert [[part.name for part in one.parts] for one in found.ranked] == [["unseen"]]
