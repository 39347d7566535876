"""Random releases and rules, every number of coverage.json counted a second time by hand."""

import json

import pytest

from audit.by_hand import Attack, count, reported
from audit.made_estates import make_bundle, make_rules
from detcov.attack.bundle import read_bundle
from detcov.attack.foreign import foreign_domain
from detcov.load.corpus import read_corpus
from detcov.report.tables import render_coverage_json
from detcov.study import StudyOptions, build_study
from real import Files

VERSIONS = ("14.0", "15.0", "16.0")
FOREIGN = {"T1398", "T0801"}
"""Of Mobile and ICS"""
LEAST = {"live": 2, "active": 1, "all": 0}
RUNS = [
    StudyOptions(),
    StudyOptions(count="active"),
    StudyOptions(count="all", literal=True),
    StudyOptions(platforms=("Linux",)),
    StudyOptions(count="active", platforms=("Containers", "Windows")),
]


@pytest.mark.parametrize("seed", range(10))
def test_every_number(seed):
    files, stated = make_rules(seed)
    sources = {path.split("/")[0] for path in files}
    corpus = read_corpus(
        Files(label=label, files={k: v for k, v in files.items() if k.split("/")[0] == label})
        for label in sorted(sources)
    )
    bundles = {version: make_bundle(seed * 10 + n) for n, version in enumerate(VERSIONS)}
    releases = {v: read_bundle(data, name="a.json", version=v) for v, data in bundles.items()}
    plain = {version: Attack(data, version) for version, data in bundles.items()}

    for version, options in ((version, run) for version in VERSIONS for run in RUNS):
        if not set(options.platforms) <= set(releases[version].platforms):
            continue
        study = build_study(
            corpus,
            releases[version],
            known=releases.values(),
            options=options,
            foreign=foreign_domain,
        )
        expected = count(
            plain[version],
            stated,
            known=() if options.literal else plain.values(),
            foreign=FOREIGN,
            least=LEAST[options.count],
            platforms=frozenset(options.platforms),
        )

        found = reported(json.loads(render_coverage_json(study)), plain[version].tactics)
        assert found == expected, (version, options)
