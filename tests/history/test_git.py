import os
import shutil
import subprocess
import sys

import pygit2
import pytest
from pygit2.enums import ObjectType

from detcov.errors import HistoryError, SourceError
from detcov.history.git import open_repository
from detcov.history.revision import Commit
from detcov.history.tree import GitSource, Trees
from detcov.model import ParseFailure, PassedOver, Reason
from detcov.source import Exclude, FolderSource, blob_id
from made_git import LINK, SUBMODULE, MadeRepository, seconds

TOML = frozenset({".toml"})
NOW = seconds("2026-06-01")
OPEN = """
import sys
from pathlib import Path
from detcov.errors import HistoryError
from detcov.history.git import open_repository
try:
    open_repository(Path(sys.argv[1]))
    print("opened")
except HistoryError as error:
    print(error)
"""


@pytest.fixture
def made(tmp_path):
    return MadeRepository(tmp_path / "repo")


def source(repository, commit=None, folder="rules", **fields):
    commit = commit or repository.head()
    return GitSource(label="rules", trees=Trees(repository), commit=commit, folder=folder, **fields)


def listed(found):
    """What a source gives, as (path, content), (path, message) or (path, reason)."""
    return [
        (one.path, one.message)
        if isinstance(one, ParseFailure)
        else (one.path, one.reason)
        if isinstance(one, PassedOver)
        else (one.path, one.read())
        for one in found
    ]


def test_a_commit_gives_the_files_of_its_folder(made):
    made.files = {
        "rules/b/one.toml": "1",
        "rules/a.TOML": "2",
        "rules/note.md": "3",
        "rules/.hidden/x.toml": "4",
        "rules/.x.toml": "5",
        "other/x.toml": "6",
    }
    made.commit("2026-05-04")
    found = list(source(open_repository(made.path)).documents(TOML))
    assert listed(found) == [
        (".hidden/", Reason.DOT),
        (".x.toml", Reason.DOT),
        ("a.TOML", b"2"),
        ("b/one.toml", b"1"),
        ("note.md", Reason.ENDING),
    ]
    assert [one.key for one in found[2:4]] == [blob_id(b"2"), blob_id(b"1")]
    assert {one.label for one in found[2:4]} == {"rules"}


@pytest.mark.parametrize("there", ["committed", "COMMITTED", "another length", "", None])
def test_content_is_the_commits_whatever_the_working_tree_holds(made, there):
    made.files = {"rules/a.toml": "committed"}
    made.commit("2026-05-04")
    (made.path / "rules").mkdir()
    if there is not None:
        (made.path / "rules" / "a.toml").write_text(there)
    found = source(open_repository(made.path)).documents(TOML)
    assert listed(found) == [("a.toml", b"committed")]


def test_the_same_bytes_are_read_in_the_working_tree(made):
    made.files = {"rules/a.toml": "committed"}
    made.commit("2026-05-04")
    (made.path / "rules").mkdir()
    (made.path / "rules" / "a.toml").write_text("committed")
    repository, sha = open_repository(made.path), blob_id(b"committed")
    assert repository.size(sha) == len("committed")
    (made.path / ".git" / "objects" / sha[:2] / sha[2:]).unlink()
    assert repository.read(sha, "rules/a.toml") == b"committed"
    for path in ("", "rules/b.toml", "rules", "\0"):
        with pytest.raises(HistoryError, match=f"object {sha} is missing or damaged"):
            repository.read(sha, path)


def test_a_pipe_in_the_working_tree_is_not_waited_for(made):
    made.files = {"rules/a.toml": "committed"}
    made.commit("2026-05-04")
    (made.path / "rules").mkdir()
    os.mkfifo(made.path / "rules" / "a.toml")
    found = source(open_repository(made.path)).documents(TOML)
    assert listed(found) == [("a.toml", b"committed")]


def test_what_only_the_working_tree_holds_is_no_rule_of_a_commit(made):
    made.files = {"rules/a.toml": "committed"}
    made.commit("2026-05-04")
    (made.path / "rules").mkdir()
    (made.path / "rules" / "b.toml").write_text("only here")
    before = sorted(path for path in made.path.rglob("*") if path.is_file())
    found = source(open_repository(made.path)).documents(TOML)
    assert listed(found) == [("a.toml", b"committed")]
    assert sorted(path for path in made.path.rglob("*") if path.is_file()) == before


