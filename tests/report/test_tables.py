import csv
import io
import json

from msgspec import structs

from detcov.report.tables import (
    render_coverage_csv,
    render_coverage_json,
    render_findings_json,
)
from report.study_sample import sample

READ = {
    "rules": 5,
    "live": 3,
    "active_not_live": 1,
    "deprecated": 1,
    "failed_files": 2,
    "other_files": 1_234,
}
DATASET = {"domain": "enterprise-attack", "version": "10.0", "sha256": "", "origin": ""}


def test_a_file_with_two_bad_parts_is_one_file():
    study = sample()
    first, *_ = study.corpus.failures
    twice = structs.replace(first, message="another part of it")
    corpus = structs.replace(study.corpus, failures=(first, twice))
    told = json.loads(render_findings_json(structs.replace(study, corpus=corpus)))
    assert told["read"]["failed_files"] == 1


def test_coverage_csv():
    data = render_coverage_csv(sample())
    assert b"\r" not in data
    header, *rows = csv.reader(io.StringIO(data.decode(), newline=""))
    by_cell = {(row[0], row[2]): dict(zip(header, row, strict=True)) for row in rows}
    # made.py's 10.0 by tactic: 1 planning, 4 entry, 4 running, 4 staying, 1 silence, 3, 4.
    assert len(by_cell) == len(rows) == 21
    assert by_cell["TA0002", "T1001"] == {
        "tactic_id": "TA0002",
        "tactic": "Running Code",
        "technique_id": "T1001",
        "technique": "Technique 1001",
        "parent_id": "",
        "platforms": "Linux; Windows",
        "depth": "several",
        "own_rules": "2",
        "stated_rules": "2",
        "inferred_rules": "0",
        "subtechniques": "2",
        "subtechniques_covered": "1",
        "platforms_covered": "2",
        "rules": "'=cmd|' /C calc'!A0; b;' @c",
    }
    assert by_cell["TA0112", "T1004"]["rules"] == r"Moved\n::error::"
    assert {key: row["own_rules"] for key, row in by_cell.items() if row["own_rules"] != "0"} == {
        ("TA0002", "T1001"): "2",
        ("TA0002", "T1001.001"): "1",
        ("TA0112", "T1004"): "1",
    }


def test_coverage_json():
    found = json.loads(render_coverage_json(sample()))
    assert (found["format"], found["format_version"]) == ("detcov-coverage", 1)
    assert found["dataset"] == DATASET
    assert found["scope"] == {"count": "live", "platforms": []}
    assert found["read"] == READ
    ratios = found["ratios"]
    assert {key: (one["numerator"], one["denominator"]) for key, one in ratios.items()} == {
        "headline": (3, 16),
        "two_or_more": (1, 16),
        "parents_with_via": (2, 13),
        "some_claim": (3, 16),
        "pre_only": (0, 1),
    }
    assert ratios["headline"]["percent"] == "19 %"
    techniques = {one["id"]: one for one in found["techniques"]}
    assert len(techniques) == 17
    assert techniques["T1001"] == {
        "id": "T1001",
        "name": "Technique 1001",
        "platforms": ["Linux", "Windows"],
        "depth": "several",
        "rules": [0, 1],
        "unstated": [],
        "elsewhere": [],
        "by_platform": {"Linux": [0], "Windows": [1]},
        "subtechniques": 2,
        "subtechniques_covered": 1,
    }
    cells = {(one["tactic"], one["technique"]): one for one in found["cells"]}
    assert cells["breaking", "T1004"] == {
        "tactic": "breaking",
        "technique": "T1004",
        "stated": [2],
        "inferred": [],
    }
    assert found["rules"]["0"] == {
        "source": "ours",
        "format": "elastic",
        "id": "0",
        "name": "=cmd|' /C calc'!A0",
        "path": "0.toml",
        "severity": "high",
        "platforms": {"Linux": "tags"},
    }
    assert found["ledger"] == {
        "outcomes": {"same/moved": 1, "same/same": 3, "unknown/none": 1},
        "carried": 1,
        "need_person": 0,
        "newer": 0,
        "ahead": {},
        "marks": {"9.0": 1},
        "written_for": [{"source": "ours", "format": "elastic", "versions": "9.0"}],
    }
    assert [(one["shortname"], one["covered"], one["techniques"]) for one in found["tactics"]] == [
        ("planning", 0, 1),
        ("entry", 0, 4),
        ("running-code", 2, 4),
        ("staying", 0, 4),
        ("silence", 0, 1),
        ("breaking", 1, 3),
        ("taking", 0, 4),
    ]


def test_findings_json():
    found = json.loads(render_findings_json(sample()))
    findings = found.pop("findings")
    assert found == {
        "format": "detcov-findings",
        "format_version": 1,
        "dataset": DATASET,
        "totals": {
            "error": 1,
            "warning": 0,
            "note": 4,
            "drift": 2,
            "by_code": {"D105": 1, "D107": 1, "M102": 1, "R206": 4},
        },
        "read": READ,
        "failures": [
            {
                "source": "ours",
                "path": "broken.toml",
                "place": {"line": 2, "column": 5, "start": 9, "end": 9},
                "message": "not TOML: x",
            },
            {"source": "ours", "path": "empty.toml", "place": None, "message": "empty"},
        ],
        "passed_over": [],
    }
    assert [(one["path"], one["code"], one["drift"]) for one in findings] == [
        ("0.toml", "R206", False),
        ("1.toml", "R206", False),
        ("2.toml", "D105", True),
        ("2.toml", "D107", True),
        ("2.toml", "R206", False),
        ("4.toml", "M102", False),
        ("4.toml", "R206", False),
    ]
    assert findings[5] == {
        "code": "M102",
        "name": "technique-unknown",
        "severity": "error",
        "drift": False,
        "message": "T9999 is not in ATT&CK Enterprise 10.0",
        "source": "ours",
        "path": "4.toml",
        "place": {"line": 7, "column": 3, "start": 90, "end": 95},
        "rule_id": "4",
        "rule_name": "Unknown",
        "subject": "T9999",
        "fix": None,
        "need_person": 0,
        "candidates": [],
    }
