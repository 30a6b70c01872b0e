"""Entry point of the program: what is known already is printed here, the rest is for commands."""

from __future__ import annotations

import os
import sys

from songbatch.exit_codes import EXIT_DONE, EXIT_INTERRUPTED
from songbatch.incremental.remembered import COMMANDS


def program() -> None:
    """Be the program: run the command line, and leave at once.

    Taking apart what was loaded of ten thousand songs would take a tenth of a run. Threads that
    still work (after a bug, requests in flight) are waited for, unless they are daemons.
    """
    code: str | int | None = EXIT_DONE
    _hold_closed_streams()
    try:
        main()
    except SystemExit as end:
        code = end.code
    except KeyboardInterrupt:
        code = EXIT_INTERRUPTED
    threading = sys.modules.get("threading")
    others = threading.enumerate() if threading else []
    if not isinstance(code, int) or sum(not thread.daemon for thread in others) > 1:
        from songbatch.cli.outlet import silence  # noqa: PLC0415  (seldom needed)

        silence()  # else the interpreter ends with a code of its own
        sys.exit(code)
    try:
        for stream in (sys.stdout, sys.stderr):
            # There is no stream if somebody has closed it.
            if stream is not None:
                stream.flush()
    finally:
        os._exit(code)


def _hold_closed_streams() -> None:
    """Open what somebody has closed of standard input, output and error, to nowhere.

    Else the next file that is opened, such as the ledger, would be it, for libraries and other
    programs that write there. `sys.stdout` and the others stay None.
    """
    if os.name != "posix":
        return
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # The system gives the lowest number that is free.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)


def main() -> None:
    """Run the command line and exit with its code."""
    known = None
    if not COMMANDS.isdisjoint(sys.argv):
        from songbatch.incremental import fast_path  # noqa: PLC0415  (--help does without)

        known = fast_path.answer(sys.argv[1:])
    if known is None:
        from songbatch.cli.boundary import run  # noqa: PLC0415  (loads what the commands need)

        sys.exit(run())
    from songbatch.incremental.printed import show  # noqa: PLC0415

    try:
        show(known)
    except (OSError, ValueError) as error:
        from songbatch.cli.boundary import broken_off, refused  # noqa: PLC0415

        is_run = "render" in sys.argv
        sys.exit(broken_off(error) if is_run else refused(error, is_output=True))
    sys.exit(known[0])


if __name__ == "__main__":
    program()
