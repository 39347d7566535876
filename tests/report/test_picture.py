"""The picture shows the study's numbers, names its data, and no name breaks it."""

import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import unicodedata
import zlib
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import matplotlib as mpl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import real
from detcov.analysis.measure import measure
from detcov.attack.bundle import read_bundle
from detcov.attack.release import Release, Tactic, Technique
from detcov.model import (
    Corpus,
    Mapping,
    Place,
    Resolution,
    Role,
    Rule,
    RuleKey,
    State,
    Stated,
    TacticOutcome,
    TechniqueOutcome,
)
from detcov.report.picture import (
    PictureOptions,
    picture_data,
    picture_fingerprint,
    render_pictures,
)
from detcov.report.picture_data import collect
from detcov.report.picture_layout import fold, lay_out
from detcov.report.picture_scene import Box, Label, Stripes
from detcov.report.picture_theme import DARK, LIGHT, ink
from detcov.report.picture_type import clean, shorten, width, wrap
from detcov.resolve import Resolver
from detcov.study import Study

ROOT = Path(__file__).parents[2]
BUNDLE = ROOT.parent / "shared/attack/enterprise-attack-19.0-facts.json.gz"
OPTIONS = PictureOptions(title="Quarter & co. <4>", date="24 November 2026")
NAME = "Run $x$ & <b>"

TACTICS = ("reconnaissance", "execution", "persistence", "impact")
TECHNIQUES = {
    "T1001": ("Scan", ("reconnaissance",), ("PRE",)),
    "T1010": (NAME, ("execution", "persistence"), ("Linux",)),
    "T1010.001": ("One", ("execution", "persistence"), ("Linux",)),
    "T1010.002": ("Two", ("execution",), ("Linux",)),
    "T1011": ("Stay", ("persistence",), ("Linux",)),
    "T1011.001": ("Three", ("persistence",), ("Linux",)),
    "T1012": ("Guess", ("execution",), ("Linux",)),
    "T1013": ("Gap", ("execution",), ("Linux",)),
}
# rule, technique, tactic, inferred
CLAIMS = (
    (0, "T1010", "execution", False),
    (1, "T1010", "execution", False),
    (2, "T1012", "execution", True),
    (3, "T1011.001", "persistence", False),
    (3, "T1010.001", "execution", False),
)


def study_of(techniques=TECHNIQUES, claims=CLAIMS, tactics=TACTICS):
    release = Release(
        domain="enterprise-attack",
        version="19.0",
        tactics=tuple(
            Tactic(id=f"TA000{n}", name=name.title(), shortname=name)
            for n, name in enumerate(tactics)
        ),
        techniques={
            key: Technique(id=key, name=name, tactics=own, platforms=platforms)
            for key, (name, own, platforms) in techniques.items()
        },
    )
    return study_with(release, claims)


def study_with(release, claims):
    numbers = range(max((number for number, *_ in claims), default=-1) + 1)
    corpus = Corpus(rules=tuple(rule(number) for number in numbers), sources=("one",))
    resolutions = tuple(
        tuple(resolution(*claim) for number, *claim in claims if number == each) for each in numbers
    )
    return Study(
        resolver=Resolver(release),
        corpus=corpus,
        resolutions=resolutions,
        coverage=measure(release, corpus, resolutions),
    )


def rule(number):
    return Rule(
        key=RuleKey(source="one", format="elastic", native_id=str(number)),
        name=f"Rule {number}",
        path=f"{number}.toml",
        severity="low",
        state=State(
            lifecycle=Stated(value="stable"),
            emits=Stated(value="alert"),
            kind=Stated(value="detection"),
            enabled=Stated(value="unstated"),
        ),
    )


def resolution(technique, tactic, inferred):
    return Resolution(
        mapping=Mapping(role=Role.CLAIM, place=Place(line=1), technique_id=technique),
        technique_outcome=TechniqueOutcome.SAME,
        tactic_outcome=TacticOutcome.INFERRED if inferred else TacticOutcome.SAME,
        technique=technique,
        tactics=(tactic,),
        inferred=inferred,
    )


STUDY = study_of()


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


