"""The checks of a rule as a whole: whether it maps, and its tags, file name and state."""

import pytest

from check.judged import LITERAL, ON_OLD, found_on
from detcov.check import (
    file_name_tactic,
    named_deprecated,
    no_mapping,
    tactic_tag_unknown,
    tag_without_threat,
    threat_without_tag,
)
from detcov.model import Place, is_named_deprecated
from made import (
    BREAKING,
    ENTRY,
    HIDING,
    RUNNING,
    SILENCE,
    STAYING,
    TAKING,
    make_mapping,
    make_rule,
    make_state,
)

SPLIT = "Hiding was split into Silence and Breaking"


def tagged(tags, *mappings, **fields):
    """A rule with tags, each in a line of its own, the first in line 5."""
    places = {tag: Place(line=line) for line, tag in enumerate(tags, start=5)}
    return make_rule(*mappings, tags=tuple(tags), tag_places=places, **fields)


class TestNoMapping:
    def test_found(self):
        rule = make_rule(place=Place(line=3))

        assert found_on(no_mapping.CHECK, rule) == [
            ("R201", "warning", "rule-1.toml", 3, "the rule has no ATT&CK mapping", None, None)
        ]

    @pytest.mark.parametrize(
        "mapping", [make_mapping("T1001"), make_mapping(None, ENTRY), make_mapping("nonsense")]
    )
    def test_not_found(self, mapping):
        assert found_on(no_mapping.CHECK, make_rule(mapping)) == []


class TestTacticTagUnknown:
    @pytest.mark.parametrize(
        ("name", "hint", "fix"),
        [
            ("Runing Code", "; did you mean Running Code?", "Tactic: Running Code"),
            ("Runing-Code", "; did you mean Running Code?", "Tactic: Running-Code"),
            ("staying-", "; did you mean Staying?", "Tactic: Staying"),
            ("Entrance", "", None),
            # Near to what only 9.0 had: "Hiding" would be outdated at once.
            ("Hidding", f"; did you mean Silence or Breaking? {SPLIT}", None),
        ],
    )
    def test_a_misspelt_one_has_a_hint(self, name, hint, fix):
        (told,) = found_on(tactic_tag_unknown.CHECK, tagged([f"Tactic: {name}"]))
        start = f"the tag 'Tactic: {name}' names no tactic of ATT&CK Enterprise 10.0"
        assert (told[4], told[6]) == (f"{start}{hint}", fix)

    def test_a_misspelt_one_that_has_another_name_now(self):
        (told,) = found_on(
            tactic_tag_unknown.CHECK, tagged(["Tactic: Hidding"], make_mapping("T1004", HIDING))
        )

        where = "what the rule maps there is in Breaking"
        assert told[4].endswith(f"; did you mean Breaking? {SPLIT}; {where}")
        assert told[6] == "Tactic: Breaking"

    def test_found(self):
        rule = tagged(["Tactic: Entry", "Tactic: Entrance"])
        message = "the tag 'Tactic: Entrance' names no tactic of ATT&CK Enterprise 10.0"

        assert found_on(tactic_tag_unknown.CHECK, rule) == [
            ("R204", "warning", "rule-1.toml", 6, message, "Tactic: Entrance", None)
        ]

    def test_an_earlier_name_is_drift(self):
        message = f"the tag 'Tactic: Hiding' names no tactic of ATT&CK Enterprise 10.0; {SPLIT}"

        assert found_on(tactic_tag_unknown.CHECK, tagged(["Tactic: Hiding"])) == [
            ("D204", "note", "rule-1.toml", 5, message, "Tactic: Hiding", None)
        ]

    @pytest.mark.parametrize(
        ("techniques", "where", "fix"),
        [
            (["T1003"], "what the rule maps there is in Silence", "Tactic: Silence"),
            (["T1004"], "what the rule maps there is in Breaking", "Tactic: Breaking"),
            (["T1009.001"], "what the rule maps there is in Breaking", "Tactic: Breaking"),
            (["T1003", "T1004"], "what the rule maps there is in Silence and Breaking", None),
            (["T1008"], "what the rule maps there isn't in Silence, which came of it", None),
        ],
    )
    def test_the_rules_techniques_tell_where_the_tactic_went(self, techniques, where, fix):
        mappings = [make_mapping(one, HIDING) for one in techniques]
        elsewhere = make_mapping("T1007", STAYING, entry=1)
        rule = tagged(["Tactic: Hiding"], *mappings, elsewhere)

        (told,) = found_on(tactic_tag_unknown.CHECK, rule)

        assert told[4].partition("; ")[2] == where
        assert told[6] == fix

    def test_literally_it_is_a_warning(self):
        rule, literal = tagged(["Tactic: Hiding"]), LITERAL

        assert [one[0] for one in found_on(tactic_tag_unknown.CHECK, rule, resolver=literal)] == [
            "R204"
        ]

    @pytest.mark.parametrize(
        "tag", ["Tactic: Entry", "tactic:running code", "Tactic: Running-Code", "Entrance", "OS: X"]
    )
    def test_not_found(self, tag):
        assert found_on(tactic_tag_unknown.CHECK, tagged([tag])) == []

    def test_not_found_where_it_is_newer(self):
        rule = tagged(["Tactic: Breaking", "Tactic: Silence"])

        assert found_on(tactic_tag_unknown.CHECK, rule, resolver=ON_OLD) == []

    def test_the_rules_own_place_serves_where_the_tags_is_unknown(self):
        rule = make_rule(tags=("Tactic: Entrance",), place=Place(line=3))

        assert [one[3] for one in found_on(tactic_tag_unknown.CHECK, rule)] == [3]


