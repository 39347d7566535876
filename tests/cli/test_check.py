import csv
import json
import re

import pytest

from made_git import MadeRepository

LAST = "3 rules, ATT&CK Enterprise 19.0: 0 errors, 0 warnings, 0 notes, 0 drift, 0 files unread\n"


@pytest.mark.usefixtures("rules")
def test_nothing_wrong(detcov):
    assert detcov("check") == (0, LAST, "")


def test_an_error_has_its_place_and_exit_code(detcov, rules, write_rule):
    write_rule(rules / "execution_c.toml", technique="T1O53")
    code, out, err = detcov("check")
    first, *_, last = out.splitlines()
    told = "'T1O53' is no technique id; did you mean T1053 (Scheduled Task/Job)?"
    assert first == f"rules/execution_c.toml:16:7: error M101 {told}"
    assert last.startswith("4 rules, ATT&CK Enterprise 19.0: ")
    assert (code, err) == (1, "")


@pytest.fixture
def drifting(rules, write_rule):
    """A rule that was right in 18.1: T1562 is revoked in 19.0, its successor is elsewhere."""
    return write_rule(
        rules / "defense_evasion_d.toml",
        tactic="TA0005",
        tactic_name="Defense Evasion",
        technique="T1562",
        technique_name="Impair Defenses",
    )


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], 0),
        (["--fail-on", "error"], 0),
        (["--fail-on", "warning"], 0),
        (["--fail-on", "drift"], 1),
        (["--fail-on", "never"], 0),
        (["--literal"], 1),
        (["--literal", "--fail-on", "never"], 0),
        (["--attack", "18.1", "--fail-on", "drift"], 0),
    ],
)
@pytest.mark.usefixtures("drifting")
def test_drift_fails_only_where_asked(detcov, options, expected):
    code, _, err = detcov("check", *options)
    assert (code, err) == (expected, "")


@pytest.mark.parametrize(
    ("fail_on", "expected"), [("error", 0), ("warning", 1), ("drift", 0), ("never", 0)]
)
def test_warnings_fail_only_where_asked(detcov, rules, write_rule, fail_on, expected):
    write_rule(rules / "execution_c.toml", technique_name="Cron")

    code, out, _ = detcov("check", "--fail-on", fail_on)

    assert (code, out.count(" warning M108 ")) == (expected, 1)


def test_a_setting_may_fail_on_warnings(detcov, rules, write_rule, tmp_path):
    write_rule(rules / "execution_c.toml", technique_name="Cron")
    (tmp_path / "work" / "detcov.toml").write_text('fail-on = "warning"\n', encoding="utf-8")

    assert detcov("check")[0] == 1


ROOTKIT, COMMANDS = "T1014 (Rootkit)", "T1059 (Command and Scripting Interpreter)"
UNKNOWN = "is not in ATT&CK Enterprise 19.0; did you mean"


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        ("T0014", f"M102 T0014 {UNKNOWN} {ROOTKIT}?"),
        ("T1014.000", f"M102 T1014.000 {UNKNOWN} {ROOTKIT}?"),
        ("AML.T0051", "M121 AML.T0051 is of MITRE ATLAS, not of ATT&CK Enterprise 19.0"),
        ("T1398", "M121 T1398 is of ATT&CK Mobile, not of ATT&CK Enterprise 19.0"),
        ("T0855", "M121 T0855 is of ATT&CK ICS, not of ATT&CK Enterprise 19.0"),
        (
            "T1O70.004",
            "M101 'T1O70.004' is no technique id; did you mean T1070.004 (File Deletion)?",
        ),
    ],
)
def test_a_mapping_that_counts_for_nothing_is_an_error(detcov, rules, write_rule, stated, told):
    write_rule(rules / "execution_c.toml", technique=stated)

    code, out, _ = detcov("check")

    assert (code, out.splitlines()[0]) == (1, f"rules/execution_c.toml:16:7: error {told}")


