"""Pictures as files: what they show, that they are equal anywhere, and that no name breaks them."""

import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import matplotlib as mpl
import pytest
from PIL import Image

import real
from detcov.attack.bundle import read_bundle
from detcov.report.picture import (
    PictureOptions,
    picture_data,
    render_pictures,
)
from report.picture_sample import NAME, OPTIONS, STUDY, study_of, study_with

ROOT = Path(__file__).parents[2]
BUNDLE = ROOT.parent / "shared/attack/enterprise-attack-19.0-facts.json.gz"


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
from report.picture_sample import OPTIONS, STUDY
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
