"""Where rules come from: labelled places that give documents.

A folder is one kind of source; a git tree can be another: what a run needs is `Source`.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from hashlib import sha1
from pathlib import Path
from typing import Final, Protocol, Self

from msgspec import Struct, structs

from detcov.errors import SourceError, UsageError
from detcov.model import ParseFailure, PassedOver, Reason

MAX_BYTES = 5_000_000
"""Files over this are named and left out, unless the configuration says otherwise"""
FILES = "files"
"""Label of several files that are named themselves"""
_SMALL = 65_536
"""Nearly every rule file is shorter: then one system call tells size and content"""
# Opening a pipe that nobody writes to waits for ever without O_NONBLOCK; Windows has neither.
_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class Document(Struct, frozen=True, kw_only=True):
    """One file of a source. `key` is the git blob id of what `read` gives."""

    label: str
    path: str
    """POSIX, relative to the source"""
    key: str
    read: Callable[[], bytes]


class Source(Protocol):
    """A labelled place that rules come from."""

    @property
    def label(self) -> str:
        """Name of the source, unique in a run."""
        ...

    def documents(self, suffixes: frozenset[str]) -> Iterator[Document | ParseFailure | PassedOver]:
        """Every file in path order; a failure for an unreadable one, the reason for an unread."""
        ...


def blob_id(data: bytes) -> str:
    """The id git gives to this content, so that history and working tree share one cache."""
    digest = sha1(b"blob %d\0" % len(data), usedforsecurity=False)
    digest.update(data)
    return digest.hexdigest()


Listed = tuple[str, str, os.DirEntry[str] | str | Reason | None]
"""Path, POSIX path relative to the source, and what its folder knows of the file; why there is
no reading it; why it is passed over; None for a file that is the source itself"""
_LONGEST_PATTERN: Final = 1_000


class Exclude(Struct, frozen=True):
    """Which files below a source are left out, by globs on their POSIX paths.

    `*` and `?` stay within a name, `**` stands for any number of folders. A glob of a folder
    leaves out all that the folder holds.
    """

    patterns: tuple[str, ...] = ()

    @classmethod
    def of(cls, patterns: Iterable[str]) -> Self:
        """Return what leaves these out. Raises `UsageError` for what can't be such a glob."""
        kept = tuple(patterns)
        for pattern in kept:
            if len(pattern) > _LONGEST_PATTERN:
                raise UsageError(f"exclude {pattern[:40]}…: over {_LONGEST_PATTERN:,} characters")
            if pattern.startswith("/") or ".." in pattern.split("/") or not _segments(pattern):
                raise UsageError(f"exclude {pattern!r}: write a path below the source")
        return cls(kept)

    def covers(self, path: str) -> bool:
        """Whether a file is left out."""
        return any(_covers(pattern, path) for pattern in self.patterns)


def _segments(pattern: str) -> list[str]:
    return [part for part in pattern.split("/") if part not in {"", "."}]


def _covers(pattern: str, path: str) -> bool:
    """Whether a glob matches a path or a folder above it.

    It follows all the places of the pattern that the path's beginning may have come to at once,
    so that many `**` cost no more than few.
    """
    segments, names = _segments(pattern), path.split("/")
    if pattern.endswith(("/", "/**")):
        names = names[:-1]
        segments = segments[:-1] if segments[-1] == "**" and len(segments) > 1 else segments
    reached = _with_skipped({0}, segments)
    for name in names:
        following = {at for at in reached if at < len(segments) and segments[at] == "**"}
        following |= {
            at + 1
            for at in reached
            if at < len(segments) and segments[at] != "**" and fnmatchcase(name, segments[at])
        }
        reached = _with_skipped(following, segments)
        if len(segments) in reached:
            return True
    return False


def _with_skipped(reached: set[int], segments: list[str]) -> set[int]:
    """These places, and those behind each `**` that stands for no folder."""
    for at in sorted(reached):
        behind = at
        while behind < len(segments) and segments[behind] == "**":
            behind += 1
            reached.add(behind)
    return reached


