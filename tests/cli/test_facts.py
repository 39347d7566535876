"""`--facts` from end to end."""

import csv
import io
import json

import pytest

from detcov.cli import COMMANDS, cli

HEAD = "kind,value,rule,technique,platform,data,date,expiry,owner\n"
ROWS = """\
fired,4,execution_a,,,,,,
not-applicable,,,T1612,,,,,Ana
waived,,,T1110,Linux,,,2026-12-31,Bo
waived,,,T1106,,,,2026-05-04,Bo
deployed,,gone,,,,,,
waived,,,T1082,Windows,,,2026-12-31,Bo
"""
DAY = ("--date", "2026-05-05")


@pytest.fixture
def facts(tmp_path):
    path = tmp_path / "work" / "facts.csv"
    path.write_text(HEAD + ROWS, encoding="utf-8")
    return path


SUMMARY = """\
Facts on 2026-05-05: 4 count, 1 expired, 1 about nothing here.
Stage          techniques  unknown  not
mapped    1 of 354 (<1 %)        0  353
deployed  1 of 354 (<1 %)        0  353
fed       1 of 354 (<1 %)        0  353
tested     0 of 354 (0 %)        1  353
  accepted gaps left out of 355 techniques: 1 waived

Platform  mapped  deployed  fed  tested   of  left out
Linux          1         1    1   0 +1?  354         1
  +n? are unknown: no fact says yes or no

Accepted gaps, by who accepts them:
  T1110 on Linux: waived until 2026-12-31 by Bo, 1 gap
"""


@pytest.mark.usefixtures("rules", "facts")
def test_the_summary_of_a_report(detcov):
    code, out, err = detcov("report", "--facts", "facts.csv", "--platform", "Linux", *DAY)

    assert (code, err) == (0, "")
    assert SUMMARY in out
    # the headline counts every technique
    assert "\n1 of 355 techniques covered (<1 %)\n" in out
    assert max(map(len, out.splitlines())) <= 80
    assert "warning  F301  fact-expired    1\nwarning  F302  fact-unmatched  1\n" in out


@pytest.mark.usefixtures("rules", "facts")
def test_the_files_of_a_report(detcov, tmp_path):
    assert detcov("report", "--facts", "facts.csv", "--out", "with", *DAY)[0] == 0
    assert detcov("report", "--out", "without", *DAY)[0] == 0
    with_facts, without = tmp_path / "work" / "with", tmp_path / "work" / "without"

    rows = {
        row["technique_id"]: [
            row[name] for name in ("stage", "deployed", "fed", "tested", "excused")
        ]
        for row in csv.DictReader(io.StringIO((with_facts / "coverage.csv").read_text("utf-8")))
    }
    assert rows["T1053"] == ["fed", "yes", "yes", "unknown", ""]
    assert rows["T1082"] == ["mapped", "unknown", "unknown", "unknown", ""]
    assert rows["T1106"] == ["not mapped", "no", "no", "no", ""]
    assert rows["T1612"] == ["not mapped", "no", "no", "no", "not applicable by Ana"]
    stages = json.loads((with_facts / "coverage.json").read_bytes())["stages"]
    assert stages["sums"][0]["stages"]["fed"] == {
        "numerator": 1,
        "denominator": 600,
        "percent": "<1 %",
        "definition": "techniques with a rule that is deployed and gets its data, by the facts; "
        "gaps that are waived or not applicable are on neither side",
        "unknown": 1,
        "not": 598,
    }
    assert [gap["gaps"] for gap in stages["accepted"]] == [
        [{"technique": "T1612", "platform": "Containers"}],
        [{"technique": "T1110", "platform": "Linux"}],
    ]
    layer = (with_facts / "stages.layer.json").read_bytes()
    assert {one["techniqueID"]: one.get("score") for one in json.loads(layer)["techniques"]} == {
        "T1053": 3,
        "T1082": 1,
        "T1612": None,
    }
    assert detcov("lint-layer", *sorted(with_facts.glob("*.layer.json")))[0] == 0
    # pictures say nothing of stages, and what has no facts has no word of them
    for name in ("heatmap.svg", "heatmap.png"):
        assert (with_facts / name).read_bytes() == (without / name).read_bytes()
    assert not (without / "stages.layer.json").exists()
    assert "stages" not in json.loads((without / "coverage.json").read_bytes())
    assert b"excused" not in (without / "coverage.csv").read_bytes()