def test_links_lead_to_what_the_commit_has(made):
    made.files = {
        "rules/real/a.toml": "1",
        "rules/again": (LINK, "real"),
        "rules/file.toml": (LINK, "real/a.toml"),
        "rules/loop": (LINK, "."),
        "rules/out.toml": (LINK, "../../etc/passwd"),
        "rules/root": (LINK, "/etc"),
        "rules/self.toml": (LINK, "self.toml"),
        "rules/shared": (LINK, "../shared"),
        "shared/b.toml": "2",
    }
    made.commit("2026-05-04")
    nowhere = "can't be read: a link to what the commit doesn't have"
    assert listed(source(open_repository(made.path)).documents(TOML)) == [
        ("file.toml", b"1"),
        ("out.toml", nowhere),
        ("real/a.toml", b"1"),
        ("root", nowhere),
        ("self.toml", nowhere),
        ("shared/b.toml", b"2"),
    ]


def test_a_checkout_gives_the_same_documents_as_its_commit(made):
    made.files = {
        "rules/z.toml": "1",
        "rules/a/b.toml": "2",
        "rules/a-c.toml": "3",
        "rules/x": "4",
        "rules/.github/a.toml": "5",
        "rules/.x.toml": "6",
        "rules/a/tests/a.toml": "7",
    }
    made.commit("2026-05-04")
    made.git.checkout("HEAD", strategy=pygit2.enums.CheckoutStrategy.FORCE)
    exclude = Exclude.of(["**/tests"])
    here = FolderSource(label="rules", root=made.path / "rules", exclude=exclude).documents(TOML)
    there = source(open_repository(made.path), exclude=exclude).documents(TOML)

    def keyed(found):
        return sorted(
            (one.path, one.reason if isinstance(one, PassedOver) else one.key) for one in found
        )

    assert keyed(here) == keyed(there)


def test_one_file_can_be_a_source(made):
    made.files = {"rules/a.rule": "1"}
    made.commit("2026-05-04")
    found = source(open_repository(made.path), folder="rules/a.rule")
    assert listed(found.documents(TOML)) == [("a.rule", b"1")]
    assert {path: file.sha for path, file in found.files().items()} == {"a.rule": blob_id(b"1")}


def test_a_folder_that_the_commit_lacks_is_named(made):
    made.files = {"rules/a.toml": "1"}
    sha = made.commit("2026-05-04")
    with pytest.raises(SourceError) as raised:
        list(source(open_repository(made.path), folder="gone").documents(TOML))
    assert str(raised.value) == f"gone: not in commit {sha[:10]} (2026-05-04)"


def test_large_files_are_left_out(made):
    made.files = {"rules/a.toml": "12345", "rules/b.toml": "1234"}
    made.commit("2026-05-04")
    found = source(open_repository(made.path), max_bytes=4).documents(TOML)
    assert listed(found) == [
        ("a.toml", "5 bytes, over the limit of 4 (max-bytes)"),
        ("b.toml", b"1234"),
    ]


def test_names_that_are_not_utf8_show_as_escapes(made):
    made.files = {"rules/caf\udce9.toml": "1", "rules/tö.toml": "2"}
    made.commit("2026-05-04")
    found = source(open_repository(made.path))
    assert listed(found.documents(TOML)) == [("caf\\xe9.toml", b"1"), ("tö.toml", b"2")]
    assert set(found.files()) == {"caf\udce9.toml", "tö.toml"}


@pytest.fixture
def line(made):
    """Five commits on main, one of them a merge that a side branch came in with."""
    made.files = {"rules/a.toml": "1"}
    shas = [made.commit("2026-05-04", "one")]
    made.files = {"rules/a.toml": "2"}
    shas.append(made.commit("2026-05-11", "two"))
    made.files = {"rules/a.toml": "2", "rules/side.toml": "s"}
    side = made.commit("2026-05-12", "side", parents=[shas[0]], branch="side")
    shas.append(made.commit("2026-05-18", "merge", parents=[shas[1], side]))
    made.files = {"rules/a.toml": "3"}
    shas.append(made.commit("2026-05-25", "four"))
    made.git.references.create("refs/tags/v1", pygit2.Oid(hex=shas[1]))
    made.git.create_tag(
        "v2",
        pygit2.Oid(hex=shas[2]),
        pygit2.enums.ObjectType.COMMIT,
        pygit2.Signature("Tester", "tester@example.org", 0, 0),
        "annotated",
    )
    return made, shas


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("HEAD", 3),
        ("main", 3),
        ("HEAD~1", 2),
        ("v1", 1),
        ("v2", 2),
        ("2026-05-25", 3),
        ("2026-05-24", 2),
        ("2026-05-18", 2),
        ("2026-05-17", 1),
        ("2026-05-11T11:59:00", 0),
        ("2026-05-11T12:00:00+00:00", 1),
        ("2026-05-11T13:00:00+02:00", 0),
        ("1w", 3),
        ("2w", 2),
        ("15d", 1),
        ("4w", 0),
    ],
)
def test_a_revision_by_name_date_or_span(line, text, position):
    made, shas = line
    assert open_repository(made.path).commit(text, now=NOW).sha == shas[position]


