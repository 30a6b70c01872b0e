"""The suite sees every broken promise: engines that keep all of them, and then break one each."""

from __future__ import annotations

import contextlib
import hashlib
import io
import threading
import time
import wave
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from songbatch.conformance import checks, job_checks, suite
from songbatch.conformance.bench import EngineBench
from songbatch.conformance.suite import Kept
from songbatch.engines.base import (
    Absent,
    Answer,
    EngineError,
    Generation,
    InProgress,
    Job,
    JobState,
    Ready,
    Sink,
    Uploaded,
    Verdict,
)
from songbatch.engines.entry import EngineContext, EngineEntry, no_line_times
from songbatch.files.tree import Tree
from songbatch.model import AudioFormat, EngineIdentity, Purpose
from songbatch.prices import Rate
from songbatch.traits import (
    SONG_KEYS,
    Grammar,
    HandedOver,
    Range,
    ReferenceRule,
    TextRule,
    Traits,
)

KEY = "a-key-of-the-test-0123456789"
IDENTITY = EngineIdentity("bells", "bells-1", "1", master="wav")
RULE = ReferenceRule(HandedOver.IDS, "what it is", Range(1, 600))
TRAITS = Traits(
    grammar=Grammar.SECTIONS,
    lyrics=TextRule(300),
    style=TextRule(100),
    takes=frozenset(SONG_KEYS),
    ignores={},
    references=dict.fromkeys(Purpose, RULE),
    needs_reference=False,
    song=Range(1, 60),
    duration=Range(2, 60),
    seed=Range(0, 1000),
    bpm=Range(30, 300),
    master=AudioFormat.WAV,
    silent_lyrics="[Instrumental]",
)


