"""Diagnostics of `check` for programs: one JSON array."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.cli.diagnostics import as_json
from songbatch.diagnostics import printable_json

if TYPE_CHECKING:
    from songbatch.cli.views.results import CheckResult


def check_json(result: CheckResult) -> str:
    """Return every diagnostic as an object."""
    return printable_json([as_json(diagnostic) for diagnostic in result.batch.diagnostics])
