"""What is written where: cleaned messages, places a repository may name, no input replaced."""

import json
import os
import shutil
import signal
import subprocess
import sys

import pytest

from detcov import cli
from detcov.report.write import write_all
from obeyed import obeyed

HOSTILE = "out\n::warning::obeyed\x1b]0;title\x07\x9b\u202e"
CONTROLS = "\x85\x9b\u202e\u2066"


@pytest.mark.parametrize(
    "args",
    [
        ["report", "rules", "--out", HOSTILE],
        ["layer", "rules", "-o", f"{HOSTILE}.json"],
        ["layer", "rules", "--split", "format", "-o", HOSTILE],
        ["check", "rules", f"--fail-on={HOSTILE}"],
        ["check", "rules", f"--{HOSTILE}"],
        ["snapshot", "rules", "-o", HOSTILE, "--date", "2026-05-04"],
        ["gaps", "rules", "--platform", "Linux", "-o", f"{HOSTILE}.txt"],
        ["attack", "diff", "18.1", "19.0", "-o", f"::warning::{HOSTILE}"],
        ["lint-layer", f"::warning::{HOSTILE}"],
        ["weekly", "--snapshots", "snapshots", "--out", HOSTILE],
    ],
    ids=" ".join,
)
@pytest.mark.usefixtures("rules")
def test_no_path_is_obeyed(detcov, args):
    if args[0] == "weekly":
        detcov("snapshot", "rules", "-o", "snapshots", "--date", "2026-05-04")
    code, out, err = detcov(*args)
    assert code in {0, 2, 3}
    assert out + err
    assert obeyed(out) == []
    assert obeyed(err) == []


@pytest.mark.parametrize("kind", ["text", "json"])
@pytest.mark.usefixtures("rules")
def test_no_name_of_a_layer_is_obeyed(detcov, kind):
    name = f"::error::a ::error::{'b' * 90} ::error::{HOSTILE}"
    assert detcov("layer", "rules", "-o", name)[0] == 0
    code, out, err = detcov("lint-layer", name, "--format", kind)
    assert (code, err) == (0, "")
    assert obeyed(out) == []


def test_a_hostile_path_of_settings_is_cleaned(detcov, rules):
    (rules.parent / "detcov.toml").write_text(f"out = {json.dumps(HOSTILE)}", encoding="utf-8")
    code, out, err = detcov("report", "rules")
    assert (code, err) == (0, "")
    assert " files to " in out
    assert obeyed(out) == []


def test_a_pack_is_named_without_commands(detcov, tmp_path):
    folder = tmp_path / "work"
    bundled = next(cli.Path(cli.__file__).parents[1].joinpath("data").glob("*19.0.json.gz"))
    shutil.copy(bundled, folder / bundled.name)
    code, out, err = detcov("attack", "pack", bundled.name, "--out", "::error::o")
    assert (code, err) == (0, "")
    assert "o/enterprise-attack-19.0.json.gz" in out
    assert obeyed(out) == []
    code, _, err = detcov("attack", "pack", bundled.name, "--out", ".")
    assert code == 2
    assert "is what the pack is made from" in err


