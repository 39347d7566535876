"""Compares sides made by hand; what is expected is written out, case by case."""

import pytest
from msgspec import structs

from detcov.analysis.change import Turn, compare
from detcov.analysis.rule_change import Mark, Marks, RuleFate
from detcov.load.corpus import united
from detcov.model import Corpus, Finding, ParseFailure, Place, RuleKey, Severity
from detcov.study import StudyOptions, build_study
from made import (
    BREAKING,
    ENTRY,
    HIDING,
    NEW,
    OLD,
    RUNNING,
    STAYING,
    TAKING,
    make_corpus,
    make_mapping,
    make_rule,
    make_state,
)


def seen(*rules, release=NEW, failures=()):
    corpus = structs.replace(make_corpus(*rules), failures=failures)
    return build_study(corpus, release, known=(OLD, NEW))


def rule(native_id, *techniques, **fields):
    mappings = [make_mapping(one, RUNNING) for one in techniques]
    fields = {"name": f"Rule {native_id}"} | fields
    return make_rule(*mappings, native_id=native_id, **fields)


def turns(change):
    return [(one.turn, one.technique.id, one.before, one.after) for one in change.techniques]


def fates(change):
    return [(one.fate, one.key.native_id, one.lost, one.gained, one.why) for one in change.rules]


def key(native_id):
    return RuleKey(source="ours", format="elastic", native_id=native_id)


def test_nothing_changed():
    both = seen(rule("a", "T1001"))
    change = compare(both, both)
    assert (change.techniques, change.rules, change.release) == ((), (), None)
    assert change.before == change.between == change.after == both.coverage.headline


def test_techniques_are_lost_gained_thinner_and_deeper():
    before = seen(
        rule("a", "T1001", "T1017", "T1001.001"), rule("b", "T1017"), rule("c", "T1001.001")
    )
    after = seen(
        rule("b", "T1017", "T1001.001", "T1001.002"), rule("c", "T1001.001"), rule("d", "T1001.001")
    )
    assert turns(compare(before, after)) == [
        (Turn.LOST, "T1001", 1, 0),
        (Turn.GAINED, "T1001.002", 0, 1),
        (Turn.THINNER, "T1017", 2, 1),
        (Turn.DEEPER, "T1001.001", 2, 3),
    ]


RETIRED = make_state("deprecated", field="metadata.maturity")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([rule("a", "T1001")], [], (RuleFate.REMOVED, "a", ("T1001",), (), "")),
        ([], [rule("a", "T1001")], (RuleFate.ADDED, "a", (), ("T1001",), "")),
        (
            [],
            [rule("a", "T1001", state=RETIRED)],
            (RuleFate.ADDED, "a", (), (), "deprecated by metadata.maturity"),
        ),
        (
            [rule("a", "T1001")],
            [rule("a", "T1001", state=RETIRED)],
            (RuleFate.RETIRED, "a", ("T1001",), (), "deprecated by metadata.maturity"),
        ),
        (
            [rule("a", "T1001")],
            [rule("a", "T1001", state=make_state(enabled="no"))],
            (RuleFate.RETIRED, "a", ("T1001",), (), "not enabled"),
        ),
        (
            [rule("a", "T1001", state=make_state(emits="signal"))],
            [rule("a", "T1001")],
            (RuleFate.REVIVED, "a", (), ("T1001",), ""),
        ),
        (
            [rule("a", "T1001", "T1017")],
            [rule("a", "T1001", "T1001.001")],
            (RuleFate.REMAPPED, "a", ("T1017",), ("T1001.001",), ""),
        ),
        (
            [rule("a", "T1001", name="Old name")],
            [rule("a", "T1001", name="New name")],
            (RuleFate.RENAMED, "a", (), (), 'was "Old name"'),
        ),
        (
            [rule("a", "T1001", path="x/a.toml")],
            [rule("a", "T1001", path="y/a.toml")],
            (RuleFate.RENAMED, "a", (), (), "was x/a.toml"),
        ),
        (
            [rule("x.toml#0", "T1001", path="x.toml", name="Same")],
            [rule("y.toml#0", "T1001", path="y.toml", name="Same")],
            (RuleFate.RENAMED, "y.toml#0", (), (), "was x.toml"),
        ),
    ],
)
def test_what_becomes_of_a_rule(before, after, expected):
    assert fates(compare(seen(*before), seen(*after))) == [expected]


