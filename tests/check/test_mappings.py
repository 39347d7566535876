"""Every check of a mapping: what it finds and what it must not find.

Releases are the hand-made 9.0 and 10.0. Each statement stands in lines of its own: the id in
10, the name in 11, the url in 12; the tactic's id in 13, its name in 14, its url in 15.
"""

import pytest

from detcov.check import (
    duplicate_mapping,
    other_framework,
    reference_url,
    run_checks,
    tactic_name,
    tactic_only,
    tactic_unknown,
    technique_deprecated,
    technique_malformed,
    technique_name,
    technique_newer,
    technique_not_in_tactic,
    technique_revoked,
    technique_unknown,
    wrong_parent,
)
from detcov.model import Defect, Place, Role
from detcov.resolve import Resolver
from made import (
    BREAKING,
    ENTRY,
    HIDING,
    NEW,
    OLD,
    RUNNING,
    SILENCE,
    STAYING,
    TAKING,
    make_corpus,
    make_mapping,
    make_release,
    make_rule,
    make_technique,
)

ICS = {"T0801", "TA0103", "Evasion"}
ON_NEW = Resolver(NEW, (OLD,), lambda one: "ics-attack" if one in ICS else None)
ON_OLD = Resolver(OLD, (NEW,))
LITERAL = Resolver(NEW)


def says(technique_id=None, tactic=None, **fields):
    """A statement with all its places."""
    places = {
        "name_place": Place(line=11),
        "url_place": Place(line=12),
        "tactic_place": Place(line=13),
        "tactic_name_place": Place(line=14),
        "tactic_url_place": Place(line=15),
    }
    return make_mapping(technique_id, tactic, **places | fields)


def found(check, *mappings, resolver=ON_NEW, **fields):
    """The check's findings on a rule: code, severity, line, message, subject, fix."""
    rule = make_rule(*mappings, **fields)
    findings = run_checks(make_corpus(rule), [resolver.resolve(rule)], resolver, "live", [check])
    return [
        (one.code, one.severity.value, one.place.line, one.message, one.subject, one.fix)
        for one in findings
    ]


TITLE = "ATT&CK Enterprise 10.0"
PERSON = " (needs a person)"


class TestMalformed:
    @pytest.mark.parametrize(
        ("stated", "message", "fix"),
        [
            ("t1001.001", "'t1001.001' is no technique id; T1001.001 is meant", "T1001.001"),
            ("T1001-002", "'T1001-002' is no technique id; T1001.002 is meant", "T1001.002"),
            (" T1001", "' T1001' is no technique id; T1001 is meant", "T1001"),
            ("t9999", "'t9999' is no technique id; T9999 is meant", "T9999"),
            ("T1001.1", "'T1001.1' is no technique id", None),
            ("Phishing", "'Phishing' is no technique id", None),
            ("TA0002", "'TA0002' is no technique id", None),
            ("ta0002", "'ta0002' is no technique id", None),
            ("", "the technique has no id", None),
        ],
    )
    def test_found(self, stated, message, fix):
        assert found(technique_malformed.CHECK, says(stated, RUNNING)) == [
            ("M101", "error", 10, message, stated, fix)
        ]

    @pytest.mark.parametrize("stated", ["T1001", "T1001.001", "T9999", "T1013", "AML.T0051"])
    def test_not_found(self, stated):
        assert found(technique_malformed.CHECK, says(stated, RUNNING), says(None, RUNNING)) == []


class TestUnknown:
    def test_found(self):
        message = f"T9999 is not in {TITLE}"

        assert found(technique_unknown.CHECK, says("T9999", RUNNING)) == [
            ("M102", "error", 10, message, "T9999", None)
        ]

    def test_a_technique_that_an_earlier_release_alone_has_is_drift(self):
        before = make_release("8.0", (ENTRY,), make_technique("T8888", "entry"))

        assert found(
            technique_unknown.CHECK, says("T8888", ENTRY), resolver=Resolver(NEW, (before,))
        ) == [("D102", "note", 10, f"T8888 is not in {TITLE}", "T8888", None)]

    @pytest.mark.parametrize("stated", ["T1001", "T1013", "T1016", "t9999", "AML.T0051", "T0801"])
    def test_not_found(self, stated):
        assert found(technique_unknown.CHECK, says(stated, RUNNING)) == []

    def test_not_found_where_it_is_newer(self):
        assert found(technique_unknown.CHECK, says("T1020", BREAKING), resolver=ON_OLD) == []


