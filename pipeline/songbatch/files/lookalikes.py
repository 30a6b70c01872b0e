"""Names that look the same and are not: `é` can be one character, or an `e` and an accent.

What comes from macOS has often the latter form, while people and editors write the former. On
Linux these are two names. So a path whose file is missing leads to the one file that looks like it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path


def looking_the_same(path: str, names_in: Callable[[str], Iterable[str]]) -> str | None:
    """Return the path as it is on the disk; None unless exactly one is there.

    A name as it is written comes before those that only look the same. `names_in` lists a folder,
    "" being the one that `path` is relative to, and raises OSError if it cannot.
    """
    found = ""
    for name in path.split("/"):
        try:
            actual = _actual(name, names_in(found))
        except OSError:
            return None
        if actual is None:
            return None
        found = f"{found}/{actual}" if found else actual
    return found


def existing_path(path: Path) -> Path:
    """Return where a file that a user names lies, if only its form differs; else the path."""
    text = str(path)
    if text.isascii() or os.path.lexists(text):
        return path
    root = path.anchor or "."
    below = path.relative_to(path.anchor).as_posix() if path.anchor else path.as_posix()
    found = looking_the_same(below, lambda folder: os.listdir(os.path.join(root, folder)))
    return path if found is None else type(path)(path.anchor, found)


def _actual(name: str, names: Iterable[str]) -> str | None:
    if name in {".", ".."}:
        return name
    names = set(names)
    if name in names or name.isascii():
        return name if name in names else None
    same = composed(name)
    alike = [other for other in names if not other.isascii() and composed(other) == same]
    return alike[0] if len(alike) == 1 else None


def folded(name: str) -> str:
    """Return a name without regard to case and form."""
    return composed(name.casefold())


def composed(name: str) -> str:
    """Return a name in the form that all look-alikes share."""
    import unicodedata  # noqa: PLC0415  (seldom needed)

    return unicodedata.normalize("NFC", name)
