import json

import pytest

pytestmark = pytest.mark.usefixtures("rules")


def techniques(out):
    return {
        row["technique"]["text"]: row for row in json.loads(out)["tables"]["techniques"]["rows"]
    }


def test_groups_by_id_name_and_list(detcov, tmp_path):
    code, out, err = detcov("threat", "--group", "G0139, rocke", "--format", "json")
    assert (code, err) == (0, "")
    found = techniques(out)
    # T1082 is claimed by rules/discovery_b.toml; TeamTNT and Rocke both use it.
    assert (found["T1082"]["users"], found["T1082"]["rules"]) == (2, 1)
    assert [key for key, one in found.items() if one["rules"]] == ["T1082"]
    names = tmp_path / "names.txt"
    names.write_text("\ufeff# ours\nTeamTNT  # G0139\n\nRocke\n", encoding="utf-8")
    assert detcov("threat", "--group", f"@{names}", "--format", "json")[1] == out
    assert detcov("threat", "--group=TeamTNT", "--group=G0106", "--format=json")[1] == out


def test_a_terminal(detcov):
    code, out, err = detcov("threat", "--group", "TeamTNT", "--platform", "windows")
    assert (code, err) == (0, "")
    assert out.startswith("ATT&CK Enterprise 19.0 (bundled; ")
    assert "TeamTNT (G0139): 1 of " in out
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) <= 80


def test_of_18_1(detcov):
    code, out, _ = detcov("threat", "--campaign", "C0024")
    assert code == 0
    assert "SolarWinds Compromise (C0024, of 18.1): " in out
    assert "Campaigns are of 18.1: the data of 19.0 has none.\n" in out
    code, out, _ = detcov("threat", "--campaign", "C0024", "--attack", "18.1")
    assert code == 0
    assert "SolarWinds Compromise (C0024): " in out
    assert "has none" not in out


def test_revoked_ones(detcov):
    code, out, _ = detcov("threat", "--group", "G0118")
    assert code == 0
    assert "\nAPT29 (G0016): " in out
    assert "G0118 UNC2452 was revoked; APT29 (G0016) stands for it.\n" in out
    assert detcov("threat", "--group", "G0014", "--attack", "18.1") == (
        2,
        "",
        "detcov: G0014 Night Dragon is revoked or deprecated, and has no successor\n",
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name at least one: --group TeamTNT,G0106, --software or --campaign"),
        (["--group", ","], "nobody asked for: name a group, a campaign or software"),
        (["--group", "Teamtmt"], "no group 'Teamtmt'; did you mean TeamTNT (G0139)?"),
        (["--group", "S0601"], "no group 'S0601'; Hildegard (S0601) is of kind software"),
        (
            ["--group", "UAC-0056"],
            "'UAC-0056' is the name of several: G1003 Ember Bear, G1031 Saint Bear; give the id",
        ),
        (["--group", "@missing"], "missing: No such file or directory"),
        (["--group", "@"], '"@" names no file: write @FILE'),
        (["--group", "@."], ".: Is a directory"),
        (["--group", "@empty"], "empty: holds no name"),
        (["--group", "@bytes"], "bytes: not UTF-8"),
        (["--group", "@huge"], "huge: over 1,000,000 bytes, too long for a list of names"),
        (["--group", "G0139", "--platform", "Contaners"], "ATT&CK Enterprise 19.0 has no platform"),
        (["--group", "G0139", "--scope", "x"], "scope 'x': write COLUMN=WHAT:PATTERN"),
    ],
)
def test_what_cannot_be_asked(detcov, tmp_path, arguments, message):
    work = tmp_path / "work"
    (work / "empty").write_text("# nobody\n\n", encoding="utf-8")
    (work / "bytes").write_bytes(b"\xff")
    (work / "huge").write_bytes(b"x\n" * 500_001)
    code, out, err = detcov("threat", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"detcov: {message}")
    assert err.count("\n") == 1


def test_every_form_to_a_file_or_the_screen(detcov, tmp_path):
    for form in ("text", "markdown", "json", "csv", "html", "layer"):
        path = tmp_path / f"out.{form}"
        asked = ("threat", "--group", "TeamTNT", "--format", form)
        assert detcov(*asked, "-o", path) == (0, f"Wrote {path}.\n", "")
        assert detcov(*asked) == (0, path.read_text(encoding="utf-8"), "")


def test_a_file_that_cannot_be_read_is_named_and_the_rest_goes_on(detcov, rules):
    (rules / "broken.toml").write_text("[rule\n", encoding="utf-8")
    code, out, err = detcov("threat", "--group", "TeamTNT")
    assert code == 3
    assert "TeamTNT (G0139): 1 of " in out
    assert err.startswith("detcov: rules/broken.toml:1:")


def test_an_output_that_cannot_be_written(detcov, tmp_path):
    (tmp_path / "file").touch()
    code, _, err = detcov("threat", "--group", "TeamTNT", "-o", tmp_path / "file" / "x")
    assert code == 4
    assert err.count("\n") == 1


def test_settings_count(detcov, tmp_path):
    (tmp_path / "work" / "detcov.toml").write_text('platform = ["Linux"]\n', encoding="utf-8")
    assert "for Linux\n" in detcov("threat", "--group", "TeamTNT")[1]
