"""Coverage of the hand-made release 10.0, number by number."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detcov.analysis.coverage import CellCoverage, Ratio, TacticCoverage, TechniqueCoverage
from detcov.analysis.frame import to_frame
from detcov.analysis.measure import measure
from detcov.analysis.rows import CoverageRow, coverage_rows
from detcov.model import Role
from detcov.resolve import Resolver
from made import (
    BREAKING,
    ENTRY,
    HIDING,
    NEW,
    OLD,
    PLANNING,
    RUNNING,
    SILENCE,
    STAYING,
    TAKING,
    make_corpus,
    make_mapping,
    make_rule,
    make_state,
)

TEST = make_state(lifecycle="test")
SIGNAL = make_state(emits="signal")
DEPRECATED = make_state(lifecycle="deprecated")


def coverage_of(*rules, **options):
    corpus = make_corpus(*rules)
    resolver = Resolver(NEW, (OLD,))
    return measure(NEW, corpus, [resolver.resolve(rule) for rule in corpus.rules], **options)


def own(coverage):
    """Technique to its rules, where it has any."""
    return {key: one.rules for key, one in coverage.techniques.items() if one.rules}


def drawn(coverage):
    """(tactic, technique) to its stated and inferred rules, where it has any."""
    return {key: (one.stated, one.inferred) for key, one in coverage.cells.items() if one.drawn}


def fraction(ratio):
    return ratio.numerator, ratio.denominator


class TestWhatCounts:
    def test_a_rule_counts_once_for_a_technique_however_often_it_states_it(self):
        coverage = coverage_of(
            make_rule(make_mapping("T1002", ENTRY), make_mapping("T1002", STAYING)),
            make_rule(make_mapping("T1002", ENTRY), native_id="rule-2"),
        )

        assert own(coverage) == {"T1002": (0, 1)}
        assert drawn(coverage) == {
            ("entry", "T1002"): ((0, 1), ()),
            ("staying", "T1002"): ((0,), ()),
        }

    def test_carriers_and_tactics_alone_count_for_nothing(self):
        coverage = coverage_of(
            make_rule(make_mapping("T1001", RUNNING, role=Role.CARRIER), make_mapping(None, ENTRY))
        )

        assert own(coverage) == {}
        assert drawn(coverage) == {}
        assert coverage.counted == (0,)

    def test_a_subtechnique_counts_for_its_parent_beside_it_and_never_the_reverse(self):
        below = coverage_of(make_rule(make_mapping("T1001.001", RUNNING)))
        above = coverage_of(make_rule(make_mapping("T1001", RUNNING)))

        assert own(below) == {"T1001.001": (0,)}
        assert own(above) == {"T1001": (0,)}
        told = [
            (one.covered, one.covered_or_via, one.subtechniques_covered, one.subtechniques)
            for one in (
                below.techniques["T1001"],
                above.techniques["T1001"],
                above.techniques["T1001.001"],
            )
        ]
        assert told == [(False, True, 1, 2), (True, True, 0, 2), (False, False, 0, 0)]

    @pytest.mark.parametrize(
        ("count", "expected"), [("live", (0,)), ("active", (0, 1, 2)), ("all", (0, 1, 2, 3))]
    )
    def test_by_state(self, count, expected):
        states = (TEST, SIGNAL, make_state(enabled="no"), DEPRECATED)
        rules = [
            make_rule(make_mapping("T1001", RUNNING), native_id=str(number), state=state)
            for number, state in enumerate(states)
        ]

        coverage = coverage_of(*rules, count=count)

        assert own(coverage) == {"T1001": expected}
        assert coverage.counted == expected
        assert coverage.count == count

    @pytest.mark.parametrize("kind", ["hunt", "posture", "promotion", "over-alerts", "prevention"])
    def test_other_kinds_are_not_live(self, kind):
        rule = make_rule(make_mapping("T1001", RUNNING), state=make_state(kind=kind))

        assert own(coverage_of(rule)) == {}
        assert own(coverage_of(rule, count="active")) == {"T1001": (0,)}

    def test_copies_of_a_rule_are_one_rule_with_their_mappings_and_platforms_united(self):
        coverage = coverage_of(
            make_rule(make_mapping("T1002", ENTRY), platforms=["Linux"], path="linux/a.toml"),
            make_rule(make_mapping("T1002", STAYING), platforms=["Windows"], path="windows/a.toml"),
            make_rule(make_mapping("T1002", ENTRY), source="theirs"),
        )

        assert coverage.counted == (0, 2)
        assert own(coverage) == {"T1002": (0, 2)}
        assert drawn(coverage) == {
            ("entry", "T1002"): ((0, 2), ()),
            ("staying", "T1002"): ((0,), ()),
        }
        assert coverage.techniques["T1002"].by_platform == {"Linux": (0,), "Windows": (0,)}
        assert coverage.techniques["T1002"].platforms_covered == 2

    def test_a_mapping_whose_tactic_is_gone_counts_and_is_drawn_nowhere(self):
        coverage = coverage_of(make_rule(make_mapping("T1006", HIDING)))

        assert own(coverage) == {"T1006": (0,)}
        assert drawn(coverage) == {}

    def test_a_rule_that_states_and_implies_a_cell_is_there_once_as_stated(self):
        coverage = coverage_of(
            make_rule(make_mapping("T1002"), make_mapping("T1002", ENTRY)),
            make_rule(make_mapping("T1002"), native_id="rule-2"),
        )

        assert drawn(coverage) == {
            ("entry", "T1002"): ((0,), (1,)),
            ("staying", "T1002"): ((), (0, 1)),
        }

    @pytest.mark.parametrize("technique", ["T9999", "T1013", "T1016", "AML.T0051", "nonsense"])
    def test_what_the_release_lacks_counts_for_nothing(self, technique):
        coverage = coverage_of(make_rule(make_mapping(technique, TAKING)))

        assert own(coverage) == {}
        assert drawn(coverage) == {}


RULES = (
    make_rule(
        make_mapping("T1001.001", RUNNING),
        make_mapping("T1001", RUNNING, role=Role.CARRIER),
        make_mapping("T1040", PLANNING),
        native_id="0",
        platforms=["Linux", "PRE"],
    ),
    make_rule(make_mapping("T1001.001", RUNNING), native_id="1", platforms=["Windows"]),
    make_rule(make_mapping("T1001.002", RUNNING), native_id="2", platforms=["Linux"]),
    make_rule(make_mapping("T1002"), native_id="3"),
    make_rule(make_mapping("T1050", TAKING), native_id="4", platforms=["Containers"]),
)


def test_the_ratios():
    coverage = coverage_of(*RULES)

    # T1001 .001 .002, T1002–T1008, T1017, T1018, T1020, T1021 .001, T1050; T1040 is PRE-only
    assert coverage.headline == Ratio(
        numerator=4, denominator=16, definition="techniques with at least one own rule"
    )
    assert coverage.two_or_more == Ratio(
        numerator=1, denominator=16, definition="techniques with two own rules or more"
    )
    assert coverage.parents_with_via == Ratio(
        numerator=3,
        denominator=13,
        definition="parent techniques, own rule or via sub-techniques",
    )
    assert coverage.pre_only == Ratio(
        numerator=1,
        denominator=1,
        definition="techniques before the intrusion (platform PRE only)",
        pre_only=True,
    )
    assert fraction(coverage.some_claim) == (4, 16)


def test_the_tactics():
    coverage = coverage_of(*RULES)

    assert coverage.tactics == (
        TacticCoverage(tactic=PLANNING, techniques=1, covered=1, inferred=0, pre_only=True),
        TacticCoverage(tactic=ENTRY, techniques=4, covered=0, inferred=1, pre_only=False),
        TacticCoverage(tactic=RUNNING, techniques=4, covered=2, inferred=0, pre_only=False),
        TacticCoverage(tactic=STAYING, techniques=4, covered=0, inferred=1, pre_only=False),
        TacticCoverage(tactic=SILENCE, techniques=1, covered=0, inferred=0, pre_only=False),
        TacticCoverage(tactic=BREAKING, techniques=3, covered=0, inferred=0, pre_only=False),
        TacticCoverage(tactic=TAKING, techniques=4, covered=1, inferred=0, pre_only=False),
    )
    assert [one.ratio.percent for one in coverage.tactics] == [
        "PRE only",
        "0 %",
        "50 %",
        "0 %",
        "0 %",
        "0 %",
        "25 %",
    ]


def test_a_cell_with_a_stated_rule_is_covered_and_no_inferred_one_beside():
    coverage = coverage_of(
        make_rule(make_mapping("T1002", ENTRY)),
        make_rule(make_mapping("T1002"), native_id="2"),
    )

    told = {one.tactic.shortname: (one.covered, one.inferred) for one in coverage.tactics}
    assert (told["entry"], told["staying"]) == ((1, 0), (0, 1))


def test_within_a_platform():
    coverage = coverage_of(*RULES, platforms=["Linux"])

    assert coverage.platforms == ("Linux",)
    assert coverage.counted == (0, 2)
    assert coverage.techniques["T1001.001"] == TechniqueCoverage(
        technique=NEW.techniques["T1001.001"],
        rules=(0,),
        unstated=(),
        elsewhere=(1,),
        by_platform={"Linux": (0,), "Windows": (1,)},
        subtechniques=0,
        subtechniques_covered=0,
    )
    assert coverage.techniques["T1002"] == TechniqueCoverage(
        technique=NEW.techniques["T1002"],
        rules=(),
        unstated=(3,),
        elsewhere=(),
        by_platform={"Linux": (), "Windows": ()},
        subtechniques=0,
        subtechniques_covered=0,
    )
    # T1001.002 is of Windows only: out of scope with its rule, and no child of T1001 here
    assert coverage.techniques.keys() == NEW.active.keys() - {"T1001.002", "T1040", "T1050"}
    parent = coverage.techniques["T1001"]
    assert (parent.subtechniques_covered, parent.subtechniques) == (1, 1)
    assert coverage.cells["running-code", "T1001.001"] == CellCoverage(
        tactic="running-code", technique="T1001.001", stated=(0,), inferred=()
    )
    assert coverage.headline == Ratio(
        numerator=1, denominator=14, definition="techniques with at least one own rule for Linux"
    )
    assert coverage.some_claim == Ratio(
        numerator=2,
        denominator=14,
        definition="techniques in scope that any counted rule claims, whatever its platform",
    )


def test_within_several_platforms():
    coverage = coverage_of(*RULES, platforms=["Windows", "Linux", "Windows"])

    assert coverage.platforms == ("Linux", "Windows")
    assert coverage.counted == (0, 1, 2)
    # rule 2 is for Linux and T1001.002 for Windows: the two share no platform
    assert own(coverage) == {"T1001.001": (0, 1)}
    assert coverage.techniques["T1001.002"].elsewhere == (2,)


def test_a_tactic_without_a_technique_of_the_platform_is_not_applicable():
    coverage = coverage_of(*RULES, platforms=["Containers"])

    assert {one.tactic.shortname: one.ratio.percent for one in coverage.tactics} == {
        "planning": "n/a",
        "entry": "n/a",
        "running-code": "n/a",
        "staying": "n/a",
        "silence": "n/a",
        "breaking": "n/a",
        "taking": "100 %",
    }


def test_without_rules_all_is_a_gap_and_nothing_is_not_applicable():
    coverage = coverage_of()

    assert fraction(coverage.headline) == (0, 16)
    percents = {one.tactic: one.ratio.percent for one in coverage.tactics}
    assert percents.pop(PLANNING) == "PRE only"
    assert set(percents.values()) == {"0 %"}
    assert coverage.cells.keys() == set(NEW.cells)


def test_rows_and_frame():
    coverage = coverage_of(*RULES)
    corpus = make_corpus(*RULES)

    rows = list(coverage_rows(NEW, coverage, corpus))

    assert rows[5] == CoverageRow(
        tactic_id="TA0002",
        tactic="Running Code",
        technique_id="T1001",
        technique="Technique 1001",
        parent_id="",
        platforms="Linux; Windows",
        depth="none",
        own_rules=0,
        stated_rules=0,
        inferred_rules=0,
        subtechniques=2,
        subtechniques_covered=2,
        platforms_covered=0,
        rules="",
    )
    assert [(row.tactic, row.technique_id, row.rules) for row in rows if row.rules] == [
        ("Planning", "T1040", "A rule"),
        ("Entry", "T1002", "A rule"),
        ("Running Code", "T1001.001", "A rule; A rule"),
        ("Running Code", "T1001.002", "A rule"),
        ("Staying", "T1002", "A rule"),
        ("Taking", "T1050", "A rule"),
    ]
    frame = to_frame(NEW, coverage, corpus)
    assert list(frame.columns) == list(CoverageRow.__struct_fields__)
    assert [CoverageRow(**row) for row in frame.to_dict("records")] == rows


_ANY_RULE = st.builds(
    lambda mappings, **fields: make_rule(*mappings, **fields),
    st.lists(
        st.builds(
            make_mapping,
            st.sampled_from(sorted({*NEW.techniques, *OLD.techniques})),
            st.sampled_from([*NEW.tactics, *OLD.tactics, None]),
            role=st.sampled_from([None, Role.CARRIER]),
        ),
        max_size=4,
    ),
    native_id=st.sampled_from("abcd"),
    state=st.sampled_from([TEST, SIGNAL, DEPRECATED, make_state()]),
    platforms=st.sets(st.sampled_from(["Linux", "Windows", "Containers", "PRE"])),
    paired=st.booleans(),
)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(_ANY_RULE, max_size=6),
    st.sets(st.sampled_from(["Linux", "Windows", "Containers", "PRE"])),
)
def test_whatever_the_rules_are_the_numbers_hold_together(rules, platforms):
    coverages = [
        coverage_of(*rules, count=count, platforms=platforms) for count in ("live", "active", "all")
    ]
    for coverage in coverages:
        for one in coverage.techniques.values():
            assert one.subtechniques_covered <= one.subtechniques
            assert not set(one.rules) & {*one.unstated, *one.elsewhere}
        for cell in coverage.cells.values():
            assert not set(cell.stated) & set(cell.inferred)
            assert {*cell.stated, *cell.inferred} <= set(coverage.techniques[cell.technique].rules)
        for tactic in coverage.tactics:
            assert tactic.covered + tactic.inferred <= tactic.techniques
        ratios = (coverage.two_or_more, coverage.headline, coverage.some_claim)
        numbers = [ratio.numerator for ratio in ratios]
        assert numbers == sorted(numbers)
        assert numbers[-1] <= coverage.headline.denominator
        assert len({ratio.denominator for ratio in ratios}) == 1
    for fewer, more in pairwise(coverages):
        assert set(fewer.counted) <= set(more.counted)
        for key, one in fewer.techniques.items():
            assert set(one.rules) <= set(more.techniques[key].rules)
