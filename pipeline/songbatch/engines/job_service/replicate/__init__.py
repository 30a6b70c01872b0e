"""The dialect `replicate`: predictions of models that are pinned by their versions.

- `dialect`: submits, asks how predictions stand.
- `predictions`: what a prediction tells of itself; pure.
- `calls`: calls to the service, judged; `verdicts`: what each failure means; pure.
- `storage`: files in its storage; `listing`: recent predictions; `health`: what can be found out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from songbatch.engines.job_service.dialect import Dialect
    from songbatch.engines.job_service.settings import JobServiceSettings


def opened(settings: JobServiceSettings) -> Dialect:
    """Return the dialect, opened."""
    from songbatch.engines.job_service.replicate.dialect import (  # noqa: PLC0415  (loads requests)
        ReplicateDialect,
    )

    return ReplicateDialect(settings)
