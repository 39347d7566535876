"""Checks of a mapping that are not about its technique or its tactic alone."""

import pytest

from check.judged import ON_NEW, ON_OLD, found, says
from detcov.check import (
    duplicate_mapping,
    not_enterprise,
    other_framework,
    reference_url,
    technique_newer,
    technique_unknown,
)
from detcov.model import Place, Role
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
    make_release,
    make_technique,
)

EARLIER = make_release("8.0", (ENTRY,), make_technique("T8888", "entry"))


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
            # Of what no release has there is no page to advise.
            ("T9999", {"technique_url": PAGE}),
            ("T1001.777", {"technique_url": "https://attack.mitre.org/techniques/T1001/"}),
            ("nonsense", {"technique_url": PAGE}),
            ("T1001", {"technique_url": "https://x.example", "framework": "MITRE ATLAS"}),
        ],
    )
    def test_not_found(self, stated, urls):
        assert found(reference_url.CHECK, says(stated, RUNNING, **urls)) == []

    @pytest.mark.parametrize("tactic", ["TA0099", "TA0103"])
    def test_not_found_for_a_tactic_that_no_release_has(self, tactic):
        assert found(reference_url.CHECK, says("T1001", tactic, tactic_url=self.TACTIC)) == []

    @pytest.mark.parametrize(
        ("stated", "resolver"),
        # revoked; known to an earlier and to a later release alone
        [("T1010", ON_NEW), ("T8888", Resolver(NEW, (EARLIER,))), ("T1020", ON_OLD)],
    )
    def test_found_for_what_any_release_at_hand_has(self, stated, resolver):
        page = f"https://attack.mitre.org/techniques/{stated}/"
        mapping = says(stated, technique_url="https://attack.mitre.org/")

        assert [one[5] for one in found(reference_url.CHECK, mapping, resolver=resolver)] == [page]


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
        ("stated", "message"),
        [
            ("AML.T0051", "AML.T0051 is of MITRE ATLAS"),
            ("T1001", "T1001 is of MITRE ATLAS"),
            ("T0051", "T0051 is of MITRE ATLAS"),
        ],
    )
    def test_a_framework_that_is_declared(self, stated, message):
        mapping = says(stated, framework="MITRE ATLAS")

        assert found(other_framework.CHECK, mapping) == [
            ("M112", "note", 10, message, stated, None)
        ]
        assert found(not_enterprise.CHECK, mapping) == []

    @pytest.mark.parametrize(
        ("mapping", "line", "message", "subject"),
        [
            (says("AML.T0051"), 10, "AML.T0051 is of MITRE ATLAS", "AML.T0051"),
            (says("aml.t0051"), 10, "AML.T0051 is of MITRE ATLAS", "aml.t0051"),
            (says("T0801"), 10, "T0801 is of ATT&CK ICS", "T0801"),
            (says("T0801", "TA0103"), 10, "T0801 is of ATT&CK ICS", "T0801"),
            (says("T1001", "TA0103"), 13, "the tactic TA0103 is of ATT&CK ICS", "TA0103"),
            (says("T1001", name="Evasion"), 13, "the tactic Evasion is of ATT&CK ICS", "Evasion"),
            (
                says("T1001", "AML.TA0002"),
                13,
                "the tactic AML.TA0002 is of MITRE ATLAS",
                "AML.TA0002",
            ),
        ],
    )
    def test_where_enterprise_is_declared_it_is_an_error(self, mapping, line, message, subject):
        told = f"{message}, not of ATT&CK Enterprise 10.0"

        assert found(not_enterprise.CHECK, mapping) == [
            ("M121", "error", line, told, subject, None)
        ]
        assert found(other_framework.CHECK, mapping) == []
        # A field for any domain says nothing wrong.
        assert found(other_framework.CHECK, mapping, format="suricata") == [
            ("M112", "note", line, message, subject, None)
        ]
        assert found(not_enterprise.CHECK, mapping, format="suricata") == []

    def test_under_a_bundle_of_another_domain_enterprise_is_right_where_it_stands(self):
        ics = Resolver(make_release("1.0", (RUNNING,), domain="ics-attack"), (NEW,))
        mapping = says("T1002", ENTRY)

        assert found(not_enterprise.CHECK, mapping, resolver=ics) == []
        assert [one[3] for one in found(other_framework.CHECK, mapping, resolver=ics)] == [
            "T1002 is of ATT&CK Enterprise"
        ]

    @pytest.mark.parametrize("stated", ["T0051", "T1001.000", "T0018.000"])
    def test_an_id_that_only_looks_like_one_of_atlas_is_unknown(self, stated):
        assert found(other_framework.CHECK, says(stated)) == []
        assert found(not_enterprise.CHECK, says(stated)) == []
        assert [one[:3] for one in found(technique_unknown.CHECK, says(stated))] == [
            ("M102", "error", 10)
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
        assert found(other_framework.CHECK, says("T1001", name="Evasion"), **fields) == []
        assert [
            one[0] for one in found(not_enterprise.CHECK, says("T1001", name="Evasion"), **fields)
        ] == ["M121"]

    @pytest.mark.parametrize(
        "tag", ["Tactic: Entry", "Mitre ATT&CK: T1001", "Mitre Atlas", "Resources: Mitre", "mitre:"]
    )
    def test_not_found(self, tag):
        assert found(other_framework.CHECK, says("T1001", RUNNING), tags=(tag,)) == []


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
