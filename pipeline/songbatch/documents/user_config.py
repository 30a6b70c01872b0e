"""The user's own configuration: `config.yaml` in the folder that the system keeps for it.

It holds for every project of this user, so no project can widen what it says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.files.named import read_named
from songbatch.sources import Unreadable, as_source

if TYPE_CHECKING:
    from pathlib import Path

    from songbatch.sources import Source

NAME = "config.yaml"
MAX_BYTES = 64 * 2**10


def read_user_config(folder: Path) -> Source | None:
    """Return the file in `folder`, or None if there is none. Raises Unreadable."""
    path = folder / NAME
    try:
        return as_source(str(path), read_named(path, MAX_BYTES))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise Unreadable(reason, fix="make it a readable text file, or remove it") from error