class TestTagWithoutThreat:
    def test_found(self):
        rule = tagged(
            ["Tactic: Entry", "Tactic: Taking"],
            make_mapping("T1002", ENTRY),
            make_mapping("T1001", RUNNING),
        )
        message = "the tag 'Tactic: Taking' has no mapping; the rule maps Entry, Running Code"

        assert found_on(tag_without_threat.CHECK, rule) == [
            ("R205", "warning", "rule-1.toml", 6, message, "Tactic: Taking", None)
        ]

    @pytest.mark.parametrize(
        ("tags", "mappings"),
        [
            (["Tactic: Entry"], [make_mapping("T1002", ENTRY)]),
            (["Tactic: running code"], [make_mapping("T1001", RUNNING)]),
            (["Taking"], [make_mapping("T1002", ENTRY)]),
            (["Tactic: Entry"], []),  # R201
            ([], [make_mapping("T1002", ENTRY)]),
            (["Tactic: Entrance"], [make_mapping("T1002", ENTRY)]),  # R204
            (["Tactic: Enttry"], [make_mapping("T1002", ENTRY)]),
            (["Tactic: Entry"], [make_mapping("T1002", "TA0001", name="Enttry")]),  # M107
        ],
    )
    def test_not_found(self, tags, mappings):
        assert found_on(tag_without_threat.CHECK, tagged(tags, *mappings)) == []


class TestThreatWithoutTag:
    def test_found(self):
        rule = tagged(
            ["Tactic: Entry"],
            make_mapping("T1002", ENTRY),
            make_mapping("T1001", RUNNING, entry=1, tactic_place=Place(line=20)),
            make_mapping("T1001.001", RUNNING, entry=2),
        )
        message = "the rule maps Running Code, but has no tag 'Tactic: Running Code'"

        assert found_on(threat_without_tag.CHECK, rule) == [
            (
                "R206",
                "note",
                "rule-1.toml",
                20,
                message,
                "Running Code",
                "Tactic: Running Code",
            )
        ]

    @pytest.mark.parametrize(
        ("tags", "mapping"),
        [
            (["Tactic: Entry"], make_mapping("T1002", ENTRY)),
            (["tactic: running-code"], make_mapping("T1001", RUNNING)),
            ([], make_mapping("T1002", "TA0001")),
            ([], make_mapping("AML.T0051", name="Running Code", framework="MITRE ATLAS")),
            (["Tactic: Enttry"], make_mapping("T1002", ENTRY)),  # R204
            (["Tactic: Entry"], make_mapping("T1002", "TA0001", name="Enttry")),  # M107
        ],
    )
    def test_not_found(self, tags, mapping):
        assert found_on(threat_without_tag.CHECK, tagged(tags, mapping)) == []


