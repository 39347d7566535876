"""The checks of what tags state: tactics and techniques side by side, and the tags themselves."""

import pytest

from check import judged
from check.judged import LITERAL, ON_NEW, ON_OLD
from detcov.check import (
    duplicate_key,
    missing_rule_id,
    other_object,
    run_checks,
    tactic_malformed,
    tactic_missing,
    tactic_to_decide,
    tactic_without_technique,
    tag_not_text,
    technique_without_tactic,
)
from detcov.model import Defect, Place
from made import (
    BREAKING,
    ENTRY,
    HIDING,
    RUNNING,
    STAYING,
    TAKING,
    make_corpus,
    make_mapping,
    make_rule,
)

RUNS = RUNNING.id
BREAKS_TAKES = BREAKING.id, TAKING.id
ENTERS_STAYS = ENTRY.id, STAYING.id


def tags(*stated):
    """The mappings of tags, each in a line of its own from 10 on: a technique's id or a tactic."""
    return [
        make_mapping(one, line=line, entry=line)
        if one[:1] == "T"
        else make_mapping(name=one, line=line, entry=line)
        for line, one in enumerate(stated, start=10)
    ]


def found(check, *mappings, **fields):
    """The check's findings on a Sigma rule, as `judged.found` tells them."""
    return judged.found(check, *mappings, **{"paired": False, "format": "sigma"} | fields)


class TestTacticWithoutTechnique:
    CHECK = tactic_without_technique.CHECK

    def test_found(self):
        assert found(self.CHECK, *tags("running-code", "taking", "T1001")) == [
            ("M116", "note", 11, "none of the rule's techniques is in Taking", "taking", None)
        ]

    def test_what_an_earlier_release_had_is_drift(self):
        # T1007 was hidden in 9.0; in 10.0, where hiding is silence, it is not.
        stated = tags("staying", "silence", "T1007")
        said = "none of the rule's techniques is in Silence"
        stale = f"{said} any more; drop the tag"

        assert found(self.CHECK, *stated) == [("D116", "note", 11, stale, "silence", "")]
        assert found(self.CHECK, *stated, resolver=LITERAL) == [
            ("M116", "note", 11, said, "silence", None)
        ]

    @pytest.mark.parametrize(
        "stated",
        [
            ("running-code", "T1001"),
            ("entry", "staying", "T1002"),
            ("taking",),
            ("nothing", "T1001"),
            ("running-code", "T1001-001"),
            ("taking", "T1001", "T9999"),  # M102
            ("taking", "T1001", "T107.004"),  # M101
            ("takking", "T1001"),  # M113
        ],
    )
    def test_not_found(self, stated):
        assert found(self.CHECK, *tags(*stated)) == []

    def test_not_found_for_pairs_and_for_what_is_newer(self):
        assert found(self.CHECK, *tags("taking", "T1001"), paired=True) == []
        assert found(self.CHECK, *tags("staying", "T1017"), resolver=ON_OLD) == []


