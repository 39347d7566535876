"""Every check of a rule as a whole: what it finds and what it must not find."""

import pytest

from detcov.check import (
    duplicate_rule_id,
    duplicate_rule_name,
    file_name_tactic,
    former_id_there,
    named_deprecated,
    no_mapping,
    run_checks,
    same_rule,
    tactic_tag_unknown,
    tag_without_threat,
    threat_without_tag,
)
from detcov.load.corpus import united
from detcov.model import Place
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
    make_rule,
    make_state,
)

ON_NEW = Resolver(NEW, (OLD,))
ON_OLD = Resolver(OLD, (NEW,))
UUID = "a1b2c3d4-0000-4000-8000-00000000000a"


def found(check, *rules, resolver=ON_NEW, count="active", aliases=()):
    """The check's findings: code, severity, path, line, message, subject, fix."""
    resolutions = [resolver.resolve(rule) for rule in rules]
    corpus = united(make_corpus(*rules), aliases)
    findings = run_checks(corpus, resolutions, resolver, count, [check])
    return [
        (
            one.code,
            one.severity.value,
            one.path,
            one.place.line,
            one.message,
            one.subject,
            one.fix,
        )
        for one in findings
    ]


def tagged(tags, *mappings, **fields):
    """A rule with tags, each in a line of its own, the first in line 5."""
    places = {tag: Place(line=line) for line, tag in enumerate(tags, start=5)}
    return make_rule(*mappings, tags=tuple(tags), tag_places=places, **fields)


class TestNoMapping:
    def test_found(self):
        rule = make_rule(place=Place(line=3))

        assert found(no_mapping.CHECK, rule) == [
            ("R201", "warning", "rule-1.toml", 3, "the rule has no ATT&CK mapping", None, None)
        ]

    @pytest.mark.parametrize(
        "mapping", [make_mapping("T1001"), make_mapping(None, ENTRY), make_mapping("nonsense")]
    )
    def test_not_found(self, mapping):
        assert found(no_mapping.CHECK, make_rule(mapping)) == []


class TestDuplicateRuleId:
    def test_found(self):
        rules = [make_rule(path=f"{name}.toml", place=Place(line=3)) for name in "abc"]

        assert found(duplicate_rule_id.CHECK, *rules) == [
            ("R202", "error", path, 3, f"the rule id rule-1 is also in {others}", "rule-1", None)
            for path, others in (
                ("a.toml", "b.toml, c.toml"),
                ("b.toml", "a.toml, c.toml"),
                ("c.toml", "a.toml, b.toml"),
            )
        ]

    def test_in_one_file(self):
        rules = [make_rule(path="a.yml", place=Place(line=line)) for line in (1, 9)]

        assert [one[2:5] for one in found(duplicate_rule_id.CHECK, *rules)] == [
            ("a.yml", 1, "the rule id rule-1 is also in a.yml"),
            ("a.yml", 9, "the rule id rule-1 is also in a.yml"),
        ]

    def test_not_found(self):
        rules = (
            make_rule(),
            make_rule(native_id="rule-2"),
            make_rule(source="theirs"),
            make_rule(format="sigma"),
            make_rule(path="old.toml", state=make_state(lifecycle="deprecated")),
        )

        assert found(duplicate_rule_id.CHECK, *rules) == []

    def test_a_uuid_is_the_same_in_either_case(self):
        rules = [make_rule(native_id=one, path=f"{one[0]}.toml") for one in (UUID, UUID.upper())]

        assert [(one[0], one[2], one[5]) for one in found(duplicate_rule_id.CHECK, *rules)] == [
            ("R202", "A.toml", UUID.upper()),
            ("R202", "a.toml", UUID),
        ]


