"""`detcov attack diff`: against an independent list of what changed, and on the scripted rules."""

import pytest

import real
from made_story import rule
from named import read_named


def tables(out):
    return {name: table["rows"] for name, table in read_named(out)["tables"].items()}


def test_the_bundled_releases_differ_as_an_independent_list_says(detcov):
    expected = real.oracle("attack_18.1_to_19.0.json")
    code, out, err = detcov("attack", "diff", "18.1", "19.0", "--format", "json")
    assert (code, err) == (0, "")
    rows = {one["technique"]: one for one in tables(out)["techniques"]}

    def changed(kind):
        return {key for key, one in rows.items() if kind in one["changes"]}

    assert changed("added") == set(expected["added"])
    assert {key: rows[key]["successor"] for key in changed("revoked")} == expected["newly_revoked"]
    assert changed("renamed") == set(expected["renamed"])
    tactics = {
        key: (set(before), set(after))
        for key, (before, after) in expected["tactics_changed"].items()
    }
    redefined = {
        key
        for key, (before, after) in tactics.items()
        if {one.replace("defense-evasion", "stealth") for one in before} == after
    }
    assert (len(tactics), len(redefined)) == (198, 126)
    assert changed("tactic redefined") == redefined
    assert changed("other tactics") == tactics.keys() - redefined
    for key, (before, after) in tactics.items():
        assert (set(rows[key]["tactics_before"]), set(rows[key]["tactics_after"])) == (
            before,
            after,
        )
    assert all(one["changes"] for one in rows.values())


def test_the_sums_and_the_tactics_in_words(detcov):
    code, out, _ = detcov("attack", "diff", "18.1", "19.0")
    assert code == 0
    assert (
        out[: out.index("\nTechnique ")]
        == """\
ATT&CK Enterprise 18.1 → ATT&CK Enterprise 19.0
techniques: 697, 691 before
tactics: 15, 14 before
cells: 872, 887 before

Tactics
  TA0005 Defense Evasion is called Stealth.
  TA0112 Defense Impairment is new.

Techniques
23 added, 17 revoked, 0 deprecated, 0 removed, 0 active again, 4 renamed, 72 in
other tactics, 126 in a tactic of another name only, 2 for other platforms."""
    )


def test_for_given_rules(detcov, tmp_path):
    folder = tmp_path / "ours"
    folder.mkdir()
    (folder / "delta.toml").write_text(rule("Delta", "T1562.001"))
    (folder / "golf.toml").write_text(rule("Golf", "T1609"))
    code, out, _ = detcov("attack", "diff", "18.1", "19.0", folder, "--format", "json")
    assert code == 0
    found = {one["technique"]: one for one in tables(out)["techniques"]}
    assert (found["T1562.001"]["rules_before"], found["T1562.001"]["rules_after"]) == (1, None)
    assert (found["T1685"]["rules_before"], found["T1685"]["rules_after"]) == (None, 1)
    assert "The same rules cover 2 of 599 under ATT&CK Enterprise 18.1 and 2 of 601" in out
    assert (
        "1 mapping carried to 19.0, 0 of them for a person to decide. "
        "detcov check --attack 19.0 --show drift tells what to mend, and where."
    ) in out


def test_techniques_that_became_one_are_told(detcov, tmp_path):
    """T1562.001 and .006 are both T1685 now: one covered technique less, and none was lost."""
    delta = rule("Delta", "T1562.001")
    echo = rule("Echo", "T1562.001").replace("T1562.001", "T1562.006")
    (tmp_path / "delta.toml").write_text(delta)
    (tmp_path / "echo.toml").write_text(echo)
    _, out, _ = detcov("attack", "diff", "18.1", "19.0", tmp_path, "--format", "json")
    assert "The same rules cover 2 of 599 under ATT&CK Enterprise 18.1 and 1 of 601" in out
    assert "Revoked techniques whose successors are covered: 2, now 1;" in out


def test_a_file_that_cannot_be_read_is_told_and_the_rest_reported(detcov, tmp_path):
    (tmp_path / "golf.toml").write_text(rule("Golf", "T1609"))
    (tmp_path / "broken.toml").write_text("[rule]\nx = [")
    code, out, err = detcov("attack", "diff", "18.1", "19.0", tmp_path)
    assert code == 3
    assert "The same rules cover 1 of 599" in out
    assert err.startswith(f"detcov: {tmp_path}/broken.toml:2:")
    assert err.count("\n") == 1


def test_the_same_release_differs_in_nothing(detcov):
    code, out, _ = detcov("attack", "diff", "19.0", "19.0", "--format", "json")
    assert (code, tables(out)) == (0, {"tactics": [], "techniques": []})


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("18.1", "3.0"), 2, 'no ATT&CK release "3.0" at hand'),
        (("18.1", "19.0", "nosuch"), 3, "nosuch: no such file or folder"),
    ],
)
def test_what_is_not_there_is_one_line(detcov, arguments, code, message):
    found, out, err = detcov("attack", "diff", *arguments)
    assert (found, out) == (code, "")
    assert message in err
    assert err.count("\n") == 1
