"""dask's cluster of SLURM jobs, with jobs that say why they were refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dask_jobqueue.slurm import SLURMCluster, SLURMJob

if TYPE_CHECKING:
    from collections.abc import Mapping

_SAID = re.compile(r"stderr:\n(.*)", re.DOTALL)
_MOST = 500
"""Characters of what SLURM said."""


class SlurmJob(SLURMJob):  # type: ignore[misc]  # it has no types
    """A job; `refused` is why SLURM did not take it, "" if it did or was not asked yet."""

    refused = ""

    async def start(self) -> None:
        """Submit it. Raises RuntimeError if it is refused, OSError without the command for it."""
        try:
            await super().start()
        except (RuntimeError, OSError) as error:
            self.refused = _said(error)
            raise
        self.refused = ""


def slurm_cluster(arguments: Mapping[str, Any]) -> Any:
    """Return the cluster; raises what dask_jobqueue.SLURMCluster does."""
    return SLURMCluster(job_cls=SlurmJob, **arguments)


def _said(error: Exception) -> str:
    """Return what the command for submitting said, without what dask puts around it."""
    match = _SAID.search(str(error))
    lines = (match[1] if match is not None else str(error)).splitlines()
    said = [line.strip().removeprefix("sbatch: error: ") for line in lines if line.strip()]
    return "; ".join(said)[:_MOST] or type(error).__name__