def test_two_rules_alike_are_not_taken_for_renamed_ones():
    def one(path):
        return rule(f"{path}#0", "T1001", path=path, name="Same")

    change = compare(seen(one("x"), one("y")), seen(one("z")))
    assert [fate for fate, *_ in fates(change)] == [RuleFate.REMOVED] * 2 + [RuleFate.ADDED]


def test_a_rule_whose_file_is_broken_is_no_removed_rule():
    broken = (ParseFailure(source="ours", path="a.toml", message="bad"),)
    whole, hurt = seen(rule("a", "T1001")), seen(failures=broken)
    assert fates(compare(whole, hurt)) == [(RuleFate.UNREADABLE, "a", ("T1001",), (), "")]
    assert fates(compare(hurt, whole)) == [(RuleFate.READABLE, "a", (), ("T1001",), "")]


def test_a_copy_keeps_a_rule_alive():
    copy = rule("a", "T1001", path="other/a.toml")
    change = compare(seen(rule("a", "T1001"), copy), seen(rule("a", "T1001", state=RETIRED), copy))
    assert turns(change) == []
    why = "a.toml: deprecated by metadata.maturity"
    assert fates(change) == [(RuleFate.FEWER, "a", (), (), why)]


U, V = (f"0a1b2c3d-0000-4000-8000-00000000000{digit}" for digit in "ab")


def at(source, *techniques, path="x.toml", native_id=U, **fields):
    fields = {"name": "Same"} | fields
    return rule(native_id, *techniques, source=source, path=path, **fields)


BOTH = (at("a", "T1001"), at("b", "T1001"))
OWN = at("b", "T1001", "T1017")
"""A copy that claims more"""


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (BOTH, BOTH[:1], [(RuleFate.FEWER, (), (), "no longer in b: x.toml")]),
        (BOTH, BOTH[1:], [(RuleFate.FEWER, (), (), "no longer in a: x.toml")]),
        (BOTH[:1], BOTH, [(RuleFate.MORE, (), (), "now in b: x.toml too")]),
        (BOTH[1:], BOTH, [(RuleFate.MORE, (), (), "now in a: x.toml too")]),
        # In one source, of no interest what stands first.
        (
            (at("a", "T1001"), at("a", "T1001", path="y.toml")),
            (at("a", "T1001", path="y.toml"),),
            [(RuleFate.FEWER, (), (), "no longer in x.toml")],
        ),
        # All copies at once.
        (BOTH, (), [(RuleFate.REMOVED, ("T1001",), (), "")]),
        ((), BOTH, [(RuleFate.ADDED, (), ("T1001",), "")]),
        # What one copy alone claimed.
        (
            (at("a", "T1001"), OWN),
            BOTH[:1],
            [(RuleFate.REMAPPED, ("T1017",), (), "no longer in b: x.toml")],
        ),
        (
            BOTH[:1],
            (at("a", "T1001"), OWN),
            [(RuleFate.REMAPPED, (), ("T1017",), "now in b: x.toml too")],
        ),
        # A copy that counts goes, one that doesn't stays.
        (
            (at("a", "T1001", state=RETIRED), at("b", "T1001")),
            (at("a", "T1001", state=RETIRED),),
            [(RuleFate.RETIRED, ("T1001",), (), "deprecated by metadata.maturity")],
        ),
        (
            BOTH,
            (at("a", "T1001"), at("b", "T1001", state=RETIRED)),
            [(RuleFate.FEWER, (), (), "b: x.toml: deprecated by metadata.maturity")],
        ),
        (
            (at("a", "T1001"), at("b", "T1001", state=RETIRED)),
            BOTH,
            [(RuleFate.MORE, (), (), "counts in b: x.toml too")],
        ),
        # Copies that never counted are told of likewise.
        (
            (at("a", "T1001", state=RETIRED), at("b", "T1001", state=RETIRED)),
            (at("a", "T1001", state=RETIRED),),
            [(RuleFate.FEWER, (), (), "no longer in b: x.toml")],
        ),
        # Names and paths are compared source by source.
        (
            (at("a", "T1001", name="A"), at("b", "T1001", name="B")),
            (at("b", "T1001", name="B"),),
            [(RuleFate.FEWER, (), (), "no longer in a: x.toml")],
        ),
        (
            (at("a", "T1001", name="A"), at("b", "T1001", name="B")),
            (at("a", "T1001", name="A"), at("b", "T1001", name="C")),
            [(RuleFate.RENAMED, (), (), 'was "B"')],
        ),
        (
            BOTH,
            (at("a", "T1001"), at("b", "T1001", path="y.toml")),
            [(RuleFate.RENAMED, (), (), "was b: x.toml")],
        ),
        # From one source to another.
        (
            BOTH[:1],
            (at("b", "T1001", path="y.toml"),),
            [(RuleFate.RENAMED, (), (), "was a: x.toml")],
        ),
        (
            BOTH,
            (at("a", "T1001"), at("c", "T1001")),
            [
                (RuleFate.FEWER, (), (), "no longer in b: x.toml"),
                (RuleFate.MORE, (), (), "now in c: x.toml too"),
            ],
        ),
    ],
)
def test_what_becomes_of_a_rule_with_copies(before, after, expected):
    change = compare(seen(*before), seen(*after))
    assert [(one.fate, one.lost, one.gained, one.why) for one in change.rules] == expected
    own = {"T1001", "T1017"}
    told = {one.technique.id for one in change.techniques}
    assert told == {one for _, lost, gained, _ in expected for one in (*lost, *gained)} & own


