import os
from pathlib import Path

import pytest

import real
from detcov import api
from detcov.load.corpus import read_corpus
from detcov.load.licence import Licence, licences
from detcov.source import open_sources

SIGMA = """title: One
id: 11111111-1111-4111-8111-111111111111
logsource:
  product: linux
detection:
  a: {b: 1}
  condition: a
tags: [attack.t1610]
"""
ELASTIC = """[metadata]
maturity = "production"
[rule]
rule_id = "x"
name = "X"
note = '''
license = "no, this is prose"
'''
type = "query"
"""


def found(folder, **files):
    """The licence of each rule of a folder, by file."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    corpus = read_corpus(open_sources((f"x={folder}",)))
    by_index = licences(corpus, range(len(corpus.rules)), {"x": folder})
    return {corpus.rules[index].path: one for index, one in by_index.items()}


@pytest.mark.parametrize(
    ("name", "text", "licence"),
    [
        ("a.yml", SIGMA + "license: MIT\n", "MIT"),
        ("a.yaml", "license: 'Some licence, v2'  # x\n" + SIGMA, "Some licence, v2"),
        ("a.yml", "# SPDX-License-Identifier: GPL-2.0-or-later\n" + SIGMA, "GPL-2.0-or-later"),
        ("a.toml", ELASTIC + 'license = "Elastic License v2"\n', "Elastic License v2"),
        ("a.yml", SIGMA + f"license: {'x' * 100}\n", "x" * 59 + "…"),
        # Not at the top, empty, or nothing of the kind.
        ("a.yml", SIGMA + "x:\n  license: MIT\n", None),
        ("a.yml", SIGMA + "license:\n", None),
        ("a.yml", SIGMA, None),
    ],
)
def test_what_the_rule_says(tmp_path, name, text, licence):
    expected = {name: Licence(name=licence, stated_by="in the rule")} if licence else {}
    assert found(tmp_path, **{name: text}) == expected


def test_each_document_of_a_file_for_itself(tmp_path):
    second = SIGMA.replace("1111", "2222").replace("One", "Two")
    text = f"{SIGMA}license: A\n---\n{second}license: B\n---\n{SIGMA.replace('1', '3')}"
    path = tmp_path / "a.yml"
    path.write_text(text, encoding="utf-8")
    corpus = read_corpus(open_sources((f"x={tmp_path}",)))
    by_index = licences(corpus, range(3), {"x": tmp_path})
    assert [(index, one.name) for index, one in sorted(by_index.items())] == [(0, "A"), (1, "B")]


def test_what_ends_no_line_of_a_file_ends_none_here(tmp_path):
    first = SIGMA + 'description: "a\u2028\u2028b"\nlicense: A\n'
    text = f"{first}---\n{SIGMA.replace('1', '2')}license: B\n"
    (tmp_path / "a.yml").write_text(text, encoding="utf-8")
    corpus = read_corpus(open_sources((f"x={tmp_path}",)))
    by_index = licences(corpus, range(2), {"x": tmp_path})
    assert [(index, one.name) for index, one in sorted(by_index.items())] == [(0, "A"), (1, "B")]


@pytest.mark.parametrize(
    ("name", "text", "licence"),
    [
        ("LICENSE", "\n   Apache License\n   Version 2.0, January 2004\n", "Apache-2.0"),
        ("LICENSE.md", "# MIT License\n\nCopyright\n", "MIT"),
        ("licence.txt", "Elastic License 2.0\n", "Elastic-2.0"),
        ("COPYING", "GNU GENERAL PUBLIC LICENSE\n   Version 3, 29 June 2007", "GPL-3.0"),
        ("LICENSE", "Detection Rule License (DRL) 1.1\n", "DRL-1.1"),
        ("LICENSE", "\n\n== Our own terms ==\nAsk first.\n", "Our own terms"),
    ],
)
def test_a_licence_file_of_the_source(tmp_path, name, text, licence):
    assert found(tmp_path, **{"deep/er/a.yml": SIGMA, name: text}) == {
        "deep/er/a.yml": Licence(name=licence, stated_by=name)
    }


def test_the_nearest_file_counts_and_the_rule_before_it(tmp_path):
    assert found(
        tmp_path,
        **{
            "LICENSE": "MIT License\n",
            "a/LICENSE-extra": "Apache License Version 2.0\n",
            "a/x.yml": SIGMA,
            "a/y.yml": SIGMA + "license: Own\n",
            "b/z.yml": SIGMA,
        },
    ) == {
        "a/x.yml": Licence(name="Apache-2.0", stated_by="a/LICENSE-extra"),
        "a/y.yml": Licence(name="Own", stated_by="in the rule"),
        "b/z.yml": Licence(name="MIT", stated_by="LICENSE"),
    }


def test_above_the_source_only_within_its_repository(tmp_path):
    source = tmp_path / "repo" / "rules"
    (tmp_path / "LICENSE").write_text("MIT License\n", encoding="utf-8")
    assert found(source, **{"a.yml": SIGMA}) == {}
    (tmp_path / "repo" / ".git").mkdir()
    assert found(source, **{"a.yml": SIGMA}) == {}
    (tmp_path / "repo" / "LICENSE").write_text("Apache License Version 2.0\n", encoding="utf-8")
    # No path of this machine: only the file's name.
    assert found(source, **{"a.yml": SIGMA}) == {
        "a.yml": Licence(name="Apache-2.0", stated_by="LICENSE")
    }


def test_what_cannot_be_read_states_nothing(tmp_path):
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes here")
    (tmp_path / "LICENSE").mkdir()
    os.mkfifo(tmp_path / "LICENSE.md")
    (tmp_path / "LICENSE.txt").write_bytes(b"")
    (tmp_path / "licence").symlink_to("nowhere")
    assert found(tmp_path, **{"a.yml": SIGMA}) == {}
    (tmp_path / "a.yml").unlink()
    corpus = read_corpus(open_sources((f"x={tmp_path}",)))
    assert licences(corpus, (), {}) == {}


def test_one_file_as_a_source(tmp_path):
    (tmp_path / "a.yml").write_text(SIGMA, encoding="utf-8")
    (tmp_path / "LICENSE").write_text("MIT License\n", encoding="utf-8")
    corpus = api.read_rules(f"x={tmp_path / 'a.yml'}")
    assert licences(corpus, [0], {"x": tmp_path / "a.yml"}) == {
        0: Licence(name="MIT", stated_by="LICENSE")
    }


def test_our_own_samples():
    root = Path(__file__).parents[2] / "rules"
    corpus = api.read_rules(root)
    names = {one.name for one in licences(corpus, range(3), {"rules": root}).values()}
    assert names == {"Apache-2.0"}


def test_real_rules():
    corpus = real.elastic_rules()
    # The files are gone by now: what isn't there states nothing.
    assert licences(corpus, [0], {"elastic": Path("nowhere")}) == {}
