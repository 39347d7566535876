"""`detcov diff` on the scripted history (made_story.py), which tells what is expected."""

import json

import pytest

from detcov import __version__
from made_git import LINK, MadeRepository
from made_story import day, rule, story
from named import read_named


@pytest.fixture
def told(tmp_path):
    return story(tmp_path / "repo")


@pytest.fixture
def diff(detcov, told):
    made, _ = told

    def run(*arguments):
        return detcov("diff", *arguments, "--repo", made.path, "--no-cache")

    return run


def rows_of(out, table):
    return read_named(out)["tables"].get(table, {"rows": []})["rows"]


def test_last_week_in_words(diff, told):
    _, shas = told
    code, out, err = diff(shas[11], shas[12])
    assert (code, err) == (0, "")
    assert (
        out[: out.index("\nTechniques with")]
        == f"""\
commit {shas[11][:10]} (2026-05-11) → commit {shas[12][:10]} (2026-05-18); ATT&CK
Enterprise 19.0
5 of 601 techniques covered (1 %); our rules changed that by -1. 1 lost, 0
gained.
techniques covered: 5 of 601 (1 %)
change: -1, from 6 of 601
rules that count: 5
change: 0, from 5

Lost
Warning: 1 technique has no rule that counts any more.
  T1552.007 Container API (1 rule before): Echo was removed in {shas[12][:10]} on
  2026-05-18 "Drop Echo, add Hotel".

Gained
None.
"""
    )


def test_a_rule_that_a_link_led_to_is_lost_in_the_commit_that_led_it_elsewhere(detcov, tmp_path):
    made = MadeRepository(tmp_path / "repo")
    made.files = {
        "other/alpha.toml": rule("Alpha", "T1609"),
        "other/bravo.toml": rule("Bravo", "T1610"),
        "rules/rule.toml": (LINK, "../other/alpha.toml"),
    }
    base = made.commit("2026-05-04")
    made.files["rules/rule.toml"] = LINK, "../other/bravo.toml"
    moved = made.commit("2026-05-11", "Follow Bravo")
    made.files["rules/charlie.toml"] = rule("Charlie", "T1611")
    head = made.commit("2026-05-18", "Add Charlie")

    arguments = (base, head, "--repo", made.path, "--no-cache", "--format", "json")
    code, out, _ = detcov("diff", *arguments)

    assert code == 0
    commits = {
        row["technique"]: " ".join((row["commit"], row["commit_date"], row["commit_subject"]))
        for row in rows_of(out, "techniques")
    }
    assert commits == {
        "T1609": f"{moved[:10]} 2026-05-11 Follow Bravo",
        "T1610": f"{moved[:10]} 2026-05-11 Follow Bravo",
        "T1611": f"{head[:10]} 2026-05-18 Add Charlie",
    }


def test_a_revision_of_a_very_long_name_is_none(diff):
    code, out, err = diff("x" * 5000, "HEAD")
    assert (code, out) == (3, "")
    assert err.endswith(f"{'x' * 5000}' names no one commit\n")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (1, 2, ["gained T1552.007", "deeper T1059.004"]),
        (2, 3, ["gained T1613"]),
        (3, 5, []),
        (5, 6, ["thinner T1059.004"]),
        (6, 7, []),
        (7, 8, ["lost T1610", "gained T1611"]),
        (8, 9, ["lost T1059.004"]),
        (9, 10, ["gained T1059.004"]),
        (10, 11, ["gained T1609"]),
        (11, 12, ["lost T1552.007", "deeper T1609"]),
        (1, 12, ["lost T1610", "gained T1609", "gained T1611", "gained T1613"]),
    ],
)
def test_techniques_of_each_week(diff, told, before, after, expected):
    _, shas = told
    code, out, err = diff(shas[before], shas[after], "--format", "json")
    assert code == (3 if 9 in {before, after} else 0)
    assert err.count("\n") == (1 if code else 0)
    assert not code or err.startswith("detcov: rules/alpha.toml:1:6: not TOML: ")
    found = [f"{one['turn']} {one['technique']}" for one in rows_of(out, "techniques")]
    assert found == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (1, 2, [("added", "Bravo", 2), ("added", "Echo", 2)]),
        (2, 3, [("added", "Foxtrot", 3)]),
        (3, 5, [("renamed", "Echo", 5)]),
        (5, 6, [("retired", "Bravo", 6)]),
        (6, 7, []),
        (7, 8, [("re-mapped", "Charlie", 8)]),
        (8, 9, [("unreadable", "Alpha", 9)]),
        (9, 10, [("readable again", "Alpha", 10)]),
        (10, 11, [("removed", "Foxtrot", 11), ("added", "Golf", 11)]),
        (11, 12, [("removed", "Echo", 12), ("added", "Hotel", 12)]),
        (
            6,
            11,
            [
                ("removed", "Foxtrot", 11),
                ("re-mapped", "Charlie", 8),
                ("added", "Golf", 11),
            ],
        ),
    ],
)
def test_rules_of_each_week_and_the_commit(diff, told, before, after, expected):
    _, shas = told
    _, out, _ = diff(shas[before], shas[after], "--format", "json")
    found = [(one["fate"], one["rule"], one["commit"] or "") for one in rows_of(out, "rules")]
    assert found == [(fate, name, shas[week][:10] if week else "") for fate, name, week in expected]


