"""Compiled templates, kept as Python keeps compiled modules: compiling takes as long as a page."""

import sys
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path

from jinja2 import Environment
from jinja2.bccache import Bucket, BytecodeCache

from detcov.errors import OutputError
from detcov.report.write import write


class Compiled(BytecodeCache):
    """Keeps the templates of a folder beside them, in `__pycache__`, or where Python is told to.

    A template that changed is compiled anew, as is one of an environment with other options, by
    another Python, or for a Jinja that compiles otherwise. Where nothing can be written, each
    run compiles.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get_bucket(
        self, environment: Environment, name: str, filename: str | None, source: str
    ) -> Bucket:
        """What is kept of a template; what else decides on its code counts as its source."""
        options = (
            environment.autoescape,
            environment.trim_blocks,
            environment.lstrip_blocks,
            environment.keep_trailing_newline,
        )
        return super().get_bucket(environment, name, filename, f"{options} {source}")

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill a bucket with what was kept, if that is of this template as it is."""
        with suppress(OSError):
            kept = self._place(bucket).read_bytes()
            try:
                bucket.bytecode_from_string(kept)
            except Exception:  # pickle raises anything for a damaged file
                bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what a bucket holds."""
        if not sys.dont_write_bytecode:
            with suppress(OutputError):
                write(self._place(bucket), bucket.bytecode_to_string())

    def _place(self, bucket: Bucket) -> Path:
        return Path(cache_from_source(self._folder / f"{bucket.key}.py"))
