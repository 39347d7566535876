"""`detcov weekly` on the scripted history: every expected value is written from the script."""

import json
import re

import pygit2
import pytest

from made_git import MadeRepository
from made_story import day, rule, story
from named import read_named

SWITCH = ("--attack-before", f"18.1@{day(7)}")

TREND = [
    # day, release, covered, of, rules that count, files that couldn't be read
    (1, "18.1", 3, 599, 3, 0),
    (2, "18.1", 4, 599, 5, 0),
    (3, "18.1", 5, 599, 6, 0),
    (4, "18.1", 5, 599, 6, 0),
    (5, "18.1", 5, 599, 6, 0),
    (6, "18.1", 5, 599, 5, 0),
    (6, "19.0", 5, 601, 5, 0),
    (7, "19.0", 5, 601, 5, 0),
    (8, "19.0", 5, 601, 5, 0),
    (9, "19.0", 4, 601, 4, 1),
    (10, "19.0", 5, 601, 5, 0),
    (11, "19.0", 6, 601, 5, 0),
    (12, "19.0", 5, 601, 5, 0),
]
TACTICS = {
    # Bravo, Alpha: T1059.004; Charlie: T1610 until week 7; Golf, Hotel: T1609
    "Execution": (1, 12, [2, 2, 2, 2, 2, 2, 2, 2, 1, 0, 1, 2, 2]),
    "Privilege Escalation": (1, 12, [0] * 8 + [1] * 5),
    "Credential Access": (1, 12, [0] + [1] * 11 + [0]),
    "Discovery": (1, 12, [0, 0] + [1] * 11),
    # Delta: T1562.001 under Defense Evasion, which its successor has left for another tactic
    "Defense Evasion": (1, 6, [1] * 6),
    "Stealth": (6, 12, [0] * 7),
    "Defense Impairment": (6, 12, [1] * 7),
    "Impact": (1, 12, [0] * 13),
}


@pytest.fixture
def told(tmp_path):
    return story(tmp_path / "repo")


@pytest.fixture
def weekly(detcov, told):
    made, _ = told

    def run(*arguments):
        return detcov("weekly", *arguments, "--repo", made.path, "--no-cache")

    return run


COMMIT = ("commit", "commit_date", "commit_subject")


def tables_of(out):
    return {name: table["rows"] for name, table in read_named(out)["tables"].items()}


def test_the_trend_of_twelve_weeks(weekly):
    code, out, err = weekly(*SWITCH, "--format", "json")
    assert (code, err) == (0, "")
    assert [
        (
            one["day"],
            one["version"],
            one["covered"]["numerator"],
            one["covered"]["denominator"],
            one["rules"],
            one["unread"],
        )
        for one in tables_of(out)["trend"]
    ] == [(day(week), *rest) for week, *rest in TREND]


def test_a_tactics_line_begins_and_ends_where_its_name_does(weekly):
    _, out, _ = weekly(*SWITCH, "--format", "json")
    found = {one["tactic"]: one for one in tables_of(out)["trend_tactics"]}
    for name, (first, last, covered) in TACTICS.items():
        assert (found[name]["first"], found[name]["last"], found[name]["covered"]) == (
            day(first),
            day(last),
            covered,
        ), name
    assert len(found) == 16  # 15 of 19.0, and Defense Evasion


def test_drift_begins_with_the_release(weekly):
    """Delta: T1562, T1562.001 and the name Defense Evasion; before, nothing was outdated."""
    _, out, _ = weekly(*SWITCH, "--format", "json")
    rows = tables_of(out)["trend_findings"]
    assert [one["drift"] for one in rows] == [0] * 6 + [3] * 7
    assert {one["error"] for one in rows} == {0}


