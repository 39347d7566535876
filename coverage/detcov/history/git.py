"""Reads a git repository: its commits and the rules in them. The working tree is never touched."""

import os
import re
import shlex
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

import pygit2

from detcov.errors import HistoryError
from detcov.history.loose import LooseObjects, objects_folder
from detcov.history.revision import Commit, moment
from detcov.source import blob_id, exists, is_folder, printable, read_file

_STEP: Final = re.compile(r"[~^]\d{0,9}", re.ASCII)
_FAR: Final = 10**6
_HASH: Final = re.compile("(?:.*-g)?([0-9A-Fa-f]{4,40})")
"""A hash, its beginning, or what `git describe` makes of it"""
_SEARCHES: Final = (":", "{")
"""What stands in names that libgit2 looks through commits or logs for"""
_ELSEWHERE: Final = "weekly, diff and --baseline take snapshots, too (detcov snapshot)"
_UNSHALLOW: Final = "fetch the rest with: git fetch --unshallow (in a workflow: fetch-depth: 0)"


class GitRepository:
    """An open repository. `open_repository` makes it; every error is a `HistoryError`."""

    def __init__(self, repository: pygit2.Repository) -> None:
        self._repository = repository
        self._objects = repository.odb
        self._loose = LooseObjects(objects_folder(Path(repository.path)))
        self._sizes: dict[str, int] = {}
        self._submodules: dict[str, GitRepository] = {}
        self._working_tree: str | None = repository.workdir
        self._whole: set[str] = set()

    @property
    def root(self) -> Path | None:
        """The working tree; None where the repository is bare."""
        return None if self._working_tree is None else Path(self._working_tree)

    @property
    def name(self) -> str:
        """What messages call it."""
        return printable(str(self.root or self._repository.path).rstrip("/"))

    def head(self) -> Commit:
        """What is checked out, or what HEAD names in a bare repository."""
        try:
            target = None if self._repository.head_is_unborn else self._repository.head.target
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise HistoryError(f"{self.name}: 'HEAD' names no one commit") from error
        if target is None:
            raise HistoryError(f"{self.name}: has no commit yet")
        return _commit(self._lookup(str(target)))

    def commit(self, text: str, *, now: int, head: Commit | None = None) -> Commit:
        """The commit that a text means: a name or hash, else a span or date (see `moment`).

        A date means the newest commit not later than it, on the first-parent line from `head`
        (HEAD, where none is given). A branch called like a date is meant before the date.
        """
        text = text.strip()
        when = moment(text, now)
        if when is None or self._is_reference(text):
            return self._named(text)
        start = head or self.head()
        found = self.at(when, start)
        if found is None:
            *_, first = self.first_parents(start)
            raise HistoryError(
                f"{self.name}: no commit as early as {text}; the history begins at {first}: "
                "name that commit, or a later day"
            )
        return found

    def at(self, when: int, head: Commit) -> Commit | None:
        """The newest commit not later than `when`, on the first-parent line from `head`.

        None where all are later. Raises `HistoryError` where a shallow clone hides the answer.
        """
        last = head
        for commit in self.first_parents(head):
            if commit.time <= when:
                return commit
            last = commit
        self.forbid_shallow(last)
        return None

    def first_parents(self, head: Commit) -> Iterator[Commit]:
        """`head` and its first parents, newest first: what the branch was, merges as one step."""
        sha: str | None = head.sha
        seen: set[str] = set()
        while sha is not None:
            if sha in seen:  # what grafts can do
                raise HistoryError(f"{self.name}: the history before {sha} leads back to it")
            seen.add(sha)
            found = self._lookup(sha)
            yield _commit(found)
            sha = str(found.parent_ids[0]) if found.parent_ids else None

    def merge_base(self, one: Commit, other: Commit) -> Commit | None:
        """The newest commit that both came from; None where they have nothing in common."""
        try:
            found: pygit2.Oid | None = self._repository.merge_base(one.sha, other.sha)
        except (KeyError, pygit2.GitError) as error:
            raise HistoryError(
                f"{self.name}: the history between {one} and {other} isn't here; {_UNSHALLOW}"
            ) from error
        return None if found is None else _commit(self._lookup(str(found)))

    def forbid_shallow(self, first: Commit) -> None:
        """Raise `HistoryError` where the history before a commit was cut off by a shallow clone."""
        # libgit2 hides the parents that a shallow clone lacks; the object itself still names them.
        if not self._lookup(first.sha).parent_ids and b"\nparent " in self._raw(first.sha)[:400]:
            raise HistoryError(
                f"{self.name}: a shallow clone whose history begins at {first}; {_UNSHALLOW}"
            )

    def is_cut(self, first: Commit) -> bool:
        """Whether a shallow clone cut off what was before a commit."""
        try:
            self.forbid_shallow(first)
        except HistoryError:
            return True
        return False

    def tree(self, commit: Commit) -> pygit2.Tree:
        """The files of a commit."""
        found = self._lookup(commit.sha)
        self._forbid_cut_off(str(found.tree_id))
        try:
            return found.tree
        except (KeyError, pygit2.GitError) as error:
            raise self._missing(commit.sha) from error

    def folder(self, sha: str) -> bytes:
        """The tree object of a folder, by its hash."""
        return self._raw(sha)

    def submodule(self, path: str) -> "GitRepository | None":
        """The repository of a submodule that is checked out at a path; else None."""
        if self.root is None:
            return None
        place = self.root / path
        if path not in self._submodules and exists(place / ".git"):
            self._submodules[path] = open_repository(place)
        return self._submodules.get(path)

    def has(self, sha: str) -> bool:
        """Whether an object is here."""
        return sha in self._repository

    def size(self, sha: str) -> int:
        """Bytes of a file's content."""
        if (known := self._sizes.get(sha)) is None:
            if self._loose.begins_cut_off(sha):
                raise self._missing(sha)
            try:
                known = self._objects.read_header(sha)[1]
            except (KeyError, pygit2.GitError) as error:
                raise self._missing(sha) from error
            self._sizes[sha] = known
        return known

    def read(self, sha: str, path: str = "") -> bytes:
        """A file's content. `path` is where it may lie in the working tree.

        Where the same bytes lie there, they are taken: git's own are deflated, and inflating
        takes several times as long as reading.
        """
        if path and (data := self._checked_out(sha, path)) is not None:
            return data
        data = self._raw(sha)
        # What was parsed is remembered by this hash: it must be the content's own.
        if blob_id(data) != sha:
            raise self._missing(sha)
        return data

    def _checked_out(self, sha: str, path: str) -> bytes | None:
        """A file of the working tree, if its content has this hash."""
        if self._working_tree is None:
            return None
        try:
            data = read_file(f"{self._working_tree}{path}", self.size(sha))
        except (OSError, ValueError):
            return None
        return data if isinstance(data, bytes) and blob_id(data) == sha else None

    def entry(self, commit: Commit, path: str) -> pygit2.Object | None:
        """What a commit has at a path; None where there is nothing."""
        found: pygit2.Object = self.tree(commit)
        for part in path.split("/"):
            if not isinstance(found, pygit2.Tree):
                return None
            self._forbid_cut_off(str(found.id))
            try:
                found = found[part]
            except (KeyError, ValueError):
                return None
            except pygit2.GitError as error:
                raise HistoryError(f"{self.name}: {path} of {commit}: {error}") from error
        return found

    def folder_of(self, path: Path) -> str:
        """A path as the repository knows it: POSIX, "" for its root.

        In a bare repository the path is taken as it is. Raises `HistoryError` for a path outside.
        """
        if self.root is None:
            if path.is_absolute() or ".." in path.parts:
                raise HistoryError(f"{path}: a bare repository has paths from its root only")
            return "" if path == Path() else path.as_posix()
        root, real = os.path.realpath(self.root), os.path.realpath(path)
        if real != root and not real.startswith(root.rstrip(os.sep) + os.sep):
            raise HistoryError(f"{path}: outside the repository {self.name}")
        relative = os.path.relpath(real, root)
        return "" if relative == "." else Path(relative).as_posix()

    def _is_reference(self, text: str) -> bool:
        try:
            self._repository.lookup_reference_dwim(text)
        except (KeyError, ValueError, pygit2.GitError):
            return False
        return True

    def _named(self, text: str) -> Commit:
        self._forbid_cut_off_before(text)
        try:
            found = self._repository.revparse_single(text).peel(pygit2.Commit)
        except KeyError as error:
            hint = f"; the clone is shallow: {_UNSHALLOW}" if self._repository.is_shallow else ""
            raise HistoryError(f"{self.name}: no revision {text!r}{hint}") from error
        except (ValueError, pygit2.GitError) as error:
            raise HistoryError(f"{self.name}: {text!r} names no one commit") from error
        return _commit(found)

    def _lookup(self, sha: str) -> pygit2.Commit:
        self._forbid_cut_off(sha)
        try:
            found = self._repository[sha]
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise self._missing(sha) from error
        if not isinstance(found, pygit2.Commit):
            raise HistoryError(f"{self.name}: {sha} is no commit")
        return found

    def _raw(self, sha: str) -> bytes:
        self._forbid_cut_off(sha)
        try:
            return self._objects.read(sha)[1]
        except (KeyError, pygit2.GitError) as error:
            raise self._missing(sha) from error

    def _forbid_cut_off(self, sha: str) -> None:
        if sha not in self._whole:
            if self._loose.is_cut_off(sha):
                raise self._missing(sha)
            self._whole.add(sha)

    def _forbid_cut_off_before(self, text: str) -> None:
        """As `_forbid_cut_off`, for what libgit2 reads to learn what "name~2^2" means."""
        if any(mark in text for mark in _SEARCHES):
            for sha in self._loose.all_cut_off():
                raise self._missing(sha)
            return
        at = self._tip(_STEP.split(text, maxsplit=1)[0])
        for step in _STEP.findall(text):
            if at is None:
                return  # of what leads nowhere libgit2 tells
            at = self._stepped(at, step)

    def _tip(self, name: str) -> pygit2.Commit | None:
        """The commit that a name, hash or beginning of a hash means."""
        try:
            reference = self._repository.lookup_reference_dwim("HEAD" if name == "@" else name)
            sha = str(reference.resolve().target)
        except (KeyError, ValueError, pygit2.GitError):
            found = _HASH.fullmatch(name)
            if found is None:
                return None
            sha = found[1].lower()
            for loose in self._loose.beginning_with(sha):
                self._forbid_cut_off(loose)
        return self._peeled(sha)

    def _peeled(self, sha: str) -> pygit2.Commit | None:
        """The commit of a hash or its beginning, or that a tag of this hash leads to."""
        while True:
            self._forbid_cut_off(sha)
            try:
                found: pygit2.Object | None = self._repository.get(sha)
            except (ValueError, pygit2.GitError):
                return None
            if isinstance(found, pygit2.Commit):
                return found
            if not isinstance(found, pygit2.Tag):
                return None
            sha = str(found.target)

    def _stepped(self, at: pygit2.Commit, step: str) -> pygit2.Commit | None:
        """The commit that is "~2" or "^2" from another."""
        far = int(step[1:] or 1)
        if step[0] == "~":
            *_, last = islice(self.first_parents(_commit(at)), min(far, _FAR) + 1)
            return self._lookup(last.sha)
        if far == 0:
            return at
        return self._lookup(str(at.parent_ids[far - 1])) if far <= len(at.parent_ids) else None

    def _missing(self, sha: str) -> HistoryError:
        return HistoryError(
            f"{self.name}: object {sha} is missing or damaged (a partial clone fetches it with: "
            "git fetch --refetch --no-filter)"
        )


