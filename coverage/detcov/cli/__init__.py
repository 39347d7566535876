"""The command line: one module a command, the one `except`, and the exit codes.

0 fine; 1 findings or a gate missed; 2 usage; 3 an input that couldn't be read; 4 an output
that couldn't be written, or an internal error; 130 interrupted.
"""

import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

import click

from detcov import __version__
from detcov.cli.given import FILE, forbid_empty
from detcov.errors import DetcovError

COMMANDS = {
    "report": ("detcov.cli.report:report", "Read rules; write layer, heatmap and numbers."),
    "layer": ("detcov.cli.layer:layer", "Write one Navigator layer."),
    "check": ("detcov.cli.check:check", "Check mappings; exit 1 on what --fail-on names."),
    "gaps": ("detcov.cli.gaps:gaps", "Tell what of a platform no rule looks at; what to build."),
    "threat": ("detcov.cli.threat:threat", "Tell what of groups and software rules see."),
    "suggest": ("detcov.cli.suggest:suggest", "Choose rules of others that close your gaps."),
    "kubernetes": (
        "detcov.cli.kubernetes:kubernetes",
        "Show rules in Microsoft's Kubernetes matrix.",
    ),
    "lint-layer": ("detcov.cli.lint_layer:lint_layer", "Find what Navigator would drop or hide."),
    "weekly": ("detcov.cli.weekly:weekly", "Report what changed, week by week."),
    "snapshot": ("detcov.cli.snapshot:snapshot", "Keep what the rules say today as a small file."),
    "pr": ("detcov.cli.pr:pr", "Comment on a pull request: what it adds, removes, breaks."),
    "compare": ("detcov.cli.compare:compare", "Say what one source of rules adds to another."),
    "diff": ("detcov.cli.diff:diff", "Say what changed between two revisions or folders."),
    "attack": ("detcov.cli.attack:attack", "List, show, compare and download ATT&CK releases."),
}
"""Command to its function and its line in the help; imported when it is called."""
_WITH_SETTINGS = COMMANDS.keys() - {"lint-layer", "attack"}
"""Commands that read rules: they take their options' defaults from the settings file."""


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click gives it
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click gives it
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), name)
        forbid_empty(command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it; of a misspelt command it says which one is near."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"No such command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click gives it
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="detcov %(version)s")
@click.option(
    "--config",
    type=FILE,
    help="Settings file; else the nearest detcov.toml or pyproject.toml.",
)
@click.pass_context
def cli(ctx: click.Context, config: Path | None) -> None:
    """MITRE ATT&CK® coverage of detection rules."""
    if ctx.invoked_subcommand in _WITH_SETTINGS:
        from detcov.config import read_config

        settings = _found_settings(ctx) if config is None else read_config(config)
        ctx.default_map = dict.fromkeys(COMMANDS, settings)


def _found_settings(ctx: click.Context) -> dict[str, Any]:
    """Return the settings that lie here, which may write in their repository only."""
    from detcov.cli.output import confine_to
    from detcov.config import confine, find_config, read_config, repository_around

    try:
        here = Path.cwd()
    except FileNotFoundError:  # the current folder is gone
        return {}
    path = find_config(here)
    root = repository_around(here if path is None else path.parent)
    confine_to(ctx, root)
    if path is None:
        return {}
    settings = read_config(path)
    confine(settings, path, root)
    return settings


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line; gives its exit code."""
    _prepare_streams()
    return _run(args)


def _prepare_streams() -> None:
    """Let no closed stream and no letter that it can't write be an error, but a failed write."""
    sys.stdout, sys.stderr = _prepared(sys.stdout), _prepared(sys.stderr)


def _prepared(stream: TextIO | None) -> TextIO:
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 - stays open to the end
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
        encoding = stream.encoding
        if isinstance(stream.buffer, io.RawIOBase):
            # PYTHONUNBUFFERED: a write that a full disk or a closed pipe cuts short is no error
            # to a raw stream; a buffer writes the rest and hears of it.
            buffer = io.BufferedWriter(stream.detach())
            return io.TextIOWrapper(buffer, encoding, "backslashreplace", write_through=True)
    return stream


def _drop_output() -> None:
    """Keep Python from writing, at exit, what couldn't be written before."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(args: Sequence[str] | None) -> int:
    try:
        code = cli.main(args=args, prog_name="detcov", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        _show(error)
        return error.exit_code
    except DetcovError as error:
        return _say(str(error), error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        _drop_output()  # a reader that doesn't read would hold up the end
        return _say("interrupted", 130)
    except (BrokenPipeError, SystemExit):
        # The reader has gone. click makes that exit code 1, which means findings here.
        _drop_output()
        return 4
    except OSError as error:
        _drop_output()
        if not error.filename and _is_gone():
            return _say("the current folder is gone: name every file by its whole path", 3)
        return _say(f"{error.filename or 'output'}: {error.strerror or error}", 4)
    except Exception as error:
        if os.environ.get("DETCOV_DEBUG"):
            raise
        kind = type(error).__name__
        return _say(f"internal error, please report it: {kind}: {error} (DETCOV_DEBUG=1: more)", 4)
    return code if isinstance(code, int) else 0


def _is_gone() -> bool:
    """Whether there is no current folder, so that no relative path leads anywhere."""
    try:
        Path.cwd()
    except FileNotFoundError:
        return True
    return False


def _show(error: click.ClickException) -> None:
    """Say what is wrong as click does; what it quotes of a path or a text does no harm."""
    from detcov.report.clean import clean, inert

    said = io.StringIO()
    error.show(file=said)
    for line in said.getvalue().removesuffix("\n").split("\n"):
        click.echo(inert(clean(line)), err=True)


def _say(message: str, code: int) -> int:
    from detcov.cli.output import say

    say(message)
    return code