@pytest.mark.parametrize("key", ["out", "output", "cache-dir"])
@pytest.mark.parametrize("how", ["absolute", "up", "link", "git"])
def test_settings_that_are_found_write_in_their_repository(detcov, rules, tmp_path, key, how):
    work, outside = rules.parent, tmp_path / "outside"
    outside.mkdir()
    (work / "away").symlink_to(outside)
    place = {"absolute": str(outside), "up": "../outside", "link": "away/x", "git": ".git/x"}[how]
    (work / "detcov.toml").write_text(f'{key} = "{place}"\n', encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    for command in (["report", "rules"], ["layer", "rules"], ["check", "rules"]):
        code, out, err = detcov(*command)
        assert (code, out) == (2, "")
        assert f"detcov.toml: {key} leads outside {work} (" in err
    assert sorted(tmp_path.rglob("*")) == before
    # Whoever names the file knows what is in it.
    if how != "git":
        assert detcov("--config", "detcov.toml", "report", "rules")[0] == 0


def test_in_a_subfolder_of_a_repository_its_root_counts(detcov, rules):
    (rules / "detcov.toml").write_text('out = "../reports"\nsources = ["."]\n', encoding="utf-8")
    os.chdir(rules)
    assert detcov("report")[0] == 0
    (rules / "detcov.toml").write_text('out = "../../reports"\n', encoding="utf-8")
    assert detcov("report")[0] == 2


def test_without_git_the_folder_of_the_settings_counts(detcov, rules):
    (rules.parent / ".git").rmdir()
    settings = rules.parent / "detcov.toml"
    settings.write_text('out = "reports"\n', encoding="utf-8")
    assert detcov("report", "rules")[0] == 0
    settings.write_text('out = "../reports"\n', encoding="utf-8")
    assert detcov("report", "rules")[0] == 2


@pytest.mark.parametrize("settings", ["", 'out = "reports"\n'])
def test_an_output_that_links_outside_is_not_followed(detcov, rules, tmp_path, settings):
    work, precious = rules.parent, tmp_path / "precious"
    precious.write_text("mine", encoding="utf-8")
    (work / "detcov.toml").write_text(settings, encoding="utf-8")
    (work / "reports").mkdir()
    (work / "reports" / "heatmap.html").symlink_to(precious)
    code, _, err = detcov("report", "rules")
    assert code == 2
    assert f"reports/heatmap.html: leads outside {work}; name the place on the command line" in err
    assert precious.read_text(encoding="utf-8") == "mine"
    assert [path.name for path in (work / "reports").iterdir()] == ["heatmap.html"]
    (work / "coverage.layer.json").symlink_to(precious)
    (work / "detcov.toml").write_text('output = "coverage.layer.json"\n', encoding="utf-8")
    assert detcov("layer", "rules")[0] == 2
    assert precious.read_text(encoding="utf-8") == "mine"
    # A place that the user names is the user's choice.
    (work / "detcov.toml").write_text("", encoding="utf-8")
    assert detcov("layer", "rules", "-o", "coverage.layer.json")[0] == 0
    assert precious.read_text(encoding="utf-8") != "mine"


def test_a_cache_that_links_outside_is_not_followed(detcov, rules, tmp_path):
    work = rules.parent
    (work / "cache").mkdir()
    (work / "cache" / "parsed.sqlite").symlink_to(tmp_path / "new.sqlite")
    (work / "detcov.toml").write_text('cache-dir = "cache"\n', encoding="utf-8")
    code, _, err = detcov("check", "rules")
    assert code == 2
    assert "cache-dir leads outside" in err
    assert not (tmp_path / "new.sqlite").exists()


@pytest.mark.parametrize(
    ("settings", "args"),
    [
        ("", ["layer", "rules", "-o", "rules/execution_a.toml"]),
        ("", ["layer", "rules/execution_a.toml", "-o", "rules/execution_a.toml"]),
        ("", ["layer", "mine=rules", "-o", "alias.toml"]),
        ('output = "rules/execution_a.toml"\n', ["layer", "rules"]),
        ("", ["gaps", "rules", "--facts", "facts.csv", "--platform", "Linux", "-o", "facts.csv"]),
        ("", ["kubernetes", "rules", "--attack", "b.json.gz", "-o", "b.json.gz"]),
        ("", ["attack", "diff", "18.1", "b.json.gz", "-o", "b.json.gz"]),
        ("", ["suggest", "rules", "--from", "x=rules/execution_a.toml", "-o", "alias.toml"]),
        ("", ["--config", "my.toml", "layer", "rules", "-o", "my.toml"]),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, list) else one,
)
def test_no_input_is_replaced(detcov, rules, settings, args):
    work = rules.parent
    (work / "detcov.toml").write_text(settings, encoding="utf-8")
    (work / "my.toml").write_text("", encoding="utf-8")
    (work / "alias.toml").symlink_to("rules/execution_a.toml")
    (work / "facts.csv").write_text("kind,rule,value\ndeployed,execution_a,yes\n", encoding="utf-8")
    bundled = next(cli.Path(cli.__file__).parents[1].joinpath("data").glob("*19.0.json.gz"))
    shutil.copy(bundled, work / "b.json.gz")
    before = {path: path.read_bytes() for path in work.rglob("*") if path.is_file()}
    code, _, err = detcov(*args)
    assert code == 2, err
    assert "is an input of this run; name another file to write" in err
    assert {path: path.read_bytes() for path in work.rglob("*") if path.is_file()} == before


@pytest.mark.usefixtures("rules")
def test_a_report_of_the_current_folder_is_written_again(detcov):
    """Reports that lie among the rules aren't rules."""
    for _ in range(2):
        assert detcov("report", ".", "--out", "rules/reports")[0] == 0


def test_json_files_escape_what_a_terminal_obeys(detcov, rules, write_rule):
    text = "".join(f"\\u{ord(char):04x}" for char in CONTROLS)
    write_rule(rules / "execution_x.toml", name=f"a{text}b##[error]c")
    assert detcov("report", "rules")[0] == 0
    assert detcov("layer", "rules", "-o", "one.json")[0] == 0
    assert detcov("gaps", "rules", "--format", "json", "-o", "gaps.json")[0] == 0
    assert detcov("layer", "rules", "--split", "format", "-o", "layers")[0] == 0
    work = rules.parent
    found = [*work.glob("reports/*.json"), *work.glob("*.json"), *work.glob("layers/*.json")]
    assert {path.parent.name for path in found} == {"work", "reports", "layers"}
    names = set()
    for path in found:
        data = path.read_text(encoding="utf-8")
        assert not set(CONTROLS) & set(data), path
        assert "##[" not in data, path
        names |= {path.name for text in _texts(json.loads(data)) if f"a{CONTROLS}b##[" in text}
    assert names >= {"coverage.json"}  # what is read is what the rule says


def _texts(value):
    """Every text of a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from (key, *_texts(inner))
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


KILLED = """
import os, signal, sys
from pathlib import Path
from detcov.report import write
real, left = os.replace, int(sys.argv[2])
def fill(name, data, path, fill=write._fill):
    global left
    fill(name, data, path)
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
write._fill = fill
folder = Path(sys.argv[1])
write.write_all({folder / name: b"new" for name in "abc"})
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "set").mkdir()
    return tmp_path / "set"


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_run_that_is_killed_leaves_the_old_set_and_the_next_one_sweeps(folder, at):
    for name in "abc":
        (folder / name).write_bytes(b"old")
    done = subprocess.run([sys.executable, "-c", KILLED, str(folder), str(at)], check=False)
    assert done.returncode == -signal.SIGKILL
    left = {path.name for path in folder.iterdir()} - set("abc")
    assert len(left) == at
    assert {(folder / name).read_bytes() for name in "abc"} == {b"old"}
    # Not ours, of a run that goes on, or of another host a moment ago.
    one = next(iter(left))
    host = one.split("-")[1]
    other = "00000000" if host != "00000000" else "00000001"
    kept = {
        ".detcov-notes": b"",
        f".detcov-{host}-{os.getpid()}-0123456789ab": b"",
        f".detcov-{other}-1-0123456789ab": b"",
    }
    for name in kept:
        (folder / name).write_bytes(b"")
    old = folder / ".detcov-0123456789ab"  # as earlier versions called them
    old.write_bytes(b"")
    os.utime(old, (0, 0))
    write_all({folder / name: b"new" for name in "abc"})
    assert {path.name for path in folder.iterdir()} == {*"abc", *kept}
    assert {(folder / name).read_bytes() for name in "abc"} == {b"new"}


def test_one_file_that_cannot_be_written_leaves_the_old_set(folder):
    (folder / "a").write_bytes(b"old")
    (folder / "b").mkdir()
    with pytest.raises(Exception, match="is a folder"):
        write_all({folder / "a": b"new", folder / "b": b"new"})
    assert (folder / "a").read_bytes() == b"old"
    assert {path.name for path in folder.iterdir()} == {"a", "b"}
