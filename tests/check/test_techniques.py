"""What a rule says of a technique: its id, its name, its parent, and what became of it."""

import pytest

from check.judged import LITERAL, ON_OLD, found, says
from detcov.check import (
    technique_deprecated,
    technique_malformed,
    technique_name,
    technique_revoked,
    technique_unknown,
    wrong_parent,
)
from detcov.model import Place, Role
from detcov.resolve import Resolver
from made import (
    BREAKING,
    ENTRY,
    HIDING,
    NEW,
    RUNNING,
    TAKING,
    make_release,
    make_technique,
)

TITLE = "ATT&CK Enterprise 10.0"


class TestMalformed:
    @pytest.mark.parametrize(
        ("stated", "message", "fix"),
        [
            ("t1001.001", "'t1001.001' is no technique id; T1001.001 is meant", "T1001.001"),
            ("T1001-002", "'T1001-002' is no technique id; T1001.002 is meant", "T1001.002"),
            (" T1001", "' T1001' is no technique id; T1001 is meant", "T1001"),
            ("t9999", "'t9999' is no technique id; T9999 is meant", "T9999"),
            (
                "T1001.1",
                "'T1001.1' is no technique id; did you mean T1001.001 (Technique 1001.001)?",
                None,
            ),
            (
                "T1OO1.001",
                "'T1OO1.001' is no technique id; did you mean T1001.001 (Technique 1001.001)?",
                None,
            ),
            ("T140", "'T140' is no technique id; did you mean T1040 (Technique 1040)?", None),
            # Four are one character away.
            ("T101", "'T101' is no technique id", None),
            ("T10", "'T10' is no technique id", None),
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

    @pytest.mark.parametrize(
        ("stated", "nearest"),
        [
            ("T0002", "T1002 (Technique 1002)"),
            ("T1200", "T1020 (Technique 1020)"),
            ("T1041", "T1001 (Technique 1001), T1021 (Technique 1021) or T1040 (Technique 1040)"),
            ("T1001.000", "T1001 (Technique 1001)"),
            ("T1001.009", "T1001.001 (Technique 1001.001) or T1001.002 (Technique 1001.002)"),
            ("T1001.777", "T1001 (Technique 1001)"),
            ("T1002.001", "T1002 (Technique 1002)"),
            # Of an unknown parent
            ("T1901.001", "T1001.001 (Technique 1001.001)"),
        ],
    )
    def test_with_the_nearest_id(self, stated, nearest):
        message = f"{stated} is not in {TITLE}; did you mean {nearest}?"

        assert found(technique_unknown.CHECK, says(stated, RUNNING)) == [
            ("M102", "error", 10, message, stated, None)
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
