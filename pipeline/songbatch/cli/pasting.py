"""Commands in messages: as they work where the user stands.

Messages speak of a project from its top folder: whoever makes one does not know where somebody
reads it, and what manifests record is read elsewhere. Whoever prints one lets `pasteable` rewrite
the commands in it. A command that takes a project gets `--project`, if the user named one; git gets
`-C`; and what knows neither, which is always the last of a message, is run there by a subshell.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from songbatch.cli.cells import TOGETHER
from songbatch.diagnostics import printable
from songbatch.layout import nearest_project
from songbatch.shell import shell_path

_OF_PROJECTS = (
    "check|plan|render|fix|jobs|report|selects (?:list|save|drop)|deliver|diff|verify|credits|add"
    "|analyze|engines|doctor|serve|conformance|merge-driver|gc|lyrics meter"
)
"""Commands that take `--project`."""
_SONGBATCH = re.compile(rf"(?<![\w./-])songbatch (?:{_OF_PROJECTS})(?![\w-])(?! --project)")
_GIT = re.compile(
    r"(?<![\w./-])git (?=(?:add|checkout|commit|fetch|fsck|log|restore|status)(?![\w-]))"
)
_LAST = re.compile(
    r"(?:^|(?<=[:;,] ))(?:ffmpeg|iconv|mpg123|mv|rm"
    r"|songbatch (?:lyrics tidy|selects merge|schema \w+ >)) .*",
    re.DOTALL,
)
"""A command with paths of the project, to the end of its message."""
_WORD = r"""(?:[^\s'",;:()]|'[^']*'|"[^"]*")+"""
_WHOLE = re.compile(
    rf"\(cd .*\)$|(?<![\w./-])(?:songbatch (?:{_OF_PROJECTS})(?: --project {_WORD})?(?: {_WORD})?"
    rf"|git(?: -C {_WORD})? [a-z]+(?: {_WORD})?)|(?<= )--[a-z][a-z-]* {_WORD}"
)

_named: Path | None = None


def name_project(named: Path | None) -> None:
    """Remember the project that this command line, or a variable, names; None if it is found."""
    global _named  # noqa: PLW0603  (as the current folder: there is one for the whole program)
    _named = named


def project_folder() -> Path | None:
    """Return the folder of the project that is named, or that the user stands in; None for none."""
    if _named is not None:
        return _named
    try:
        root = nearest_project(os.getcwd())
    except OSError:  # the current folder is gone
        return None
    return None if root is None else Path(root)


def pasteable(text: str) -> str:
    """Return a message with its commands as they work in the current folder."""
    if not (_SONGBATCH.search(text) or _GIT.search(text) or _LAST.search(text)):
        return text
    root = _named or _above()
    if root is None:
        return text
    last = _LAST.search(text)
    end = len(text) if last is None else last.start()
    head = text[:end]
    if _named is not None:
        option = f" --project {shell_path(_named)}"
        head = _SONGBATCH.sub(lambda match: match[0] + option, head)
    head = _GIT.sub(lambda match: f"{match[0]}-C {shell_path(root)} ", head)
    if last is None:
        return head
    # A shell goes up by the names that led here, which may be those of links.
    folder = os.path.abspath(root) if os.pardir in root.parts else root
    return f"{head}(cd {shell_path(folder)} && {last[0]})"


def unbroken(text: str) -> str:
    """Return a printable message, pasteable, whose commands `songbatch.cli.cells` keeps whole."""
    return _WHOLE.sub(lambda match: match[0].replace(" ", TOGETHER), printable(pasteable(text)))


def _above() -> Path | None:
    """Return the way from the current folder up to the project's, None if they are the same."""
    try:
        here = os.getcwd()
        root = nearest_project(here)
        return None if root is None or root == here else Path(os.path.relpath(root, here))
    except (OSError, ValueError):  # the current folder is gone, or on another drive
        return None
