"""R213: the id that a rule had before is another rule's."""

from collections.abc import Hashable, Iterator

from detcov.check.base import Check, Issue, Shared, Together
from detcov.load.alias import former_id
from detcov.model import Corpus, Identity, Rule, Severity


def _keys(_: Corpus, rule: Rule) -> tuple[Hashable, ...]:
    return rule.key.anywhere, *(former_id(rule.key, one) for one in rule.former)


def _find(shared: Shared) -> Iterator[tuple[Rule, Issue]]:
    claims = [(rule, former) for rule in shared.rules if (former := _former(shared, rule))]
    if not claims:
        return
    # One of each source that is a rule of its own: its further places tell nothing more.
    there: dict[tuple[str, Identity], Rule] = {}
    for rule in shared.rules:
        if rule.key.anywhere == shared.key:
            there.setdefault((rule.key.source, shared.corpus.identity(rule.key)), rule)
    told: set[Identity] = set()
    # The one in the rule's own source first: it is why the two aren't one.
    pairs = sorted(
        ((rule, former, other) for rule, former in claims for other in there.values()),
        key=lambda found: found[0].key.source != found[2].key.source,
    )
    for rule, former, other in pairs:
        same = shared.corpus.identity(rule.key) == shared.corpus.identity(other.key)
        if same or rule.key.identity in told:
            continue
        told.add(rule.key.identity)
        label = f"{other.key.source}: " if other.key.source != rule.key.source else ""
        message = f"its former id {former} is that of {label}{other.path}: they count as two"
        yield rule, Issue(message=message, place=rule.place, subject=former)


def _former(shared: Shared, rule: Rule) -> str | None:
    """The id that is shared, as a rule states it that had it before."""
    return next((one for one in rule.former if former_id(rule.key, one) == shared.key), None)


CHECK = Check(
    code="R213",
    name="former-id-there",
    severity=Severity.WARNING,
    summary="The id that a rule says it had before is another rule's, and a source has both.",
    why="Such an id may be that of the old file, which is still there, or of the rule that it was "
    "left to. Nobody can tell which, so both count. Also where a third source has two of the rules "
    "that would become one.",
    example="`related: [{id: …, type: renamed}]`, and a rule with this id beside it",
    fix="Delete the old file; if both are to stay and are one rule, state an alias "
    "([settings](config.md)).",
    of_rules=Together(keys=_keys, find=_find),
)