class TestFileNameTactic:
    @pytest.mark.parametrize(
        ("path", "message", "subject"),
        [
            (
                "rules/linux/staying_by_cron.toml",
                "the file name begins with staying; the rule maps Taking, Running Code",
                "staying",
            ),
            (
                "hiding_a_file.toml",
                "the file name begins with hiding; the rule maps Taking, Running Code",
                "hiding",
            ),
        ],
    )
    def test_found(self, path, message, subject):
        rule = make_rule(make_mapping("T1011", TAKING), make_mapping("T1001", RUNNING), path=path)

        assert found_on(file_name_tactic.CHECK, rule) == [
            ("R207", "warning", path, 1, message, subject, None)
        ]

    def test_a_tactic_without_a_name_has_the_targets(self):
        rule = make_rule(make_mapping("T1003", "TA0005"), path="staying_by_cron.toml")

        assert [one[4] for one in found_on(file_name_tactic.CHECK, rule)] == [
            "the file name begins with staying; the rule maps Silence"
        ]

    @pytest.mark.parametrize(
        ("path", "mappings"),
        [
            ("rules/running_code_by_cron.toml", [make_mapping("T1001", RUNNING)]),
            ("hiding_a_file.toml", [make_mapping("T1003", SILENCE)]),
            ("staying_a_file.toml", [make_mapping(None, RUNNING), make_mapping(None, STAYING)]),
            ("cron.toml", [make_mapping("T1001", RUNNING)]),
            ("running_cron.toml", [make_mapping("T1002", ENTRY)]),
            ("staying.toml", [make_mapping("T1001", RUNNING)]),
            ("staying/cron.toml", [make_mapping("T1001", RUNNING)]),
            ("staying_by_cron.toml", []),
            ("staying_by_cron.toml", [make_mapping("T1001")]),
            ("staying_by_cron.toml", [make_mapping("T1001", "TA0099")]),
        ],
    )
    def test_not_found(self, path, mappings):
        assert found_on(file_name_tactic.CHECK, make_rule(*mappings, path=path)) == []


class TestNamedDeprecated:
    BY_NAME = make_state(lifecycle="deprecated", field="rule.name")

    @pytest.mark.parametrize("count", ["live", "active", "all"])
    def test_found_whatever_counts(self, count):
        rule = make_rule(name="Deprecated - Old", state=self.BY_NAME, place=Place(line=3))
        message = "called 'Deprecated - Old', but neither its folder nor its maturity says so"

        assert found_on(named_deprecated.CHECK, rule, count=count) == [
            ("R208", "warning", "rule-1.toml", 3, message, "Deprecated - Old", None)
        ]

    @pytest.mark.parametrize("name", ["[Deprecated] Old", "DEPRECATED: Old"])
    def test_other_spellings_that_are_live(self, name):
        assert [one[0] for one in found_on(named_deprecated.CHECK, make_rule(name=name))] == [
            "R208"
        ]

    @pytest.mark.parametrize(
        ("name", "field"),
        [
            ("Deprecated - Old", "path"),
            ("Deprecated - Old", "metadata.maturity"),
            ("Old", "rule.name"),
            ("Use of a Deprecated TLS Version", "rule.name"),
            ("Deprecatedness", "rule.name"),
            ("Deprecated TLS Version or Weak Cipher", "rule.name"),
            ("deprecated", "rule.name"),
        ],
    )
    def test_not_found(self, name, field):
        rule = make_rule(name=name, state=make_state(lifecycle="deprecated", field=field))

        assert found_on(named_deprecated.CHECK, rule, count="all") == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Deprecated - Old", True),
        ("DEPRECATED - Old", True),
        ("Deprecated – Old", True),
        ("Deprecated: Old", True),
        ("[Deprecated] Old", True),
        ("[DEPRECATED]: Old", True),
        ("(Deprecated) Old", True),
        ("Deprecated TLS Version or Weak Cipher", False),
        ("Deprecated-TLS Connection", False),
        ("Deprecated", False),
        ("Deprecatedness - Of Rules", False),
        ("Old - Deprecated - Rule", False),
        ("Use of a [Deprecated] API", False),
        ("", False),
    ],
)
def test_which_names_say_that_a_rule_is_deprecated(name, expected):
    assert is_named_deprecated(name) is expected


def test_half_migrated_rules_are_told_by_tag_and_mapping():
    """A rule that was moved to 10.0 except for its tags, or the reverse."""
    rule = tagged(["Tactic: Hiding"], make_mapping("T1004", BREAKING))

    assert found_on(tag_without_threat.CHECK, rule)[0][4] == (
        "the tag 'Tactic: Hiding' has no mapping; the rule maps Breaking"
    )
    assert found_on(threat_without_tag.CHECK, rule)[0][4] == (
        "the rule maps Breaking, but has no tag 'Tactic: Breaking'"
    )
