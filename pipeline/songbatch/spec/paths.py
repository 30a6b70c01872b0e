"""Paths as authors write them in a spec → paths relative to the project."""

from __future__ import annotations

import posixpath
import re

from songbatch.layout import STATE_FOLDER

_DRIVE = re.compile(r"[A-Za-z]:")


class BadPath(Exception):
    """A path that may not stand in a spec; says why, and what to do."""

    def __init__(self, reason: str, fix: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.fix = fix


def inside(folder: str, written: str) -> str:
    """Return `written`, which is relative to `folder`, relative to the project. Raises BadPath."""
    if "\\" in written:
        raise BadPath("it has a backslash", "write forward slashes")
    if written.startswith("/") or _DRIVE.match(written):
        raise BadPath("it is absolute", "write a relative path")
    if any(not character.isprintable() for character in written):
        raise BadPath("it has an invisible character", "remove the character")
    path = posixpath.normpath(posixpath.join(folder, written))
    if path == ".." or path.startswith("../"):
        raise BadPath("it leads out of the project", "copy the file into the project")
    if path.partition("/")[0].casefold() == STATE_FOLDER:
        raise BadPath("it is one of songbatch's own files", "copy the file beside the specs")
    if path == "." or written.endswith("/"):
        raise BadPath("it is a folder", "name a file")
    return path


def below(folder: str, written: str) -> str:
    """Return `written`, which is relative to `folder` and may not leave it. Raises BadPath."""
    path = inside(folder, written)
    if not path.startswith(f"{folder}/"):
        raise BadPath(f"it leads out of {folder}/", f"keep the file in {folder}/")
    return path
