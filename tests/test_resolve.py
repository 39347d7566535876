"""Every outcome on both axes."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from detcov.model import Resolution, Role, TacticOutcome, TechniqueOutcome
from detcov.resolve import Resolver, is_attack
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
    make_mapping,
    make_rule,
)
from resolved import ON_NEW, ON_OLD, one, seen


@pytest.mark.parametrize(
    ("technique", "tactic", "expected"),
    [
        ("T1001", RUNNING, ("same/same", "T1001", ("running-code",), "stated", "")),
        ("T1001.001", RUNNING, ("same/same", "T1001.001", ("running-code",), "stated", "")),
        ("T1002", STAYING, ("same/same", "T1002", ("staying",), "stated", "")),
        ("T1003", HIDING, ("same/redefined", "T1003", ("silence",), "stated", "")),
        ("T1003", SILENCE, ("same/same", "T1003", ("silence",), "stated", "")),
        ("T1003", "TA0005", ("same/same", "T1003", ("silence",), "stated", "")),
        ("T1004", HIDING, ("same/moved", "T1004", ("breaking",), "stated", "")),
        ("T1004", BREAKING, ("same/same", "T1004", ("breaking",), "stated", "")),
        ("T1005", HIDING, ("same/reassigned", "T1005", ("running-code",), "inferred", "person")),
        ("T1005", STAYING, ("same/reassigned", "T1005", ("running-code",), "inferred", "person")),
        ("T1006", HIDING, ("same/ambiguous", "T1006", (), "stated", "person")),
        ("T1007", HIDING, ("same/dropped", "T1007", ("staying",), "inferred", "")),
        ("T1008", HIDING, ("same/dropped", "T1008", (), "stated", "person")),
        ("T1017", STAYING, ("same/same", "T1017", ("staying",), "stated", "")),
        ("T1001", TAKING, ("same/mismatched", "T1001", (), "stated", "")),
        ("T1001", "TA0099", ("same/mismatched", "T1001", (), "stated", "")),
        ("T1001", None, ("same/inferred", "T1001", ("running-code",), "inferred", "")),
        ("T1002", None, ("same/inferred", "T1002", ("entry", "staying"), "inferred", "")),
        (None, RUNNING, ("none/none", None, (), "stated", "")),
        # the technique's own axis
        ("T1009", HIDING, ("replaced/moved", "T1020", ("breaking",), "stated", "")),
        ("T1009.001", HIDING, ("replaced/moved", "T1020", ("breaking",), "stated", "")),
        ("T1009.001", BREAKING, ("replaced/same", "T1020", ("breaking",), "stated", "")),
        ("T1009.001", TAKING, ("replaced/mismatched", "T1020", (), "stated", "")),
        ("T1010", HIDING, ("replaced/moved", "T1001", ("running-code",), "stated", "")),
        ("T1011", TAKING, ("replaced/same", "T1021.001", ("taking",), "stated", "")),
        ("T1012", TAKING, ("replaced/same", "T1021.001", ("taking",), "stated", "")),
        ("T1013", TAKING, ("revoked/none", None, (), "stated", "")),
        ("T1022", TAKING, ("revoked/none", None, (), "stated", "")),
        ("T1014", TAKING, ("revoked/none", None, (), "stated", "")),
        ("T1015", TAKING, ("revoked/none", None, (), "stated", "")),
        ("T1023", TAKING, ("deprecated/none", None, (), "stated", "")),
        ("T1016", RUNNING, ("deprecated/none", None, (), "stated", "")),
        ("T9999", RUNNING, ("unknown/none", None, (), "stated", "")),
        # written otherwise, but meant beyond doubt; and not
        ("t1001.001", RUNNING, ("malformed/same", "T1001.001", ("running-code",), "stated", "")),
        ("T1001-001", RUNNING, ("malformed/same", "T1001.001", ("running-code",), "stated", "")),
        (" T1004 ", HIDING, ("malformed/moved", "T1004", ("breaking",), "stated", "")),
        ("t1009_001", HIDING, ("malformed/moved", "T1020", ("breaking",), "stated", "")),
        ("t1016", RUNNING, ("malformed/none", None, (), "stated", "")),
        ("t9999", RUNNING, ("malformed/none", None, (), "stated", "")),
        ("T1001.1", RUNNING, ("malformed/none", None, (), "stated", "")),
        ("T10010", RUNNING, ("malformed/none", None, (), "stated", "")),
        ("TA0002", RUNNING, ("malformed/none", None, (), "stated", "")),
        ("Technique 1001", RUNNING, ("malformed/none", None, (), "stated", "")),
        ("", RUNNING, ("malformed/none", None, (), "stated", "")),
        # MITRE ATLAS
        ("AML.T0051", RUNNING, ("foreign/none", None, (), "stated", "")),
        ("AML.T0051.001", None, ("foreign/none", None, (), "stated", "")),
    ],
)
def test_a_rule_of_9_0_on_10_0(technique, tactic, expected):
    assert seen(one(ON_NEW, make_mapping(technique, tactic))) == expected


@pytest.mark.parametrize(
    ("technique", "tactic", "expected"),
    [
        ("T1020", BREAKING, ("newer/none", None, (), "stated", "")),
        ("T1022", TAKING, ("newer/none", None, (), "stated", "")),
        ("T1004", BREAKING, ("same/newer", "T1004", (), "stated", "")),
        ("T1017", STAYING, ("same/newer", "T1017", (), "stated", "")),
        ("T1003", SILENCE, ("same/redefined", "T1003", ("hiding",), "stated", "")),
        ("T1001", BREAKING, ("same/mismatched", "T1001", (), "stated", "")),
        ("T1009", HIDING, ("same/same", "T1009", ("hiding",), "stated", "")),
        # 10.0's entry of the revoked T1009 says Silence (TA0005); its pair with Breaking never was
        ("T1009", BREAKING, ("same/mismatched", "T1009", (), "stated", "")),
        ("t1020", BREAKING, ("malformed/none", None, (), "stated", "")),
    ],
)
def test_a_rule_of_10_0_on_9_0_is_never_carried_back(technique, tactic, expected):
    assert seen(one(ON_OLD, make_mapping(technique, tactic))) == expected


def test_a_whole_resolution():
    mapping = make_mapping("T1009.001", HIDING)

    assert one(ON_NEW, mapping) == Resolution(
        mapping=mapping,
        technique_outcome=TechniqueOutcome.REPLACED,
        tactic_outcome=TacticOutcome.MOVED,
        technique="T1020",
        tactics=("breaking",),
        inferred=False,
        source_version="9.0",
        why="T1009.001 → T1020 (Technique 1020). "
        "T1009.001 was in Hiding until 9.0; T1020 is in Breaking instead.",
        needs_person=False,
    )


@pytest.mark.parametrize(
    ("resolver", "technique", "tactic", "version", "why"),
    [
        (ON_NEW, "T1001", RUNNING, "10.0", ""),
        (ON_NEW, "T1003", HIDING, "10.0", "TA0005 is called Silence, not Hiding."),
        (
            ON_NEW,
            "T1005",
            HIDING,
            "9.0",
            "T1005 was in Staying, Hiding until 9.0; it is in Running Code instead.",
        ),
        (
            ON_NEW,
            "T1006",
            HIDING,
            "9.0",
            "T1006 was in Hiding until 9.0; it is in Breaking or Taking instead.",
        ),
        (
            ON_NEW,
            "T1007",
            HIDING,
            "9.0",
            "T1007 was in Hiding until 9.0; it is in Staying only.",
        ),
        (
            ON_NEW,
            "T1010",
            HIDING,
            None,
            (
                "T1010 → T1001 (Technique 1001). "
                "T1010 was in Silence when it was revoked; T1001 is in Running Code instead."
            ),
        ),
        (ON_NEW, "T1011", TAKING, "9.0", "T1011 → T1012 → T1021.001 (Technique 1021.001)."),
        (ON_NEW, "T1023", TAKING, None, "T1023 → T1016 (Technique 1016)."),
        (ON_NEW, "T1013", TAKING, None, "T1013 is revoked and its successor can't be followed."),
        (ON_NEW, "t1009_001", None, None, "Read as T1009.001. T1009.001 → T1020 (Technique 1020)."),
        (ON_NEW, "AML.T0051", None, None, "AML.T0051 is of MITRE ATLAS."),
        (ON_NEW, "T1001", TAKING, None, ""),
        (ON_OLD, "T1020", BREAKING, None, "T1020 came after ATT&CK 9.0: 10.0 has it."),
        (ON_OLD, "T1004", BREAKING, None, "T1004 came under Breaking after ATT&CK 9.0."),
        (ON_OLD, "T1003", SILENCE, "9.0", "TA0005 is called Hiding, not Silence."),
    ],
)
def test_where_it_comes_from_and_why(resolver, technique, tactic, version, why):
    found = one(resolver, make_mapping(technique, tactic))

    assert (found.source_version, found.why) == (version, why)


@pytest.mark.parametrize(
    ("technique_id", "framework", "outcome", "why"),
    [
        ("AML.T0051", "MITRE ATLAS", "foreign", "AML.T0051 is of MITRE ATLAS."),
        ("T1001", "MITRE ATLAS", "foreign", "T1001 is of MITRE ATLAS."),
        ("", "MITRE ATLAS", "foreign", "The mapping is of MITRE ATLAS."),
        ("T0801", "MITRE ATT&CK", "foreign", "T0801 is of ATT&CK ICS."),
        ("T1001", "MITRE ATT&CK®", "same", ""),
    ],
)
def test_another_framework_or_domain(technique_id, framework, outcome, why):
    resolver = Resolver(NEW, (OLD,), lambda one: "ics-attack" if one == "T0801" else None)

    found = one(resolver, make_mapping(technique_id, framework=framework))

    assert (found.technique_outcome, found.why) == (outcome, why)


def test_an_id_that_another_domain_shares_with_the_target_is_the_targets():
    found = one(Resolver(NEW, (), lambda _: "mobile-attack"), make_mapping("T1001", RUNNING))

    assert seen(found) == ("same/same", "T1001", ("running-code",), "stated", "")


@pytest.mark.parametrize(
    ("framework", "expected"),
    [
        ("MITRE ATT&CK", True),
        ("MITRE ATT&CK®", True),
        (" mitre  att&ck ", True),
        ("ATT&CK", True),
        ("MITRE ATTACK", True),
        ("MITRE ATLAS", False),
        ("MITRE D3FEND", False),
        ("", False),
    ],
)
def test_framework_names(framework, expected):
    assert is_attack(framework) is expected


@pytest.mark.parametrize(
    ("tactic_id", "name", "expected"),
    [
        ("TA0002", None, "TA0002"),
        ("TA0002", "Staying", "TA0002"),  # id beats name
        (None, "Running Code", "TA0002"),
        (None, "running-code", "TA0002"),
        (None, "running_code", "TA0002"),
        (None, " RUNNING CODE", "TA0002"),
        ("TA0099", "Running Code", "TA0002"),  # an id that no release has: the name tells
        (None, "Hiding", "TA0005"),  # the old name
        (None, "Silence", "TA0005"),
        ("TA0112", "Hiding", "TA0112"),
        ("TA0099", None, None),
        ("TA0099", "Nothing", None),
        (None, "", None),
        ("", "", None),
        (None, None, None),
    ],
)
def test_which_tactic_is_stated(tactic_id, name, expected):
    assert ON_NEW.tactic_id(tactic_id, name) == expected


def test_a_tactic_by_its_name_alone_is_carried_forward_like_one_by_id():
    found = [one(ON_NEW, make_mapping(key, name="hiding")) for key in ("T1003", "T1004")]

    assert [seen(item) for item in found] == [
        ("same/redefined", "T1003", ("silence",), "stated", ""),
        ("same/moved", "T1004", ("breaking",), "stated", ""),
    ]


class TestRules:
    """What the mappings of one rule do to each other."""

    def test_a_dropped_tactic_is_inferred_only_where_the_rule_draws_nothing_else(self):
        alone = make_rule(make_mapping("T1007", HIDING))
        beside = make_rule(make_mapping("T1007", HIDING), make_mapping("T1007", STAYING))

        assert [seen(item) for item in ON_NEW.resolve(alone)] == [
            ("same/dropped", "T1007", ("staying",), "inferred", "")
        ]
        assert [seen(item) for item in ON_NEW.resolve(beside)] == [
            ("same/dropped", "T1007", (), "stated", ""),
            ("same/same", "T1007", ("staying",), "stated", ""),
        ]

    def test_another_technique_drawn_there_changes_nothing(self):
        rule = make_rule(make_mapping("T1007", HIDING), make_mapping("T1002", STAYING))

        assert seen(ON_NEW.resolve(rule)[0]) == (
            "same/dropped",
            "T1007",
            ("staying",),
            "inferred",
            "",
        )

    def test_a_carrier_is_resolved_and_neither_drawn_nor_counted(self):
        carriers = [
            make_mapping("T1001", RUNNING, role=Role.CARRIER),
            make_mapping("T1007", HIDING, role=Role.CARRIER),
            make_mapping("T1009", HIDING, role=Role.CARRIER),
        ]
        found = ON_NEW.resolve(make_rule(*carriers))

        assert [(seen(item)[:3], item.counts) for item in found] == [
            (("same/same", "T1001", ()), False),
            (("same/dropped", "T1007", ()), False),
            (("replaced/moved", "T1020", ()), False),
        ]

    def test_a_carrier_elsewhere_does_not_keep_a_dropped_claim_from_its_last_tactic(self):
        rule = make_rule(
            make_mapping("T1007", STAYING, role=Role.CARRIER), make_mapping("T1007", HIDING)
        )

        assert [item.tactics for item in ON_NEW.resolve(rule)] == [(), ("staying",)]

    @pytest.mark.parametrize(
        ("tactics", "technique", "expected"),
        [
            # the rule's tactics that the technique has; the others are another technique's
            ((ENTRY, TAKING), "T1002", [("same/same", ("entry",), "stated")]),
            (
                (ENTRY, STAYING),
                "T1002",
                [("same/same", ("entry",), "stated"), ("same/same", ("staying",), "stated")],
            ),
            # none stated, none fits: all its cells, inferred
            ((), "T1002", [("same/inferred", ("entry", "staying"), "inferred")]),
            ((TAKING,), "T1002", [("same/inferred", ("entry", "staying"), "inferred")]),
            (("TA0099",), "T1002", [("same/inferred", ("entry", "staying"), "inferred")]),
            # carried forward as a pair would be
            ((HIDING, TAKING), "T1004", [("same/moved", ("breaking",), "stated")]),
            ((HIDING,), "T1003", [("same/redefined", ("silence",), "stated")]),
            ((HIDING,), "T1007", [("same/dropped", ("staying",), "inferred")]),
            (
                (HIDING, STAYING),
                "T1007",
                [("same/dropped", (), "stated"), ("same/same", ("staying",), "stated")],
            ),
            # one tactic in two words is one tactic
            ((HIDING, SILENCE), "T1003", [("same/redefined", ("silence",), "stated")]),
            # nothing to fit: one resolution, however many tactics
            ((ENTRY, STAYING), "T9999", [("unknown/none", (), "stated")]),
            ((ENTRY, STAYING), "T1013", [("revoked/none", (), "stated")]),
        ],
    )
    def test_unpaired(self, tactics, technique, expected):
        stated = [make_mapping(None, tactic) for tactic in tactics]
        rule = make_rule(*stated, make_mapping(technique), paired=False)

        found = ON_NEW.resolve(rule)

        assert [seen(item)[0] for item in found[: len(stated)]] == ["none/none"] * len(stated)
        shown = [(seen(item)[0], *seen(item)[2:4]) for item in found[len(stated) :]]
        assert shown == expected

    def test_unpaired_pairs_that_came_later_are_inferred(self):
        rule = make_rule(make_mapping(None, BREAKING), make_mapping("T1004"), paired=False)

        assert seen(ON_OLD.resolve(rule)[1]) == (
            "same/inferred",
            "T1004",
            ("hiding",),
            "inferred",
            "",
        )


_TEXT = st.one_of(
    st.sampled_from(sorted(NEW.techniques)),
    st.sampled_from(sorted(OLD.techniques)),
    st.sampled_from([one.id for one in (*NEW.tactics, *OLD.tactics)]),
    st.sampled_from([one.name for one in (*NEW.tactics, *OLD.tactics)]),
    st.text(max_size=12),
    st.from_regex(r"\s*[Tt][Aa]?[0-9]{4}([./_-][0-9]{3})?", fullmatch=True),
)
_MAPPING = st.builds(
    make_mapping,
    st.none() | _TEXT,
    st.none() | _TEXT,
    name=st.none() | _TEXT,
    role=st.sampled_from([None, Role.CLAIM, Role.CARRIER]),
    framework=st.sampled_from(["MITRE ATT&CK", "MITRE ATLAS", "", "?"]),
)
_VERSIONS = st.none() | st.sampled_from(["9.0", "10.0", "", "beta", "²", "1.-1", "10.0.x"])


@settings(max_examples=150, deadline=None)
@given(st.lists(_MAPPING, max_size=4), st.booleans(), _VERSIONS, _VERSIONS)
def test_whatever_a_rule_says_it_is_resolved_to_cells_of_the_target(mappings, paired, mine, other):
    target = structs.replace(NEW, version=mine)
    resolver = Resolver(target, (structs.replace(OLD, version=other), target))

    found = resolver.resolve(make_rule(*mappings, paired=paired))

    assert {id(item.mapping) for item in found} == {id(mapping) for mapping in mappings}
    for item in found:
        assert item.technique is None or item.technique in target.active
        assert all((tactic, item.technique) in target.cells for tactic in item.tactics)
        assert not item.tactics or item.mapping.role is Role.CLAIM


def test_the_page_explains_every_outcome():
    page = (Path(__file__).parents[1] / "docs" / "concepts.md").read_text(encoding="utf-8")
    technique, tactic = page.split("### What became of the t")[1:]

    rows = [re.findall(r"^\| `([a-z]+)`", part, re.MULTILINE) for part in (technique, tactic)]

    assert sorted(rows[0]) == sorted(set(TechniqueOutcome) - {TechniqueOutcome.NONE})
    assert sorted(rows[1]) == sorted(TacticOutcome)
