"""`--set`: whether any template of the specs uses what is set."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from songbatch.diagnostics import UsageError, did_you_mean
from songbatch.documents.schema import schema_text
from songbatch.files.encodings import as_source
from songbatch.lyrics.used_names import used_names
from songbatch.spec.song_plan import RESERVED

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from songbatch.sources import Files, Source

_MOST_SHOWN = 8
"""Names that a fix lists."""


class FilesWithNames:
    """Files of a project; the names that the templates among them use are added to `names`."""

    def __init__(self, files: Files, names: set[str]) -> None:
        self._files = files
        self._names = names

    def read(self, path: str) -> Source:
        """Return the file at `path`. Raises Unreadable."""
        return as_source(path, self.read_data(path))

    def read_data(self, path: str) -> bytes:
        """Return the bytes of the text file at `path`. Raises Unreadable."""
        data = self._files.read_data(path)
        self._names |= used_names(data.decode("utf-8", "replace"))
        return data

    def names(self, folder: str) -> list[str]:
        """Return the names of the files in a folder."""
        return self._files.names(folder)


def demand_used(overrides: Iterable[str], used: AbstractSet[str]) -> None:
    """Raise UsageError for a variable that is set and that no template uses: a slip."""
    for name in sorted(set(overrides) - used):
        raise UsageError(f"no template uses the variable {name!r}", fix=_fix(name, used))


def _fix(name: str, used: AbstractSet[str]) -> str:
    keys = json.loads(schema_text())["$defs"]["song"]["properties"]
    if name in keys:
        return f"`{name}` is a key of songs: write it in the spec"
    used = used - set(RESERVED)
    if near := did_you_mean(name, used):
        return near
    if not used:
        return f"write {{{{ {name} }}}} where it is to stand"
    shown = sorted(used)[:_MOST_SHOWN]
    return f"templates use {', '.join(shown)}{', …' if len(used) > _MOST_SHOWN else ''}"
