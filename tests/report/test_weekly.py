"""What the weekly report says in words. The whole report is in tests/cli/test_weekly.py."""

import pytest

from detcov.analysis.gaps import TechniqueGaps
from detcov.analysis.rank import RankedGap, RankPart
from detcov.attack.threats import Actor
from detcov.model import ParseFailure, Place
from detcov.report.change import unread
from detcov.report.weekly import on_one_rule, why
from gaps_sample import study
from made import make_technique

KINSING = Actor(id="S0599", name="Kinsing", kind="software")
TEAM = Actor(id="G0139", name="TeamTNT", kind="group")
OTHER = Actor(id="G0106", name="Rocke", kind="group")
NOBODY = "none known on Containers, which isn't low risk"


def ranked(actors=(), possible=(), general=(), remaps=None, *, ubiquitous=False, **parts):
    gap = TechniqueGaps(
        technique=make_technique("T1001.002", "running-code"),
        columns={},
        closing=(),
        subtechniques=0,
        subtechniques_covered=0,
        remaps=remaps or {},
    )
    return RankedGap(
        gap=gap,
        parts=tuple(
            RankPart(name=name.replace("_", "-"), count=count, weight=10)
            for name, count in parts.items()
        ),
        actors=actors,
        possible=possible,
        general=general,
        ubiquitous=ubiquitous,
    )


@pytest.mark.parametrize(
    ("gap", "told"),
    [
        (ranked(), NOBODY),
        (
            ranked(possible=(OTHER,), general=(TEAM, KINSING)),
            (
                f"{NOBODY}; 1 group may have used it there; 1 software, 1 group elsewhere, or "
                "nobody says where"
            ),
        ),
        (
            ranked((KINSING, TEAM), software=1, groups=5),
            (
                "1 software (Kinsing), 1 group (TeamTNT) on Containers; score: 1 software +10, "
                "5 groups +30"
            ),
        ),
        (
            ranked(matrix=1, platform_only=1, at_hand=1, unseen=1),
            (
                f"{NOBODY}; score: in Microsoft's Kubernetes matrix +10, exists on Containers "
                "alone +10, a log at hand +10, no rule near it +10"
            ),
        ),
        (
            ranked((KINSING,), ubiquitous=True),
            (
                "1 software (Kinsing) on Containers; held down: normal use looks the same, and a "
                "rule for it would alert on that"
            ),
        ),
        (
            ranked(remaps={"T1001": (0,)}),
            (
                "re-map first, if a rule near it sees this, too: Audit sees a shell (of T1001 "
                f"Shell); {NOBODY}"
            ),
        ),
    ],
)
def test_why_a_gap_is_next(gap, told):
    assert why(gap, "Containers", study()) == told


@pytest.mark.parametrize(
    ("platforms", "said"),
    [
        ([], "0 techniques on one rule."),
        (["Linux"], "1 technique on one rule."),
        (["Linux", "Linux", "PRE"], "2 techniques on one rule, and 1 PRE-only."),
        (["PRE"], "0 techniques on one rule, and 1 PRE-only."),
    ],
)
def test_what_is_pre_only_is_told_apart(platforms, said):
    """The summary's "n one rule" is without them, so they aren't added in here either."""
    found = [make_technique("T1001", "entry", platforms=(one,)) for one in platforms]
    assert on_one_rule(found) == said


@pytest.mark.parametrize(
    ("n", "end"),
    [
        (1, "0.toml:3:4: broken."),
        (5, "4.toml:3:4: broken."),
        (7, "4.toml:3:4: broken; and 2 more."),
    ],
)
def test_what_cannot_be_read_is_a_warning(n, end):
    place = Place(line=3, column=4)
    failures = [
        ParseFailure(source="ours", path=f"{at}.toml", message="broken", place=place)
        for at in range(n)
    ]
    note, table = unread(failures)
    assert len(table.rows) == n
    assert note.kind == "warning"
    assert note.text.startswith("Files that can't be read: 0.toml:3:4: broken")
    assert note.text.endswith(end)


def test_nothing_is_said_where_all_was_read():
    (table,) = unread(())
    assert (table.rows, table.audience) == ((), "machines")
