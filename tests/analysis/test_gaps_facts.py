"""What facts make of the sample's gaps, counted by hand from gaps_sample.py."""

from detcov.analysis.stages import Stage
from detcov.facts import Answer
from gaps_sample import FACTS, gaps_of, study


def test_accepted_gaps_are_on_neither_side():
    gaps = gaps_of(facts=FACTS).gaps

    assert [one.technique.id for one in gaps.accepted] == ["T1003", "T1004.001"]
    assert [one.technique.id for one in gaps.open] == ["T1001.002", "T1002", "T1007"]
    found = (gaps.covered, gaps.with_node, gaps.some_claim)
    assert [(one.numerator, one.denominator) for one in found] == [(2, 5), (4, 5), (4, 5)]
    assert gaps.covered.definition.endswith("; accepted gaps are on neither side")


def test_who_accepts_and_until_when():
    gaps = gaps_of(facts=FACTS).gaps
    accepted = {one.technique.id: one.accepted for one in gaps.accepted}

    assert (accepted["T1003"].owner, accepted["T1003"].expiry) == ("Ana", "2026-12-31")
    assert (accepted["T1004.001"].owner, accepted["T1004.001"].expiry) == ("Ben", "")


def test_they_are_neither_ranked_nor_built():
    found = gaps_of(facts=FACTS, with_candidates=True)

    assert [one.gap.technique.id for one in found.ranked] == ["T1001.002", "T1002", "T1007"]
    assert set(found.needs) == set(found.candidates) == {"T1001.002", "T1002", "T1007"}


def test_their_tactics_lose_them_too():
    found = {one.tactic.shortname: one.techniques for one in gaps_of(facts=FACTS).gaps.tactics}

    assert (found["staying"], found["silence"], found["entry"]) == (1, 0, 2)


def test_a_waiver_of_another_platform_or_a_day_gone_by_counts_not():
    gaps = gaps_of("Windows", facts=FACTS).gaps

    assert [one.technique.id for one in gaps.accepted] == ["T1002"]
    assert [one.technique.id for one in gaps.open] == ["T1005"]


def test_stages_of_the_rules_that_look_there():
    gaps = gaps_of(facts=FACTS).gaps
    answers = {
        key: (one.stages.reached, one.stages.deployed, one.stages.fed, one.stages.tested)
        for key, one in gaps.techniques.items()
        if not one.gap
    }

    assert answers == {
        # The rule is deployed, what it reads is collected, and a test was missed.
        "T1001": (Stage.FED, Answer.YES, Answer.YES, Answer.NO),
        # One of its rules isn't deployed, of the other nobody says so.
        "T1001.001": (Stage.MAPPED, Answer.UNKNOWN, Answer.UNKNOWN, Answer.UNKNOWN),
    }


def test_sums_of_the_platform():
    sums = gaps_of(facts=FACTS).gaps.stages

    assert (sums.techniques, sums.waived, sums.not_applicable) == (7, 1, 1)
    assert {
        one.stage: (one.reached.numerator, one.reached.denominator, one.unknown)
        for one in sums.counts
    } == {
        Stage.MAPPED: (2, 5, 0),
        Stage.DEPLOYED: (1, 5, 1),
        Stage.FED: (1, 5, 1),
        Stage.TESTED: (0, 5, 1),
    }


def test_whether_logs_are_collected():
    collected = {
        log.name: log.collected for need in gaps_of(facts=FACTS).needs.values() for log in need.logs
    }

    assert collected == {
        "kubernetes:audit": Answer.YES,
        "docker:events": Answer.NO,
        "auditd:SYSCALL": Answer.UNKNOWN,
    }


def test_without_facts_nothing_is_said():
    found = gaps_of()

    assert found.gaps.stages is None
    assert found.gaps.accepted == ()
    assert all(one.stages is None for one in found.gaps.techniques.values())
    assert {log.collected for need in found.needs.values() for log in need.logs} == {None}
    assert study().estate is None
