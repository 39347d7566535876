"""Every way to break a layer that is known, one at a time, with what Navigator makes of it."""

import copy
import json
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detcov.errors import LayerError
from detcov.layer.checks import CHECKS
from detcov.layer.lint import lint_layer
from detcov.model import Severity
from layer.sample import LAYER, RELEASE, as_bytes, broken
from layer.ways_to_break import ATTACK, STRUCTURE, T0


def brief(findings):
    return [(finding.code, finding.pointer) for finding in findings]


def of_code(findings, code):
    return next(finding for finding in findings if finding.code == code)


@pytest.mark.parametrize("release", [None, RELEASE], ids=["structure", "attack"])
def test_a_right_layer_has_no_findings(release):
    assert lint_layer(as_bytes(LAYER), release=release) == ()


@pytest.mark.parametrize(
    ("changes", "outcome", "expected"),
    [row[1:] for row in STRUCTURE],
    ids=[row[0] for row in STRUCTURE],
)
def test_structure(changes, outcome, expected):
    findings = lint_layer(as_bytes(broken(changes)), release=None)

    assert Counter(brief(findings)) == Counter(expected)
    if expected:
        assert of_code(findings, expected[0][0]).outcome == outcome


@pytest.mark.parametrize(
    ("changes", "outcome", "expected"), [row[1:] for row in ATTACK], ids=[row[0] for row in ATTACK]
)
def test_against_attack(changes, outcome, expected):
    findings = lint_layer(as_bytes(broken(changes)), release=RELEASE)

    assert Counter(brief(findings)) == Counter(expected)
    assert of_code(findings, expected[0][0]).outcome == outcome


@pytest.mark.parametrize(
    "changes", [row[1] for row in STRUCTURE], ids=[row[0] for row in STRUCTURE]
)
def test_a_release_hides_no_structural_finding(changes):
    data = as_bytes(broken(changes))
    without, with_release = (set(brief(lint_layer(data, release=r))) for r in (None, RELEASE))

    assert without <= with_release


@pytest.mark.parametrize(
    ("attack", "newest", "expected"),
    [
        ("19", None, []),
        ("19", 19, []),
        ("19", 18, [("L109", "/versions/attack")]),
        ("17", 18, [("L110", "/versions/attack")]),
        ("17.1", 18, [("L110", "/versions/attack"), ("L111", "/versions/attack")]),
    ],
)
def test_against_the_navigators_data(attack, newest, expected):
    data = as_bytes(broken({"/versions/attack": attack}))

    assert brief(lint_layer(data, release=None, newest=newest)) == expected


def test_every_check_is_tried():
    tried = {code for row in (*STRUCTURE, *ATTACK) for code, _ in row[3]}
    elsewhere = {"L109", "L110"}
    of_the_file = {code for code in CHECKS if code.startswith("L0")}

    assert tried | elsewhere | of_the_file == set(CHECKS)


def test_checks_that_need_attack_are_those_found_with_it_only():
    structural = {code for row in STRUCTURE for code, _ in row[3]} | {"L109", "L110"}
    with_attack = {code for row in ATTACK for code, _ in row[3]}

    needing = {code for code, check in CHECKS.items() if check.needs_attack}
    assert needing == with_attack - structural - {"L136"}


def nulls(value, pointer=""):
    """Pointers to every field of the layer."""
    if isinstance(value, dict | list):
        members = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in members:
            yield f"{pointer}/{key}"
            yield from nulls(inner, f"{pointer}/{key}")


@pytest.mark.parametrize("pointer", list(nulls(LAYER)))
def test_null_is_found_wherever_it_stands(pointer):
    found = brief(lint_layer(as_bytes(broken({pointer: None})), release=None))

    assert pointer in {place for _, place in found}


@pytest.mark.parametrize(
    ("tactic", "says"),
    [
        ("", 'tactic is "": Navigator drops the entry after an alert'),
        (None, "tactic is null: Navigator drops the entry without a word"),
    ],
)
def test_an_alert_is_told_where_navigator_shows_one(tactic, says):
    (found,) = lint_layer(as_bytes(broken({T0 + "/tactic": tactic})), release=None)

    assert (found.code, found.severity) == ("L210", Severity.ERROR)
    assert found.message.startswith(says)


def test_a_score_that_javascript_cannot_hold_is_dropped():
    data = as_bytes(LAYER).replace(b'"score": 4', b'"score": 1e999')

    (found,) = lint_layer(data, release=RELEASE)

    assert (found.code, found.pointer, found.severity) == ("L222", T0 + "/score", Severity.ERROR)
    assert found.message.endswith(": Navigator ignores it, the rest of the entry is kept")


