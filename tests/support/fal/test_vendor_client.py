"""The vendor's own client works with the simulated service, unchanged but for its addresses."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fal_client
import pytest
from fal_client import Completed, FalClientHTTPError, InProgress, Queued, SyncClient
from fal_client import client as internals

from support.fal import troubles
from support.fal.server import FalServer
from support.fal.troubles import Mishap
from tests.support.fal.account import CLONE, MUREKA, MUSIC, SONG, UPLOAD, VOICE, Account


@pytest.fixture(params=[False, True], ids=["together", "apart"])
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[FalServer]:
    with FalServer(apart=request.param) as server:
        # It knows no other way: these are its constants.
        monkeypatch.setattr(internals, "QUEUE_URL_FORMAT", f"{server.queue_url}/")
        monkeypatch.setattr(internals, "REST_URL", server.upload_url)
        monkeypatch.setattr(internals, "CDN_URL", server.files_url)
        yield server


@pytest.fixture
def client(server: FalServer) -> Iterator[SyncClient]:
    client = SyncClient(key=server.key)
    yield client
    client._client.close()
    gc.collect()


def test_it_submits_polls_and_collects(server: FalServer, client: SyncClient) -> None:
    server.queue.positions = (2, 0)
    server.queue.running_polls = 1
    handle = client.submit(MUSIC, SONG)
    seen = list(handle.iter_events(with_logs=True, interval=0.01))
    assert seen[:3] == [Queued(position=2), Queued(position=0), InProgress(logs=[])]
    assert isinstance(seen[3], Completed)
    result = handle.get()
    assert Account(server).file(result["audio"]["url"]).content[:4] == b"RIFF"
    assert server.books.total == 0.016


def test_it_subscribes(server: FalServer, client: SyncClient) -> None:
    server.queue.positions = (0,)
    ids: list[str] = []
    result = client.subscribe(MUREKA, {"lyrics": "la"}, on_enqueue=ids.append)
    assert result["lyrics_sections"][0]["lines"][0]["text"] == "la"
    assert ids == [server.jobs[0].request_id]


def test_it_asks_by_id_alone(server: FalServer, client: SyncClient) -> None:
    request_id = client.submit(MUREKA, {"lyrics": "la"}).request_id
    assert isinstance(client.status(MUREKA, request_id), Completed)
    assert client.result(MUREKA, request_id)["song_id"]


def test_it_cancels(server: FalServer, client: SyncClient) -> None:
    server.queue.positions = (1, 1)
    client.submit(MUSIC, SONG).cancel()
    with pytest.raises(FalClientHTTPError) as caught:
        client.cancel(MUSIC, server.jobs[0].request_id)
    assert caught.value.status_code == 400
    assert server.books.total == 0


def test_it_sends_a_start_timeout_and_a_priority(server: FalServer, client: SyncClient) -> None:
    client.submit(MUSIC, SONG, start_timeout=30, priority="low")
    headers = server.jobs[0].headers
    assert (headers["x-fal-request-timeout"], headers["x-fal-queue-priority"]) == ("30.0", "low")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # it closes nothing
@pytest.mark.parametrize("repository", ["fal", "fal_v3"])
def test_it_uploads_in_both_ways(
    server: FalServer, client: SyncClient, repository: internals.UploadRepositoryId, tmp_path: Path
) -> None:
    path = tmp_path / "voice.mp3"
    path.write_bytes(VOICE)
    server.storage.overlooks_keys = True  # it shows its key at signed addresses, too
    where: Any = {"repository": repository, "fallback_repository": []}
    urls = [
        client.upload(VOICE, "audio/mpeg", "a.mp3", **where),
        client.upload_file(path, **where),
    ]
    account = Account(server)
    assert [account.file(url).content for url in urls] == [VOICE, VOICE]
    assert [file.name for file in server.storage.uploads] == ["a.mp3", "voice.mp3"]
    made = client.subscribe(UPLOAD, {"file_url": urls[0], "purpose": "reference"})
    assert made["bytes"] == len(VOICE)
    assert client.subscribe(CLONE, {"audio_url": urls[1]})["vocal_id"]
    assert server.books.total == 5.01


@pytest.mark.parametrize(
    ("trouble", "status"),
    [(troubles.CONTENT_POLICY, 422), (troubles.STARTUP_TIMEOUT, 504), (troubles.MODEL_BROKE, 500)],
)
def test_it_hears_of_failures(
    server: FalServer, client: SyncClient, trouble: troubles.Trouble, status: int
) -> None:
    assert trouble.failure is not None
    server.script_jobs([trouble])
    handle = client.submit(MUSIC, SONG)
    completed = handle.status()
    assert isinstance(completed, Completed)
    assert completed.error_type == trouble.failure.error_type
    with pytest.raises(FalClientHTTPError) as caught:
        handle.get()
    assert (caught.value.status_code, caught.value.error_type) == (status, completed.error_type)


def test_it_hears_of_bad_input_and_bad_keys(server: FalServer, client: SyncClient) -> None:
    with pytest.raises(FalClientHTTPError) as caught:
        client.subscribe(MUSIC, {"prompt": "pop"})
    assert caught.value.status_code == 422
    stranger = SyncClient(key="other")
    with pytest.raises(FalClientHTTPError) as caught:
        stranger.submit(MUSIC, SONG)
    stranger._client.close()
    assert caught.value.status_code == 401


def test_it_asks_again_after_pages_of_nginx_and_slow_down(
    server: FalServer, client: SyncClient
) -> None:
    server.script("submit", [Mishap.nginx(502), Mishap.too_many("1")])
    server.script("status", [Mishap.nginx(503), Mishap.lost_after()])
    server.script("result", [Mishap.nginx(504), Mishap.lost_before()])
    assert client.subscribe(MUSIC, SONG)["audio"]
    assert [server.requests[step] for step in ("submit", "status", "result")] == [3, 3, 3]
    assert len(server.jobs) == 1


def test_it_does_not_ask_again_after_errors_of_the_service(
    server: FalServer, client: SyncClient
) -> None:
    server.script("submit", [Mishap.http(503), Mishap.start_timeout()])
    for status in (503, 504):
        with pytest.raises(FalClientHTTPError) as caught:
            client.submit(MUSIC, SONG)
        assert caught.value.status_code == status
    assert server.jobs == []


def test_it_pays_twice_for_a_lost_answer_and_the_books_say_so(
    server: FalServer, client: SyncClient
) -> None:
    server.script("submit", [Mishap.lost_after()])
    client.subscribe(MUSIC, SONG)
    assert [job.given for job in server.jobs] == [SONG, SONG]
    assert server.books.total == 0.032


def test_it_is_the_real_one() -> None:
    assert fal_client.__version__.split(".")[0] == "1"
