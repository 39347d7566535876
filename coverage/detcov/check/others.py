"""Names the other files of a group, briefly."""

from collections.abc import Sequence
from itertools import islice

from detcov.model import Rule

_NAMED = 3


def other_paths(rule: Rule, group: Sequence[Rule]) -> str:
    """Paths of a group's other rules: the first few, and how many more there are."""
    named = list(islice((one.path for one in group if one is not rule), _NAMED))
    more = len(group) - 1 - len(named)
    return ", ".join(named) + (f" and {more:,} more" if more else "")
