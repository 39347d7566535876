"""What the weekly report says in words. The whole report is in tests/cli/test_weekly.py."""

import pytest

from detcov.analysis.gaps import TechniqueGaps
from detcov.analysis.rank import RankedGap, RankPart
from detcov.attack.threats import Actor
from detcov.model import ParseFailure, Place
from detcov.report.change import unread
from detcov.report.weekly import on_one_rule, why
from made import make_technique

KINSING = Actor(id="S0599", name="Kinsing", kind="software")
TEAM = Actor(id="G0139", name="TeamTNT", kind="group")
NOBODY = "no reporting, which isn't low risk"
RELATIVE = "a parent, sibling or sub-technique is covered"
OTHER = Actor(id="G0106", name="Rocke", kind="group")


def ranked(actors=(), general=(), **parts):
    gap = TechniqueGaps(
        technique=make_technique("T1001", "entry"),
        columns={},
        closing=(),
        subtechniques=0,
        subtechniques_covered=0,
    )
    weights = {"matrix": 2, "platform-only": 3, "node-only": -1, "relative-covered": -1}
    named = {name.replace("_", "-"): count for name, count in parts.items()}
    return RankedGap(
        gap=gap,
        parts=tuple(
            RankPart(name=name, count=count, weight=weights.get(name, 10))
            for name, count in named.items()
        ),
        actors=actors,
        general=general,
    )


@pytest.mark.parametrize(
    ("gap", "said"),
    [
        (ranked(), NOBODY),
        (
            ranked(general=(OTHER,)),
            "no reporting tied to Containers, which isn't low risk; 1 general report",
        ),
        (
            ranked((KINSING, TEAM), software=1, groups=1, node_only=1),
            "1 software (Kinsing), 1 group (TeamTNT); rules on Linux nodes alone claim it",
        ),
        (
            ranked(matrix=1, platform_only=1, relative_covered=1),
            f"{NOBODY}; in Microsoft's Kubernetes matrix; exists on Containers alone; {RELATIVE}",
        ),
        (ranked(matrix=0), NOBODY),
    ],
)
def test_why_a_gap_is_next(gap, said):
    assert why(gap) == said


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