class TestTechniqueWithoutTactic:
    CHECK = technique_without_tactic.CHECK

    @pytest.mark.parametrize(
        ("stated", "line", "message", "subject"),
        [
            (
                ("taking", "entry", "T1001"),
                12,
                "T1001 is in Running Code; the rule's tags name taking, entry only",
                "T1001",
            ),
            (("T1001",), 10, "T1001 is in Running Code; the rule's tags name no tactic", "T1001"),
        ],
    )
    def test_found(self, stated, line, message, subject):
        assert found(self.CHECK, *tags(*stated)) == [
            ("M117", "warning", line, message, subject, None)
        ]

    def test_what_an_earlier_release_had_is_drift(self):
        # T1007 was hidden in 9.0, too; that column is gone.
        stated = tags("hiding", "T1007")
        message = "T1007 is in Staying; the rule's tags name hiding only"
        literally = "T1007 is in Staying; the rule's tags name no tactic"

        assert found(self.CHECK, *stated) == [("D117", "note", 11, message, "T1007", None)]
        assert found(self.CHECK, *stated, resolver=LITERAL) == [
            ("M117", "warning", 11, literally, "T1007", None)
        ]

    @pytest.mark.parametrize(
        "stated",
        [
            ("runing-code", "T1001"),
            ("hiding", "T1004"),
            ("hidding", "T1004"),
            ("hiding", "T1008"),
            ("staying", "T1005"),
        ],
    )
    def test_not_found_where_it_is_told_already(self, stated):
        """The tactic is misspelt (M113), has another name now (D113), or is a person's (D120)."""
        assert found(self.CHECK, *tags(*stated)) == []

    @pytest.mark.parametrize("technique", ["T1011", "T1016", "T9999", "T1001", "T107.004"])
    def test_not_found_for_what_is_revoked_deprecated_unknown_or_right(self, technique):
        assert found(self.CHECK, *tags("running-code", technique)) == []

    def test_not_found_for_pairs_and_for_what_is_newer(self):
        assert found(self.CHECK, *tags("taking", "T1001"), paired=True) == []
        assert found(self.CHECK, *tags("staying", "T1017"), resolver=ON_OLD) == []


class TestTacticToDecide:
    CHECK = tactic_to_decide.CHECK

    def told(self, *stated, **fields):
        """Message, line, how many mappings, and what there is to choose from."""
        rule = make_rule(*tags(*stated), paired=False, format="sigma", **fields)
        resolutions = [ON_NEW.resolve(rule)]
        findings = run_checks(make_corpus(rule), resolutions, ON_NEW, "live", [self.CHECK])
        assert all((one.code, one.severity) == ("D120", "note") for one in findings)
        assert sum(one.need_person for one in findings) == sum(
            one.needs_person for one in resolutions[0]
        )
        return [
            (one.message.removesuffix(" (needs a person)"), one.place.line, one.candidates)
            for one in findings
        ]

    def test_several_were_lost_and_one_gained_is_told_once(self):
        assert self.told("staying", "hiding", "T1005", "T1004") == [
            ("T1005 was in Staying, Hiding until 9.0; it is in Running Code instead", 12, (RUNS,))
        ]

    def test_one_was_lost_and_several_gained(self):
        assert self.told("hiding", "T1006") == [
            ("T1006 was in Hiding until 9.0; it is in Breaking or Taking instead", 11, BREAKS_TAKES)
        ]

    def test_one_is_gone_and_several_are_left(self):
        assert self.told("hiding", "T1008") == [
            ("T1008 was in Hiding until 9.0; it is in Entry, Staying only", 11, ENTERS_STAYS)
        ]

    @pytest.mark.parametrize(
        "stated",
        [
            ("hiding", "T1004"),
            ("hiding", "T1007"),
            ("hiding", "T1003"),
            ("running-code", "T1005"),
            # These state what the technique kept, or came to: the rule has chosen.
            ("hiding", "entry", "T1008"),
            ("staying", "hiding", "running-code", "T1005"),
            ("hiding", "breaking", "T1006"),
        ],
    )
    def test_not_found(self, stated):
        assert self.told(*stated) == []

    def test_not_found_literally_nor_for_pairs(self):
        assert found(self.CHECK, *tags("hiding", "T1006"), resolver=LITERAL) == []
        assert found(self.CHECK, make_mapping("T1006", HIDING), paired=True) == []

    @pytest.mark.parametrize(
        "check", [tactic_without_technique, technique_without_tactic, tactic_missing]
    )
    def test_no_other_check_tells_it_again(self, check):
        for stated in (
            ("staying", "hiding", "T1005"),
            ("hiding", "T1006"),
            ("staying", "T1005"),
            ("hiding", "T1008"),
        ):
            assert self.told(*stated)
            assert found(check.CHECK, *tags(*stated)) == []


