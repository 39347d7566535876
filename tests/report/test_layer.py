"""The Navigator layer of a study: what it shows, and that Navigator and others can read it."""

import json

import pytest
from msgspec import structs

import real
from detcov.attack.release import Release, Tactic
from detcov.errors import UsageError
from detcov.layer.lint import lint_layer
from detcov.model import Corpus
from detcov.report.layer import LayerOptions, render_layer, top_of_scale
from detcov.study import StudyOptions, build_study
from layer.sample import technique
from made import make_mapping, make_rule, make_state

INITIAL, EXECUTION, PERSISTENCE = "TA0001", "TA0002", "TA0003"


TECHNIQUES = (
    technique("T1059", "execution", "Linux Windows"),
    technique("T1059.001", "execution", "Windows"),
    technique("T1059.004", "execution", "Linux"),
    technique("T1064", "execution", "Linux", deprecated=True),
    technique("T1078", "initial-access persistence", "Linux Windows"),
    technique("T1078.004", "initial-access persistence", "Linux Windows"),
    technique("T1086", "execution", "Windows", revoked=True, revoked_by="T1059.001"),
    technique("T1204", "execution", "Linux Windows"),
    technique("T1566", "initial-access", "Linux Windows"),
)
RELEASE = Release(
    domain="enterprise-attack",
    version="19.0",
    tactics=(
        Tactic(id=INITIAL, name="Initial Access", shortname="initial-access"),
        Tactic(id=EXECUTION, name="Execution", shortname="execution"),
        Tactic(id=PERSISTENCE, name="Persistence", shortname="persistence"),
    ),
    techniques={one.id: one for one in TECHNIQUES},
    sha256="ab" * 32,
    origin="bundled",
)


def rule(number, name, *claims, path=None, lifecycle="stable", platforms=()):
    """A rule with claims of (technique, tactic id or None)."""
    return make_rule(
        *(make_mapping(one, tactic, line=1) for one, tactic in claims),
        source="rules",
        native_id=f"{number:04}",
        name=name,
        path=path or f"linux/{number:04}.toml",
        severity="low",
        state=make_state(lifecycle),
        platforms=platforms,
    )


RULES = (
    rule(0, "[red]Shell\nin a container", ("T1059.001", EXECUTION), platforms=["Windows"]),
    rule(1, "=cmd|' /C calc'!A0", ("T1059.001", EXECUTION), ("T1059.004", EXECUTION)),
    rule(2, "<script>alert(1)</script>", ("T1078.004", INITIAL), platforms=["Linux"]),
    rule(3, "Names no tactic", ("T1204", None)),
    rule(4, "Old", ("T1566", INITIAL), lifecycle="deprecated"),
    rule(5, "Written long ago", ("T1086", EXECUTION)),
    rule(6, "Says it twice", ("T1059.004", EXECUTION), ("T1059.004", EXECUTION)),
)

# By hand: rules 0, 1 and 5 (its T1086 is T1059.001 now); 1 and 6; 2; 3.
SCORES = {
    ("T1059.001", "execution"): 3,
    ("T1059.004", "execution"): 2,
    ("T1078.004", "initial-access"): 1,
    ("T1204", "execution"): 1,
}
# Parents without an own rule, in each of their tactics.
VIA = {("T1059", "execution"), ("T1078", "initial-access"), ("T1078", "persistence")}


def study_of(rules=RULES, release=RELEASE, **options):
    corpus = Corpus(rules=tuple(rules), sources=("rules",))
    return build_study(corpus, release, options=StudyOptions(**options))


def render(study=None, **options):
    return json.loads(render_layer(study or study_of(), options=LayerOptions(**options)))


def entry(layer, identity, tactic):
    (found,) = (
        one
        for one in layer["techniques"]
        if (one["techniqueID"], one["tactic"]) == (identity, tactic)
    )
    return found


def metadata(found):
    return [(item["name"], item["value"]) for item in found["metadata"]]


def test_scores_are_the_distinct_rules_of_each_cell():
    layer = render()

    cells = {(one["techniqueID"], one["tactic"]): one.get("score") for one in layer["techniques"]}
    assert cells == {**SCORES, **dict.fromkeys(VIA)}