def test_the_png_fits_a_slide_and_says_nothing_of_the_machine():
    with Image.open(
        io.BytesIO(render_pictures(STUDY, formats=("png",), options=OPTIONS)["png"])
    ) as image:
        image.load()
        fingerprint = hashlib.sha256(picture_data(STUDY)).hexdigest()

        assert (image.format, image.mode, image.width) == ("PNG", "RGB", 1920)
        assert image.info == {"Title": OPTIONS.title, "detcov-data": fingerprint}


def texts_of(svg):
    return [element.text for element in ET.fromstring(svg) if element.tag.endswith("}text")]


def test_the_svg_tells_all_of_it_as_text():
    found = texts_of(render_pictures(STUDY, formats=("svg",), options=OPTIONS)["svg"])

    ids = Counter(text for text in found if text.startswith("T1"))
    assert ids == {"T1001": 1, "T1010": 2, "T1011": 1, "T1012": 1, "T1013": 1}
    assert {
        OPTIONS.title,
        "ATT&CK Enterprise 19.0 · 4 live rules · all platforms · 24 November 2026",
        *("57 %", "4 of 7", "14 %", "1 of 7", "75 %", "3 of 4", "0 of 1"),
        *("2 of 5 · 40 %", "+1 inferred", "1 of 4 · 25 %", "PRE-only", "n/a"),
        *(NAME, "1 of 2", "1 of 1", "Guess"),
    } <= set(found)
    assert found[-1].endswith(
        "MITRE ATT&CK® and ATT&CK® are registered trademarks of The MITRE Corporation."
    )


def test_two_renders_are_equal_whatever_the_settings():
    before = dict(mpl.rcParams)
    first = render_pictures(STUDY, options=OPTIONS)
    with mpl.rc_context({"svg.fonttype": "path", "path.sketch": (1, 100, 2), "font.size": 33}):
        second = render_pictures(STUDY, formats=("svg", "png"), options=OPTIONS)

    assert first == second
    assert dict(mpl.rcParams) == before


IN_ANOTHER_PROCESS = """
import hashlib, sys
sys.path[:0] = sys.argv[1:3]
from detcov.report import picture
assert "matplotlib" not in sys.modules
from report.test_picture import OPTIONS, STUDY
for name, data in picture.render_pictures(STUDY, options=OPTIONS).items():
    print(name, hashlib.sha256(data).hexdigest())
print("matplotlib.pyplot" in sys.modules)
"""


def test_another_process_draws_the_same_and_loads_no_pyplot():
    pictures = render_pictures(STUDY, options=OPTIONS)
    ran = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_PROCESS, str(ROOT / "coverage"), str(ROOT / "tests")],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "7"},
        text=True,
    )

    hashes = [f"{name} {hashlib.sha256(data).hexdigest()}" for name, data in pictures.items()]
    assert ran.stdout.splitlines() == [*hashes, "False"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (r"$\frac{1}$ and $", r"$\frac{1}$ and $"),
        ("<script>&amp;", "<script>&amp;"),
        ("a\x00\x1b[31mb\r\n\tc", "a[31mb c"),
        ("gnp.\u202eexe\u2028x", "gnp.exe x"),
        ("\ud800\ufffe]]>", "]]>"),
        ("漢 字", "\ufffd \ufffd"),
        ("", None),
        ("   ", None),
        ("x" * 5000, None),
        ("word " * 2000, None),
    ],
)
def test_no_name_breaks_a_picture(name, shown):
    techniques = {"T1010": (name, ("execution",), ("Linux",))}
    study = study_of(techniques, [(0, "T1010", "execution", False)])
    pictures = render_pictures(study, options=PictureOptions(title=name, date=name))

    found = texts_of(pictures["svg"])
    assert "T1010" in found
    assert shown is None or found.count(shown) == 2
    with Image.open(io.BytesIO(pictures["png"])) as image:
        image.load()


@given(st.text())
def test_clean_text_is_one_drawable_line(text):
    cleaned = clean(text)

    assert clean(cleaned) == cleaned
    assert cleaned == " ".join(cleaned.split())
    assert not [c for c in cleaned if unicodedata.category(c).startswith("C")]


