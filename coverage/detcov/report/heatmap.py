"""The HTML heatmap: one self-contained page (docs/heatmap.md)."""

import base64
import gzip
import hashlib
import json

from msgspec import Struct

from detcov.attack.threats import Threats
from detcov.report.clean import clean
from detcov.report.heatmap_card import finding_rows, method_card, stats, tactic_lines
from detcov.report.heatmap_payload import build_payload, script_safe
from detcov.report.layer_links import web_address
from detcov.resources import template_text, templates_dir
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


def render_heatmap(
    study: Study, *, threats: Threats | None, layer: bytes, options: HeatmapOptions
) -> bytes:
    """The page as UTF-8 HTML.

    `layer` is offered for download, byte for byte. Raises UsageError for a `link_base` that no
    path can be added to (see `web_address`).
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    script, style = _script(), template_text("heatmap.css")
    base = web_address(options.link_base) if options.link_base else ""
    payload = build_payload(study, threats, base)
    environment = Environment(
        loader=FileSystemLoader(templates_dir()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    page = environment.get_template("heatmap.html.j2").render(
        title=clean(options.title),
        date=clean(options.date or ""),
        study=study,
        coverage=study.coverage,
        payload=payload,
        stats=stats(study.coverage),
        tactics=tactic_lines(study.coverage),
        findings=finding_rows(study.findings),
        card=method_card(study),
        policy=_policy(script, style),
        # Markup: our own files, and JSON without "<"; nothing a rule says gets here unescaped.
        script=Markup(script),  # noqa: S704
        style=Markup(style),  # noqa: S704
        data=Markup(payload.to_json()),  # noqa: S704
        layer=Markup(_embedded_layer(layer)),  # noqa: S704
    )
    return page.encode()


def _script() -> str:
    parts = "\n".join(template_text(f"heatmap/{name}.js") for name in _SCRIPTS)
    return f'"use strict";\n(() => {{\n{parts}}})();\n'


def _policy(script: str, style: str) -> str:
    """A Content-Security-Policy that admits this script and this style and nothing else."""
    return (
        f"default-src 'none'; script-src 'sha256-{_digest(script)}'; "
        f"style-src 'sha256-{_digest(style)}'; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _embedded_layer(layer: bytes) -> str:
    """JSON object with the layer as a string, or as base64 of gzip where it is large."""
    if len(layer) < _PLAIN_LAYER_LIMIT:
        return script_safe(json.dumps({"text": layer.decode()}, ensure_ascii=False))
    packed = gzip.compress(layer, 9, mtime=0)
    return json.dumps({"gzip": base64.b64encode(packed).decode()})
