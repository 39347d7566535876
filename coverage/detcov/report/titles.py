"""What the two sides of a comparison are called, and where their paths lead."""

import posixpath
from collections.abc import Mapping

from msgspec import Struct, structs

from detcov.model import ParseFailure


class Titles(Struct, frozen=True, kw_only=True):
    """What the two sides are called, and the data each was seen under."""

    before: str
    after: str
    release_before: str
    release_after: str
    folders: Mapping[str, str] = {}
    """Source label to the folder that its paths are shown in; those of others are shown alone"""
    folders_before: Mapping[str, str] = {}
    """The same of what is gone"""

    def path(self, source: str, path: str, *, gone: bool = False) -> str:
        """A path as it leads to the file."""
        folders = self.folders_before if gone else self.folders
        return posixpath.join(folders.get(source, ""), path)

    def failure(self, one: ParseFailure, *, gone: bool = False) -> ParseFailure:
        """A failure with such a path."""
        return structs.replace(one, path=self.path(one.source, one.path, gone=gone))
