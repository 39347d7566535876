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
    stated: dict[str, str] = {}
    for one in rule.mappings:
        tactic_id = resolver.tactic_id(one.tactic_id, one.tactic_name)
        if tactic_id is not None:
            stated.setdefault(tactic_id, one.tactic_name or _named(subject, tactic_id))
    if stated and resolver.tactic_id(None, prefix) not in stated:
        names = ", ".join(stated.values())
        message = f"the file name begins with {prefix}; the rule maps {names}"
        yield Issue(message=message, place=rule.place, subject=prefix)


def _named(subject: Subject, tactic_id: str) -> str:
    """Return a tactic's name, the target's before any other release's."""
    releases = (subject.target, *subject.resolver.earlier, *subject.resolver.later)
    return next(
        one.tactic_by_id[tactic_id].name for one in releases if tactic_id in one.tactic_by_id
    )


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
