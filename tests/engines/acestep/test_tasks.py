"""Jobs over real sockets: submitted, polled, lost, collected; and every row of the table."""

from __future__ import annotations

import contextlib
import io
import json
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from songbatch.diagnostics import EngineRefused
from songbatch.engines.acestep import calls
from songbatch.engines.acestep.settings import AceStepSettings
from songbatch.engines.acestep.tasks import AceStepTasks
from songbatch.engines.base import EngineError, InProgress, Job, JobState, Ready, Verdict
from songbatch.model import AudioFormat, Purpose
from tests.engines.acestep.loopback import (
    KEY,
    Asked,
    Loopback,
    Said,
    done_item,
    enveloped,
    job_entry,
    loopback,
    wav,
)
from tests.engines.acestep.samples import REQUEST_ID, asking, file


@pytest.fixture
def server() -> Iterator[Loopback]:
    with loopback() as state:
        yield state


@contextlib.contextmanager
def engine_of(
    server: Loopback, clock: Callable[[], float] | None = None, **more: Any
) -> Iterator[AceStepTasks]:
    settings = AceStepSettings(url=server.url, key=KEY, **more)
    engine = AceStepTasks(settings) if clock is None else AceStepTasks(settings, clock=clock)
    with contextlib.closing(engine):
        yield engine


QUEUED = enveloped({"task_id": "5f0c", "status": "queued", "queue_position": 3})


def polled(server: Loopback, *entries: dict[str, Any], job: str = "5f0c") -> JobState:
    server.rules["/query_result"] = enveloped(list(entries))
    with engine_of(server) as engine:
        return engine.poll([Job(job)])[job]


def test_a_song_is_asked_for_polled_and_collected(server: Loopback) -> None:
    song = wav()
    server.rules["/release_task"] = QUEUED
    server.rules["/query_result"] = [
        enveloped([job_entry("5f0c", 0, {"progress": 0.0, "stage": "queued"})]),
        enveloped([job_entry("5f0c", 0, {"progress": 0.5, "stage": "diffusion"})]),
        enveloped([job_entry("5f0c", 1, done_item())]),
    ]
    server.rules["/v1/audio"] = Said(song, headers={"Content-Type": "audio/wav"})
    sink = io.BytesIO()
    with engine_of(server) as engine:
        job = engine.submit(asking())
        assert job.id == "5f0c"
        assert engine.poll([job])[job.id] == InProgress(0.0, stage="queued")
        assert engine.poll([job])[job.id] == InProgress(0.5, stage="diffusion")
        ready = engine.poll([job])[job.id]
        assert isinstance(ready, Ready)
        answer = engine.collect(job, ready, sink)
    assert sink.getvalue() == song
    assert answer.seed == 41
    assert answer.model == "acestep-v15-turbo"
    submitted, *_, fetched = server.asked
    assert submitted.json["seed"] == 41
    assert submitted.headers["X-Client-Request-Id"] == REQUEST_ID
    assert fetched.path == "/v1/audio?path=%2Ftmp%2Fsong.wav"
    assert {asked.headers["Authorization"] for asked in server.asked} == {f"Bearer {KEY}"}
    assert server.of("/query_result")[0].json == {"task_id_list": ["5f0c"]}


def test_without_a_key_no_header_is_sent(server: Loopback) -> None:
    server.rules["/release_task"] = QUEUED
    with contextlib.closing(AceStepTasks(AceStepSettings(url=server.url))) as engine:
        engine.submit(asking())
    assert "Authorization" not in server.asked[0].headers


def test_a_path_before_the_routes_is_kept(server: Loopback) -> None:
    server.rules["/music/ace/release_task"] = QUEUED
    settings = AceStepSettings(url=f"{server.url}/music/ace/")
    with contextlib.closing(AceStepTasks(settings)) as engine:
        assert engine.submit(asking()).id == "5f0c"


