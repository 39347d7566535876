"""What every command does alike: exit codes, streams, interruptions, imports, help."""

import json
import os
import pty
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from detcov.cli import COMMANDS
from detcov.load import PARSERS
from made_git import MadeRepository

WRONG = {"technique": "T1O53"}


@pytest.fixture
def unreadable(rules):
    (rules / "broken.toml").write_text("[rule", encoding="utf-8")


@pytest.fixture
def defective(rules, write_rule):
    write_rule(rules / "execution_c.toml", **WRONG)


# 130 > 4 > 2 > 3 > 1: each run has what makes all the codes after its own.
@pytest.mark.usefixtures("rules")
def test_exit_0(detcov):
    assert detcov("check")[0] == 0


@pytest.mark.usefixtures("defective")
def test_exit_1(detcov):
    assert detcov("check")[0] == 1


@pytest.mark.usefixtures("defective", "unreadable")
def test_exit_3_over_1(detcov):
    code, _, err = detcov("check")
    assert code == 3
    assert err.startswith("detcov: rules/broken.toml:1:6: not TOML: ")
    assert err.count("\n") == 1


@pytest.mark.usefixtures("defective", "unreadable")
def test_exit_2_over_3(detcov):
    code, _, err = detcov("layer", "--platform", "Linuks")
    assert code == 2
    assert "did you mean Linux?" in err


@pytest.mark.usefixtures("defective", "unreadable")
def test_exit_4_over_3(detcov, tmp_path):
    code, _, err = detcov("layer", "-o", tmp_path / "work" / "rules" / "broken.toml" / "x.json")
    assert code == 4
    assert err.splitlines()[-1].endswith("rules/broken.toml is no folder")


@pytest.mark.usefixtures("defective", "unreadable")
def test_exit_130_over_3(start):
    """Interrupted when the bad file has been told of already."""
    code = (
        "import time, detcov.report.findings as f\n"
        "def slow(*a, **k):\n    print('now', flush=True)\n"
        "    for _ in range(600):\n        time.sleep(0.1)\n"
        "f.render_findings = slow\n"
        "from detcov.__main__ import run; run()"
    )
    process = start("check", code=code)
    assert process.stdout.readline() == "now\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert err.splitlines()[0].startswith("detcov: rules/broken.toml:1:6: ")
    assert err.splitlines()[-1] == "detcov: interrupted"


@pytest.mark.parametrize("command", ["check", "report", "gaps", "snapshot"])
def test_no_folder_named_and_none_of_the_usual_name(detcov, command):
    told = "detcov: rules: no such folder; name the one that your rules are in\n"
    assert detcov(command) == (3, "", told)


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["nonsense"], 2, "No such command 'nonsense'"),
        (["check", "--nonsense"], 2, "No such option"),
        (["check", "nowhere"], 3, "detcov: nowhere: no such file or folder\n"),
        (["check", "a=rules", "a=rules"], 2, "detcov: two sources are called 'a'"),
        (["check", "--attack", "99.9"], 2, "99.9"),
        (["--config", "nowhere.toml", "check"], 2, "detcov: nowhere.toml: No such file"),
        (["check", "--max-bytes", "0"], 2, "--max-bytes"),
    ],
)
@pytest.mark.usefixtures("rules")
def test_what_is_not_there_is_one_clear_line(detcov, args, code, message):
    found, out, err = detcov(*args)
    assert (found, out) == (code, "")
    assert message in err
    assert "Traceback" not in err


def test_no_rules_found(detcov, tmp_path):
    (tmp_path / "work" / "rules").mkdir()
    assert detcov("check") == (3, "", "detcov: rules: no rules found among 0 files\n")
    (tmp_path / "work" / "rules" / "pyproject.toml").write_text("[project]", encoding="utf-8")
    assert detcov("check") == (3, "", "detcov: rules: no rules found among 1 file\n")


@pytest.mark.usefixtures("rules")
def test_files_over_the_limit_are_left_out(detcov):
    code, out, err = detcov("check", "--max-bytes", "10")
    assert code == 3
    assert out.splitlines()[-1].startswith("0 rules, ")
    assert [line.partition(" bytes, ")[2] for line in err.splitlines()] == [
        "over the limit of 10 (max-bytes)"
    ] * 3


