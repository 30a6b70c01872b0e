"""The promises of engines whose service answers with jobs."""

from __future__ import annotations

import io
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from songbatch.conformance.bench import NotApplicable, NotKept
from songbatch.engines.base import Absent, EngineError, InProgress, Job, Verdict

if TYPE_CHECKING:
    from songbatch.conformance.bench import EngineBench
    from songbatch.engines.base import JobEngine

QUICK_SECONDS = 20.0
"""A call that takes longer waits for something; uploads of references take their time."""
MOST_ID = 2000
"""Characters of a job's id."""
PATIENCE_SECONDS = 120.0
"""How long a service may take to notice that it does not know a job."""
NO_JOB = Job("00000000-0000-4000-8000-00000000c0f0")


def job_engine(bench: EngineBench) -> JobEngine:
    """Return the engine. Raises NotApplicable for one without jobs."""
    if not bench.traits.has_jobs:
        raise NotApplicable("it answers with songs, not with jobs")
    return cast("JobEngine", bench.engine)


def quick_calls(bench: EngineBench) -> str:
    """Calls return at once: waiting is the run's."""
    job_engine(bench)
    bench.first_song()
    slowest = max(bench.submit_seconds, bench.poll_seconds)
    if slowest > QUICK_SECONDS:
        raise NotKept(f"a call took {slowest:.0f} s")
    return f"at most {slowest:.1f} s"


def attached_again(bench: EngineBench) -> str:
    """The job of an engine that was closed is collected by the next one."""
    job_engine(bench)
    request = bench.request(take=40)
    with bench.another() as engine:
        job = bench.submitted(cast("JobEngine", engine), request)
    if not 0 < len(job.id) <= MOST_ID or not job.id.isprintable():
        raise NotKept(f"its id cannot be written down: {job.id[:100]!r}")
    bench.demand_clean(job.id, "the id of a job")
    sink = io.BytesIO()
    with bench.another() as engine:
        # A new run knows the id only.
        bench.answers.append(bench.collected(cast("JobEngine", engine), Job(job.id), sink))
    if not sink.getvalue():
        raise NotKept("it collects nothing")
    return ""


def lost_job(bench: EngineBench) -> str:
    """A job that the service does not know is told as lost."""
    engine = job_engine(bench)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while isinstance(state := bench.state(engine, NO_JOB), InProgress):
        if time.monotonic() > deadline:
            raise NotKept(f"it is under way for {PATIENCE_SECONDS:g} s and more")
        bench.pause(NO_JOB.poll_after)
    if not isinstance(state, EngineError):
        raise NotKept("it is ready")
    bench.errors.append(state)
    if state.verdict is not Verdict.LOST:
        raise NotKept(f"the verdict is {state.verdict}, not lost: {state}")
    return ""


def never_found(bench: EngineBench) -> str:
    """A request that was never sent is not found at the service."""
    engine = job_engine(bench)
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    request = bench.request(take=999, lyrics="never sent")
    found = engine.find(request, now, now, frozenset())
    if isinstance(found, Absent):
        return "it can tell"
    if found is not None:
        raise NotKept(f"it finds the job {found.id}")
    return "it cannot tell"
