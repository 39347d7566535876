import pytest

from named import read_named


@pytest.fixture
def theirs(tmp_path, write_rule):
    """Candidates: one for a gap, one for what rules/ covers, one of both, one that is old."""
    folder = tmp_path / "theirs"
    facts = {"technique": "T1610", "technique_name": "Deploy Container"}
    write_rule(folder / "new.toml", **facts)
    write_rule(folder / "known.toml")
    write_rule(folder / "alike.toml", **facts, system="Windows")
    write_rule(folder / "old.toml", **facts, maturity="deprecated")
    (folder / "LICENSE").write_text("MIT License\n", encoding="utf-8")
    return folder


def suggestions(out):
    return read_named(out)["tables"]["suggestions"]["rows"]


@pytest.mark.usefixtures("rules")
def test_the_gain_of_the_next_rule(detcov, theirs):
    code, out, err = detcov("suggest", "--from", theirs, "--format", "json")
    assert (code, err) == (0, "")
    (one,) = suggestions(out)
    # TeamTNT and Peirates and more use T1610: ten points each.
    assert one["gain"] % 10 == 0
    assert one["gain"] >= 20
    assert (one["rule"], one["closes"], one["alternatives"]) == ("Rule alike", ["T1610"], 1)
    assert (one["source"], one["path"]) == ("theirs", "alike.toml")
    assert one["licence"] == "MIT (LICENSE)"


@pytest.mark.usefixtures("rules")
def test_only_of_the_platform(detcov, theirs):
    code, out, _ = detcov(
        "suggest", "--from", f"x={theirs}", "--platform", "containers", "--format", "json"
    )
    assert code == 0
    assert read_named(out)["tables"]["suggestions"]["rows"] == []
    scope = ("--scope", "runtime=rule:new", "--platform", "containers")
    code, out, _ = detcov("suggest", "--from", f"x={theirs}", *scope, "--format", "json")
    assert [one["id"] for one in suggestions(out)] == ["new"]
    assert [one["source"] for one in suggestions(out)] == ["x"]


@pytest.mark.usefixtures("rules")
def test_a_terminal(detcov, theirs):
    code, out, err = detcov("suggest", "--from", theirs, "--max", "1")
    assert (code, err) == (0, "")
    assert "\n1 rule closes 1 of 599 gaps, " in out
    assert "  licence: MIT (LICENSE); 1 other closes the same\n" in out
    assert max(map(len, out.splitlines())) <= 80
    assert detcov("suggest", "--from", theirs, "--max", "1", "--full")[1].count("\n") > 600


@pytest.mark.usefixtures("rules")
def test_every_form_to_a_file_or_the_screen(detcov, theirs, tmp_path):
    for form in ("text", "markdown", "json", "csv", "html"):
        path = tmp_path / f"out.{form}"
        asked = ("suggest", "--from", theirs, "--format", form)
        assert detcov(*asked, "-o", path) == (0, f"Wrote {path}.\n", "")
        assert detcov(*asked) == (0, path.read_text(encoding="utf-8"), "")


@pytest.mark.usefixtures("rules")
@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "name a corpus to choose from: --from sigma=PATH"),
        (["--from", "missing"], 3, "missing: no such file or folder"),
        (["--from", "rules", "--weight", "x"], 2, "weight 'x': write PART=WHOLE NUMBER"),
        (["--from", "rules", "--scope", "x"], 2, "scope 'x': write COLUMN=WHAT:PATTERN"),
        (["--from", "rules", "--platform", "x"], 2, "ATT&CK Enterprise 19.0 has no platform 'x'"),
        (["--from", "rules", "--from", "rules"], 2, "two sources are called 'rules'"),
    ],
)
def test_what_cannot_be_asked(detcov, arguments, code, message):
    found = detcov("suggest", *arguments)
    assert found[:2] == (code, "")
    assert found[2].startswith(f"detcov: {message}")
    assert found[2].count("\n") == 1
    assert detcov("suggest", "--from", "rules", "--max", "0")[0] == 2


@pytest.mark.usefixtures("rules")
def test_a_candidate_that_cannot_be_read_is_named_and_the_rest_goes_on(detcov, theirs):
    (theirs / "broken.toml").write_text("[rule\n", encoding="utf-8")
    code, out, err = detcov("suggest", "--from", theirs)
    assert code == 3
    assert "1 rule closes 1 of " in out
    assert err.startswith(f"detcov: {theirs}/broken.toml:1:")


@pytest.mark.usefixtures("rules")
def test_settings_count(detcov, theirs, tmp_path):
    text = f'from = ["theirs={theirs}"]\nplatform = ["Windows"]\n'
    (tmp_path / "work" / "detcov.toml").write_text(text, encoding="utf-8")
    code, out, err = detcov("suggest")
    assert (code, err) == (0, "")
    assert "for Windows\n" in out
    assert "Candidates from theirs: 3 counted, 1 look at Windows.\n" in out


@pytest.mark.usefixtures("rules")
def test_one_rule_in_two_corpora_under_two_licences(detcov, theirs, tmp_path, write_rule):
    """The copies are the same by an alias; of equal ones the first label stands for all."""
    facts = {"technique": "T1610", "technique_name": "Deploy Container"}
    write_rule(tmp_path / "vendor" / "v.toml", **facts)
    (tmp_path / "vendor" / "COPYING").write_text("Elastic License 2.0\n", encoding="utf-8")
    write_rule(tmp_path / "bare" / "w.toml", **facts)
    for name in ("new.toml", "known.toml", "old.toml"):
        (theirs / name).unlink()
    folders = [tmp_path / name for name in ("theirs", "vendor", "bare")]
    corpora = [part for folder in folders for part in ("--from", folder)]
    alias = ("--alias", "v == alike == w")
    code, out, err = detcov("suggest", *corpora, *alias, "--format", "json", "--no-cache")
    assert (code, err) == (0, "")
    (one,) = suggestions(out)
    assert (one["rule"], one["source"], one["alternatives"]) == ("Rule w", "bare", 0)
    assert one["other_places"] == ["theirs: alike.toml", "vendor: v.toml"]
    assert one["licence"] == (
        "not stated in bare; MIT (LICENSE) in theirs; Elastic-2.0 (COPYING) in vendor"
    )
    code, out, _ = detcov("suggest", *corpora, *alias, "--no-cache")
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    assert "  bare: w.toml\n  theirs: alike.toml\n  vendor: v.toml\n  licence: not stated in" in out