UNSEEN = {
    "an id of no form": {"techniqueID": "t1059"},
    "an unknown id": {"techniqueID": "T9999"},
    "a revoked id": {"techniqueID": "T1086"},
    "a deprecated id": {"techniqueID": "T1064"},
    "no shortname": {"tactic": "TA0002"},
    "another's tactic": {"tactic": "initial-access"},
}


@pytest.mark.parametrize("change", list(UNSEEN.values()), ids=list(UNSEEN))
def test_an_entry_that_cannot_be_seen_is_an_error(change):
    changes = {f"{T0}/{key}": value for key, value in change.items()}

    (found,) = lint_layer(as_bytes(broken(changes)), release=RELEASE)

    assert found.severity is Severity.ERROR


@pytest.mark.parametrize(
    "changes",
    [
        {"/filters/platforms": ["Linux", "Windows"]},
        {"/filters/platforms": ["Kubernetes"]},
        {"/techniques": {"T1059": 1}},
        {"/customDataURL": "https://example.org/attack.json"},
    ],
    ids=["filtered out", "no platform known", "techniques an object", "data of its own"],
)
def test_what_opens_empty_or_hidden_is_an_error(changes):
    found = lint_layer(as_bytes(broken(changes)), release=RELEASE)

    assert Severity.ERROR in {one.severity for one in found}


def test_layers_in_a_list_are_told_apart():
    second = broken({T0 + "/score": None})

    found = lint_layer(as_bytes([LAYER, second, 7]), release=RELEASE)

    assert brief(found) == [("L220", "/1" + T0 + "/score"), ("L005", "/2")]


def test_a_release_of_another_domain_judges_nothing():
    data = as_bytes(broken({"/domain": "ics-attack", T0 + "/techniqueID": "T0801"}))

    assert lint_layer(data, release=RELEASE) == ()


def test_a_finding_says_what_where_and_what_follows():
    data = (
        b'{"name": "x", "domain": "enterprise-attack", "layout": {},\n'
        b' "versions": {"attack": "19", "navigator": "5.1.0", "layer": "4.5"},\n'
        b'  "techniques": [{"techniqueID": "T1610", "tactic": "TA0002"}]}'
    )

    (found,) = lint_layer(data, release=RELEASE)

    assert found.message == (
        'ATT&CK Enterprise 19.0 has no tactic "TA0002" (execution?): '
        "Navigator keeps the entry and never draws it"
    )
    assert (found.line, found.column) == (3, 53)
    assert (found.severity, found.name) == (Severity.ERROR, "tactic-form")


def test_findings_stand_in_the_files_order():
    found = lint_layer(
        as_bytes(broken({"/links": None, T0 + "/score": None, "/name": ""})), release=None
    )

    assert brief(found) == [("L114", "/name"), ("L220", T0 + "/score"), ("L170", "/links")]


def test_text_from_the_file_does_no_harm_in_a_message():
    name = "\x1b[31m\u202e" + "[red]" * 20

    (found,) = lint_layer(as_bytes(broken({T0 + "/techniqueID": name})), release=None)

    assert found.message == (
        '"\\x1b[31m\\u202e[red][red][red][red][red][red][red…" isn\'t a technique id: Navigator '
        "doesn't draw it; with a tactic it is kept and comes back on download"
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(deadline=None)  # a busy machine is no failure
@given(JSON)
def test_any_json_gives_findings_or_a_layer_error(value):
    data = json.dumps(value).encode()

    assert lint_layer(data, release=RELEASE) != ()


@settings(deadline=None)  # a busy machine is no failure
@given(pointers=st.lists(st.sampled_from(list(nulls(LAYER))), min_size=1, max_size=3), value=JSON)
def test_any_value_in_any_field_is_judged(pointers, value):
    layer = broken({})
    for pointer in pointers:
        try:
            layer = _put(layer, pointer, copy.deepcopy(value))
        except (LookupError, TypeError, ValueError):
            continue
    data = json.dumps(layer).encode()

    for release in (None, RELEASE):
        for finding in lint_layer(data, release=release):
            assert finding.message.isprintable()
            assert finding.message.encode()
            assert finding.pointer.encode()


def _put(layer, pointer, value):
    *steps, last = pointer.split("/")[1:]
    place = layer
    for step in steps:
        place = place[int(step) if isinstance(place, list) else step]
    place[int(last) if isinstance(place, list) else last] = value
    return layer


@settings(deadline=None)  # a busy machine is no failure
@given(st.binary(max_size=60))
def test_any_bytes_give_findings_or_a_layer_error(data):
    assert lint_layer(data, release=None) != ()


def test_nesting_beyond_reading_is_a_layer_error():
    with pytest.raises(LayerError, match="nested too deeply"):
        lint_layer(b"[" * 100_000, release=None)
