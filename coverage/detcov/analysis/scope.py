"""Which column each rule is in, seen from a container: by its own fields, or as a setting says."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from msgspec import Struct

from detcov.errors import UsageError
from detcov.model import Corpus, CountMode, Rule, RuleIndex, ScopeColumn, Stated

ORDER = tuple(ScopeColumn)
"""From the closest look at containers to none"""


class ScopeRule(Struct, frozen=True, kw_only=True):
    """A setting: rules of which `what` matches `pattern` are in `column`."""

    column: ScopeColumn
    what: str
    """One of `WHATS`"""
    pattern: str
    """Case counts; * and ? stand for anything and for any character"""


def _tags(rule: Rule) -> tuple[str, ...]:
    return rule.tags


def _reads(rule: Rule) -> tuple[str, ...]:
    return rule.reads


def _path(rule: Rule) -> tuple[str, ...]:
    return (rule.path,)


def _format(rule: Rule) -> tuple[str, ...]:
    return (rule.key.format,)


def _rule(rule: Rule) -> tuple[str, ...]:
    return rule.key.native_id, rule.name


WHATS = {"tag": _tags, "reads": _reads, "path": _path, "format": _format, "rule": _rule}
"""What a setting may look at; "reads" are integrations, index patterns and log sources"""


def parse_scope(texts: Iterable[str]) -> tuple[ScopeRule, ...]:
    """Settings written as "runtime=tag:Team: Platform". Raises `UsageError` for any other text."""
    return tuple(map(_parse, texts))


def _parse(text: str) -> ScopeRule:
    column, equals, rest = text.partition("=")
    what, colon, pattern = rest.partition(":")
    name = column.strip().replace("-", " ")
    if not (equals and colon and pattern.strip()) or name not in ORDER or what not in WHATS:
        raise UsageError(
            f"scope {text!r}: write COLUMN=WHAT:PATTERN, where COLUMN is one of "
            f"{', '.join(ORDER)} and WHAT one of {', '.join(WHATS)}"
        )
    return ScopeRule(column=ScopeColumn(name), what=what, pattern=pattern.strip())


def columns_of(
    corpus: Corpus, count: CountMode, settings: Iterable[ScopeRule] = ()
) -> Mapping[RuleIndex, Stated]:
    """The column of every rule that counts, with the field or the setting that decided it.

    The first setting that matches wins over the rule's own fields. A rule in several places is
    in the column of the one that looks closest, of those that count.
    """
    settings = tuple(settings)
    return {
        index: _closest([_column(rule, settings) for rule in places])
        for index, places in corpus.counted(count).places.items()
    }


def _column(rule: Rule, settings: tuple[ScopeRule, ...]) -> Stated:
    for setting in settings:
        if any(fnmatchcase(value, setting.pattern) for value in WHATS[setting.what](rule)):
            field = f"setting {setting.what}:{setting.pattern}"
            return Stated(value=setting.column, field=field)
    return rule.column


def _closest(columns: list[Stated]) -> Stated:
    return columns[0] if len(columns) == 1 else min(columns, key=_rank)


def _rank(column: Stated) -> int:
    return ORDER.index(ScopeColumn(column.value))
