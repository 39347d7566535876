import csv
import io
import json
import re

import pytest

import detcov.report.files
from detcov.report.files import ReportOptions

FILES = [
    "coverage.csv",
    "coverage.json",
    "coverage.layer.json",
    "findings.json",
    "heatmap.html",
    "heatmap.png",
    "heatmap.svg",
]


@pytest.fixture
def asked(monkeypatch):
    """What the command asks of the renderer, which takes seconds itself."""
    found = []

    def render(study, *, threats, gaps, options):
        assert threats is not None
        assert gaps == ()
        found.append((study, options))
        return {"a.json": b"1", "b.html": b"2"}

    monkeypatch.setattr(detcov.report.files, "render_report", render)
    return found


@pytest.mark.usefixtures("rules")
def test_the_main_job(detcov, tmp_path):
    code, out, err = detcov("report", "--date", "2026-05-05")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "ATT&CK Enterprise 19.0 (bundled; 20.0 is out)"
    assert lines[1] == "2 of 601 techniques covered (<1 %)"
    assert lines[-2:] == [
        "The layer needs a Navigator with ATT&CK 19 data.",
        "Wrote 7 files to reports/.",
    ]
    assert max(map(len, lines)) <= 80
    folder = tmp_path / "work" / "reports"
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert "2026-05-05" in (folder / "heatmap.html").read_text(encoding="utf-8")
    read = json.loads((folder / "coverage.json").read_bytes())["read"]
    assert (read["live"], read["deprecated"]) == (2, 1)
    first = {path.name: path.read_bytes() for path in folder.iterdir()}

    assert detcov("report", "--date", "2026-05-05", "--out", tmp_path / "again")[0] == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()} == first


@pytest.mark.usefixtures("rules")
def test_options_reach_the_renderer(detcov, asked, tmp_path):
    code, out, _ = detcov(
        *("report", "--out", tmp_path / "o", "--title", "Ours", "--date", "2026-05-04"),
        *("--link-base", "https://example.org/r", "--count", "all", "--platform", "linux"),
    )
    ((study, options),) = asked
    assert code == 0
    assert options == ReportOptions(
        title="Ours", date="2026-05-04", link_base="https://example.org/r"
    )
    assert (study.coverage.count, study.coverage.platforms) == ("all", ("Linux",))
    assert out.splitlines()[0].endswith(" for Linux")
    assert {path.name: path.read_bytes() for path in (tmp_path / "o").iterdir()} == {
        "a.json": b"1",
        "b.html": b"2",
    }


@pytest.mark.usefixtures("rules")
@pytest.mark.parametrize(
    ("epoch", "options", "date"),
    [
        (None, [], None),
        ("", [], None),
        ("0", [], "1970-01-01"),
        ("1777939200", [], "2026-05-05"),
        ("1778025599", [], "2026-05-05"),
        ("1777939200", ["--date", "2026-05-04"], "2026-05-04"),
    ],
)
def test_the_date_is_the_callers(detcov, asked, monkeypatch, epoch, options, date):
    if epoch is not None:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    assert detcov("report", *options)[0] == 0
    assert asked[0][1].date == date


@pytest.mark.usefixtures("rules", "asked")
@pytest.mark.parametrize("command", ["report", "layer", "check", "gaps"])
@pytest.mark.parametrize("day", ["today", "2026-5-5", "2026-02-30", "20260505"])
def test_a_day_that_is_none(detcov, command, day):
    expected = (2, "", f"detcov: date {day!r}: write YYYY-MM-DD\n")
    assert detcov(command, "--date", day) == expected


