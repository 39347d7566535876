"""The command `detcov`, and `python -m detcov`."""

import sys
from typing import NoReturn


def run() -> NoReturn:
    """Run the command line and end the process with its code.

    Whoever interrupts it while it still imports gets the line and code that later moments have.
    """
    sys.unraisablehook = _interrupt_again
    try:
        from detcov.cli import main

        _heed_every_ending()
        code = main()
    except KeyboardInterrupt:
        sys.stderr.write("detcov: interrupted\n")
        code = 130
    _heed_no_interruption()
    raise SystemExit(code)


def _heed_every_ending() -> None:
    """Let a run that is told to end, or whose terminal goes, clean up as an interrupted one."""
    import signal

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)


def _heed_no_interruption() -> None:
    """Let an interruption of a run that is done end it without a traceback."""
    import signal

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def _interrupt_again(unraisable: "sys.UnraisableHookArgs") -> None:
    """Interrupt a run again whose interruption fell where Python drops every error.

    Such places are destructors and the callbacks of weak references, among them one that each
    import has: the run would go on to its end, with a traceback on the way.
    """
    if issubclass(unraisable.exc_type, KeyboardInterrupt):
        import _thread
        import threading

        threading.Timer(0.05, _thread.interrupt_main).start()
    else:
        sys.__unraisablehook__(unraisable)


if __name__ == "__main__":
    run()
