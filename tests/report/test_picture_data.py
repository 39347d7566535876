"""What a picture is drawn from: the numbers of a Study, and their hash in the file."""

import hashlib
import json
import zlib

import pytest

from detcov.report.picture import (
    PictureOptions,
    picture_data,
    picture_fingerprint,
    render_pictures,
)
from detcov.report.picture_data import collect
from report.picture_sample import CLAIMS, NAME, OPTIONS, STUDY, TACTICS, study_of


def ratio(numerator, denominator, percent, definition):
    return {
        "numerator": numerator,
        "denominator": denominator,
        "percent": percent,
        "definition": definition,
    }


def cell(key, name, state, rules=0, inferred=0, covered=0, subs=0):
    return {
        "id": key,
        "name": name,
        "state": state,
        "rules": rules,
        "inferred": inferred,
        "subtechniques": subs,
        "subtechniques_covered": covered,
    }


def tactic(number, counts, percent, *cells):
    techniques, covered, inferred = counts
    return {
        "id": f"TA000{number}",
        "name": TACTICS[number].title(),
        "techniques": techniques,
        "covered": covered,
        "inferred": inferred,
        "percent": percent,
        "cells": list(cells),
    }


def test_the_data_is_what_the_study_says():
    coverage = STUDY.coverage

    assert json.loads(picture_data(STUDY)) == {
        "version": 1,
        "dataset": "ATT&CK Enterprise 19.0",
        "count": "live",
        "rules": 4,
        "platforms": [],
        "headline": ratio(4, 7, "57 %", coverage.headline.definition),
        "two_or_more": ratio(1, 7, "14 %", coverage.two_or_more.definition),
        "parents_with_via": ratio(3, 4, "75 %", coverage.parents_with_via.definition),
        "pre_only": ratio(0, 1, "PRE only", coverage.pre_only.definition),
        "tactics": [
            tactic(0, (1, 0, 0), "", cell("T1001", "Scan", "outside")),
            tactic(
                1,
                (5, 2, 1),
                "40 %",
                cell("T1010", NAME, "stated", rules=2, covered=1, subs=2),
                cell("T1012", "Guess", "inferred", rules=1, inferred=1),
                cell("T1013", "Gap", "gap"),
            ),
            tactic(
                2,
                (4, 1, 0),
                "25 %",
                cell("T1010", NAME, "elsewhere", covered=1, subs=2),
                cell("T1011", "Stay", "via", covered=1, subs=1),
            ),
            tactic(3, (0, 0, 0), "n/a"),
        ],
    }


def test_a_sub_technique_without_its_parent_in_the_column_stands_for_itself():
    techniques = {
        "T1010": ("Parent", ("execution",), ("Linux",)),
        "T1010.001": ("Child", ("execution", "persistence"), ("Linux",)),
    }
    data = collect(study_of(techniques, [(0, "T1010.001", "persistence", False)]))

    assert {each.name: [one.id for one in each.cells] for each in data.tactics} == {
        "Reconnaissance": [],
        "Execution": ["T1010"],
        "Persistence": ["T1010.001"],
        "Impact": [],
    }


def test_pictures_carry_the_hash_of_their_data():
    wanted = hashlib.sha256(picture_data(STUDY)).hexdigest()
    changed = study_of(claims=CLAIMS[:-1])
    dark = PictureOptions(title="Another", dark=True)

    for options, study, same in (
        (OPTIONS, STUDY, True),
        (dark, STUDY, True),
        (dark, changed, False),
    ):
        pictures = render_pictures(study, options=options)
        assert list(pictures) == ["png", "svg"]
        for picture in pictures.values():
            assert (picture_fingerprint(picture) == wanted) is same


def chunk(kind, body):
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


SIGNATURE = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", None),
        (SIGNATURE, None),
        (SIGNATURE + chunk(b"tEXt", b"detcov-data\0abc"), "abc"),
        (SIGNATURE + chunk(b"IHDR", b"13") + chunk(b"tEXt", b"detcov-data\0abc"), "abc"),
        (SIGNATURE + chunk(b"tEXt", b"detcov-data2\0abc"), None),
        (SIGNATURE + chunk(b"zTXt", b"detcov-data\0abc"), None),
        (SIGNATURE + chunk(b"IHDR", b"13") + b"\xff\xff", None),
        (SIGNATURE + b"\xff\xff\xff\xfftEXtx", None),
        (b"<dc:identifier>detcov-data:" + b"0" * 64 + b"</dc:identifier>", "0" * 64),
        (b"<dc:identifier>detcov-data:" + b"0" * 63 + b"</dc:identifier>", None),
        (b"<dc:identifier>other:" + b"0" * 64 + b"</dc:identifier>", None),
    ],
)
def test_a_fingerprint_is_read_back_or_not_there(data, expected):
    assert picture_fingerprint(data) == expected
