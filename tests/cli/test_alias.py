"""Rules that are one by an alias: `--alias`, the settings, and commands on two corpora."""

import json

import pytest

T1059 = {"technique": "T1059", "technique_name": "Command and Scripting Interpreter"}
SIGMA = """\
title: Theirs
id: {id}
{more}
status: test
logsource: {{product: windows, category: process_creation}}
detection: {{selection: {{a: b}}, condition: selection}}
level: high
tags: [attack.execution, attack.t1053]
"""
OLD, NEW = (f"0a1b2c3d-0000-4000-8000-00000000000{digit}" for digit in "ab")


@pytest.fixture
def sources(tmp_path, write_rule):
    """mine: Elastic's "a" (T1053, Linux) and "b" (T1059); theirs: Sigma's OLD (T1053, Windows)."""
    write_rule(tmp_path / "mine" / "a.toml")
    write_rule(tmp_path / "mine" / "b.toml", **T1059)
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "c.yml").write_text(SIGMA.format(id=OLD, more="fields: []"))
    return tmp_path / "mine", tmp_path / "theirs"


def scores(out):
    """Technique to its highest score in a layer."""
    found = {}
    for one in json.loads(out)["techniques"]:
        if "score" in one:
            found[one["techniqueID"]] = max(one["score"], found.get(one["techniqueID"], 0))
    return found


def layer(detcov, *arguments):
    code, out, err = detcov("layer", *arguments, "-o", "-", "--no-cache")
    return code, scores(out), err


ALIAS = f"mine:elastic:a == theirs:sigma:{OLD}"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], {"T1053": 2, "T1059": 1}),
        (["--alias", ALIAS], {"T1053": 1, "T1059": 1}),
        # The Windows rule makes it one for Windows, for what the Linux rule claims as well.
        (["--alias", ALIAS, "--platform", "Windows"], {"T1053": 1}),
        (["--alias", f"b == {OLD}"], {"T1053": 2, "T1059": 1}),
        (["--alias", f"b == {OLD}", "--platform", "Windows"], {"T1053": 1, "T1059": 1}),
        (["--alias", ALIAS, "--alias", "mine/b.toml == theirs"], {"T1053": 1, "T1059": 1}),
    ],
)
def test_they_count_once(detcov, sources, arguments, expected):
    code, found, err = layer(detcov, *sources, *arguments)
    assert (code, found, err) == (0, expected, "")


def test_the_settings_say_so(detcov, sources, tmp_path):
    alias = [["a.toml", "C.YML"], ["mine:elastic:b", "gone", "Theirs"]]
    (tmp_path / "work" / "detcov.toml").write_text(f"alias = {json.dumps(alias)}\n")
    told = "detcov: alias 'gone': no rule is called so\n"
    assert layer(detcov, *sources) == (0, {"T1053": 1, "T1059": 1}, told)
    code, out, err = detcov("check", *sources, "--show", "note", "--no-cache")
    assert (code, err) == (0, told)
    told = "note R212 the same rule as {}, by an alias: they count as one"
    mine, theirs = sources
    assert [line for line in out.splitlines() if "R212" in line] == [
        f"{mine}/b.toml:3: {told.format('a.toml')}",
        f"{theirs}/c.yml:1: {told.format('mine: a.toml (elastic)')}",
    ]


@pytest.mark.parametrize("alias", ["a", "a == ", " == b", "a==b"])
def test_what_is_no_alias(detcov, sources, alias):
    code, out, err = detcov("layer", *sources, "--alias", alias)
    assert (code, out) == (2, "")
    assert f"{alias!r}: write RULE == RULE" in err


def test_a_hostile_name_is_told_without_harm(detcov, sources):
    code, _, err = layer(detcov, *sources, "--alias", "\x1b[31m == mine:elastic:a")
    assert code == 0
    assert "\x1b" not in err
    assert err.endswith("no rule is called so\n")


def test_an_older_copy_of_sigmas_rules_counts_once(detcov, sources):
    _, theirs = sources
    newer = theirs.parent / "newer"
    newer.mkdir()
    more = f"related: [{{id: {OLD}, type: renamed}}]"
    (newer / "c.yml").write_text(SIGMA.format(id=NEW, more=more))
    assert layer(detcov, theirs, newer) == (0, {"T1053": 1}, "")
    (newer / "old.yml").write_text(SIGMA.format(id=OLD, more="fields: []"))
    assert layer(detcov, theirs, newer) == (0, {"T1053": 2}, "")
    code, out, _ = detcov("check", theirs, newer, "--no-cache")
    assert code == 0
    assert f"R213 its former id {OLD} is that of old.yml: they count as two" in out
    assert layer(detcov, theirs, newer, "--alias", f"{OLD} == {NEW}") == (0, {"T1053": 1}, "")


def test_compare_knows_them(detcov, sources):
    code, out, err = detcov("compare", *sources, "--alias", ALIAS, "--no-cache")
    assert (code, err) == (0, "")
    assert "1 rule" in out
    assert "both sides" in out


@pytest.mark.parametrize(("alias", "ours"), [((), None), (("--alias", "mine/b.toml == c.yml"), 1)])
def test_a_rule_of_ours_may_be_a_candidate(detcov, sources, alias, ours):
    mine, theirs = sources
    (mine / "a.toml").unlink()
    arguments = ("suggest", mine, "--from", theirs, *alias, "--format", "json", "--no-cache")
    code, out, err = detcov(*arguments)
    assert (code, err) == (0, "")
    (row,) = json.loads(out)["tables"]["suggestions"]["rows"]
    assert row["closes"] == ["T1053"]
    assert row["ours"] == (None if ours is None else "b.toml")
    code, _, err = detcov(*arguments, "--alias", "x == c.yml")
    assert (code, err) == (0, "detcov: alias 'x': no rule is called so\n")


def test_a_copy_of_ours_is_no_candidate_for_a_gap(detcov, sources):
    mine, theirs = sources
    (mine / "a.toml").unlink()
    arguments = ("gaps", mine, "--candidates", theirs, "--platform", "Windows", "--format", "json")
    counts = []
    for alias in ((), ("--alias", "mine/b.toml == c.yml")):
        code, out, err = detcov(*arguments, *alias, "--no-cache")
        assert (code, err) == (0, "")
        counts.append(out.count('"c.yml"'))
    assert counts[0] > 0 == counts[1]