def test_a_release_is_told_apart_from_the_rules(diff, told):
    """Delta's T1562.001 is T1685 in 19.0, and T1610 has left one of its tactics."""
    _, shas = told
    _, out, _ = diff(shas[6], shas[7], "--attack-before", "18.1", "--format", "json")
    report = json.loads(out)
    assert report["numbers"]["covered"]["value"]["numerator"] == 5
    assert report["numbers"]["covered"]["value"]["denominator"] == 601
    assert rows_of(out, "techniques") == rows_of(out, "rules") == []
    lines = {one["tactic"]: one for one in rows_of(out, "tactics")}
    assert lines["Defense Evasion"]["note"] == "until 18.1"
    assert lines["Stealth"]["note"] == "until 18.1 Defense Evasion"
    assert lines["Defense Impairment"]["note"] == "not in 18.1"
    text = [part.get("sentence", "") for part in report["parts"]]
    assert any(
        one.startswith(
            "The same rules cover 5 of 599 under ATT&CK Enterprise 18.1 and 5 of 601 under "
            "ATT&CK Enterprise 19.0. Revoked techniques whose successors are covered: 1, now 1; "
        )
        for one in text
    )


@pytest.mark.parametrize(
    ("before", "stated", "version"),
    [
        (6, ("18.1",), "18.1"),
        (6, (f"18.1@{day(7)}",), "18.1"),
        (7, (f"18.1@{day(7)}",), "19.0"),
        (6, (f"18.1@{day(3)}",), "19.0"),
        (6, (f"18.1@{day(3)}", "18.1"), "18.1"),
        (6, (), "19.0"),
    ],
)
def test_the_older_sides_release_may_depend_on_its_day(diff, told, before, stated, version):
    _, shas = told
    options = [word for one in stated for word in ("--attack-before", one)]
    _, out, _ = diff(shas[before], shas[8], *options, "--format", "json")
    both = "ATT&CK Enterprise 18.1 → ATT&CK Enterprise 19.0"
    under = both if version == "18.1" else "ATT&CK Enterprise 19.0"
    assert json.loads(out)["subtitle"].endswith(f"; {under}")


def test_folders_names_and_dates_are_sides_too(diff, tmp_path):
    folder = tmp_path / "now"
    folder.mkdir()
    (folder / "hotel.toml").write_text(rule("Hotel", "T1609"))
    for before in ("HEAD~1", "main~1", "2026-05-11", "1w", "rev:HEAD~1"):
        _, out, _ = diff(before, "HEAD", "--format", "json")
        assert [one["rule"] for one in rows_of(out, "rules")] == ["Echo", "Hotel"]
    code, out, _ = diff("HEAD", folder, "--format", "json")
    assert code == 0
    assert [(one["fate"], one["rule"]) for one in rows_of(out, "rules")] == [
        ("removed", "Alpha"),
        ("removed", "Bravo"),
        ("removed", "Charlie"),
        ("removed", "Delta"),
        ("removed", "Golf"),
    ]


