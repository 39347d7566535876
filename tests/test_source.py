import os
import socket
import subprocess
import sys

import pytest

from detcov.errors import SourceError, UsageError
from detcov.model import ParseFailure, Reason
from detcov.source import Document, Exclude, FolderSource, blob_id, open_sources, printable

TOML = frozenset({".toml"})


def listed(root, **options):
    """What a source gives, briefly: text of a document, message of a failure, a reason."""
    return [
        (item.path, item.read())
        if isinstance(item, Document)
        else (item.path, item.message)
        if isinstance(item, ParseFailure)
        else (item.path, item.reason)
        for item in FolderSource(label="s", root=root, **options).documents(TOML)
    ]


def test_the_key_is_gits(tmp_path):
    # git hash-object of these contents
    assert blob_id(b"") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    assert blob_id(b"hello\n") == "ce013625030ba8dba906f756967f9e9ca394464a"
    (tmp_path / "a.toml").write_bytes(b"hello\n")
    (document,) = FolderSource(label="s", root=tmp_path).documents(TOML)
    assert (document.label, document.path, document.key, document.read()) == (
        "s",
        "a.toml",
        "ce013625030ba8dba906f756967f9e9ca394464a",
        b"hello\n",
    )


def test_files_come_in_order_with_posix_paths(tmp_path):
    for path in ("b/2.toml", "b/1.TOML", "a.toml", "b/c/x.toml", "z.txt", ".git/x.toml", ".x.toml"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path, encoding="utf-8")
    assert listed(tmp_path) == [
        (".x.toml", Reason.DOT),
        ("a.toml", b"a.toml"),
        ("z.txt", Reason.ENDING),
        ("b/1.TOML", b"b/1.TOML"),
        ("b/2.toml", b"b/2.toml"),
        ("b/c/x.toml", b"b/c/x.toml"),
    ]


def test_a_file_is_a_source_whatever_its_name(tmp_path):
    path = tmp_path / "rule.txt"
    path.write_bytes(b"x")
    assert listed(path) == [("rule.txt", b"x")]


@pytest.mark.parametrize(
    ("size", "found"),
    [
        (10, ("a.toml", b"x" * 10)),
        (11, ("a.toml", "11 bytes, over the limit of 10 (max-bytes)")),
        (4_000, ("a.toml", "4,000 bytes, over the limit of 10 (max-bytes)")),
    ],
)
def test_a_file_over_the_limit_is_named(tmp_path, size, found):
    (tmp_path / "a.toml").write_bytes(b"x" * size)
    assert listed(tmp_path, max_bytes=10) == [found]


def test_links_are_followed_and_loops_end(tmp_path):
    inside = tmp_path / "rules" / "inside"
    inside.mkdir(parents=True)
    (inside / "a.toml").write_bytes(b"a")
    (inside / "up").symlink_to(tmp_path / "rules")
    (inside / "here").symlink_to(inside)
    (tmp_path / "rules" / "z").symlink_to(inside)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "b.toml").write_bytes(b"b")
    (tmp_path / "rules" / "out").symlink_to(outside)
    assert listed(tmp_path / "rules") == [("inside/a.toml", b"a"), ("out/b.toml", b"b")]


def test_what_is_no_file_is_named_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.toml")
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "to_pipe.toml").symlink_to("pipe.toml")
    (tmp_path / "broken.toml").symlink_to("nowhere.toml")
    (tmp_path / "broken.txt").symlink_to("nowhere.toml")
    (tmp_path / "loop.toml").symlink_to("loop.toml")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "endless.toml").symlink_to("/dev/zero")
    server = socket.socket(socket.AF_UNIX)
    here = os.open(".", os.O_RDONLY)
    os.chdir(tmp_path)  # a socket's path may have a hundred letters only
    try:
        server.bind("socket.toml")
    finally:
        os.fchdir(here)
        os.close(here)
    assert listed(tmp_path) == [
        ("broken.toml", "can't be read: No such file or directory"),
        ("broken.txt", Reason.ENDING),
        ("endless.toml", "can't be read: not a regular file"),
        ("loop", Reason.ENDING),
        ("loop.toml", "can't be read: Too many levels of symbolic links"),
        ("pipe.toml", "can't be read: not a regular file"),
        ("pipe.txt", Reason.ENDING),
        ("socket.toml", "can't be read: No such device or address"),
        ("to_pipe.toml", "can't be read: not a regular file"),
    ]
    server.close()