@pytest.mark.parametrize(
    ("tag", "told"),
    [
        ("attack.t0059", f"M102 T0059 {UNKNOWN} {COMMANDS}?"),
        ("attack.t1059.000", f"M102 T1059.000 {UNKNOWN} {COMMANDS}?"),
        ("attack.aml.t0051", "M121 AML.T0051 is of MITRE ATLAS, not of ATT&CK Enterprise 19.0"),
        ("attack.t1398", "M121 T1398 is of ATT&CK Mobile, not of ATT&CK Enterprise 19.0"),
    ],
)
def test_a_tag_that_counts_for_nothing_is_an_error(detcov, tmp_path, tag, told):
    (tmp_path / "work" / "rules").mkdir(parents=True)
    (tmp_path / "work" / "rules" / "a.yml").write_text(
        f"title: A\nid: a\nlogsource: {{}}\ndetection: {{}}\ntags:\n  - {tag}\n", "utf-8"
    )

    code, out, _ = detcov("check")

    errors = [line for line in out.splitlines() if " error " in line]
    assert (code, [line.partition(" error ")[2] for line in errors]) == (1, [told])


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("defence-evasion", "did you mean Stealth or Defense Impairment?"),
        ("Defence Evasion", "did you mean Stealth or Defense Impairment?"),
    ],
)
def test_a_misspelt_tactic_that_was_split_names_what_there_is(detcov, tmp_path, named, told):
    (tmp_path / "work" / "rules").mkdir(parents=True)
    (tmp_path / "work" / "rules" / "a.yml").write_text(
        f"title: A\nid: a\nlogsource: {{}}\ndetection: {{}}\ntags:\n  - attack.{named}\n", "utf-8"
    )

    _, out, _ = detcov("check")

    split = "Defense Evasion was split into Stealth and Defense Impairment"
    (line,) = [line for line in out.splitlines() if " M113 " in line]
    assert line.endswith(f"{named!r} is no ATT&CK tactic; {told} {split}")


@pytest.mark.parametrize(
    ("show", "shown"),
    [("error", 0), ("warning", 0), ("note", 0), ("drift", 3)],
)
@pytest.mark.usefixtures("drifting")
def test_what_is_not_listed_is_summed(detcov, show, shown):
    _, out, _ = detcov("check", "--show", show)
    *lines, last = out.splitlines()
    drift = [line for line in lines if line.startswith("rules/defense_evasion_d.toml:")]
    sums = [line for line in lines if line.endswith("(--show drift lists them)")]
    totals = int(last.split(" drift")[0].rpartition(" ")[2])
    assert len(drift) == (totals if shown else 0)
    assert totals > 0
    assert bool(sums) is not bool(shown)


def test_json_says_the_same(detcov, drifting, write_rule):
    write_rule(drifting.parent / "execution_c.toml", technique="T1O53", name="C ##[error]x")
    (drifting.parent / "broken.toml").write_text("[rule]\nname =", encoding="utf-8")
    code, out, err = detcov("check", "--format", "json")
    assert err == "detcov: rules/broken.toml:2:7: not TOML: Invalid value\n"
    assert code == 3
    assert "##" not in out, "a CI runner obeys ##[command] wherever it stands"
    found = json.loads(out)
    assert found["dataset"]["version"] == "19.0"
    assert found["read"] == {
        "rules": 5,
        "live": 4,
        "active_not_live": 0,
        "deprecated": 1,
        "failed_files": 1,
        "other_files": 0,
    }
    (malformed,) = [one for one in found["findings"] if one["code"] == "M101"]
    assert malformed == {
        "code": "M101",
        "name": "technique-malformed",
        "severity": "error",
        "drift": False,
        "message": "'T1O53' is no technique id; did you mean T1053 (Scheduled Task/Job)?",
        "source": "rules",
        "path": "execution_c.toml",
        "place": {
            "line": 16,
            "column": 7,
            "start": malformed["place"]["start"],
            "end": malformed["place"]["start"] + 5,
        },
        "rule_id": "execution_c",
        "rule_name": "C ##[error]x",
        "subject": "T1O53",
        "fix": None,
        "need_person": 0,
        "candidates": [],
    }
    text = (drifting.parent / "execution_c.toml").read_text(encoding="utf-8")
    assert text[malformed["place"]["start"] : malformed["place"]["end"]] == "T1O53"
    (failure,) = found["failures"]
    assert failure == {
        "source": "rules",
        "path": "broken.toml",
        "place": {"line": 2, "column": 7, "start": 13, "end": 13},
        "message": "not TOML: Invalid value",
    }


