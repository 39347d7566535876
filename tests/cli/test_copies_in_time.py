"""A rule in two folders, while one copy goes and comes: `diff`, `pr`, `weekly` and the gate.

| week | what happens |
|---|---|
| 1 | one/ and two/ have Alpha (T1059.004); one/ has Bravo (T1610) |
| 2 | one/ loses its copy of Alpha |
| 3 | one/ has it again; a note is written beside it |
| 4 | two/'s copy of Alpha claims T1611, too |
| 5 | two/ loses its copy, and so Alpha T1611 |
| 6 | one/ loses the last copy |
| 7 | one/ has Alpha |
| 8 | Alpha moves to two/ |
| 9 | one/'s Bravo and two/'s Charlie (T1610), which an alias calls one; Alpha goes |
| 10 | Charlie goes |
"""

import pygit2
import pytest

from made_git import MadeRepository
from made_story import day, rule
from named import read_named

ALPHA = rule("Alpha", "T1059.004")
KEY = "00000000-0000-4000-8000-00000000000{}"
ALIAS = ("--alias", f"{KEY.format(2)} == {KEY.format(3)}")


@pytest.fixture
def told(tmp_path, monkeypatch):
    made = MadeRepository(tmp_path / "repo")
    files, shas = made.files, {}

    def commit(week):
        shas[week] = made.commit(day(week), f"Week {week}")

    files |= {"one/alpha.toml": ALPHA, "two/alpha.toml": ALPHA}
    files["one/bravo.toml"] = rule("Bravo", "T1610")
    commit(1)
    del files["one/alpha.toml"]
    commit(2)
    files |= {"one/alpha.toml": ALPHA, "one/NOTE.md": "Alpha is back."}
    commit(3)
    files["two/alpha.toml"] = rule("Alpha", "T1059.004", "T1611")
    commit(4)
    del files["two/alpha.toml"]
    files["two/NOTE.md"] = "Empty."
    commit(5)
    del files["one/alpha.toml"]
    commit(6)
    files["one/alpha.toml"] = ALPHA
    commit(7)
    files["two/first.toml"] = files.pop("one/alpha.toml")
    commit(8)
    files["two/charlie.toml"] = rule("Charlie", "T1610")
    del files["two/first.toml"]
    commit(9)
    del files["two/charlie.toml"]
    commit(10)
    made.git.checkout("refs/heads/main", strategy=pygit2.enums.CheckoutStrategy.FORCE)
    monkeypatch.chdir(made.path)
    return shas


def rows_of(out, table):
    found = read_named(out)["tables"].get(table, {"rows": []})
    return found["rows"]


@pytest.mark.parametrize(
    ("before", "after", "techniques", "rules"),
    [
        (1, 2, [], [("in fewer places", "Alpha", "no longer in one: alpha.toml", 2)]),
        (2, 3, [], [("in more places", "Alpha", "now in one: alpha.toml too", 3)]),
        (1, 3, [], []),
        (3, 4, [("gained", "T1611", 4)], [("re-mapped", "Alpha", None, 4)]),
        (
            4,
            5,
            [("lost", "T1611", 5)],
            [("re-mapped", "Alpha", "no longer in two: alpha.toml", 5)],
        ),
        (5, 6, [("lost", "T1059.004", 6)], [("removed", "Alpha", None, 6)]),
        # Two commits took its two copies: the last did it.
        (
            4,
            6,
            [("lost", "T1059.004", 6), ("lost", "T1611", 5)],
            [("removed", "Alpha", None, 6)],
        ),
        (7, 8, [], [("renamed", "Alpha", "was one: alpha.toml", 8)]),
    ],
)
def test_what_is_told_of_a_copy(detcov, told, before, after, techniques, rules):
    arguments = ("diff", told[before], told[after], "one", "two", "--format", "json", "--no-cache")
    code, out, err = detcov(*arguments)
    assert (code, err) == (0, "")
    commits = {sha[:10]: week for week, sha in told.items()}

    def week(one):
        return commits[one["commit"]] if one["commit"] else None

    assert [
        (one["turn"], one["technique"], week(one)) for one in rows_of(out, "techniques")
    ] == techniques
    assert [
        (one["fate"], one["rule"], one["why"], week(one)) for one in rows_of(out, "rules")
    ] == rules