@pytest.mark.usefixtures("rules", "asked")
@pytest.mark.parametrize("epoch", ["soon", "²", "1e9", "9" * 30])
def test_a_date_that_is_none(detcov, monkeypatch, epoch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    code, out, err = detcov("report")
    assert (code, out) == (2, "")
    assert err == f"detcov: SOURCE_DATE_EPOCH={epoch}: not a time in seconds\n"


@pytest.mark.usefixtures("asked")
def test_a_file_with_several_bad_parts_is_one_file(detcov, rules):
    text = "alert tcp any any -> any any (sid:1;)\nx\ny\n"
    (rules / "a.rules").write_text(text, encoding="utf-8")
    code, out, err = detcov("report")
    assert (code, err.count("a.rules:")) == (3, 2)
    assert "Files: 1 couldn't be read in full, 0 passed over.\n" in out
    assert detcov("check")[1].endswith(", 1 file unread\n")


@pytest.mark.usefixtures("asked")
def test_unread_files_are_counted_and_named(detcov, rules):
    (rules / "broken.toml").write_text("[rule]\nname =", encoding="utf-8")
    (rules / "notes.txt").write_text("x", encoding="utf-8")
    code, out, err = detcov("report")
    assert (code, err) == (3, "detcov: rules/broken.toml:2:7: not TOML: Invalid value\n")
    assert "Files: 1 couldn't be read in full, 1 passed over.\n" in out
    assert out.splitlines()[-1].startswith("Wrote 2 files to reports/")


@pytest.mark.usefixtures("asked")
def test_findings_fail_nothing_without_a_gate(detcov, rules, write_rule):
    write_rule(rules / "execution_c.toml", technique="T1O53")
    assert detcov("report")[0] == 0


@pytest.mark.usefixtures("asked")
def test_a_file_in_the_folders_place(detcov, rules, tmp_path):
    (rules / "broken.toml").write_text("x", encoding="utf-8")
    (tmp_path / "work" / "reports").write_text("mine", encoding="utf-8")
    for out in ("reports", "reports/below"):
        code, _, err = detcov("report", "--out", out)
        assert code == 4
        assert err.splitlines()[-1] == (
            f"detcov: {out}/a.json: can't be written: {out} is no folder"
        )
    assert (tmp_path / "work" / "reports").read_text(encoding="utf-8") == "mine"


def test_matplotlib_does_not_talk_of_its_own_folders(start, rules, tmp_path):
    (tmp_path / "file").touch()
    process = start(
        "report", rules, "-o", tmp_path / "out", env={"MPLCONFIGDIR": str(tmp_path / "file")}
    )
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")


@pytest.mark.usefixtures("asked")
def test_settings_reach_it(detcov, rules, tmp_path):
    (tmp_path / "work" / "detcov.toml").write_text(
        'out = "from-settings"\ntitle = "T"\ndate = "2026-05-04"\nlink-base = "https://example.org"\n'
        f'sources = ["mine={rules.name}"]\ncache = false\n',
        encoding="utf-8",
    )
    code, out, _ = detcov("report")
    assert code == 0
    assert out.splitlines()[-1].startswith(f"Wrote 2 files to {tmp_path}/work/from-settings/")
    assert "mine: written for ATT&CK" in out
    assert not (tmp_path / "own-cache").exists(), "cache = false"


def test_every_output_tells_sources_apart(detcov, write_rule, tmp_path):
    """T1053 is in both, T1609 in ours alone."""
    write_rule(tmp_path / "a" / "one.toml", name="One")
    write_rule(tmp_path / "a" / "two.toml", name="Two", technique="T1609", technique_name="x")
    write_rule(tmp_path / "b" / "three.toml", name="Three")
    sources = (f"ours={tmp_path / 'a'}", f"theirs={tmp_path / 'b'}")
    code, out, _ = detcov("report", *sources, "--out", tmp_path / "out", "--no-cache")
    assert code == 0
    assert (
        "Source  rules that count   covered  by no other\n"
        "ours                   2  2 of 601            1\n"
        "theirs                 1  1 of 601            0\n"
    ) in out
    files = {path.name: path for path in (tmp_path / "out").iterdir()}
    coverage = json.loads(files["coverage.json"].read_bytes())
    assert [(one["label"], one["rules"], one["alone"]) for one in coverage["sources"]] == [
        ("ours", 2, 1),
        ("theirs", 1, 0),
    ]
    rows = csv.DictReader(io.StringIO(files["coverage.csv"].read_text("utf-8")))
    names = {row["rules"] for row in rows if row["tactic"] == "Execution"}
    assert names == {"", "ours: One; theirs: Three", "ours: Two"}
    layer = json.loads(files["coverage.layer.json"].read_bytes())
    facts = {one["name"]: one["value"] for one in layer["metadata"]}
    assert facts["By ours"].endswith("; 1 of them by no other source")
    drawn = {
        one["value"]
        for technique in layer["techniques"]
        for one in technique["metadata"]
        if one["name"] == "Rule"
    }
    assert drawn == {"ours: One", "ours: Two", "theirs: Three"}
    findings = json.loads(files["findings.json"].read_bytes())["findings"]
    assert {one["source"] for one in findings} <= {"ours", "theirs"}
    page = files["heatmap.html"].read_text("utf-8")
    menu = page[page.index('data-menu="source"') :].split("</details>")[0]
    assert re.findall(r"<bdi>(.*?)</bdi>", menu) == ["ours", "theirs"]


def test_a_rule_and_its_export_from_kibana_are_one(detcov, tmp_path, write_rule):
    """The TOML claims T1053 on Linux, the export T1609; T1053 has one more rule."""
    uuid = "0a1b2c3d-0000-4000-8000-00000000000a"
    write_rule(tmp_path / "toml" / "one.toml", key=uuid)
    write_rule(tmp_path / "toml" / "two.toml")
    entry = {
        "framework": "MITRE ATT&CK",
        "tactic": {"id": "TA0002", "name": "Execution", "reference": ""},
        "technique": [{"id": "T1609", "name": "Container Administration Command"}],
    }
    rule = {
        "id": "saved",
        "rule_id": uuid.upper(),
        "name": "Rule one",
        "type": "query",
        "enabled": True,
        "severity": "low",
        "risk_score": 21,
        "threat": [entry],
    }
    export = tmp_path / "kibana" / "export.ndjson"
    export.parent.mkdir()
    export.write_text(json.dumps(rule) + "\n", encoding="utf-8")

    folder = tmp_path / "out"
    sources = (tmp_path / "toml", tmp_path / "kibana")
    code, _, err = detcov("report", *sources, "--out", folder, "--no-cache")
    assert (code, err) == (0, "")
    found = json.loads((folder / "coverage.json").read_text("utf-8"))
    assert found["read"]["rules"] == 2
    own = {one["id"]: len(one["rules"]) for one in found["techniques"] if one["rules"]}
    assert own == {"T1053": 2, "T1609": 1}
    assert {one["label"]: (one["rules"], one["alone"]) for one in found["sources"]} == {
        "toml": (2, 1),
        "kibana": (1, 1),
    }
    code, out, _ = detcov("check", *sources, "--no-cache")
    assert code == 0
    assert "R212" in out


@pytest.mark.usefixtures("rules")
def test_no_settings_of_matplotlib_are_read(start, tmp_path):
    """A checkout of rules may hold one; matplotlib's import would end with its error."""
    (tmp_path / "work" / "matplotlibrc").write_bytes(b"axes.grid: \xff\nnonsense\n")
    (tmp_path / "broken").write_bytes(b"\xff")
    process = start("report", "rules", env={"MATPLOTLIBRC": str(tmp_path / "broken")})
    _, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    assert (tmp_path / "work" / "reports" / "heatmap.png").is_file()