def test_a_reference_goes_along_with_the_request(server: Loopback) -> None:
    server.rules["/release_task"] = QUEUED
    with engine_of(server) as engine:
        engine.submit(asking(files=(file(),)))
    name, kind, data = server.asked[0].parts["ref_audio"]
    assert (name, kind, data) == ("reference.wav", "audio/wav", file().data)
    with engine_of(server) as engine, pytest.raises(EngineError, match="go along") as refused:
        engine.upload(b"", AudioFormat.WAV, Purpose.SONG, "id")
    assert refused.value.verdict is Verdict.REJECTED


def test_many_jobs_are_one_request(server: Loopback) -> None:
    def answer(asked: Asked) -> Said:
        return enveloped(
            [job_entry(job, 0, {"progress": 0.1}) for job in asked.json["task_id_list"]]
        )

    server.rules["/query_result"] = answer
    with engine_of(server) as engine:
        states = engine.poll([Job(f"job-{number}") for number in range(250)])
    assert len(states) == 250
    assert set(states.values()) == {InProgress(0.1)}
    assert len(server.asked) == 1


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_job_that_a_restarted_server_does_not_know_is_lost(server: Loopback) -> None:
    server.rules["/query_result"] = enveloped([job_entry("5f0c", 0)])
    clock = Clock()
    states = []
    with engine_of(server, clock) as engine:
        for _ in range(3):
            states.append(engine.poll([Job("5f0c")])["5f0c"])
            clock.now += 5
    assert states[:2] == [InProgress(), InProgress()]
    assert isinstance(states[2], EngineError)
    assert states[2].verdict is Verdict.LOST
    assert "restarted" in str(states[2])


def test_a_job_that_only_the_disk_of_the_server_remembers_is_lost(server: Loopback) -> None:
    server.rules["/query_result"] = enveloped(
        [job_entry("5f0c", 0, {"progress": 0.4, "stage": "x"})]
    )
    jobs = {"total": 0, "queued": 0, "running": 0, "succeeded": 0, "failed": 0}
    server.rules["/v1/stats"] = enveloped({"jobs": jobs, "avg_job_seconds": 5})
    clock = Clock()
    with engine_of(server, clock) as engine:
        for _ in range(20):
            state = engine.poll([Job("5f0c")])["5f0c"]
            if isinstance(state, EngineError):
                break
            clock.now += 2
    assert isinstance(state, EngineError)
    assert state.verdict is Verdict.LOST
    assert 10 <= clock.now <= 30
    assert 2 <= len(server.of("/v1/stats")) <= 4


def test_a_server_without_statistics_loses_no_slow_job(server: Loopback) -> None:
    server.rules["/query_result"] = enveloped([job_entry("5f0c", 0, {"progress": 0.4})])
    clock = Clock()
    with engine_of(server, clock) as engine:
        for _ in range(50):
            assert isinstance(engine.poll([Job("5f0c")])["5f0c"], InProgress)
            clock.now += 2
    assert 10 <= len(server.of("/v1/stats")) <= 20


def test_a_job_that_ended_unasked_takes_no_other_with_it(server: Loopback) -> None:
    clock = Clock()

    def answer(asked: Asked) -> Said:
        moving = (
            ("moves", 1, done_item())
            if clock.now > 20
            else ("moves", 0, {"progress": clock.now / 30})
        )
        entries = {"moves": moving, "waits": ("waits", 0, {"stage": "queued"})}
        return enveloped([job_entry(*entries[job]) for job in asked.json["task_id_list"]])

    def stats(_asked: Asked) -> Said:
        running = int(clock.now <= 20)
        jobs = {"total": 2, "queued": 1, "running": running, "succeeded": 0, "failed": 0}
        return enveloped({"jobs": jobs, "avg_job_seconds": 300})

    server.rules |= {"/query_result": answer, "/v1/stats": stats}
    with engine_of(server, clock) as engine:
        while clock.now < 40:
            # Old jobs are asked for less often than young ones.
            ids = ("moves", "waits") if clock.now <= 20 else ("waits",)
            states = engine.poll([Job(job) for job in ids])
            assert isinstance(states["waits"], InProgress), clock.now
            clock.now += 2


TRACEBACK = (
    'Traceback (most recent call last):\n  File "/srv/ace/x.py", line 3, in f\n'
    "RuntimeError: CUDA out of memory. Tried to allocate 2.00 GiB\n"
)