class FolderSource(Struct, frozen=True, kw_only=True):
    """A folder, or one file, on disk."""

    label: str
    root: Path
    max_bytes: int = MAX_BYTES
    exclude: Exclude = Exclude()

    def documents(self, suffixes: frozenset[str]) -> Iterator[Document | ParseFailure | PassedOver]:
        """As `Source.documents`. Raises `SourceError` where the root is missing or closed."""
        endings = tuple(suffixes)
        for path, relative, entry in self._listing():
            if isinstance(entry, Reason):
                yield self._passed_over(relative, entry)
            elif self.exclude.covers(relative):
                yield self._passed_over(relative, Reason.EXCLUDED)
            elif isinstance(entry, str):
                yield self._failure(relative, entry)
            elif entry is None:
                yield self._document(path, relative, plain=False)
            elif relative.lower().endswith(endings):
                yield self._document(path, relative, plain=entry.is_file(follow_symlinks=False))
            else:
                yield self._passed_over(relative, Reason.ENDING)

    def count(self) -> int:
        """How many files there are, of whatever kind."""
        return sum(1 for _ in self._listing())

    def _listing(self) -> Iterator[Listed]:
        """Every file in path order, of whatever kind; raises as `documents` does."""
        if (reason := _missing(self.root)) is not None:
            raise SourceError(f"{self.root}: {reason}")
        if self.root.is_file():
            yield str(self.root), self.root.name, None
        else:
            yield from _walk(self.root)

    def _document(self, path: str, relative: str, *, plain: bool) -> Document | ParseFailure:
        try:
            data = read_file(path, self.max_bytes, plain=plain)
        except OSError as error:
            return self._failure(relative, f"can't be read: {error.strerror or error}")
        if not isinstance(data, bytes):
            return self._failure(relative, data)
        return Document(
            label=self.label, path=printable(relative), key=blob_id(data), read=lambda: data
        )

    def _failure(self, relative: str, message: str) -> ParseFailure:
        return ParseFailure(source=self.label, path=printable(relative), message=message)

    def _passed_over(self, relative: str, reason: Reason) -> PassedOver:
        return PassedOver(source=self.label, path=printable(relative), reason=reason)


class FilesSource(Struct, frozen=True, kw_only=True):
    """Single files that are named together; their paths are as named, from the current folder."""

    label: str
    files: tuple[Path, ...]
    max_bytes: int = MAX_BYTES
    exclude: Exclude = Exclude()

    def documents(self, suffixes: frozenset[str]) -> Iterator[Document | ParseFailure | PassedOver]:
        """As `Source.documents`; a file that is named is read whatever its ending."""
        for path in self.files:
            shown = printable(path.as_posix())
            if self.exclude.covers(shown):
                yield PassedOver(source=self.label, path=shown, reason=Reason.EXCLUDED)
                continue
            file = FolderSource(label=self.label, root=path, max_bytes=self.max_bytes)
            for item in file.documents(suffixes):
                yield structs.replace(item, path=shown)

    def count(self) -> int:
        """How many files there are."""
        return len(self.files)


def read_file(path: str, limit: int, *, plain: bool = False) -> bytes | str:
    """A regular file's bytes, or why they aren't wanted. Raises OSError where it can't be read.

    `plain`: its folder says that it is one.

    Plain system calls: file objects take twice as long over thousands of small files.
    """
    descriptor = os.open(path, _OPEN)
    try:
        if plain:
            data = os.read(descriptor, _SMALL)
            if len(data) < min(_SMALL, limit) and not os.read(descriptor, 1):
                return data
            os.lseek(descriptor, 0, os.SEEK_SET)
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            return "can't be read: not a regular file"
        size = found.st_size
        if size > limit:
            return f"{size:,} bytes, over the limit of {limit:,} (max-bytes)"
        data = os.read(descriptor, size)
        while len(data) < size and (more := os.read(descriptor, size - len(data))):
            data += more
        return data
    finally:
        os.close(descriptor)


def printable(path: str) -> str:
    """Return a path of the system as text that can be written as UTF-8.

    Bytes that aren't UTF-8 show as escapes. It is for paths as the system gives them, and is
    applied once: what it returns isn't in the locale's charset any more.
    """
    if path.isascii():
        return path
    try:
        return os.fsencode(path).decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # from a settings file: no path of the system, but text already
        return path.encode("utf-8", "backslashreplace").decode("utf-8")


def _walk(root: Path) -> Iterator[Listed]:
    """All files below a folder, sorted.

    Links are followed, each real folder is entered once (links may form loops). Folders and
    files that begin with a dot are passed over, and what git keeps for itself isn't told at all:
    a commit doesn't have it. What is neither folder nor file is for the reader to refuse.
    """
    try:
        os.scandir(root).close()
    except OSError as error:
        raise SourceError(f"{root}: {error.strerror or error}") from error
    seen: set[tuple[int, int]] = set()
    stack: list[tuple[str, str]] = [(str(root), "")]
    while stack:
        folder, prefix = stack.pop()
        try:
            found = os.stat(folder)  # noqa: PTH116 - hot
            if (found.st_dev, found.st_ino) in seen:
                continue
            seen.add((found.st_dev, found.st_ino))
            with os.scandir(folder) as entries:
                names = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            yield folder, prefix.rstrip("/"), f"can't be read: {error.strerror or error}"
            continue
        folders = []
        for entry in names:
            if entry.name == ".git":
                continue
            if entry.name.startswith("."):
                slash = "/" if _is_folder(entry) else ""
                yield entry.path, f"{prefix}{entry.name}{slash}", Reason.DOT
            elif _is_folder(entry):
                folders.append((entry.path, f"{prefix}{entry.name}/"))
            else:
                yield entry.path, prefix + entry.name, entry
        stack.extend(reversed(folders))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False  # a link that leads to itself; opening it names the reason


