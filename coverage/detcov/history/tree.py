"""The rules of one commit as a source, read from git's objects."""

import posixpath
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple

from msgspec import Struct

from detcov.errors import HistoryError, SourceError
from detcov.history.git import GitRepository
from detcov.history.revision import Commit
from detcov.model import ParseFailure, PassedOver, Reason
from detcov.source import MAX_BYTES, Document, Exclude, printable

_ENTRY: Final = re.compile(rb"[^\0]+\0.{20}", re.DOTALL)
"""Of a tree object: mode, name, and the SHA-1's 20 bytes"""
_FOLDER: Final = 0o040000
_FILE: Final = 0o100644
_LINK: Final = 0o120000
_SUBMODULE: Final = 0o160000
_SPECIAL: Final = frozenset({_LINK, _SUBMODULE})
_OUTSIDE: Final = "can't be read: a link to what the commit doesn't have"
_NOT_HERE: Final = "can't be read: a submodule that isn't checked out, or not at this commit"


class File(Struct, frozen=True, gc=False):
    """A file to read, with the repository that has it; else why it isn't or can't be read."""

    sha: str
    repository: GitRepository | None
    failure: str = ""
    passed_over: Reason | None = None


class Entry(NamedTuple):
    """Something in a folder, another folder too."""

    mode: int
    file: File

    @property
    def sha(self) -> str:
        """The hash of the file or folder."""
        return self.file.sha


class Trees:
    """What lies below the folders of a repository; each distinct folder is looked at once."""

    def __init__(self, repository: GitRepository) -> None:
        self.repository = repository
        self._below: dict[tuple[str, str], list[tuple[str, Entry]]] = {}
        self._made: defaultdict[str, dict[bytes, tuple[str, Entry]]] = defaultdict(dict)

    def below(self, sha: str, prefix: str = "") -> Sequence[tuple[str, Entry]]:
        """Path and entry of all files below a folder given by its hash.

        What begins with a dot is passed over, a folder as one entry whose path ends with a slash.
        `prefix` goes before each path. Raises `HistoryError` where folders are nested deeper than
        Python calls go.
        """
        if (sha, prefix) not in self._below:
            found: list[tuple[str, Entry]] = []
            for path, entry in self._entries(sha, prefix):
                if entry.mode == _FOLDER:
                    try:
                        found += self.below(entry.sha, f"{path}/")
                    except RecursionError as error:
                        where = f"{self.repository.name}: {path[:80]}…"
                        raise HistoryError(f"{where}: folders nested too deeply") from error
                else:
                    found.append((path, entry))
            self._below[sha, prefix] = found
        return self._below[sha, prefix]

    def _entries(self, sha: str, prefix: str) -> Iterator[tuple[str, Entry]]:
        """What a folder holds itself; pygit2 makes an object of each and takes twice as long.

        From one commit to the next most of a folder stays: what stayed is made once.
        """
        raw = _ENTRY.findall(self.repository.folder(sha))
        made = self._made[prefix]
        made |= {one: self._made_of(one, prefix) for one in raw if one not in made}
        return map(made.__getitem__, raw)

    def _made_of(self, raw: bytes, prefix: str) -> tuple[str, Entry]:
        written, _, name = raw[:-21].partition(b" ")
        mode, path = int(written, 8), prefix + _system_path(name)
        if name.startswith(b"."):
            slash = "/" if mode == _FOLDER else ""
            return path + slash, Entry(_FILE, File("", None, passed_over=Reason.DOT))
        return path, self.entry(raw[-20:].hex(), mode)

    def entry(self, sha: str, mode: int) -> Entry:
        """An entry with this hash and mode."""
        return Entry(mode, File(sha, self.repository))