def test_entries_are_sorted_by_technique_then_by_the_matrix():
    places = [(one["techniqueID"], one["tactic"]) for one in render()["techniques"]]

    assert places == [
        ("T1059", "execution"),
        ("T1059.001", "execution"),
        ("T1059.004", "execution"),
        ("T1078", "initial-access"),
        ("T1078", "persistence"),
        ("T1078.004", "initial-access"),
        ("T1204", "execution"),
    ]


def test_the_whole_of_a_small_layer():
    study = study_of([RULES[2]])

    amber = {
        "techniqueID": "T1078",
        "color": "#f2cf7b",
        "metadata": [
            {"name": "Depth", "value": "no own rule"},
            {"name": "Via", "value": "1 of 1 sub-techniques"},
        ],
        "links": [
            {
                "label": "T1078 on attack.mitre.org",
                "url": "https://attack.mitre.org/techniques/T1078/",
            }
        ],
    }
    assert render(study, name="Mine") == {
        "name": "Mine",
        "versions": {"attack": "19", "navigator": "5.1.0", "layer": "4.5"},
        "domain": "enterprise-attack",
        "description": (
            "Score: distinct rules (live rules) drawn in the cell. A cell without a score has "
            "none. Parents in amber have no own rule, only covered sub-techniques. Mapped is not "
            "the same as detected."
        ),
        "gradient": {"colors": ["#c9dff2", "#0b3c7a"], "minValue": 0, "maxValue": 1},
        "techniques": [
            {**amber, "tactic": "initial-access"},
            {**amber, "tactic": "persistence"},
            {
                "techniqueID": "T1078.004",
                "tactic": "initial-access",
                "score": 1,
                "metadata": [
                    {"name": "Depth", "value": "one own rule"},
                    {"name": "Stated for", "value": "1 of 2 platforms"},
                    {"name": "Rule", "value": "<script>alert(1)</script>"},
                ],
                "links": [
                    {
                        "label": "T1078.004 on attack.mitre.org",
                        "url": "https://attack.mitre.org/techniques/T1078/004/",
                    }
                ],
            },
        ],
        "legendItems": [
            {"label": "1 or more", "color": "#0b3c7a"},
            {"label": "via sub-techs", "color": "#f2cf7b"},
        ],
        "layout": {
            "layout": "side",
            "showID": True,
            "showName": True,
            "showAggregateScores": False,
            "countUnscored": False,
            "aggregateFunction": "average",
            "expandedSubtechniques": "annotated",
        },
        "sorting": 0,
        "hideDisabled": False,
        "metadata": [
            {"name": "Dataset", "value": "ATT&CK Enterprise 19.0 (bundled)"},
            {"name": "Dataset SHA-256", "value": "ab" * 32},
            {"name": "Counted", "value": "live rules: 1 of 1 read"},
            {"name": "Platforms", "value": "all"},
            {"name": "Covered", "value": "1 of 7 (14 %): techniques with at least one own rule"},
            {"name": "Two or more", "value": "0 of 7 (0 %): techniques with two own rules or more"},
            {
                "name": "Parents",
                "value": "1 of 4 (25 %): parent techniques, own rule or via sub-techniques",
            },
        ],
    }


def test_a_parent_with_an_own_rule_has_no_entry_where_none_is_drawn():
    rules = [RULES[2], rule(7, "Of the parent", ("T1078", INITIAL))]

    places = [(one["techniqueID"], one["tactic"]) for one in render(study_of(rules))["techniques"]]

    assert places == [("T1078", "initial-access"), ("T1078.004", "initial-access")]


def test_an_inferred_cell_says_so_and_why():
    found = entry(render(), "T1204", "execution")

    assert metadata(found) == [
        ("Depth", "one own rule"),
        ("Inferred", "1 of 1: no tactic stated that fits"),
        ("Stated for", "0 of 2 platforms"),
        ("Rule", "Names no tactic"),
    ]


def test_names_from_rules_are_one_harmless_line():
    names = [value for name, value in metadata(entry(render(), "T1059.001", "execution"))][-3:]

    assert names == [r"[red]Shell\nin a container", "=cmd|' /C calc'!A0", "Written long ago"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("", "(unnamed rule)"),
        (" \t ", r"\t"),
        ("\x1b[31mred\x07", r"\x1b[31mred\x07"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("half \ud800", r"half \ud800"),
        ("x" * 300, "x" * 199 + "…"),
    ],
)
def test_odd_names(name, shown):
    layer = render(study_of([rule(0, name, ("T1204", EXECUTION))]))

    assert metadata(entry(layer, "T1204", "execution"))[-1] == ("Rule", shown)


