import json

import pytest


def drawn(out):
    """(technique, tactic) to score, of the entries that have one."""
    return {
        (one["techniqueID"], one["tactic"]): one["score"]
        for one in json.loads(out)["techniques"]
        if "score" in one
    }


A = {("T1053", "execution"): 1}
B = {("T1082", "discovery"): 1}
OLD = {("T1106", "execution"): 1}


@pytest.mark.parametrize(
    ("options", "cells"),
    [
        ([], A | B),
        (["--count", "active"], A | B),
        (["--count", "all"], A | B | OLD),
        (["--platform", "Linux"], A),
        (["--platform", "windows"], B),
        (["--platform", "Linux", "--platform", "Windows"], A | B),
        (["--platform", "Containers"], {}),
    ],
)
@pytest.mark.usefixtures("rules")
def test_what_counts(detcov, options, cells):
    code, out, err = detcov("layer", "-o", "-", *options)
    assert (code, err) == (0, "")
    assert drawn(out) == cells


@pytest.mark.usefixtures("rules")
def test_a_file_and_a_line(detcov, tmp_path):
    assert detcov("layer", "-o", tmp_path / "new" / "x.json", "--title", "Ours") == (
        0,
        f"Wrote {tmp_path}/new/x.json: 2 of 601 techniques covered, ATT&CK Enterprise 19.0.\n",
        "",
    )
    written = (tmp_path / "new" / "x.json").read_text(encoding="utf-8")
    assert json.loads(written)["name"] == "Ours"
    assert detcov("layer", "-o", "-", "--title", "Ours")[1] == written


@pytest.mark.usefixtures("rules")
def test_without_a_name_it_goes_to_standard_output_and_nothing_is_written(detcov, tmp_path):
    before = sorted((tmp_path / "work").rglob("*"))

    code, out, err = detcov("layer")

    assert (code, err, drawn(out)) == (0, "", A | B)
    assert sorted((tmp_path / "work").rglob("*")) == before


@pytest.mark.usefixtures("rules")
def test_a_split_without_a_folder_is_wrong_usage(detcov, tmp_path):
    before = sorted((tmp_path / "work").rglob("*"))

    assert detcov("layer", "--split", "platform") == (
        2,
        "",
        "detcov: --split writes many files: name a folder with -o FOLDER\n",
    )
    assert sorted((tmp_path / "work").rglob("*")) == before


@pytest.mark.usefixtures("rules")
def test_a_platform_that_is_none_names_the_nearest(detcov):
    code, out, err = detcov("layer", "-o", "-", "--platform", "Container")
    assert (code, out) == (2, "")
    assert err.startswith(
        "detcov: ATT&CK Enterprise 19.0 has no platform 'Container'; did you mean Containers?"
    )


@pytest.mark.usefixtures("rules")
def test_a_device_is_written_through(detcov):
    assert detcov("layer", "-o", "/dev/null")[0] == 0


@pytest.mark.usefixtures("rules")
def test_settings_reach_it_and_the_command_line_wins(detcov, tmp_path):
    settings = tmp_path / "work" / "detcov.toml"
    settings.write_text('platform = ["Linux"]\noutput = "-"\ncount = "all"\n', encoding="utf-8")
    assert drawn(detcov("layer")[1]) == A | OLD
    assert drawn(detcov("layer", "--count", "live")[1]) == A
    assert drawn(detcov("layer", "--platform", "Windows")[1]) == B
    (tmp_path / "other.toml").write_text('output = "-"\n', encoding="utf-8")
    assert drawn(detcov("--config", tmp_path / "other.toml", "layer")[1]) == A | B


@pytest.mark.usefixtures("rules")
def test_settings_from_a_folder_below(detcov, tmp_path, monkeypatch):
    project = tmp_path / "work" / "pyproject.toml"
    project.write_text(
        '[tool.detcov]\nsources = ["mine=rules"]\noutput = "out.json"\n', encoding="utf-8"
    )
    (tmp_path / "work" / "below").mkdir()
    monkeypatch.chdir(tmp_path / "work" / "below")
    assert detcov("layer")[0] == 0
    assert (tmp_path / "work" / "out.json").exists()


@pytest.mark.usefixtures("rules")
def test_a_wrong_setting_is_a_usage_error(detcov, tmp_path):
    (tmp_path / "work" / "detcov.toml").write_text('counts = "all"\n', encoding="utf-8")
    path = tmp_path / "work" / "detcov.toml"
    assert detcov("layer") == (
        2,
        "",
        f"detcov: {path}: unknown key 'counts'; did you mean 'count'?\n",
    )
    path.write_text('count = "most"\n', encoding="utf-8")
    code, _, err = detcov("layer")
    assert code == 2
    assert "'most' is not one of 'live', 'active', 'all'" in err
