"""The trend as a picture for a slide: the charts of the page, drawn by matplotlib."""

import io

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from detcov.report.clean import clean
from detcov.report.svg import Chart
from detcov.report.weekly import charts
from detcov.timeline.weekly import Weekly

_STYLES = ("-", "--", ":", "-.")
_COLORS = ("#0072b2", "#d55e00", "#009e73", "#555555")
"""Of Okabe and Ito's palette"""


def render_plot(report: Weekly) -> bytes:
    """Both charts, one below the other, as a PNG 1920 px wide."""
    found = tuple(charts(report).values())
    figure = Figure(figsize=(16, 9), dpi=120)
    # Fixed margins: working them out takes as long as drawing.
    figure.subplots_adjust(left=0.05, right=0.9, top=0.94, bottom=0.06, hspace=0.3)
    FigureCanvasAgg(figure)
    for axes, chart in zip(figure.subplots(len(found), 1), found, strict=True):
        _draw(axes, chart)
    out = io.BytesIO()
    # No version of matplotlib in the file: the same report makes the same picture.
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def _draw(axes: Axes, chart: Chart) -> None:
    axes.set_title(_plain(chart.title), loc="left", fontsize=16)
    names = list(dict.fromkeys(line.name for line in chart.lines))
    positions = range(len(chart.days))
    for line in chart.lines:
        at = names.index(line.name) % len(_STYLES)
        points = [(x, y) for x, y in zip(positions, line.values, strict=True) if y is not None]
        axes.plot(
            [x for x, _ in points],
            [y for _, y in points],
            _STYLES[at],
            color=_COLORS[at],
            marker="o",
            label=line.name if line.name not in axes.get_legend_handles_labels()[1] else None,
        )
    for position, name in chart.breaks:
        axes.axvline(position - 0.5, color="#555555", linewidth=1)
        axes.annotate(_plain(name), (position - 0.5, 1), xycoords=("data", "axes fraction"))
    axes.set_xticks(list(positions), [day[5:] for day in chart.days])
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="y", alpha=0.3)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)


def _plain(text: str) -> str:
    """Text in which a dollar starts no formula."""
    return clean(text).replace("$", r"\$")
