"""What becomes of jobs of which a service says less than it should."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from songbatch.engines.base import EngineError, Job, Ready, Verdict
from songbatch.model import AudioFormat
from songbatch.run.concurrency import Fixed
from songbatch.run.jobs import JobCollector
from songbatch.run.pending import PendingRender
from songbatch.run.scheduler import Lane, Scheduler
from songbatch.run.submitting import JobUnderWay

if TYPE_CHECKING:
    from collections.abc import Callable


KEY = "a" * 64


def collected(refused: Callable[[BaseException], None], **worker: object) -> JobCollector:
    """A collector that has watched one job to its end, with such a worker."""
    scheduler = Scheduler()
    places: Lane[object, object] = scheduler.lane(Fixed(1))
    collector = JobCollector(
        scheduler,
        places,
        cast("Any", SimpleNamespace(**worker)),
        lambda _event: None,
        expected_seconds=0.0,
        first_wait=0.0,
        collected=lambda pending, _result, _took: pytest.fail(f"{pending} came"),
        priced=lambda _pending, _usd: None,
        failed=lambda _pending, error: pytest.fail(str(error)),
        refused=refused,
    )
    job = JobUnderWay(KEY, 1, Job("job", poll_after=0.0), AudioFormat.WAV)
    collector.watch(job, PendingRender(KEY, "demo/first/1", [], 0, {}))
    for completion in scheduler.completions():
        completion.settle()
    return collector


def test_a_song_that_this_key_may_not_have_is_left_to_another_run() -> None:
    def collect(*_: object) -> None:
        raise EngineError("the key is not accepted", Verdict.STOP)

    refusals: list[BaseException] = []
    collector = collected(refusals.append, poll=lambda _jobs: {"job": Ready({})}, collect=collect)
    assert [str(error) for error in refusals] == ["the key is not accepted"]
    assert collector.under_way == {KEY: "job"}


def test_a_job_that_an_answer_leaves_out_is_not_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("songbatch.run.job_watch.LONGEST_SECONDS", 0.2)
    collector = collected(lambda error: pytest.fail(str(error)), poll=lambda _jobs: {})
    assert collector.left == {KEY: "job"}