def test_unreadable_files_and_folders_are_named(tmp_path, without_rights):
    rules = tmp_path / "rules"
    (rules / "closed").mkdir(parents=True)
    (rules / "closed" / "x.toml").write_bytes(b"x")
    (rules / "a.toml").write_bytes(b"a")
    (rules / "b.toml").write_bytes(b"b")
    (rules / "a.toml").chmod(0)
    (rules / "closed").chmod(0)
    try:
        with without_rights():
            found = listed(rules)
    finally:
        (rules / "closed").chmod(0o755)
    assert found == [
        ("a.toml", "can't be read: Permission denied"),
        ("b.toml", b"b"),
        ("closed", "can't be read: Permission denied"),
    ]


def test_several_files_are_one_source_named_from_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in ("a/x.toml", "b/x.toml", "c/y.toml", "d/z.toml"):
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).write_text(path, encoding="utf-8")
    sources = open_sources(("b/x.toml", "./a/x.toml", "c", "mine=d/z.toml"))
    found = [one for source in sources for one in source.documents(TOML)]
    assert [(one.label, one.path, one.read()) for one in found] == [
        ("files", "a/x.toml", b"a/x.toml"),
        ("files", "b/x.toml", b"b/x.toml"),
        ("c", "y.toml", b"c/y.toml"),
        ("mine", "z.toml", b"d/z.toml"),
    ]
    with pytest.raises(UsageError, match="two sources are called 'files'"):
        open_sources(("b/x.toml", "a/x.toml", "files=c"))


def test_a_path_that_is_missing_is_named_before_labels_are_judged(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.toml").write_bytes(b"")
    with pytest.raises(SourceError, match=r"^a/x\.toml: no such file or folder$"):
        open_sources(("x.toml", "a/x.toml"))


def test_a_closed_source_is_an_error(tmp_path, without_rights):
    (tmp_path / "closed" / "rules").mkdir(parents=True)
    (tmp_path / "closed").chmod(0)
    try:
        with without_rights():
            with pytest.raises(SourceError, match=r"/closed/rules: Permission denied$"):
                open_sources((f"{tmp_path}/closed/rules",))
            with pytest.raises(SourceError, match=r"/closed: Permission denied$"):
                list(open_sources((f"{tmp_path}/closed",))[0].documents(TOML))
    finally:
        (tmp_path / "closed").chmod(0o755)


@pytest.mark.skipif(sys.platform != "linux", reason="file names are bytes on Linux only")
def test_names_of_any_bytes_become_text(tmp_path):
    for name in (b"\xff.toml", b"new\nline.toml", b"[red].toml", b"=cmd.toml", b"::error::.toml"):
        (tmp_path / os.fsdecode(name)).write_bytes(b"x")
    assert [path for path, _ in listed(tmp_path)] == [
        "::error::.toml",
        "=cmd.toml",
        "[red].toml",
        "new\nline.toml",
        "\\xff.toml",
    ]
    assert printable("a\udcffb") == "a\\xffb"


def test_labels(tmp_path, monkeypatch):
    (tmp_path / "rules" / "sub").mkdir(parents=True)
    (tmp_path / "a=b").mkdir()
    (tmp_path / "link").symlink_to("rules")
    monkeypatch.chdir(tmp_path / "rules")

    def label(text):
        (source,) = open_sources((text,))
        return source.label, source.root.resolve().name

    assert label(".") == ("rules", "rules")
    assert label("..") == (tmp_path.name, tmp_path.name)
    assert label("sub/") == ("sub", "sub")
    assert label("../link") == ("link", "rules")
    assert label("mine=sub") == ("mine", "sub")
    assert label("../a=b") == ("a=b", "a=b")
    monkeypatch.chdir(tmp_path)
    assert label("a=b") == ("a=b", "a=b"), "a path that is there goes first"
    assert label("x=a=b") == ("x", "a=b")


def _said_of_a_null():
    try:
        os.stat("a\0b")  # noqa: PTH116 - its words are what is asked for
    except ValueError as error:
        return str(error)


NULL_IN_PATH = _said_of_a_null()
"""Python 3.13 words it otherwise than those before"""


@pytest.mark.parametrize(
    ("texts", "error", "message"),
    [
        (("nowhere",), SourceError, "nowhere: no such file or folder"),
        (("mine=nowhere",), SourceError, "nowhere: no such file or folder"),
        (("mine=",), UsageError, "mine=: names no folder or file behind the label"),
        (("=nowhere",), SourceError, "=nowhere: no such file or folder"),
        (("n" * 300,), SourceError, f"{'n' * 300}: File name too long"),
        (("a\0b",), SourceError, f"a\0b: {NULL_IN_PATH}"),
        (
            ("one/rules", "two/rules"),
            UsageError,
            "two sources are called 'rules': name them as label=PATH",
        ),
        (("x=one", "x=two"), UsageError, "two sources are called 'x': name them as label=PATH"),
    ],
)
def test_sources_that_cannot_be(tmp_path, monkeypatch, texts, error, message):
    (tmp_path / "one" / "rules").mkdir(parents=True)
    (tmp_path / "two" / "rules").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error) as raised:
        open_sources(texts)
    assert str(raised.value) == message