@pytest.mark.usefixtures("rules", "facts")
def test_findings(detcov):
    code, out, err = detcov("check", "--facts", "facts.csv", "--show", "note", *DAY)

    assert (code, err) == (0, "")
    assert [line for line in out.splitlines() if "facts.csv" in line] == [
        "facts.csv:5: warning F301 waived T1106: expired on 2026-05-04, owner Bo",
        "facts.csv:6: warning F302 deployed: no rule is called 'gone'",
        "facts.csv:7: note F303 waived T1082 on Windows: a rule covers it",
    ]
    as_json = json.loads(detcov("check", "--facts", "facts.csv", "--format", "json", *DAY)[1])
    assert [(one["code"], one["path"], one["place"]) for one in as_json["findings"]] == [
        ("F301", "facts.csv", {"line": 5}),
        ("F302", "facts.csv", {"line": 6}),
        ("F303", "facts.csv", {"line": 7}),
    ]


@pytest.mark.usefixtures("rules", "facts")
def test_the_day_is_stated_and_never_the_clocks(detcov, monkeypatch):
    def expired(*options):
        code, out, _ = detcov("check", "--facts", "facts.csv", *options)
        assert code == 0
        return "F301" in out

    assert not expired()
    assert not expired("--date", "2026-05-04")
    assert expired("--date", "2026-05-05")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1777939199")  # 2026-05-04 23:59:59
    assert not expired()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1777939200")
    assert expired()
    assert not expired("--date", "2026-05-04")
    code, out, _ = detcov("report", "--facts", "facts.csv", "--date", "May")
    assert (code, out) == (2, "")


@pytest.mark.usefixtures("rules")
def test_without_a_day_the_summary_says_so(detcov, facts):
    out = " ".join(detcov("report", "--facts", facts)[1].split())

    assert "Facts: 5 count, 1 about nothing here. No day is given (--date), so no expiry" in out


@pytest.mark.usefixtures("rules", "facts")
def test_what_cannot_be_read_is_a_line_and_the_run_goes_on(detcov, tmp_path):
    bad = tmp_path / "work" / "bad.csv"
    bad.write_text(f"{HEAD}deployed,,execution_a\ndeplyed,,\x1b]0;x\n\n", encoding="utf-8")
    arguments = ("--facts", "no.yaml", "--facts", "bad.csv", "--facts", "facts.csv")

    code, out, err = detcov("check", *arguments, *DAY)

    assert (code, err.splitlines()) == (
        3,
        [
            "detcov: no.yaml: can't be read: No such file or directory",
            r"detcov: bad.csv:3:1: rule has a character that no text has: '\x1b]0;x'",
        ],
    )
    assert out.endswith("0 files unread, 2 facts unread\n")
    assert "facts.csv:5: warning F301" in out
    code, out, _ = detcov("report", *arguments, *DAY)
    assert code == 3
    assert "2 couldn't be read" in out.replace("\n", " ")
    assert detcov("layer", *arguments, *DAY)[0] == 3


@pytest.mark.usefixtures("rules", "facts")
def test_facts_of_the_settings(detcov, tmp_path):
    (tmp_path / "work" / "detcov.toml").write_text('facts = "facts.csv"\ndate = "2026-05-05"\n')

    assert "facts.csv:5: warning F301" in detcov("check")[1]


@pytest.mark.usefixtures("rules", "facts")
def test_a_snapshot_keeps_them(detcov, tmp_path):
    code, _, err = detcov("snapshot", "--facts", "facts.csv", "-o", "kept", *DAY)

    assert (code, err) == (0, "")
    kept = json.loads((tmp_path / "work" / "kept" / "2026-05-05.json").read_bytes())
    assert [fact["line"] for fact in kept["facts"]] == [2, 3, 4, 5, 6, 7]
    code, out, err = detcov("snapshot", "--facts", "no.csv", "-o", "other", *DAY)
    assert code == 3
    assert out.startswith("Wrote other/2026-05-05.json")
    assert err == "detcov: no.csv: can't be read: No such file or directory\n"


def test_options_are_offered_where_they_do_something():
    offered = {
        name: {one.name for one in command.params} & {"facts", "date"}
        for name in COMMANDS
        if (command := cli.get_command(None, name)) is not None
    }

    for name in ("report", "check", "layer", "snapshot"):
        assert offered[name] == {"facts", "date"}
    assert offered["weekly"] == {"date"}
    for name in ("diff", "pr"):
        assert offered[name] == set()


def test_a_layer_without_facts_loads_nothing_of_them(start, rules, tmp_path):
    code = """if True:
        import sys
        from detcov.cli import cli
        cli.main(sys.argv[1:], standalone_mode=False)
        parts = ("fact", "estate", "stage", "stand", "matching")
        print([m for m in sys.modules if m.startswith("detcov") and any(p in m for p in parts)])
    """
    process = start("layer", rules, "-o", tmp_path / "x.json", "--no-cache", code=code)

    out, err = process.communicate()
    assert (out.splitlines()[-1], err) == ("[]", "")
