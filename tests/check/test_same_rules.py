"""The checks of ids and names that several rules have."""

from check.judged import found_on
from detcov.check import (
    duplicate_rule_id,
    duplicate_rule_name,
    former_id_there,
    same_rule,
)
from detcov.model import Place
from made import (
    make_rule,
    make_state,
)

UUID = "a1b2c3d4-0000-4000-8000-00000000000a"


class TestDuplicateRuleId:
    def test_found(self):
        rules = [make_rule(path=f"{name}.toml", place=Place(line=3)) for name in "abc"]

        assert found_on(duplicate_rule_id.CHECK, *rules) == [
            ("R202", "error", path, 3, f"the rule id rule-1 is also in {others}", "rule-1", None)
            for path, others in (
                ("a.toml", "b.toml, c.toml"),
                ("b.toml", "a.toml, c.toml"),
                ("c.toml", "a.toml, b.toml"),
            )
        ]

    def test_in_one_file(self):
        rules = [make_rule(path="a.yml", place=Place(line=line)) for line in (1, 9)]

        assert [one[2:5] for one in found_on(duplicate_rule_id.CHECK, *rules)] == [
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

        assert found_on(duplicate_rule_id.CHECK, *rules) == []

    def test_a_uuid_is_the_same_in_either_case(self):
        rules = [make_rule(native_id=one, path=f"{one[0]}.toml") for one in (UUID, UUID.upper())]

        assert [(one[0], one[2], one[5]) for one in found_on(duplicate_rule_id.CHECK, *rules)] == [
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
        assert [(*one[:3], *one[4:]) for one in found_on(same_rule.CHECK, *rules)] == [
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

        assert found_on(same_rule.CHECK, *rules) == []

    def test_told_where_an_alias_says_so(self):
        rules = (
            make_rule(native_id="1", path="a.toml"),
            make_rule(native_id="2", path="b.toml"),
            make_rule(native_id="3", path="c.yml", source="theirs", format="sigma"),
        )
        aliases = [["1", "2", "3"]]
        assert [
            (*one[:3], *one[4:6]) for one in found_on(same_rule.CHECK, *rules, aliases=aliases)
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
        names = found_on(duplicate_rule_name.CHECK, *rules)
        assert [one[2] for one in names] == ["a.toml", "b.toml"]
        assert found_on(duplicate_rule_name.CHECK, *rules, aliases=aliases) == []


class TestFormerId:
    OLD = make_rule(native_id="1", path="old.yml", format="sigma")
    NEW = make_rule(native_id=UUID, path="new.yml", format="sigma", former=("1", "2"))

    def test_both_in_one_source(self):
        copy = make_rule(native_id="1", path="copy.yml", format="sigma", source="another")
        told = "its former id 1 is that of old.yml: they count as two"
        assert [one[:6] for one in found_on(former_id_there.CHECK, copy, self.OLD, self.NEW)] == [
            ("R213", "warning", "new.yml", 1, told, "1")
        ]

    def test_not_found(self):
        elsewhere = make_rule(native_id="1", path="old.yml", format="sigma", source="another")
        retired = make_rule(
            native_id="1", path="x", format="sigma", state=make_state(lifecycle="deprecated")
        )
        assert found_on(former_id_there.CHECK, elsewhere, self.NEW) == []
        assert found_on(former_id_there.CHECK, retired, self.NEW) == []
        aliases = [["1", UUID]]
        assert found_on(former_id_there.CHECK, self.OLD, self.NEW, aliases=aliases) == []


class TestDuplicateRuleName:
    def test_one_rule_in_two_formats_has_one_name(self):
        rules = [make_rule(native_id=UUID, format=form) for form in ("elastic", "kibana")]

        assert found_on(duplicate_rule_name.CHECK, *rules) == []

    def test_found(self):
        rules = [make_rule(native_id=name, name="Odd process") for name in "ab"]

        assert found_on(duplicate_rule_name.CHECK, *rules) == [
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

        assert found_on(duplicate_rule_name.CHECK, *rules) == []

    def test_copies_of_one_rule_are_one_rule(self):
        assert found_on(duplicate_rule_name.CHECK, make_rule(), make_rule(path="copy.toml")) == []