@pytest.mark.parametrize(
    ("entry", "verdict", "said"),
    [
        (job_entry("5f0c", 2, {"stage": "failed", "status": 2}), Verdict.RETRY, "gives no reason"),
        (job_entry("5f0c", 2), Verdict.RETRY, "not enough GPU memory"),
        (job_entry("5f0c", 1, done_item(file="")), Verdict.LOST, "no ffmpeg"),
        (job_entry("5f0c", 2, {"error": TRACEBACK}), Verdict.REJECTED, "not enough memory"),
        (job_entry("5f0c", 2, {"error": "LM init failed"}), Verdict.REJECTED, "language model"),
        (job_entry("5f0c", 2, {"error": "ValueError: odd"}), Verdict.RETRY, "ValueError: odd"),
        (job_entry("5f0c", 7, {"stage": "new"}), Verdict.LOST, "neither 0, 1 nor 2"),
        ({"task_id": "5f0c", "status": 1, "result": "{bro\x1bken"}, Verdict.LOST, "not JSON"),
    ],
)
def test_failures_of_a_job(
    server: Loopback, entry: dict[str, Any], verdict: Verdict, said: str
) -> None:
    state = polled(server, entry)
    assert isinstance(state, EngineError)
    assert state.verdict is verdict
    assert said in str(state)
    assert state.fix
    assert "Traceback" not in str(state)
    assert "/srv/ace" not in str(state)
    assert "\x1b" not in str(state)


def test_the_last_line_of_the_log_is_never_a_reason(server: Loopback) -> None:
    entry = job_entry("5f0c", 2, {"stage": "failed"}, progress_text="another job: out of memory")
    state = polled(server, entry)
    assert isinstance(state, EngineError)
    assert state.verdict is Verdict.RETRY
    assert "another job" not in str(state)


ROWS = [
    (Said({"detail": "Missing Authorization header"}, 401), Verdict.STOP, "refuses the key"),
    (Said({"detail": "Server busy: queue is full"}, 429), Verdict.SLOW_DOWN, "queue is full"),
    (Said({"detail": "bad JSON"}, 400), Verdict.REJECTED, "HTTP 400: bad JSON"),
    (Said({"detail": "type"}, 415), Verdict.REJECTED, "HTTP 415"),
    (
        Said({"detail": [{"loc": ["body", "bpm"], "msg": "no number"}]}, 422),
        Verdict.REJECTED,
        "HTTP 422: bpm: no number",
    ),
    (Said({"detail": "boom"}, 500), Verdict.RETRY, "HTTP 500: boom"),
    (Said(b"<html>Bad Gateway</html>", 502), Verdict.UNKNOWN, "Bad Gateway"),
    (Said({"detail": "CUDA out of memory"}, 500), Verdict.REJECTED, "not enough memory"),
    (Said({"detail": "Not Found"}, 404), Verdict.STOP, "no such ACE-Step service"),
    (Said(b"", 302, {"Location": "https://elsewhere/"}), Verdict.STOP, "elsewhere"),
    (enveloped(None, 500, "boom"), Verdict.RETRY, "code 500 under HTTP 200: boom"),
    (enveloped(None, 400, "no prompt"), Verdict.REJECTED, "code 400 under HTTP 200: no prompt"),
    (enveloped(None, 401, "Invalid API key"), Verdict.STOP, "refuses the key"),
    (enveloped({"status": "queued"}), Verdict.UNKNOWN, "no usable task_id"),
    (Said(b"<html>hello</html>"), Verdict.UNKNOWN, "<html>hello</html>"),
    (Said(b'{"data": ', headers={"Content-Type": "x"}), Verdict.UNKNOWN, "not JSON"),
    (Said({"data": {}, "code": 200}, cut=3), Verdict.UNKNOWN, "no whole answer"),
]


@pytest.mark.parametrize(("said", "verdict", "message"), ROWS)
def test_rows_of_the_table(server: Loopback, said: Said, verdict: Verdict, message: str) -> None:
    server.rules["/release_task"] = said
    with engine_of(server) as engine, pytest.raises(EngineError) as caught:
        engine.submit(asking())
    assert caught.value.verdict is verdict
    assert message in str(caught.value)
    assert len(server.asked) == 1


