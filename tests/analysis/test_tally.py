"""A tally is what `measure` gives, for any rules; `measure` is held to counts made elsewhere."""

from itertools import compress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

import real
from detcov.attack.store import bundled_releases, load_release
from detcov.model import RuleKey
from detcov.study import StudyOptions, build_study
from detcov.timeline.studies import Studies
from made import NEW, OLD, make_corpus, make_mapping, make_rule, make_state

IDS = st.sampled_from([*NEW.techniques, *OLD.techniques, "T9999", "x"])
MAPPINGS = st.builds(make_mapping, IDS, st.sampled_from([None, *NEW.tactics, *OLD.tactics]))
STATES = st.sampled_from(
    [make_state(), make_state(lifecycle="deprecated"), make_state(emits="signal")]
)
RULES = st.builds(
    lambda mappings, **fields: make_rule(*mappings, **fields),
    st.lists(MAPPINGS, max_size=4),
    native_id=st.sampled_from("abc"),
    state=STATES,
    paired=st.booleans(),
    platforms=st.sampled_from([(), ("Linux",), ("Windows",)]),
)


def numbers_of(study):
    coverage = study.coverage
    return (
        (coverage.headline.numerator, coverage.headline.denominator),
        len(coverage.counted),
        {(one.tactic.id, one.tactic.name): one.ratio for one in coverage.tactics},
    )


def numbers_in(tally):
    covered = tally.covered
    return (covered.numerator, covered.denominator), tally.rules, dict(tally.tactics)


A, B = (RuleKey(source="ours", format="elastic", native_id=one) for one in "ab")


def chosen(rules):
    """Days that share rules: each a part of the same ones, "a" and "b" being one rule or two."""
    part = st.lists(st.booleans(), min_size=len(rules), max_size=len(rules))
    united = st.sampled_from([{}, {A: A, B: A}])
    days = st.lists(st.tuples(part, united), min_size=1, max_size=4)
    return days.map(
        lambda found: [
            structs.replace(make_corpus(*compress(rules, day)), united=one) for day, one in found
        ]
    )


@given(
    st.lists(RULES, max_size=8).flatmap(chosen),
    st.sampled_from(["live", "active", "all"]),
    st.sampled_from([(), ("Linux",)]),
)
def test_it_is_what_is_measured(days, count, platforms):
    options = StudyOptions(count=count, platforms=platforms)
    studies = Studies((OLD, NEW), options=options)
    for corpus in days:
        for release in (OLD, NEW):
            study = build_study(corpus, release, known=(OLD, NEW), options=options)
            numbers = studies.numbers(corpus, release)
            assert numbers_in(numbers.tally) == numbers_of(study)
            found = {key: n for key, n in numbers.findings.items() if n}
            levels = [one.level for one in study.findings]
            assert found == {level: levels.count(level) for level in set(levels)}


@pytest.mark.parametrize("version", ["18.1", "19.0"])
def test_on_elastics_rules(version):
    """The reference's own count of covered techniques."""
    studies = Studies(bundled_releases())
    release, cells = load_release(version), real.oracle(f"elastic20260505_cells_{version}.json")
    found = studies.numbers(real.elastic_rules(), release).tally
    claimed = cells["live"]["techniques"]
    pre = {key for key, one in release.techniques.items() if set(one.platforms) == {"PRE"}}
    assert found.covered.numerator == len(claimed.keys() - pre)
    assert found.rules == 1621