def test_the_week_itself(weekly, told):
    _, shas = told
    _, out, _ = weekly(*SWITCH, "--format", "json")
    found = tables_of(out)
    assert [(one["turn"], one["technique"]) for one in found["techniques"]] == [
        ("lost", "T1552.007"),
        ("deeper", "T1609"),
    ]
    assert [(one["fate"], one["rule"]) for one in found["rules"]] == [
        ("removed", "Echo"),
        ("added", "Hotel"),
    ]
    assert {tuple(one[key] for key in COMMIT) for one in found["rules"]} == {
        (shas[12][:10], day(12), "Drop Echo, add Hotel")
    }
    assert [(one["technique"], one["rule"]) for one in found["fragile"]] == [
        ("T1059.004", "Alpha"),
        ("T1611", "Charlie"),
        ("T1613", "Golf"),
        ("T1685", "Delta"),
    ]
    # All rules are of Linux.
    assert [(one["platform"], one["rank"]) for one in found["next"]] == [
        ("Linux", 1),
        ("Linux", 2),
        ("Linux", 3),
    ]
    assert found["next"] == sorted(found["next"], key=lambda one: -one["score"])


def _repository_of(tmp_path, *platforms):
    """A repository with a rule a platform, in the order given; "" states none."""
    made = MadeRepository(tmp_path / "repo")
    for at, platform in enumerate(platforms):
        text = rule("Alpha", "T1059.004").replace("000000000001", f"{at:012}")
        tags = f'tags = ["OS: {platform}"]' if platform else "tags = []"
        made.files[f"rules/{at:02}.toml"] = text.replace('tags = ["OS: Linux"]', tags)
    made.commit("2026-05-11", "one")
    return made.path


@pytest.mark.parametrize(
    ("platforms", "arguments", "told"),
    [
        (["Windows"] * 3, (), ["Windows"]),
        # One of ten is a tenth, one of eleven is less; most rules first.
        (["Linux", *["Windows"] * 9], (), ["Windows", "Linux"]),
        (["Linux", *["Windows"] * 10], (), ["Windows"]),
        (["Windows", "Linux"], ("--platform", "Linux"), ["Linux"]),
        # It is what was asked for, though no rule states it.
        (["Windows", "Linux"], ("--platform", "macOS"), ["macOS"]),
        ([""], (), []),
    ],
)
def test_what_to_build_is_of_the_rules_platforms(detcov, tmp_path, platforms, arguments, told):
    repository = _repository_of(tmp_path, *platforms)
    _, out, _ = detcov(
        *("weekly", *arguments, "--repo", repository, "--format", "json", "--no-cache")
    )

    rows = tables_of(out).get("next", [])
    assert [one["platform"] for one in rows] == [name for name in told for _ in range(3)]
    sentences = [part["sentence"] for part in json.loads(out)["parts"] if "sentence" in part]
    texts = [one if isinstance(one, str) else one["text"] for one in sentences]
    if told:
        assert any(f"gaps to close on {', '.join(told)}" in text for text in texts)
    else:
        assert any("Choose one with --platform" in text for text in texts)


def test_since_the_first_week_both_causes_are_told_apart(weekly, told):
    _, shas = told
    _, out, _ = weekly(*SWITCH, "--since", shas[1], "--format", "json")
    assert [
        (one["turn"], one["technique"], (one["commit"] or "")[:10])
        for one in tables_of(out)["techniques"]
    ] == [
        ("lost", "T1610", shas[8][:10]),
        ("gained", "T1609", shas[11][:10]),
        ("gained", "T1611", shas[8][:10]),
        ("gained", "T1613", shas[11][:10]),
    ]
    report = json.loads(out)
    assert report["numbers"]["covered_change"]["value"] == 2
    strong = next(part["sentence"] for part in report["parts"] if "sentence" in part)
    assert strong == (
        "5 of 601 techniques covered (1 %); our rules changed that by +2, the new release only "
        "the techniques in scope by +2. 1 lost, 3 gained."
    )


@pytest.mark.usefixtures("told")
def test_settings_say_all_that_options_do(detcov, tmp_path):
    (tmp_path / "detcov.toml").write_text(
        f'repo = "repo"\nsources = "repo/rules"\nsince = "{day(8)}"\nweeks = 6\n'
        f'attack-before = "18.1@{day(7)}"\ncache = false\n',
        encoding="utf-8",
    )
    settings = ("--config", tmp_path / "detcov.toml")
    _, out, _ = detcov(*settings, "weekly", "--format", "json")
    assert [(one["day"], one["version"]) for one in tables_of(out)["trend"]] == [
        (day(7), "19.0"),
        *((day(week), "19.0") for week in range(8, 13)),
    ]
    assert {one["rule"] for one in tables_of(out)["rules"]} == {"Echo", "Foxtrot", "Golf", "Hotel"}
    _, out, _ = detcov(*settings, "diff", day(6), "HEAD", "--format", "json")
    assert "18.1 → " in json.loads(out)["subtitle"]


