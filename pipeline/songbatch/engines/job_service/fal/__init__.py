"""The dialect `fal`: a queue with one protocol for every endpoint.

- `dialect`: submits, asks how jobs stand, fetches what they gave.
- `calls`: calls to the service's hosts, judged; `verdicts`: what each failure means; pure.
- `job_paths`: paths of jobs, from addresses that are checked first; pure.
- `storage`: files in its storage; `listing`: recent requests; `pricing`: prices of units;
  `health`: what can be found out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from songbatch.engines.job_service.dialect import Dialect
    from songbatch.engines.job_service.settings import JobServiceSettings


def opened(settings: JobServiceSettings) -> Dialect:
    """Return the dialect, opened."""
    from songbatch.engines.job_service.fal.dialect import FalDialect  # noqa: PLC0415  (loads requests)

    return FalDialect(settings)