def test_a_long_list_of_rules_is_cut():
    rules = [rule(n, f"Rule {n}", ("T1204", EXECUTION)) for n in range(25)]

    found = entry(render(study_of(rules), link_base="https://x.org"), "T1204", "execution")

    assert found["score"] == 25
    assert metadata(found)[-21:] == [("Rule", f"Rule {n}") for n in range(20)] + [
        ("Rules", "and 5 more")
    ]
    assert len(found["links"]) == 11


@pytest.mark.parametrize(
    ("base", "path", "url"),
    [
        ("https://x.org/rules", "linux/a.toml", "https://x.org/rules/linux/a.toml"),
        ("https://x.org/rules/", "linux/a.toml", "https://x.org/rules/linux/a.toml"),
        ("http://x.org", "a b/#1?.toml", "http://x.org/a%20b/%231%3F.toml"),
        ("https://x.org", "javascript:alert(1)", "https://x.org/javascript%3Aalert%281%29"),
        ("https://x.org", "übung.toml", "https://x.org/%C3%BCbung.toml"),
        ("https://x.org", "../../x", None),
        ("https://x.org", "a/../../x", None),
        ("https://x.org", "//evil.org/x", None),
    ],
)
def test_links_to_rules(base, path, url):
    study = study_of([rule(0, "Named", ("T1204", EXECUTION), path=path)])

    links = entry(render(study, link_base=base), "T1204", "execution")["links"]

    assert links[1:] == ([{"label": "Named", "url": url}] if url else [])


@pytest.mark.parametrize(
    "base",
    ["", "x.org/rules", "javascript:alert(1)", "ftp://x.org", "https://", "https://x.org/?a=1",
     "https://x.org/#a", "https://x.org/a b", "https://x.org/\n", "http://[x"],
)  # fmt: skip
def test_a_link_base_that_is_no_web_address(base):
    with pytest.raises(UsageError, match="link base"):
        render(link_base=base)


@pytest.mark.parametrize(
    ("scores", "top"),
    [
        ([], 1),
        ([1, 1, 1], 1),
        ([7], 7),
        (list(range(1, 21)), 19),
        ([1] * 19 + [500], 1),
        ([1] * 18 + [40, 500], 40),
        (list(range(1, 101)), 95),
    ],
)
def test_the_top_of_the_scale_is_the_95th_percentile(scores, top):
    assert top_of_scale(scores) == top


def test_the_legend_names_the_ends_and_the_middle():
    rules = [rule(n, f"Rule {n}", ("T1204", EXECUTION)) for n in range(9)]

    layer = render(study_of(rules))

    # 5/9 of the way from one end to the other, and 1/9.
    assert layer["legendItems"] == [
        {"label": "1 rule", "color": "#b4cde5"},
        {"label": "5 rules", "color": "#5f84af"},
        {"label": "9 or more", "color": "#0b3c7a"},
    ]


def test_a_release_without_a_version_names_none():
    data = render_layer(study_of(release=structs.replace(RELEASE, version=None)))

    assert json.loads(data)["versions"] == {"navigator": "5.1.0", "layer": "4.5"}
    assert [found.code for found in lint_layer(data, release=RELEASE)] == ["L108"]


def test_nothing_covered_is_an_empty_layer():
    data = render_layer(study_of([RULES[4]]))

    assert json.loads(data)["techniques"] == []
    assert [found.code for found in lint_layer(data, release=RELEASE)] == ["L200"]


def test_platforms_in_scope_are_named():
    layer = render(study_of(platforms=("linux",)))

    assert ("Platforms", "Linux") in metadata(layer)
    assert [one["techniqueID"] for one in layer["techniques"] if "score" in one] == ["T1078.004"]
    assert "Stated for" not in dict(metadata(entry(layer, "T1078.004", "initial-access")))


