"""What every HTML page shares: its look, its environment and what it may load."""

import base64
import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any

from detcov.resources import template_text, templates_dir

if TYPE_CHECKING:
    from jinja2 import Environment


def render_page(
    template: str, *, style: str, more_style: str = "", script: str = "", **values: Any
) -> bytes:
    """A page from a template of that name, self-contained, as UTF-8.

    `style` names the page's own style sheet, which follows the shared one, `more_style` one that
    follows it. The page may run
    `script` and apply that style, nothing else. Every value is escaped that isn't Markup.
    """
    from markupsafe import Markup

    sheets = ("base.css", style, *([more_style] if more_style else []))
    styles = "".join(map(template_text, sheets))
    page = (
        _environment()
        .get_template(template)
        .render(
            policy=_policy(script, styles),
            # Markup: our own files; nothing a rule says gets here unescaped.
            script=Markup(script),  # noqa: S704
            style=Markup(styles),  # noqa: S704
            **values,
        )
    )
    return page.encode("utf-8", "backslashreplace")


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(templates_dir()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _policy(script: str, style: str) -> str:
    """A Content-Security-Policy that admits this script and this style and nothing else."""
    scripts = f"script-src 'sha256-{_digest(script)}'; " if script else ""
    return (
        f"default-src 'none'; {scripts}style-src 'sha256-{_digest(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
