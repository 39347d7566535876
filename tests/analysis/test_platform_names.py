"""Rules under releases that have other names for platforms."""

import pytest
from msgspec import structs

from detcov.analysis.platform_names import in_names_of
from detcov.model import Stated
from detcov.study import StudyOptions, build_study
from detcov.timeline.study_maker import StudyMaker
from made import RUNNING, make_corpus, make_mapping, make_release, make_rule, make_technique

SIXTEEN = ("Identity Provider", "Linux", "Network", "Office Suite", "IaaS")
FIFTEEN = ("Azure AD", "Google Workspace", "IaaS", "Linux", "Network", "Office 365")
EIGHT = ("AWS", "Azure", "Azure AD", "GCP", "Linux", "Office 365")
NOW = ("Identity Provider", "Network Devices", "Office Suite", "IaaS")


def release_of(platforms, version="15.0"):
    return make_release(
        version,
        (RUNNING,),
        make_technique("T1001", platforms=platforms[:1]),
        make_technique("T1002", "running-code", platforms=platforms),
    )


def rule_for(platform, field, native_id="rule-1", reads=()):
    made = make_rule(make_mapping("T1002", RUNNING), native_id=native_id, reads=reads)
    return structs.replace(made, platforms=(Stated(value=platform, field=field),))


@pytest.mark.parametrize(
    ("platform", "field", "reads", "in_sixteen", "in_fifteen", "in_eight"),
    [
        ("Linux", "tag OS: Linux", (), "Linux", "Linux", "Linux"),
        ("Network Devices", "logsource.product cisco", (), "Network", "Network", "Network Devices"),
        (
            "Identity Provider",
            "tag Data Source: Entra ID",
            (),
            "Identity Provider",
            "Azure AD",
            "Azure AD",
        ),
        (
            "Identity Provider",
            "logsource.service pim",
            ("product azure",),
            "Identity Provider",
            "Azure AD",
            "Azure AD",
        ),
        # no platform of ATT&CK 15
        ("Identity Provider", "tag Data Source: Okta", ("okta",), *["Identity Provider"] * 3),
        ("Office Suite", "data_source O365", (), "Office Suite", "Office 365", "Office 365"),
        (
            "Office Suite",
            "LogTypes GSuite.ActivityEvent",
            (),
            "Office Suite",
            "Google Workspace",
            "Office Suite",
        ),
        (
            "Office Suite",
            "data_source G Suite Gmail",
            ("o365",),
            "Office Suite",
            "Google Workspace, Office 365",
            "Office 365",
        ),
        ("IaaS", "tag Data Source: AWS", (), "IaaS", "IaaS", "AWS"),
        ("IaaS", "group gcp", (), "IaaS", "IaaS", "GCP"),
        ("IaaS", "platform", (), "IaaS", "IaaS", "IaaS"),
    ],
)
def test_what_a_release_calls_a_rules_platform(
    platform, field, reads, in_sixteen, in_fifteen, in_eight
):
    corpus = make_corpus(rule_for(platform, field, reads=reads))
    found = [
        ", ".join(one.value for one in in_names_of(release_of(names), corpus).rules[0].platforms)
        for names in (SIXTEEN, FIFTEEN, EIGHT, NOW)
    ]

    assert found == [in_sixteen, in_fifteen, in_eight, platform]
    (renamed,) = in_names_of(release_of(FIFTEEN), corpus).rules
    assert {one.field for one in renamed.platforms} == {field}


def test_a_corpus_is_left_alone_where_nothing_has_another_name():
    corpus = make_corpus(rule_for("Network Devices", "group pix"))

    assert in_names_of(release_of(NOW), corpus) is corpus
    assert in_names_of(release_of(("None",)), corpus) is corpus


RULES = (
    rule_for("Network Devices", "group pix", "one"),
    rule_for("Identity Provider", "tag Data Source: Entra ID", "two"),
    rule_for("Identity Provider", "tag Data Source: Okta", "three"),
)


@pytest.mark.parametrize(
    ("platform", "covered", "rules", "elsewhere"),
    [("Network", 1, (0,), (1, 2)), ("Azure AD", 1, (1,), (0, 2)), ("Linux", 0, (), (0, 1, 2))],
)
def test_it_counts_for_the_platform_of_the_release(platform, covered, rules, elsewhere):
    corpus, options = make_corpus(*RULES), StudyOptions(platforms=(platform,))
    release = release_of(FIFTEEN)
    # T1001 is of Azure AD too, and no rule claims it.
    inside = 2 if platform == "Azure AD" else 1

    for study in (
        build_study(corpus, release, options=options),
        StudyMaker(options=options).study(corpus, release),
    ):
        coverage = study.coverage
        assert (coverage.headline.numerator, coverage.headline.denominator) == (covered, inside)
        one = coverage.techniques["T1002"]
        assert (one.rules, one.unstated, one.elsewhere) == (rules, (), elsewhere)
        assert one.by_platform["Network"] == (0,)
        assert one.by_platform["Azure AD"] == (1,)
