"""No fault of a rule's tags is told by no check at all, however many others leave it to another."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from check.judged import LITERAL, ON_NEW
from check.test_tags import tags
from detcov.check import run_checks
from made import NEW, OLD, make_corpus, make_rule

TECHNIQUES = sorted({*OLD.techniques, *NEW.techniques, "T9999", "T107.004", "T1001-001"})
NAMES = {one.shortname for release in (OLD, NEW) for one in release.tactics}
TACTICS = sorted({*NAMES, *(name[:-3] + name[-2:] for name in NAMES), "nothing"})


@pytest.mark.parametrize("resolver", [ON_NEW, LITERAL], ids=["fair", "literal"])
@given(
    stated=st.lists(st.sampled_from(TACTICS), max_size=3, unique=True),
    techniques=st.lists(st.sampled_from(TECHNIQUES), max_size=3, unique=True),
)
def test_what_is_wrong_is_told_and_what_is_right_is_not(resolver, stated, techniques):
    assert is_told(resolver, *stated, *techniques) != all_right(resolver.target, stated, techniques)


@pytest.mark.parametrize("resolver", [ON_NEW, LITERAL], ids=["fair", "literal"])
def test_each_technique_under_each_tactic(resolver):
    for tactic, technique in product(TACTICS, TECHNIQUES):
        right = all_right(resolver.target, [tactic], [technique])
        assert is_told(resolver, tactic, technique) != right, (tactic, technique)


def is_told(resolver, *stated):
    rule = make_rule(*tags(*stated), paired=False, format="sigma")
    found = run_checks(make_corpus(rule), [resolver.resolve(rule)], resolver, "live")
    return any(one.code[0] in "MD" or one.code == "R201" for one in found)


def all_right(release, stated, techniques):
    """Each technique is of the release, and the tactics are those that the techniques have."""
    have = [set(release.active[one].tactics) for one in techniques if one in release.active]
    return len(have) == len(techniques) > 0 and set(stated) == set().union(*have)
