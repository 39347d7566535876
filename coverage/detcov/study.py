"""Builds the Study: everything a run knows, frozen."""

from msgspec import Struct

from detcov.analysis.coverage import Coverage
from detcov.attack.release import Release
from detcov.model import Corpus, Finding, Resolution


class Study(Struct, frozen=True, kw_only=True, dict=True):
    """Release, rules, what became of their mappings, coverage and findings."""

    release: Release
    known: tuple[Release, ...]
    """Every release the resolution could look into, oldest first, the target included"""
    corpus: Corpus
    resolutions: tuple[tuple[Resolution, ...], ...]
    """Per rule of `corpus.rules`, in the same order"""
    coverage: Coverage
    findings: tuple[Finding, ...]
