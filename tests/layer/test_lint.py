"""Every way to break a layer that is known, one at a time, with what Navigator makes of it."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detcov.errors import LayerError
from detcov.layer.checks import CHECKS
from detcov.layer.lint import lint_layer
from detcov.model import Severity
from layer.sample import ABSENT, LAYER, RELEASE, as_bytes, broken

T0 = "/techniques/0"
CHILD = "/techniques/1"
LONG = "x" * 601

# (name, what is changed, outcome of the first finding, findings as code and pointer)
STRUCTURE = [
    # domain
    ("domain missing", {"/domain": ABSENT}, "refused", [("L101", "")]),
    ("domain short", {"/domain": "enterprise"}, "refused", [("L101", "/domain")]),
    ("domain not configured", {"/domain": "space-attack"}, "refused", [("L101", "/domain")]),
    ("domain null", {"/domain": None}, "refused", [("L101", "/domain")]),
    ("domain old", {"/domain": "mitre-enterprise"}, "harmless", [("L102", "/domain")]),
    # versions
    ("layer 4.4", {"/versions/layer": "4.4"}, "dialog", [("L104", "/versions/layer")]),
    ("layer 4.6", {"/versions/layer": "4.6"}, "dialog", [("L104", "/versions/layer")]),
    ("layer 4", {"/versions/layer": "4"}, "dialog", [("L104", "/versions/layer")]),
    ("layer 3.0", {"/versions/layer": "3.0"}, "dialog", [("L105", "/versions/layer")]),
    ("layer 5.0", {"/versions/layer": "5.0"}, "dialog", [("L105", "/versions/layer")]),
    ("layer null", {"/versions/layer": None}, "dialog", [("L105", "/versions/layer")]),
    ("layer missing", {"/versions/layer": ABSENT}, "dialog", [("L105", "/versions")]),
    ("no versions", {"/versions": ABSENT}, "dialog", [("L105", ""), ("L108", "")]),
    ("layer a number", {"/versions/layer": 4.5}, "harmless", [("L113", "/versions/layer")]),
    ("layer 4.5.0", {"/versions/layer": "4.5.0"}, "harmless", [("L113", "/versions/layer")]),
    ("old version field", {"/version": "4.5"}, "harmless", [("L112", "/version")]),
    ("older version field", {"/version": "3.0"}, "dialog", [("L105", "/version"), ("L112", "/version")]),
    ("versions null", {"/versions": None}, "refused", [("L103", "/versions")]),
    ("versions a string", {"/versions": "4.5"}, "refused", [("L103", "/versions")]),
    ("attack 18.1", {"/versions/attack": "18.1"}, "harmless", [("L111", "/versions/attack")]),
    ("attack v18", {"/versions/attack": "v18"}, "harmless", [("L111", "/versions/attack")]),
    ("attack empty", {"/versions/attack": ""}, "harmless", [("L108", "/versions/attack")]),
    ("attack missing", {"/versions/attack": ABSENT}, "harmless", [("L108", "/versions")]),
    ("attack a number", {"/versions/attack": 18}, "dropped", [("L107", "/versions/attack")]),
    ("attack null", {"/versions/attack": None}, "dropped", [("L107", "/versions/attack")]),
    ("attack a word", {"/versions/attack": "enterprise"}, "refused", [("L106", "/versions/attack")]),
    ("attack too old", {"/versions/attack": "3"}, "refused", [("L106", "/versions/attack")]),
    ("attack not out", {"/versions/attack": "999"}, "refused", [("L125", "/versions/attack")]),
    ("navigator missing", {"/versions/navigator": ABSENT}, "strict", [("L502", "/versions")]),
    ("navigator other", {"/versions/navigator": "9.9.9"}, "strict", [("L502", "/versions/navigator")]),
    ("navigator null", {"/versions/navigator": None}, "strict", [("L501", "/versions/navigator")]),
    # plain fields
    ("name missing", {"/name": ABSENT}, "silent", [("L114", "")]),
    ("name empty", {"/name": ""}, "silent", [("L114", "/name")]),
    ("name null", {"/name": None}, "silent", [("L114", "/name")]),
    ("name a number", {"/name": 7}, "strict", [("L501", "/name")]),
    ("description null", {"/description": None}, "dropped", [("L115", "/description")]),
    ("sorting a string", {"/sorting": "3"}, "dropped", [("L115", "/sorting")]),
    ("sorting a boolean", {"/sorting": True}, "dropped", [("L115", "/sorting")]),
    ("sorting 9", {"/sorting": 9}, "silent", [("L116", "/sorting")]),
    ("hideDisabled", {"/hideDisabled": "true"}, "dropped", [("L115", "/hideDisabled")]),
    ("row colour", {"/tacticRowBackground": "nope"}, "dropped", [("L115", "/tacticRowBackground")]),
    ("custom data null", {"/customDataURL": None}, "refused", [("L117", "/customDataURL")]),
    ("custom data", {"/customDataURL": "https://x.org/a.json"}, "refused", [("L118", "/customDataURL")]),
    ("own domain with its data",
     {"/customDataURL": "https://x.org/a.json", "/domain": "space-attack"}, "refused",
     [("L118", "/customDataURL")]),
    ("unknown field", {"/colour": 1}, "silent", [("L119", "/colour")]),
    ("unknown key to escape", {"/a~1b": 1}, "silent", [("L119", "/a~01b")]),
    ("unknown in technique", {T0 + "/aggregateScore": 1}, "silent", [("L119", T0 + "/aggregateScore")]),
    ("unknown in layout", {"/layout/showId": True}, "silent", [("L119", "/layout/showId")]),
    ("view mode", {"/viewMode": 1}, "harmless", [("L112", "/viewMode")]),
    ("stages", {"/filters/stages": ["act"]}, "harmless", [("L112", "/filters/stages")]),
    # layout
    ("layout null", {"/layout": None}, "blank", [("L120", "/layout")]),
    ("layout a string", {"/layout": "side"}, "blank", [("L120", "/layout")]),
    ("layout a list", {"/layout": []}, "dropped", [("L121", "/layout")]),
    ("layout compact", {"/layout/layout": "compact"}, "dropped", [("L121", "/layout/layout")]),
    ("expanded some", {"/layout/expandedSubtechniques": "some"}, "silent",
     [("L124", "/layout"), ("L121", "/layout/expandedSubtechniques")]),
    ("median", {"/layout/aggregateFunction": "median"}, "dropped", [("L121", "/layout/aggregateFunction")]),
    ("showID null", {"/layout/showID": None}, "dropped", [("L121", "/layout/showID")]),
    ("mini with ids", {"/layout/layout": "mini", "/layout/showName": False}, "silent",
     [("L122", "/layout/showID")]),
    ("unscored counted", {"/layout/countUnscored": True, "/layout/aggregateFunction": "max"},
     "harmless", [("L123", "/layout/countUnscored")]),
    ("no layout", {"/layout": ABSENT}, "silent", [("L124", "")]),
    ("all folded", {"/layout/expandedSubtechniques": "none"}, "silent", [("L124", "/layout")]),
    ("a parent unfolded",
     {"/layout/expandedSubtechniques": "none", T0 + "/showSubtechniques": True}, None, []),
    # filters, as far as no release is needed
    ("no filters", {"/filters": ABSENT}, None, []),
    ("filters null", {"/filters": None}, "blank", [("L130", "/filters")]),
    ("platforms a string", {"/filters/platforms": "Linux"}, "blank", [("L130", "/filters/platforms")]),
    ("filters a list", {"/filters": ["Linux"]}, "silent", [("L131", "/filters")]),
    ("a platform null", {"/filters/platforms": ["Linux", None]}, "dropped",
     [("L132", "/filters/platforms/1")]),
    ("no platforms", {"/filters/platforms": []}, "harmless", [("L133", "/filters/platforms")]),
    ("platforms null", {"/filters/platforms": None}, "harmless", [("L133", "/filters/platforms")]),
    ("platforms missing", {"/filters/platforms": ABSENT}, "harmless", [("L133", "/filters")]),
    # gradient
    ("no gradient", {"/gradient": ABSENT}, "silent", [("L140", T0)]),
    ("gradient null", {"/gradient": None}, "blank", [("L141", "/gradient")]),
    ("colors missing", {"/gradient/colors": ABSENT}, "blank", [("L141", "/gradient")]),
    ("colors null", {"/gradient/colors": None}, "blank", [("L141", "/gradient/colors")]),
    ("colors empty", {"/gradient/colors": []}, "blank", [("L141", "/gradient/colors")]),
    ("one colour", {"/gradient/colors": ["#fff"]}, "blank", [("L141", "/gradient/colors")]),
    ("bad colour", {"/gradient/colors/1": "reddish"}, "dropped", [("L143", "/gradient/colors/1")]),
    ("null colour", {"/gradient/colors/1": None}, "dropped", [("L143", "/gradient/colors/1")]),
    ("colors a string", {"/gradient/colors": "red"}, "dropped", [("L143", "/gradient/colors")]),
    ("see-through", {"/gradient/colors/0": "#ffffff00"}, "harmless", [("L146", "/gradient/colors/0")]),
    ("no range", {"/gradient/minValue": ABSENT, "/gradient/maxValue": ABSENT}, "blank",
     [("L142", "/gradient"), ("L142", "/gradient")]),
    ("max a word", {"/gradient/maxValue": "many"}, "blank", [("L142", "/gradient/maxValue")]),
    ("max null", {"/gradient/maxValue": None}, "silent",
     [("L144", "/gradient"), ("L221", T0 + "/score"), ("L145", "/gradient/maxValue")]),
    ("min is max", {"/gradient/minValue": 10}, "silent",
     [("L144", "/gradient"), ("L147", T0 + "/score")]),
    ("min above max", {"/gradient/minValue": 11}, "silent",
     [("L144", "/gradient"), ("L147", T0 + "/score")]),
    ("range as strings", {"/gradient/minValue": "0", "/gradient/maxValue": "10"}, "strict",
     [("L501", "/gradient/minValue"), ("L501", "/gradient/maxValue")]),
    ("range of floats", {"/gradient/maxValue": 10.5}, "strict", [("L501", "/gradient/maxValue")]),
    ("steps below one", {"/gradient/colors": ["red", "gold", "green", "blue", "navy", "teal"],
                         "/gradient/maxValue": 4}, "strict", [("L501", "/gradient")]),
    ("scores all outside", {"/gradient/minValue": 20, "/gradient/maxValue": 30}, "silent",
     [("L147", T0 + "/score")]),
    # legend
    ("legend null", {"/legendItems": None}, "blank", [("L150", "/legendItems")]),
    ("legend item null", {"/legendItems/0": None}, "blank", [("L150", "/legendItems/0")]),
    ("legend without colour", {"/legendItems/0/color": ABSENT}, "dropped", [("L151", "/legendItems/0")]),
    ("legend bad colour", {"/legendItems/0/color": "blueish"}, "dropped",
     [("L151", "/legendItems/0/color")]),
    ("legend label null", {"/legendItems/0/label": None}, "dropped", [("L151", "/legendItems/0/label")]),
    ("legend label long", {"/legendItems/0/label": "10 rules or more"}, "harmless",
     [("L152", "/legendItems/0/label")]),
    # metadata
    ("metadata null", {T0 + "/metadata": None}, "blank", [("L160", T0 + "/metadata")]),
    ("metadata an object", {T0 + "/metadata": {"name": "a"}}, "blank", [("L160", T0 + "/metadata")]),
    ("metadata of the layer null", {"/metadata": None}, "blank", [("L160", "/metadata")]),
    ("metadata holds null", {T0 + "/metadata/0": None}, "blank", [("L160", T0 + "/metadata/0")]),
    ("metadata without value", {T0 + "/metadata/0/value": ABSENT}, "dropped",
     [("L161", T0 + "/metadata/0")]),
    ("metadata value empty", {T0 + "/metadata/0/value": ""}, "dropped",
     [("L161", T0 + "/metadata/0/value")]),
    ("metadata value a number", {T0 + "/metadata/0/value": 4}, "dropped",
     [("L161", T0 + "/metadata/0/value")]),
    ("metadata name null", {"/metadata/0/name": None}, "dropped", [("L161", "/metadata/0/name")]),
    ("metadata DIVIDER", {T0 + "/metadata/0": {"name": "DIVIDER", "value": True}}, "dropped",
     [("L161", T0 + "/metadata/0/value")]),
    ("metadata divider", {T0 + "/metadata/0": {"divider": True}}, "strict",
     [("L502", T0 + "/metadata/0")]),
    ("metadata divider false", {T0 + "/metadata/0": {"divider": False}}, "harmless",
     [("L162", T0 + "/metadata/0/divider")]),
    # links
    ("links null", {T0 + "/links": None}, "blank", [("L170", T0 + "/links")]),
    ("links of the layer null", {"/links": None}, "blank", [("L170", "/links")]),
    ("links hold a string", {T0 + "/links/0": "https://x.org"}, "blank", [("L170", T0 + "/links/0")]),
    ("link with name and href", {T0 + "/links/0": {"name": "a", "href": "https://x.org"}}, "dropped",
     [("L171", T0 + "/links/0")]),
    ("link without url", {T0 + "/links/0/url": ABSENT}, "dropped", [("L171", T0 + "/links/0")]),
    ("link without label", {T0 + "/links/0/label": ABSENT}, "dropped", [("L171", T0 + "/links/0")]),
    ("link label empty", {T0 + "/links/0/label": ""}, "dropped", [("L171", T0 + "/links/0/label")]),
    ("link divider null", {"/links/1/divider": None}, "dropped", [("L171", "/links/1/divider")]),
    ("link javascript", {T0 + "/links/0/url": "javascript:alert(1)"}, "silent",
     [("L172", T0 + "/links/0/url")]),
    ("link javascript hidden", {"/links/0/url": " Java\tScript:alert(1)"}, "silent",
     [("L172", "/links/0/url")]),
    ("link data", {"/links/0/url": "data:text/html,x"}, "silent", [("L172", "/links/0/url")]),
    ("link relative", {T0 + "/links/0/url": "rules/a.toml"}, "silent", [("L173", T0 + "/links/0/url")]),
    ("link ftp", {"/links/0/url": "ftp://x.org/a"}, "silent", [("L173", "/links/0/url")]),
    # techniques
    ("techniques missing", {"/techniques": ABSENT}, "harmless", [("L200", "")]),
    ("techniques empty", {"/techniques": []}, "harmless", [("L200", "/techniques")]),
    ("techniques null", {"/techniques": None}, "blank", [("L201", "/techniques")]),
    ("techniques hold null", {"/techniques/4": None}, "blank", [("L201", "/techniques/4")]),
    ("techniques hold a string", {"/techniques/4": "T1610"}, "blank", [("L201", "/techniques/4")]),
    ("techniques hold a list", {"/techniques/4": []}, "dropped", [("L203", "/techniques/4")]),
    ("techniques an object", {"/techniques": {"T1059": 1}}, "silent", [("L202", "/techniques")]),
    ("id missing", {T0 + "/techniqueID": ABSENT}, "dropped", [("L203", T0)]),
    ("id null", {T0 + "/techniqueID": None}, "dropped", [("L203", T0 + "/techniqueID")]),
    ("id lower case", {T0 + "/techniqueID": "t1059"}, "silent", [("L204", T0 + "/techniqueID")]),
    ("id a name", {T0 + "/techniqueID": "Scripting"}, "silent", [("L204", T0 + "/techniqueID")]),
    ("tactic empty", {T0 + "/tactic": ""}, "dropped", [("L210", T0 + "/tactic")]),
    ("tactic null", {T0 + "/tactic": None}, "dropped", [("L210", T0 + "/tactic")]),
    ("tactic with a space", {T0 + "/tactic": "privilege escalation"}, "silent", [("L211", T0 + "/tactic")]),
    ("tactic an id", {T0 + "/tactic": "TA0004"}, "silent", [("L211", T0 + "/tactic")]),
    ("tactic with capitals", {T0 + "/tactic": "Privilege-Escalation"}, "silent",
     [("L211", T0 + "/tactic")]),
    ("tactic a number", {T0 + "/tactic": 4}, "silent", [("L211", T0 + "/tactic")]),
    ("twice", {"/techniques/4": {"techniqueID": "T1059", "tactic": "execution", "score": 1}}, "silent",
     [("L214", "/techniques/4")]),
    ("twice without tactic", {"/techniques/4": {"techniqueID": "T1610"},
                              "/techniques/5": {"techniqueID": "T1610"}}, "silent",
     [("L214", "/techniques/5")]),
    ("with and without", {"/techniques/4": {"techniqueID": "T1059", "score": 1}}, "silent",
     [("L215", "/techniques/4")]),
    ("score a string", {T0 + "/score": "4"}, "dropped", [("L220", T0 + "/score")]),
    ("score null", {T0 + "/score": None}, "dropped", [("L220", T0 + "/score")]),
    ("score true", {T0 + "/score": True}, "dropped", [("L220", T0 + "/score")]),
    ("score with a part", {T0 + "/score": 3.5}, "strict", [("L502", T0 + "/score")]),
    ("score below", {T0 + "/score": -3}, "harmless", [("L221", T0 + "/score")]),
    ("score above, as the legend says", {T0 + "/score": 99}, None, []),
    ("score above", {T0 + "/score": 99, "/legendItems": []}, "harmless", [("L221", T0 + "/score")]),
    ("score without end", {T0 + "/score": 10**400}, "silent", [("L222", T0 + "/score")]),
    ("colour a word", {T0 + "/color": "not-a-colour"}, "dropped", [("L223", T0 + "/color")]),
    ("colour a number", {T0 + "/color": 123456}, "dropped", [("L223", T0 + "/color")]),
    ("colour null", {T0 + "/color": None}, "dropped", [("L223", T0 + "/color")]),
    ("colour without #", {"/techniques/4/color": "74c476"}, None, []),
    ("colour with alpha", {"/techniques/4/color": "#74c47680"}, None, []),
    ("colour empty", {T0 + "/color": ""}, None, []),
    ("comment a number", {T0 + "/comment": 3}, "dropped", [("L224", T0 + "/comment")]),
    ("comment null", {T0 + "/comment": None}, "dropped", [("L224", T0 + "/comment")]),
    ("enabled a string", {T0 + "/enabled": "false"}, "dropped", [("L224", T0 + "/enabled")]),
    ("unfold null", {T0 + "/showSubtechniques": None}, "dropped", [("L224", T0 + "/showSubtechniques")]),
    ("colour and score", {T0 + "/color": "red"}, "harmless", [("L225", T0 + "/color")]),
    ("disabled and scored", {T0 + "/enabled": False}, "harmless", [("L226", T0)]),
    ("comment long", {T0 + "/comment": LONG}, "harmless", [("L227", T0 + "/comment")]),
    ("unfold a child", {CHILD + "/showSubtechniques": True}, "silent",
     [("L228", CHILD + "/showSubtechniques")]),
]  # fmt: skip

ATTACK = [
    ("platform unknown", {"/filters/platforms/3": "Kubernetes"}, "silent",
     [("L134", "/filters/platforms/3")]),
    ("platform in small letters", {"/filters/platforms/2": "containers"}, "silent",
     [("L134", "/filters/platforms/2"), ("L137", CHILD), ("L137", "/techniques/4")]),
    ("platforms all unknown", {"/filters/platforms": ["Kubernetes", "None"]}, "blank",
     [("L135", "/filters/platforms"), ("L134", "/filters/platforms/0"),
      ("L134", "/filters/platforms/1")]),
    ("platform old", {"/filters/platforms/0": "linux"}, "harmless", [("L136", "/filters/platforms/0")]),
    ("technique hidden", {"/filters/platforms": ["Linux", "Windows"]}, "silent",
     [("L137", CHILD), ("L137", "/techniques/4")]),
    ("parent hidden", {"/filters/platforms": ["Containers"]}, "silent",
     [("L137", T0), ("L138", CHILD)]),
    ("id unknown", {T0 + "/techniqueID": "T9999"}, "silent", [("L205", T0 + "/techniqueID")]),
    ("child unknown", {CHILD + "/techniqueID": "T1059.099"}, "silent",
     [("L205", CHILD + "/techniqueID")]),
    ("id unknown, no tactic", {"/techniques/4/techniqueID": "T9999"}, "silent",
     [("L205", "/techniques/4/techniqueID")]),
    ("id revoked", {T0 + "/techniqueID": "T1086"}, "silent", [("L206", T0 + "/techniqueID")]),
    ("id deprecated", {T0 + "/techniqueID": "T1064"}, "silent", [("L207", T0 + "/techniqueID")]),
    ("tactic of another", {T0 + "/tactic": "initial-access"}, "silent", [("L212", T0 + "/tactic")]),
    ("tactic of another release", {T0 + "/tactic": "defense-evasion"}, "silent",
     [("L212", T0 + "/tactic")]),
    ("tactic left out", {"/techniques/2/tactic": ABSENT, "/techniques/3": ABSENT}, "harmless",
     [("L213", "/techniques/2")]),
]  # fmt: skip


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


def test_layers_in_a_list_are_told_apart():
    second = broken({T0 + "/score": None})

    found = lint_layer(as_bytes([LAYER, second, 7]), release=RELEASE)

    assert brief(found) == [("L220", "/1" + T0 + "/score"), ("L005", "/2")]


def test_a_release_of_another_domain_judges_nothing():
    data = as_bytes(broken({"/domain": "ics-attack", T0 + "/techniqueID": "T0801"}))

    assert lint_layer(data, release=RELEASE) == ()


def test_a_finding_says_what_where_and_what_follows():
    data = b'{"name": "x", "domain": "enterprise-attack", "layout": {},\n "versions": {"attack": "19", "navigator": "5.1.0", "layer": "4.5"},\n  "techniques": [{"techniqueID": "T1610", "tactic": "TA0002"}]}'

    (found,) = lint_layer(data, release=RELEASE)

    assert found.message == (
        'ATT&CK Enterprise 19.0 has no tactic "TA0002" (execution?): '
        "Navigator keeps the entry and never draws it"
    )
    assert (found.line, found.column) == (3, 53)
    assert (found.severity, found.name) == (Severity.WARNING, "tactic-form")


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


@given(JSON)
def test_any_json_gives_findings_or_a_layer_error(value):
    data = json.dumps(value).encode()

    assert lint_layer(data, release=RELEASE) != ()


@given(pointers=st.lists(st.sampled_from(list(nulls(LAYER))), min_size=1, max_size=3), value=JSON)
def test_any_value_in_any_field_is_judged(pointers, value):
    layer = broken({})
    for pointer in pointers:
        try:
            layer = _put(layer, pointer, value)
        except (KeyError, IndexError, TypeError):
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


@given(st.binary(max_size=60))
def test_any_bytes_give_findings_or_a_layer_error(data):
    assert lint_layer(data, release=None) != ()


def test_nesting_beyond_reading_is_a_layer_error():
    with pytest.raises(LayerError, match="nested too deeply"):
        lint_layer(b"[" * 100_000, release=None)
