"""Where the program begins: a run with nothing to do ends here, the rest is for the commands."""

from __future__ import annotations

import os
import sys

from pipeline import quick
from pipeline.phrases import nothing_to_do


def program() -> None:
    """Be the program: run the command line, and leave at once.

    Taking apart what was loaded of ten thousand songs would take a tenth of a run. Threads that
    still work (after a bug, requests in flight) are waited for.
    """
    code: str | int | None = 0
    try:
        main()
    except SystemExit as end:
        code = end.code
    threading = sys.modules.get("threading")
    if not isinstance(code, int) or (threading and threading.active_count() > 1):
        sys.exit(code)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def main() -> None:
    """Run the command line and exit with its code."""
    up_to_date = quick.up_to_date(sys.argv[1:])
    if up_to_date is None:
        from pipeline.cli.boundary import run  # noqa: PLC0415  (loads what the commands need)

        sys.exit(run())
    try:
        print(nothing_to_do(up_to_date), flush=True)  # noqa: T201  (click takes time to load)
    except (OSError, ValueError):
        from pipeline.cli.boundary import reader_gone  # noqa: PLC0415

        sys.exit(reader_gone())


if __name__ == "__main__":
    program()
