"""The numbers of one day, counted by hand and by the reference; what is remembered of them."""

from contextlib import closing

import pytest

import real
from detcov.attack.store import bundled_releases, load_release
from detcov.cache import ParseCache
from detcov.study import StudyOptions
from detcov.timeline.point import PointCache, point_of
from detcov.timeline.study_maker import StudyMaker
from made import NEW, OLD, RUNNING, make_corpus, make_mapping, make_rule, make_state


@pytest.fixture
def corpus():
    deprecated = make_state(lifecycle="deprecated")
    return make_corpus(
        make_rule(make_mapping("T1001", RUNNING), native_id="a"),
        make_rule(make_mapping("T1001", RUNNING), native_id="b"),
        make_rule(make_mapping("T9999", RUNNING), native_id="c"),
        make_rule(make_mapping("T1016", RUNNING), native_id="d", state=deprecated),
    )


def test_the_numbers_of_a_day(corpus):
    point = point_of(StudyMaker(known=(OLD,)).study(corpus, NEW))
    assert (point.release, point.version, point.day) == (NEW.title, NEW.version, "")
    assert (point.rules, point.covered.numerator, point.unread) == (3, 1, 0)
    assert point.tactics[RUNNING.id, RUNNING.name].numerator == 1
    assert point.findings["error"] == 1, "T9999 is no technique"
    assert point.findings.keys() == {"error", "warning", "note", "drift"}


@pytest.mark.parametrize("version", ["18.1", "19.0"])
def test_on_elastics_rules(version):
    """The reference's own count of covered techniques."""
    maker = StudyMaker(known=tuple(bundled_releases()))
    release, cells = load_release(version), real.oracle(f"elastic20260505_cells_{version}.json")
    point = point_of(maker.study(real.elastic_rules(), release))
    claimed = cells["live"]["techniques"]
    pre = {key for key, one in release.techniques.items() if set(one.platforms) == {"PRE"}}
    assert point.covered.numerator == len(claimed.keys() - pre)
    assert point.rules == 1621


@pytest.mark.parametrize("kept", [True, False])
def test_a_point_is_remembered_by_its_key(corpus, tmp_path, kept):
    """In the run, and where there is a cache, in the next one."""
    point = point_of(StudyMaker().study(corpus, NEW))
    folder = tmp_path if kept else None
    with closing(ParseCache.in_folder(folder)) as cache:
        points = PointCache(cache)
        points.put("monday", point)
        points.put("", point)
        assert points.get("monday") == point
        assert points.get("tuesday") is None
        assert points.get("") is None, "nothing is known of what has no key"
        points.flush()
    with closing(ParseCache.in_folder(folder)) as cache:
        assert PointCache(cache).get("monday") == (point if kept else None)


def test_another_release_or_option_is_another_key():
    """All that decides on a Study beside its rules."""
    makers = (
        StudyMaker(),
        StudyMaker(known=(OLD,)),
        StudyMaker(options=StudyOptions(count="all")),
        StudyMaker(options=StudyOptions(platforms=("Linux",))),
        StudyMaker(options=StudyOptions(literal=True)),
    )
    keys = [maker.identity(release) for maker in makers for release in (OLD, NEW)]
    assert len(set(keys)) == len(keys)
    assert StudyMaker(known=(OLD,)).identity(NEW) == makers[1].identity(NEW)
