"""Listening: the command to paste for what a run has made."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from songbatch.shell import shell_path

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_OPENERS = {"darwin": "open", "win32": "start"}


def how_to_listen(made: Sequence[str], root: Path) -> str | None:
    """Return the command that opens the one song, or the page of several; None if there is none.

    `made` are outputs in the project at `root`.
    """
    if not made:
        return None
    if len(made) > 1:
        return "songbatch report --serve"
    path = str(root / made[0])
    try:
        near = os.path.relpath(path)
    except (OSError, ValueError):  # the current folder is gone, or on another drive
        near = path
    opener = _OPENERS.get(sys.platform, "xdg-open")
    return f"{opener} {shell_path(min(near, path, key=len))}"