class TestSameRule:
    def test_told_at_each_further_source_or_format(self):
        rules = (
            make_rule(native_id=UUID, path="a.toml", source="ours"),
            make_rule(native_id=UUID, path="b.toml", source="ours"),
            make_rule(native_id=UUID, path="export", source="ours", format="kibana"),
            make_rule(native_id=UUID.upper(), path="a.toml", source="theirs"),
            make_rule(native_id=UUID, path="b.toml", source="theirs"),
            make_rule(native_id=UUID, path="export", source="theirs", format="kibana"),
        )
        told = "the same rule as {}: they count as one"
        assert [(*one[:3], *one[4:]) for one in found(same_rule.CHECK, *rules)] == [
            ("R212", "note", "export", told.format("a.toml (elastic)"), UUID, None),
            ("R212", "note", "a.toml", told.format("ours: a.toml"), UUID.upper(), None),
            ("R212", "note", "export", told.format("ours: a.toml (elastic)"), UUID, None),
        ]

    def test_not_found(self):
        rules = (
            make_rule(native_id="100", source="ours"),
            make_rule(native_id="100", source="theirs"),
            make_rule(native_id="100", source="theirs", format="wazuh"),
            make_rule(native_id=UUID, path="a.toml"),
            make_rule(native_id=UUID, path="b.toml"),
            make_rule(native_id=UUID, source="theirs", state=make_state(lifecycle="deprecated")),
        )

        assert found(same_rule.CHECK, *rules) == []

    def test_told_where_an_alias_says_so(self):
        rules = (
            make_rule(native_id="1", path="a.toml"),
            make_rule(native_id="2", path="b.toml"),
            make_rule(native_id="3", path="c.yml", source="theirs", format="sigma"),
        )
        aliases = [["1", "2", "3"]]
        assert [
            (*one[:3], *one[4:6]) for one in found(same_rule.CHECK, *rules, aliases=aliases)
        ] == [
            (
                "R212",
                "note",
                "b.toml",
                "the same rule as a.toml, by an alias: they count as one",
                "2",
            ),
            (
                "R212",
                "note",
                "c.yml",
                "the same rule as ours: a.toml (elastic), by an alias: they count as one",
                "3",
            ),
        ]
        names = found(duplicate_rule_name.CHECK, *rules)
        assert [one[2] for one in names] == ["a.toml", "b.toml"]
        assert found(duplicate_rule_name.CHECK, *rules, aliases=aliases) == []


class TestFormerId:
    OLD = make_rule(native_id="1", path="old.yml", format="sigma")
    NEW = make_rule(native_id=UUID, path="new.yml", format="sigma", former=("1", "2"))

    def test_both_in_one_source(self):
        copy = make_rule(native_id="1", path="copy.yml", format="sigma", source="another")
        told = "its former id 1 is that of old.yml: they count as two"
        assert [one[:6] for one in found(former_id_there.CHECK, copy, self.OLD, self.NEW)] == [
            ("R213", "warning", "new.yml", 1, told, "1")
        ]

    def test_not_found(self):
        elsewhere = make_rule(native_id="1", path="old.yml", format="sigma", source="another")
        retired = make_rule(
            native_id="1", path="x", format="sigma", state=make_state(lifecycle="deprecated")
        )
        assert found(former_id_there.CHECK, elsewhere, self.NEW) == []
        assert found(former_id_there.CHECK, retired, self.NEW) == []
        aliases = [["1", UUID]]
        assert found(former_id_there.CHECK, self.OLD, self.NEW, aliases=aliases) == []


class TestDuplicateRuleName:
    def test_one_rule_in_two_formats_has_one_name(self):
        rules = [make_rule(native_id=UUID, format=form) for form in ("elastic", "kibana")]

        assert found(duplicate_rule_name.CHECK, *rules) == []

    def test_found(self):
        rules = [make_rule(native_id=name, name="Odd process") for name in "ab"]

        assert found(duplicate_rule_name.CHECK, *rules) == [
            (
                "R203",
                "warning",
                f"{mine}.toml",
                1,
                f"the name 'Odd process' is also that of {other}.toml",
                "Odd process",
                None,
            )
            for mine, other in ("ab", "ba")
        ]

    def test_not_found(self):
        rules = (
            make_rule(name="One"),
            make_rule(native_id="2", name="one"),
            make_rule(native_id="3", name="One", source="theirs"),
            make_rule(native_id="4", name=""),
            make_rule(native_id="5", name=""),
            make_rule(native_id="6", name="One", state=make_state(lifecycle="deprecated")),
        )

        assert found(duplicate_rule_name.CHECK, *rules) == []

    def test_copies_of_one_rule_are_one_rule(self):
        assert found(duplicate_rule_name.CHECK, make_rule(), make_rule(path="copy.toml")) == []


