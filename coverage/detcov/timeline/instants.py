"""The points in time that a weekly report looks at, from git or from snapshots."""

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from detcov.attack.release import Release
from detcov.errors import HistoryError
from detcov.facts import Facts
from detcov.history.reader import HistoryReader
from detcov.history.revision import DAY, Commit, day_of, end_of_day, moment
from detcov.history.snapshot import Snapshot
from detcov.load.corpus import Aliases, united
from detcov.model import Corpus

WEEK = 7 * DAY


class Instant(Struct, frozen=True, kw_only=True):
    """The rules as they were on a day."""

    day: str
    title: str
    """What holds them: "commit 0123456789 (2026-05-04)" """
    read: Callable[[], Corpus]
    commit: Commit | None = None
    key: str = ""
    """What identifies the rules, "" where nothing does"""
    facts: Facts | None = None
    """What was known of the estate, where a snapshot tells it"""


class History(Struct, frozen=True, kw_only=True):
    """What a report is made from."""

    before: Instant
    """What is compared with"""
    now: Instant
    trend: tuple[Instant, ...]
    """One a week, oldest first; the last is `now`"""
    notes: tuple[str, ...] = ()
    """What a reader has to know: weeks that there is nothing of, snapshots left out"""


def from_git(
    reader: HistoryReader, *, since: str | None = None, weeks: int, now: int | None = None
) -> History:
    """The history of a repository up to `now` (HEAD's own time unless given).

    `since` is a span, a date or a revision; None is a week, or the first commit of a history that
    is younger. Raises `HistoryError` where it can't be found, or HEAD holds none of the rules.
    """
    repository = reader.repository
    head = repository.head()
    when = head.time if now is None else now
    last = repository.at(when, head)
    if last is None:
        raise HistoryError(f"{repository.name}: no commit as early as {day_of(when)}")
    if not any(reader.state(last)):
        folders = ", ".join(place.folder or "." for place in reader.places)
        raise HistoryError(f"{folders}: not in commit {last}")
    if since is not None:
        base: Commit | None = repository.commit(since, now=when, head=last)
    else:
        base = repository.at(when - WEEK, last)
    ends = _week_ends(when, weeks)
    found, notes = _weekly(reader, last, ends)
    trend = [
        _of_commit(reader, commit, day_of(end))
        for end, commit in zip(ends, found, strict=True)
        if commit is not None
    ]
    if base is None:
        *_, base = repository.first_parents(last)
        notes += ("No commit is a week old: compared with the first one.",)
    return History(
        before=_of_commit(reader, base, base.day),
        now=trend[-1] if trend else _of_commit(reader, last, day_of(when)),
        trend=tuple(trend),
        notes=notes,
    )


def from_snapshots(
    snapshots: Sequence[Snapshot],
    *,
    since: str | None = None,
    weeks: int,
    now: int | None = None,
    aliases: Aliases = (),
) -> History:
    """The history that snapshots tell, oldest first, up to `now` (the last one unless given).

    `since` is a span or a date, None a week, or the first snapshot where none is that old;
    `aliases` are those of `united`. Raises `HistoryError` where no snapshot is that old.
    """
    when = (end_of_day(snapshots[-1].date) or 0) if now is None else now
    before, last, young = _compared(snapshots, since, when)
    found = [(end, _newest(snapshots, end)) for end in _week_ends(when, weeks)]
    missing = sum(1 for _, one in found if one is None)
    notes = [f"{_of_weeks(missing, weeks)} before the first snapshot."] if missing else []
    notes += ["No snapshot is a week old: compared with the first one."] if young else []
    corpora: dict[str, Corpus] = {}

    def of(one: Snapshot, day: str) -> Instant:
        if one.date not in corpora:
            corpora[one.date] = united(one.corpus, aliases)
        return _of_snapshot(one, day, corpora[one.date])

    return History(
        before=of(before, before.date),
        now=of(last, last.date),
        trend=tuple(of(one, day_of(end)) for end, one in found if one is not None),
        notes=tuple(notes),
    )


def _compared(
    snapshots: Sequence[Snapshot], since: str | None, when: int
) -> tuple[Snapshot, Snapshot, bool]:
    """The two to compare, and whether the first there is stands in for one that is a week old."""
    start = when - WEEK if since is None else moment(since, when)
    if start is None:
        raise HistoryError(f"{since!r}: with snapshots, a span such as 1w or a date")
    before, last = _newest(snapshots, start), _newest(snapshots, when)
    young = since is None and before is None
    before = snapshots[0] if young else before
    if before is None or last is None:
        wanted = day_of(when if last is None else start)
        raise HistoryError(f"no snapshot as early as {wanted}; the first is {snapshots[0].date}")
    return before, last, young


def _weekly(
    reader: HistoryReader, head: Commit, moments: Sequence[int]
) -> tuple[list[Commit | None], tuple[str, ...]]:
    """For each moment, oldest first, the newest commit not later; notes on what isn't there."""
    repository = reader.repository
    wanted = list(moments)
    found: list[Commit | None] = []
    last = head
    for commit in repository.first_parents(head):
        last = commit
        while wanted and commit.time <= wanted[-1]:
            wanted.pop()
            found.append(commit if any(reader.state(commit)) else None)
        if not wanted:
            break
    notes = []
    if wanted:
        why = "a shallow clone begins" if repository.is_cut(last) else "the history begins"
        notes.append(f"{why} on {last.day}: {_of_weeks(len(wanted), len(moments))} before it.")
    absent = sum(1 for one in found if one is None)
    if absent:
        have = "has" if absent == 1 else "have"
        notes.append(f"{absent} of {len(moments)} weeks {have} none of the rules' folders.")
    found += [None] * len(wanted)
    return found[::-1], tuple(one[0].upper() + one[1:] for one in notes)


def _week_ends(last: int, weeks: int) -> list[int]:
    """The moments that the trend shows, oldest first, a week apart."""
    return [last - back * WEEK for back in range(weeks - 1, -1, -1)]


def _of_weeks(n: int, weeks: int) -> str:
    return f"{n} of {weeks} weeks {'is' if n == 1 else 'are'}"


def _of_commit(reader: HistoryReader, commit: Commit, day: str) -> Instant:
    return Instant(
        day=day,
        title=f"commit {commit}",
        read=lambda: reader.corpus(commit),
        commit=commit,
        key=reader.identity(commit),
    )


def _of_snapshot(snapshot: Snapshot, day: str, corpus: Corpus) -> Instant:
    title = f"snapshot of {snapshot.date}"
    return Instant(day=day, title=title, read=lambda: corpus, facts=snapshot.known)


def _newest(snapshots: Iterable[Snapshot], when: int) -> Snapshot | None:
    return max(
        (one for one in snapshots if (end_of_day(one.date) or 0) <= when),
        key=lambda one: one.date,
        default=None,
    )


class ReleaseLine(Struct, frozen=True, kw_only=True):
    """Which release was used when."""

    now: Release
    earlier: tuple[tuple[str, Release], ...] = ()
    """(day, release): used before that day, the next later one from it on"""

    def on(self, day: str) -> Release:
        """The release of a day."""
        for until, release in sorted(self.earlier, key=lambda one: one[0]):
            if day < until:
                return release
        return self.now
