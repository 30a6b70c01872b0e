"""Diagnostics of `check` as annotations for GitHub Actions, then the totals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.cli.diagnostics import as_github
from songbatch.cli.views.check_text import check_tally

if TYPE_CHECKING:
    from pathlib import Path

    from songbatch.cli.views.results import CheckResult


def check_github(result: CheckResult) -> str:
    """Return a workflow command for every diagnostic, and the totals."""
    batch, folder = result.batch, _folder_in_repository(result.root)
    annotations = (as_github(diagnostic, folder) for diagnostic in batch.diagnostics)
    return "\n".join([*annotations, check_tally(batch)])


def _folder_in_repository(root: Path) -> str:
    """Return where a project lies in its repository: annotations name files from its top."""
    for folder in (root, *root.parents):
        if (folder / ".git").exists():
            below = root.relative_to(folder).as_posix()
            return "" if below == "." else f"{below}/"
    return ""
