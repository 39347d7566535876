"""report's and check's gates and `detcov pr`, on the scripted history (made_story.py)."""

from pathlib import Path

import pygit2
import pytest

from made_git import MadeRepository
from made_story import NAMES, rule, story


@pytest.fixture
def told(tmp_path, monkeypatch):
    made, shas = story(tmp_path / "repo")
    made.git.checkout("refs/heads/main", strategy=pygit2.enums.CheckoutStrategy.FORCE)
    monkeypatch.chdir(made.path)
    return made, shas


@pytest.fixture
def report(detcov, told, tmp_path):
    assert told

    def run(*arguments):
        code, _, err = detcov("report", *arguments, "--out", tmp_path / "out", "--no-cache")
        return code, err

    return run


def test_a_gate_that_is_reached_says_nothing(report, told):
    _, shas = told
    gates = ("--fail-under", "covered=0.8", "--no-lost", "--baseline", shas[10])
    assert report(*gates[:2]) == (0, "")
    assert report("--no-lost", "--baseline", shas[12]) == (0, "")


def test_each_gate_that_is_missed_is_named(report, told):
    """All rules state Linux; T1609 and T1613 are techniques of Containers alone."""
    _, shas = told
    code, err = report(
        "--fail-under",
        "covered=0.9",
        "--fail-under",
        "Linux.covered=50",
        "--fail-under",
        "Containers.covered=1",
        "--no-lost",
        "--baseline",
        shas[11],
    )
    assert code == 1
    assert err.splitlines() == [
        "detcov: gate missed: covered is 5 of 601 (0.8 %), under 0.9 %",
        "detcov: gate missed: Linux.covered is 3 of 355 (1 %), under 50 %",
        "detcov: gate missed: Containers.covered is 0 of 48 (0 %), under 1 %",
        "detcov: gate missed: lost T1552.007 Container API (1 rule before): Echo was removed.",
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--no-lost",), 2, "--no-lost needs --baseline"),
        (("--fail-under", "60"), 2, "write METRIC=PERCENT"),
        (("--fail-under", "Contianers.covered=1"), 2, "did you mean Containers?"),
        (("--no-lost", "--baseline", "nosuch"), 3, "no revision 'nosuch'"),
    ],
)
def test_a_gate_that_cannot_be_is_one_line(report, arguments, code, message):
    found, err = report(*arguments)
    assert found == code
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.usefixtures("rules")
@pytest.mark.parametrize("arguments", [("--no-lost",), ("--fail-under", "60")])
def test_a_gate_that_is_none_is_told_before_anything_is_done(detcov, arguments):
    assert detcov("report", *arguments)[:2] == (2, "")
    assert not Path("reports").exists()


def test_a_file_that_cannot_be_read_weighs_more_than_a_gate(report, told):
    made, _ = told
    (made.path / "rules" / "bad.toml").write_text("[rule\n")
    code, err = report("--fail-under", "covered=100")
    assert code == 3
    assert "gate missed" in err


@pytest.fixture
def wrong(told):
    """A rule with an error that is committed, and one with an error that isn't yet."""
    made, _ = told
    old, new = (rule(name, "T1609").replace("T1609", "T9999") for name in ("Bravo", "Echo"))
    made.files["rules/bravo.toml"] = old
    made.commit("2026-05-19", "Err")
    made.git.checkout("refs/heads/main", strategy=pygit2.enums.CheckoutStrategy.FORCE)
    (made.path / "rules" / "new.toml").write_text(new)
    return made


def test_check_fails_only_on_what_is_new(detcov, wrong):
    code, out, _ = detcov("check", "--no-cache")
    assert (code, out.count("T9999")) == (1, 2)
    code, out, _ = detcov("check", "--no-cache", "--baseline", "HEAD")
    assert (code, [line.split(":")[0] for line in out.splitlines() if "T9999" in line]) == (
        1,
        ["rules/new.toml"],
    )
    (wrong.path / "rules" / "new.toml").unlink()
    code, out, _ = detcov("check", "--no-cache", "--baseline", "HEAD")
    assert (code, "T9999" in out) == (0, False)


def test_a_file_that_only_the_baseline_has_broken_is_told_as_its_own(detcov, told):
    made, _ = told
    made.files["rules/alpha.toml"] = "[rule"
    made.commit("2026-05-19", "Break")
    code, _, err = detcov("check", "--no-cache", "--baseline", "HEAD", "--fail-on", "never")
    assert code == 0, "what lies in the folder is whole"
    assert err.startswith("detcov: HEAD: alpha.toml:1:6: not TOML: ")


def test_the_baseline_of_check_can_be_its_own_file(detcov, wrong, tmp_path):
    file = tmp_path / "findings.json"
    file.write_text(detcov("check", "--no-cache", "--format", "json")[1])
    code, out, _ = detcov("check", "--no-cache", "--baseline", file, "--format", "json")
    assert (code, '"findings": []' in out) == (0, True)
    # A line more above it doesn't make a finding a new one.
    path = wrong.path / "rules" / "new.toml"
    path.write_text("# above\n" + path.read_text())
    assert detcov("check", "--no-cache", "--baseline", file)[0] == 0


@pytest.mark.parametrize("text", ['{"format": "detcov-findings", "findings": 1}', "{}", ""])
def test_a_damaged_baseline_is_one_line(detcov, told, tmp_path, text):
    del told
    file = tmp_path / "base.json"
    file.write_text(text)
    code, _, err = detcov("check", "--no-cache", "--baseline", file)
    assert code == 3
    assert err.startswith(f"detcov: {file}: ")
    assert err.count("\n") == 1


