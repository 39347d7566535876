import json

import pytest

pytestmark = pytest.mark.usefixtures("rules")


def states(out):
    return {row["id"]: row["state"] for row in json.loads(out)["tables"]["techniques"]["rows"]}


def test_rules_that_look_at_containers_count(detcov, rules, write_rule):
    write_rule(rules / "deploy.toml", technique="T1610", technique_name="Deploy Container")
    code, out, err = detcov("kubernetes", "--format", "json")
    assert (code, err) == (0, "")
    assert set(states(out).values()) == {"node only", "gap", "no ATT&CK technique"}
    assert states(out)["MS-TA9008"] == "node only"
    code, out, _ = detcov("kubernetes", "--format", "json", "--scope", "runtime=rule:deploy")
    assert code == 0
    assert states(out)["MS-TA9008"] == states(out)["MS-TA9018"] == "covered"


def test_a_terminal(detcov):
    code, out, err = detcov("kubernetes")
    assert (code, err) == (0, "")
    assert "\n0 of 30 ATT&CK techniques named in the matrix are covered (0 %)\n" in out
    assert "0 of 36 techniques of the matrix (0 %), 36 gaps" in " ".join(out.split())
    assert max(map(len, out.splitlines())) <= 80


def test_platforms_are_no_choice_but_settings_are_no_error(detcov, tmp_path):
    code, out, err = detcov("kubernetes", "--platform", "Linux")
    assert (code, out) == (2, "")
    assert "No such option" in err
    (tmp_path / "work" / "detcov.toml").write_text('platform = ["Linux"]\n', encoding="utf-8")
    assert "\n0 of 30 ATT&CK techniques" in detcov("kubernetes")[1]


def test_every_form_to_a_file_or_the_screen(detcov, tmp_path):
    for form in ("text", "markdown", "json", "csv", "html"):
        path = tmp_path / f"out.{form}"
        asked = ("kubernetes", "--format", form)
        assert detcov(*asked, "-o", path) == (0, f"Wrote {path}.\n", "")
        assert detcov(*asked) == (0, path.read_text(encoding="utf-8"), "")


def test_a_file_that_cannot_be_read_is_named_and_the_rest_goes_on(detcov, rules):
    (rules / "broken.toml").write_text("[rule\n", encoding="utf-8")
    code, out, err = detcov("kubernetes")
    assert code == 3
    assert "0 of 30 ATT&CK techniques" in out
    assert err.startswith("detcov: rules/broken.toml:1:")