def test_a_pipe_is_no_source(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (source,) = open_sources((str(tmp_path / "pipe"),))
    with pytest.raises(SourceError, match=r"pipe: Not a directory$"):
        list(source.documents(TOML))


def test_a_file_that_goes_away_meanwhile_is_a_failure(tmp_path):
    (tmp_path / "a.toml").write_bytes(b"a")
    (tmp_path / "b.toml").write_bytes(b"b")
    documents = FolderSource(label="s", root=tmp_path).documents(TOML)
    next(documents)
    (tmp_path / "b.toml").unlink()
    assert list(documents) == [
        ParseFailure(source="s", path="b.toml", message="can't be read: No such file or directory")
    ]


def test_git_agrees_on_the_key(tmp_path):
    try:
        subprocess.run(["git", "--version"], check=True, capture_output=True)
    except OSError:
        pytest.skip("git isn't installed")
    (tmp_path / "a.toml").write_bytes("é\r\n\0".encode())
    said = subprocess.run(
        ["git", "hash-object", "--no-filters", "a.toml"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    (document,) = FolderSource(label="s", root=tmp_path).documents(TOML)
    assert document.key == said.stdout.strip()


@pytest.mark.parametrize(
    ("pattern", "left_out"),
    [
        ("tests", ["tests/a.toml", "tests/b/a.toml"]),
        ("tests/", ["tests/a.toml", "tests/b/a.toml"]),
        ("./tests/**", ["tests/a.toml", "tests/b/a.toml"]),
        ("**/tests", ["tests/a.toml", "tests/b/a.toml", "x/tests"]),
        ("**/tests/", ["tests/a.toml", "tests/b/a.toml"]),
        ("*.toml", ["a.toml"]),
        ("**/a.toml", ["a.toml", "tests/a.toml", "tests/b/a.toml", "x/a.toml"]),
        ("tests/*.toml", ["tests/a.toml"]),
        ("tests/**/a.toml", ["tests/a.toml", "tests/b/a.toml"]),
        ("?/[a-c].toml", ["x/a.toml"]),
        ("Tests", []),
        ("**", ["a.toml", "tests/a.toml", "tests/b/a.toml", "x/a.toml", "x/tests"]),
    ],
)
def test_a_glob_leaves_out_files_and_folders_below_the_source(pattern, left_out):
    paths = ["a.toml", "tests/a.toml", "tests/b/a.toml", "x/a.toml", "x/tests"]
    exclude = Exclude.of([pattern])
    assert [path for path in paths if exclude.covers(path)] == left_out


def test_many_stars_cost_no_more_than_few():
    exclude = Exclude.of(["**/" * 300 + "b"])
    assert not exclude.covers("a/" * 300 + "a")


@pytest.mark.parametrize("pattern", ["/rules/x", "../x", "a/../b", "", "./", "x" * 1_001])
def test_a_glob_that_leads_out_of_the_source_is_wrong_usage(pattern):
    with pytest.raises(UsageError, match=r"^exclude "):
        Exclude.of([pattern])


def test_what_is_left_out_is_not_opened_and_is_told(tmp_path):
    (tmp_path / "gone.toml").symlink_to("nowhere")
    (tmp_path / "a.toml").write_bytes(b"a")
    assert listed(tmp_path, exclude=Exclude.of(["gone.toml"])) == [
        ("a.toml", b"a"),
        ("gone.toml", Reason.EXCLUDED),
    ]
