"""Paths are told as they are, whatever charset the locale has."""

import json
import shutil
import subprocess

import pytest

from made_git import MadeRepository

NAME = "règles検"
PLAIN_C = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.fixture(params=["ASCII", "ISO-8859-1"])
def charset(request, tmp_path):
    """The environment of a locale of this charset, which has no 検."""
    if request.param == "ASCII":
        return PLAIN_C
    if shutil.which("localedef") is None:
        pytest.skip("no localedef here to make a locale of ISO-8859-1")
    place = tmp_path / "locales" / "en_US.ISO-8859-1"
    place.parent.mkdir()
    command = ["localedef", "-i", "en_US", "-f", "ISO-8859-1", str(place)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if not (place / "LC_CTYPE").is_file():
        pytest.skip(f"localedef makes no locale of ISO-8859-1: {made.stderr.strip()[-200:]}")
    return PLAIN_C | {"LC_ALL": place.name, "LOCPATH": str(place.parent)}


@pytest.fixture
def run_in(start, charset):
    def run(*args):
        process = start(*args, env=charset, errors="replace")
        out, err = process.communicate()
        return process.returncode, out, err

    return run


def test_the_charset_is_none_that_has_the_name(start, charset):
    code = "import sys; print(sys.getfilesystemencoding())"
    out, _ = start(code=code, env=charset).communicate()
    assert out.strip() in {"ascii", "iso8859-1"}


@pytest.mark.parametrize("of", ["folder", "file", "label", "files"])
def test_findings_name_the_file(run_in, write_rule, tmp_path, of):
    work = tmp_path / "work"
    write_rule(work / NAME / f"{NAME}.toml", technique="T1O53")
    write_rule(work / NAME / "other.toml", technique="T1O53")
    (work / NAME / "broken.toml").write_text("[rule", encoding="utf-8")
    file = f"{NAME}/{NAME}.toml"
    args = {
        "folder": [NAME],
        "file": [file],
        "label": [f"検={NAME}"],
        "files": [file, f"{NAME}/other.toml"],
    }[of]
    for kind in ("text", "csv", "json"):
        code, out, err = run_in("check", *args, "--format", kind)
        assert "internal error" not in err
        assert code == (1 if of in {"file", "files"} else 3)
        assert kind == "text" or NAME in out


def test_settings_and_outputs_name_it(run_in, write_rule, tmp_path):
    work = tmp_path / "work"
    write_rule(work / NAME / "a.toml")
    (work / "detcov.toml").write_text(
        f'sources = ["検={NAME}"]\nout = "{NAME}"\noutput = "{NAME}.json"\n', encoding="utf-8"
    )
    for args in (["check"], ["layer"], ["layer", "-o", f"{NAME}2.json"]):
        code, _, err = run_in(*args)
        assert (code, err) == (0, "")
    assert (work / f"{NAME}.json").is_file()
    assert (work / f"{NAME}2.json").is_file()


def test_a_history_has_it(run_in, write_rule, tmp_path, monkeypatch):
    made = MadeRepository(tmp_path / "repo")
    monkeypatch.chdir(made.path)
    path = write_rule(made.path / NAME / f"{NAME}.toml")
    made.files[f"{NAME}/{NAME}.toml"] = path.read_bytes()
    made.commit("2026-05-04")
    write_rule(path, technique="T1082", technique_name="System Information Discovery")
    made.files[f"{NAME}/{NAME}.toml"] = path.read_bytes()
    made.files[f"{NAME}/b.toml"] = write_rule(made.path / NAME / "b.toml").read_bytes()
    made.commit("2026-05-11")
    code, out, err = run_in("diff", "HEAD~1", "HEAD", NAME, "--format", "json")
    assert (code, err) == (0, "")
    assert "T1082" in json.dumps(json.loads(out))
