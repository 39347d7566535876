"""What a copy that doesn't count says of platforms, columns and log sources: nothing."""

import json

import pytest

from copies_sample import OLD, U, in_a, in_b, study_of
from detcov.analysis.gaps import find_gaps
from detcov.analysis.scope import columns_of
from detcov.analysis.split import split
from detcov.analysis.suggest import Rules
from detcov.facts import Fact, FactKind, Facts
from detcov.load.corpus import united
from detcov.model import ScopeColumn, Stated
from detcov.report.heatmap_card import rules_row
from detcov.report.heatmap_payload import build_payload
from detcov.report.tables import render_coverage_json
from detcov.study import build_study
from made import NEW, make_corpus, make_state


@pytest.mark.parametrize(
    ("state", "modes"),
    [
        (OLD, ("all",)),
        (make_state(enabled="no"), ("active", "all")),
        (make_state(), ("live", "active", "all")),
    ],
)
@pytest.mark.parametrize("count", ["live", "active", "all"])
def test_a_copy_adds_platform_column_and_reads_only_where_it_counts(state, modes, count):
    """The copy in b says Windows, control plane and reads "audit"; the one in a is live."""
    column = Stated(value=ScopeColumn.CONTROL_PLANE, field="integration")
    study = study_of(
        in_a(U, "T1001", platforms=("Linux",), reads=("syslog",)),
        in_b(U, "T1001", platforms=("Windows",), reads=("audit",), column=column, state=state),
        count=count,
    )
    counts = count in modes
    both = {"Linux", "Windows"} if counts else {"Linux"}

    counted = study.corpus.counted(count)
    assert counted.places == {0: study.corpus.rules if counts else study.corpus.rules[:1]}
    assert counted.platforms == {0: both}
    assert counted.reads == {0: {"syslog", "audit"} if counts else {"syslog"}}
    columns = columns_of(study.corpus, count)
    assert (columns[0].value == ScopeColumn.CONTROL_PLANE) == counts
    technique = study.coverage.techniques["T1001"]
    assert technique.by_platform == {"Linux": (0,), "Windows": (0,) if counts else ()}
    told = json.loads(render_coverage_json(study))["rules"]["0"]
    assert told["platforms"] == dict.fromkeys(sorted(both), "tags")
    assert [one["source"] for one in told["other_places"]] == ["b"], "a place all the same"
    payload = build_payload(study, None, "")
    (shown,) = payload.platform_sets
    assert {payload.platforms[number] for number, _ in shown} == both


@pytest.mark.parametrize("state", [OLD, make_state(enabled="no"), make_state()])
@pytest.mark.parametrize("count", ["live", "active", "all"])
def test_all_who_ask_whether_a_rule_looks_at_a_platform_get_one_answer(state, count):
    """The copy in b is for Windows."""
    study = study_of(
        in_a(U, "T1001", platforms=("Linux",)),
        in_b(U, "T1001", platforms=("Windows",), state=state),
        count=count,
    )
    counts = study.corpus.rules[1].counts(count)

    parts = {one.value: one.part().coverage.counted for one in split(study, "platform")}
    assert parts["Windows"] == ((0,) if counts else ())
    gaps = find_gaps(NEW, study.corpus, study.coverage, "Windows", columns={})
    assert gaps.techniques["T1001"].gap != counts
    expected = (
        Stated(value="of the platform", field="tags") if counts else Stated(value="elsewhere")
    )
    assert gaps.reasons == {0: expected}
    candidates = Rules(corpus=study.corpus, coverage=study.coverage, columns={})
    assert candidates.looking("Windows").looks(0) == counts
    narrow = study_of(*study.corpus.rules, count=count, platforms=("Windows",)).coverage
    assert narrow.techniques["T1001"].covered == counts


@pytest.mark.parametrize(("state", "fed"), [(make_state(), "yes"), (OLD, "unknown")])
def test_what_a_dead_copy_reads_feeds_no_rule(state, fed):
    """The log source that only the copy in b reads is collected."""
    facts = Facts(facts=(Fact(kind=FactKind.TELEMETRY, data="audit"),))
    rules = in_a(U, "T1001", reads=("syslog",)), in_b(U, "T1001", reads=("audit",), state=state)
    study = build_study(united(make_corpus(*rules), ()), NEW, facts=facts)

    assert study.estate.rule(0).fed == fed


def test_a_dead_copy_makes_no_rule_state_a_platform():
    study = study_of(in_a(U, "T1001"), in_b(U, "T1001", platforms=("Windows",), state=OLD))
    assert [one.value for one in split(study, "platform")][-1] == "unstated"
    scoped = study_of(*study.corpus.rules, platforms=("Linux",))
    assert scoped.coverage.techniques["T1001"].unstated == (0,)
    assert "Left out, no platform stated: 1" in rules_row(scoped).lines
