"""What a rule says of a tactic: whether it is one, its name, and whether it is the technique's."""

import pytest

from check.judged import LITERAL, ON_NEW, ON_OLD, found, says
from detcov.check import (
    run_checks,
    tactic_name,
    tactic_only,
    tactic_unknown,
    technique_not_in_tactic,
)
from detcov.model import Defect, Place, Role
from detcov.resolve import Resolver
from made import (
    BREAKING,
    ENTRY,
    HIDING,
    OLD,
    RUNNING,
    SILENCE,
    STAYING,
    TAKING,
    make_corpus,
    make_release,
    make_rule,
)

SPLIT = "Hiding was split into Silence and Breaking"
OR = "did you mean TA0005 (Silence) or TA0112 (Breaking)"
PERSON = " (needs a person)"


class TestNotInTactic:
    @pytest.mark.parametrize(
        ("stated", "tactic", "code", "message", "fix"),
        [
            (
                "T1001",
                TAKING,
                "M105",
                "T1001 (Technique 1001) is not in Taking (TA0009); it is in Running Code",
                None,
            ),
            (
                "T1002",
                "TA0009",
                "M105",
                "T1002 (Technique 1002) is not in Taking (TA0009); it is in Entry, Staying",
                None,
            ),
            (
                "T1001",
                BREAKING,
                "M105",
                "T1001 (Technique 1001) is not in Breaking (TA0112); it is in Running Code",
                None,
            ),
            # right in 9.0
            (
                "T1004",
                HIDING,
                "D105",
                "T1004 was in Hiding until 9.0; it is in Breaking instead",
                "TA0112",
            ),
            (
                "T1007",
                HIDING,
                "D105",
                "T1007 was in Hiding until 9.0; it is in Staying only",
                "TA0003",
            ),
            (
                "T1008",
                HIDING,
                "D105",
                f"T1008 was in Hiding until 9.0; it is in Entry, Staying only{PERSON}",
                None,
            ),
            (
                "T1006",
                HIDING,
                "D105",
                f"T1006 was in Hiding until 9.0; it is in Breaking or Taking instead{PERSON}",
                None,
            ),
            (
                "T1005",
                HIDING,
                "D105",
                f"T1005 was in Staying, Hiding until 9.0; it is in Running Code instead{PERSON}",
                None,
            ),
        ],
    )
    def test_found(self, stated, tactic, code, message, fix):
        severity = "note" if code == "D105" else "error"

        assert found(technique_not_in_tactic.CHECK, says(stated, tactic)) == [
            (code, severity, 10, message, stated, fix)
        ]

    @pytest.mark.parametrize(
        ("stated", "need", "choice"),
        [
            ("T1004", 0, ()),
            ("T1006", 1, ("TA0112", "TA0009")),
            ("T1008", 1, ("TA0001", "TA0003")),
            ("T1005", 1, ("TA0002",)),
        ],
    )
    def test_what_a_person_may_choose_from(self, stated, need, choice):
        rule = make_rule(says(stated, HIDING))

        (told,) = run_checks(
            make_corpus(rule),
            [ON_NEW.resolve(rule)],
            ON_NEW,
            "live",
            [technique_not_in_tactic.CHECK],
        )

        assert (told.need_person, told.candidates) == (need, choice)

    def test_a_carrier_needs_nobody(self):
        """It isn't in the ledger: its sub-technique stands for it."""
        carrier = says("T1006", HIDING, role=Role.CARRIER)

        (told,) = found(technique_not_in_tactic.CHECK, carrier)

        assert told[3] == "T1006 was in Hiding until 9.0; it is in Breaking or Taking instead"

    def test_the_id_decides_which_tactic_is_named(self):
        """Else it reads: is not in Running Code, it is in Running Code."""
        message = "T1001 (Technique 1001) is not in Taking (TA0009); it is in Running Code"

        assert found(
            technique_not_in_tactic.CHECK, says("T1001", "TA0009", name="Running Code")
        ) == [("M105", "error", 10, message, "T1001", None)]

    def test_literally_it_is_an_error_without_a_fix(self):
        message = "T1004 (Technique 1004) is not in Silence (TA0005); it is in Breaking"

        assert found(technique_not_in_tactic.CHECK, says("T1004", HIDING), resolver=LITERAL) == [
            ("M105", "error", 10, message, "T1004", None)
        ]

    @pytest.mark.parametrize(
        ("stated", "tactic"),
        [
            ("T1001", RUNNING),
            ("T1002", STAYING),
            ("T1003", HIDING),
            ("T1003", SILENCE),
            ("T1001", None),
            (None, RUNNING),
            ("T1001", "TA0099"),  # M113
            ("T1009", HIDING),  # M103
            ("T1009", TAKING),
            ("T1016", TAKING),
            ("T9999", TAKING),
        ],
    )
    def test_not_found(self, stated, tactic):
        assert found(technique_not_in_tactic.CHECK, says(stated, tactic)) == []

    def test_not_found_where_tactics_are_the_rules(self):
        mappings = (says(None, TAKING), says("T1001"))

        assert found(technique_not_in_tactic.CHECK, *mappings, paired=False) == []

    def test_not_found_where_the_pair_is_newer(self):
        rule = says("T1004", BREAKING)

        assert found(technique_not_in_tactic.CHECK, rule, resolver=ON_OLD) == []