@pytest.fixture
def two_commits(tmp_path):
    """A rule that came, one that went, one that got a defect, and a file that can't be read."""
    made = MadeRepository(tmp_path / "repo")
    made.files = {"det/rules/a/old.toml": rule("Alpha", "T1609")}
    made.files["det/rules/kept.toml"] = rule("Bravo", "T1610")
    made.commit("2026-05-04")
    del made.files["det/rules/a/old.toml"]
    made.files["det/rules/kept.toml"] = rule("Bravo", "T1610").replace("T1610", "T1O10")
    made.files |= {"det/rules/a/new.toml": rule("Charlie", "T1613"), "det/rules/bad.toml": "[[rule"}
    made.commit("2026-05-11")
    return made


PLACES = {"removed": "a/old.toml", "added": "a/new.toml", "re-mapped": "kept.toml"}


def test_paths_of_revisions_are_those_in_the_repository(detcov, two_commits):
    """Whatever folder one is in: a link in a comment, and git itself, go by them."""
    arguments = "HEAD~1", "HEAD", two_commits.path / "det" / "rules", "--no-cache"

    code, out, err = detcov("diff", *arguments, "--format", "json")

    assert code == 3
    assert err.startswith("detcov: det/rules/bad.toml:1:")
    paths = {one["fate"]: one["path"] for one in rows_of(out, "rules")}
    assert paths == {fate: f"det/rules/{path}" for fate, path in PLACES.items()}
    (malformed,) = [one for one in rows_of(out, "found") if one["code"] == "M101"]
    assert malformed["path"] == "det/rules/kept.toml"
    text = detcov("diff", *arguments)[1]
    assert all(path in text for path in paths.values())

    options = "--base", "HEAD~1", two_commits.path / "det" / "rules", "--no-cache"
    comment = detcov("pr", *options, "--format", "text")
    assert comment[0] == 3
    assert "error M101 det/rules/kept.toml:" in " ".join(comment[1].split())
    assert comment[2].startswith("detcov: det/rules/bad.toml:1:")


@pytest.mark.parametrize(
    ("source", "path"),
    [("det/rules/kept.toml", "det/rules/kept.toml"), (".", "det/rules/kept.toml")],
)
def test_a_file_or_the_root_may_be_the_source(detcov, two_commits, source, path):
    arguments = "HEAD~1", "HEAD", two_commits.path / source, "--no-cache", "--format", "json"

    _, out, _ = detcov("diff", *arguments)

    changed = [one["path"] for one in rows_of(out, "rules") if one["fate"] == "re-mapped"]
    assert changed == [path]


@pytest.mark.parametrize("named", ["{}", "./{}"])
def test_paths_of_folders_lead_there_from_here(detcov, tmp_path, named):
    work = tmp_path / "work"
    for folder, files in (
        ("old", {"a/old.toml": "Alpha", "kept.toml": "Bravo"}),
        ("new", {"a/new.toml": "Charlie", "kept.toml": "Bravo"}),
    ):
        for path, name in files.items():
            (work / folder / path).parent.mkdir(parents=True, exist_ok=True)
            technique = "T1611" if folder == "new" else "T1609"
            (work / folder / path).write_text(rule(name, technique), encoding="utf-8")

    sides = named.format("old"), named.format("new")
    _, out, _ = detcov("diff", *sides, "--format", "json", "--no-cache")

    paths = {one["fate"]: one["path"] for one in rows_of(out, "rules")}
    sides = {"removed": "old", "added": "new", "re-mapped": "new"}
    assert paths == {fate: f"{sides[fate]}/{path}" for fate, path in PLACES.items()}
    assert all((work / path).is_file() for path in paths.values())


def test_the_layer_is_one_that_navigator_takes(diff, told):
    _, shas = told
    code, out, _ = diff(shas[11], shas[12], "--format", "layer")
    layer = json.loads(out)
    assert code == 0
    assert [(one["techniqueID"], one["tactic"], one["comment"]) for one in layer["techniques"]] == [
        ("T1552.007", "credential-access", "lost: 1 → 0 rules"),
        ("T1609", "execution", "deeper: 1 → 2 rules"),
    ]
    assert {one["label"] for one in layer["legendItems"]} == {"lost", "deeper"}
    assert len({one["color"] for one in layer["techniques"]}) == 2
    told = {one["name"]: one["value"] for one in layer["metadata"]}
    assert (shas[11][:10] in told["Before"], shas[12][:10] in told["After"]) == (True, True)
    assert told["Dataset"] == "ATT&CK Enterprise 19.0 (bundled)"
    assert (told["Platforms"], told["Made by"]) == ("all", f"detcov {__version__}")


