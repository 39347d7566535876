"""Twelve weeks made of Elastic's rules of May 2026, against sets counted without detcov.

A fifth of the rules; every week one in seven goes that week and comes back the next.
"""

import pytest

import real
from analysis.independent import attack, claims, is_live
from detcov import cli
from made_git import MadeRepository
from named import read_named

DAYS = [f"2026-{month:02}-{day:02}" for month, day in ((3, 2), (3, 9), (3, 16), (3, 23), (3, 30))]
DAYS += [f"2026-{month:02}-{day:02}" for month, day in ((4, 6), (4, 13), (4, 20), (4, 27))]
DAYS += ["2026-05-04", "2026-05-11", "2026-05-18"]
RELEASES = ("18.1", "19.0")


@pytest.fixture(scope="module")
def weeks():
    """For each week the paths there are."""
    paths = sorted(real.elastic_trees())[::5]
    return [set(paths) - set(paths[week % 7 :: 7]) for week in range(12)]


def covered(paths, version, *, pre=False):
    """Techniques that live rules claim, as they are called in a release; PRE-only ones if `pre`."""
    active, ends, _ = attack(version)
    trees = real.elastic_trees()
    stated = {
        claim for path in paths if is_live(path, trees[path]) for *_, claim in claims(trees[path])
    }
    known = {ends.get(one, one) for one in stated}
    return {one for one in known if one in active and (pre or active[one][1] != {"PRE"})}


@pytest.fixture(scope="module")
def told(weeks, tmp_path_factory):
    folder = tmp_path_factory.mktemp("weeks")
    made, contents = MadeRepository(folder / "repo"), real.archive_files(real._NAME)
    for day, paths in zip(DAYS, weeks, strict=True):
        made.files = {f"rules/{path}": contents[path] for path in paths}
        made.commit(day, f"Rules of {day}")
    out = folder / "out"
    code = cli._run(
        [
            *("weekly", "rules", "--repo", str(made.path), "--no-cache", "--out", str(out)),
            *("--attack", "19.0", "--attack-before", f"18.1@{DAYS[6]}"),
        ]
    )
    assert code == 0
    report = read_named((out / "weekly.json").read_bytes())
    return {name: table["rows"] for name, table in report["tables"].items()}


def test_what_was_covered_each_week(told, weeks):
    weekly = list(zip(DAYS, weeks, strict=True))
    expected = [
        *((day, "18.1", len(covered(paths, "18.1"))) for day, paths in weekly[:6]),
        # The last week before the change stands under both releases.
        *((day, "19.0", len(covered(paths, "19.0"))) for day, paths in weekly[5:]),
    ]
    found = [(one["day"], one["version"], one["covered"]["numerator"]) for one in told["trend"]]
    assert found == expected
    assert len({n for *_, n in found}) > 3  # the weeks do differ


def test_rules_that_counted_each_week(told, weeks):
    trees = real.elastic_trees()
    live = [sum(is_live(path, trees[path]) for path in paths) for paths in weeks]
    assert [one["rules"] for one in told["trend"]] == [*live[:6], *live[5:]]


def test_what_the_last_week_lost_and_gained_and_by_which_rules(told, weeks):
    before, after = (covered(paths, "19.0", pre=True) for paths in weeks[-2:])
    turns = {one["technique"]: one["turn"] for one in told["techniques"]}
    assert {key for key, turn in turns.items() if turn == "lost"} == before - after
    assert {key for key, turn in turns.items() if turn == "gained"} == after - before
    assert before - after
    assert after - before
    trees = real.elastic_trees()
    fates = {(one["fate"], one["path"]) for one in told["rules"]}
    gone, come = weeks[-2] - weeks[-1], weeks[-1] - weeks[-2]
    # From the repository's root, in which the corpus lies in rules/.
    assert fates == {("removed", f"rules/{path}") for path in gone} | {
        ("added", f"rules/{path}") for path in come
    }
    for one in told["techniques"]:
        if one["turn"] == "lost":
            names = {trees[path]["rule"]["name"] for path in gone}
            assert set(one["rules"]) <= names
            assert one["commit_date"] == DAYS[-1]
            assert one["commit_subject"] == f"Rules of {DAYS[-1]}"