def test_what_is_out_of_scope_is_hidden_and_not_white_like_a_gap():
    """For Windows T1059.004 is out; T1078 and T1566 are gaps, T1204 of a rule that states none."""
    layer = render(study_of(platforms=("Windows",)), name="Ours")

    told = {
        (one["techniqueID"], one["tactic"]): (
            "out" if one.get("enabled") is False else one.get("score", one.get("color"))
        )
        for one in layer["techniques"]
    }
    assert told == {
        ("T1059", "execution"): "#f2cf7b",
        ("T1059.001", "execution"): 1,
        ("T1059.004", "execution"): "out",
    }
    assert (layer["name"], layer["hideDisabled"]) == ("Ours: Windows", True)
    assert "Techniques out of scope are disabled and hidden." in layer["description"]
    # Opening all annotated ones would open those that hold nothing but disabled entries.
    assert layer["layout"]["expandedSubtechniques"] == "none"
    opened = {one["techniqueID"] for one in layer["techniques"] if one.get("showSubtechniques")}
    assert opened == {"T1059"}


def test_without_a_scope_nothing_is_hidden():
    layer = render()

    assert layer["hideDisabled"] is False
    assert all("enabled" not in one for one in layer["techniques"])
    assert layer["layout"]["expandedSubtechniques"] == "annotated"


@pytest.mark.parametrize(
    ("platforms", "part", "name"),
    [
        ((), "", "Ours"),
        ((), "Execution", "Ours: Execution"),
        (("Linux",), "", "Ours: Linux"),
        (("Windows", "Linux"), "", "Ours: Linux, Windows"),
        (("Linux",), "Execution", "Ours: Linux: Execution"),
    ],
)
def test_the_name_says_the_scope(platforms, part, name):
    assert render(study_of(platforms=platforms), name="Ours", part=part)["name"] == name


def test_a_scale_can_be_given():
    layer = render(top_of_scale=8)

    assert layer["gradient"]["maxValue"] == 8
    assert [item["label"] for item in layer["legendItems"][:3]] == [
        "1 rule",
        "4 rules",
        "8 or more",
    ]


def test_what_is_covered_in_no_column_is_named():
    study = study_of()
    cell = ("execution", "T1204")
    undrawn = structs.replace(study.coverage.cells[cell], stated=(), inferred=())
    cells = {**study.coverage.cells, cell: undrawn}
    study = structs.replace(study, coverage=structs.replace(study.coverage, cells=cells))

    assert metadata(render(study))[-1] == ("Not drawn", "1 covered, their column unclear: T1204")


def test_a_layer_ends_with_one_line_end_and_has_no_null():
    layer = render_layer(study_of())

    assert layer.endswith(b"}\n")
    assert not layer.endswith(b"\n\n")
    assert b"null" not in layer


def layers():
    many = [rule(n, f"Rule {n}", ("T1059", EXECUTION)) for n in range(130)]
    return {
        "all kinds of cells": study_of(),
        "one cell": study_of([RULES[3]]),
        "a cell far above the scale": study_of([*RULES, *many]),
        "a platform": study_of(platforms=("Linux",)),
        "every rule": study_of(count="all"),
        "from 18": study_of(release=structs.replace(RELEASE, version="18.1")),
    }


@pytest.mark.parametrize("name", list(layers()))
def test_our_own_lint_finds_nothing(name):
    data = render_layer(layers()[name], options=LayerOptions(link_base="https://x.org/a"))

    assert lint_layer(data, release=RELEASE) == ()
    assert lint_layer(data, release=None) == ()


@pytest.mark.parametrize("name", list(layers()))
def test_mitreattack_python_loads_it_strictly(name, capsys):
    from mitreattack.navlayers import Layer

    written = json.loads(
        render_layer(layers()[name], options=LayerOptions(link_base="https://x.org/a"))
    )

    read = Layer(written, strict=True).to_dict()

    assert capsys.readouterr().out == ""
    assert read["techniques"] == written["techniques"]
    assert {key: read[key] for key in written if key in read} == {
        key: written[key] for key in written if key in read
    }


@pytest.mark.parametrize("version", ["18.1", "19.0"])
def test_elastic_rules_cell_by_cell(version):
    known = real.releases()
    release = next(one for one in known if one.version == version)
    study = build_study(real.elastic_rules(), release, known=known, options=StudyOptions())
    data = render_layer(study, options=LayerOptions(link_base="https://x.org/rules"))
    oracle = real.oracle(f"elastic20260505_cells_{version}.json")

    scores = {
        f"{one['techniqueID']}|{one['tactic']}": one["score"]
        for one in json.loads(data)["techniques"]
        if "score" in one
    }
    assert scores == {cell: drawn for cell, (drawn, _) in oracle["live"]["cells"].items()}
    assert lint_layer(data, release=release) == ()
