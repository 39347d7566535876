"""Which rules are one by an alias; what is expected is written out, case by case."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detcov.load.alias import still_there, together, unite
from detcov.load.corpus import united
from made import make_corpus, make_rule

U, V, W = (f"0a1b2c3d-0000-4000-8000-00000000000{digit}" for digit in "abc")


def rule(source, native_id, path="", **fields):
    fields = {"format": "sigma", "name": f"Rule {native_id}"} | fields
    return make_rule(source=source, native_id=native_id, path=path or f"{native_id}.yml", **fields)


def groups(*rules, aliases=()):
    """The positions of the rules that are one, and what is said of the aliases."""
    corpus = united(make_corpus(*rules), aliases)
    found = {}
    for position, index in enumerate(corpus.canonical):
        found.setdefault(index, []).append(position)
    return [of for of in found.values() if len(of) > 1], list(corpus.notes)


RULES = (
    rule("a", "1"),
    rule("a", "2", name="Same"),
    rule("b", "1", format="falco"),
    rule("b", "3", name="Same"),
    rule("b", "4", "many.yml"),
    rule("b", "5", "many.yml"),
    rule("c", U),
    rule("d", U.upper()),
)
NONE = "alias {!r}: no rule is called so".format


@pytest.mark.parametrize(
    ("aliases", "expected"),
    [
        ([], [[6, 7]]),
        ([["a:sigma:1", "b:falco:1"]], [[0, 2], [6, 7]]),
        ([["A/1.YML", "b:falco:1"]], [[0, 2], [6, 7]]),
        ([["2", "rule 4"]], [[1, 4], [6, 7]]),
        # Two groups with a rule in common are one.
        ([["2", "Rule 4"], ["b:falco:1", "4"]], [[1, 2, 4], [6, 7]]),
        # All copies of a rule that has a UUID come along.
        ([["2", U]], [[1, 6, 7]]),
        # Two rules of one source are one if its owner says so.
        ([["a:sigma:1", "2", "3"]], [[0, 1, 3], [6, 7]]),
    ],
)
def test_rules_that_the_settings_call_one(aliases, expected):
    assert groups(*RULES, aliases=aliases) == (expected, [])


@pytest.mark.parametrize(
    ("alias", "expected", "notes"),
    [
        (["2", "nix"], [], [NONE("nix")]),
        # What is left of a group is one all the same.
        (["2", "nix", "4"], [[1, 4]], [NONE("nix")]),
        (["nix", "nux"], [], [NONE("nix"), NONE("nux")]),
        (["2", "*.yml"], [], [NONE("*.yml")]),
        (
            ["2", "1"],
            [],
            ["alias '1': 2 rules are called so (a:sigma:1, b:falco:1); an alias names one"],
        ),
        (
            ["a:sigma:1", "Same"],
            [],
            ["alias 'Same': 2 rules are called so (a:sigma:2, b:sigma:3); an alias names one"],
        ),
        (["2", "a:sigma:2"], [], ["alias '2', 'a:sigma:2': this is one rule without it"]),
        (
            [f"c:sigma:{U}", f"d:sigma:{U}"],
            [],
            [f"alias 'c:sigma:{U}', 'd:sigma:{U}': this is one rule without it"],
        ),
        (["4", "5"], [], ["alias '4', '5': b/many.yml has two of them, which stay two rules"]),
        (
            ["2", "4", "5"],
            [],
            ["alias '2', '4', '5': b/many.yml has two of them, which stay two rules"],
        ),
    ],
)
def test_an_alias_that_comes_to_nothing_is_told(alias, expected, notes):
    assert groups(*RULES, aliases=[alias]) == ([*expected, [6, 7]], notes)


def test_two_rules_of_a_file_are_not_united_by_a_third_either():
    found, notes = groups(*RULES, aliases=[["4", "2"], ["2", "5"]])
    assert found == [[1, 4], [6, 7]]
    assert notes == ["alias '2', '5': b/many.yml has two of them, which stay two rules"]


def test_a_key_is_meant_before_a_name():
    other = rule("z", "9", name="a:sigma:1")
    assert groups(*RULES[:2], other, aliases=[["a:sigma:1", "2"]]) == ([[0, 1]], [])


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        # The same rule before and after, in two sources.
        ((rule("a", U), rule("b", V, former=(U,))), [[0, 1]]),
        ((rule("a", U.upper()), rule("b", V, former=(U,))), [[0, 1]]),
        # Its id before was no UUID: of Sigma's rules alone.
        ((rule("a", "old-1"), rule("b", V, former=("old-1",))), [[0, 1]]),
        ((rule("a", "old-1", format="falco"), rule("b", V, former=("old-1",))), []),
        # A UUID is one everywhere.
        ((rule("a", U, format="kibana"), rule("b", V, former=(U,))), [[0, 1]]),
        # Renamed twice.
        ((rule("a", U), rule("b", V, former=(U,)), rule("c", W, former=(V,))), [[0, 1, 2]]),
        ((rule("a", U), rule("b", W, former=(U, V))), [[0, 1]]),
        # Nobody has the old id any more.
        ((rule("b", V, former=(U,)), rule("b", W)), []),
        ((rule("b", V, former=(V,)), rule("b", W)), []),
        # Old and new in one source: two.
        ((rule("a", U), rule("a", V, former=(U,))), []),
        # So they are where another source has the old one, too.
        ((rule("a", U), rule("b", U), rule("b", V, former=(U,))), [[0, 1]]),
        # Two rules of a source had the id: it is nobody's.
        ((rule("a", U), rule("b", V, former=(U,)), rule("b", W, former=(U,))), []),
        # A source has both of the ids that a rule had before.
        ((rule("a", U), rule("a", V), rule("b", W, former=(U, V))), []),
    ],
)
def test_rules_that_are_one_by_an_id_of_before(rules, expected):
    assert groups(*rules) == (expected, [])


def test_the_owner_has_the_last_word_on_former_ids():
    rules = rule("a", U), rule("a", V, former=(U,))
    assert groups(*rules, aliases=[[U, V]]) == ([[0, 1]], [])


def test_what_former_ids_unite_stands_in_no_file_twice_by_an_alias():
    rules = rule("a", U, "x.yml"), rule("b", V, former=(U,)), rule("a", W, "x.yml")
    assert groups(*rules, aliases=[[V, W]]) == (
        [[0, 1]],
        [f"alias {V!r}, {W!r}: a/x.yml has two of them, which stay two rules"],
    )


def test_who_has_an_id_of_before():
    rules = rule("a", U), rule("b", V, former=(U.upper(), "9")), rule("b", W)
    assert list(still_there(rules)) == [(rules[1], U.upper(), rules[0])]
    assert list(still_there(rules[::2])) == []


def test_without_aliases_nothing_is_touched():
    corpus = make_corpus(*RULES)
    assert united(corpus) is corpus
    assert corpus.united == {}


def test_across_two_corpora():
    ours, theirs = make_corpus(rule("a", "1")), make_corpus(rule("x", "2"), rule("y", "3"))
    ours, theirs = unite((ours, theirs), [["1", "3"], ["1", "nix"]])
    assert ours.notes == (NONE("nix"),)
    assert theirs.notes == ()
    own = ours.identity(ours.rules[0].key)
    assert [theirs.identity(one.key) == own for one in theirs.rules] == [False, True]
    assert set(ours.anywhere(ours.rules[0])) & set(theirs.anywhere(theirs.rules[1]))


def test_one_rule_on_two_sides():
    """The alias finds both of its rules on one side only."""
    aliases = [["1", "2"]]
    before = united(make_corpus(rule("b", "2")), aliases)
    after = united(make_corpus(rule("a", "1"), rule("b", "2")), aliases)
    one, other = (each.key.identity for each in after.rules)
    assert before.united == {}
    for found in (together(before, after), together(after, before)):
        assert found[one] == found[other]


IDS = st.sampled_from("123456")
MADE = st.builds(
    lambda source, native_id, path, former: rule(source, native_id, path, former=former),
    st.sampled_from("abc"),
    IDS,
    st.sampled_from(["x.yml", "y.yml", "z.yml"]),
    st.lists(IDS, max_size=2).map(tuple),
)


def parted(corpus):
    """The keys of the rules that are one, as sets."""
    found = {}
    for one in corpus.rules:
        found.setdefault(corpus.identity(one.key), set()).add(str(one.key))
    return sorted(map(sorted, found.values()))


@given(st.lists(MADE, max_size=8), st.randoms())
def test_former_ids_unite_in_any_order_and_never_two_rules_of_a_source(rules, random):
    whole = parted(united(make_corpus(*rules)))
    for group in whole:
        sources = [key.partition(":")[0] for key in group]
        assert len(sources) == len(set(sources))
    random.shuffle(rules)
    assert parted(united(make_corpus(*rules))) == whole


NAMES = st.one_of(
    st.builds("{}:sigma:{}".format, st.sampled_from("abc"), IDS),
    st.builds("{}/{}".format, st.sampled_from("abc"), st.sampled_from(["x.yml", "y.yml"])),
    IDS,
)


@given(st.lists(MADE, max_size=8), st.lists(st.lists(NAMES, min_size=2, max_size=4), max_size=4))
def test_whatever_is_stated_each_group_is_united_or_told_of(rules, aliases):
    corpus = united(make_corpus(*rules), aliases)
    for group in aliases:
        keys = {one.key for one in corpus.rules for name in group if name == str(one.key)}
        if len({str(key) for key in keys}) == len({*group}) > 1 and not any(
            all(repr(name) in note for name in {*group}) for note in corpus.notes
        ):
            assert len({corpus.identity(key) for key in keys}) == 1
    by_former = parted(united(make_corpus(*rules)))
    assert all(any({*group} <= {*larger} for larger in parted(corpus)) for group in by_former), (
        "an alias parts nothing"
    )
