"""Elastic's rules of May under 18.1 and 19.0, told on a terminal of 80 columns."""

import re
import unicodedata

import pytest

import real
from detcov.analysis.change import compare
from detcov.analysis.release_change import release_change
from detcov.attack.changes import changes
from detcov.attack.store import load_release
from detcov.report.attack_diff import RulesSeen, attack_diff
from detcov.report.change import diff
from detcov.report.text import render_text
from detcov.report.titles import Titles
from detcov.timeline.study_maker import StudyMaker


@pytest.fixture(scope="module")
def studies():
    corpus = real.elastic_rules()
    maker = StudyMaker(known=real.releases())
    return tuple(maker.study(corpus, load_release(version)) for version in ("18.1", "19.0"))


def columns(line):
    """Columns of a terminal, counted apart from detcov."""
    return sum(1 + (unicodedata.east_asian_width(char) in "FW") for char in line)


def squeezed(text):
    return re.sub(r"\s", "", text)


def test_what_a_release_changed(studies):
    before, after = studies
    found = changes(before.release, after.release)
    seen = RulesSeen(
        change=release_change(before, after),
        before=before.coverage,
        after=after.coverage,
        ledger=after.ledger,
    )
    text = render_text(attack_diff(found, before.release, after.release, rules=seen))
    assert max(map(columns, text.splitlines())) <= 80
    told = " ".join(text.split())
    assert "1,015 mappings carried to 19.0, 72 of them for a person to decide." in told
    expected = real.oracle("attack_18.1_to_19.0.json")
    table = text[text.index("\nTechnique ") :]
    names = " ".join(line[11:39] for line in table.splitlines())
    for key in expected["added"]:
        assert squeezed(after.release.techniques[key].name) in squeezed(names), key
    for old, new in expected["renamed"].values():
        assert squeezed(new) in squeezed(names)
        assert squeezed(f'renamed from "{old}"') in squeezed(
            " ".join(line[54:] for line in table.splitlines())
        )
    assert "…" not in text


def test_what_changed_by_rules_and_by_release(studies):
    before, after = studies
    titles = Titles(before="a", after="b", release_before="18.1", release_after="19.0")
    text = render_text(diff(compare(before, after, between=after), titles, after, full=False))
    assert max(map(columns, text.splitlines())) <= 80
    assert "117 of 215 (54 %)" in text  # Defense Evasion, which was the widest
    assert "…" not in text
    for tactic in after.release.tactics:
        assert re.search(rf"^{tactic.name.split()[0]}\b", text, re.MULTILINE), tactic.name
