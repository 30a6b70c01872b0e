"""The dialect fal on a simulated service: every row of its verdicts, money, lost answers."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from songbatch.diagnostics import EngineRefused
from songbatch.engines.base import (
    EngineError,
    Generation,
    InProgress,
    Job,
    Ready,
    Verdict,
)
from songbatch.engines.health import HealthState
from songbatch.engines.job_service.engine import JobServiceEngine
from songbatch.model import AudioFormat, EngineSettings, Purpose
from support.fal import sound, troubles
from support.fal.server import FalServer
from support.fal.troubles import Mishap, Trouble
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

KEY = KEYS["fal"]
SECRET = KEY.partition(":")[2]
MUSIC, ACE = "minimax/music-3", "fal-ai/ace-step-1.5"


@pytest.fixture
def server() -> Iterator[FalServer]:
    with FalServer(key=KEY) as server:
        yield server


@pytest.fixture
def engine(server: FalServer) -> Iterator[JobServiceEngine]:
    with opened("fal", "music-3", server.url) as engine:
        yield engine


def now(**later: float) -> str:
    return (datetime.now(UTC) + timedelta(**later)).isoformat(timespec="seconds")


def test_a_song_is_asked_for_polled_and_collected(
    server: FalServer, engine: JobServiceEngine
) -> None:
    server.queue.positions = (2, 1)
    server.queue.running_polls = 1
    job = engine.submit(asking())
    assert job.id == f"minimax/music-3/requests/{server.jobs[0].request_id}"
    first, second, third = (engine.poll([job])[job.id] for _ in range(3))
    assert [first, second] == [InProgress(position=p, stage="queued") for p in (2, 1)]
    assert third == InProgress(stage="in progress")
    song, answer = collected(engine, job)
    assert song.startswith(b"RIFF")
    assert answer.seed == 41
    assert answer.filled_in == {"duration": 8.0}
    assert answer.trace_id == server.jobs[0].request_id
    assert answer.cost_is_computed
    assert answer.cost_usd == pytest.approx(server.books.total) == pytest.approx(0.016)
    headers = server.jobs[0].headers
    assert headers["authorization"] == f"Key {KEY}"
    assert headers["x-fal-no-retry"] == "1"
    lifecycle = json.loads(headers["x-fal-object-lifecycle-preference"])
    assert lifecycle == {"expiration_duration_seconds": 604800}
    assert headers["connection"] == "close"


def test_hosts_may_stand_apart() -> None:
    with FalServer(key=KEY, apart=True) as server:
        said = EngineSettings(
            url=server.queue_url, platform_url=server.platform_url, upload_url=server.upload_url
        )
        with opened("fal", "music-3", "", said) as engine:
            song, _ = song_of(engine, asking())
            assert song.startswith(b"RIFF")
            assert engine.upload(b"ID3", AudioFormat.MP3, Purpose.SONG, "r").handle
            assert all(item.state is HealthState.FINE for item in engine.health())
        assert server.strays == []


def test_a_long_endpoint_has_jobs_at_its_first_two_parts(server: FalServer) -> None:
    with opened("fal", "mureka-9", server.url) as engine:
        job = engine.submit(asking())
        assert job.id.startswith("mureka/api/requests/")
        song, answer = collected(engine, job)
    assert not song.startswith(b"RIFF")
    assert answer.cost_usd == pytest.approx(0.0675)
    assert answer.line_times[0][1] == "Over the harbour the lamps go out"


SUBMITS: list[tuple[Mishap, Verdict, str]] = [
    (troubles.WRONG_KEY, Verdict.STOP, "refuses the key"),
    (troubles.LOCKED, Verdict.STOP, "locked, or has no balance"),
    (troubles.UNPAID, Verdict.STOP, "locked, or has no balance"),
    (Mishap.http(403, "Not allowed"), Verdict.STOP, "forbids"),
    (troubles.GONE, Verdict.STOP, "no endpoint minimax/music-3: the model may be gone"),
    (Mishap.redirect("{stranger}/minimax/music-3"), Verdict.STOP, "elsewhere"),
    (Mishap.http(405, "Method not allowed"), Verdict.STOP, "no such service"),
    (Mishap.http(407, "Proxy"), Verdict.STOP, "proxy"),
    (Mishap.http(422, "Not accepted"), Verdict.REJECTED, "refuses the request"),
    (Mishap.http(400, "Bad", "bad_request"), Verdict.REJECTED, "refuses the request"),
    (
        Mishap.http(422, [{"loc": ["body", "lyrics"], "msg": "no", "type": "value_error"}]),
        Verdict.REJECTED,
        "song's `lyrics`: value_error: no",
    ),
    (Mishap.too_many("7"), Verdict.SLOW_DOWN, "no more requests"),
    (Mishap.http(500, "Broken", "internal_error"), Verdict.RETRY, "in trouble"),
    (Mishap.http(503, "Broken"), Verdict.RETRY, "in trouble"),
    (Mishap.start_timeout(), Verdict.RETRY, "in trouble"),
    (Mishap.nginx(502), Verdict.RETRY, "in trouble"),
    (Mishap.nginx(504), Verdict.RETRY, "in trouble"),
    (Mishap.http(500, "x", with_request_id=False, carried_out=True), Verdict.UNKNOWN, "trouble"),
    (Mishap.http(499, "x", "client_disconnected"), Verdict.UNKNOWN, "broke off"),
    (Mishap.lost_before(), Verdict.UNKNOWN, "no whole answer came from fal's queue"),
    (Mishap.lost_after(), Verdict.UNKNOWN, "no whole answer"),
    (Mishap.reset(), Verdict.UNKNOWN, "no whole answer"),
    (Mishap.cut_off(), Verdict.UNKNOWN, "no whole answer"),
    (Mishap.raw(b"<html>hello</html>", 200, "text/html"), Verdict.UNKNOWN, "no usable request_id"),
    (Mishap.raw(b'{"request_id": "../../x"}'), Verdict.UNKNOWN, "no usable request_id"),
    (Mishap.raw(b"[]"), Verdict.UNKNOWN, "no usable request_id"),
]


@pytest.mark.parametrize(
    ("mishap", "verdict", "words"), SUBMITS, ids=lambda v: getattr(v, "name", "")
)
def test_submits_that_fail(
    server: FalServer, engine: JobServiceEngine, mishap: Mishap, verdict: Verdict, words: str
) -> None:
    server.script("submit", [mishap])
    error = error_of(lambda: engine.submit(asking()))
    assert error.verdict is verdict
    assert words in str(error)
    assert SECRET not in f"{error}{error.fix}"
    assert server.visits == []


def test_too_many_requests_say_when_to_come_back(
    server: FalServer, engine: JobServiceEngine
) -> None:
    server.script("submit", [Mishap.too_many("7"), Mishap.http(429, "Try again in 12 seconds.")])
    waits = [error_of(lambda: engine.submit(asking())).retry_after for _ in range(2)]
    assert waits == [7.0, 12.0]


def test_nobody_there_is_unreachable(server: FalServer, engine: JobServiceEngine) -> None:
    with server.down():
        assert error_of(lambda: engine.submit(asking())).verdict is Verdict.UNREACHABLE
        job = Job("minimax/music-3/requests/x")
        assert error_of(lambda: engine.poll([job])).verdict is Verdict.UNREACHABLE


def test_a_silent_service_is_not_waited_for(server: FalServer) -> None:
    server.script("submit", [Mishap.stalling()])
    with opened("fal", "music-3", server.url, read_timeout=0.3) as engine:
        assert error_of(lambda: engine.submit(asking())).verdict is Verdict.UNKNOWN


FAILURES: list[tuple[Trouble, Verdict, str]] = [
    (troubles.CONTENT_POLICY, Verdict.REJECTED, "refuses the contents"),
    (troubles.DOWNSTREAM_ERROR, Verdict.REJECTED, "refuses the request"),
    (troubles.BAD_REQUEST, Verdict.REJECTED, "refuses the request"),
    (Trouble.rejected("value_error", at="lyrics"), Verdict.REJECTED, "song's `lyrics`"),
    (Trouble.rejected("audio_duration_too_long"), Verdict.REJECTED, "refuses the request"),
    (Trouble.rejected("file_download_error", at="audio_url"), Verdict.REJECTED, "cannot fetch"),
    (troubles.DOWNSTREAM_UNAVAILABLE, Verdict.RETRY, "charges nothing"),
    (troubles.GENERATION_TIMEOUT, Verdict.RETRY, "charges nothing"),
    (troubles.MODEL_BROKE, Verdict.RETRY, "charges nothing"),
    (troubles.INTERNAL_ERROR, Verdict.RETRY, "charges nothing"),
    (troubles.REQUEST_TIMEOUT, Verdict.RETRY, "charges nothing"),
    (troubles.RUNNER_DISCONNECTED, Verdict.RETRY, "charges nothing"),
    (troubles.RUNNER_SERVER_ERROR, Verdict.RETRY, "charges nothing"),
    (troubles.STARTUP_TIMEOUT, Verdict.RETRY, "charges nothing"),
    (Trouble.failing(499, "client_cancelled"), Verdict.LOST, "cancelled at the service, which may"),
    (Trouble.failing(404, "not_found"), Verdict.LOST, "has the song no more"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("trouble", "verdict", "words"), FAILURES, ids=lambda v: getattr(v, "name", "")
)
def test_jobs_that_fail_are_completed_and_tell_by_their_result(
    server: FalServer, engine: JobServiceEngine, trouble: Trouble, verdict: Verdict, words: str
) -> None:
    server.script_jobs([trouble])
    error = failure_of(engine, engine.submit(asking()))
    assert error.verdict is verdict
    assert words in str(error)
    assert server.books.total == 0


def test_a_reference_that_cannot_be_fetched_is_uploaded_again(server: FalServer) -> None:
    row = {"sends": {"reference": {"field": "audio_url"}}}
    said = EngineSettings(url=server.url, models={"music-3": row})
    server.script_jobs([Trouble.rejected("file_download_error", at="audio_url")])
    with opened("fal", "music-3", "", said) as engine:
        assert failure_of(engine, engine.submit(asking())).verdict is Verdict.REUPLOAD


def test_what_a_refusal_cost_is_told(server: FalServer, engine: JobServiceEngine) -> None:
    server.queue.rejected_units = 4.0
    server.script_jobs([troubles.CONTENT_POLICY])
    error = failure_of(engine, engine.submit(asking()))
    assert error.cost_usd == pytest.approx(server.books.total) == pytest.approx(0.008)


OF_THE_LINE: list[tuple[Mishap, Verdict]] = [
    (troubles.WRONG_KEY, Verdict.STOP),
    (troubles.LOCKED, Verdict.STOP),
    (troubles.UNPAID, Verdict.STOP),
    (Mishap.too_many("3"), Verdict.SLOW_DOWN),
    (Mishap.lost_before(), Verdict.RETRY),
    (Mishap.cut_off(), Verdict.RETRY),
    (Mishap.raw(b"{}"), Verdict.RETRY),
    (Mishap.nginx(502), Verdict.RETRY),
    (Mishap.nginx(404), Verdict.RETRY),
    (Mishap.http(500, "Broken", "internal_error"), Verdict.RETRY),
    (Mishap.redirect("{stranger}/x"), Verdict.STOP),
]


@pytest.mark.parametrize(("mishap", "verdict"), OF_THE_LINE, ids=lambda v: getattr(v, "name", ""))
def test_what_goes_wrong_with_a_question_leaves_the_job_alone(
    server: FalServer, engine: JobServiceEngine, mishap: Mishap, verdict: Verdict
) -> None:
    job = engine.submit(asking())
    server.script("status", [mishap])
    error = error_of(lambda: engine.poll([job]))
    assert error.verdict is verdict
    assert collected(engine, job)[0].startswith(b"RIFF")
    assert len(server.books.charges) == 1
    assert server.visits == []


@pytest.mark.parametrize("mishap", [troubles.LOCKED, Mishap.nginx(), Mishap.cut_off()])
def test_a_result_that_does_not_come_is_asked_for_again(
    server: FalServer, engine: JobServiceEngine, mishap: Mishap
) -> None:
    job = engine.submit(asking())
    server.script("result", [mishap])
    error = error_of(lambda: [engine.poll([job]) for _ in range(3)])
    assert error.verdict in {Verdict.STOP, Verdict.RETRY}
    assert collected(engine, job)[0].startswith(b"RIFF")


def test_a_gateways_page_in_place_of_a_failures_result_is_its_end(
    server: FalServer, engine: JobServiceEngine
) -> None:
    server.script_jobs([troubles.RUNNER_DISCONNECTED])
    server.script("result", [Mishap.nginx()])
    assert failure_of(engine, engine.submit(asking())).verdict is Verdict.RETRY


def test_a_renamed_field_is_named_with_the_line_that_mends_it(
    server: FalServer, engine: JobServiceEngine
) -> None:
    server.rename(MUSIC, lyrics="words")
    for at_once in (True, False):
        server.queue.rejects_at_once = at_once
        error = (
            error_of(lambda: engine.submit(asking()))
            if at_once
            else failure_of(engine, engine.submit(asking()))
        )
        assert error.verdict is Verdict.REJECTED
        assert "`words`" in str(error)
        line = "engines: {fal: {models: {music-3: {sends: {lyrics: {field: words}}}}}}"
        assert line in error.fix
    said = EngineSettings(
        url=server.url, models={"music-3": {"sends": {"lyrics": {"field": "words"}}}}
    )
    with opened("fal", "music-3", "", said) as mended:
        assert song_of(mended, asking())[0].startswith(b"RIFF")


def test_a_price_that_changed_is_what_a_song_cost(
    server: FalServer, engine: JobServiceEngine
) -> None:
    server.pricing.set(MUSIC, 0.004, "seconds")
    _, first = song_of(engine, asking())
    _, second = song_of(engine, asking(take=2))
    assert first.cost_usd == second.cost_usd == pytest.approx(0.032)
    assert server.books.total == pytest.approx(0.064)
    assert server.requests["pricing"] == 1


def test_without_the_services_price_the_rows_counts(
    server: FalServer, engine: JobServiceEngine
) -> None:
    server.script("pricing", [Mishap.nginx()])
    assert song_of(engine, asking())[1].cost_usd == pytest.approx(0.016)
    server.script_jobs([Trouble.billed(3.0, told=False)])
    _, untold = song_of(engine, asking())
    assert (untold.cost_usd, untold.cost_is_computed) == (None, False)
    with opened("fal", "mureka-9", server.url) as mureka:
        server.script("pricing", [Mishap.nginx()])
        assert song_of(mureka, asking())[1].cost_usd is None


def test_a_failure_that_cannot_be_tried_again_is_tried_once_more_at_most(
    server: FalServer, engine: JobServiceEngine
) -> None:
    job = engine.submit(asking())
    headers = {"x-fal-retryable": "false"}
    server.script("result", [Mishap.http(500, "no", "internal_error", headers=headers)])
    error = failure_of(engine, job)
    assert (error.verdict, error.most_tries) == (Verdict.RETRY, 1)


def test_a_result_that_is_asked_for_too_early_is_in_progress(
    server: FalServer, engine: JobServiceEngine
) -> None:
    job = engine.submit(asking())
    early = [Mishap.http(400, "Request is still in progress"), Mishap.raw(b"{}", 202)]
    server.script("result", list(early))
    seen = [engine.poll([job])[job.id] for _ in range(4)]
    assert seen.count(InProgress(stage="in progress")) >= 2
    assert isinstance(seen[-1], Ready)


@pytest.mark.parametrize("status", ["status", "result"])
def test_a_job_that_is_gone_is_lost(
    server: FalServer, engine: JobServiceEngine, status: str
) -> None:
    job = engine.submit(asking())
    server.script(status, [Mishap.http(404, "Request not found")])
    assert failure_of(engine, job).verdict is Verdict.LOST


def test_a_result_is_kept_for_an_hour(server: FalServer, engine: JobServiceEngine) -> None:
    server.queue.stores_payloads = False
    job = engine.submit(asking())
    assert isinstance(ended(engine, job), Ready)
    server.pass_time(3601)
    error = failure_of(engine, job)
    assert error.verdict is Verdict.LOST
    assert "an hour" in str(error)


@pytest.mark.parametrize(
    "job_base", ["{stranger}", "https://queue.fal.run.evil.example", "file://"]
)
def test_the_key_goes_nowhere_else_whatever_an_answer_says(
    server: FalServer, engine: JobServiceEngine, job_base: str
) -> None:
    server.script_jobs([Trouble("elsewhere", job_base=job_base)])
    assert song_of(engine, asking())[0].startswith(b"RIFF")
    assert server.visits == []


def test_many_jobs_are_asked_for_at_once(server: FalServer, engine: JobServiceEngine) -> None:
    jobs = [engine.submit(asking(take=take, seed=take)) for take in range(1, 31)]
    server.script("status", [Mishap.lost_before()], of=jobs[3].id.rpartition("/")[2])
    server.script("status", [Mishap.http(404, "no")], of=jobs[5].id.rpartition("/")[2])
    states = engine.poll(jobs)
    assert jobs[3].id not in states
    assert len(states) == 29
    gone = states[jobs[5].id]
    assert isinstance(gone, EngineError)
    assert gone.verdict is Verdict.LOST


def test_a_key_that_is_refused_stops_the_poll_of_many(
    server: FalServer, engine: JobServiceEngine
) -> None:
    jobs = [engine.submit(asking(take=take)) for take in range(1, 20)]
    server.script("status", [troubles.WRONG_KEY] * 20)
    assert error_of(lambda: engine.poll(jobs)).verdict is Verdict.STOP
    assert server.requests["status"] <= 9


SONGS: list[tuple[Trouble, Verdict]] = [
    (Trouble.described(url="http://10.0.0.1/song.wav"), Verdict.LOST),
    (Trouble.described(url="https://127.0.0.2:1/song.wav"), Verdict.RETRY),
    (Trouble.described(url="https://169.254.169.254/latest"), Verdict.LOST),
    (Trouble.described(url="http://files.example.com/song.wav"), Verdict.LOST),
    (Trouble.described(url="http://user@127.0.0.1/song.wav"), Verdict.LOST),
    (Trouble.delivering(b""), Verdict.RETRY),
    (Trouble.delivering(b"<html>no song</html>", "audio/wav"), Verdict.RETRY),
]


@pytest.mark.parametrize(("trouble", "verdict"), SONGS)
def test_songs_that_cannot_be_had(
    server: FalServer, engine: JobServiceEngine, trouble: Trouble, verdict: Verdict
) -> None:
    server.script_jobs([trouble])
    job = engine.submit(asking())
    assert error_of(lambda: collected(engine, job)).verdict is verdict


@pytest.mark.parametrize("trouble", [troubles.WRONG_TYPE, troubles.UNDESCRIBED])
def test_what_a_song_is_declared_to_be_does_not_count(
    server: FalServer, engine: JobServiceEngine, trouble: Trouble
) -> None:
    server.script_jobs([trouble])
    assert song_of(engine, asking())[0].startswith(b"RIFF")


def test_a_song_of_another_form_is_kept_and_told(
    server: FalServer, engine: JobServiceEngine
) -> None:
    song = b"ID3" + bytes(5000)
    server.script_jobs([Trouble.delivering(song)])
    job = engine.submit(asking())
    ready = ended(engine, job)
    assert isinstance(ready, Ready)
    sink = io.BytesIO()
    error = error_of(lambda: engine.collect(job, ready, sink))
    assert error.verdict is Verdict.REJECTED
    assert error.has_song
    assert sink.getvalue() == song
    assert "engines: {fal: {models: {music-3: {gives: {form: mp3}}}}}" in error.fix


def test_an_answer_without_audio_is_lost_and_one_elsewhere_says_how_to_go_on(
    server: FalServer, engine: JobServiceEngine
) -> None:
    server.script_jobs([Trouble.without_audio(), Trouble.nested("result", "track")])
    without = error_of(lambda: song_of(engine, asking()))
    assert without.verdict is Verdict.LOST
    nested = error_of(lambda: song_of(engine, asking()))
    assert nested.verdict is Verdict.STOP
    line = "engines: {fal: {models: {music-3: {gives: {audio: result.track.url}}}}}"
    assert line in nested.fix


@pytest.mark.parametrize(
    "mishap",
    [Mishap.cut_off(), Mishap.lost_before(), Mishap.nginx(503), Mishap.http(429, "slow")],
    ids=lambda mishap: mishap.name,
)
def test_a_download_that_breaks_is_repeated_for_nothing(
    server: FalServer, engine: JobServiceEngine, mishap: Mishap
) -> None:
    job = engine.submit(asking())
    server.script("file", [mishap])
    assert error_of(lambda: collected(engine, job)).verdict is Verdict.RETRY
    assert collected(engine, job)[0].startswith(b"RIFF")
    assert len(server.books.charges) == 1


def test_a_file_that_is_gone_is_asked_for_once_more(
    server: FalServer, engine: JobServiceEngine
) -> None:
    job = engine.submit(asking())
    server.script("file", [Mishap.http(403, "Forbidden"), None])
    assert collected(engine, job)[0].startswith(b"RIFF")
    server.storage.lose()
    assert error_of(lambda: collected(engine, job)).verdict is Verdict.LOST


@pytest.mark.parametrize(
    "location", ["{stranger}/x", "https://127.0.0.1/x", "http://localhost/x", "ftp://example.com/x"]
)
def test_a_song_is_not_followed_anywhere(
    server: FalServer, engine: JobServiceEngine, location: str
) -> None:
    job = engine.submit(asking())
    server.script("file", [Mishap.redirect(location)])
    assert error_of(lambda: collected(engine, job)).verdict is Verdict.LOST
    assert server.visits == []


def test_a_song_is_followed_thrice_where_it_is(server: FalServer, engine: JobServiceEngine) -> None:
    job = engine.submit(asking())
    ready = ended(engine, job)
    assert isinstance(ready, Ready)
    url = ready.result["output"]["audio"]["url"]
    server.script("file", [Mishap.redirect(url)] * 3)
    assert collected(engine, job)[0].startswith(b"RIFF")
    server.script("file", [Mishap.redirect(url)] * 4)
    assert error_of(lambda: collected(engine, job)).verdict is Verdict.LOST


def test_a_song_is_no_larger_than_the_longest(server: FalServer) -> None:
    row = {"gives": {"seconds": [1, 2]}}
    said = EngineSettings(url=server.url, models={"music-3": row})
    server.script_jobs([Trouble.delivering(b"RIFF\0\0\0\0WAVE" + bytes(20 * 2**20))])
    with opened("fal", "music-3", "", said) as engine:
        error = error_of(lambda: song_of(engine, asking()))
    assert error.verdict is Verdict.LOST
    assert "more than 17,545,216 bytes" in str(error)


def test_a_download_that_drips_ends_at_its_deadline(server: FalServer) -> None:
    server.script("file", [Mishap.slow(1000, 0.05)])
    with opened("fal", "music-3", server.url, song_deadline=0.5) as engine:
        assert error_of(lambda: song_of(engine, asking())).verdict is Verdict.RETRY


def test_a_lost_submit_is_found_among_the_recent_ones(
    server: FalServer, engine: JobServiceEngine
) -> None:
    server.elsewhere(MUSIC, {"lyrics": "other", "prompt": "x"})
    known = engine.submit(asking())
    server.script("submit", [Mishap.lost_after()])
    since = now()
    assert error_of(lambda: engine.submit(asking())).verdict is Verdict.UNKNOWN
    job = engine.find(asking(), since, now(), [known.id])
    assert isinstance(job, Job)
    assert job.id.endswith(server.jobs[-1].request_id)
    song, answer = collected(engine, job)
    assert song.startswith(b"RIFF")
    assert answer.cost_usd == pytest.approx(0.016)


def found(server: FalServer, request: Generation, since: str, *known: str) -> object:
    return found_anew("fal", "music-3", server.url, request, since, now(), *known)


def test_nothing_is_adopted_that_is_not_certain(
    server: FalServer, engine: JobServiceEngine
) -> None:
    asked = asking()
    assert found(server, asked, now()) is None
    one = engine.submit(asked)
    assert found(server, asked, now(), one.id) is None
    assert engine.find(asked, now(), now(), []) is None
    assert engine.find(asked, now(hours=-3), now(hours=-2), []) is None
    assert found(server, asked, now()) == Job(one.id, one.poll_after)
    engine.submit(asked)
    assert found(server, asked, now()) is None
    assert found(server, asking(seed=42), now()) is None
    server.listing.shows_payloads = False
    assert found(server, asked, now(), one.id) is None


def test_equal_requests_never_share_a_job(server: FalServer) -> None:
    with opened("fal", "mureka-9", server.url) as engine:
        asked = asking(seed=None, duration=None)
        server.script("submit", [Mishap.lost_after(), Mishap.lost_before()])
        for _ in range(2):
            assert error_of(lambda: engine.submit(asked)).verdict is Verdict.UNKNOWN
        found = [engine.find(asked, now(), now(), []) for _ in range(2)]
        assert isinstance(found[0], Job)
        assert found[1] is None
        server.script("submit", [Mishap.late(60.0), Mishap.lost_before()])
        with ThreadPoolExecutor() as pool:
            slow = pool.submit(engine.submit, asked)
            server.wait_for_requests("submit", 3)
            assert error_of(lambda: engine.submit(asked)).verdict is Verdict.UNKNOWN
            assert engine.find(asked, now(), now(), []) is None
            server.hosts.close()  # ends the wait, with an answer or without
            slow.exception()


def test_the_whole_list_is_looked_through_and_clocks_may_differ(
    server: FalServer, engine: JobServiceEngine
) -> None:
    wanted = engine.submit(asking())
    for take in range(5):
        engine.submit(asking(seed=take))
    server.listing.page = 2
    server.listing.skew = 240.0
    assert found(server, asking(), now()) == Job(wanted.id, wanted.poll_after)
    assert server.requests["listing"] == 3


def test_a_list_that_cannot_be_had_says_so(server: FalServer, engine: JobServiceEngine) -> None:
    server.script("listing", [troubles.LOCKED, Mishap.raw(b"no json")])
    errors = [error_of(lambda: engine.find(asking(), now(), now(), [])) for _ in range(2)]
    assert [error.verdict for error in errors] == [Verdict.STOP, Verdict.RETRY]


def test_an_upload_is_put_without_the_key_and_expires(
    server: FalServer, engine: JobServiceEngine
) -> None:
    uploaded = engine.upload(b"ID3 a reference", AudioFormat.MP3, Purpose.SONG, "r")
    (file,) = server.storage.uploads
    assert file.content == b"ID3 a reference"
    assert file.content_type == "audio/mpeg"
    assert uploaded.handle == server.storage.url(file)
    assert uploaded.until is not None
    left = datetime.fromisoformat(uploaded.until) - datetime.now(UTC)
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)
    assert server.leaks == []


@pytest.mark.parametrize(
    ("step", "mishap", "verdict"),
    [
        ("initiate", troubles.LOCKED, Verdict.STOP),
        ("initiate", Mishap.http(422, "no"), Verdict.REJECTED),
        ("initiate", Mishap.nginx(), Verdict.RETRY),
        ("initiate", Mishap.lost_after(), Verdict.RETRY),
        ("initiate", Mishap.raw(b'{"upload_url": 1}'), Verdict.REJECTED),
        (
            "initiate",
            Mishap.raw(b'{"upload_url": "http://10.0.0.1/x", "file_url": "https://a.example/x"}'),
            Verdict.LOST,
        ),
        ("put", Mishap.http(403, "Expired"), Verdict.RETRY),
        ("put", Mishap.lost_before(), Verdict.RETRY),
    ],
)
def test_uploads_that_fail(
    server: FalServer, engine: JobServiceEngine, step: str, mishap: Mishap, verdict: Verdict
) -> None:
    server.script(step, [mishap])
    error = error_of(lambda: engine.upload(b"ID3", AudioFormat.MP3, Purpose.SONG, "r"))
    assert error.verdict is verdict


def test_ids_of_references_are_made_by_jobs(server: FalServer) -> None:
    data = sound.song("mp3", 20.0, "a reference")
    with opened("fal", "mureka-9", server.url) as engine:
        handles = {}
        address = engine.upload(data, AudioFormat.MP3, Purpose.SONG, "r").handle or ""
        for purpose in (Purpose.SONG, Purpose.VOICE):
            job = engine.submit_reference(address, purpose, "r")
            assert job.id.startswith("mureka/api/requests/")
            assert job.id.endswith(("#mureka:reference", "#mureka:voice"))
            ready = ended(engine, job)
            assert isinstance(ready, Ready), ready
            uploaded = engine.collect_reference(job, ready)
            handles[purpose] = uploaded.handle or ""
        assert len(server.storage.uploads) == 1
        assert server.books.total == pytest.approx(5.01)
        sung, answer = song_of(engine, asking(handles=handles, style=None))
        assert sung
        assert answer.cost_usd == pytest.approx(0.0675)
        given: Any = server.jobs[-1].given
        assert (given["reference_id"], given["vocal_id"]) == tuple(handles.values())
        swapped = dict(zip(handles, reversed(handles.values()), strict=True))
        error = failure_of(engine, engine.submit(asking(handles=swapped, style=None)))
        assert error.verdict is Verdict.REJECTED


def test_health_tells_key_price_and_endpoint(server: FalServer, engine: JobServiceEngine) -> None:
    assert {item.subject for item in engine.health()} == {"key", "model", "price", "clock"}
    server.pricing.set(MUSIC, 0.003, "seconds")
    (price,) = [item for item in engine.health() if item.subject == "price"]
    assert price.state is HealthState.WARNING
    line = "engines: {fal: {models: {music-3: {price: {usd: 0.003, per: second}}}}}"
    assert line in price.fix
    server.pricing.set(MUSIC, 0.0075)
    (price,) = [item for item in engine.health() if item.subject == "price"]
    assert price.state is HealthState.FINE
    assert "does not say how many" in price.text
    server.script("pricing", [Mishap.http(404, "no such endpoint")])
    (model,) = [item for item in engine.health() if item.subject == "model"]
    assert model.state is HealthState.WARNING
    assert "may be gone" in model.text


def test_health_of_a_key_that_is_refused(server: FalServer) -> None:
    wrong = "0000-wrong:another-secret-9876"
    with opened("fal", "music-3", server.url, key=wrong) as engine:
        (key, *_) = engine.health()
    assert key.state is HealthState.FAILED
    assert "FAL_KEY" in key.fix
    with server.down(), opened("fal", "music-3", server.url) as engine:
        assert [item.state for item in engine.health()] == [HealthState.FAILED]


@pytest.mark.parametrize("key", ["", "two words"])
def test_without_a_key_nothing_is_sent(server: FalServer, key: str) -> None:
    with opened("fal", "music-3", server.url, key=key) as engine:
        with pytest.raises(EngineRefused, match="FAL_KEY"):
            engine.preflight()
        with pytest.raises(EngineRefused):
            engine.submit(asking())
        assert [item.state for item in engine.health()] == [HealthState.FAILED]
    assert not server.requests


@pytest.mark.parametrize("echo", [KEY, SECRET, f"Key {KEY}", f"Authorization: {SECRET}"])
def test_the_key_is_never_repeated(server: FalServer, engine: JobServiceEngine, echo: str) -> None:
    server.script("submit", [Mishap.http(422, f"odd: {echo}")])
    error = error_of(lambda: engine.submit(asking()))
    assert SECRET not in str(error)
    assert "[key]" in str(error)
    job = engine.submit(asking())
    server.script("result", [Mishap.http(200, "x", headers={"x-fal-request-id": echo})])
    ready = ended(engine, job)
    assert isinstance(ready, Ready)
    assert SECRET not in json.dumps(ready.result["trace_id"])
