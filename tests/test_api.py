"""What a notebook calls: a word that isn't there is an error of ours, never a wrong number."""

import pytest

from detcov.api import read_rules, study_of
from detcov.errors import UsageError
from made import RUNNING, make_corpus, make_mapping, make_rule


def test_an_unknown_rule_format_names_those_there_are(tmp_path):
    with pytest.raises(UsageError, match=r"no rule format 'sigmaa' \(there are elastic, .*sigma"):
        read_rules(tmp_path, rule_format="sigmaa")


def test_an_unknown_count_names_those_there_are():
    corpus = make_corpus(make_rule(make_mapping("T1059", RUNNING)))
    with pytest.raises(UsageError, match=r"no count 'alive' \(there are live, active, all\)"):
        study_of(corpus, count="alive")


@pytest.mark.parametrize("platforms", ["Linxu", ["Linxu"], "", [""]])
def test_a_platform_that_is_none_never_passes(platforms):
    corpus = make_corpus(make_rule(make_mapping("T1059", RUNNING)))
    with pytest.raises(UsageError, match=rf"no platform '{''.join(platforms)}'"):
        study_of(corpus, platforms=platforms)


def test_a_text_is_one_platform():
    corpus = make_corpus(make_rule(make_mapping("T1059", RUNNING)))
    assert study_of(corpus, platforms="linux").coverage.platforms == ("Linux",)
