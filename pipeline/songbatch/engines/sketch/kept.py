"""Files with the features of references: which of them count. Loads nothing slow."""

from __future__ import annotations

from typing import Any

VERSION = 5
"""Of the features; it goes up when references are analysed otherwise."""


def is_current(tree: Any, home: int) -> bool:
    """Return whether a file's JSON is of this version and of the folder with the number `home`."""
    return isinstance(tree, dict) and (tree.get("portrait"), tree.get("home", 0)) == (VERSION, home)