def test_a_current_folder_that_is_gone(start, rules, tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    process = start("check", rules, cwd=gone, preexec_fn=gone.rmdir)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    assert out.startswith("3 rules, ")


@pytest.mark.usefixtures("rules")
def test_an_internal_error_is_told_in_one_line(detcov, monkeypatch):
    def fail(*_args, **_options):
        raise ZeroDivisionError("a\nb\x1b[2J")

    monkeypatch.setattr("detcov.api.study_of", fail)
    assert detcov("check") == (
        4,
        "",
        (
            "detcov: internal error, please report it: ZeroDivisionError: a\\nb\\x1b[2J "
            "(DETCOV_DEBUG=1: more)\n"
        ),
    )
    monkeypatch.setenv("DETCOV_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        detcov("check")


@pytest.fixture
def many_lines(rules, write_rule):
    """Findings enough to fill a pipe several times."""
    for number in range(800):
        path = rules / f"execution_{number}_{'n' * 200}.toml"
        write_rule(path, technique="T1O53", tactic_name="Executing")


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("args", [["--show", "note"], ["--format", "json"]])
@pytest.mark.usefixtures("many_lines")
def test_a_closed_pipe_is_quiet(start, args, unbuffered):
    process = start("check", *args, env={"PYTHONUNBUFFERED": unbuffered})
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(timeout=30) == 4


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("args", [["check"], ["check", "--format", "json"], ["layer", "-o", "-"]])
@pytest.mark.usefixtures("rules")
def test_a_full_disk_behind_standard_output(start, args, unbuffered):
    with FULL.open("w", encoding="utf-8") as full:
        process = start(*args, stdout=full, env={"PYTHONUNBUFFERED": unbuffered})
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (4, "detcov: output: No space left on device\n")


@pytest.mark.parametrize("closed", [1, 2])
@pytest.mark.usefixtures("rules")
def test_a_stream_that_is_closed_from_the_start(start, closed):
    process = start(
        "check",
        stdout=subprocess.DEVNULL,
        preexec_fn=lambda: os.close(closed),
    )
    process.communicate(timeout=30)
    assert process.returncode == 0


def test_an_encoding_that_lacks_letters(start, rules, write_rule):
    write_rule(rules / "execution_c.toml", technique="T✂53")
    process = start("check", env={"PYTHONIOENCODING": "latin-1"})
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (1, "")
    assert r"'T\u270253' is no technique id" in out


# A signal that falls between Python's last look for one and the system's call to sleep doesn't
# end that sleep: many short ones, not a long one.
_SLOW_READING = """
import time, detcov.cli.run as run
def advance(self, documents):
    print("now", flush=True)
    for _ in range(600):
        time.sleep(0.1)
run._Bar.advance = advance
from detcov.__main__ import run
run()
"""
_SLOW_WRITING = """
import os, time
def replace(*args):
    print("now", flush=True)
    for _ in range(600):
        time.sleep(0.1)
os.replace = replace
from detcov.__main__ import run
run()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("code", [_SLOW_READING, _SLOW_WRITING], ids=["reading", "writing"])
@pytest.mark.usefixtures("rules")
def test_an_interrupted_run_leaves_what_was_there(start, tmp_path, code, number):
    out = tmp_path / "out"
    out.mkdir()
    (out / "x.json").write_text("before", encoding="utf-8")
    process = start("layer", "-o", out / "x.json", code=code)
    assert process.stdout.readline() == "now\n"
    process.send_signal(number)
    said, err = process.communicate(timeout=30)
    assert (process.returncode, said) == (130, "")
    assert err.splitlines()[-1] == "detcov: interrupted"
    assert "Traceback" not in err
    assert {path.name: path.read_text(encoding="utf-8") for path in out.iterdir()} == {
        "x.json": "before"
    }


_IN_A_CALLBACK = """
import time, weakref, detcov.cli.run as run
class Kept: pass
def callback(_):
    print("now", flush=True)
    for _ in range(600):
        time.sleep(0.1)
def advance(self, documents):
    kept = Kept()
    watched = weakref.ref(kept, callback)
    del kept
    print("went on", flush=True)
run._Bar.advance = advance
from detcov.__main__ import run
run()
"""


@pytest.mark.usefixtures("rules")
def test_an_interruption_where_python_drops_errors(start):
    process = start("check", code=_IN_A_CALLBACK)
    assert process.stdout.readline() == "now\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "", "detcov: interrupted\n")


@pytest.mark.parametrize("args", [["--show", "note"], ["--format", "json"]])
@pytest.mark.usefixtures("many_lines")
def test_an_interruption_while_nobody_reads(start, args):
    """The pipe is full, and stays so: the end must not wait for it."""
    process = start("check", *args)
    process.stdout.read(1)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 130
    assert process.stderr.read().splitlines()[-1] == "detcov: interrupted"


HOSTILE = [
    "::error file=a::b",
    "##[error]b",
    "##vso[task.setvariable variable=a]b",
    "[red]b[/red]",
    "=cmd|' /C calc'!A0",
    "a\nb\r::warning::c",
    "\x1b[31mred\x1b[2J\x07\x9b1m",
    "\u202eright to left\u2066",
    "../../x",
    "@here | b",
    "<script>alert(1)</script>",
]


def _toml(text):
    return "".join(
        char if char.isprintable() and char not in '"\\' else f"\\U{ord(char):08X}" for char in text
    )


def obeyed(text):
    """What a terminal or a CI runner would take for a command in a text."""
    found = re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    found += re.findall(r"^\s*::.*", text, re.MULTILINE)
    return found + re.findall(r"##(?:vso)?\[.*", text, re.IGNORECASE)


def test_no_name_or_path_is_obeyed(detcov, tmp_path, write_rule):
    folder = tmp_path / "work" / "::error::rules"
    for number, name in enumerate(HOSTILE):
        path = f"::error::{name.replace('/', '_')}-{number}"
        # Twice the same id, name and a wrong one of everything: each is in a finding's message.
        for copy in "ab":
            write_rule(
                folder / f"{path}{copy}.toml",
                key=_toml(name),
                name=_toml(name),
                system=_toml(name),
                tactic=_toml(name) if number % 2 else "TA0002",
                tactic_name=_toml(name),
                technique=_toml(name),
                technique_name=_toml(name),
            )
        (folder / f"{path}.broken.toml").write_text("x", encoding="utf-8")
    (folder / "::error::.toml").mkdir()
    for args in (
        ["check", "--show", "drift", folder],
        ["check", "--show", "drift", folder, f"::error::y={folder}"],
        ["check", folder, "--format", "json"],
        ["layer", folder, "-o", "-"],
        ["layer", folder, "-o", tmp_path / "work" / "::error::.json"],
        ["check", "::error::nowhere"],
        ["layer", "--platform", "::error::\n::error::x", folder],
    ):
        code, out, err = detcov(*args)
        assert code in {2, 3}
        assert obeyed(out) == []
        assert obeyed(err) == []


@pytest.mark.parametrize(
    ("command", "first"),
    [
        (["diff", "rules", "rules"], "fate,rule,lost"),
        (["compare", "a=rules", "b=rules", "--platform", "PRE"], "standing,technique,name"),
        (["threat", "--group", "G0014"], "technique,technique_url,name"),
        (["suggest", "--from", "x=rules"], "rank,rule,gain"),
        (["gaps", "--platform", "Containers", "--tactic", "Collection"], "rank,technique"),
        (["attack", "diff", "19.0", "19.0"], "technique,name,what"),
    ],
    ids=lambda one: one[0] if isinstance(one, list) else None,
)
@pytest.mark.usefixtures("rules")
def test_a_report_of_nothing(detcov, command, first):
    """Its main table is there, without a row."""
    code, out, err = detcov(*command, "--format", "csv")
    assert (code, err) == (0, "")
    assert out.startswith(first)
    assert out.count("\n") == 1
    code, out, _ = detcov(*command, "--format", "json")
    assert code == 0
    assert [] in [table["rows"] for table in json.loads(out)["tables"].values()]


@pytest.fixture
def hostile_history(tmp_path, write_rule):
    """Two commits of sound rules with hostile names; rules/ has what the second has."""
    work = tmp_path / "work"
    made = MadeRepository(tmp_path / "repo")
    for number, name in enumerate(HOSTILE):
        path = f"rules/::error::{number}.toml"
        fields = {"key": f"key-{number}", "name": _toml(name)}
        write_rule(work / path, **fields)
        made.files[path] = (work / path).read_bytes()
        if number == 1:
            made.commit("2026-01-01", "::error::one")
    made.commit("2026-02-01", "::error::##[error]two\x9b")
    return made.path


REPORTS = pytest.mark.parametrize(
    "command",
    [
        ["weekly", "--since", "4w", "--repo", "REPO"],
        ["pr", "--base", "HEAD~1", "--repo", "REPO"],
        ["diff", "HEAD~1", "HEAD", "--repo", "REPO"],
        ["compare", "rules", "::error::=rules"],
        ["gaps", "--platform", "Linux", "--candidates", "::error::=rules"],
        ["threat", "--group", "TeamTNT"],
        ["suggest", "--from", "::error::=rules"],
        ["kubernetes"],
        ["attack", "diff", "18.1", "19.0", "rules"],
    ],
    ids=lambda command: command[0],
)


@REPORTS
@pytest.mark.parametrize("kind", ["text", "markdown", "csv", "json"])
def test_no_report_is_obeyed(detcov, hostile_history, command, kind):
    if command[0] == "pr" and kind == "csv":
        kind = "html"  # it has no table for CSV
    args = [hostile_history if one == "REPO" else one for one in command]
    code, out, err = detcov(*args, "--format", kind)
    assert (code, err) == (0, "")
    assert obeyed(out) == []


@REPORTS
@pytest.mark.parametrize("kind", ["text", "markdown", "json", "html"])
def test_every_report_ends_with_mitres_notice(detcov, hostile_history, command, kind):
    args = [hostile_history if one == "REPO" else one for one in command]
    out = " ".join(detcov(*args, "--format", kind)[1].replace("\\&", "&").split())
    assert "reproduced and distributed with the permission of The MITRE Corporation" in out
    assert "<title>" in out or "MITRE ATT&CK®" in out


@pytest.mark.parametrize(
    "args", [["--help"], *([name, "--help"] for name in COMMANDS if name != "attack")]
)
def test_help_fits_80_columns(detcov, args):
    code, out, err = detcov(*args)
    assert (code, err) == (0, "")
    assert out.startswith("Usage: detcov")
    assert max(map(len, out.splitlines())) <= 80


def test_help_names_every_command(detcov):
    out = detcov("--help")[1]
    assert [name for name in COMMANDS if f"\n  {name} " not in out] == []


def test_version(detcov):
    from detcov import __version__

    assert detcov("--version") == (0, f"detcov {__version__}\n", "")


_MODULES = """
import sys
from detcov import cli
code = cli._run(sys.argv[1:])
sys.stderr.write(" ".join(sorted(sys.modules)))
"""
OTHER_FORMATS = {"detcov.load.amend", "detcov.load.yaml_text", "detcov.load.json_text"} | {
    parser.module for name, parser in PARSERS.items() if name != "elastic"
}
HEAVY = {"jinja2", "matplotlib", "pandas", "numpy", "rich", "mitreattack", "requests", "stix2"}


@pytest.mark.parametrize(
    ("args", "absent"),
    [
        (
            ["layer", "-o", "-"],
            HEAVY
            | OTHER_FORMATS
            | {"detcov.attack.detections", "detcov.attack.threats"}
            | {"detcov.check.base", "detcov.report.heatmap"},
        ),
        (["check"], HEAVY),
        (["check", "--format", "json"], HEAVY),
        (["lint-layer", "--help"], HEAVY),
        (["--help"], HEAVY | {"msgspec", "tomli", "sqlite3", "detcov.model", "detcov.cli.run"}),
        (["--version"], HEAVY | {"msgspec", "tomli", "sqlite3", "detcov.model", "detcov.cli.run"}),
    ],
)
@pytest.mark.usefixtures("rules")
def test_nothing_is_loaded_that_a_command_does_not_need(start, args, absent):
    process = start(*args, code=_MODULES)
    _, err = process.communicate(timeout=60)
    loaded = set(err.split())
    assert "detcov.cli" in loaded
    assert loaded & absent == set()


_BAR = """
import sys, detcov.cli.run as run
run._BAR_AFTER = -1
from detcov.__main__ import run
run()
"""


@pytest.mark.usefixtures("rules")
def test_a_bar_counts_files_on_a_terminal(start):
    ours, theirs = pty.openpty()
    process = start("check", code=_BAR, stderr=theirs)
    out, _ = process.communicate(timeout=30)
    os.close(theirs)
    shown = os.read(ours, 10_000).decode()
    os.close(ours)
    assert shown.startswith("\r\x1b[?25lReading rules  [")
    assert "#]  100%" in shown
    assert shown.endswith("\x1b[?25h\r\n"), "the cursor is shown again"
    assert max(len(line) for line in re.split(r"[\r\n]+", shown)) <= 80
    assert "Reading" not in out


@pytest.mark.usefixtures("rules")
def test_no_bar_in_a_pipe(start):
    process = start("check", code=_BAR)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    assert "Reading" not in out


@pytest.mark.usefixtures("rules")
def test_a_short_run_shows_no_bar(start):
    ours, theirs = pty.openpty()
    process = start("check", stderr=theirs)
    process.communicate(timeout=30)
    os.write(theirs, b".")
    assert os.read(ours, 10_000) == b"."
    os.close(theirs)
    os.close(ours)


@pytest.mark.usefixtures("defective")
def test_bold_only_on_a_terminal(start):
    ours, theirs = pty.openpty()
    process = start("check", stdout=theirs)
    process.wait(timeout=30)
    os.close(theirs)
    shown = os.read(ours, 10_000).decode()
    os.close(ours)
    assert "\x1b[1merror M101\x1b[0m" in shown
    assert "\x1b" not in start("check").communicate(timeout=30)[0]