def test_how_long_a_full_server_asks_to_wait(server: Loopback) -> None:
    server.rules["/release_task"] = Said({"detail": "busy"}, 429, {"Retry-After": "7"})
    with engine_of(server) as engine, pytest.raises(EngineError) as caught:
        engine.submit(asking())
    assert caught.value.retry_after == 7


@pytest.mark.parametrize("status", [200, 400, 401, 500])
def test_a_key_that_is_echoed_is_not_shown(server: Loopback, status: int) -> None:
    server.rules["/release_task"] = Said({"detail": f"\x1b[31mBearer {KEY} is odd"}, status)
    with engine_of(server) as engine, pytest.raises(EngineError) as caught:
        engine.submit(asking())
    assert KEY not in str(caught.value) + caught.value.fix
    assert "\x1b" not in str(caught.value)


def test_no_server_is_unreachable() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with contextlib.closing(AceStepTasks(AceStepSettings(url=url, key=KEY))) as engine:
            for ask in (lambda: engine.submit(asking()), lambda: engine.poll([Job("a")])):
                with pytest.raises(EngineError, match="cannot reach") as caught:
                    ask()
                assert caught.value.verdict is Verdict.UNREACHABLE
                assert "songbatch engines acestep" in caught.value.fix
            state = engine.health()
    assert [item.state for item in state] == ["failed"]


def test_settings_that_cannot_be_used_send_nothing(server: Loopback) -> None:
    with engine_of(server, model="no model") as engine, pytest.raises(EngineRefused):
        engine.submit(asking())
    assert not server.asked


def collected(server: Loopback, item: dict[str, Any], sink: io.BytesIO | None = None) -> Any:
    with engine_of(server) as engine:
        return engine.collect(Job("5f0c"), Ready(item), sink or io.BytesIO())


def collect_error(server: Loopback, item: dict[str, Any]) -> EngineError:
    with pytest.raises(EngineError) as caught:
        collected(server, item)
    return caught.value


def test_a_song_of_another_model_stops_the_run_before_it_is_fetched(server: Loopback) -> None:
    item = done_item(dit_model="acestep-v15-sft")
    error = polled(server, job_entry("5f0c", 1, item))
    assert isinstance(error, EngineError)
    assert error.verdict is Verdict.STOP
    assert "acestep-v15-sft, not acestep-v15-turbo" in str(error)


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example/v1/audio?path=x",
        "//elsewhere.example/v1/audio?path=x",
        "@elsewhere.example/v1/audio?path=x",
        "/v1/stats",
        "/v1/audio",
        "/v1/audio?path=a b",
        "/v1/audio?path=x#part",
        "/v1/audio?path=x\r\nX: y",
    ],
)
def test_only_songs_of_the_server_are_fetched(server: Loopback, address: str) -> None:
    error = collect_error(server, done_item(file=address))
    assert "/v1/audio" in str(error)
    assert not server.asked


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_file_that_is_gone_is_a_lost_job(server: Loopback, status: int) -> None:
    server.rules["/v1/audio"] = Said({"detail": "File not found"}, status)
    error = collect_error(server, done_item())
    assert error.verdict is Verdict.LOST
    assert "File not found" in str(error)


@pytest.mark.parametrize(
    ("said", "verdict", "message"),
    [
        (Said({"detail": "key"}, 401), Verdict.STOP, "refuses the key"),
        (Said({"detail": "boom"}, 500), Verdict.RETRY, "HTTP 500"),
        (Said(wav(), cut=1000), Verdict.RETRY, "no whole answer"),
        (
            Said(b"fLaC" + bytes(100)),
            Verdict.REJECTED,
            "asked for, and the ACE-Step server sent FLAC",
        ),
        (Said(b"ID3" + bytes(100)), Verdict.REJECTED, "sent MP3"),
        (enveloped(None, 500, "no such song"), Verdict.RETRY, "no such song"),
        (enveloped(None, 404, "no such file"), Verdict.LOST, "no such file"),
        (Said(b"<html>login</html>"), Verdict.RETRY, "no audio"),
        (Said(b""), Verdict.RETRY, "no bytes"),
    ],
)
def test_songs_that_do_not_come(
    server: Loopback, said: Said, verdict: Verdict, message: str
) -> None:
    server.rules["/v1/audio"] = said
    error = collect_error(server, done_item())
    assert error.verdict is verdict
    assert message in str(error)


