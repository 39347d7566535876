"""`--rule-format`: every file is read as one format, by every command that reads rules."""

import json

import pytest

FALCO = "- rule: A\n  condition: x\n  output: o\n  priority: NOTICE\n  tags: [T1059]\n"
SIGMA = """\
title: B
logsource: {product: linux}
detection: {selection: {a: b}, condition: selection}
tags: [attack.t1046]
"""


@pytest.fixture
def mixed(tmp_path):
    folder = tmp_path / "mixed"
    folder.mkdir()
    (folder / "falco.yaml").write_text(FALCO)
    (folder / "sigma.yml").write_text(SIGMA)
    return folder


def covered(detcov, *options):
    code, out, err = detcov("layer", *options, "-o", "-")
    assert (code, err) == (0, ""), err
    return {one["techniqueID"] for one in json.loads(out)["techniques"] if one.get("score")}


@pytest.mark.parametrize(
    ("options", "techniques"),
    [
        ([], {"T1059", "T1046"}),
        (["--rule-format", "falco"], {"T1059"}),
        (["--rule-format", "sigma"], {"T1046"}),
    ],
)
def test_only_files_of_the_format_are_rules(detcov, mixed, options, techniques):
    assert covered(detcov, mixed, *options) == techniques


def test_a_file_that_is_no_rule_of_the_format_is_told(detcov, mixed):
    code, _, err = detcov("check", mixed / "sigma.yml", "--rule-format", "falco")

    assert code == 3
    assert err.endswith(
        "sigma.yml: no rules found among 1 file (no format matched: 1); name the folder or file "
        "that holds them. docs/formats/README.md lists the formats; rules of any other go into a "
        "plain table (docs/formats/table.md)\n"
    )


def test_a_format_that_there_is_not(detcov, mixed):
    code, _, err = detcov("check", mixed, "--rule-format", "yara")

    assert code == 2
    assert "'yara' is not one of" in err


def test_snapshots_and_comparisons_honour_it(detcov, mixed, tmp_path):
    def snapshot(name, *options):
        code, out, err = detcov("snapshot", mixed, "--date", "2026-05-05", "-o", name, *options)
        assert code == 0, err
        return out

    assert "2 rules" in snapshot(tmp_path / "all")
    assert "1 rule." in snapshot(tmp_path / "one", "--rule-format", "falco")
    (old,) = (tmp_path / "all").iterdir()
    code, out, err = detcov("diff", old, mixed, "--rule-format", "falco", "--format", "json")
    assert code == 0, err
    assert "T1046" in out
    code, out, err = detcov("diff", old, mixed, "--format", "json")
    assert code == 0, err
    assert "T1046" not in out
