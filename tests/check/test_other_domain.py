"""Tags of Enterprise's tactics where another domain is the target: M112's, and no R204."""

import pytest

from detcov.check import other_framework, tactic_tag_unknown
from detcov.check.base import subject_of
from detcov.resolve import Resolver
from made import ENTRY, NEW, RUNNING, make_mapping, make_release, make_rule

ICS = make_release("1.0", (RUNNING,), domain="ics-attack")


def told(check, tags, *mappings):
    rule = make_rule(*mappings, tags=tags)
    resolver = Resolver(ICS, (NEW,))
    subject = subject_of(rule, resolver.resolve(rule), resolver)
    return [one.message for one in check.of_rule(subject)]


@pytest.mark.parametrize(
    ("tag", "unknown", "foreign"),
    [
        ("Tactic: Entry", [], ["the tag 'Tactic: Entry' is of ATT&CK Enterprise"]),
        ("Tactic: Entrance", ["the tag 'Tactic: Entrance' names no tactic of ATT&CK ICS 1.0"], []),
        ("Tactic: Running Code", [], []),
    ],
)
def test_a_tag(tag, unknown, foreign):
    assert told(tactic_tag_unknown.CHECK, (tag,)) == unknown
    assert told(other_framework.CHECK, (tag,)) == foreign


def test_a_mapping_of_the_tactic_tells_it():
    mapping = make_mapping("T1002", ENTRY)

    assert told(other_framework.CHECK, ("Tactic: Entry",), mapping) == [
        "T1002 is of ATT&CK Enterprise"
    ]
