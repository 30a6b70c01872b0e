"""Diagnostics of `check` as annotations for GitHub Actions, then the totals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.cli.diagnostics import as_github
from songbatch.cli.views.check_text import check_tally
from songbatch.layout import folder_in_repository

if TYPE_CHECKING:
    from songbatch.cli.views.results import CheckResult


def check_github(result: CheckResult) -> str:
    """Return a workflow command for every diagnostic, and the totals."""
    batch, folder = result.batch, folder_in_repository(result.root)
    annotations = (as_github(diagnostic, folder) for diagnostic in batch.diagnostics)
    return "\n".join([*annotations, check_tally(batch)])
