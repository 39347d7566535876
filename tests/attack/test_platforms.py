"""Platforms by what people type."""

import pytest

from detcov.attack.platforms import find_platforms
from detcov.errors import UsageError
from gaps_sample import RELEASE


def test_by_name():
    assert find_platforms(RELEASE, ["linux", " Containers", "LINUX"]) == ("Linux", "Containers")


def test_one_that_is_none_names_the_nearest():
    with pytest.raises(UsageError, match=r"no platform 'container'; did you mean Containers\?"):
        find_platforms(RELEASE, ["container"])
