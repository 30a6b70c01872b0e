"""The user's own configuration: `config.yaml` in the folder that the system keeps for it.

It holds for every project of this user, so no project can widen what it allows.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from songbatch.files.encodings import as_source
from songbatch.files.named import UnusableFile, read_if_there
from songbatch.sources import Unreadable

if TYPE_CHECKING:
    from songbatch.sources import Source

NAME = "config.yaml"
MAX_BYTES = 64 * 2**10


def user_config_folder() -> Path:
    """Return the folder in which the system keeps the configuration of this program's user.

    It is absolute, for a relative one would be a stranger's: what a project has in its folder.
    """
    home = _home()
    if sys.platform == "win32":
        return _named("APPDATA", home) / "songbatch"
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "songbatch"
    return _named("XDG_CONFIG_HOME", home / ".config") / "songbatch"


def _home() -> Path:
    top = Path(os.path.abspath(os.sep))
    try:
        home = Path.home()
    except RuntimeError:  # an account without a home, in a container
        return top
    return home if home.is_absolute() else top


def _named(variable: str, usual: Path) -> Path:
    """Return the folder that a variable names; an empty or relative one counts as none."""
    named = Path(os.environ.get(variable, ""))
    return named if named.is_absolute() else usual


def read_user_config(folder: Path) -> Source | None:
    """Return the file in `folder`, or None if there is none. Raises Unreadable."""
    path = folder / NAME
    try:
        data = read_if_there(
            path, fix="make it a readable text file, or remove it", limit=MAX_BYTES
        )
    except UnusableFile as error:
        raise Unreadable(error.reason, error.fix) from error
    return as_source(str(path), data) if data is not None else None
