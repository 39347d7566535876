"""What is wrong with the file itself: encoding, JSON, size."""

import codecs
import json
import sys

import pytest

from detcov.errors import LayerError
from detcov.layer import read
from detcov.layer.lint import lint_layer
from layer.sample import LAYER, as_bytes

TEXT = json.dumps({**LAYER, "name": "Überdeckung"}, ensure_ascii=False)
# A layer with one defect, so that a file that isn't read can't pass for a right one.
ODD = TEXT.replace('"sorting": 0', '"sorting": 9')


def found(data):
    return [(f.code, f.pointer, f.line, f.column) for f in lint_layer(data, release=None)]


@pytest.mark.parametrize(
    "data",
    [
        ODD.encode(),
        codecs.BOM_UTF8 + ODD.encode(),
        codecs.BOM_UTF16_LE + ODD.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + ODD.encode("utf-16-be"),
    ],
    ids=["utf-8", "utf-8 with mark", "utf-16 le", "utf-16 be"],
)
def test_encodings_that_a_browser_reads(data):
    assert found(data) == [("L116", "/sorting", 1, ODD.index('"sorting": ') + 12)]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", [("L001", "", 1, 1)]),
        (b" \n", [("L001", "", 2, 1)]),
        (b"name: a layer\n", [("L001", "", 1, 1)]),
        # Python 3.13 points at the comma, those before at what follows.
        (b'{\n "a": 1,\n}', [("L001", "", *((2, 8) if sys.version_info >= (3, 13) else (3, 1)))]),
        (b'{\r\n "a": 1\r\n "b": 2}', [("L001", "", 3, 2)]),
        (b"\x89PNG\r\n\x1a\n", [("L001", "", 1, 1), ("L004", "", 1, 1)]),
        (TEXT.encode("utf-16-le"), [("L001", "", 1, 2), ("L004", "", 1, 21)]),
        (codecs.BOM_UTF8 * 2 + b"{}", [("L001", "", 1, 1)]),
        (b"[]", [("L005", "", 1, 1)]),
        (b"{}", [("L005", "", 1, 1)]),
        (b"null", [("L005", "", 1, 1)]),
        (b'"a layer"', [("L005", "", 1, 1)]),
        (b"[[]]", [("L005", "/0", 1, 2)]),
    ],
)
def test_files_that_are_no_layer(data, expected):
    assert found(data) == expected


def test_bytes_that_are_no_utf8_are_told_and_the_rest_is_read():
    data = as_bytes(LAYER).replace(b'"Right"', b'"Ri\xffght"').replace(b": 0,", b": null,", 1)

    assert [(code, line) for code, _, line, _ in found(data)] == [("L004", 2), ("L115", 18)]


def test_constants_that_json_lacks():
    data = as_bytes(
        {
            **LAYER,
            "sorting": float("nan"),
            "gradient": {
                "colors": ["red", "blue"],
                "minValue": float("-inf"),
                "maxValue": float("inf"),
            },
        }
    )

    assert [(code, pointer) for code, pointer, *_ in found(data)] == [
        ("L002", "/sorting"),
        ("L116", "/sorting"),
        ("L002", "/gradient/minValue"),
        ("L501", "/gradient/minValue"),
        ("L002", "/gradient/maxValue"),
        ("L501", "/gradient/maxValue"),
    ]  # fmt: skip


def test_repeated_keys_are_told_at_each_repetition():
    data = b'{"a": {"b": 1,\n  "b": 2, "c": 3},\n "a": 4, "a/b": 5, "a/b": 6}'

    assert [f for f in found(data) if f[0] == "L003"] == [
        ("L003", "/a/b", 2, 3),
        ("L003", "/a", 3, 2),
        ("L003", "/a~1b", 3, 20),
    ]


def test_a_number_too_long_for_python_is_read():
    data = as_bytes(LAYER).replace(b'"score": 4', b'"score": ' + b"9" * 5000)

    assert [(code, pointer) for code, pointer, *_ in found(data)] == [
        ("L222", "/techniques/0/score")
    ]


def test_a_large_file_is_told_to_be_slow():
    data = as_bytes({**LAYER, "description": "x" * 2_500_000})

    assert found(data) == [("L006", "", 1, 1)]


def test_a_file_beyond_the_limit_is_not_read(monkeypatch):
    monkeypatch.setattr(read, "SIZE_LIMIT", 3 * 1024 * 1024)

    with pytest.raises(LayerError, match="over 3 MB"):
        lint_layer(b" " * (3 * 1024 * 1024 + 1), release=None)