class TestRevoked:
    @pytest.mark.parametrize(
        ("stated", "tactic", "code", "message", "fix"),
        [
            # active in 9.0: drift
            (
                "T1009.001",
                HIDING,
                "D103",
                "T1009.001 (Technique 1009.001) is revoked; use T1020 (Technique 1020) in Breaking",
                "T1020",
            ),
            (
                "T1011",
                TAKING,
                "D103",
                "T1011 (Technique 1011) is revoked; use T1021.001 (Technique 1021.001)",
                "T1021.001",
            ),
            ("T1013", TAKING, "D103", "T1013 (Technique 1013) is revoked", None),
            # revoked in 9.0 as well, or not there
            (
                "T1010",
                HIDING,
                "M103",
                "T1010 (Technique 1010) is revoked; use T1001 (Technique 1001) in Running Code",
                "T1001",
            ),
            ("T1023", TAKING, "M103", "T1023 (Technique 1023) is revoked", None),
        ],
    )
    def test_found(self, stated, tactic, code, message, fix):
        severity = "note" if code == "D103" else "error"

        assert found(technique_revoked.CHECK, says(stated, tactic)) == [
            (code, severity, 10, message, stated, fix)
        ]

    def test_literally_it_is_an_error(self):
        message = "T1011 (Technique 1011) is revoked; use T1021.001 (Technique 1021.001)"

        assert found(technique_revoked.CHECK, says("T1011", TAKING), resolver=LITERAL) == [
            ("M103", "error", 10, message, "T1011", "T1021.001")
        ]

    def test_a_carrier_is_judged_too(self):
        message = "T1009 (Technique 1009) is revoked; use T1020 (Technique 1020)"

        assert found(technique_revoked.CHECK, says("T1009", HIDING, role=Role.CARRIER)) == [
            ("D103", "note", 10, message, "T1009", "T1020")
        ]

    @pytest.mark.parametrize("stated", ["T1001", "T1016", "T9999", "t1011", "T1020"])
    def test_not_found(self, stated):
        assert found(technique_revoked.CHECK, says(stated, RUNNING)) == []

    def test_not_found_in_another_framework(self):
        assert found(technique_revoked.CHECK, says("T1011", framework="MITRE ATLAS")) == []


class TestFixOfAnId:
    """It stands as the file has it, so that it can be put in its place."""

    PLACE = Place(line=10, column=30, start=129, end=134)
    URL = Place(line=10, column=1, start=100, end=135)

    @pytest.mark.parametrize(
        ("url_place", "rule_format", "fix"),
        [
            (None, "elastic", "T1021.001"),
            (Place(line=12, column=1, start=200, end=230), "elastic", "T1021.001"),
            (URL, "yaral", "T1021/001"),
            (None, "sigma", "t1021.001"),
        ],
    )
    def test_revoked(self, url_place, rule_format, fix):
        mapping = says("T1011", TAKING, place=self.PLACE, url_place=url_place)

        assert found(technique_revoked.CHECK, mapping, format=rule_format)[0][5] == fix

    def test_malformed(self):
        mapping = says("T1001-002", place=self.PLACE, url_place=None)

        assert found(technique_malformed.CHECK, mapping, format="sigma")[0][5] == "t1001.002"


class TestDeprecated:
    MESSAGE = "T1016 (Technique 1016) is deprecated and has no successor"

    def test_found(self):
        drift = found(technique_deprecated.CHECK, says("T1016", RUNNING))
        literal = found(technique_deprecated.CHECK, says("T1016", RUNNING), resolver=LITERAL)

        assert drift == [("D104", "note", 10, self.MESSAGE, "T1016", None)]
        assert literal == [("M104", "error", 10, self.MESSAGE, "T1016", None)]

    @pytest.mark.parametrize("stated", ["T1001", "T1013", "T1023", "T9999"])
    def test_not_found(self, stated):
        assert found(technique_deprecated.CHECK, says(stated, RUNNING)) == []

    def test_not_found_where_the_target_still_has_it(self):
        assert found(technique_deprecated.CHECK, says("T1016", RUNNING), resolver=ON_OLD) == []


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


