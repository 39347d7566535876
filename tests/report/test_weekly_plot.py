import io

import pytest
from PIL import Image

from detcov.report.chart import Chart, Line
from detcov.report.weekly_plot import HEIGHT, WIDTH, render_plot

DAYS = ("2026-05-04", "2026-05-11", "2026-05-18")
BLUE, ORANGE = (0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00)


def painted(*lines, **fields):
    chart = Chart(title="A title", days=DAYS, lines=lines, **fields)
    return Image.open(io.BytesIO(render_plot((chart, chart)))).convert("RGB")


def near(pixel, colour):
    return all(abs(a - b) < 24 for a, b in zip(pixel, colour, strict=True))


def test_values_are_dots_where_they_belong():
    """A chart is 720 wide and 202 high with 26 for its title, so 176: values from 14 to 146."""
    picture = painted(Line(name="covered", values=(0, 5, 10)))
    assert picture.size == (WIDTH, HEIGHT) == (1920, 1080)
    scale = 1920 / 720
    for top in (26, 202.5 + 26):
        for x, y in ((48, 146), (309, 80), (570, 14)):
            at = round(x * scale), round((y + top) * scale)
            assert near(picture.getpixel(at), BLUE), at


def test_lines_differ_in_dashes_too():
    picture = painted(
        Line(name="solid", values=(10, 10, 10)), Line(name="dashed", values=(5, 5, 5))
    )
    scale = 1920 / 720

    def along(y, colour):
        row = round((y + 26) * scale)
        inside = [picture.getpixel((x, row)) for x in range(round(60 * scale), round(300 * scale))]
        return sum(near(pixel, colour) for pixel in inside) / len(inside)

    assert along(14, BLUE) > 0.98
    assert 0.5 < along(80, ORANGE) < 0.8  # 7 drawn, 4 left out


@pytest.mark.parametrize("lines", [(), (Line(name="$x_1$ \x1b", values=(None, None, None)),)])
def test_nothing_to_paint_is_fine(lines):
    assert painted(*lines).size == (WIDTH, HEIGHT)


def test_the_same_charts_are_the_same_bytes():
    chart = Chart(title="x", days=DAYS, lines=(Line(name="a", values=(1, 2, 3)),))
    assert render_plot((chart,)) == render_plot((chart,))
