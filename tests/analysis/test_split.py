"""Slices of Elastic's rules, against the reference and against each source alone."""

import pytest
from msgspec import structs

import real
from detcov.analysis.split import split
from detcov.attack.store import load_release
from detcov.model import Corpus
from detcov.study import StudyOptions, build_study


@pytest.fixture(scope="module")
def study():
    return build_study(real.elastic_rules(), load_release("19.0"), known=real.releases())


def test_a_tactic_has_the_techniques_that_the_reference_has_there(study):
    claimed = real.oracle("elastic20260505_cells_19.0.json")["live"]["techniques"]
    for one in split(study, "tactic"):
        coverage = one.part().coverage
        inside = {
            key
            for key, two in study.release.active.items()
            if coverage.tactics[0].tactic.shortname in two.tactics
        }
        assert set(coverage.techniques) == inside, one.value
        found = {key: len(two.rules) for key, two in coverage.techniques.items() if two.rules}
        assert found == {key: claimed[key] for key in inside & claimed.keys()}, one.value


def test_a_platform_is_as_in_a_report_of_it_alone(study):
    """164 of 355 for Linux, as tests/analysis/test_numbers.py holds against the rules' tags."""
    found = {one.value: one.part().coverage for one in split(study, "platform")}
    linux = build_study(
        study.corpus, study.release, known=study.known, options=StudyOptions(platforms=("Linux",))
    ).coverage
    assert found["Linux"].techniques == linux.techniques
    assert (linux.headline.numerator, linux.headline.denominator) == (164, 355)
    assert set(found) == {*study.release.platforms, "unstated"}
    unstated = [rule for rule in study.corpus.rules if rule.state.live and not rule.platforms]
    assert len(found["unstated"].counted) == len({rule.key for rule in unstated})


def test_a_source_is_what_it_is_alone():
    rules = real.elastic_rules().rules
    halves = [
        tuple(
            structs.replace(rule, key=structs.replace(rule.key, source=label))
            for rule in rules[at::2]
        )
        for at, label in enumerate(("even", "odd"))
    ]
    release = load_release("19.0")
    both = build_study(Corpus(rules=halves[0] + halves[1], sources=("even", "odd")), release)
    found = {one.value: one.part().coverage for one in split(both, "source")}
    for label, half in zip(("even", "odd"), halves, strict=True):
        alone = build_study(Corpus(rules=half, sources=(label,)), release).coverage
        assert found[label].headline == alone.headline
        assert found[label].tactics == alone.tactics