def open_repository(path: Path) -> GitRepository:
    """The repository that a folder or file lies in, or is.

    Raises `HistoryError` where there is none, where it belongs to somebody else, or is of a kind
    that can't be read.
    """
    place = path
    while not is_folder(place) and place != place.parent:
        place = place.parent
    try:
        found = pygit2.discover_repository(str(place))
        if found is None:
            raise HistoryError(f"{path}: not in a git repository; {_ELSEWHERE}")
        return GitRepository(pygit2.Repository(found))
    except pygit2.GitError as error:
        raise HistoryError(f"{path}: {_reason(str(error), place)}") from error


def _reason(message: str, place: Path) -> str:
    if "not owned" in message:
        trusted = shlex.quote(printable(str(_root_around(place))))
        return (
            "the repository belongs to another user; if you trust it: "
            f"git config --global --add safe.directory {trusted}"
        )
    if "object format" in message or "sha256" in message:
        return (
            "a repository of object format SHA-256, which libgit2 can't read; use snapshots "
            "(detcov snapshot --date DAY)"
        )
    return f"not a git repository that can be read ({message})"


def _root_around(place: Path) -> Path:
    """Return the folder that git's `safe.directory` must name for what lies in `place`.

    It is the working tree's root, links resolved, or a bare repository itself. libgit2's message
    can't be used: it names `.git` where only that belongs to another user.
    """
    real = Path(os.path.realpath(place))
    for folder in (real, *real.parents):
        if exists(folder / ".git"):
            return folder
    return Path(pygit2.discover_repository(str(real)) or real)


def _commit(found: pygit2.Commit) -> Commit:
    summary = found.raw_message.decode("utf-8", "backslashreplace").strip().partition("\n")[0]
    return Commit(sha=str(found.id), time=found.commit_time, summary=summary.strip())