class TestWrongParent:
    @pytest.mark.parametrize(
        ("stated", "parent", "message"),
        [
            ("T1001.001", "T1002", "T1001.001 stands under T1002; its parent is T1001"),
            ("T1001.001", "T9999", "T1001.001 stands under T9999; its parent is T1001"),
            ("T1002", "T1001", "T1002 is no sub-technique, but stands as one of T1001"),
            ("T1001", "T1001", "T1001 is no sub-technique, but stands as one of T1001"),
        ],
    )
    def test_found(self, stated, parent, message):
        assert found(wrong_parent.CHECK, says(stated, RUNNING, parent_id=parent)) == [
            ("M106", "error", 10, message, stated, None)
        ]

    @pytest.mark.parametrize(
        ("stated", "parent"),
        [
            ("T1001.001", "T1001"),
            ("T1001.001", "t1001"),
            ("T1001.001", None),
            ("T1001", None),
            ("T9999.001", "T9999"),
            ("nonsense", "T1001"),
        ],
    )
    def test_not_found(self, stated, parent):
        assert found(wrong_parent.CHECK, says(stated, RUNNING, parent_id=parent)) == []


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


class TestTechniqueName:
    @pytest.mark.parametrize(
        ("stated", "name", "code", "message", "fix"),
        [
            ("T1001", "Other", "M108", "T1001 is 'Technique 1001', not 'Other'", "Technique 1001"),
            (
                "T1001",
                "technique 1001",
                "M108",
                "T1001 is 'Technique 1001', not 'technique 1001'",
                "Technique 1001",
            ),
            ("T1001", "", "M108", "T1001 is 'Technique 1001', not ''", "Technique 1001"),
            ("T1018", "Old name", "D108", "T1018 is 'New name', not 'Old name'", "New name"),
            # a revoked one has a name too
            ("T1013", "Other", "M108", "T1013 is 'Technique 1013', not 'Other'", "Technique 1013"),
        ],
    )
    def test_found(self, stated, name, code, message, fix):
        severity = "note" if code == "D108" else "warning"

        assert found(technique_name.CHECK, says(stated, RUNNING, technique_name=name)) == [
            (code, severity, 11, message, stated, fix)
        ]

    @pytest.mark.parametrize(
        ("stated", "name"),
        [
            ("T1001", "Technique 1001"),
            ("T1001", None),
            ("T1018", "New name"),
            ("T9999", "Other"),
            ("t1001", "Other"),
        ],
    )
    def test_not_found(self, stated, name):
        assert found(technique_name.CHECK, says(stated, RUNNING, technique_name=name)) == []

    def test_not_found_where_the_name_is_newer(self):
        mapping = says("T1018", ENTRY, technique_name="New name")

        assert found(technique_name.CHECK, mapping, resolver=ON_OLD) == []


class TestReferenceUrl:
    PAGE = "https://attack.mitre.org/techniques/T1001/001"
    TACTIC = "https://attack.mitre.org/tactics/TA0002"

    @pytest.mark.parametrize(
        "url",
        [
            "https://attack.mitre.org/techniques/T1001/",
            "http://attack.mitre.org/techniques/T1001/001/",
            "https://attack.mitre.org/techniques/T1001.001/",
            "",
        ],
    )
    def test_a_techniques(self, url):
        message = f"the reference of T1001.001 is {url!r}; its page is {self.PAGE}/"

        assert found(reference_url.CHECK, says("T1001.001", RUNNING, technique_url=url)) == [
            ("M109", "warning", 12, message, "T1001.001", f"{self.PAGE}/")
        ]

    def test_a_tactics(self):
        url = "https://attack.mitre.org/tactics/TA0003/"
        message = f"the reference of TA0002 is {url!r}; its page is {self.TACTIC}/"

        assert found(reference_url.CHECK, says(None, RUNNING, tactic_url=url)) == [
            ("M109", "warning", 15, message, "TA0002", f"{self.TACTIC}/")
        ]

    @pytest.mark.parametrize(
        ("stated", "urls"),
        [
            ("T1001.001", {"technique_url": PAGE, "tactic_url": TACTIC}),
            ("T1001.001", {"technique_url": f"{PAGE}/", "tactic_url": f"{TACTIC}/"}),
            ("T1001.001", {}),
            ("nonsense", {"technique_url": PAGE}),
            ("T1001", {"technique_url": "https://x.example", "framework": "MITRE ATLAS"}),
        ],
    )
    def test_not_found(self, stated, urls):
        assert found(reference_url.CHECK, says(stated, RUNNING, **urls)) == []


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


