"""What becomes of jobs of which a service says less than it should."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from songbatch.engines.base import Job
from songbatch.model import AudioFormat
from songbatch.run.concurrency import Fixed
from songbatch.run.jobs import JobCollector
from songbatch.run.pending import PendingRender
from songbatch.run.requests import JobUnderWay
from songbatch.run.scheduler import Scheduler


def test_a_job_that_an_answer_leaves_out_is_not_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("songbatch.run.job_watch.LONGEST_SECONDS", 0.2)
    scheduler: Scheduler[Any] = Scheduler()
    collector = JobCollector(
        scheduler,
        scheduler.lane(Fixed(1)),
        cast("Any", SimpleNamespace(poll=lambda _jobs: {})),
        lambda _event: None,
        expected_seconds=0.0,
        first_wait=0.0,
        failed=lambda _pending, error: pytest.fail(str(error)),
        refused=lambda error: pytest.fail(str(error)),
    )
    job = JobUnderWay("a" * 64, 1, Job("silent", poll_after=0.0), AudioFormat.WAV)
    collector.watch(job, PendingRender("a" * 64, "demo/first/1", [], 0, {}))
    for completion in scheduler.completions():
        collector.take(completion)
    assert collector.left == {"a" * 64: "silent"}