class TestTacticName:
    def test_found(self):
        wrong = found(tactic_name.CHECK, says("T1001", "TA0002", name="Staying"))
        outdated = found(tactic_name.CHECK, says("T1003", "TA0005", name="Hiding"))

        assert wrong == [
            ("M107", "error", 14, "TA0002 is Running Code, not 'Staying'", "TA0002", "Running Code")
        ]
        assert outdated == [
            ("D107", "note", 14, "TA0005 is Silence, not 'Hiding'", "TA0005", "Silence")
        ]

    @pytest.mark.parametrize(
        ("techniques", "where", "fix"),
        [
            (["T1003"], "", "Silence"),
            (["T1001"], "", "Silence"),
            (["T1004"], "; what is mapped there is in Breaking", None),
            (["T1003", "T1004"], "; what is mapped there is in Silence and Breaking", None),
        ],
    )
    def test_where_the_entrys_techniques_are(self, techniques, where, fix):
        """No fix where D105 has another id: the name would be wrong again."""
        mappings = [says(one, "TA0005", name="Hiding") for one in techniques]
        other = says("T1004", "TA0005", name="Hiding", entry=1, tactic_name_place=Place(line=24))

        told, apart = found(tactic_name.CHECK, *mappings, other)

        assert told[3] == f"TA0005 is Silence, not 'Hiding'{where}"
        assert told[5] == fix
        assert (apart[3], apart[5]) == (
            "TA0005 is Silence, not 'Hiding'; what is mapped there is in Breaking",
            None,
        )

    def test_literally_it_is_an_error(self):
        mapping = says(None, "TA0005", name="Hiding")

        assert [one[0] for one in found(tactic_name.CHECK, mapping, resolver=LITERAL)] == ["M107"]

    def test_it_is_told_once_an_entry(self):
        same = [says(key, "TA0002", name="Run", entry=0) for key in ("T1001", "T1001.001")]
        other = says("T1001", "TA0002", name="Run", entry=1, tactic_name_place=Place(line=24))

        assert [one[2] for one in found(tactic_name.CHECK, *same, other)] == [14, 24]

    def test_names_are_compared_exactly(self):
        mapping = says("T1001", "TA0002", name="running code")

        assert [one[0] for one in found(tactic_name.CHECK, mapping)] == ["M107"]

    @pytest.mark.parametrize(
        ("tactic_id", "name"),
        [
            ("TA0002", "Running Code"),
            ("TA0002", None),
            (None, "Running Code"),
            (None, "Hiding"),
            ("TA0099", "Running Code"),  # M113
        ],
    )
    def test_not_found(self, tactic_id, name):
        assert found(tactic_name.CHECK, says("T1001", tactic_id, name=name)) == []

    def test_not_found_where_the_name_is_newer(self):
        assert found(tactic_name.CHECK, says("T1003", SILENCE), resolver=ON_OLD) == []

    def test_not_found_in_another_framework(self):
        mapping = says("T1001", "TA0002", name="Persist", framework="MITRE ATLAS")

        assert found(tactic_name.CHECK, mapping) == []