def test_a_copy_in_a_file_that_is_broken():
    broken = (ParseFailure(source="b", path="x.toml", message="bad"),)
    whole, hurt = seen(*BOTH), seen(*BOTH[:1], failures=broken)
    assert [(one.fate, one.why) for one in compare(whole, hurt).rules] == [
        (RuleFate.FEWER, "b: x.toml can't be read")
    ]
    assert [(one.fate, one.why) for one in compare(hurt, whole).rules] == [
        (RuleFate.MORE, "b: x.toml can be read again")
    ]
    gone = seen(failures=broken)
    assert [one.fate for one in compare(whole, gone).rules] == [RuleFate.UNREADABLE]
    assert [one.fate for one in compare(gone, whole).rules] == [RuleFate.READABLE]


def test_a_copy_that_alone_states_a_platform():
    """On Windows the technique is lost with the copy, though the rule claims what it did."""
    rules = at("a", "T1001", platforms=("Linux",)), at("b", "T1001", platforms=("Windows",))
    before, after = (
        build_study(make_corpus(*some), NEW, options=StudyOptions(platforms=("Windows",)))
        for some in (rules, rules[:1])
    )
    (lost,) = compare(before, after).of(Turn.LOST)
    assert [(one.fate, one.why) for one in lost.rules] == [
        (RuleFate.FEWER, "no longer in b: x.toml")
    ]


def test_a_rule_that_now_says_which_id_it_had():
    """It and its older copy count as two before, and as one after; the reverse parts them."""

    def side(former):
        new = at("b", "T1001", native_id=V, format="sigma", former=former)
        return build_study(united(make_corpus(at("a", "T1001"), new)), NEW)

    apart, joined = side(()), side((U,))
    for before, after, turn, fate in (
        (apart, joined, Turn.THINNER, RuleFate.JOINED),
        (joined, apart, Turn.DEEPER, RuleFate.PARTED),
    ):
        change = compare(before, after)
        assert [(one.fate, one.why) for one in change.rules] == [(fate, "a: x.toml, b: x.toml")]
        (one,) = change.techniques
        assert (one.turn, {one.before, one.after}) == (turn, {1, 2})
        assert [one.fate for one in one.rules] == [fate]
    assert compare(joined, joined).rules == compare(apart, apart).rules == ()