@pytest.mark.parametrize(
    ("date", "lost"),
    [
        (day(4), []),
        (day(8), ["T1610"]),
        (day(9), ["T1059.004"]),
        (day(12), ["T1552.007"]),
        ("2026-06-30", []),
    ],
)
def test_any_day_can_be_now(weekly, date, lost):
    _, out, _ = weekly("--date", date, "--format", "json")
    rows = tables_of(out).get("techniques", [])
    assert [one["technique"] for one in rows if one["turn"] == "lost"] == lost
    assert tables_of(out)["trend"][-1]["day"] == date


def test_the_day_of_the_environment_is_now(weekly, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1776729600")  # 2026-04-21
    _, out, _ = weekly("--format", "json")
    assert tables_of(out)["trend"][-1]["day"] == "2026-04-21"


def test_weeks_before_the_first_commit_are_said(weekly):
    _, out, _ = weekly("--weeks", "15", "--format", "json")
    report = json.loads(out)
    assert len(report["tables"]["trend"]["rows"]) == 12
    assert any(
        "The history begins on 2026-03-02: 3 of 15 weeks are before it." in str(part)
        for part in report["parts"]
    )


def test_snapshots_give_the_same_report_but_for_the_commits(weekly, detcov, told, tmp_path):
    made, shas = told
    folder = tmp_path / "history"
    for week in range(1, 13):
        sha = shas.get(week, shas[3])
        made.git.checkout_tree(
            made.git[sha],
            strategy=pygit2.enums.CheckoutStrategy.FORCE
            | pygit2.enums.CheckoutStrategy.REMOVE_UNTRACKED,
        )
        made.git.set_head(pygit2.Oid(hex=sha))
        code, _, _ = detcov(
            "snapshot", made.path / "rules", "-o", folder, "--date", day(week), "--no-cache"
        )
        assert code == (3 if week == 9 else 0)
    made.git.set_head("refs/heads/main")
    _, of_git, _ = weekly(*SWITCH, "--format", "json")
    code, of_snapshots, err = detcov(
        "weekly", "--snapshots", folder, *SWITCH, "--format", "json", "--no-cache"
    )
    assert (code, err) == (0, "")
    theirs, ours = tables_of(of_git), tables_of(of_snapshots)
    for name in ("trend", "trend_findings", "trend_tactics", "tactics", "fragile", "next"):
        assert ours[name] == theirs[name], name
    unknown = dict.fromkeys(COMMIT)
    assert ours["techniques"] == [one | unknown for one in theirs["techniques"]]
    # A snapshot doesn't know where in a repository its rules lay.
    assert ours["rules"] == [
        one | unknown | {"path": one["path"].removeprefix("rules/")} for one in theirs["rules"]
    ]


def test_a_damaged_snapshot_is_named_and_left_out(detcov, told, tmp_path):
    made, _ = told
    folder = tmp_path / "history"
    made.git.checkout("refs/heads/main", strategy=pygit2.enums.CheckoutStrategy.FORCE)
    for date in ("2026-05-11", "2026-05-18"):
        detcov("snapshot", made.path / "rules", "-o", folder, "--date", date, "--no-cache")
    (folder / "2026-05-04.json").write_text("{")
    code, out, err = detcov("weekly", "--snapshots", folder, "--format", "json", "--no-cache")
    assert code == 3
    assert err == "detcov: 2026-05-04.json: damaged: Input data was truncated\n"
    assert [one["day"] for one in tables_of(out)["trend"]] == ["2026-05-11", "2026-05-18"]


def test_a_snapshot_is_added_and_never_changed(detcov, told, tmp_path):
    made, shas = told
    made.git.checkout("refs/heads/main", strategy=pygit2.enums.CheckoutStrategy.FORCE)
    folder, arguments = tmp_path / "history", ("snapshot", made.path / "rules", "--no-cache")
    file = folder / f"{day(12)}.json"
    assert detcov(*arguments, "-o", folder) == (0, f"Wrote {file}: 6 rules.\n", "")
    assert json.loads(file.read_bytes())["commit"] == shas[12]
    assert "depth" not in file.read_text()
    assert detcov(*arguments, "-o", folder)[:2] == (0, f"{file} is there already, the same.\n")
    before = file.read_bytes()
    (made.path / "rules" / "more.toml").write_text(rule("Bravo", "T1609"))
    code, _, err = detcov(*arguments, "-o", folder)
    assert code == 4
    assert "there is another snapshot of 2026-05-18; it is kept as it is" in err
    assert file.read_bytes() == before


def test_without_git_a_snapshot_needs_a_day(detcov, rules, tmp_path):
    (tmp_path / "work" / ".git").rmdir()
    code, _, err = detcov("snapshot", rules, "--no-cache")
    assert code == 2
    assert err.startswith("detcov: which day is it? Give --date")


def test_every_file_of_the_report_twice_the_same(weekly, tmp_path, detcov):
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        code, out, _ = weekly(*SWITCH, "--out", folder)
        assert (code, out.splitlines()[-1]) == (0, f"Wrote 5 files to {folder}/.")
    names = ["change.layer.json", "trend.png", "weekly.html", "weekly.json", "weekly.md"]
    assert sorted(path.name for path in folders[0].iterdir()) == names
    for name in names:
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes(), name
    assert detcov("lint-layer", folders[0] / "change.layer.json")[0] == 0
    assert (folders[0] / "trend.png").read_bytes().startswith(b"\x89PNG")


def test_what_is_remembered_gives_the_same_report(detcov, told, tmp_path):
    made, _ = told
    arguments = ("weekly", "--repo", made.path, *SWITCH, "--format", "json")
    first = detcov(*arguments, "--cache-dir", tmp_path / "cache")
    assert detcov(*arguments, "--cache-dir", tmp_path / "cache") == first
    assert detcov(*arguments, "--no-cache") == first


def test_the_page_shows_a_hostile_message_and_name_as_text(detcov, tmp_path):
    made = MadeRepository(tmp_path / "repo")
    made.files["rules/a.toml"] = rule("Alpha", "T1609").replace(
        "Alpha", "<script>alert(1)</script>"
    )
    made.commit("2026-05-04", "one")
    made.files = {"rules/b.toml": rule("Bravo", "T1610")}
    made.commit("2026-05-11", "<img src=x onerror=alert(2)> ::error::x")
    _, out, _ = detcov("weekly", "--repo", made.path, "--format", "html", "--no-cache")
    assert "<script>alert(1)" not in out
    assert "<img" not in out
    assert "&lt;script&gt;alert(1)" in out
    assert not re.search(r"\sstyle=", out)


def test_the_working_tree_is_left_alone(weekly, told):
    made, _ = told
    before = sorted((path, path.stat().st_mtime_ns) for path in made.path.rglob("*"))
    weekly("--format", "text")
    assert sorted((path, path.stat().st_mtime_ns) for path in made.path.rglob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--since", "nosuch"), 3, "no revision 'nosuch'"),
        (("--since", "20w"), 3, "no commit as early as 20w"),
        (("--date", "2020-01-01"), 3, "no commit as early as 2020-01-01"),
        (("--date", "today"), 2, "date 'today': write YYYY-MM-DD"),
        (("elsewhere",), 3, "elsewhere: not in commit"),
        (("--attack-before", "18.1"), 2, "write VERSION@YYYY-MM-DD"),
        (("--attack-before", "3.0@2026-01-01"), 2, 'no ATT&CK release "3.0" at hand'),
        (("--snapshots", "nosuch"), 3, "nosuch: No such file or directory"),
    ],
)
def test_what_cannot_be_done_is_one_line(weekly, arguments, code, message):
    found, out, err = weekly(*arguments)
    assert (found, out) == (code, "")
    assert message in err
    assert err.count("\n") == 1


