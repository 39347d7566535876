"""Platforms by what people type."""

import pytest

from detcov.attack.platforms import find_platforms
from detcov.errors import UsageError
from gaps_sample import RELEASE


def test_by_name():
    assert find_platforms(RELEASE, ["linux", " Containers", "LINUX"]) == ("Linux", "Containers")


@pytest.mark.parametrize("name", ["Kubernetes", "k8s", " docker "])
def test_what_people_call_a_platform_names_it(name):
    with pytest.raises(UsageError, match=r"; did you mean Containers\? \(it has"):
        find_platforms(RELEASE, [name])


def test_what_a_release_has_under_no_name_is_not_offered():
    with pytest.raises(UsageError, match=r"no platform 'okta' \(it has"):
        find_platforms(RELEASE, ["okta"])


def test_one_that_is_none_names_the_nearest():
    with pytest.raises(UsageError, match=r"no platform 'container'; did you mean Containers\?"):
        find_platforms(RELEASE, ["container"])
