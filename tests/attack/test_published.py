import pytest

from detcov.attack import published
from detcov.attack.domains import DOMAINS, version_key
from detcov.attack.release import Release


def release(version, domain="enterprise-attack"):
    return Release(domain=domain, version=version, tactics=(), techniques={})


def test_every_release_is_listed_with_the_hashes_of_mitreattack_python():
    from mitreattack import release_info

    ours = {
        (item.domain.removesuffix("-attack"), item.version): (item.stix20, item.stix21)
        for item in published.published_releases()
    }
    assert {domain for domain, _ in ours} == {name.removesuffix("-attack") for name in DOMAINS}
    # An older or newer mitreattack-python may be installed: what both know has to agree.
    both = [
        (domain, version)
        for domain, version in ours
        if version in release_info.STIX21.get(domain, {})
    ]
    assert len(both) > 60
    for domain, version in both:
        assert ours[domain, version] == (
            release_info.STIX20[domain].get(version, ""),
            release_info.STIX21[domain][version],
        )


def test_the_list_is_made_as_it_is_committed():
    listed = published.published_releases()
    assert published.encode_list(listed) == published.LIST_FILE.read_bytes()
    assert listed[0].version == "1.0"
    assert [item.domain for item in listed] == sorted(item.domain for item in listed)


def test_the_list_can_be_made_anew():
    anew = {(item.domain, item.version): item for item in published.from_release_info()}
    assert anew["ics-attack", "18.1"].stix21 == (
        "a7c0106492843485340710be9e841c1584d8fc6da8950e7097db0e7b5bc9f164"
    )
    assert anew["ics-attack", "18.1"] in published.published_releases()


@pytest.mark.parametrize(
    ("version", "domain", "said"),
    [
        ("19.0", "enterprise-attack", "20.0 is out"),
        ("9.0", "enterprise-attack", "20.0 is out"),
        ("20.0", "enterprise-attack", None),
        ("42.0", "enterprise-attack", None),
        (None, "enterprise-attack", None),
        ("18.1", "ics-attack", "20.0 is out"),
        ("1.0", "acme-attack", None),
    ],
)
def test_newer_than(version, domain, said):
    assert published.newer_than(release(version, domain)) == said


def test_a_beta_is_never_the_newest(monkeypatch):
    made = [
        published.PublishedRelease(domain="mobile-attack", version=version)
        for version in ("10.1", "11.2-beta")
    ]
    monkeypatch.setattr(published, "published_releases", lambda: tuple(made))
    assert published.newest("mobile-attack") == "10.1"


def test_official_by_hash():
    mobile = "33968697b94a5ff5568016a28bbcc93f7869dc2f2b2653ead833758867ab5bc9"
    found = published.official(mobile)
    assert (found.domain, found.version) == ("mobile-attack", "17.1")
    # One file, published as 11.2 and as 11.3.
    twice = "5308b90f31df02310065ec5daed9099b3d2bed45c58e6c0c7ce84370e7552f6e"
    assert published.official(twice).version == "11.3"
    assert published.official("0" * 64) is None
    assert published.official("") is None


def test_versions_sort_by_number():
    versions = ["18.1", "9.0", "11.0-beta", "10.1", "18.0"]
    assert sorted(versions, key=version_key) == ["9.0", "10.1", "11.0-beta", "18.0", "18.1"]
