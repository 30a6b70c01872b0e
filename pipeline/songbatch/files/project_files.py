"""Files of a project: which of them may be reached, and by which way.

What the author wrote may be reached through links that stay in the project; what this program
writes may not. Nobody reaches what git keeps.
"""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from songbatch.files.handles import Link, Odd
from songbatch.files.lookalikes import looking_the_same
from songbatch.layout import OUTPUTS, STATE_FOLDER

if TYPE_CHECKING:
    import os
    from io import FileIO

    from songbatch.files.tree import Tree

_OURS = (f"{OUTPUTS}/", f"{STATE_FOLDER}/")
"""Folders in which this program writes."""


class ProjectFiles:
    """Files in the project's tree, by their paths relative to it. All methods raise OSError."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def target(self, path: str) -> str:
        """Return where a file is to be written: the user's folders may be links in the project."""
        if path.startswith(_OURS):
            return path
        folder, _, name = path.rpartition("/")
        return "/".join(filter(None, (self._tree.resolved(folder), name)))

    def found(self, path: str) -> str:
        """Return the path under which a file lies: its own, or that of one that looks the same."""
        try:
            self.status(path)
        except (FileNotFoundError, NotADirectoryError):
            return looking_the_same(path, self._names) or path
        return path

    def _names(self, folder: str) -> list[str]:
        where = folder if folder.startswith(_OURS) else self._tree.resolved(folder)
        return [name for name, _ in self._tree.entries(where)]

    def open(self, path: str, limit: int) -> FileIO:
        """Open a plain file; what its author wrote may be reached through links in the project."""
        try:
            return self._tree.open(_demand_readable(path), limit)
        except Link:
            if path.startswith(_OURS):
                raise
            return self._tree.open(_demand_the_users(self._tree.resolved(path)), limit)

    def status(self, path: str) -> os.stat_result:
        """Return the status of what `_open` would open."""
        try:
            status = self._tree.status(_demand_readable(path))
            if not stat.S_ISLNK(status.st_mode):
                return status
        except Link:
            pass
        if path.startswith(_OURS):
            raise Link(path)
        return self._tree.status(_demand_the_users(self._tree.resolved(path)))


_GITS = {".git", "git~1"}
"""The second is the first on an old file system of Windows."""


def _demand_readable(path: str) -> str:
    """Return a path of the project. Raises Odd for git's own files: they may hold passwords."""
    if not _GITS.isdisjoint(path.casefold().split("/")):
        raise Odd(path, "it is one of git's own files", "copy what you need beside the specs")
    return path


def _demand_the_users(path: str) -> str:
    """Return where a link of the user's leads. Raises Odd for what git and this program keep."""
    if path.partition("/")[0].casefold() == STATE_FOLDER:
        raise Odd(path, "it is one of songbatch's own files", "copy what you need beside the specs")
    return _demand_readable(path)