def test_the_comment_on_a_pull_request(detcov, told):
    _, shas = told
    code, out, err = detcov("pr", "--base", shas[10], "--no-cache")
    assert (code, err) == (0, "")
    assert (
        out
        == f"""\
# Detection coverage

commit {shas[10][:10]} (2026-05-04) → commit {shas[12][:10]} (2026-05-18); ATT\\&CK Enterprise 19.0

**5 of 601 techniques covered (1 %); our rules didn't change the number. 1 lost, 1 gained.**

- techniques covered: **5 of 601 (1 %)**
- change: **0**, from 5 of 601
- rules that count: **5**
- change: **0**, from 5

## Lost

- T1552.007 Container API (1 rule before): Echo was removed in {shas[12][:10]} on 2026-05-18 \
"Drop Echo, add Hotel".

## Gained

- T1609 Container Administration Command: Golf was added in {shas[11][:10]} on 2026-05-11 \
"Golf instead of Foxtrot"; later Hotel.

## Rules

- removed: Echo, no longer T1552.007
- removed: Foxtrot, no longer T1613
- added: Golf, now T1609, T1613
- added: Hotel, now T1609

## Findings

6 new in 2 rules (6 notes), 4 gone in 2 rules (4 notes).

- 6 notes: M123 platform-not-listed 3, R206 threat-without-tag 3

## Method

> [!NOTE]
> Mapped is not the same as detected: a rule counts by what it says about itself.

MITRE ATT\\&CK®. © The MITRE Corporation. This work is reproduced and distributed with the \
permission of The MITRE Corporation. MITRE ATT\\&CK® and ATT\\&CK® are registered trademarks of \
The MITRE Corporation.
"""
    )


@pytest.mark.parametrize(
    ("base", "head", "expected"),
    [
        (1, 2, "Deeper: T1059.004 Unix Shell (1 → 2).\n"),
        (5, 6, "Thinner: T1059.004 Unix Shell (2 → 1).\n"),
    ],
)
def test_techniques_with_more_or_fewer_rules_are_named_with_their_counts(
    detcov, told, base, head, expected
):
    _, shas = told
    sides = ("--base", shas[base], "--head", shas[head])
    code, out, err = detcov("pr", *sides, "--no-cache")
    assert (code, err) == (0, "")
    assert f"\n{expected}" in out


def test_what_the_base_did_meanwhile_is_not_the_changes_doing(detcov, told):
    made, shas = told
    made.files = {"rules/alpha.toml": rule("Alpha", "T1059.004")}
    made.files["rules/new.toml"] = rule("Hotel", "T1609")
    made.commit("2026-03-10", "Only this", parents=[shas[1]], branch="change")
    code, out, _ = detcov("pr", "--base", "main", "--head", "change", "--no-cache")
    assert code == 0
    assert f"commit {shas[1][:10]} (2026-03-02) →" in out
    assert "- added: Hotel, now T1609" in out
    assert "Golf" not in out


def test_a_comment_stays_under_sixty_lines_however_much_changed(detcov, tmp_path):
    made = MadeRepository(tmp_path / "repo")
    for at in range(300):
        key = f"00000000-0000-4000-8000-{at:012}"
        text = rule(NAMES[at % 8], "T1609" if at % 2 else "T1611")
        made.files[f"rules/{at}.toml"] = text.replace(
            f"00000000-0000-4000-8000-00000000000{at % 8 + 1}", key
        )
    made.files["rules/bad.toml"] = "[rule"
    first = made.commit("2026-05-04", "one")
    made.files = {"rules/0.toml": rule("Alpha", "T1610"), "rules/bad.toml": "[[rule"}
    made.commit("2026-05-11", "two")
    code, out, err = detcov("pr", "--base", first, "--repo", made.path, "--no-cache")
    assert code == 3
    assert err.startswith("detcov: rules/bad.toml:1:")
    assert len(out.splitlines()) < 60
    assert "and 297 more" in out


def test_a_comment_with_every_list_full_names_every_error(detcov, tmp_path):
    made = MadeRepository(tmp_path / "repo")

    def put(at, technique, path=""):
        text = rule("Alpha", "T1609").replace("000000000001", f"{at:012}")
        path = path or f"rules/{at}.toml"
        made.files[path] = text.replace("T1609", technique)

    for at in range(7):  # to be lost; none is in the tactic stated: findings
        put(at, f"T107{at}")
    put(10, "T1609")
    put(11, "T1611")
    put(12, "T1611")
    made.files["rules/bad.toml"] = "[rule"
    first = made.commit("2026-05-04", "one")
    made.files = {"rules/bad.toml": "[[rule"}
    for at in range(7):  # to be gained
        put(20 + at, f"T111{at}")
    put(10, "T1609", "rules/renamed.toml")
    put(11, "T1611")
    put(13, "T1609")
    made.commit("2026-05-11", "two")
    _, out, _ = detcov("pr", "--base", first, "--repo", made.path, "--no-cache")
    lines = out.splitlines()
    for start in ("> Files", "## Lost", "## Gained", "Thinner", "Deeper", "## Rules", "1 renamed"):
        assert any(line.startswith(start) for line in lines), start
    assert sum(line.startswith("- and ") for line in lines) == 4
    # Seven techniques in a tactic that they don't have: none is left out.
    assert sum(line.startswith("- error ") for line in lines) == 7


def test_the_comment_as_text_says_first_what_is_compared(detcov, told):
    _, shas = told
    _, out, _ = detcov("pr", "--base", shas[10], "--format", "text", "--no-cache")
    assert " ".join(out.split()).startswith(
        f"commit {shas[10][:10]} (2026-05-04) → commit {shas[12][:10]} (2026-05-18); "
        "ATT&CK Enterprise 19.0 5 of 601 techniques covered (1 %); "
    )