class TestTacticTagUnknown:
    def test_found(self):
        rule = tagged(["Tactic: Entry", "Tactic: Entrance"])
        message = "the tag 'Tactic: Entrance' names no tactic of ATT&CK Enterprise 10.0"

        assert found(tactic_tag_unknown.CHECK, rule) == [
            ("R204", "warning", "rule-1.toml", 6, message, "Tactic: Entrance", None)
        ]

    def test_an_earlier_name_is_drift(self):
        message = (
            "the tag 'Tactic: Hiding' names no tactic of ATT&CK Enterprise 10.0; TA0005 is Silence"
        )

        assert found(tactic_tag_unknown.CHECK, tagged(["Tactic: Hiding"])) == [
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

        (told,) = found(tactic_tag_unknown.CHECK, tagged(["Tactic: Hiding"], *mappings, elsewhere))

        assert told[4].partition("; ")[2] == where
        assert told[6] == fix

    def test_literally_it_is_a_warning(self):
        rule, literal = tagged(["Tactic: Hiding"]), Resolver(NEW)

        assert [one[0] for one in found(tactic_tag_unknown.CHECK, rule, resolver=literal)] == [
            "R204"
        ]

    @pytest.mark.parametrize(
        "tag", ["Tactic: Entry", "tactic:running code", "Tactic: Running-Code", "Entrance", "OS: X"]
    )
    def test_not_found(self, tag):
        assert found(tactic_tag_unknown.CHECK, tagged([tag])) == []

    def test_not_found_where_it_is_newer(self):
        rule = tagged(["Tactic: Breaking", "Tactic: Silence"])

        assert found(tactic_tag_unknown.CHECK, rule, resolver=ON_OLD) == []

    def test_the_rules_own_place_serves_where_the_tags_is_unknown(self):
        rule = make_rule(tags=("Tactic: Entrance",), place=Place(line=3))

        assert [one[3] for one in found(tactic_tag_unknown.CHECK, rule)] == [3]


class TestTagWithoutThreat:
    def test_found(self):
        rule = tagged(
            ["Tactic: Entry", "Tactic: Taking"],
            make_mapping("T1002", ENTRY),
            make_mapping("T1001", RUNNING),
        )
        message = "the tag 'Tactic: Taking' has no mapping; the rule maps Entry, Running Code"

        assert found(tag_without_threat.CHECK, rule) == [
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
        ],
    )
    def test_not_found(self, tags, mappings):
        assert found(tag_without_threat.CHECK, tagged(tags, *mappings)) == []


class TestThreatWithoutTag:
    def test_found(self):
        rule = tagged(
            ["Tactic: Entry"],
            make_mapping("T1002", ENTRY),
            make_mapping("T1001", RUNNING, entry=1, tactic_place=Place(line=20)),
            make_mapping("T1001.001", RUNNING, entry=2),
        )
        message = "the rule maps Running Code, but has no tag 'Tactic: Running Code'"

        assert found(threat_without_tag.CHECK, rule) == [
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
        ],
    )
    def test_not_found(self, tags, mapping):
        assert found(threat_without_tag.CHECK, tagged(tags, mapping)) == []


class TestFileNameTactic:
    @pytest.mark.parametrize(
        ("path", "message", "subject"),
        [
            (
                "rules/linux/staying_by_cron.toml",
                "the file name begins with staying (TA0003); the rule maps TA0002, TA0009",
                "staying",
            ),
            (
                "hiding_a_file.toml",
                "the file name begins with hiding (TA0005); the rule maps TA0002, TA0009",
                "hiding",
            ),
        ],
    )
    def test_found(self, path, message, subject):
        rule = make_rule(make_mapping("T1011", TAKING), make_mapping("T1001", RUNNING), path=path)

        assert found(file_name_tactic.CHECK, rule) == [
            ("R207", "warning", path, 1, message, subject, None)
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
        assert found(file_name_tactic.CHECK, make_rule(*mappings, path=path)) == []


class TestNamedDeprecated:
    BY_NAME = make_state(lifecycle="deprecated", field="rule.name")

    @pytest.mark.parametrize("count", ["live", "active", "all"])
    def test_found_whatever_counts(self, count):
        rule = make_rule(name="Deprecated - Old", state=self.BY_NAME, place=Place(line=3))
        message = "called 'Deprecated - Old', but neither its folder nor its maturity says so"

        assert found(named_deprecated.CHECK, rule, count=count) == [
            ("R208", "warning", "rule-1.toml", 3, message, "Deprecated - Old", None)
        ]

    @pytest.mark.parametrize("name", ["[Deprecated] Old", "DEPRECATED: Old", "deprecated"])
    def test_other_spellings_that_are_live(self, name):
        assert [one[0] for one in found(named_deprecated.CHECK, make_rule(name=name))] == ["R208"]

    @pytest.mark.parametrize(
        ("name", "field"),
        [
            ("Deprecated - Old", "path"),
            ("Deprecated - Old", "metadata.maturity"),
            ("Old", "rule.name"),
            ("Use of a Deprecated TLS Version", "rule.name"),
            ("Deprecatedness", "rule.name"),
        ],
    )
    def test_not_found(self, name, field):
        rule = make_rule(name=name, state=make_state(lifecycle="deprecated", field=field))

        assert found(named_deprecated.CHECK, rule, count="all") == []


def test_half_migrated_rules_are_told_by_tag_and_mapping():
    """A rule that was moved to 10.0 except for its tags, or the reverse."""
    rule = tagged(["Tactic: Hiding"], make_mapping("T1004", BREAKING))

    assert found(tag_without_threat.CHECK, rule)[0][4] == (
        "the tag 'Tactic: Hiding' has no mapping; the rule maps Breaking"
    )
    assert found(threat_without_tag.CHECK, rule)[0][4] == (
        "the rule maps Breaking, but has no tag 'Tactic: Breaking'"
    )