@given(st.text(), st.integers(20, 200), st.integers(1, 3), st.booleans())
def test_type_stays_in_its_room(text, room, lines, bold):
    text = clean(text)
    wrapped = wrap(text, 9.0, room, lines, bold=bold)

    assert len(wrapped) <= lines
    for line in [*wrapped, shorten(text, 9.0, room, bold=bold)]:
        assert width(line, 9.0, bold=bold) <= room
    if not any(line.endswith("…") for line in wrapped):
        assert " ".join(wrapped) == text


@pytest.mark.parametrize(
    ("cells", "folds"),
    [
        ([], []),
        ([0, 0], [1, 1]),
        ([22] * 15, [1] * 15),
        # 19.0: a slide has room for 22 rows, which Discovery and Stealth exceed
        (
            [12, 9, 11, 20, 22, 13, 30, 18, 17, 34, 9, 17, 18, 9, 15],
            [1, 1, 1, 1, 1, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1],
        ),
        ([45], [3]),
    ],
)
def test_long_columns_are_folded(cells, folds):
    assert fold(cells) == folds


def bounds(item):
    if isinstance(item, Box | Stripes):
        return item.x, item.y, item.x + item.width, item.y + item.height
    wide = width(item.text, item.size, bold=item.bold)
    left = item.x - {"left": 0, "center": wide / 2, "right": wide}[item.anchor]
    return left, item.y - item.size, left + wide, item.y + item.size / 4


@pytest.mark.parametrize("sizes", [[0] * 15, [1], [300, 0, 3], [40] * 15, [90] * 14])
@pytest.mark.parametrize("dark", [False, True])
def test_everything_stands_on_the_page(sizes, dark):
    tactics = [f"tactic-{n}-with-a-name" for n in range(len(sizes))]
    techniques = {
        f"T{1000 * n + 1000 + k}": (f"Technique number {k}", (tactics[n],), ("Linux",))
        for n, size in enumerate(sizes)
        for k in range(size)
    }
    data = collect(study_of(techniques, [], tactics))
    scene = lay_out(data, title="A title " * 30, date="2026-11-24 " * 30, dark=dark)

    assert [
        item
        for item in scene.items
        for left, top, right, bottom in [bounds(item)]
        if left < 0 or top < 0 or right > 1920.5 or bottom > scene.height
    ] == []
    ids = [item.text for item in scene.items if isinstance(item, Label) and item.bold]
    assert set(techniques) <= set(ids)


@pytest.mark.parametrize(
    ("rules", "step"), [(1, 0), (2, 1), (3, 1), (4, 2), (7, 2), (8, 3), (15, 3), (16, 4), (900, 4)]
)
def test_more_rules_are_a_further_step_of_the_ramp(rules, step):
    assert ink(LIGHT, rules) is LIGHT.ramp[step]


def luminance(colour):
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_type_is_legible_and_the_ramp_tells_apart_in_grey(theme):
    for colours in (*theme.ramp, theme.gap, theme.hollow):
        assert contrast(colours.fill, colours.text) >= 4.5
    assert contrast(theme.background, theme.muted) >= 4.5
    steps = [luminance(colours.fill) for colours in (theme.gap, *theme.ramp)]
    assert steps == sorted(steps, reverse=theme is LIGHT)
    for one, other in zip(theme.ramp, theme.ramp[1:], strict=False):
        assert contrast(one.fill, other.fill) >= 1.2


def test_the_whole_matrix_is_drawn():
    packed = gzip.decompress(real.there(BUNDLE).read_bytes())
    release = read_bundle(packed, name=BUNDLE.name)
    pictures = render_pictures(study_with(release, []), options=OPTIONS)

    expected = Counter(
        reference["external_id"]
        for item in json.loads(packed)["objects"]
        if item["type"] == "attack-pattern"
        and not (item.get("revoked") or item.get("x_mitre_deprecated"))
        for reference in item["external_references"]
        if reference["source_name"] == "mitre-attack" and "." not in reference["external_id"]
        for _ in item["kill_chain_phases"]
    )
    found = texts_of(pictures["svg"])
    assert Counter(text for text in found if text in expected) == expected
    with Image.open(io.BytesIO(pictures["png"])) as image:
        assert (image.width, image.height <= 1080) == (1920, True)