class TestTacticOnly:
    @pytest.mark.parametrize(
        ("tactic", "name", "message", "subject"),
        [
            (STAYING, None, "TA0003 (Staying) is stated without a technique", "TA0003"),
            ("TA0003", None, "TA0003 is stated without a technique", "TA0003"),
            (None, "Staying", "Staying is stated without a technique", "Staying"),
            (None, None, "the entry states neither tactic nor technique", None),
        ],
    )
    def test_found(self, tactic, name, message, subject):
        assert found(tactic_only.CHECK, says(None, tactic, name=name)) == [
            ("M110", "note", 10, message, subject, None)
        ]

    def test_not_found(self):
        assert found(tactic_only.CHECK, says("T1001", RUNNING)) == []

    def test_where_tags_state_them_once_for_a_rule_without_any_technique(self):
        tactics = (says(None, RUNNING), says(None, ENTRY, line=20))

        assert found(tactic_only.CHECK, *tactics, paired=False) == [
            (
                "M110",
                "note",
                10,
                "TA0002 (Running Code) is stated without a technique",
                "TA0002",
                None,
            )
        ]
        assert found(tactic_only.CHECK, *tactics, says("T9999"), paired=False) == []


class TestTacticUnknown:
    @pytest.mark.parametrize(
        ("tactic_id", "name", "message", "subject", "fix"),
        [
            ("TA0099", None, "'TA0099' is no ATT&CK tactic", "TA0099", None),
            ("TA0099", "Nothing", "'TA0099' is no ATT&CK tactic", "TA0099", None),
            (
                "TA0099",
                "Running Code",
                "'TA0099' is no ATT&CK tactic; 'Running Code' is TA0002",
                "TA0099",
                "TA0002",
            ),
            (None, "Nothing", "'Nothing' is no ATT&CK tactic", "Nothing", None),
            (
                None,
                "runing_code",
                "'runing_code' is no ATT&CK tactic; did you mean Running Code?",
                "runing_code",
                "running_code",
            ),
            (
                None,
                "Runing Code",
                "'Runing Code' is no ATT&CK tactic; did you mean Running Code?",
                "Runing Code",
                "Running Code",
            ),
            (
                "TA0099",
                "Runing Code",
                "'TA0099' is no ATT&CK tactic; did you mean TA0002 (Running Code)?",
                "TA0099",
                "TA0002",
            ),
            # What 10.0 has, and not what was split.
            (
                "TA0099",
                "Hiding",
                f"'TA0099' is no ATT&CK tactic; {OR}? {SPLIT}",
                "TA0099",
                None,
            ),
            ("TA0099", "Hidding", f"'TA0099' is no ATT&CK tactic; {OR}? {SPLIT}", "TA0099", None),
            (
                None,
                "technique_1001",
                "'technique_1001' is no ATT&CK tactic; Technique 1001 is the technique T1001",
                "technique_1001",
                None,
            ),
            ("T1001", None, "'T1001' is no ATT&CK tactic", "T1001", None),
        ],
    )
    def test_found(self, tactic_id, name, message, subject, fix):
        assert found(tactic_unknown.CHECK, says("T1001", tactic_id, name=name)) == [
            ("M113", "error", 13, message, subject, fix)
        ]

    @pytest.mark.parametrize(
        ("techniques", "asked", "where", "fix"),
        [
            (["T1003"], "Silence", "; what the rule maps there is in Silence", "silence"),
            (["T1004"], "Breaking", "; what the rule maps there is in Breaking", "breaking"),
            (
                ["T1003", "T1004"],
                "Silence or Breaking",
                "; what the rule maps there is in Silence and Breaking",
                None,
            ),
            (["T1001"], "Silence or Breaking", "", None),
        ],
    )
    def test_a_misspelt_name_of_what_was_split(self, techniques, asked, where, fix):
        mappings = (says(None, name="hidding"), *(says(one, entry=1) for one in techniques))

        assert [one[3:] for one in found(tactic_unknown.CHECK, *mappings, paired=False)] == [
            (
                f"'hidding' is no ATT&CK tactic; did you mean {asked}? {SPLIT}{where}",
                "hidding",
                fix,
            )
        ]

    def test_a_tactic_that_earlier_releases_alone_have_is_drift(self):
        before = make_release("8.0", (ENTRY, BREAKING))
        resolver = Resolver(OLD, (before,))

        assert found(tactic_unknown.CHECK, says(None, BREAKING), resolver=resolver) == [
            (
                "D113",
                "note",
                13,
                "TA0112 is no tactic of ATT&CK Enterprise 9.0 any more",
                "TA0112",
                None,
            )
        ]

    @pytest.mark.parametrize(
        "tactic", [RUNNING, HIDING, "TA0005", pytest.param(None, id="none stated")]
    )
    def test_not_found(self, tactic):
        assert found(tactic_unknown.CHECK, says("T1001", tactic)) == []

    def test_a_name_that_earlier_releases_alone_have_is_drift(self):
        gone = "ATT&CK Enterprise 10.0 has no tactic 'hiding' any more; "

        def told(*techniques):
            mappings = (says(None, name="hiding"), *(says(one, entry=1) for one in techniques))
            (issue,) = found(tactic_unknown.CHECK, *mappings, paired=False)
            assert issue[:3] == ("D113", "note", 13)
            assert issue[3].startswith(gone)
            return issue[3].removeprefix(gone), issue[5]

        there = "what the rule maps there is in "
        left = "what the rule maps there isn't in Silence, which came of it"
        assert told() == told("T1001") == (SPLIT, None)
        assert told("T1008") == (left, None)
        assert told("T1003") == (f"{there}Silence", "silence")
        assert told("T1004", "T1001") == (f"{there}Breaking", "breaking")
        assert told("T1009.001") == (f"{there}Breaking", "breaking"), "of its successor"
        assert told("T1003", "T1004") == (f"{there}Silence and Breaking", None)

    @pytest.mark.parametrize(
        ("written", "fix"),
        [("hiding", "breaking"), ("Hiding", "Breaking"), ("HIDING", "Breaking")],
    )
    def test_the_fix_is_written_as_the_tactic_was(self, written, fix):
        mappings = (says(None, name=written), says("T1004", entry=1))

        assert found(tactic_unknown.CHECK, *mappings, paired=False)[0][5] == fix

    def test_a_form_that_is_itself_a_defect_is_not_repeated(self):
        mappings = (says(None, name="Hiding"), says("T1004", entry=1))
        tag = Defect(
            kind="tactic-malformed",
            subject="attack.Hiding",
            place=Place(line=13),
            meant="attack.hiding",
        )

        fixes = [
            one[5] for one in found(tactic_unknown.CHECK, *mappings, paired=False, defects=(tag,))
        ]

        assert fixes == ["breaking"]

    def test_a_name_in_the_release_alone(self):
        assert found(
            tactic_unknown.CHECK, says("T1003", None, name="hiding"), resolver=LITERAL
        ) == [("M113", "error", 13, "'hiding' is no ATT&CK tactic", "hiding", None)]
        assert found(tactic_unknown.CHECK, says("T1003", None, name="silence")) == []

    def test_not_found_where_it_is_newer_or_of_another_framework(self):
        atlas = says("AML.T0051", "AML.TA0002", framework="MITRE ATLAS")

        assert found(tactic_unknown.CHECK, says("T1020", BREAKING), resolver=ON_OLD) == []
        assert found(tactic_unknown.CHECK, says("T1003", name="silence"), resolver=ON_OLD) == []
        assert found(tactic_unknown.CHECK, says("T0801", "TA0103")) == []
        assert found(tactic_unknown.CHECK, atlas) == []
