from detcov.analysis.by_source import by_source
from detcov.study import build_study
from made import NEW, make_corpus, make_mapping, make_rule, make_state


def test_what_each_source_covers_and_what_only_it_does():
    """T1040 is of platform PRE only, and in no headline."""
    rules = (
        make_rule(make_mapping("T1001"), make_mapping("T1002"), native_id="1", source="a"),
        make_rule(make_mapping("T1001"), native_id="2", source="a"),
        make_rule(make_mapping("T1001"), make_mapping("T1020"), native_id="1", source="b"),
        make_rule(make_mapping("T1040"), native_id="2", source="b"),
        make_rule(
            make_mapping("T1050"),
            native_id="3",
            source="b",
            state=make_state(lifecycle="deprecated"),
        ),
        make_rule(native_id="1", source="c"),
    )
    study = build_study(make_corpus(*rules), NEW)
    found = by_source(study.coverage, study.corpus, study.resolutions)
    assert [(one.label, one.rules, one.covered.numerator, one.alone) for one in found] == [
        ("a", 2, 2, 1),
        ("b", 2, 2, 1),
        ("c", 1, 0, 0),
    ]
    assert {one.covered.denominator for one in found} == {study.coverage.headline.denominator}


def test_a_copy_is_each_of_its_sources():
    """Each source has what its own copy claims, under the id's either case."""
    uuid = "0a1b2c3d-0000-4000-8000-00000000000a"
    rules = (
        make_rule(make_mapping("T1001"), native_id=uuid, source="a"),
        make_rule(make_mapping("T1001"), native_id=uuid.upper(), source="b"),
        make_rule(make_mapping("T1002"), native_id="2", source="b", path="b2.toml"),
    )
    study = build_study(make_corpus(*rules), NEW)
    found = by_source(study.coverage, study.corpus, study.resolutions)
    assert [(one.label, one.rules, one.covered.numerator, one.alone) for one in found] == [
        ("a", 1, 1, 0),
        ("b", 2, 2, 1),
    ]
