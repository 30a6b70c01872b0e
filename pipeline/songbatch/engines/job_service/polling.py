"""Polls of several jobs at services that tell of one job a request."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from songbatch.engines.base import EngineError, InProgress, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from songbatch.engines.base import Job
    from songbatch.engines.job_service.dialect import JobEnd

AT_ONCE = 8
"""Requests at once."""

_OF_THE_LINE = frozenset(Verdict) - {Verdict.RETRY}


def states_of(
    jobs: Sequence[Job], ask: Callable[[Job], InProgress | JobEnd]
) -> dict[str, InProgress | JobEnd]:
    """Return how jobs stand, as `ask` returns it for each.

    What `ask` raises is of the line. Jobs of which nothing was learnt are left out, and it is
    raised if nothing was learnt of any, or if it says that no other request can succeed. Once the
    service is not there, or asks for fewer requests, the other jobs are left for the next time.
    """
    states: dict[str, InProgress | JobEnd] = {}
    errors: list[EngineError] = []
    is_over = threading.Event()

    def look(job: Job) -> None:
        if is_over.is_set():
            return
        try:
            states[job.id] = ask(job)
        except EngineError as error:
            errors.append(error)
            if error.verdict in _OF_THE_LINE:
                is_over.set()

    if len(jobs) == 1:
        look(jobs[0])
    elif jobs:
        with ThreadPoolExecutor(min(AT_ONCE, len(jobs))) as pool:
            list(pool.map(look, jobs))
    stops = [error for error in errors if error.verdict is Verdict.STOP]
    if stops or (errors and not states):
        raise (stops or errors)[0]
    return states