def test_a_revision_by_its_hash(line):
    made, shas = line
    repository = open_repository(made.path)
    for sha in shas:
        assert repository.commit(sha, now=NOW).sha == repository.commit(sha[:9], now=NOW).sha == sha


def test_a_branch_called_like_a_date_is_meant_before_the_date(line):
    made, shas = line
    made.git.references.create("refs/heads/2026-05-25", pygit2.Oid(hex=shas[0]))
    assert open_repository(made.path).commit("2026-05-25", now=NOW).sha == shas[0]


def test_dates_follow_the_first_parents(line):
    made, shas = line
    repository = open_repository(made.path)
    walked = [one.sha for one in repository.first_parents(repository.head())]
    assert walked == shas[::-1]
    assert repository.commit("2026-05-12", now=NOW).sha == shas[1]


def test_a_commit_tells_its_day_and_summary(line):
    made, shas = line
    assert open_repository(made.path).head() == Commit(
        sha=shas[3], time=seconds("2026-05-25"), summary="four"
    )
    assert str(open_repository(made.path).head()) == f"{shas[3][:10]} (2026-05-25)"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "2026-05-03",
            "no commit as early as 2026-05-03; the history begins at {first}",
        ),
        (
            "9w",
            "no commit as early as 9w; the history begins at {first}",
        ),
        ("nosuch", "no revision 'nosuch'"),
        ("v1..v2", "'v1..v2' names no one commit"),
        ("HEAD^{tree}", "'HEAD^{tree}' names no one commit"),
        ("", "'' names no one commit"),
        ("2026-13-01", "no revision '2026-13-01'"),
    ],
)
def test_what_names_no_commit_is_said(line, text, message):
    made, shas = line
    message = message.replace(
        "{first}", f"{shas[0][:10]} (2026-05-04): name that commit, or a later day"
    )
    with pytest.raises(HistoryError) as raised:
        open_repository(made.path).commit(text, now=NOW)
    assert str(raised.value) == f"{made.path}: {message}"


def git(*arguments, cwd=None):
    """The real git, for what pygit2 can't make."""
    if shutil.which("git") is None:
        pytest.skip("needs git")
    subprocess.run(
        ["git", "-c", "protocol.file.allow=always", *map(str, arguments)],
        cwd=cwd,
        check=True,
        capture_output=True,
    )


def fails(path, text="1w"):
    with pytest.raises(HistoryError) as raised:
        open_repository(path).commit(text, now=NOW)
    return str(raised.value)


