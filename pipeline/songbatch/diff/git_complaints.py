"""Complaints of git, as messages whose fix can be typed off."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from songbatch.diagnostics import UsageError
from songbatch.shell import shell_path, shell_word

if TYPE_CHECKING:
    from pathlib import Path

FIRST_COMMIT = "make the first one: git add -A && git commit -m 'First songs'"
DEEPEN = "a shallow clone lacks older commits: git fetch --unshallow, in CI fetch-depth: 0"
_ELSE = "name a manifest file instead of a revision"

_NOT_OURS = re.compile(
    r"dubious ownership in repository at '(?P<at>.*)'|unsafe repository \('(?P<older>.*)' is owned"
)
_BARE = re.compile(r"cannot use bare repository '(?P<at>.*?)'")
_NO_REPOSITORY = re.compile("not a git repository")


def complaint(text: bytes) -> str:
    """Return what git complains of in one line, "" if it does not."""
    lines = text.decode("utf-8", "replace").strip().splitlines()
    fatal = [line for line in lines if line.startswith("fatal: ")]
    others = [line for line in lines if not line.startswith(("hint: ", "warning: "))]
    return fatal[0].removeprefix("fatal: ") if fatal else "".join(others[:1])


def is_of_the_whole(text: bytes) -> bool:
    """Return whether git refuses the repository, and not something in it."""
    reason = complaint(text)
    return any(each.search(reason) for each in (_NOT_OURS, _BARE, _NO_REPOSITORY))


def refused(text: bytes, root: Path) -> UsageError | None:
    """Return the error for what git says of a whole repository; None if it says nothing."""
    reason = complaint(text)
    if not reason:
        return None
    return UsageError(f"cannot read the git history of {root}: {reason}", fix=_fix(reason))


def _fix(reason: str) -> str:
    if match := _NOT_OURS.search(reason):
        at = match["at"] or match["older"]
        return f"if you trust it: git config --global --add safe.directory {shell_word(at)}"
    if match := _BARE.search(reason):
        return f"{_ELSE}, or work in a clone: git clone {shell_path(match['at'])} songs"
    if _NO_REPOSITORY.search(reason):
        return f"run this in a git repository, or {_ELSE}"
    return f"{_ELSE}, or look what is wrong there: git status"
