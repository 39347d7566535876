"""The HTML heatmap: one self-contained page (docs/heatmap.md)."""

import base64
import gzip
import json

from msgspec import Struct

from detcov.attack.threats import Threats
from detcov.report.clean import clean
from detcov.report.document import Related
from detcov.report.heatmap_card import (
    CardRow,
    Stat,
    finding_rows,
    method_card,
    stats,
    tactic_lines,
)
from detcov.report.heatmap_payload import build_payload, script_safe
from detcov.report.layer_links import web_address
from detcov.report.page import render_page
from detcov.resources import template_text
from detcov.study import Study

# One inline script in this order, so that one hash admits it; the parts share a function's scope.
_SCRIPTS = (
    "data",
    "state",
    "count",
    "show",
    "matrix",
    "tools",
    "panel",
    "tip",
    "keys",
    "actions",
    "main",
)

# Below this the layer stands in the page as it is: zlib's output differs between its builds,
# and a page kept under version control shouldn't change with the machine that made it.
_PLAIN_LAYER_LIMIT = 256 * 1024


class HeatmapOptions(Struct, frozen=True, kw_only=True):
    """What a caller can choose."""

    title: str = "Detection coverage"
    date: str | None = None
    """Shown as given; nothing here reads a clock"""
    link_base: str | None = None
    """http(s) address that the rules' paths are appended to"""
    related: tuple[Related, ...] = ()
    """Other pages of the same report"""


def render_heatmap(
    study: Study, *, threats: Threats | None, layer: bytes, options: HeatmapOptions
) -> bytes:
    """The page as UTF-8 HTML.

    `layer` is offered for download, byte for byte. Raises UsageError for a `link_base` that no
    path can be added to (see `web_address`).
    """
    from markupsafe import Markup

    base = web_address(options.link_base) if options.link_base else ""
    payload = build_payload(study, threats, base)
    staged = study.stages is not None
    return render_page(
        "heatmap.html.j2",
        style="heatmap.css",
        more_style="heatmap/stages.css" if staged else "",
        script=_script(staged),
        stage_names=_stage_names(study),
        title=clean(options.title),
        subtitle=study.release.title,
        date=clean(options.date or ""),
        related=options.related,
        study=study,
        coverage=study.coverage,
        payload=payload,
        stats=(*stats(study.coverage), *_stage_stats(study)),
        tactics=tactic_lines(study.coverage),
        findings=finding_rows(study.findings),
        card=_card(study),
        # Markup: JSON without "<"; nothing a rule says gets here unescaped.
        data=Markup(payload.to_json()),  # noqa: S704
        layer=Markup(_embedded_layer(layer)),  # noqa: S704
    )


def _stage_names(study: Study) -> tuple[str, ...]:
    """The choices of the filter by stage; none without facts."""
    if study.stages is None:
        return ()
    from detcov.report.heatmap_stages import STAGE_NAMES

    return STAGE_NAMES


def _stage_stats(study: Study) -> tuple[Stat, ...]:
    if study.stages is None:
        return ()
    from detcov.report.heatmap_stages import stage_stats

    return stage_stats(study.stages)


def _card(study: Study) -> tuple[CardRow, ...]:
    """The method card; the facts stand where the definitions end."""
    card = method_card(study)
    if study.stages is None or study.facts is None:
        return card
    from detcov.report.heatmap_stages import facts_card

    at = 1 + [row.label for row in card].index("Definitions")
    return (*card[:at], facts_card(study.stages, study.facts), *card[at:])


def _script(staged: bool) -> str:
    names = [*_SCRIPTS[:-1], *(["stages"] if staged else []), _SCRIPTS[-1]]
    parts = "\n".join(template_text(f"heatmap/{name}.js") for name in names)
    return f'"use strict";\n(() => {{\n{parts}}})();\n'


def _embedded_layer(layer: bytes) -> str:
    """JSON object with the layer as a string, or as base64 of gzip where it is large."""
    if len(layer) < _PLAIN_LAYER_LIMIT:
        return script_safe(json.dumps({"text": layer.decode()}, ensure_ascii=False))
    packed = gzip.compress(layer, 9, mtime=0)
    return json.dumps({"gzip": base64.b64encode(packed).decode()})
