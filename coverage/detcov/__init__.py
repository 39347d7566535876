"""MITRE ATT&CK® coverage of detection rules.

    corpus = detcov.read_rules("rules")
    study = detcov.study_of(corpus, detcov.load_release("19.0"))
    study.to_frame()

The names below are imported when they are first used (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from detcov.api import gaps_of as gaps_of
    from detcov.api import kubernetes_lens as kubernetes_lens
    from detcov.api import load_release as load_release
    from detcov.api import read_facts as read_facts
    from detcov.api import read_rules as read_rules
    from detcov.api import study_of as study_of
    from detcov.api import suggest_from as suggest_from
    from detcov.api import threat_of as threat_of
    from detcov.api import unite_rules as unite_rules
    from detcov.attack.actors import find_actors as find_actors
    from detcov.attack.store import load_threats as load_threats
    from detcov.errors import DetcovError as DetcovError
    from detcov.report.files import ReportOptions as ReportOptions
    from detcov.report.files import render_report as render_report
    from detcov.report.formats import render_document as render_document
    from detcov.report.gaps_files import render_gaps as render_gaps
    from detcov.report.heatmap import render_heatmap as render_heatmap
    from detcov.report.kubernetes import kubernetes_document as kubernetes_document
    from detcov.report.layer import render_layer as render_layer
    from detcov.report.suggest import suggest_document as suggest_document
    from detcov.report.summary import summary as summary
    from detcov.report.text import render_text as render_text
    from detcov.report.threat import threat_document as threat_document
    from detcov.report.threat_layer import render_threat_layer as render_threat_layer
    from detcov.study import Study as Study

_HOMES = {
    "DetcovError": "detcov.errors",
    "ReportOptions": "detcov.report.files",
    "Study": "detcov.study",
    "find_actors": "detcov.attack.actors",
    "gaps_of": "detcov.api",
    "kubernetes_document": "detcov.report.kubernetes",
    "kubernetes_lens": "detcov.api",
    "load_release": "detcov.api",
    "load_threats": "detcov.attack.store",
    "read_facts": "detcov.api",
    "read_rules": "detcov.api",
    "render_document": "detcov.report.formats",
    "render_gaps": "detcov.report.gaps_files",
    "render_heatmap": "detcov.report.heatmap",
    "render_layer": "detcov.report.layer",
    "render_report": "detcov.report.files",
    "render_text": "detcov.report.text",
    "render_threat_layer": "detcov.report.threat_layer",
    "study_of": "detcov.api",
    "suggest_document": "detcov.report.suggest",
    "suggest_from": "detcov.api",
    "summary": "detcov.report.summary",
    "threat_document": "detcov.report.threat",
    "threat_of": "detcov.api",
    "unite_rules": "detcov.api",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605 - the one list of public names


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
