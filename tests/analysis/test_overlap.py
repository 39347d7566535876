"""What two sets of rules have in common, against sets counted here."""

from hypothesis import given
from hypothesis import strategies as st

from detcov.analysis.overlap import Standing, overlap
from detcov.study import build_study
from made import NEW, make_corpus, make_mapping, make_rule

IDS = ("T1001", "T1001.001", "T1002", "T1020", "T1040", "T1050")
RULES = st.lists(st.lists(st.sampled_from(IDS), max_size=3), max_size=5)


def corpus_of(claims, source):
    return make_corpus(
        *(
            make_rule(*map(make_mapping, ids), native_id=f"{at}", source=source)
            for at, ids in enumerate(claims)
        )
    )


@given(RULES, RULES)
def test_every_technique_stands_where_its_counts_say(mine, theirs):
    found = overlap(
        build_study(corpus_of(mine, "a"), NEW), build_study(corpus_of(theirs, "b"), NEW)
    )
    expected = {}
    for key in IDS:
        a, b = (sum(key in ids for ids in side) for side in (mine, theirs))
        if a or b:
            word = "only B" if not a else "only A" if not b else None
            word = word or ("as deep" if a == b else "deeper" if b > a else "thinner")
            expected[key] = word, a, b
    assert {
        one.technique.id: (one.standing.value, len(one.first), len(one.second))
        for one in found.techniques
    } == expected
    # T1040 is of platform PRE only
    counted = [word for key, (word, _, _) in expected.items() if key != "T1040"]
    assert {key: n for key, n in found.counts.items() if n} == {
        Standing(word): counted.count(word) for word in counted
    }
    assert found.together.numerator == len(counted)
    assert found.first.numerator + found.counts[Standing.ADDED] == found.together.numerator
    assert found.second.numerator + found.counts[Standing.MISSING] == found.together.numerator
