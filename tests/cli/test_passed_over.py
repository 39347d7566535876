"""Files without a rule on the command line: their number, their list, a source of nothing else."""

import json

import pytest

from made_git import MadeRepository


@pytest.fixture
def mixed(rules):
    """Rules beside a text, a folder of tools, an empty file and a broken rule in tests."""
    (rules / "notes.md").write_text("x", encoding="utf-8")
    (rules / "values.yaml").write_text("", encoding="utf-8")
    (rules / ".github").mkdir()
    (rules / ".github" / "a.toml").write_text("[rule", encoding="utf-8")
    (rules / "tests").mkdir()
    (rules / "tests" / "a.toml").write_text("[rule", encoding="utf-8")
    return rules


LISTED = [
    "passed over: rules/.github/: dot folder or file",
    "passed over: rules/notes.md: no such ending",
    "passed over: rules/tests/a.toml: folder of tests or tooling (elastic)",
    "passed over: rules/values.yaml: empty",
]


@pytest.mark.usefixtures("mixed")
def test_check_counts_what_it_passed_over_and_lists_it(detcov):
    code, out, err = detcov("check")
    assert (code, err) == (0, "")
    assert out.endswith(" 0 files unread, 4 files passed over (--show-ignored lists them)\n")
    code, out, err = detcov("check", "--show-ignored")
    assert (code, err) == (0, "")
    *lines, last = out.splitlines()
    assert lines == LISTED
    assert last.endswith(" 0 files unread, 4 files passed over")


@pytest.mark.usefixtures("mixed")
def test_json_lists_it_with_the_reason(detcov):
    found = json.loads(detcov("check", "--format", "json")[1])
    assert found["read"]["other_files"] == len(found["passed_over"]) == 4
    assert found["passed_over"][2] == {
        "source": "rules",
        "path": "tests/a.toml",
        "reason": "folder of tests or tooling",
        "format": "elastic",
    }


@pytest.mark.usefixtures("mixed")
def test_what_is_excluded_is_not_read_and_counted(detcov, rules, tmp_path):
    (rules / "execution_bad.toml").write_text("[rule]\nx", encoding="utf-8")
    assert detcov("check")[0] == 3
    code, out, _ = detcov("check", "--exclude", "*_bad.toml", "--show-ignored")
    assert code == 0
    assert "passed over: rules/execution_bad.toml: excluded\n" in out
    (tmp_path / "work" / "detcov.toml").write_text('exclude = ["*_bad.toml"]\n', encoding="utf-8")
    assert detcov("check")[0] == 0
    assert detcov("report")[0] == 0
    assert detcov("attack", "diff", "18.1", "19.0", "rules", "--exclude", "*_bad.toml")[0] == 0


def test_a_glob_that_leads_nowhere_is_wrong_usage(detcov, rules):
    code, out, err = detcov("check", rules, "--exclude", "../x")
    assert (code, out) == (2, "")
    assert err == "detcov: exclude '../x': write a path below the source\n"


@pytest.mark.parametrize(
    "command",
    [
        ["report"],
        ["layer"],
        ["gaps"],
        ["check"],
        ["threat", "--group", "TeamTNT"],
        ["kubernetes"],
        ["snapshot", "--date", "2026-05-04"],
    ],
)
@pytest.mark.parametrize("broken", [False, True])
def test_a_folder_without_rules_reports_nothing(detcov, tmp_path, command, broken):
    work = tmp_path / "work"
    rules = work / "rules"
    rules.mkdir()
    for name in ("a.py", "b.py", "c.md", "d.yml", ".e"):
        (rules / name).write_text("x: 1\n", encoding="utf-8")
    if broken:
        (rules / "f.toml").write_text("[rule", encoding="utf-8")
    code, out, err = detcov(*command)
    assert (code, out) == (3, "")
    last = err.splitlines()[-1]
    reasons = "no such ending: 3 (.py 2, .md 1); dot folder or file: 1; no format matched: 1"
    among = f"6 files (couldn't be read: 1; {reasons})" if broken else f"5 files ({reasons})"
    assert last == (
        f"detcov: rules: no rules found among {among}; name the folder or file that holds them. "
        "docs/formats/README.md lists the formats; rules of any other go into a plain table "
        "(docs/formats/table.md)"
    )
    assert [line.partition(":")[2].partition(":")[0] for line in err.splitlines()[:-1]] == (
        [" rules/f.toml"] if broken else []
    )
    assert {path.name for path in work.iterdir()} == {".git", "rules"}, "nothing is written"


def test_history_leaves_out_the_same(detcov, tmp_path, rules):
    made = MadeRepository(tmp_path / "repo")
    text = next(rules.glob("*.toml")).read_text(encoding="utf-8")
    made.files = {"rules/a.toml": text}
    made.commit("2026-05-04")
    made.files = {"rules/drafts/b.toml": "[rule", "rules/drafts/c.toml": text}
    made.commit("2026-05-11")
    arguments = "diff", "HEAD~1", "HEAD", made.path / "rules", "--no-cache"
    assert detcov(*arguments)[0] == 3
    code, out, err = detcov(*arguments, "--exclude", "drafts")
    assert (code, err) == (0, "")
    assert "drafts" not in out


def test_a_folder_without_rules_is_no_side(detcov, tmp_path, rules):
    (tmp_path / "empty").mkdir()
    code, out, err = detcov("diff", f"path:{tmp_path / 'empty'}", f"path:{rules}")
    assert (code, out) == (3, "")
    assert "no rules found among 0 files; name the folder" in err
