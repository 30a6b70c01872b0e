"""Jobs that are cancelled, at simulated services: what each dialect makes of every answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from songbatch.engines.base import Cancellation, EngineError, InProgress, Job, Ready, Verdict
from songbatch.engines.job_service.engine import JobServiceEngine
from songbatch.engines.job_service.fal.job_paths import path_of
from songbatch.model import AudioFormat, Purpose
from support.fal import troubles
from support.fal.server import FalServer
from support.fal.troubles import Mishap
from support.replicate import troubles as predictions
from support.replicate.server import ReplicateServer
from support.replicate.troubles import Mishap as PredictionMishap
from tests.engines.job_service.opening import (
    KEYS,
    asking,
    collected,
    ended,
    error_of,
    failure_of,
    opened,
)


@pytest.fixture
def queue() -> Iterator[FalServer]:
    with FalServer(key=KEYS["fal"]) as server:
        server.queue.concurrency = 1
        yield server


@pytest.fixture
def engine(queue: FalServer) -> Iterator[JobServiceEngine]:
    with opened("fal", "music-3", queue.url) as engine:
        yield engine


@pytest.fixture
def service() -> Iterator[ReplicateServer]:
    with ReplicateServer(key=KEYS["replicate"]) as server:
        yield server


@pytest.fixture
def predictor(service: ReplicateServer) -> Iterator[JobServiceEngine]:
    with opened("replicate", "ace-step-1.5", service.url) as engine:
        yield engine


def asked_anew_by_people_only(error: EngineError) -> None:
    """Assert that an error says: not charged, and no run asks again by itself."""
    assert (error.verdict, error.most_tries) == (Verdict.RETRY, 0)
    assert "before it began" in str(error)
    assert error.fix == "run again to ask for it anew"


def test_a_job_that_waits_in_the_queue_is_dropped(
    queue: FalServer, engine: JobServiceEngine
) -> None:
    queue.hold()
    first, second = engine.submit(asking()), engine.submit(asking(seed=42))
    assert engine.cancel(second) is Cancellation.DROPPED
    asked_anew_by_people_only(failure_of(engine, second))
    queue.release()
    assert collected(engine, first)[0].startswith(b"RIFF")
    assert len(queue.books.charges) == 1


def test_a_queue_that_takes_its_time_to_drop_a_job(
    queue: FalServer, engine: JobServiceEngine
) -> None:
    queue.hold()
    engine.submit(asking())
    job = engine.submit(asking(seed=42))
    later = Mishap.raw(b'{"status": "CANCELLATION_REQUESTED"}', 202)
    queue.script("cancel", [replace(later, carried_out=False)])
    assert engine.cancel(job) is Cancellation.ASKED
    with queue.changed:
        queue.queue.cancel(queue.jobs[1])
    asked_anew_by_people_only(failure_of(engine, job))


def test_a_job_that_runs_goes_on_and_is_charged(queue: FalServer, engine: JobServiceEngine) -> None:
    queue.hold()
    job = engine.submit(asking())
    assert engine.cancel(job) is Cancellation.ASKED
    assert engine.poll([job])[job.id] == InProgress(stage="in progress")
    queue.release()
    assert collected(engine, job)[0].startswith(b"RIFF")
    assert queue.books.total > 0


def test_a_job_that_was_stopped_at_work_may_be_charged(
    queue: FalServer, engine: JobServiceEngine
) -> None:
    queue.hold()
    queue.queue.cancels_running = True
    job = engine.submit(asking())
    assert engine.cancel(job) is Cancellation.ASKED
    error = failure_of(engine, job)
    assert error.verdict is Verdict.LOST
    assert "cancelled at the service, which may charge for it (HTTP 499" in str(error)


@pytest.mark.parametrize("units", [0, 4])
def test_the_units_that_are_billed_for_a_cancelled_job_decide(
    queue: FalServer, engine: JobServiceEngine, units: int
) -> None:
    queue.hold()
    queue.queue.cancelled_units = units
    engine.submit(asking())
    job = engine.submit(asking(seed=42))
    with opened("fal", "music-3", queue.url) as another:
        another.cancel(job)
    error = failure_of(engine, job)
    if units:
        assert error.verdict is Verdict.LOST
        assert error.cost_usd == pytest.approx(queue.books.total) == pytest.approx(0.008)
    else:
        asked_anew_by_people_only(error)


def test_who_has_not_cancelled_a_job_cannot_know_whether_it_had_begun(
    queue: FalServer, engine: JobServiceEngine
) -> None:
    queue.hold()
    engine.submit(asking())
    job = engine.submit(asking(seed=42))
    with opened("fal", "music-3", queue.url) as another:
        another.cancel(job)
    assert failure_of(engine, job).verdict is Verdict.LOST


def test_a_job_that_is_over_is_left_alone(queue: FalServer, engine: JobServiceEngine) -> None:
    job = engine.submit(asking())
    assert isinstance(ended(engine, job), Ready)
    assert engine.cancel(job) is Cancellation.OVER
    assert queue.requests["cancel"] == 0
    assert collected(engine, job)[0].startswith(b"RIFF")


CANCELS: list[tuple[Mishap, Cancellation | Verdict]] = [
    (Mishap.raw(b'{"status": "ALREADY_COMPLETED"}', 400), Cancellation.OVER),
    (Mishap.raw(b'{"status": "NOT_FOUND"}', 404), Cancellation.NOT_KNOWN),
    (Mishap.raw(b'{"status": "CANCELLATION_REQUESTED"}', 200), Cancellation.ASKED),
    (Mishap.http(400, "Bad", "bad_request"), Verdict.REJECTED),
    (Mishap.nginx(404), Verdict.REJECTED),
    (Mishap.nginx(502), Verdict.RETRY),
    (Mishap.too_many("3"), Verdict.SLOW_DOWN),
    (Mishap.lost_after(), Verdict.RETRY),
    (troubles.WRONG_KEY, Verdict.STOP),
    (Mishap.redirect("{stranger}/x"), Verdict.STOP),
]


@pytest.mark.parametrize(("mishap", "expected"), CANCELS, ids=lambda v: getattr(v, "name", ""))
def test_answers_to_a_cancellation(
    queue: FalServer,
    engine: JobServiceEngine,
    mishap: Mishap,
    expected: Cancellation | Verdict,
) -> None:
    queue.hold()
    job = engine.submit(asking())
    queue.script("cancel", [mishap])
    if isinstance(expected, Cancellation):
        assert engine.cancel(job) is expected
    else:
        assert error_of(lambda: engine.cancel(job)).verdict is expected
    assert queue.visits == []


def test_a_job_that_the_queue_does_not_know(queue: FalServer, engine: JobServiceEngine) -> None:
    job = engine.submit(asking())
    queue.forget()
    for gone in (job, Job(path_of("minimax/music-3", "0000")), Job("../elsewhere")):
        assert engine.cancel(gone) is Cancellation.NOT_KNOWN


def test_the_job_of_a_reference_is_cancelled(queue: FalServer) -> None:
    queue.hold()
    with opened("fal", "mureka-9", queue.url) as engine:
        running = engine.submit(asking())
        address = engine.upload(b"ID3", AudioFormat.MP3, Purpose.VOICE, "r").handle or ""
        job = engine.submit_reference(address, Purpose.VOICE, "r")
        assert engine.cancel(job) is Cancellation.DROPPED
        assert engine.poll([job, running])[job.id].verdict is Verdict.RETRY  # type: ignore[union-attr]
        assert queue.books.total == 0


def test_a_prediction_that_had_not_begun_is_free(
    service: ReplicateServer, predictor: JobServiceEngine
) -> None:
    job = predictor.submit(asking())
    assert predictor.cancel(job) is Cancellation.DROPPED
    asked_anew_by_people_only(failure_of(predictor, job))
    assert service.books.usd == 0


def test_a_prediction_that_was_at_work_is_billed(
    service: ReplicateServer, predictor: JobServiceEngine
) -> None:
    service.hold()
    job = predictor.submit(asking())
    predictor.poll([job])
    assert predictor.cancel(job) is Cancellation.ASKED
    error = failure_of(predictor, job)
    assert error.verdict is Verdict.LOST
    assert "cancelled at the service after it began: what ran may be billed" in str(error)
    assert error.cost_usd == pytest.approx(service.books.usd)
    assert service.books.usd > 0


def test_a_prediction_that_ended_first_is_collected(
    service: ReplicateServer, predictor: JobServiceEngine
) -> None:
    service.script_predictions([predictions.LATE_CANCEL])
    job = predictor.submit(asking())
    assert predictor.cancel(job) is Cancellation.OVER
    assert collected(predictor, job)[0].startswith(b"RIFF")
    assert predictor.cancel(job) is Cancellation.OVER


PREDICTIONS: list[tuple[PredictionMishap, Cancellation | Verdict]] = [
    (PredictionMishap.raw(b'{"status": "aborted"}', 200), Cancellation.DROPPED),
    (PredictionMishap.raw(b'{"status": "canceled"}', 200), Cancellation.ASKED),
    (PredictionMishap.raw(b'{"status": "processing"}', 200), Cancellation.ASKED),
    (PredictionMishap.raw(b"<html>", 200), Cancellation.ASKED),
]


@pytest.mark.parametrize(("mishap", "expected"), PREDICTIONS)
def test_answers_to_a_cancelled_prediction(
    service: ReplicateServer,
    predictor: JobServiceEngine,
    mishap: PredictionMishap,
    expected: Cancellation | Verdict,
) -> None:
    job = predictor.submit(asking())
    service.script("cancel", [mishap])
    assert predictor.cancel(job) is expected


def test_a_prediction_that_the_service_does_not_know(predictor: JobServiceEngine) -> None:
    for job in (Job("0000000000"), Job("../elsewhere")):
        assert predictor.cancel(job) is Cancellation.NOT_KNOWN


def test_a_wrong_key_cancels_no_prediction(
    service: ReplicateServer, predictor: JobServiceEngine
) -> None:
    job = predictor.submit(asking())
    with opened("replicate", "ace-step-1.5", service.url, key="r8_another-key") as another:
        assert error_of(lambda: another.cancel(job)).verdict is Verdict.STOP