class TestTacticMissing:
    CHECK = tactic_missing.CHECK

    def test_found(self):
        message = "T1002 is in Entry as well, which no tag names"

        assert found(self.CHECK, *tags("staying", "T1002")) == [
            ("M118", "note", 11, message, "T1002", None)
        ]

    def test_a_tactic_that_came_with_the_release_is_drift(self):
        message = "T1017 is in Staying as well, which no tag names"

        assert found(self.CHECK, *tags("entry", "T1017")) == [
            ("D118", "note", 11, message, "T1017", None)
        ]

    def test_not_found_where_the_tactic_is_told_already(self):
        """What T1004 has is what is to be written for "hiding" (D113)."""
        stated = tags("hiding", "silence", "T1003", "T1004")

        assert found(self.CHECK, *stated) == []

    @pytest.mark.parametrize(
        "stated", [("entry", "staying", "T1002"), ("taking", "T1002"), ("entry", "stayng", "T1002")]
    )
    def test_not_found(self, stated):
        assert found(self.CHECK, *tags(*stated)) == []
        assert found(self.CHECK, *tags(*stated[1:]), paired=True) == []


def defect(kind, subject, meant=None):
    return Defect(kind=kind, subject=subject, place=Place(line=7), meant=meant)


class TestTacticMalformed:
    CHECK = tactic_malformed.CHECK

    @pytest.mark.parametrize(
        ("stated", "meant", "fix"),
        [
            ("attack.running_code", "attack.running-code", "attack.running-code"),
            ("attack.Running Code", "attack.running-code", "attack.running-code"),
            # What it is called now is told by D113.
            ("attack.Hiding", "attack.hiding", None),
        ],
    )
    def test_a_name(self, stated, meant, fix):
        message = f"{stated!r} is no tactic's short name; {meant} is meant"

        assert found(self.CHECK, defects=(defect("tactic-malformed", stated, meant),)) == [
            ("M115", "warning", 7, message, stated, fix)
        ]

    def test_an_id(self):
        mapping = make_mapping(None, "TA002", tactic_place=Place(line=8))

        assert found(self.CHECK, mapping) == [
            ("M115", "warning", 8, "'TA002' is no tactic id; TA0002 is meant", "TA002", "TA0002")
        ]

    def test_not_found(self):
        stated = defect("tactic-malformed", "attack.Hiding", "attack.hiding")

        assert found(self.CHECK, *tags("running-code"), make_mapping(None, "TA0002")) == []
        assert found(self.CHECK, defects=(stated,), resolver=LITERAL) == [], "it is unknown there"


@pytest.mark.parametrize(
    ("check", "kind", "subject", "code", "severity", "message"),
    [
        (
            other_object.CHECK,
            "other-object",
            "attack.ds0005",
            "M119",
            "note",
            "the tag 'attack.ds0005' names an ATT&CK object that rules don't map to",
        ),
        (
            duplicate_key.CHECK,
            "duplicate-key",
            "selection",
            "R210",
            "warning",
            "the key 'selection' stands twice in one mapping; the last one counts",
        ),
        (
            tag_not_text.CHECK,
            "not-text",
            "1059.001",
            "R211",
            "warning",
            "the tag 1059.001 is no text",
        ),
    ],
)
def test_a_defect_that_the_parser_saw(check, kind, subject, code, severity, message):
    assert found(check, defects=(defect("another", "x"), defect(kind, subject))) == [
        (code, severity, 7, message, subject, None)
    ]


def test_a_rule_without_an_id():
    check = missing_rule_id.CHECK
    without = {"native_id": "a/b#1.yml#0", "path": "a/b#1.yml", "place": Place(line=3)}

    assert found(check, **without) == [
        ("R209", "warning", 3, "the rule has no id of its own", None, None)
    ]
    assert found(check, **without | {"native_id": "an-id"}) == []
    assert found(check, **without | {"format": "falco"}) == [], "whose rules go by their names"