def test_the_layer_of_a_platform_hides_the_rest(diff, told):
    """T1609 is of Containers alone."""
    _, shas = told
    code, out, _ = diff(shas[11], shas[12], "--format", "layer", "--platform", "Linux")
    layer = json.loads(out)
    assert (code, layer["name"]) == (0, "What changed: Linux")
    hidden = {one["techniqueID"] for one in layer["techniques"] if one.get("enabled") is False}
    assert ("T1609" in hidden, "T1053" in hidden) == (True, False)


@pytest.mark.parametrize("kind", ["text", "markdown", "csv", "json", "html", "layer"])
def test_the_same_bytes_every_time(diff, told, kind, tmp_path):
    _, shas = told
    files = [tmp_path / "one", tmp_path / "two"]
    for file in files:
        code, out, _ = diff(shas[1], shas[12], "--format", kind, "-o", file)
        assert (code, out) == (0, f"Wrote {file}.\n")
    assert files[0].read_bytes() == files[1].read_bytes() != b""


@pytest.mark.parametrize(
    ("before", "message"),
    [
        ("nosuch", "no revision 'nosuch'"),
        (
            "20w",
            (
                "no commit as early as 20w; the history begins at {first} (2026-03-02): name that "
                "commit, or a later day"
            ),
        ),
        ("path:nosuch", "nosuch: no such file or folder"),
    ],
)
def test_a_side_that_is_not_there_is_one_line(diff, told, before, message):
    made, _ = told
    *_, first = (str(commit.id) for commit in made.git.walk(made.git.head.target))
    code, out, err = diff(before, "HEAD")
    assert (code, out) == (3, "")
    assert err.endswith(f"{message.format(first=first[:10])}\n")
    assert err.count("\n") == 1


def test_rules_that_a_commit_lacks_are_one_line(detcov, told):
    made, shas = told
    code, _, err = detcov("diff", "HEAD~1", "HEAD", "elsewhere", "--repo", made.path)
    assert (code, err) == (3, f"detcov: elsewhere: not in commit {shas[11][:10]} (2026-05-11)\n")