def song(made_of: object, seconds: float = 2.0, rate: int = 8000) -> bytes:
    """A song that depends on what it is made of."""
    noise = hashlib.sha256(repr(made_of).encode()).digest()
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((2, 2, rate, 0, "NONE", ""))
        writer.writeframes(
            (noise * (int(rate * seconds) * 4 // len(noise) + 1))[: int(rate * seconds) * 4]
        )
    return file.getvalue()


class Bells:
    """An engine that keeps every promise of those with calls."""

    identity = IDENTITY
    account = "bells:me"

    def preflight(self) -> None: ...

    def close(self) -> None: ...

    def upload(
        self, audio: bytes, audio_format: AudioFormat, purpose: Purpose, request_id: str
    ) -> Uploaded:
        if audio[:4] != b"RIFF":
            raise EngineError("that is no music", Verdict.REJECTED)
        return Uploaded(
            "voice-1" if purpose.gives_voice else None,
            "instrumental-1" if purpose.gives_instrumental else None,
        )

    def generate(self, request: Generation, sink: Sink) -> Answer:
        self.demand_known(request)
        sink.write(self.song(request))
        return Answer(seed=request.seed, cost_usd=0.0, trace_id="a-trace")

    def demand_known(self, request: Generation) -> None:
        for known, given in (
            ("voice-1", request.voice_id),
            ("instrumental-1", request.instrumental_id),
        ):
            if given not in {None, known}:
                raise EngineError("an id is unknown", Verdict.REUPLOAD)

    def song(self, request: Generation) -> bytes:
        return song((request.seed, request.lyrics))


class Tower(Bells):
    """An engine that keeps every promise of those with jobs; the class is its service."""

    jobs: dict[str, bytes]

    def submit(self, request: Generation) -> Job:
        self.demand_known(request)
        name = f"job-{len(self.jobs)}"
        self.jobs[name] = self.song(request)
        return Job(name)

    def poll(self, jobs: Sequence[Job]) -> Mapping[str, JobState]:
        lost = EngineError("the job is gone", Verdict.LOST)
        return {job.id: Ready({}) if job.id in self.jobs else lost for job in jobs}

    def collect(self, job: Job, ready: Ready, sink: Sink) -> Answer:
        sink.write(self.jobs[job.id])
        return Answer()

    def find(
        self, request: Generation, since: str, until: str, known: Collection[str]
    ) -> Job | Absent | None:
        return None


def entry(engine: Callable[[], Any], traits: Traits, usd: float = 0.0) -> EngineEntry:
    return EngineEntry(
        identity=IDENTITY,
        rates=(Rate(usd),),
        seconds_per_render=1.0,
        jobs=1,
        first_jobs=None,
        needs_key=False,
        source_type="algorithmicMedia",
        traits=traits,
        account=lambda _environment: "bells:me",
        open=lambda _context: engine(),
        line_times=no_line_times,
    )


@contextlib.contextmanager
def bench(
    folder: Path, engine: type, traits: Traits = TRAITS, **more: Any
) -> Iterator[EngineBench]:
    if issubclass(engine, Tower):
        engine = type(engine.__name__, (engine,), {"jobs": {}})
        traits = replace(traits, has_jobs=True)
    context = EngineContext(Tree(folder), {"BELLS_API_KEY": KEY})
    made = EngineBench(entry(engine, traits, **more), context, pause=lambda _seconds: None)
    with contextlib.closing(made):
        yield made


@pytest.mark.parametrize(("engine", "inapplicable"), [(Bells, 5), (Tower, 1)])
def test_what_keeps_every_promise_passes(tmp_path: Path, engine: type, inapplicable: int) -> None:
    with bench(tmp_path, engine) as made:
        results = list(suite.try_all(made))
        assert [each for each in results if each.outcome is Kept.FAILED] == []
        assert sum(each.outcome is Kept.NOT_APPLICABLE for each in results) == inapplicable
        assert len(made.answers) == suite.songs_asked(made.traits)
    assert len(results) == len(suite.PROMISES)
    told = {each.name: each.why for each in results}
    assert told["seeds"] == "equal seeds give equal audio"


def breaking(base: type = Bells, **members: Any) -> type:
    return type("Broken", (base,), members)


def fails(verdict: Verdict, text: str = "it broke") -> Callable[..., Any]:
    def method(*_: object) -> Any:
        raise EngineError(text, verdict)

    return method


def refusing(unwanted: Callable[[Generation], object]) -> type:
    """An engine that refuses certain requests."""

    def demand_known(self: Bells, request: Generation) -> None:
        Bells.demand_known(self, request)
        if unwanted(request):
            raise EngineError("no, not that", Verdict.REJECTED)

    return breaking(demand_known=demand_known)


def answering(**facts: Any) -> type:
    """An engine whose songs come with other facts."""

    def generate(self: Bells, request: Generation, sink: Sink) -> Answer:
        return replace(Bells.generate(self, request, sink), **facts)

    return breaking(generate=generate)


class Threaded(Bells):
    """One whose threads outlive it."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        THREADS.append(self.ended)
        threading.Thread(target=self.ended.wait, args=(60,), daemon=True).start()


THREADS: list[threading.Event] = []


class Forgetful(Tower):
    """One that knows its jobs only as long as it is open."""

    def __init__(self) -> None:
        self.mine: set[str] = set()

    def submit(self, request: Generation) -> Job:
        job = super().submit(request)
        self.mine.add(job.id)
        return job

    def poll(self, jobs: Sequence[Job]) -> Mapping[str, JobState]:
        states = super().poll(jobs)
        lost = EngineError("whose job is that", Verdict.LOST)
        return {name: state if name in self.mine else lost for name, state in states.items()}


class Racing(Bells):
    """One that mixes up requests of several threads."""

    last: Generation

    def generate(self, request: Generation, sink: Sink) -> Answer:
        self.last = request
        time.sleep(0.2)
        return super().generate(self.last, sink)


BROKEN: list[tuple[str, type, dict[str, Any], str]] = [
    ("traits", Bells, {"takes": frozenset({"tempo"})}, "tempo"),
    ("traits", Bells, {"ignores": {"bpm": "it does not count"}}, "take and ignore bpm"),
    ("traits", Bells, {"seed": None}, "no bounds"),
    ("traits", Bells, {"song": Range(60, 1)}, "as short as"),
    ("traits", Bells, {"takes": frozenset(), "length_is_needed": True}, "need a length"),
    ("traits", Bells, {"references": {}, "needs_reference": True}, "need a reference"),
    ("methods", Bells, {"has_jobs": True}, "no submit, poll, collect"),
    ("identity", breaking(identity=replace(IDENTITY, model="other")), {}, "the plan"),
    ("identity", Bells, {"master": AudioFormat.MP3}, "master"),
    ("account", breaking(account="me"), {}, "the plan"),
    ("uploads", breaking(upload=lambda *_: Uploaded("voice-1", None)), {}, "instrumental"),
    ("uploads", breaking(upload=fails(Verdict.RETRY)), {}, "it broke"),
    ("song", breaking(song=lambda *_: song(1, 0.2)), {}, "lasts 0.2 s"),
    ("song", breaking(song=lambda *_: b"no song at all"), {}, "no whole song"),
    ("song", breaking(song=lambda *_: song(1)[:-9999]), {}, "no whole song"),
    ("song", breaking(generate=lambda *_: None), {}, "NoneType, not with Answer"),
    ("settings", Bells, {"master": None}, "delivers wav where mp3"),
    ("takes", breaking(song=lambda *_: song(1)), {}, "the same audio"),
    ("keys", refusing(lambda request: request.meter), {}, "refused: meter: no, not that"),
    ("options", breaking(generate=fails(Verdict.UNKNOWN)), {}, "verdict is unknown"),
    ("silence", refusing(lambda request: request.vocals), {}, "not that"),
    ("longest-lyrics", refusing(lambda request: len(request.lyrics) > 299), {}, "not that"),
    ("any-lyrics", refusing(lambda request: not request.lyrics.isascii()), {}, "not that"),
    ("references", refusing(lambda request: request.instrumental_id), {}, "not that"),
    ("following", refusing(lambda request: request.strength), {}, "not that"),
    ("threads", Racing, {}, "at once are the same"),
    ("closing", Threaded, {}, "1 of its threads"),
    ("no-music", breaking(upload=lambda *_: Uploaded("voice-1", "instrumental-1")), {}, "is due"),
    ("no-music", breaking(upload=fails(Verdict.STOP)), {}, "stop, not rejected"),
    ("unknown-ids", breaking(demand_known=lambda *_: None), {}, "verdict reupload is due"),
    ("answers", answering(cost_usd=-1.0), {}, "said to cost -1"),
    ("answers", answering(cost_usd=0.1), {}, "says that it is free"),
    ("answers", answering(filled_in={"tempo": 3}), {}, "tempo"),
    ("answers", answering(trace_id="a\x1b[1m"), {}, "cannot be printed"),
    ("answers", answering(notes=(f"asked with {KEY}",)), {}, "named like a key"),
    ("attached-again", Forgetful, {}, "whose job is that"),
    ("attached-again", breaking(Tower, submit=lambda *_: Job("a\nb")), {}, "written down"),
    ("lost-job", breaking(Tower, poll=fails(Verdict.REJECTED)), {}, "it broke"),
    (
        "lost-job",
        breaking(Tower, poll=lambda _, jobs: {job.id: Ready({}) for job in jobs}),
        {},
        "it is ready",
    ),
    ("never-found", breaking(Tower, find=lambda *_: Job("job-9")), {}, "finds the job job-9"),
]


@pytest.mark.parametrize(("name", "engine", "traits", "why"), BROKEN)
def test_a_broken_promise_is_seen(
    name: str, engine: type, traits: dict[str, Any], why: str, tmp_path: Path
) -> None:
    promise = next(each for each in suite.PROMISES if suite.name_of(each) == name)
    with bench(tmp_path, engine, replace(TRAITS, **traits)) as made:
        result = suite.try_one(promise, made)
    for thread in THREADS:
        thread.set()
    assert result.outcome is Kept.FAILED
    assert why in result.why


def test_every_promise_can_be_broken() -> None:
    told_only, by_time, by_all = {"seeds"}, {"quick-calls"}, {"errors"}
    names = {suite.name_of(promise) for promise in suite.PROMISES}
    assert {name for name, *_ in BROKEN} == names - told_only - by_time - by_all


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (EngineError("it broke", "odd"), "is no verdict"),  # type: ignore[arg-type]
        (EngineError(" ", Verdict.RETRY), "says nothing"),
        (EngineError(f"{KEY} is wrong", Verdict.STOP), "named like a key"),
        (EngineError("no", Verdict.STOP, fix=f"try {KEY}"), "named like a key"),
        (EngineError("no", Verdict.SLOW_DOWN, retry_after=-1), "after -1 s"),
    ],
)
def test_an_error_that_says_the_wrong_thing_is_seen(
    error: EngineError, why: str, tmp_path: Path
) -> None:
    with bench(tmp_path, Bells) as made:
        made.errors.append(error)
        result = suite.try_one(suite.PROMISES[-1], made)
    assert result.outcome is Kept.FAILED
    assert why in result.why


def test_a_call_that_waits_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_checks, "QUICK_SECONDS", 0.1)

    class Waiting(Tower):
        def submit(self, request: Generation) -> Job:
            time.sleep(0.2)
            return super().submit(request)

    with bench(tmp_path, Waiting) as made:
        assert suite.try_one(job_checks.quick_calls, made).outcome is Kept.FAILED
    with bench(tmp_path, Tower) as made:
        assert suite.try_one(job_checks.quick_calls, made).outcome is Kept.PASSED


def test_seeds_that_are_not_honoured_are_told(tmp_path: Path) -> None:
    count = iter(range(100))

    class Careless(Bells):
        def generate(self, request: Generation, sink: Sink) -> Answer:
            sink.write(song(next(count)))
            return Answer(seed=77)

    with bench(tmp_path, Careless) as made:
        result = suite.try_one(checks.seeds, made)
    assert result.outcome is Kept.PASSED
    assert result.why == "asked for 1, it used 77; equal seeds give other audio"


def test_a_bug_in_an_engine_fails_one_check_only(tmp_path: Path) -> None:
    broken = breaking(upload=lambda *_: 1 / 0)
    with bench(tmp_path, broken) as made:
        results = {each.name: each for each in suite.try_all(made)}
    assert "ZeroDivisionError" in results["uploads"].why
    assert "Traceback" in results["uploads"].traceback
    assert results["song"].outcome is Kept.PASSED


def test_a_job_that_is_in_progress_is_waited_for(tmp_path: Path) -> None:
    class Slow(Tower):
        def __init__(self) -> None:
            self.asked = 0

        def poll(self, jobs: Sequence[Job]) -> Mapping[str, JobState]:
            self.asked += 1
            if self.asked % 3:
                return {job.id: InProgress(0.5) for job in jobs}
            return super().poll(jobs)

    with bench(tmp_path, Slow) as made:
        assert [each for each in suite.try_all(made) if each.outcome is Kept.FAILED] == []