class TestDuplicateMapping:
    def test_found(self):
        mappings = [says("T1001", RUNNING, line=line) for line in (10, 20, 30)]

        assert found(duplicate_mapping.CHECK, *mappings) == [
            (
                "M111",
                "warning",
                line,
                "T1001 under TA0002 is stated twice, first in line 10",
                "T1001",
                None,
            )
            for line in (20, 30)
        ]

    def test_a_tactic_by_id_and_by_name_is_one(self):
        mappings = (says("T1001", "TA0002"), says("T1001", name="running code", line=20))

        assert [one[2] for one in found(duplicate_mapping.CHECK, *mappings)] == [20]

    def test_without_a_tactic(self):
        mappings = (says("T1001"), says("T1001", line=20))

        assert [one[3] for one in found(duplicate_mapping.CHECK, *mappings)] == [
            "T1001 is stated twice, first in line 10"
        ]

    @pytest.mark.parametrize(
        "mappings",
        [
            (says("T1002", ENTRY), says("T1002", STAYING)),
            (says("T1001", RUNNING), says("T1001.001", RUNNING)),
            (says("T1001", RUNNING, role=Role.CARRIER), says("T1001", RUNNING)),
            (says("", RUNNING), says("", RUNNING)),
            (says(None, RUNNING), says(None, RUNNING)),
        ],
    )
    def test_not_found(self, mappings):
        assert found(duplicate_mapping.CHECK, *mappings) == []

    def test_not_found_for_a_claim_that_several_of_the_rules_tactics_fit(self):
        mappings = (says(None, ENTRY), says(None, STAYING), says("T1002"))

        assert found(duplicate_mapping.CHECK, *mappings, paired=False) == []