@pytest.mark.usefixtures("rules")
@pytest.mark.parametrize("named", ["more", "./more", "mine=more", "mine=more/"])
def test_paths_lead_from_here_to_the_file(detcov, tmp_path, write_rule, named):
    more = tmp_path / "work" / "more"
    write_rule(more / "execution_c.toml", technique="T1O53")
    (more / "bad.toml").write_text("[rule", encoding="utf-8")
    code, out, err = detcov("check", "rules", named)
    assert code == 3
    first = out.splitlines()[0]
    assert first.startswith("more/execution_c.toml:16:7: error M101 'T1O53' is no technique id")
    assert err.startswith("detcov: more/bad.toml:1:6: not TOML: ")


@pytest.mark.usefixtures("rules")
def test_a_file_is_a_source_too(detcov, rules, write_rule):
    write_rule(rules / "execution_c.toml", technique="T1O53")
    code, out, _ = detcov("check", "rules/execution_c.toml")
    assert (code, out.partition(" ")[0]) == (1, "rules/execution_c.toml:16:7:")


@pytest.mark.usefixtures("drifting")
def test_settings_reach_it_and_the_command_line_wins(detcov, tmp_path):
    (tmp_path / "work" / "detcov.toml").write_text(
        'literal = true\nformat = "json"\nshow = "drift"\nfail-on = "never"\n', encoding="utf-8"
    )
    code, out, _ = detcov("check")
    assert (code, json.loads(out)["totals"]["drift"]) == (0, 0), "literal: all is error"
    assert detcov("check", "--fail-on", "error")[0] == 1
    assert detcov("check", "--fail-on", "error", "--no-literal")[0] == 0
    code, out, _ = detcov("check", "--format", "text", "--no-literal")
    assert sum(line.startswith("rules/defense_evasion_d.toml:") for line in out.splitlines()) > 0


@pytest.fixture
def undecided(rules, write_rule):
    """A rule whose technique left both its tactics for a third one in 19.0."""
    return write_rule(
        rules / "persistence_e.toml",
        tactic="TA0003",
        tactic_name="Persistence",
        technique="T1574",
        technique_name="Hijack Execution Flow",
        name="=E",
    )


WHY = (
    "T1574 was in Persistence, Privilege Escalation until 18.1; it is in Execution instead "
    "(needs a person)"
)


@pytest.mark.usefixtures("undecided", "drifting")
def test_what_needs_a_person_is_listed_alone(detcov):
    code, out, err = detcov("check", "--person")
    first, sums, last = out.splitlines()
    assert re.fullmatch(r"rules/persistence_e\.toml:\d+:7: drift D105 " + re.escape(WHY), first)
    assert sums.startswith(
        "5 rules, ATT&CK Enterprise 19.0: 0 errors, 0 warnings, 0 notes, 1 drift"
    )
    assert (code, last, err) == (0, "1 mapping needs a person", "")

    assert detcov("check")[1].endswith("\n1 mapping needs a person (--person lists them)\n")
    assert detcov("check", "--person", "--attack", "18.1")[1] == LAST.replace("3 r", "5 r").replace(
        "19.0", "18.1"
    )