def open_sources(
    texts: tuple[str, ...], *, max_bytes: int = MAX_BYTES, exclude: Iterable[str] = ()
) -> tuple[FolderSource | FilesSource, ...]:
    """Sources from `PATH` or `label=PATH`; the label of a bare path is its last part.

    Two or more bare files are one source called "files", their paths as they were named.
    `exclude` is as for `Exclude.of`. Raises `SourceError` for a path that isn't there,
    `UsageError` for a label given twice.
    """
    excluded = Exclude.of(exclude)
    for _, path in map(split_label, texts):
        if (reason := _missing(path)) is not None:
            raise SourceError(f"{path}: {reason}")
    sources: dict[str, FolderSource | FilesSource] = {}
    for label, root, files in _grouped(texts):
        if label in sources:
            raise UsageError(f"two sources are called {label!r}: name them as label=PATH")
        if files:
            sources[label] = FilesSource(
                label=label, files=files, max_bytes=max_bytes, exclude=excluded
            )
        else:
            sources[label] = FolderSource(
                label=label, root=root, max_bytes=max_bytes, exclude=excluded
            )
    return tuple(sources.values())


def _grouped(texts: Iterable[str]) -> Iterator[tuple[str, Path, tuple[Path, ...]]]:
    """Label, root and files of each source; no files where the root itself is the source."""
    labelled = [(text, *split_label(text)) for text in texts]
    bare = [path for text, _, path in labelled if is_file(path) and Path(text) == path]
    together = frozenset(bare) if len(bare) > 1 else frozenset()
    if together:
        yield FILES, Path(), tuple(sorted(together))
    for _, label, path in labelled:
        if path not in together:
            yield label, path, ()


def split_label(text: str) -> tuple[str, Path]:
    """Label and path of `PATH` or `label=PATH`; the label of a bare path is its last part.

    Raises `UsageError` where no path is stated: it would be the current folder.
    """
    label, equals, rest = text.partition("=")
    if equals and label and os.sep not in label and _missing(Path(text)) is not None:
        if not rest:
            raise UsageError(f"{text}: names no folder or file behind the label")
        return printable(label), Path(rest)
    path = Path(text)
    return printable(os.path.basename(os.path.abspath(path))) or "rules", path  # noqa: PTH100, PTH119 - follows no link


def roots_of(sources: Iterable[str]) -> dict[str, Path]:
    """Return the label of each source, as `open_sources` gives it, with what paths start from."""
    return {label: root for label, root, _ in _grouped(sources)}


def named_files(texts: Iterable[str]) -> dict[tuple[str, str], Path]:
    """Return the files that are named themselves, by (label, path) as their documents have it."""
    named = {}
    for label, root, files in _grouped(texts):
        if is_file(root):
            named[label, printable(root.name)] = root
        named |= {(label, printable(path.as_posix())): path for path in files}
    return named


def path_shown(sources: Iterable[str]) -> Callable[[str, str], str]:
    """What makes of (label, path inside the source) the path that leads there from here.

    `sources` are as they were named; the path of a source that isn't among them stays as it is.
    """
    roots = roots_of(sources)
    files = {label for label, root in roots.items() if is_file(root)}

    def shown(label: str, path: str) -> str:
        if label not in roots:
            return path
        root = printable(str(roots[label]))
        return root if label in files else str(Path(root) / path)

    return shown


# pathlib's own, before Python 3.14, raise in a folder that is closed to us, and of a long name.
def exists(path: Path) -> bool:
    """Whether there is something to be seen at a path."""
    return os.path.exists(path)  # noqa: PTH110 - see above


def is_file(path: Path) -> bool:
    """Whether there is a file to be seen at a path."""
    return os.path.isfile(path)  # noqa: PTH113 - see above


def is_folder(path: Path) -> bool:
    """Whether there is a folder to be seen at a path."""
    return os.path.isdir(path)  # noqa: PTH112 - see above


def _missing(path: Path) -> str | None:
    """Why there is nothing at a path; None where something is."""
    try:
        path.stat()
    except FileNotFoundError:
        return "no such file or folder"
    except (OSError, ValueError) as error:
        return str(getattr(error, "strerror", None) or error)
    return None
