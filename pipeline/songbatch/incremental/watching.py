"""Watching: which files of a project are not as a run saw them.

Their stat is asked for again and again, on purpose: that works on network drives, in containers and
on every system alike, and a project has some dozens of files that matter.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from songbatch.incremental.file_digests import ABSENT, stat_of
from songbatch.layout import OUTPUTS, STATE_FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from songbatch.files.tree import Tree
    from songbatch.incremental.file_digests import FileStat

PAUSE_SECONDS = 0.25
"""Between two looks; at least, as looking may not take more than a twentieth of the time."""
SETTLED_SECONDS = 0.1
"""For so long a save must be over: editors write, rename and set times, one after another."""
_OWN = (f"{OUTPUTS}/", f"{STATE_FOLDER}/")
"""What runs write themselves."""


def inputs(stats: Mapping[str, FileStat]) -> dict[str, FileStat]:
    """Return what of the files that a run looked at is the user's."""
    return {
        path: stat
        for path, stat in stats.items()
        if not path.startswith(_OWN) and path not in {OUTPUTS, STATE_FOLDER}
    }


def changed(tree: Tree, seen: Mapping[str, FileStat]) -> dict[str, FileStat]:
    """Return the paths whose stat is another than was seen, with what it is now."""
    now = {path: _stat(tree, path) for path in seen}
    return {path: stat for path, stat in now.items() if stat != seen[path]}


def _stat(tree: Tree, path: str) -> FileStat:
    try:
        return stat_of(tree.status(tree.resolved(path)))
    except OSError:
        return ABSENT


def next_change(
    tree: Tree,
    seen: Mapping[str, FileStat],
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> list[str]:
    """Wait until files differ from what was seen and stay so for a moment; return their paths."""
    while True:
        began = clock()
        found = changed(tree, seen)
        took = clock() - began
        if not found:
            sleep(max(PAUSE_SECONDS, 20 * took))
            continue
        while True:
            sleep(SETTLED_SECONDS)
            before, found = found, changed(tree, seen)
            if found == before:
                break
        if found:
            return sorted(found)
