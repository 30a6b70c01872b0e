"""Calls of engines as data: whoever carries them out, the caller gets what the engine gave."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from songbatch.engines.base import (
    Absent,
    Answer,
    Cancellation,
    EngineError,
    Generation,
    InProgress,
    Job,
    Ready,
    ReferenceFile,
    Verdict,
)
from songbatch.engines.orders import (
    CancelTask,
    CollectReferenceTask,
    CollectTask,
    FindReferenceTask,
    FindTask,
    GenerateTask,
    PollTask,
    ReadyFacts,
    SubmitReferenceTask,
    SubmitTask,
    Task,
    TaskOutcome,
    UploadTask,
    carry_out,
    pack,
    unpack_outcome,
    unpack_task,
)
from songbatch.model import AudioFormat, AudioSetting, Purpose, Uploaded

REQUEST = Generation(
    lyrics="Ein „Lied“ ❤",
    voice_id="v",
    instrumental_id=None,
    audio=AudioSetting(AudioFormat.WAV),
    take=2,
    request_id="r.1",
    duration=90,
    strength=0.25,
    options={"steps": 8, "guidance": 7.5, "think": True, "sampler": "ode", "none": None},
    files=(ReferenceFile(b"\x00\xff", AudioFormat.MP3, Purpose.SONG),),
    handles={Purpose.VOICE: "https://files.example/1"},
)
JOB = Job("j", 0.5)
READY = Ready({"seed": 2**70, "url": "https://files.example/2", "of": [1.5, None]}, 0.02)
ANSWER = Answer("t", 0.03, ("odd",), 7, "m", {"bpm": 90}, ("note",), "ab", True, ((1.5, "line"),))
UPLOADED = Uploaded("v", "i", "t", None, "2026-01-01T00:00:00Z", 0.1)
ERROR = EngineError(
    "no more", Verdict.SLOW_DOWN, fix="wait", retry_after=2.5, trace_id="t", cost_usd=0.1,
    most_tries=1,
)  # fmt: skip

CALLS: list[tuple[Task, str, tuple[Any, ...], Any]] = [
    (
        UploadTask(b"\x00a", AudioFormat.MP3, Purpose.VOICE, "u"),
        "upload",
        (b"\x00a", AudioFormat.MP3, Purpose.VOICE, "u"),
        UPLOADED,
    ),
    (SubmitTask(REQUEST), "submit", (REQUEST,), JOB),
    (CancelTask(JOB), "cancel", (JOB,), Cancellation.ASKED),
    (FindTask(REQUEST, "a", "b", ("k",)), "find", (REQUEST, "a", "b", frozenset({"k"})), JOB),
    (
        SubmitReferenceTask("https://a.example", Purpose.SONG, "r"),
        "submit_reference",
        ("https://a.example", Purpose.SONG, "r"),
        JOB,
    ),
    (
        CollectReferenceTask(JOB, ReadyFacts.of(READY)),
        "collect_reference",
        (JOB, READY),
        UPLOADED,
    ),
    (
        FindReferenceTask("https://a.example", Purpose.SONG, "a", "b", ()),
        "find_reference",
        ("https://a.example", Purpose.SONG, "a", "b", frozenset()),
        JOB,
    ),
]


def done(method: str, task: Task, result: Any, *, audio: bytes = b"") -> tuple[TaskOutcome, Any]:
    """Carry a task out as if far away; return what comes back, and what the method was given."""
    given: list[Any] = []

    def called(*arguments: Any) -> Any:
        sink = arguments[-1] if hasattr(arguments[-1], "write") else None
        given.extend(arguments if sink is None else arguments[:-1])
        if sink is not None:
            sink.write(audio)
        if isinstance(result, Exception):
            raise result
        return result

    engine: Any = SimpleNamespace(**{method: called})
    return unpack_outcome(pack(carry_out(engine, unpack_task(pack(task))))), tuple(given)


@pytest.mark.parametrize(("task", "method", "arguments", "result"), CALLS)
def test_a_call_far_away_is_the_same_call(
    task: Task, method: str, arguments: tuple[Any, ...], result: Any
) -> None:
    outcome, given = done(method, task, result)
    assert given == arguments
    assert result in (outcome.uploaded, outcome.job, outcome.cancellation)


@pytest.mark.parametrize(
    ("task", "method", "arguments"),
    [
        (GenerateTask(REQUEST), "generate", (REQUEST,)),
        (CollectTask(JOB, ReadyFacts.of(READY)), "collect", (JOB, READY)),
    ],
)
def test_a_song_comes_with_its_facts(task: Task, method: str, arguments: tuple[Any, ...]) -> None:
    outcome, given = done(method, task, ANSWER, audio=b"song")
    assert given == arguments
    assert (outcome.answer, outcome.audio, outcome.refusal) == (ANSWER, b"song", None)


@pytest.mark.parametrize("has_song", [False, True])
def test_an_error_keeps_all_that_it_says_and_the_song_it_has(has_song: bool) -> None:
    outcome, _ = done("generate", GenerateTask(REQUEST), ERROR.but(has_song=has_song), audio=b"s")
    assert outcome.refusal is not None
    assert vars(outcome.refusal.error()) == vars(ERROR.but(has_song=has_song))
    assert str(outcome.refusal.error()) == "no more"
    assert outcome.audio == (b"s" if has_song else b"")


def test_a_bug_of_an_engine_is_its_callers() -> None:
    with pytest.raises(ZeroDivisionError):
        done("submit", SubmitTask(REQUEST), ZeroDivisionError())


def test_states_of_jobs_are_those_that_were_told() -> None:
    told: Mapping[str, Any] = {"a": InProgress(0.5, 3, "mixing"), "b": READY, "c": ERROR}
    outcome, given = done("poll", PollTask((JOB, Job("k"))), told)
    assert given == ((JOB, Job("k")),)
    states = {name: facts.opened() for name, facts in outcome.states.items()}
    assert (states["a"], states["b"]) == (told["a"], READY)
    assert isinstance(states["c"], EngineError)
    assert vars(states["c"]) == vars(ERROR)


@pytest.mark.parametrize(("found", "is_absent"), [(Absent(), True), (None, False)])
def test_what_was_not_found_is_told_from_what_nobody_knows(
    found: Absent | None, is_absent: bool
) -> None:
    outcome, _ = done("find", FindTask(REQUEST, "a", "b", ()), found)
    assert (outcome.job, outcome.is_absent) == (None, is_absent)


@pytest.mark.parametrize("data", [b"", b"\xc1", msgspec.msgpack.encode({"type": "shell"})])
def test_what_is_no_task_is_not_taken_for_one(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        unpack_task(data)