class TestOddRepositories:
    def test_no_commit(self, made):
        assert fails(made.path) == f"{made.path}: has no commit yet"

    def test_one_commit(self, made):
        made.files = {"rules/a.toml": "1"}
        sha = made.commit("2026-05-04")
        assert open_repository(made.path).commit("1w", now=NOW).sha == sha
        assert open_repository(made.path).at(seconds("2026-05-03"), Commit(sha=sha, time=0)) is None

    def test_detached(self, line):
        made, shas = line
        made.git.set_head(pygit2.Oid(hex=shas[1]))
        assert open_repository(made.path).head().sha == shas[1]

    def test_bare(self, tmp_path):
        made = MadeRepository(tmp_path / "bare.git", bare=True)
        made.files = {"rules/a.toml": "1"}
        made.commit("2026-05-04")
        repository = open_repository(made.path)
        assert listed(source(repository).documents(TOML)) == [("a.toml", b"1")]
        assert repository.root is None

    def test_worktree(self, line, tmp_path):
        made, shas = line
        git("worktree", "add", "--detach", tmp_path / "tree", shas[0], cwd=made.path)
        repository = open_repository(tmp_path / "tree" / "rules")
        assert repository.head().sha == shas[0]
        assert repository.root == tmp_path / "tree"

    def test_submodule_as_repository(self, line, tmp_path):
        made, shas = line
        git("init", "-q", tmp_path / "outer")
        git("submodule", "add", made.path, "inner", cwd=tmp_path / "outer")
        assert open_repository(tmp_path / "outer" / "inner" / "rules").head().sha == shas[3]

    def test_submodule_inside_the_rules(self, line, tmp_path):
        inner, shas = line
        outer = MadeRepository(tmp_path / "outer")
        outer.files = {"rules/sub": (SUBMODULE, shas[1]), "rules/z.toml": "z"}
        outer.commit("2026-05-20")
        repository = open_repository(outer.path)
        away = "can't be read: a submodule that isn't checked out, or not at this commit"
        assert listed(source(repository).documents(TOML)) == [
            ("sub", away),
            ("z.toml", b"z"),
        ]
        git("clone", "-q", inner.path, outer.path / "rules" / "sub")
        assert listed(source(repository).documents(TOML)) == [
            ("sub/rules/a.toml", b"2"),
            ("z.toml", b"z"),
        ]

    def test_shallow(self, line, tmp_path):
        made, shas = line
        git("clone", "-q", "--depth", "2", f"file://{made.path}", tmp_path / "shallow")
        repository = open_repository(tmp_path / "shallow")
        assert repository.commit("2w", now=NOW).sha == shas[2]
        assert fails(tmp_path / "shallow", "3w") == (
            f"{tmp_path}/shallow: a shallow clone whose history begins at {shas[2][:10]} "
            "(2026-05-18); fetch the rest with: git fetch --unshallow "
            "(in a workflow: fetch-depth: 0)"
        )
        assert fails(tmp_path / "shallow", shas[0]) == (
            f"{tmp_path}/shallow: no revision '{shas[0]}'; the clone is shallow: fetch the rest "
            "with: git fetch --unshallow (in a workflow: fetch-depth: 0)"
        )

    def test_a_whole_history_is_not_cut(self, line):
        made, shas = line
        repository = open_repository(made.path)
        assert not repository.is_cut(repository.commit(shas[0], now=NOW))

    def test_sha256(self, tmp_path):
        git("init", "-q", "--object-format=sha256", tmp_path / "sha256")
        assert fails(tmp_path / "sha256") == (
            f"{tmp_path}/sha256: a repository of object format SHA-256, which libgit2 can't "
            "read; use snapshots (detcov snapshot --date DAY)"
        )

    def test_foreign_owner(self, line):
        made, _ = line
        if not hasattr(os, "geteuid") or os.geteuid() != 0:
            pytest.skip("only root can give a folder to somebody else")
        for path in (made.path, *made.path.rglob("*")):
            os.chown(path, 65534, 65534)
        assert fails(made.path) == (
            f"{made.path}: the repository belongs to another user; if you trust it: "
            f"git config --global --add safe.directory {made.path}"
        )

    @pytest.mark.parametrize("inside", ["rules/linux", "rules", "a link", ".git", "bare"])
    @pytest.mark.parametrize("whose", ["all", ".git"])
    def test_following_the_advice_on_a_foreign_owner_works(self, line, tmp_path, inside, whose):
        made, _ = line
        if not hasattr(os, "geteuid") or os.geteuid() != 0:
            pytest.skip("only root can give a folder to somebody else")
        root = made.path.rename(tmp_path / "the team's rules")
        (root / "rules" / "linux").mkdir(parents=True)
        place = root / inside
        if inside == "a link":
            place = tmp_path / "link"
            place.symlink_to(root / "rules")
        elif inside == "bare":
            place = (root / ".git").rename(tmp_path / "bare.git")
            git("config", "-f", place / "config", "core.bare", "true")
        foreign = place if inside == "bare" else root if whose == "all" else root / ".git"
        for path in (foreign, *foreign.rglob("*")):
            os.chown(path, 65534, 65534)
        # libgit2 learnt where the global settings lie when it was loaded: another process asks.
        command = [sys.executable, "-c", OPEN, str(place)]
        environment = os.environ | {"HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
        environment.pop("XDG_CONFIG_HOME", None)

        def ask():
            return subprocess.run(
                command, check=True, capture_output=True, text=True, env=environment
            ).stdout

        advice = ask().partition("if you trust it: ")[2].strip()
        assert advice.startswith("git config --global --add safe.directory ")
        subprocess.run(advice, shell=True, check=True, env=environment)
        assert ask() == "opened\n"

    def test_no_repository(self, tmp_path):
        assert fails(tmp_path / "x" / "y") == (
            f"{tmp_path}/x/y: not in a git repository; weekly, diff and --baseline take snapshots, "
            "too (detcov snapshot)"
        )

    def test_rules_in_a_subfolder(self, made, monkeypatch):
        (made.path / "a" / "rules").mkdir(parents=True)
        repository = open_repository(made.path / "a" / "rules")
        assert repository.folder_of(made.path / "a" / "rules") == "a/rules"
        assert repository.folder_of(made.path) == ""
        monkeypatch.chdir(made.path / "a")
        assert [repository.folder_of(made.path.__class__(one)) for one in ("rules", ".", "..")] == [
            "a/rules",
            "a",
            "",
        ]

    def test_a_path_outside_the_repository(self, made, tmp_path):
        with pytest.raises(HistoryError) as raised:
            open_repository(made.path).folder_of(tmp_path / "repo-beside")
        assert str(raised.value) == f"{tmp_path}/repo-beside: outside the repository {made.path}"

    def test_partial_clone(self, line, tmp_path):
        made, _ = line
        git("config", "uploadpack.allowFilter", "true", cwd=made.path)
        place = tmp_path / "partial"
        git("clone", "-q", "--bare", "--filter=blob:none", f"file://{made.path}", place)
        with pytest.raises(HistoryError) as raised:
            listed(source(open_repository(place)).documents(TOML))
        assert str(raised.value) == (
            f"{place}: object {blob_id(b'3')} is missing or damaged (a partial clone fetches it "
            "with: git fetch --refetch --no-filter)"
        )

    @pytest.mark.parametrize("how", [b"", b"no commit", b"tree 0\n\nx"])
    def test_what_is_no_commit_at_all(self, made, how):
        made.files = {"rules/a.toml": "1"}
        made.commit("2026-05-04")
        broken = made.git.odb.write(ObjectType.COMMIT, how)
        (made.path / ".git" / "refs" / "heads" / "main").write_text(f"{broken}\n")
        assert fails(made.path).startswith(f"{made.path}: object {broken} is missing or damaged")

    def test_a_folder_with_a_name_that_is_none(self, made):
        made.files = {"rules/a.toml": "1"}
        head = made.git[made.commit("2026-05-04")]
        broken = made.git.odb.write(ObjectType.TREE, b"100644 \0" + bytes(20))
        top = made.git.odb.write(ObjectType.TREE, b"40000 rules\0" + broken.raw)
        who = head.author
        made.git.create_commit("refs/heads/main", who, who, "x", top, [head.id])
        repository = open_repository(made.path)
        with pytest.raises(HistoryError, match=r"rules/a of .*: failed to parse tree"):
            listed(source(repository, folder="rules/a").documents(TOML))

    def test_folders_in_folders_without_end(self, made):
        made.files = {"a.toml": "1"}
        head = made.git[made.commit("2026-05-04")]
        inner = head.tree.id
        for _ in range(1_500):
            inner = made.git.odb.write(ObjectType.TREE, b"40000 d\0" + inner.raw)
        who = head.author
        made.git.create_commit("refs/heads/main", who, who, "x", inner, [head.id])
        with pytest.raises(HistoryError, match=r"d/d/d/.*…: folders nested too deeply$"):
            listed(source(open_repository(made.path), folder="d").documents(TOML))

    def test_references_that_are_damaged(self, line):
        made, shas = line
        (made.path / ".git" / "packed-refs").write_bytes(b"\xff\xfe")
        assert open_repository(made.path).commit("2026-05-12", now=NOW).sha == shas[1]

    def test_a_history_that_leads_back_to_itself(self, line):
        made, shas = line
        info = made.path / ".git" / "info"
        info.mkdir(exist_ok=True)
        (info / "grafts").write_text(f"{shas[0]} {shas[3]}\n")
        repository = open_repository(made.path)
        with pytest.raises(HistoryError) as raised:
            repository.commit("2020-01-01", now=NOW)
        assert str(raised.value) == (f"{made.path}: the history before {shas[3]} leads back to it")

    def test_ten_thousand_commits(self, made):
        made.files = {"rules/a.toml": "1"}
        who = pygit2.Signature("Tester", "tester@example.org", seconds("2026-05-04"), 0)
        tree = made.git[made.commit("2026-05-04")].tree.id
        last = made.git.references["refs/heads/main"].target
        for _ in range(10_000):
            last = made.git.create_commit(None, who, who, "more", tree, [last])
        made.git.references.create("refs/heads/main", last, force=True)
        repository = open_repository(made.path)
        assert sum(1 for _ in repository.first_parents(repository.head())) == 10_001
        assert repository.at(seconds("2026-05-03"), repository.head()) is None