@pytest.mark.usefixtures("undecided", "drifting")
def test_csv_and_json_tell_what_there_is_to_choose_from(detcov):
    rows = list(csv.DictReader(detcov("check", "--person", "--format", "csv")[1].splitlines()))
    told = json.loads(detcov("check", "--person", "--format", "json")[1])["findings"]

    assert len(rows) == len(told) == 1
    assert rows[0] | {"line": "", "column": ""} == {
        "file": "rules/persistence_e.toml",
        "line": "",
        "column": "",
        "code": "D105",
        "level": "drift",
        "message": WHY,
        "rule_id": "persistence_e",
        "rule": "'=E",
        "source": "rules",
        "subject": "T1574",
        "fix": "",
        "need_person": "1",
        "candidates": "TA0002 Execution; TA0005 Stealth",
    }
    assert (told[0]["need_person"], told[0]["candidates"]) == (1, ["TA0002", "TA0005"])
    assert int(rows[0]["line"]) == told[0]["place"]["line"]


@pytest.mark.usefixtures("drifting")
def test_csv_has_every_finding(detcov):
    rows = list(csv.DictReader(detcov("check", "--format", "csv")[1].splitlines()))
    told = json.loads(detcov("check", "--format", "json")[1])["findings"]
    assert [(one["code"], one["message"]) for one in rows] == [
        (one["code"], one["message"]) for one in told
    ]
    assert len(rows) == 3


def test_files_of_one_name_are_checked_together(detcov, rules, write_rule):
    write_rule(rules / "a" / "x.toml", key="first", technique="T1O53")
    write_rule(rules / "b" / "x.toml", key="second", technique="T1O53")
    code, out, err = detcov("check", "rules/a/x.toml", "rules/b/x.toml")
    assert (code, err) == (1, "")
    lines = [line for line in out.splitlines() if " error " in line]
    assert [line.partition(":")[0] for line in lines] == ["rules/a/x.toml", "rules/b/x.toml"]
    assert "2 rules, ATT&CK" in out


@pytest.fixture
def main_branch(tmp_path, monkeypatch, write_rule):
    """A repository whose main has rules/old.toml with an error; the working tree has more."""
    made = MadeRepository(tmp_path / "repo")
    monkeypatch.chdir(made.path)
    write_rule(made.path / "rules" / "old.toml", key="old", technique="T1O53")
    made.files["rules/old.toml"] = (made.path / "rules/old.toml").read_bytes()
    made.commit("2026-05-04")
    write_rule(made.path / "rules" / "old.toml", key="old", technique="T1O53", tactic="TA0099")
    write_rule(made.path / "rules" / "new.toml", key="new", technique="T1O53")
    return made.path


@pytest.mark.parametrize(
    ("files", "findings"),
    [
        (["new.toml"], {("new", "T1O53")}),
        (["old.toml"], {("old", "TA0099")}),
        (["new.toml", "old.toml"], {("new", "T1O53"), ("old", "TA0099")}),
    ],
)
@pytest.mark.usefixtures("main_branch")
def test_a_file_that_the_baseline_lacks_is_new(detcov, files, findings):
    paths = [f"rules/{name}" for name in files]
    code, out, err = detcov("check", *paths, "--baseline", "main", "--format", "json")
    assert (code, err) == (1, "")
    told = json.loads(out)["findings"]
    assert {
        (one["rule_id"], one["subject"]) for one in told if one["severity"] == "error"
    } == findings


@pytest.mark.parametrize("given", ["option", "setting"])
def test_a_baseline_of_5000_letters_is_no_revision(detcov, main_branch, given):
    args = ["--baseline", "a" * 5_000]
    if given == "setting":
        (main_branch / "detcov.toml").write_text(f'baseline = "{args.pop()}"', encoding="utf-8")
        args = []
    code, out, err = detcov("check", "rules", *args)
    assert (code, out) == (3, "")
    assert err == f"detcov: {main_branch}: '{'a' * 5_000}' names no one commit\n"
