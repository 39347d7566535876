"""The command `detcov`, and `python -m detcov`."""

import atexit
import gc
import os
import sys
from contextlib import suppress
from typing import NoReturn


def run() -> NoReturn:
    """Run the command line and end the process with its code.

    Whoever interrupts it while it still imports gets the line and code that later moments have.
    """
    # A run is short and makes no cycles worth collecting; the collector costs a tenth of it,
    # and a sixth of the imports.
    gc.disable()
    sys.unraisablehook = _end_if_interrupted
    try:
        from detcov.cli import main

        _heed_every_ending()
        code = main()
    except KeyboardInterrupt:
        sys.stderr.write("detcov: interrupted\n")
        code = 130
    _end(code)


def _heed_every_ending() -> None:
    """Let a run that is told to end, or whose terminal goes, clean up as an interrupted one."""
    import signal

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)


def _end_if_interrupted(unraisable: "sys.UnraisableHookArgs") -> None:
    """End a run whose interruption fell where Python drops every error.

    Such places are destructors and the callbacks of weak references, among them one that each
    import has; the run would go on to its end.
    """
    if not issubclass(unraisable.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(unraisable)
        return
    os.write(2, b"detcov: interrupted\n")
    os._exit(130)


def _end(code: int) -> NoReturn:
    """End at once: to take apart, object by object, what goes all the same takes a tenth more."""
    import signal

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # from here it would only be a traceback
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    # os._exit runs none of these; matplotlib has one.
    atexit._run_exitfuncs()
    os._exit(code)


if __name__ == "__main__":
    run()
