"""Repositories made with pygit2, for tests: commits of given files at given days."""

from datetime import UTC, datetime
from pathlib import Path

import pygit2
from pygit2.enums import ObjectType

BLOB, LINK, FOLDER, SUBMODULE = 0o100644, 0o120000, 0o040000, 0o160000


def seconds(day, hour=12):
    return int(datetime.fromisoformat(f"{day}T{hour:02}:00:00+00:00").astimezone(UTC).timestamp())


class MadeRepository:
    """Holds the files of the branch it is on; each `commit` writes them as a tree."""

    def __init__(self, path: Path, *, bare=False):
        self.path = path
        self.git = pygit2.init_repository(str(path), bare=bare, initial_head="main")
        self.files: dict[str, object] = {}
        """Path to content; (mode, text) for links and submodules"""

    def commit(self, day, message="A commit", *, parents=None, branch="main", hour=12):
        """Commit the files; gives the hash."""
        reference = f"refs/heads/{branch}"
        if parents is None:
            known = self.git.references.get(reference)
            parents = [] if known is None else [known.target]
        who = pygit2.Signature("Tester", "tester@example.org", seconds(day, hour), 0)
        tree = self._tree(self.files)
        made = self.git.create_commit(None, who, who, message, tree, list(parents))
        self.git.references.create(reference, made, force=True)
        return str(made)

    def _tree(self, files):
        folders: dict[str, dict] = {}
        entries = []
        for path, content in files.items():
            name, slash, rest = path.partition("/")
            if slash:
                folders.setdefault(name, {})[rest] = content
                continue
            mode, data = content if isinstance(content, tuple) else (BLOB, content)
            if mode == SUBMODULE:
                entries.append((name, mode, pygit2.Oid(hex=data)))
            else:
                data = data.encode() if isinstance(data, str) else data
                entries.append((name, mode, self.git.create_blob(data)))
        entries += [(name, FOLDER, self._tree(inside)) for name, inside in folders.items()]
        # Written by hand: pygit2's TreeBuilder takes no name that isn't UTF-8.
        raw = b"".join(
            b"%o %s\0%s" % (mode, name.encode("utf-8", "surrogateescape"), oid.raw)
            for name, mode, oid in sorted(entries, key=_git_order)
        )
        return self.git.odb.write(ObjectType.TREE, raw)


def _git_order(entry):
    name, mode, _ = entry
    return name.encode("utf-8", "surrogateescape") + (b"/" if mode == FOLDER else b"")
