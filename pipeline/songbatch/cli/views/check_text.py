"""Diagnostics of `check` for people: source lines with carets and fixes, then the totals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.cli.diagnostics import as_texts
from songbatch.diagnostics import Severity
from songbatch.formatting import count

if TYPE_CHECKING:
    from songbatch.batch.loading import Batch
    from songbatch.cli.views.results import CheckResult


def check_text(result: CheckResult) -> str:
    """Return every diagnostic, and the totals."""
    batch = result.batch
    return "\n".join(
        [
            *(f"{text}\n" for text in as_texts(batch.diagnostics, is_coloured=True)),
            check_tally(batch),
        ]
    )


def check_tally(batch: Batch) -> str:
    """Return how many specs and renders there are, and how many errors and warnings."""
    errors = sum(d.severity is Severity.ERROR for d in batch.diagnostics)
    tally = f"{count(errors, 'error')}, {count(len(batch.diagnostics) - errors, 'warning')}"
    if errors:
        return tally
    # What is joined of parts nobody is asked for.
    asked = sum(not render.parts for render in batch.renders)
    specs, renders = count(len(batch.specs), "spec"), count(asked, "render")
    return f"{specs}, {renders}: {tally}"
