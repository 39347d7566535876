"""Stages on history: what two snapshots' facts say of the same rules, written down by hand."""

import json

import pytest

HEAD = "kind,value,rule,technique,platform,data,date,expiry,owner\n"
BEFORE = """\
fired,4,execution_a,,,,,,
waived,,,T1110,,,,2026-05-06,Bo
"""
AFTER = """\
deployed,no,execution_a,,,,,,
deployed,yes,discovery_b,,,,,,
waived,,,T1110,,,,2026-05-06,Bo
"""
SUMS = {
    # stage: techniques before, after; the waiver is over, so T1110 counts again
    "mapped": (2, 600, 2, 601),
    "deployed": (1, 600, 1, 601),
    "fed": (1, 600, 0, 601),
    "tested": (0, 600, 0, 601),
}
MOVES = [
    ("fell", "T1053", "fed", "mapped", ["Rule execution_a"]),
    ("rose", "T1082", "mapped", "deployed", ["Rule discovery_b"]),
]


@pytest.fixture
def snap(detcov, rules, tmp_path):
    """Takes a snapshot of the rules with these facts."""

    def take(day, rows):
        facts = tmp_path / f"{day}.csv"
        facts.write_text(HEAD + rows, encoding="utf-8")
        more = ("--facts", facts) if rows else ()
        assert detcov("snapshot", rules, "-o", "history", "--date", day, *more)[0] == 0

    return take


def moves(document):
    rows = document["tables"]["stage_moves"]["rows"]
    return [
        (one["turn"], one["technique"], one["before"], one["after"], one["rules"]) for one in rows
    ]


def sums(document):
    return {
        one["stage"]: (
            one["before"]["numerator"],
            one["before"]["denominator"],
            one["after"]["numerator"],
            one["after"]["denominator"],
        )
        for one in document["tables"]["stages"]["rows"]
    }


@pytest.mark.parametrize(
    "command",
    [
        ("weekly", "--snapshots", "history"),
        ("diff", "history/2026-05-04.json", "history/2026-05-11.json"),
    ],
)
def test_what_facts_say_now_moves_techniques(detcov, snap, command):
    snap("2026-05-04", BEFORE)
    snap("2026-05-11", AFTER)

    code, out, err = detcov(*command, "--format", "json")

    assert (code, err) == (0, "")
    assert sums(json.loads(out)) == SUMS
    assert moves(json.loads(out)) == MOVES
    text = " ".join(detcov(*command, "--format", "text")[1].split())
    assert "1 technique known to have come further, 1 less far, by the facts of either day" in text
    assert "Accepted gaps: 1 before, 0 after." in text


def test_nothing_moves_where_nothing_changed(detcov, snap):
    snap("2026-05-04", AFTER)
    snap("2026-05-11", AFTER)

    tables = json.loads(detcov("weekly", "--snapshots", "history", "--format", "json")[1])["tables"]

    assert "stages" in tables
    assert "stage_moves" not in tables


@pytest.mark.parametrize("rows", [(BEFORE, ""), ("", AFTER), ("", "")])
def test_facts_of_one_side_are_compared_with_nothing(detcov, snap, rows):
    snap("2026-05-04", rows[0])
    snap("2026-05-11", rows[1])

    document = json.loads(detcov("weekly", "--snapshots", "history", "--format", "json")[1])

    assert "stages" not in document["tables"]
    lacking = "2026-05-11" if rows[0] else "2026-05-04"
    note = f"The snapshot of {lacking} holds no facts: stages can't be compared."
    assert (note in str(document["parts"])) == any(rows)


def test_a_rule_that_is_gone_takes_its_stage_along(detcov, snap, rules):
    """T1053's rule was deployed, and another one that nobody deployed claims it now."""
    snap("2026-05-04", BEFORE)
    old = rules / "execution_a.toml"
    text = old.read_text("utf-8").replace("execution_a", "execution_c")
    (rules / "execution_c.toml").write_text(text, "utf-8")
    old.unlink()
    snap("2026-05-11", AFTER.replace("discovery_b", "execution_old"))

    found = moves(json.loads(detcov("weekly", "--snapshots", "history", "--format", "json")[1]))

    assert found == [("fell", "T1053", "fed", "mapped", ["Rule execution_a", "Rule execution_c"])]