def test_the_rule_that_did_it_last_comes_first():
    first = Mark(order=1, id="1111", date="2026-05-04")
    last = Mark(order=2, id="2222", date="2026-05-11")
    marks = Marks(
        rules={key("a"): last, key("b"): last},
        ended={(key("a"), "T1001"): first, (key("b"), "T1001"): last},
    )
    before = seen(rule("a", "T1001"), rule("b", "T1001"))
    (lost,) = compare(before, seen(rule("a", "T1017")), marks=marks).of(Turn.LOST)
    assert [(one.key.native_id, one.fate, one.mark) for one in lost.rules] == [
        ("b", RuleFate.REMOVED, last),
        ("a", RuleFate.REMAPPED, first),
    ]


def finding(code="D001", line=1, subject="T1001"):
    return Finding(
        code=code,
        name="n",
        severity=Severity.ERROR,
        message="m",
        source="ours",
        path="a.toml",
        place=Place(line=line),
        rule_id="a",
        rule_name="A",
        subject=subject,
    )


def test_findings_that_only_moved_in_their_file_are_neither_new_nor_fixed():
    both = seen(rule("a", "T1001"))
    before = [finding(line=1), finding(line=2), finding("D002")]
    after = [finding(line=9), finding("D003")]
    change = compare(both, both, findings=(before, after))
    assert [one.code for one in change.found] == ["D003"]
    assert [one.code for one in change.fixed] == ["D001", "D002"]


class TestRelease:
    """The old rules under 9.0, then under 10.0, then the new rules under 10.0."""

    def change(self, old_rules, new_rules):
        return compare(seen(*old_rules, release=OLD), seen(*new_rules), between=seen(*old_rules))

    def test_what_the_release_did_is_not_what_the_rules_did(self):
        old = [
            make_rule(make_mapping("T1011", TAKING), native_id="a"),
            make_rule(make_mapping("T1016", RUNNING), native_id="c"),
        ]
        change = self.change(old, [*old, rule("b", "T1017")])
        assert turns(change) == [(Turn.GAINED, "T1017", 0, 1)]
        assert [one.key.native_id for one in change.rules] == ["b"]
        release = change.release
        assert [(was.id, now.id) for was, now in release.carried] == [("T1011", "T1021.001")]
        assert [(one.id, why) for one, why in release.lost] == [("T1016", "deprecated")]
        assert (release.before.numerator, release.after.numerator) == (2, 1)
        assert (change.before, change.between) == (release.before, release.after)
        assert change.after.numerator == 2
        assert [one.id for one in release.gaps] == ["T1020", "T1021"]

    def test_rules_that_follow_the_release_change_nothing(self):
        """Under 9.0 a rule for BREAKING (new in 10.0) couldn't be seen at all."""
        old = [make_rule(make_mapping("T1003", HIDING), native_id="a")]
        tactic = NEW.tactic_by_shortname[NEW.techniques["T1003"].tactics[0]]
        new = [make_rule(make_mapping("T1003", tactic), native_id="a")]
        change = self.change(old, new)
        assert (change.techniques, change.rules) == ((), ())

    def test_a_tactic_with_another_name_is_another_line(self):
        old = [make_rule(make_mapping("T1005", HIDING), native_id="a")]
        found = {(one.id, one.name): one for one in self.change(old, old).tactics}
        was, now = found["TA0005", "Hiding"], found["TA0005", "Silence"]
        assert (was.note, was.after, now.note, now.before) == (
            "until 9.0",
            None,
            "until 9.0 Hiding",
            None,
        )
        assert found[BREAKING.id, BREAKING.name].note == "not in 9.0"
        assert found[ENTRY.id, ENTRY.name].by_rules == 0
        assert found[STAYING.id, STAYING.name].by_release is not None


def test_corpora_may_be_empty():
    change = compare(seen(), seen(rule("a", "T1001")))
    assert turns(change) == [(Turn.GAINED, "T1001", 0, 1)]
    assert Corpus(rules=()) == seen().corpus