@pytest.mark.parametrize(
    ("before", "after", "alias", "turns", "fates"),
    [
        # One of two rules for T1610 goes.
        (9, 10, (), ["thinner T1610"], ["removed Charlie"]),
        (9, 10, ALIAS, [], ["in fewer places Bravo"]),
        (8, 9, (), ["lost T1059.004", "deeper T1610"], ["removed Alpha", "added Charlie"]),
        (8, 9, ALIAS, ["lost T1059.004"], ["removed Alpha", "in more places Bravo"]),
    ],
)
def test_an_alias_is_a_copy(detcov, told, before, after, alias, turns, fates):
    arguments = ("diff", told[before], told[after], "one", "two", "--format", "json", "--no-cache")
    code, out, err = detcov(*arguments, *alias)
    missing = f"detcov: alias '{KEY.format(3)}': no rule is called so\n"
    assert (code, err) == (0, missing if alias and after == 10 else "")
    assert [f"{one['turn']} {one['technique']}" for one in rows_of(out, "techniques")] == turns
    assert [f"{one['fate']} {one['rule']}" for one in rows_of(out, "rules")] == fates


@pytest.mark.parametrize("command", ["weekly", "pr", "diff"])
def test_an_alias_of_nothing_is_told_once_of_now(detcov, told, command):
    sides = {"weekly": (), "pr": ("--base", told[9]), "diff": (told[9], told[10])}[command]
    arguments = (command, *sides, "one", "two", *ALIAS, "--no-cache")
    form = ("--format", "json")
    code, _, err = detcov(*arguments, *form)
    assert (code, err) == (0, f"detcov: alias {KEY.format(3)!r}: no rule is called so\n")


def test_a_pull_request_sums_them(detcov, told):
    arguments = ("pr", "one", "two", "--base", told[1], "--head", told[2], "--no-cache")
    code, out, err = detcov(*arguments)
    assert (code, err) == (0, "")
    assert "0 lost, 0 gained" in out
    assert "\n1 in fewer places.\n" in out
    assert "removed" not in out


def test_the_gate_lets_a_copy_go(detcov, told, tmp_path):
    """HEAD has Bravo alone. Of week 9 it lost a copy, of week 8 a rule and its technique."""
    arguments = ("report", "one", "two", "--out", tmp_path / "out", "--no-lost", "--no-cache")
    code, _, err = detcov(*arguments, "--baseline", told[9])
    assert (code, err) == (0, "")
    code, _, err = detcov(*arguments, "--baseline", told[8])
    assert code == 1
    assert err.startswith("detcov: gate missed: lost T1059.004 ")


@pytest.mark.parametrize(
    ("week", "rules", "fates"),
    [(2, 2, {"in fewer places"}), (3, 2, {"in more places"}), (6, 1, {"removed"})],
)
@pytest.mark.usefixtures("told")
def test_the_weekly_report(detcov, week, rules, fates):
    arguments = ("weekly", "one", "two", "--date", day(week), "--format", "json", "--no-cache")
    code, out, err = detcov(*arguments)
    assert (code, err) == (0, "")
    assert {one["fate"] for one in rows_of(out, "rules")} == fates
    assert rows_of(out, "trend")[-1]["rules"] == rules


def test_snapshots_tell_the_same(detcov, told, tmp_path, monkeypatch):
    """The rules of week 9 and 10, as `snapshot` keeps them: the alias is of today's settings."""
    repository = pygit2.Repository(".")
    for week in (9, 10):
        repository.checkout_tree(
            repository[told[week]], strategy=pygit2.enums.CheckoutStrategy.FORCE
        )
        arguments = ("snapshot", "one", "two", "-o", tmp_path / "kept", "--date", day(week))
        assert detcov(*arguments, "--no-cache")[0] == 0
    monkeypatch.chdir(tmp_path)
    for alias, fate, numbers in ((ALIAS, "in fewer places", [1, 1]), ((), "removed", [2, 1])):
        code, out, _ = detcov(
            "weekly",
            "--snapshots",
            "kept",
            "--weeks",
            "2",
            *alias,
            "--format",
            "json",
            "--no-cache",
        )
        assert code == 0
        assert [one["fate"] for one in rows_of(out, "rules")] == [fate]
        assert [one["rules"] for one in rows_of(out, "trend")] == numbers
