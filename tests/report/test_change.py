"""What a change says in words."""

import pytest

from detcov.analysis.change import Change, TechniqueChange, Turn
from detcov.analysis.coverage import Ratio
from detcov.analysis.release_change import ReleaseChange
from detcov.analysis.rule_change import RuleChange, RuleFate
from detcov.attack.changes import changes
from detcov.model import Finding, Place, RuleKey, Severity
from detcov.report.change import found_and_gone, headline
from made import NEW, OLD, make_technique

LEFT = "our rules didn't change the number"
ONLY = "the new release only the techniques in scope"
SCOPE = "(and the techniques in scope by -4)"


def ratio(numerator, denominator=100):
    return Ratio(numerator=numerator, denominator=denominator, definition="")


def change(before=(50, 100), between=(50, 100), after=(50, 100), *, release=False, **fields):
    released = ReleaseChange(
        before=ratio(*before),
        after=ratio(*between),
        changes=changes(OLD, NEW),
        lost=(),
        gained=(),
        carried=(),
        gaps=(),
    )
    return Change(
        before=ratio(*before),
        between=ratio(*between),
        after=ratio(*after),
        counted_before=7,
        counted_after=7,
        tactics=(),
        release=released if release else None,
        **{"rules": (), "techniques": ()} | fields,
    )


@pytest.mark.parametrize(
    ("sides", "said"),
    [
        (change(), "50 %); our rules didn't change the number. 0 lost, 0 gained."),
        (change(after=(51, 100)), "51 %); our rules changed that by +1. 0 lost, 0 gained."),
        (
            change(release=True),
            f"50 %); {LEFT}, the new release didn't either. 0 lost, 0 gained.",
        ),
        (
            change(after=(48, 100), release=True),
            "48 %); our rules changed that by -2, the new release didn't. 0 lost, 0 gained.",
        ),
        (
            change(before=(53, 104), release=True),
            f"50 %); {LEFT}, the new release changed it by -3 {SCOPE}. 0 lost, 0 gained.",
        ),
        (
            change(before=(50, 98), after=(51, 100), release=True),
            f"51 %); our rules changed that by +1, {ONLY} by +2. 0 lost, 0 gained.",
        ),
        (
            change(before=(49, 100), after=(53, 100), release=True),
            "53 %); our rules changed that by +3, the new release by +1. 0 lost, 0 gained.",
        ),
    ],
)
def test_the_headline_says_who_changed_what(sides, said):
    covered = sides.after.numerator
    assert headline(sides) == f"{covered} of 100 techniques covered ({said}"


def turn(kind, *platforms):
    technique = make_technique("T1001", "entry", platforms=platforms)
    return TechniqueChange(turn=kind, technique=technique, before=1, after=0, rules=())


@pytest.mark.parametrize(
    ("turns", "said"),
    [
        (((Turn.LOST, "Linux"), (Turn.GAINED, "PRE", "Linux")), "1 lost, 1 gained."),
        (((Turn.LOST, "PRE"), (Turn.LOST, "Linux")), "2 lost (1 PRE-only), 0 gained."),
        (((Turn.GAINED, "PRE"), (Turn.THINNER, "PRE")), "0 lost, 1 gained (1 PRE-only)."),
    ],
)
def test_the_headline_tells_apart_what_its_ratio_leaves_out(turns, said):
    assert headline(change(techniques=tuple(turn(*one) for one in turns))).endswith(f". {said}")


def finding(path):
    return Finding(
        code="M102",
        name="technique-unknown",
        severity=Severity.ERROR,
        message="T9999 is not there",
        source="ours",
        path=path,
        place=Place(line=1),
        rule_id=path,
        rule_name=path,
    )


@pytest.mark.parametrize(
    ("found", "gone", "said"),
    [
        ("", "", "0 new, 0 gone."),
        ("ab", "c", "2 new in 2 rules (2 errors), 1 gone in 1 rule (1 error)."),
        (
            "",
            "abX",
            "0 new, 3 gone in 3 rules (3 errors), 1 of them in files that can't be read any more.",
        ),
    ],
)
def test_a_file_that_cannot_be_read_has_mended_nothing(found, gone, said):
    key = RuleKey(source="ours", format="elastic", native_id="X")
    unread = RuleChange(
        fate=RuleFate.UNREADABLE,
        key=key,
        identity=key,
        was_identity=key,
        name="X",
        path="X",
        counts=True,
    )
    seen = change(
        rules=(unread,), found=tuple(map(finding, found)), fixed=tuple(map(finding, gone))
    )
    assert found_and_gone(seen) == (said,)
