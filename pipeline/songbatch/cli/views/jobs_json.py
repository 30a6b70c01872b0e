"""Jobs under way for programs: one JSON object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from songbatch.cli.pasting import pasteable
from songbatch.diagnostics import printable_json

if TYPE_CHECKING:
    from songbatch.run.jobs_under_way import JobsReport, ListedJob

FORMAT = 1


def jobs_json(report: JobsReport) -> str:
    """Return every job, and what may be charged for all of them."""
    return printable_json(
        {
            "jobs": FORMAT,
            "cancelling": report.is_cancelling,
            "usd": round(report.usd, 6),
            "listed": [_job(job) for job in report.jobs],
        }
    )


def _job(job: ListedJob) -> dict[str, Any]:
    record = job.record
    return {
        "id": job.id,
        "reference": msgspec.to_builtins(record.reference),
        "engine": record.engine,
        "job": record.job,
        "since": record.at,
        "usd": record.usd,
        "is_own": job.is_own,
        "outcome": job.outcome and job.outcome.value,
        "why": pasteable(job.why) or None,
    }
