"""Which rules of another corpus would close a gap of the small sample."""

from gaps_sample import gaps_of


def test_candidates_by_technique():
    found = gaps_of(with_candidates=True).candidates

    assert {
        technique: [(one.rule.name, one.column.value) for one in inside]
        for technique, inside in found.items()
    } == {
        "T1001.002": [("Closes two", "runtime")],
        # Ours is only a signal there; theirs would alert.
        "T1002": [
            ("Also closes", "control plane"),
            ("Closes two", "runtime"),
            ("Is no signal here", "runtime"),
        ],
        # A rule on nodes closes nothing, a deprecated one doesn't count.
        "T1003": [],
        "T1004.001": [],
        # We have that rule, and it doesn't look there.
        "T1007": [],
    }


def test_none_where_no_corpus_was_given():
    assert gaps_of().candidates is None
