"""M106: a sub-technique inside the entry of another technique than its parent."""

from collections.abc import Iterator

from detcov.attack.ids import is_technique_id, meant_id
from detcov.check.base import Check, Issue, Subject
from detcov.model import Severity


def _find(subject: Subject) -> Iterator[Issue]:
    for one in subject.techniques:
        mapping = one.mapping
        stated, written = mapping.technique_id or "", mapping.parent_id
        if written is None or not is_technique_id(stated):
            continue
        own, dot, _ = stated.partition(".")
        if dot and own == written:
            continue
        parent = meant_id(written) or written
        if not dot:
            message = f"{stated} is no sub-technique, but stands as one of {parent}"
        elif own != parent:
            message = f"{stated} stands under {parent}; its parent is {own}"
        else:
            continue
        yield Issue(message=message, place=mapping.place, subject=stated)


CHECK = Check(
    code="M106",
    name="wrong-parent",
    severity=Severity.ERROR,
    summary="A sub-technique stands under a technique that isn't its parent.",
    why="One of the two ids is wrong; which one, only the rule's author knows.",
    example='technique id = "T1003" with subtechnique id = "T1059.001"',
    fix="Put the sub-technique under its own parent, or correct the id.",
    of_rule=_find,
)