class TestOtherFramework:
    @pytest.mark.parametrize(
        ("stated", "framework", "message"),
        [
            ("AML.T0051", "MITRE ATLAS", "AML.T0051 is of MITRE ATLAS"),
            ("AML.T0051", "MITRE ATT&CK", "AML.T0051 is of MITRE ATLAS"),
            ("T1001", "OWASP", "T1001 is of OWASP"),
            ("T0801", "MITRE ATT&CK", "T0801 is of ATT&CK ICS"),
            ("T0051", "MITRE ATT&CK", "T0051 is of MITRE ATLAS"),
            ("T1001.000", "MITRE ATT&CK", "T1001.000 is of MITRE ATLAS"),
        ],
    )
    def test_a_mapping(self, stated, framework, message):
        assert found(other_framework.CHECK, says(stated, framework=framework)) == [
            ("M112", "note", 10, message, stated, None)
        ]

    @pytest.mark.parametrize(
        ("tactic", "name", "message"),
        [
            ("TA0103", None, "the tactic TA0103 is of ATT&CK ICS"),
            (None, "Evasion", "the tactic Evasion is of ATT&CK ICS"),
            ("AML.TA0002", None, "the tactic AML.TA0002 is of MITRE ATLAS"),
        ],
    )
    def test_a_tactic(self, tactic, name, message):
        (issue,) = found(other_framework.CHECK, says("T1001", tactic, name=name))

        assert issue[3] == message
        assert [one[3] for one in found(other_framework.CHECK, says("T0801", tactic))] == [
            "T0801 is of ATT&CK ICS"
        ]

    def test_a_tag(self):
        tag = "Mitre Atlas: T0051"
        message = "the tag 'Mitre Atlas: T0051' is of another framework than ATT&CK"

        assert found(other_framework.CHECK, tags=(tag,), tag_places={tag: Place(line=7)}) == [
            ("M112", "note", 7, message, tag, None)
        ]

    def test_a_tag_of_another_domains_tactic(self):
        tag = "Tactic: Evasion"
        fields = {"tags": (tag,), "tag_places": {tag: Place(line=7)}}
        message = "the tag 'Tactic: Evasion' is of ATT&CK ICS"

        assert found(other_framework.CHECK, says("T1001", RUNNING), **fields) == [
            ("M112", "note", 7, message, tag, None)
        ]
        # A mapping tells it.
        told = [
            one[3] for one in found(other_framework.CHECK, says("T1001", name="Evasion"), **fields)
        ]
        assert told == ["the tactic Evasion is of ATT&CK ICS"]

    @pytest.mark.parametrize(
        "tag", ["Tactic: Entry", "Mitre ATT&CK: T1001", "Mitre Atlas", "Resources: Mitre", "mitre:"]
    )
    def test_not_found(self, tag):
        assert found(other_framework.CHECK, says("T1001", RUNNING), tags=(tag,)) == []


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
                "'runing_code' is no ATT&CK tactic; did you mean running-code?",
                "runing_code",
                None,
            ),
            (
                None,
                "Runing Code",
                "'Runing Code' is no ATT&CK tactic; did you mean Running Code?",
                "Runing Code",
                None,
            ),
            (
                "TA0099",
                "Runing Code",
                "'TA0099' is no ATT&CK tactic; did you mean TA0002 (Running Code)?",
                "TA0099",
                None,
            ),
            ("T1001", None, "'T1001' is no ATT&CK tactic", "T1001", None),
        ],
    )
    def test_found(self, tactic_id, name, message, subject, fix):
        assert found(tactic_unknown.CHECK, says("T1001", tactic_id, name=name)) == [
            ("M113", "error", 13, message, subject, fix)
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
        assert told() == told("T1001") == ("TA0005 is Silence", None)
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


class TestNewer:
    """A rule of 10.0 judged against 9.0."""

    @pytest.mark.parametrize(
        ("mapping", "line", "message", "subject"),
        [
            (says("T1020"), 10, "T1020 came after ATT&CK 9.0: 10.0 has it", "T1020"),
            (
                says("T1017", STAYING),
                10,
                "T1017 came under Staying after ATT&CK 9.0",
                "T1017",
            ),
            (
                says("T1018", ENTRY, technique_name="New name"),
                11,
                "T1018 is called 'New name' only after ATT&CK Enterprise 9.0",
                "T1018",
            ),
            (
                says("T1004", BREAKING),
                13,
                "the tactic TA0112 came after ATT&CK Enterprise 9.0",
                "TA0112",
            ),
            (
                says("T1003", SILENCE),
                14,
                "TA0005 is called 'Silence' only after ATT&CK Enterprise 9.0",
                "TA0005",
            ),
            (
                says("T1003", name="silence"),
                14,
                "TA0005 is called 'silence' only after ATT&CK Enterprise 9.0",
                "TA0005",
            ),
        ],
    )
    def test_found(self, mapping, line, message, subject):
        assert found(technique_newer.CHECK, mapping, resolver=ON_OLD) == [
            ("M114", "note", line, message, subject, None)
        ]

    def test_a_tag(self):
        tag, message = (
            "Tactic: Breaking",
            "the tag 'Tactic: Breaking' names a tactic that came after ATT&CK Enterprise 9.0",
        )

        assert found(
            technique_newer.CHECK, tags=(tag, "Tactic: Nothing", "Tactic: Hiding"), resolver=ON_OLD
        ) == [("M114", "note", 1, message, tag, None)]

    @pytest.mark.parametrize(
        "mapping",
        [
            says("T1001", RUNNING, technique_name="Technique 1001"),
            says("T1001", RUNNING, technique_name="Wrong"),
            says("T1001", "TA0002", name="Wrong"),
            says("T1001", "TA0099"),
            says("T9999", RUNNING),
            says("T1003", HIDING),
            says("T1003", "TA0005"),
        ],
    )
    @pytest.mark.parametrize("resolver", [ON_OLD, ON_NEW])
    def test_not_found(self, mapping, resolver):
        assert found(technique_newer.CHECK, mapping, resolver=resolver) == []

    def test_nothing_is_newer_literally(self):
        mapping = says("T1020", BREAKING)

        assert found(technique_newer.CHECK, mapping, resolver=Resolver(OLD)) == []
