import subprocess
import sys

import pygit2
import pytest
from pygit2.enums import ObjectType

from detcov.errors import HistoryError
from detcov.history.git import open_repository
from detcov.history.loose import LooseObjects, objects_folder
from detcov.source import blob_id
from history.test_git import TOML, git, listed, source
from made_git import MadeRepository


@pytest.fixture
def made(tmp_path):
    made = MadeRepository(tmp_path / "repo")
    made.files = {"rules/a.toml": "".join(map(str, range(100)))}
    made.commit("2026-05-04")
    return made


def cut(made, sha):
    path = made.path / ".git" / "objects" / sha[:2] / sha[2:]
    path.chmod(0o644)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def of_commit(made):
    return str(made.git.head.target)


def of_tree(made):
    return str(made.git.head.peel().tree.id)


def of_folder(made):
    return str(made.git.head.peel().tree["rules"].id)


def of_file(made):
    return blob_id(made.files["rules/a.toml"].encode())


@pytest.mark.parametrize("which", [of_commit, of_tree, of_folder, of_file])
def test_an_object_whose_file_is_cut_off_is_damaged(made, which):
    sha = which(made)
    cut(made, sha)
    with pytest.raises(HistoryError, match=f"object {sha} is missing or damaged"):
        listed(source(open_repository(made.path)).documents(TOML))


@pytest.mark.parametrize("text", ["HEAD~1", "main~1^0", "HEAD^", "@~1", "{sha}", "old", "tag~0"])
def test_a_name_that_leads_to_what_is_cut_off(made, text):
    sha = of_commit(made)
    made.git.references.create("refs/heads/old", made.git.head.target)
    made.commit("2026-05-11")
    cut(made, sha)
    made.git.references.create("refs/tags/tag", sha)
    with pytest.raises(HistoryError, match=r"missing or damaged|no revision '@~1'"):
        open_repository(made.path).commit(text.format(sha=sha), now=0)


@pytest.mark.parametrize(
    "text",
    [
        "main^2",
        "main^2~1",
        "main~0^2^0",
        "@^2",
        "HEAD^2",
        "{short}^2",
        "main^2nd",
        "{cut:.12}",
        "{upper:.12}",
        "v1-1-g{cut:.10}",
        "annotated",
        "annotated~1",
        "main^{{commit}}^2",
        "main^{{/Nothing}}",
        ":/Nothing",
        "side@{{0}}",
    ],
)
def test_a_name_that_leads_past_a_second_parent_that_is_cut_off(made, text):
    """In a process of its own: libgit2 can't be interrupted."""
    first = of_commit(made)
    made.files["rules/b.toml"] = "b"
    side = made.commit("2026-05-05", parents=[first], branch="side")
    merge = made.commit("2026-05-06", parents=[first, side])
    who = pygit2.Signature("Tester", "tester@example.org", 0, 0)
    made.git.create_tag("annotated", side, ObjectType.COMMIT, who, "A tag")
    cut(made, side)
    code = (
        "import sys; from pathlib import Path\n"
        "from detcov.errors import HistoryError\n"
        "from detcov.history.git import open_repository\n"
        "try: open_repository(Path(sys.argv[1])).commit(sys.argv[2], now=0)\n"
        "except HistoryError as error: print(error)"
    )
    text = text.format(short=merge[:10], cut=side, upper=side.upper())
    asked = [sys.executable, "-c", code, str(made.path), text]

    told = subprocess.run(asked, capture_output=True, text=True, timeout=30, check=True).stdout

    assert f"object {side} is missing or damaged" in told


@pytest.mark.parametrize(
    "text", ["main^2", "main^1^0", "{short}~1", "annotated", "main^{{commit}}"]
)
def test_what_leads_past_whole_objects_is_found(made, text):
    first = of_commit(made)
    side = made.commit("2026-05-05", message="B", parents=[first], branch="side")
    merge = made.commit("2026-05-06", parents=[first, side])
    who = pygit2.Signature("Tester", "tester@example.org", 0, 0)
    made.git.create_tag("annotated", side, ObjectType.COMMIT, who, "A tag")
    meant = {"main^2": side, "annotated": side, "main^{{commit}}": merge}

    found = open_repository(made.path).commit(text.format(short=merge[:10]), now=0)

    assert found.sha == meant.get(text, first)


@pytest.mark.parametrize("text", ["main^2", "main^9", "{first}^1", "main^1^1"])
def test_a_parent_that_there_is_not(made, text):
    with pytest.raises(HistoryError, match=r"names no one commit|no revision"):
        open_repository(made.path).commit(text.format(first=of_commit(made)), now=0)


@pytest.mark.parametrize("digits", [30, 5000])
def test_a_name_further_back_than_there_is_history(made, digits):
    of_commit(made)
    with pytest.raises(HistoryError, match=r"'HEAD~9+' names no one commit"):
        open_repository(made.path).commit(f"HEAD~{'9' * digits}", now=0)


@pytest.mark.parametrize("text", ["HEAD^1st", "HEAD^first", "HEAD~1-x", "^HEAD", "~1", "^"])
def test_what_only_looks_like_steps_back(made, text):
    of_commit(made)
    with pytest.raises(HistoryError, match=r"names no one commit|no revision"):
        open_repository(made.path).commit(text, now=0)


def test_a_work_tree_has_the_objects_of_its_repository(made, tmp_path):
    git("worktree", "add", "-q", tmp_path / "beside", "HEAD", "--detach", cwd=made.path)
    inside = made.path / ".git" / "worktrees" / "beside"
    assert objects_folder(inside).resolve() == (made.path / ".git" / "objects").resolve()
    cut(made, of_folder(made))
    with pytest.raises(HistoryError, match="missing or damaged"):
        listed(source(open_repository(tmp_path / "beside")).documents(TOML))


def test_only_what_ends_too_soon_is_cut_off(made, tmp_path):
    objects = made.path / ".git" / "objects"
    sha = of_file(made)
    loose = LooseObjects(objects)
    assert not loose.is_cut_off(sha)
    assert not loose.begins_cut_off(sha)
    assert not loose.is_cut_off("0" * 40)
    assert not LooseObjects(tmp_path / "nosuch").is_cut_off(sha)
    path = objects / sha[:2] / sha[2:]
    path.chmod(0o644)
    path.write_bytes(b"no zlib")
    assert not loose.is_cut_off(sha)
    assert not loose.begins_cut_off(sha)
    path.write_bytes(b"")
    assert loose.is_cut_off(sha)
    assert loose.begins_cut_off(sha)


def test_the_size_is_told_by_the_beginning(made):
    objects = made.path / ".git" / "objects"
    sha = of_file(made)
    cut(made, sha)
    assert LooseObjects(objects).is_cut_off(sha)
    assert not LooseObjects(objects).begins_cut_off(sha)
