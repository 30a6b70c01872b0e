"""The dialect replicate on a simulated service: every row of its verdicts, money, lost answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from songbatch.diagnostics import EngineRefused
from songbatch.engines.base import Absent, EngineError, InProgress, Job, Ready, Verdict
from songbatch.engines.health import HealthState
from songbatch.engines.job_service.engine import JobServiceEngine
from songbatch.model import AudioFormat, EngineSettings, Purpose
from support.replicate import troubles
from support.replicate.server import ReplicateServer
from support.replicate.troubles import Mishap, Trouble
from tests.engines.job_service.opening import (
    KEYS,
    asking,
    collected,
    ended,
    error_of,
    failure_of,
    found_anew,
    opened,
    song_of,
)

KEY = KEYS["replicate"]
MODEL = "fishaudio/ace-step-1.5"
VERSION = "74e3a7d383b18815e277de5223f5fe9d53d38832de15aa567fe729fa129d0d85"
ELSEWHERE = "https://api.replicate.com.evil.example/v1/predictions"


@pytest.fixture
def server() -> Iterator[ReplicateServer]:
    with ReplicateServer(key=KEY) as server:
        yield server


@pytest.fixture
def engine(server: ReplicateServer) -> Iterator[JobServiceEngine]:
    with opened("replicate", "ace-step-1.5", server.url) as engine:
        yield engine


def now(**later: float) -> str:
    return (datetime.now(UTC) + timedelta(**later)).isoformat(timespec="seconds")


def test_a_song_is_asked_for_polled_and_collected(
    server: ReplicateServer, engine: JobServiceEngine
) -> None:
    server.course.polls_to_finish = 3
    job = engine.submit(asking())
    assert job.id == server.predictions[0].id
    assert engine.poll([job])[job.id] == InProgress(stage="processing")
    song, answer = collected(engine, job)
    assert song.startswith(b"RIFF")
    assert answer.trace_id == job.id
    assert answer.cost_is_computed
    assert answer.cost_usd == pytest.approx(server.books.usd)
    assert answer.cost_usd
    (sent,) = server.submissions
    assert sent.headers["authorization"] == f"Bearer {KEY}"
    assert "prefer" not in sent.headers


@pytest.mark.parametrize("path", ["", "/v1"])
def test_the_address_may_have_the_version_or_not(server: ReplicateServer, path: str) -> None:
    with opened("replicate", "ace-step-1.5", server.url + path) as engine:
        assert song_of(engine, asking())[0].startswith(b"RIFF")


@pytest.mark.parametrize("trouble", [troubles.AS_TEXT, troubles.AS_LIST])
def test_an_output_is_a_text_or_a_list(
    server: ReplicateServer, engine: JobServiceEngine, trouble: Trouble
) -> None:
    server.script_predictions([trouble])
    assert song_of(engine, asking())[0].startswith(b"RIFF")


def test_an_official_model_needs_no_version(server: ReplicateServer) -> None:
    with opened("replicate", "minimax-cover", server.url) as engine:
        handle = engine.upload(reference(), AudioFormat.MP3, Purpose.SONG, "r").handle or ""
        song, answer = song_of(engine, asking(handles={Purpose.SONG: handle}))
    assert song.startswith(b"RIFF")
    assert (answer.cost_usd, answer.cost_is_computed) == (None, False)
    assert server.books.usd == pytest.approx(0.15)


def reference() -> bytes:
    from support.fal import sound  # noqa: PLC0415

    return sound.song("mp3", 20.0, "a reference")


SUBMITS: list[tuple[Mishap, Verdict, str]] = [
    (troubles.UNAUTHORIZED, Verdict.STOP, "refuses the key"),
    (troubles.NO_CREDIT, Verdict.STOP, "no balance"),
    (troubles.FORBIDDEN, Verdict.STOP, "forbids"),
    (troubles.NOT_FOUND, Verdict.STOP, f"no model {MODEL}:74e3a7d383b1"),
    (troubles.INVALID_VERSION, Verdict.STOP, "may be gone"),
    (Mishap.redirect(302, ELSEWHERE), Verdict.STOP, "elsewhere"),
    (Mishap.http(422, "- input.duration: Must be at most 300"), Verdict.REJECTED, "duration"),
    (Mishap.http(400, "Bad request"), Verdict.REJECTED, "refuses the request"),
    (Mishap.throttled(30), Verdict.SLOW_DOWN, "no more requests"),
    (troubles.VENDOR_ERROR, Verdict.RETRY, "in trouble"),
    (troubles.OVERLOADED, Verdict.RETRY, "in trouble"),
    (Mishap.gateway(502), Verdict.UNKNOWN, "in trouble"),
    (Mishap.gateway(504, carried_out=False), Verdict.UNKNOWN, "in trouble"),
    (Mishap.lost_before(), Verdict.UNKNOWN, "no whole answer came from Replicate"),
    (Mishap.lost_after(), Verdict.UNKNOWN, "no whole answer"),
    (Mishap.reset(), Verdict.UNKNOWN, "no whole answer"),
    (Mishap.no_http(), Verdict.UNKNOWN, "no whole answer"),
    (Mishap.cut_off(), Verdict.UNKNOWN, "no whole answer"),
    (Mishap.odd(b"{}"), Verdict.UNKNOWN, "no usable id"),
    (Mishap.odd(b'{"id": "../account"}'), Verdict.UNKNOWN, "no usable id"),
    (Mishap.odd(b"hello"), Verdict.UNKNOWN, "no usable id"),
]


@pytest.mark.parametrize(
    ("mishap", "verdict", "words"), SUBMITS, ids=lambda v: getattr(v, "name", "")
)
def test_submits_that_fail(
    server: ReplicateServer,
    engine: JobServiceEngine,
    mishap: Mishap,
    verdict: Verdict,
    words: str,
) -> None:
    server.script("create", [mishap])
    error = error_of(lambda: engine.submit(asking()))
    assert error.verdict is verdict
    assert words in str(error)


@pytest.mark.parametrize("header", [True, False])
def test_throttling_says_when_to_come_back(
    server: ReplicateServer, engine: JobServiceEngine, header: bool
) -> None:
    server.script("create", [Mishap.throttled(17, header=header)])
    assert error_of(lambda: engine.submit(asking())).retry_after == 17.0


def test_a_model_that_vanished_is_told_in_a_sentence(server: ReplicateServer) -> None:
    server.withdraw("minimax/music-01")
    with opened("replicate", "music-01", server.url) as engine:
        error = error_of(lambda: engine.submit(asking()))
        (_, doubt, model) = [item for item in engine.health() if item.subject != "clock"]
    assert error.verdict is Verdict.STOP
    assert "no model minimax/music-01" in str(error)
    assert "songbatch engines replicate" in error.fix
    assert {doubt.state, model.state} == {HealthState.FINE, HealthState.FAILED}
    server.withdraw(MODEL)
    with opened("replicate", "ace-step-1.5", server.url) as engine:
        assert error_of(lambda: engine.submit(asking())).verdict is Verdict.STOP


def test_a_community_model_without_a_version_is_not_found(server: ReplicateServer) -> None:
    row = {"version": ""}
    said = EngineSettings(url=server.url, models={"ace-step-1.5": row})
    with opened("replicate", "ace-step-1.5", "", said) as engine:
        assert error_of(lambda: engine.submit(asking())).verdict is Verdict.STOP


FAILURES: list[tuple[Trouble, Verdict, int | None]] = [
    (troubles.FLAGGED, Verdict.REJECTED, None),
    (troubles.OUT_OF_MEMORY, Verdict.RETRY, 1),
    (troubles.TIMED_OUT, Verdict.RETRY, 1),
    (troubles.NO_REASON, Verdict.REJECTED, None),
    (Trouble.failing("list index out of range"), Verdict.REJECTED, None),
    (troubles.ABORTED, Verdict.RETRY, None),
    (troubles.CANCELED, Verdict.LOST, None),
    (troubles.VANISHED, Verdict.LOST, None),
    (troubles.REMOVED, Verdict.LOST, None),
]


@pytest.mark.parametrize(
    ("trouble", "verdict", "tries"), FAILURES, ids=lambda v: getattr(v, "name", "")
)
def test_predictions_that_come_to_nothing(
    server: ReplicateServer,
    engine: JobServiceEngine,
    trouble: Trouble,
    verdict: Verdict,
    tries: int | None,
) -> None:
    server.script_predictions([trouble])
    error = failure_of(engine, engine.submit(asking()))
    assert (error.verdict, error.most_tries) == (verdict, tries)
    if verdict is not Verdict.LOST:
        assert (error.cost_usd or 0) == pytest.approx(server.books.usd)


OF_THE_LINE: list[tuple[Mishap, Verdict]] = [
    (troubles.UNAUTHORIZED, Verdict.STOP),
    (troubles.NO_CREDIT, Verdict.STOP),
    (troubles.FORBIDDEN, Verdict.STOP),
    (Mishap.throttled(3), Verdict.SLOW_DOWN),
    (Mishap.lost_before(), Verdict.RETRY),
    (Mishap.cut_off(), Verdict.RETRY),
    (Mishap.no_http(), Verdict.RETRY),
    (Mishap.gateway(502), Verdict.RETRY),
    (Mishap.gateway(404), Verdict.RETRY),
    (troubles.VENDOR_ERROR, Verdict.RETRY),
    (troubles.OVERLOADED, Verdict.RETRY),
    (Mishap.odd(b"{}", 200), Verdict.RETRY),
    (Mishap.odd(b"hello", 200), Verdict.RETRY),
    (Mishap.redirect(302, ELSEWHERE), Verdict.STOP),
]


@pytest.mark.parametrize(("mishap", "verdict"), OF_THE_LINE, ids=lambda v: getattr(v, "name", ""))
def test_what_goes_wrong_with_a_question_leaves_the_job_alone(
    server: ReplicateServer, engine: JobServiceEngine, mishap: Mishap, verdict: Verdict
) -> None:
    job = engine.submit(asking())
    server.script("get", [mishap])
    assert error_of(lambda: engine.poll([job])).verdict is verdict
    assert collected(engine, job)[0].startswith(b"RIFF")
    assert server.charged == 1


def test_a_prediction_that_is_gone_is_lost(
    server: ReplicateServer, engine: JobServiceEngine
) -> None:
    job = engine.submit(asking())
    server.script("get", [troubles.NOT_FOUND])
    assert failure_of(engine, job).verdict is Verdict.LOST


def test_a_song_is_kept_for_an_hour(server: ReplicateServer, engine: JobServiceEngine) -> None:
    job = engine.submit(asking())
    ready = ended(engine, job)
    assert isinstance(ready, Ready)
    server.pass_time(3700)
    error = failure_of(engine, job)
    assert error.verdict is Verdict.LOST
    assert "after an hour" in str(error)


def test_many_predictions_are_asked_for_at_once(
    server: ReplicateServer, engine: JobServiceEngine
) -> None:
    jobs = [engine.submit(asking(take=take, seed=take)) for take in range(1, 31)]
    assert len(engine.poll(jobs)) == 30
    server.script("get", [Mishap.throttled(3)] * 30)
    assert error_of(lambda: engine.poll(jobs)).verdict is Verdict.SLOW_DOWN
    assert server.polls < 30 + 10


def test_an_answer_without_audio_is_lost(server: ReplicateServer, engine: JobServiceEngine) -> None:
    server.script_predictions([troubles.NO_OUTPUT, troubles.AS_OBJECT])
    assert error_of(lambda: song_of(engine, asking())).verdict is Verdict.LOST
    error = error_of(lambda: song_of(engine, asking()))
    assert error.verdict is Verdict.STOP
    assert "gives: {audio: " in error.fix


@pytest.mark.parametrize("trouble", [troubles.FILE_GONE, troubles.FILE_FORBIDDEN])
def test_a_file_that_is_gone_is_lost(
    server: ReplicateServer, engine: JobServiceEngine, trouble: Trouble
) -> None:
    server.script_predictions([trouble])
    job = engine.submit(asking())
    assert error_of(lambda: collected(engine, job)).verdict is Verdict.LOST
    assert server.requests["download"] == 2


@pytest.mark.parametrize(
    "mishap",
    [Mishap.cut_off(), Mishap.reset(), Mishap.gateway(503, carried_out=False), Mishap.no_http()],
    ids=lambda mishap: mishap.name,
)
def test_a_download_that_breaks_is_repeated_for_nothing(
    server: ReplicateServer, engine: JobServiceEngine, mishap: Mishap
) -> None:
    job = engine.submit(asking())
    server.script("download", [mishap])
    assert error_of(lambda: collected(engine, job)).verdict is Verdict.RETRY
    assert collected(engine, job)[0].startswith(b"RIFF")
    assert server.charged == 1


def test_outputs_come_from_another_port_without_the_key() -> None:
    with ReplicateServer(key=KEY, delivers_apart=True) as server:
        with opened("replicate", "ace-step-1.5", server.url) as engine:
            assert song_of(engine, asking())[0].startswith(b"RIFF")
        assert [download.authorization for download in server.downloads] == [""]


def test_outputs_elsewhere_are_not_fetched_over_http(
    server: ReplicateServer, engine: JobServiceEngine
) -> None:
    server.script_predictions([Trouble.odd("http://replicate.delivery.evil.example/song.wav")])
    assert error_of(lambda: song_of(engine, asking())).verdict is Verdict.LOST


def test_a_lost_create_is_found_among_the_recent_ones(
    server: ReplicateServer, engine: JobServiceEngine
) -> None:
    server.plant(VERSION, {"prompt": "x", "lyrics": "another", "duration": 10}, age=30.0)
    known = engine.submit(asking())
    server.script("create", [Mishap.lost_after()])
    since = now()
    assert error_of(lambda: engine.submit(asking())).verdict is Verdict.UNKNOWN
    job = engine.find(asking(), since, now(), [known.id])
    assert isinstance(job, Job)
    assert job.id == server.predictions[-1].id
    assert collected(engine, job)[0].startswith(b"RIFF")


def found(server: ReplicateServer, *known: str) -> object:
    asked, early, late = asking(), now(minutes=-4), now(minutes=-3)
    return found_anew("replicate", "ace-step-1.5", server.url, asked, early, late, *known)


def test_what_never_arrived_is_absent_once_that_is_certain(
    server: ReplicateServer, engine: JobServiceEngine
) -> None:
    assert engine.find(asking(), now(), now(), []) is None
    assert isinstance(found(server), Absent)
    one = engine.submit(asking())
    assert found(server) == Job(one.id, one.poll_after)
    assert isinstance(found(server, one.id), Absent)
    assert isinstance(engine.find(asking(), now(minutes=-4), now(minutes=-3), []), Absent)
    engine.submit(asking())
    engine.submit(asking())
    assert found(server, one.id) is None


def test_what_cannot_be_read_is_not_absent(
    server: ReplicateServer, engine: JobServiceEngine
) -> None:
    job = engine.submit(asking())
    ended(engine, job)
    server.remove_data()
    assert found(server) is None
    server.predictions.clear()
    server.echoes_defaults = True
    engine.submit(asking())
    assert found(server) is None
    server.script("get", [troubles.VENDOR_ERROR])
    assert error_of(lambda: found(server)).verdict is Verdict.RETRY


def test_the_whole_list_is_looked_through(
    server: ReplicateServer, engine: JobServiceEngine
) -> None:
    wanted = engine.submit(asking())
    for take in range(5):
        engine.submit(asking(seed=take))
    server.page_size = 2
    assert found(server) == Job(wanted.id, wanted.poll_after)
    assert server.requests["list"] == 3
    page = {"results": [], "next": f"{ELSEWHERE}?cursor=x"}
    server.script("list", [Mishap.raw(json.dumps(page).encode())])
    assert found(server) is None


def test_an_upload_expires_as_the_service_says(
    server: ReplicateServer, engine: JobServiceEngine
) -> None:
    uploaded = engine.upload(b"ID3 a reference", AudioFormat.MP3, Purpose.SONG, "r")
    (upload,) = server.files.uploads
    assert upload.content == b"ID3 a reference"
    assert (upload.file.name, upload.file.content_type) == ("reference.mp3", "audio/mpeg")
    assert uploaded.handle == f"{server.url}/v1/files/{upload.id}"
    assert uploaded.until is not None
    left = datetime.fromisoformat(uploaded.until) - datetime.now(UTC)
    assert timedelta(hours=23, minutes=59) < left <= timedelta(hours=24)
    server.files.kept = None
    assert engine.upload(b"x", AudioFormat.WAV, Purpose.SONG, "r").until is None


@pytest.mark.parametrize("lost_files", ["create", "run"])
def test_a_reference_that_is_gone_is_uploaded_again(
    server: ReplicateServer, lost_files: str
) -> None:
    server.lost_files = lost_files  # type: ignore[assignment]
    with opened("replicate", "minimax-cover", server.url) as engine:
        handle = engine.upload(reference(), AudioFormat.MP3, Purpose.SONG, "r").handle or ""
        server.files.forget()
        request = asking(handles={Purpose.SONG: handle})
        try:
            error = failure_of(engine, engine.submit(request))
        except EngineError as refused:
            error = refused
    assert error.verdict is Verdict.REUPLOAD, str(error)


@pytest.mark.parametrize(
    ("mishap", "verdict"),
    [
        (troubles.UNAUTHORIZED, Verdict.STOP),
        (Mishap.http(413, "Payload too large"), Verdict.REJECTED),
        (Mishap.gateway(502), Verdict.RETRY),
        (Mishap.lost_after(), Verdict.RETRY),
        (Mishap.odd(b'{"urls": {"get": "file:///etc/passwd"}}'), Verdict.REJECTED),
    ],
)
def test_uploads_that_fail(
    server: ReplicateServer, engine: JobServiceEngine, mishap: Mishap, verdict: Verdict
) -> None:
    server.script("upload", [mishap])
    error = error_of(lambda: engine.upload(b"ID3", AudioFormat.MP3, Purpose.SONG, "r"))
    assert error.verdict is verdict


def test_health_tells_account_model_and_fields(
    server: ReplicateServer, engine: JobServiceEngine
) -> None:
    found = {item.subject: item for item in engine.health()}
    assert {item.state for item in found.values()} == {HealthState.FINE}
    assert "songwriter" in found["key"].text
    server.script("model", [Mishap.odd(schema("prompt", "lyrics"), 200)])
    (fields,) = [item for item in engine.health() if item.subject == "fields"]
    assert fields.state is HealthState.WARNING
    assert "the newest version does not know duration, seed" in fields.text
    server.script("account", [troubles.UNAUTHORIZED])
    assert engine.health()[0].state is HealthState.FAILED


def schema(*names: str) -> bytes:
    properties = {name: {"type": "string"} for name in names}
    schemas = {"Input": {"properties": properties}}
    openapi = {"components": {"schemas": schemas}}
    return json.dumps({"latest_version": {"id": "ab" * 32, "openapi_schema": openapi}}).encode()


def test_without_a_key_nothing_is_sent(server: ReplicateServer) -> None:
    with (
        opened("replicate", "ace-step-1.5", server.url, key="") as engine,
        pytest.raises(EngineRefused, match="REPLICATE_API_TOKEN"),
    ):
        engine.submit(asking())
    assert not server.requests


def test_the_key_is_never_repeated(server: ReplicateServer, engine: JobServiceEngine) -> None:
    server.script("create", [Mishap.http(422, f"odd: Bearer {KEY}")])
    error = error_of(lambda: engine.submit(asking()))
    assert KEY not in str(error)
    assert "[key]" in str(error)
    server.script("create", [Mishap.odd(json.dumps({"id": KEY}).encode())])
    assert KEY not in str(error_of(lambda: engine.submit(asking())))
