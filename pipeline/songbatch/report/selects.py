"""Selects that a page sends: judged like the file they become, then written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.diagnostics import UsageError, has_errors, sort_key
from songbatch.documents.selects_file import SelectsResult, load_selects
from songbatch.files.encodings import as_source
from songbatch.layout import SELECTS_NAME
from songbatch.sources import Unreadable

if TYPE_CHECKING:
    from songbatch.workspace import Workspace

NO_FILE = "none"
"""What stands for the digest of a file that is not there."""


def seen(workspace: Workspace) -> str:
    """Return the digest of the project's selects as they are now."""
    return workspace.digest(SELECTS_NAME) or NO_FILE


def read_selects(workspace: Workspace) -> SelectsResult:
    """Return the listeners' verdicts; none if there is no file. Raises UsageError."""
    try:
        source = workspace.selects()
    except Unreadable as error:
        raise UsageError(f"{SELECTS_NAME}: {error.reason}", fix=error.fix) from error
    return load_selects(source) if source is not None else SelectsResult()


def write_selects(workspace: Workspace, data: bytes) -> str:
    """Write selects in the one form they have; return what is wrong with them, "" for nothing."""
    try:
        result = load_selects(as_source("what the page sent", data))
    except Unreadable as error:
        return error.reason
    wrong = sorted(result.diagnostics, key=sort_key)
    if has_errors(wrong):
        return "\n".join(f"{one.span}: {one.message}" for one in wrong)
    workspace.write(SELECTS_NAME, result.selects.dump())
    return ""
