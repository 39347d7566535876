"""Makes the Studies that are compared: the same options for any rules under any release."""

from collections.abc import Callable

from msgspec import Struct

from detcov.attack.release import Release
from detcov.model import Corpus
from detcov.study import Study, StudyOptions, build_study


class StudyMaker(Struct, frozen=True, kw_only=True):
    """What Studies have in common; the fields are those of `build_study`."""

    known: tuple[Release, ...] = ()
    options: StudyOptions = StudyOptions()
    foreign: Callable[[str], str | None] = lambda _: None

    def study(self, corpus: Corpus, release: Release) -> Study:
        """Return the Study of a corpus. Raises `UsageError` for a platform the release lacks."""
        return build_study(
            corpus, release, known=self.known, options=self.options, foreign=self.foreign
        )

    def identity(self, release: Release) -> str:
        """Return a text that is the same for the same Studies of the same rules."""
        releases = (release, *self.known)
        named = "+".join(f"{one.domain} {one.version}:{one.sha256}" for one in releases)
        return f"{named} {self.options}"
