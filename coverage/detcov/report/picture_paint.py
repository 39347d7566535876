"""Paints a scene with matplotlib's renderers.

They are used directly, without a Figure: importing one costs as much as drawing the picture,
and every position is known already. Text never goes through mathtext, so that "$" in a name
is a dollar sign. At 72 dpi a point is a pixel.
"""

from functools import cache
from io import BytesIO, StringIO
from typing import Any

import numpy as np

from detcov.report import plain_matplotlib  # noqa: F401 - before matplotlib

# isort: split
from matplotlib import rc_context
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from detcov.report.picture_scene import Box, Label, Scene, Stripes
from detcov.report.picture_type import Glyph, face, font_path, width

# Whatever a user's matplotlibrc says: the picture is the same on every desk.
_SETTINGS: Any = {
    "agg.path.chunksize": 0,
    "path.simplify": True,
    "path.sketch": None,
    "svg.fonttype": "none",
    "svg.hashsalt": "detcov",
    "text.usetex": False,
}
# Verdana and DejaVu Sans are of one width: a viewer without the second sets the text alike.
_FAMILIES = ["DejaVu Sans", "Verdana", "Arial"]


def paint_png(scene: Scene, *, key: str, fingerprint: str) -> bytes:
    """The scene as PNG, with `fingerprint` in the text chunk `key`."""
    with rc_context(_SETTINGS):
        # matplotlib's renderers have no types.
        renderer: Any = RendererAgg(scene.width, scene.height, 72)  # type: ignore[no-untyped-call]
        _paint_shapes(scene, renderer)
        _outlined_text(scene, renderer)
    info = PngInfo()
    info.add_text("Title", scene.title.encode("latin-1", "replace").decode("latin-1"))
    info.add_text(key, fingerprint)
    pixels = np.ascontiguousarray(np.asarray(renderer.buffer_rgba())[:, :, :3])
    out = BytesIO()
    Image.fromarray(pixels).save(out, "PNG", pnginfo=info)
    return out.getvalue()


def paint_svg(scene: Scene, *, key: str, fingerprint: str) -> bytes:
    """The scene as SVG with text as text, `key:fingerprint` as its identifier."""
    out = StringIO()
    metadata = {
        "Title": scene.title,
        "Identifier": f"{key}:{fingerprint}",
        "Creator": None,
        "Date": None,
    }
    with rc_context(_SETTINGS):
        renderer: Any = RendererSVG(  # type: ignore[no-untyped-call]
            scene.width, scene.height, out, metadata=metadata
        )
        _paint_shapes(scene, renderer)
        for label in _labels(scene):
            _text_element(label, renderer, scene.height)
        renderer.finalize()
    return out.getvalue().encode()


def _paint_shapes(scene: Scene, renderer: Any) -> None:
    flipped = Affine2D().scale(1, -1).translate(0, scene.height)
    background = Box(0, 0, scene.width, scene.height, fill=scene.background)
    for item in (background, *scene.items):
        if isinstance(item, Box):
            _box(item, renderer, flipped)
        elif isinstance(item, Stripes):
            _stripes(item, renderer, flipped)


def _labels(scene: Scene) -> list[Label]:
    return [item for item in scene.items if isinstance(item, Label)]


def _box(box: Box, renderer: Any, flipped: Affine2D) -> None:
    context = renderer.new_gc()
    context.set_linewidth(box.line_width if box.line else 0)
    if box.line:
        context.set_foreground(box.line)
        if box.dashed:
            context.set_dashes(0, [3.0, 2.5])
    face = _rgb(box.fill) if box.fill else None
    renderer.draw_path(context, _outline(box), flipped, face)
    context.restore()


def _rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = bytes.fromhex(colour[1:])
    return red / 255, green / 255, blue / 255


def _outline(box: Box) -> Path:
    # A line is drawn inside its box: half its width in from each edge, so that it stays sharp.
    inset = box.line_width / 2 if box.line else 0
    left, top = box.x + inset, box.y + inset
    right, bottom = box.x + box.width - inset, box.y + box.height - inset
    r = min(box.radius, (right - left) / 2, (bottom - top) / 2)
    if r <= 0:
        corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
        return Path(corners, closed=True)
    points = [
        (left + r, top),
        *((right - r, top), (right, top), (right, top + r)),
        *((right, bottom - r), (right, bottom), (right - r, bottom)),
        *((left + r, bottom), (left, bottom), (left, bottom - r)),
        *((left, top + r), (left, top), (left + r, top)),
        (left + r, top),
    ]
    side = (Path.LINETO, Path.CURVE3, Path.CURVE3)
    return Path(points, [Path.MOVETO, *side, *side, *side, *side, Path.CLOSEPOLY])


def _stripes(stripes: Stripes, renderer: Any, flipped: Affine2D) -> None:
    points: list[tuple[float, float]] = []
    run = stripes.gap
    while run < stripes.width + stripes.height:
        over_x = max(0.0, run - stripes.width)
        over_y = max(0.0, run - stripes.height)
        points.append((stripes.x + run - over_x, stripes.y + over_x))
        points.append((stripes.x + over_y, stripes.y + run - over_y))
        run += stripes.gap
    context = renderer.new_gc()
    context.set_linewidth(1.6)
    context.set_foreground(stripes.colour)
    codes = [Path.MOVETO, Path.LINETO] * (len(points) // 2)
    renderer.draw_path(context, Path(points, codes), flipped, None)
    context.restore()


def _outlined_text(scene: Scene, renderer: Any) -> None:
    """All text of one colour as one path: a tenth of the time of as many calls of draw_text."""
    by_colour: dict[str, list[Label]] = {}
    for label in _labels(scene):
        by_colour.setdefault(label.colour, []).append(label)
    for colour, labels in by_colour.items():
        context = renderer.new_gc()
        context.set_linewidth(0)
        renderer.draw_path(context, _outlines(labels, scene.height), Affine2D(), _rgb(colour))
        context.restore()


def _outlines(labels: list[Label], height: int) -> Path:
    glyphs: list[Glyph] = []
    places: list[tuple[float, float, float]] = []
    for label in labels:
        x, y, size, letters = _left(label), height - label.y, label.size, face(bold=label.bold)
        for character in label.text:
            drawn = letters[character]
            glyphs.append(drawn)
            places.append((x, y, size))
            x += drawn.advance * size
    lengths = [len(drawn.codes) for drawn in glyphs]
    placed = np.repeat(np.array(places), lengths, axis=0)
    points = np.concatenate([drawn.points for drawn in glyphs]) * placed[:, 2:] + placed[:, :2]
    return Path(points, np.concatenate([drawn.codes for drawn in glyphs]))


def _left(label: Label) -> float:
    if label.anchor == "left":
        return label.x
    wide = width(label.text, label.size, bold=label.bold)
    return label.x - (wide / 2 if label.anchor == "center" else wide)


def _text_element(label: Label, renderer: Any, height: int) -> None:
    context = renderer.new_gc()
    context.set_foreground(label.colour)
    anchor = None
    if label.anchor != "left":
        # Lets the viewer's own font be centred or aligned, should it not have ours.
        anchor = Text(label.x, height - label.y, label.text, horizontalalignment=label.anchor)
    font = _properties(label.size, bold=label.bold)
    x = _left(label)
    renderer.draw_text(context, x, label.y, label.text, font, 0, ismath=False, mtext=anchor)
    context.restore()


@cache
def _properties(size: float, *, bold: bool) -> FontProperties:
    weight = "bold" if bold else "normal"
    return FontProperties(family=_FAMILIES, weight=weight, size=size, fname=font_path(bold=bold))