def sentences(out):
    return [
        part[kind]
        for part in json.loads(out)["parts"]
        for kind in ("sentence", "note", "heading")
        if kind in part
    ]


@pytest.mark.parametrize("days", [("2026-05-19",), ("2026-05-14", "2026-05-19")])
def test_the_first_week_of_a_repository(detcov, tmp_path, days):
    """It has no commit as old as a week, and a first report all the same."""
    made = MadeRepository(tmp_path / "repo")
    told = (("Alpha", "T1609"), ("Bravo", "T1610"))
    for at, (name, technique) in zip(days, told, strict=False):
        made.files |= {f"rules/{technique}.toml": rule(name, technique)}
        made.commit(at, technique)
    asked = ("weekly", "--repo", made.path, "--format", "json", "--no-cache")

    code, out, err = detcov(*asked)

    assert (code, err) == (0, "")
    assert json.loads(out)["numbers"]["covered_change"]["value"] == len(days) - 1
    assert {
        "No commit is a week old: compared with the first one.",
        f"The history begins on {days[0]}: 11 of 12 weeks are before it.",
        "Trend of 1 week",
    } <= set(sentences(out))
    code, _, err = detcov(*asked, "--since", "1w")
    assert (code, "no commit as early as 1w" in err) == (3, True), "where it is asked for"