class GitSource(Struct, frozen=True, kw_only=True):
    """A folder, or one file, of a commit: what `FolderSource` would find in a checkout of it."""

    label: str
    trees: Trees
    commit: Commit
    folder: str = ""
    """In the repository, POSIX; "" is its root"""
    max_bytes: int = MAX_BYTES
    exclude: Exclude = Exclude()
    only: Mapping[str, File] | None = None
    """Of `files`, those to hand on; None means all"""

    @property
    def key(self) -> str | None:
        """The hash of the folder or file in this commit; None where the commit has none."""
        found = self._find(self.folder)
        return None if found is None else found.sha

    def documents(self, suffixes: frozenset[str]) -> Iterator[Document | ParseFailure | PassedOver]:
        """As `Source.documents`. Raises `SourceError` where the commit has no such folder."""
        files = self.files() if self.only is None else self.only
        # A file that is named itself is read whatever it is called.
        endings = tuple(sorted(suffixes)) if self._top().mode == _FOLDER else ("",)
        for path, file in sorted(files.items()):
            if file.passed_over is not None:
                yield self._passed_over(path, file.passed_over)
            elif self.exclude.covers(path):
                yield self._passed_over(path, Reason.EXCLUDED)
            elif path.lower().endswith(endings) or file.failure:
                yield self._document(path, printable(path), file)
            else:
                yield self._passed_over(path, Reason.ENDING)

    def files(self) -> Mapping[str, File]:
        """Path, below the source, to every file. Raises `SourceError` as `documents` does."""
        top = self._top()
        if top.mode != _FOLDER:
            return dict(self._special(posixpath.basename(self.folder), top, self.folder))
        return dict(self._files(top.sha, "", self.folder, frozenset({self.folder})))

    def _top(self) -> Entry:
        found = self._find(self.folder)
        if found is None:
            raise SourceError(f"{self.folder}: not in commit {self.commit}")
        return found

    def _find(self, path: str) -> Entry | None:
        """What the commit has at a path of the repository."""
        repository = self.trees.repository
        if not path:
            return self.trees.entry(str(repository.tree(self.commit).id), _FOLDER)
        found = repository.entry(self.commit, path)
        return None if found is None else self.trees.entry(str(found.id), found.filemode)

    def _files(
        self, sha: str, prefix: str, real: str, entered: frozenset[str]
    ) -> Iterator[tuple[str, File]]:
        """Every file below a folder whose path is `real`; `prefix` goes before its own path."""
        for path, one in self.trees.below(sha, prefix):
            if one.mode in _SPECIAL:
                place = posixpath.join(real, path.removeprefix(prefix))
                yield from self._special(path, one, place, entered)
            else:
                yield path, one.file

    def _special(
        self, path: str, entry: Entry, real: str, entered: frozenset[str] = frozenset()
    ) -> Iterator[tuple[str, File]]:
        if entry.mode == _SUBMODULE:
            yield from self._submodule(path, entry, real)
        elif entry.mode == _LINK:
            yield from self._link(path, entry, real, entered)
        else:
            yield path, entry.file

    def _link(
        self, path: str, entry: Entry, real: str, entered: frozenset[str]
    ) -> Iterator[tuple[str, File]]:
        aim = _system_path(self.trees.repository.read(entry.sha))
        target = posixpath.normpath(posixpath.join(posixpath.dirname(real), aim))
        target = "" if target == "." else target
        found = None if target.startswith(("/", "..")) else self._find(target)
        if found is None or real in entered:
            yield path, File("", None, _OUTSIDE)
        elif found.mode != _FOLDER:
            yield from self._special(path, found, target, entered | {real})
        elif not any(_is_within(target, one) or _is_within(one, target) for one in entered):
            yield from self._files(found.sha, f"{path}/", target, entered | {real, target})

    def _submodule(self, path: str, entry: Entry, real: str) -> Iterator[tuple[str, File]]:
        inside = self.trees.repository.submodule(real)
        if inside is None or not inside.has(entry.sha):
            yield path, File("", None, _NOT_HERE)
            return
        trees = Trees(inside)
        commit = inside.commit(entry.sha, now=0)
        for below, one in trees.below(str(inside.tree(commit).id), f"{path}/"):
            if one.mode not in _SPECIAL:
                yield below, one.file

    def _document(self, path: str, shown: str, file: File) -> Document | ParseFailure:
        repository = file.repository
        failure = file.failure
        if repository is not None and (size := repository.size(file.sha)) > self.max_bytes:
            failure = f"{size:,} bytes, over the limit of {self.max_bytes:,} (max-bytes)"
        if failure or repository is None:
            return ParseFailure(source=self.label, path=shown, message=failure)
        return Document(
            label=self.label,
            path=shown,
            key=file.sha,
            read=partial(repository.read, file.sha, f"{self.folder}/{path}"),
        )

    def _passed_over(self, path: str, reason: Reason) -> PassedOver:
        return PassedOver(source=self.label, path=printable(path), reason=reason)


def _system_path(raw: bytes) -> str:
    """Return a path of git's as the system would give it: a checkout has the same bytes."""
    return raw.decode(sys.getfilesystemencoding(), "surrogateescape")


class CommitFiles(Struct, frozen=True, kw_only=True):
    """Single files as a commit has them; those that it lacks are left out."""

    label: str
    repository: GitRepository
    commit: Commit
    files: Mapping[str, str]
    """Path as it is shown, to the path in the repository"""

    def documents(
        self, _suffixes: frozenset[str]
    ) -> Iterator[Document | ParseFailure | PassedOver]:
        """As `Source.documents`; a file that is named is read whatever its ending."""
        for shown, path in sorted(self.files.items()):
            entry = self.repository.entry(self.commit, path)
            if entry is not None:
                sha = str(entry.id)
                read = partial(self.repository.read, sha, path)
                yield Document(label=self.label, path=shown, key=sha, read=read)


def _is_within(path: str, folder: str) -> bool:
    return path == folder or not folder or path.startswith(f"{folder}/")