class TestLayers:
    """Two layers, by the highest score of each technique."""

    @pytest.fixture
    def layers(self, tmp_path):
        def write(name, version="19", domain="enterprise-attack", **scores):
            entries = [
                {"techniqueID": key.replace("_", "."), "tactic": tactic, "score": score}
                for key, cells in scores.items()
                for tactic, score in cells.items()
            ]
            entries += [
                {"techniqueID": "T1001", "score": 5, "enabled": False},
                {"techniqueID": "T1002"},
                {"techniqueID": "nonsense", "score": 3},
                {"techniqueID": "T1003", "score": True},
                "no entry",
            ]
            path = tmp_path / f"{name}.json"
            path.write_text(
                json.dumps(
                    {
                        "name": name,
                        "domain": domain,
                        "versions": {"attack": version},
                        "techniques": entries,
                    }
                )
            )
            return path

        return write

    @pytest.fixture
    def pair(self, layers):
        return (
            layers(
                "one",
                T1609={"execution": 2},
                T1611={"privilege-escalation": 3},
                T1610={"execution": 1},
                T1059_004={"execution": 1},
            ),
            layers(
                "two",
                T1609={"execution": 2},
                T1611={"privilege-escalation": 1},
                T1613={"discovery": 1},
                T1059_004={"execution": 1, "stealth": 4},
                T1610={"execution": 0},
            ),
        )

    def test_in_a_table(self, detcov_as_typed, pair):
        code, out, err = detcov_as_typed("diff", *pair, "--format", "json")
        assert (code, err) == (0, "")
        assert [tuple(one.values()) for one in rows_of(out, "techniques")] == [
            ("lost", "T1610", 1, 0),
            ("gained", "T1613", 0, 1),
            ("thinner", "T1611", 3, 1),
            ("deeper", "T1059.004", 1, 4),
        ]

    def test_as_a_layer(self, detcov_as_typed, pair, tmp_path):
        file = tmp_path / "change.json"
        assert detcov_as_typed("diff", *pair, "--format", "layer", "-o", file)[0] == 0
        comments = {
            one["techniqueID"]: one["comment"]
            for one in json.loads(file.read_bytes())["techniques"]
        }
        assert comments == {
            "T1059.004": "deeper: 1 → 4",
            "T1610": "lost: 1 → 0",
            "T1611": "thinner: 3 → 1",
            "T1613": "gained: 0 → 1",
        }

    def test_our_own_lint_has_not_a_note_on_it(self, detcov_as_typed, pair, tmp_path):
        file = tmp_path / "change.layer.json"
        assert detcov_as_typed("diff", *pair, "--format", "layer", "-o", file)[0] == 0
        assert "1 file: 0 errors, 0 warnings, 0 notes." in detcov_as_typed("lint-layer", file)[1]

    def test_each_of_a_techniques_tactics_is_named(self, detcov_as_typed, layers):
        sides = (layers("one"), layers("two", T1078={"persistence": 2}))
        layer = json.loads(detcov_as_typed("diff", *sides, "--format", "layer")[1])
        assert [one["tactic"] for one in layer["techniques"]] == [
            "initial-access",
            "persistence",
            "privilege-escalation",
            "stealth",
        ]

    @pytest.mark.parametrize(
        ("versions", "options", "release", "major"),
        [
            (("18", "18"), [], "18.1", "18"),
            (("18", "19"), [], "19.0", "19"),
            (("18", ""), [], "18.1", "18"),
            (("", ""), [], "19.0", "19"),
            (("v18.1", "v18.1"), [], "18.1", "18"),
            (("19", "19"), ["--attack", "18.1"], "18.1", "18"),
        ],
    )
    def test_it_carries_labels_dataset_and_tool(
        self, detcov_as_typed, layers, tmp_path, versions, options, release, major
    ):
        before = layers("one", version=versions[0], T1059={"execution": 1})
        after = layers("two", version=versions[1], T1078={"persistence": 2})
        file = tmp_path / "change.layer.json"
        assert (
            detcov_as_typed("diff", before, after, *options, "--format", "layer", "-o", file)[0]
            == 0
        )
        layer = json.loads(file.read_bytes())
        told = {one["name"]: one["value"] for one in layer["metadata"]}
        assert told["Before"].startswith("one; ")
        assert told["After"].startswith("two; ")
        assert told["Dataset"] == f"ATT&CK Enterprise {release} (bundled)"
        assert told["Made by"] == f"detcov {__version__}"
        assert layer["versions"]["attack"] == major
        assert "1 file: 0 errors, 0 warnings, 0 notes." in detcov_as_typed("lint-layer", file)[1]

    def test_what_the_release_has_not_is_told_and_not_drawn(
        self, detcov_as_typed, layers, tmp_path
    ):
        """T1086 was revoked long ago, T1064 deprecated."""
        before = layers("one", T1086={"execution": 1}, T1064={"execution": 1})
        after = layers("two", T1059={"execution": 1})
        file = tmp_path / "change.layer.json"
        assert detcov_as_typed("diff", before, after, "--format", "layer", "-o", file)[0] == 0
        layer = json.loads(file.read_bytes())
        assert {one["techniqueID"] for one in layer["techniques"]} == {"T1059"}
        told = {one["name"]: one["value"] for one in layer["metadata"]}
        assert told["Not drawn"] == (
            "2 techniques, not active in ATT&CK Enterprise 19.0: T1064 lost, T1086 lost"
        )
        assert "1 file: 0 errors, 0 warnings, 0 notes." in detcov_as_typed("lint-layer", file)[1]

    def test_a_release_that_is_not_at_hand_leaves_the_tactics_to_navigator(
        self, detcov_as_typed, layers, tmp_path
    ):
        sides = (layers("one", version="16"), layers("two", version="16", T1078={"impact": 2}))
        file = tmp_path / "change.layer.json"
        assert detcov_as_typed("diff", *sides, "--format", "layer", "-o", file)[0] == 0
        layer = json.loads(file.read_bytes())
        assert [one.get("tactic") for one in layer["techniques"]] == [None]
        assert layer["versions"]["attack"] == "16"
        assert "1 file: 0 errors, 0 warnings, 0 notes." in detcov_as_typed("lint-layer", file)[1]

    def test_a_domain_leads_to_no_file(self, detcov_as_typed, layers, tmp_path):
        (tmp_path / "x-19").write_text("no bundle", encoding="utf-8")
        domain = f"{tmp_path}/x"
        sides = (layers("one", domain=domain), layers("two", domain=domain, T1059={"a": 1}))
        code, out, err = detcov_as_typed("diff", *sides, "--format", "layer")
        assert (code, err) == (0, "")
        assert [one["techniqueID"] for one in json.loads(out)["techniques"]] == ["T1059"]

    def test_a_release_of_another_domain_is_wrong_usage(self, detcov_as_typed, layers):
        sides = (layers("one", domain="ics-attack"), layers("two", domain="ics-attack"))
        code, _, err = detcov_as_typed("diff", *sides, "--attack", "19.0", "--format", "layer")
        assert code == 2
        assert "ATT&CK Enterprise 19.0 isn't of the layers' domain, ics-attack" in err

    def test_an_old_domains_name_is_the_new_one(self, detcov_as_typed, layers, tmp_path):
        before = layers("one", domain="mitre-enterprise", T1059={"execution": 1})
        after = layers("two", T1059={"execution": 3})
        file = tmp_path / "change.layer.json"
        assert detcov_as_typed("diff", before, after, "--format", "layer", "-o", file)[0] == 0
        assert json.loads(file.read_bytes())["domain"] == "enterprise-attack"

    def test_a_score_that_navigator_drops_is_none(self, detcov_as_typed, layers):
        before = layers("one", T1059={"execution": 1})
        after = layers("two", T1059={"execution": 7})
        after.write_text(after.read_text("utf-8").replace('"score": 7', '"score": 1e999'), "utf-8")
        _, out, _ = detcov_as_typed("diff", before, after, "--format", "layer")
        (one,) = json.loads(out)["techniques"]
        assert one["comment"] == "lost: 1 → 0"

    def test_layers_of_one_name_are_told_apart_by_their_files(self, detcov_as_typed, layers):
        before, after = layers("one"), layers("two")
        for path in (before, after):
            layer = json.loads(path.read_bytes()) | {"name": "Coverage"}
            path.write_text(json.dumps(layer), encoding="utf-8")
        layer = json.loads(detcov_as_typed("diff", before, after, "--format", "layer")[1])
        assert layer["description"].startswith(f"Coverage ({before}) → Coverage ({after})")
        report = json.loads(detcov_as_typed("diff", before, after, "--format", "json")[1])
        assert report["subtitle"] == f"Coverage ({before}) → Coverage ({after})"

    def test_other_versions_are_a_warning(self, detcov_as_typed, layers):
        code, out, _ = detcov_as_typed("diff", layers("one", version="18"), layers("two"))
        assert code == 0
        assert "The layers are for ATT&CK 18 and 19" in out

    def test_what_cannot_be_compared_is_one_line(self, detcov_as_typed, layers, tmp_path):
        one = layers("one")
        code, _, err = detcov_as_typed("diff", one, tmp_path)
        told = f"{one} is a layer and {tmp_path} isn't: a layer can be compared with a layer only"
        assert (code, err) == (2, f"detcov: {told}\n")
        code, _, err = detcov_as_typed("diff", one, layers("two", domain="ics-attack"))
        assert code == 2
        assert "layers of different domains: enterprise-attack, ics-attack" in err


@pytest.mark.parametrize("kind", ["text", "markdown", "csv", "json", "html", "layer"])
def test_both_causes_are_told_apart_in_every_format(diff, told, kind):
    """Since week 6, under 18.1: Charlie was mapped anew; Delta was carried to its successor."""
    _, shas = told
    _, out, _ = diff(shas[6], shas[8], "--attack-before", "18.1", "--format", kind)
    _, alone, _ = diff(shas[6], shas[8], "--format", kind)
    if kind == "csv":  # the rules' part alone
        assert out == alone
        return
    if kind == "layer":
        assert "What ATT&CK Enterprise 19.0 itself changed isn't drawn." in out
        assert json.loads(out)["techniques"] == json.loads(alone)["techniques"]
        return
    plain = out.replace("&amp;", "&").replace("\\&", "&").replace("&#8203;", "")
    assert "by the rules +0, by the release +0" in plain
    assert "The same rules cover 5 of 599" in " ".join(plain.split())
    assert "by the rules" not in alone