def test_text_says_first_what_time_it_is_of(weekly):
    _, out, _ = weekly("--format", "text")
    first, second, *_ = out.splitlines()
    assert first == "2026-05-11 to 2026-05-18; ATT&CK Enterprise 19.0"
    assert second.startswith("5 of 601 techniques covered (1 %); ")


def test_the_first_snapshots(detcov, tmp_path, monkeypatch, write_rule):
    monkeypatch.chdir(tmp_path)
    write_rule(tmp_path / "rules" / "a.toml")
    assert detcov("snapshot", "-o", "history", "--date", "2026-05-19")[0] == 0
    asked = ("weekly", "--snapshots", "history", "--format", "json", "--weeks", "2")

    code, out, err = detcov(*asked)

    assert (code, err) == (0, "")
    assert {
        "No snapshot is a week old: compared with the first one.",
        "1 of 2 weeks is before the first snapshot.",
    } <= set(sentences(out))
    assert detcov(*asked, "--since", "1w")[0] == 3


def test_several_sources_are_told_apart(detcov, tmp_path):
    made = MadeRepository(tmp_path / "repo")
    made.files = {"a/one.toml": rule("Alpha", "T1609")}
    made.commit("2026-05-04", "one")
    made.files |= {"a/two.toml": rule("Bravo", "T1610"), "b/three.toml": rule("Charlie", "T1613")}
    made.commit("2026-05-11", "two")
    _, out, _ = detcov(
        *("weekly", "ours=a", "theirs=b", "--repo", made.path),
        *("--format", "json", "--no-cache"),
    )
    found = tables_of(out)
    assert [(one["technique"], one["rule"]) for one in found["fragile"]] == [
        ("T1609", "Alpha"),
        ("T1610", "Bravo"),
        ("T1613", "Charlie"),
    ]
    assert {one["source"] for one in json.loads(out)["rules"].values()} == {"ours", "theirs"}
    _, text, _ = detcov("weekly", "ours=a", "theirs=b", "--repo", made.path, "--format", "text")
    assert "theirs: Charlie" in text
    assert [one["path"] for one in found["rules"]] == ["a/two.toml", "b/three.toml"]


def test_rules_rewritten_for_the_new_release_lose_nothing(tmp_path, detcov):
    """In the week of the change T1562.001 becomes T1685, which the old release doesn't have."""
    made = MadeRepository(tmp_path)
    text = rule("Delta", "T1562.001")
    made.files["rules/delta.toml"] = text
    made.commit("2026-04-06")
    made.files["rules/delta.toml"] = text.replace(
        '"T1562", subtechnique = [{ id = "T1562.001" }]', '"T1685"'
    ).replace('"TA0005", name = "Defense Evasion"', '"TA0112", name = "Defense Impairment"')
    assert made.files["rules/delta.toml"].count("T1685") == 1
    made.commit("2026-04-13")
    options = ("--weeks", "2", "--attack-before", "18.1@2026-04-10", "--attack", "19.0")
    _, out, _ = detcov("weekly", "rules", "--repo", str(tmp_path), *options, "--format", "json")

    trend = tables_of(out)["trend"]
    assert [(row["day"], row["version"], row["covered"]["numerator"]) for row in trend] == [
        ("2026-04-06", "18.1", 1),
        ("2026-04-06", "19.0", 1),
        ("2026-04-13", "19.0", 1),
    ]
