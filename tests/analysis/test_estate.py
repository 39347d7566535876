"""What facts say of an estate: accepted gaps, what has expired, which logs are collected."""

import pytest

from detcov.analysis.stages import Stage, words
from detcov.attack.detections import LogSource
from detcov.facts import FactKind
from stages_sample import NO, UNKNOWN, YES, fact, stages, study, waiver


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


def test_excuses_in_words():
    assert words(waiver("T1")) == "waived until 2026-12-31 by Ana"
    assert words(waiver("T1", kind=FactKind.NOT_APPLICABLE, expiry="")) == "not applicable by Ana"
