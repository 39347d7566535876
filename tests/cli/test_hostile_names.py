"""No name, path or commit message is obeyed by a terminal or a CI runner, in any report."""

import pytest

from made_git import MadeRepository
from obeyed import obeyed

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
        (folder / f"{path}.broken.toml").write_text("[rule", encoding="utf-8")
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