def test_a_song_without_end_is_cut_off(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    server.rules["/v1/audio"] = Said(wav(1.0))
    monkeypatch.setattr(calls, "_SLACK_BYTES", 0)
    monkeypatch.setattr("songbatch.engines.acestep.tasks.song_bytes", lambda: 1000)
    error = collect_error(server, done_item())
    assert "more than 1,000 bytes" in str(error)


def test_a_lost_submit_cannot_be_found(server: Loopback) -> None:
    with engine_of(server) as engine:
        assert engine.find(asking(), "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z", ()) is None


HEALTHY = {
    "/health": enveloped(
        {
            "status": "ok",
            "service": "ACE-Step API",
            "version": "1.0",
            "models_initialized": True,
            "llm_initialized": True,
            "loaded_lm_model": "acestep-5Hz-lm-1.7B",
        }
    ),
    "/v1/stats": enveloped(
        {"jobs": {"queued": 2, "running": 1}, "avg_job_seconds": 12.5, "queue_maxsize": 200}
    ),
    "/v1/model_inventory": enveloped(
        {
            "models": [
                {"name": "acestep-v15-turbo", "is_loaded": True, "is_default": True},
                {"name": "acestep-v15-sft", "is_loaded": False},
            ]
        }
    ),
}


def findings(server: Loopback, **more: Any) -> dict[str, tuple[str, str]]:
    with engine_of(server, **more) as engine:
        return {item.subject: (str(item.state), item.text) for item in engine.health()}


def test_a_healthy_server(server: Loopback) -> None:
    server.rules |= HEALTHY
    found = findings(server)
    assert {state for state, _ in found.values()} == {"ok"}
    assert found["queue"][1] == "1 running, 2 waiting; 12.5 s a song"
    assert "fills in" in found["language model"][1]
    assert not [asked for asked in server.asked if asked.method != "GET"]


def test_an_older_server_lists_its_models_elsewhere(server: Loopback) -> None:
    server.rules |= HEALTHY
    server.rules["/v1/models"] = server.rules.pop("/v1/model_inventory")
    server.rules["/health"] = enveloped({"status": "ok"})
    found = findings(server)
    assert found["model"][0] == "ok"
    assert "does not say" in found["language model"][1]


def test_a_key_that_is_refused_is_found(server: Loopback) -> None:
    server.rules |= HEALTHY | {"/v1/stats": Said({"detail": "Invalid API key"}, 401)}
    assert findings(server)["key"][0] == "failed"


@pytest.mark.parametrize(
    ("model", "said"),
    [("acestep-v15-trubo", "has no model"), ("acestep-v15-sft", "there and not loaded")],
)
def test_a_model_that_would_be_replaced_is_found(server: Loopback, model: str, said: str) -> None:
    server.rules |= HEALTHY
    state, text = findings(server, model=model)["model"]
    assert state == "failed"
    assert said in text


def test_a_server_that_loads_at_the_first_song_is_fine(server: Loopback) -> None:
    server.rules |= HEALTHY | {
        "/v1/model_inventory": enveloped(
            {"models": [{"name": "acestep-v15-turbo", "is_loaded": False}]}
        )
    }
    state, text = findings(server)["model"]
    assert state == "ok"
    assert "at the first song" in text


def test_texts_of_a_job_are_safe_to_show(server: Loopback) -> None:
    entry = {
        "task_id": "5f0c",
        "status": 0,
        "result": json.dumps([{"progress": 5, "stage": f"\x1b]0;x\x07 {KEY}"}]),
    }
    state = polled(server, entry)
    assert isinstance(state, InProgress)
    assert state.progress == 1.0
    assert "\x1b" not in state.stage
    assert KEY not in state.stage
