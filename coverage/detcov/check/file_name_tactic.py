"""R207: a file name whose tactic prefix no mapping states."""

from collections.abc import Iterator

from detcov.attack.ids import tactic_slug
from detcov.check.base import Check, Issue, Subject
from detcov.model import Severity


def _find(subject: Subject) -> Iterator[Issue]:
    rule, resolver = subject.rule, subject.resolver
    prefix = _prefix(subject)
    if prefix is None:
        return
    found = {resolver.tactic_id(one.tactic_id, one.tactic_name) for one in rule.mappings}
    stated = {tactic for tactic in found if tactic is not None}
    if not stated:
        return
    expected = resolver.tactic_id(None, prefix)
    if expected not in stated:
        ids = ", ".join(sorted(stated))
        message = f"the file name begins with {prefix} ({expected}); the rule maps {ids}"
        yield Issue(message=message, place=rule.place, subject=prefix)


def _prefix(subject: Subject) -> str | None:
    """The tactic that a file name begins with, in snake case, longest first."""
    stem = subject.rule.path.rsplit("/", 1)[-1]
    words = stem.split("_")
    slugs = [tactic_slug(word) for word in words[:4]]
    known = subject.resolver.tactic_slugs
    for length in range(min(4, len(words) - 1), 0, -1):
        if "-".join(slugs[:length]) in known:
            return "_".join(words[:length])
    return None


CHECK = Check(
    code="R207",
    name="file-name-tactic",
    severity=Severity.WARNING,
    summary="A file's name begins with a tactic that the rule doesn't map.",
    why="People find rules by file name.",
    example="persistence_new_cron_job.toml that maps Execution only",
    fix="Rename the file, or add the mapping.",
    formats=("elastic",),
    of_rule=_find,
)
