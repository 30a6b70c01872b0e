"""Files and connections that this process may have open at once."""

from __future__ import annotations

import contextlib
import sys

USUAL = 256
"""For everything else that a process has open."""


def allow_open_files(count: int) -> None:
    """Let `count` files be open, if the system lets us: usually it lets programs have 1024.

    The limit of the user or the system stays; what goes beyond it fails as it would have.
    """
    if sys.platform == "win32":
        return  # no such limit
    import resource  # noqa: PLC0415  (Windows has none)

    least, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    wanted = count + USUAL
    if least == unlimited or least >= wanted:
        return
    with contextlib.suppress(OSError, ValueError):
        limit = wanted if most == unlimited else min(wanted, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(limit, least), most))
