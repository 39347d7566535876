"""What becomes of mappings between the hand-made releases 9.0 and 10.0, in a form to compare."""

from detcov.model import Resolution
from detcov.resolve import Resolver
from made import NEW, OLD, make_rule

ON_NEW = Resolver(NEW, (OLD, NEW))
ON_OLD = Resolver(OLD, (OLD, NEW))


def seen(resolution: Resolution) -> tuple:
    """What a case states: outcomes, technique, tactics drawn, inferred or not, person or not."""
    return (
        f"{resolution.technique_outcome}/{resolution.tactic_outcome}",
        resolution.technique,
        resolution.tactics,
        "inferred" if resolution.inferred else "stated",
        "person" if resolution.needs_person else "",
    )


def one(resolver, mapping, **fields):
    """The resolution of a rule's only mapping."""
    (found,) = resolver.resolve(make_rule(mapping, **fields))
    return found
