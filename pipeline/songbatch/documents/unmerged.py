"""Files with conflict markers: one error that says so, instead of those of the parser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.conflicts import Conflict, find_conflict
from songbatch.documents.codes import make_diagnostic
from songbatch.shell import shell_path
from songbatch.sources import Span

if TYPE_CHECKING:
    from songbatch.diagnostics import Diagnostic
    from songbatch.sources import Source

_KEEP_ONE = "keep the lines of one side, or of both, and remove the lines with the markers"


def unmerged(source: Source, fix: str = _KEEP_ONE) -> Diagnostic | None:
    """Return the diagnostic of a file that has conflict markers, or None."""
    conflict = find_conflict(source.text)
    return _diagnostic(source, conflict, fix) if conflict is not None else None


def unmerged_at(source: Source, line: int) -> Diagnostic:
    """Return the diagnostic of a marker whose counterparts are gone already."""
    return _diagnostic(source, Conflict(line, line), _KEEP_ONE)


def unite(path: str) -> str:
    """Return the command that unites both sides of a file of selects."""
    return f"songbatch selects merge {shell_path(path)} -o {shell_path(path)}"


def _diagnostic(source: Source, conflict: Conflict, fix: str) -> Diagnostic:
    text = source.line(conflict.first)
    span = Span(source, conflict.first, 1, conflict.first, max(len(text), 1) + 1)
    return make_diagnostic("merge.conflict", span, str(conflict), fix)
