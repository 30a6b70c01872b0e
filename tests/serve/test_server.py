"""`songbatch serve` from outside: what it says, what it refuses, how it ends.

Behind it is the engine music-01 with the independent server of the contract, which fails a test
for any request that this server should have refused.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import socket
import threading
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from support.contract.audio import tone
from support.contract.faults import Fault
from support.contract.server import ContractServer
from support.kit import Project
from tests.serve.running import GENERATE, UPLOAD, form, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.serve.running import Answer, Served

PROXY = ("--engine=music-01", "--state=.")
SONG = {"model": "music-01", "lyrics": "la", "audio_setting": {"format": "mp3"}}
TWELVE_SECONDS = tone("mp3", 12, 220)


@pytest.fixture(scope="module")
def behind() -> Iterator[ContractServer]:
    with ContractServer() as server:
        yield server


@pytest.fixture(scope="module")
def server(behind: ContractServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("serve"), *PROXY, **behind.environment) as running:
        yield running


def upload(
    server: Served,
    audio: bytes = TWELVE_SECONDS,
    purpose: str = "song",
    file_head: str = 'name="file"; filename="a.mp3"',
) -> Answer:
    body, content_type = form((file_head, audio), ('name="purpose"', purpose.encode()))
    return server.request(UPLOAD, body, Content_Type=content_type)


def assert_refused(answer: Answer, status: int, *words: str) -> None:
    """The answer is the vendor's error body with all of these words."""
    assert answer.status == status
    assert sorted(answer.json) == ["message", "path", "requestId", "statusCode", "timestamp"]
    assert answer.json["statusCode"] == status
    for word in words:
        assert word in answer.json["message"]


def test_it_says_where_it_is_and_what_to_set(server: Served) -> None:
    assert server.said == (
        f"songbatch serve: music-01 behind the music-01 contract at {server.url}",
        f"  export AIMLAPI_BASE_URL={server.url}",
        "  export AIMLAPI_KEY=any-key",
    )


@pytest.mark.parametrize(
    ("purpose", "ids"),
    [
        ("song", ["instrumental_id", "voice_id"]),
        ("voice", ["voice_id"]),
        ("instrumental", ["instrumental_id"]),
    ],
)
def test_an_upload_answers_the_ids_of_its_purpose(
    server: Served, purpose: str, ids: list[str]
) -> None:
    answer = upload(server, purpose=purpose)
    assert answer.status == 200
    assert sorted(answer.json) == sorted([*ids, "base_resp"])


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        (None, ("mp3", 44100, 256000)),
        ({"format": "wav"}, ("wav", 44100, 256000)),
        ({"format": "mp3", "sample_rate": 32000, "bitrate": 64000}, ("mp3", 32000, 64000)),
        ({"format": "pcm", "sample_rate": 16000}, ("pcm", 16000, 256000)),
    ],
)
def test_a_song_is_answered_with_true_measures(
    server: Served,
    behind: ContractServer,
    setting: dict[str, Any] | None,
    expected: tuple[str, int, int],
) -> None:
    song: dict[str, Any] = {name: value for name, value in SONG.items() if name != "audio_setting"}
    song |= {} if setting is None else {"audio_setting": setting}
    song["refer_voice"] = upload(server).json["voice_id"]
    song["refer_instrumental"] = None
    answer = server.request(GENERATE, song, X_Client_Request_Id="abc.t7.a1")
    assert answer.status == 200
    assert answer.json["base_resp"] == {"status_code": 0, "status_msg": "success"}
    audio = bytes.fromhex(answer.json["data"]["audio"])
    info = answer.json["extra_info"]
    assert answer.json["data"]["status"] == 2
    assert info["audio_size"] == len(audio)
    assert info["audio_sample_rate"] == expected[1]
    assert abs(info["audio_length"] - 1000 * behind.audio_seconds) < 100
    assert behind.generations[-1].audio_setting == dict(
        zip(("format", "sample_rate", "bitrate"), expected, strict=True)
    )
    assert behind.generations[-1].request_id == "abc.t7.a1"
    assert answer.headers["x-client-request-id"] == "abc.t7.a1"


BAD_SONGS: list[tuple[dict[str, Any], str]] = [
    ({"model": "music-02"}, "model: must be music-01"),
    ({"model": None}, "model: must be music-01"),
    ({"lyrics": None}, "lyrics: must be a string"),
    ({"lyrics": 7}, "lyrics: must be a string"),
    ({"lyrics": "\ud800"}, "lyrics: must be a string"),
    ({"lyrics": " \n"}, "lyrics: must not be empty"),
    ({"lyrics": "x" * 601}, "at most 600 characters, these have 601"),
    ({"refer_voice": None}, "at least one is required"),
    ({"refer_voice": 5}, "refer_voice: must be an id"),
    ({"refer_voice": ""}, "refer_voice: must be an id"),
    ({"refer_instrumental": []}, "refer_instrumental: must be an id"),
    ({"audio_setting": None}, "audio_setting: must be an object"),
    ({"audio_setting": {}}, "audio_setting.format: must be one of mp3, wav, pcm"),
    ({"audio_setting": {"format": "ogg"}}, "audio_setting.format"),
    ({"audio_setting": {"format": ["mp3"]}}, "audio_setting.format"),
    ({"audio_setting": {"format": "mp3", "sample_rate": 48000}}, "audio_setting.sample_rate"),
    ({"audio_setting": {"format": "mp3", "sample_rate": "44100"}}, "audio_setting.sample_rate"),
    ({"audio_setting": {"format": "mp3", "bitrate": None}}, "audio_setting.bitrate"),
]


@pytest.mark.parametrize(("change", "words"), BAD_SONGS, ids=[words for _, words in BAD_SONGS])
def test_a_generate_request_outside_the_contract(
    server: Served, change: dict[str, Any], words: str
) -> None:
    assert_refused(server.request(GENERATE, SONG | {"refer_voice": "v"} | change), 400, words)


def test_every_wrong_field_is_named_at_once(server: Served) -> None:
    answer = server.request(GENERATE, {"audio_setting": {"bitrate": 1}})
    assert_refused(answer, 400, "model: ", "lyrics: ", "refer_voice, ", ".format: ", ".bitrate: ")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"a": NaN}', b"\xff", b"[" * 100_000, b'{"lyrics":' * 50_000]
)
def test_a_body_that_is_no_json_object(server: Served, body: bytes) -> None:
    assert_refused(server.request(GENERATE, body), 400, "body: it is not")


def test_content_types(server: Served) -> None:
    body = json.dumps(SONG).encode()
    answer = server.request(GENERATE, body, Content_Type="text/plain")
    assert_refused(answer, 400, "Content-Type: must be application/json")
    answer = server.request(UPLOAD, body)
    assert_refused(answer, 400, "Content-Type: must be multipart/form-data")
    for broken in ("multipart/form-data", "multipart/form-data; boundary=x"):
        assert_refused(server.request(UPLOAD, body, Content_Type=broken), 400, "body: ")


@pytest.mark.parametrize(
    ("audio", "words"),
    [
        (b"", "file: the file is empty"),
        (b"these words are no music " * 99, "file: "),
        (tone("mp3", 9, 220), "it must be longer than 10 s and at most 10 min"),
        (tone("wav", 601, 220, 8000), "it must be longer than 10 s and at most 10 min"),
        (tone("wav", 12, 220)[:-99999], "file: "),
    ],
    ids=["empty", "text", "short", "long", "truncated"],
)
def test_a_file_that_is_no_reference(server: Served, audio: bytes, words: str) -> None:
    assert_refused(upload(server, audio, purpose="songs"), 400, words, "purpose: must be one of")


def test_a_form_with_other_fields(server: Served) -> None:
    assert_refused(upload(server, file_head='name="file"'), 400, "file: must be one file")
    assert_refused(upload(server, file_head='name="audio"; filename="a"'), 400, "file: must be")
    body, content_type = form(('name="file"; filename="a"', TWELVE_SECONDS))
    answer = server.request(UPLOAD, body, Content_Type=content_type)
    assert_refused(answer, 400, "purpose: must be one of song, voice, instrumental")


def test_bodies_that_are_too_large(server: Served) -> None:
    assert_refused(upload(server, b"\0" * (51 * 2**20)), 413)
    assert_refused(server.request(GENERATE, b" " * (2**20 + 1)), 413)


def test_an_unknown_id_is_told_in_band(server: Served) -> None:
    answer = server.request(GENERATE, SONG | {"refer_voice": "voice-never-answered"})
    assert answer.status == 200
    assert answer.json["base_resp"]["status_code"] == 2042
    assert "data" not in answer.json


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault.http(500), 503),
        (Fault.http(429, Retry_After="4"), 429),
        (Fault.http(403), 403),
        (Fault.http(400), 400),
    ],
    ids=str,
)
def test_what_the_engine_refuses(
    server: Served, behind: ContractServer, fault: Fault, status: int
) -> None:
    behind.script("generate", [fault])
    song = SONG | {"refer_voice": upload(server).json["voice_id"]}
    answer = server.request(GENERATE, song)
    assert_refused(answer, status, "the service answered HTTP")
    assert answer.headers.get("retry-after") == fault.headers.get("Retry-After")


def test_an_unknown_outcome_stays_one(server: Served, behind: ContractServer) -> None:
    behind.script("generate", [Fault.lost()])
    song = SONG | {"refer_voice": upload(server).json["voice_id"]}
    answer = server.request(GENERATE, song)
    assert (answer.status, answer.json["data"]) == (200, {"status": 1, "audio": ""})


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer  ", "Basic abc", "some-key"])
def test_a_missing_key(server: Served, header: str) -> None:
    assert_refused(server.request(GENERATE, SONG, Authorization=header), 401, "key is missing")
    assert_refused(server.request(UPLOAD, b"", Authorization=header), 401, "key is missing")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("POST", "/v2/generate/audio/minimax/other", 404),
        ("GET", GENERATE, 405),
        ("DELETE", UPLOAD, 405),
    ],
)
def test_other_paths_and_methods(server: Served, method: str, path: str, status: int) -> None:
    assert_refused(server.request(path, method=method), status, f"Cannot {method} {path}")


@pytest.mark.parametrize("host", ["evil.test", "evil.test:8017", "127.0.0.1.evil.test", ""])
def test_other_host_names_are_refused(server: Served, host: str) -> None:
    assert_refused(server.request(GENERATE, SONG, Host=host), 421)


@pytest.mark.parametrize("host", ["localhost:1", "LOCALHOST", "[::1]:8017", "127.0.0.1"])
def test_names_of_this_machine_are_served(server: Served, host: str) -> None:
    assert server.request(GENERATE, SONG, Host=host).status == 400


def test_a_key_of_its_own(tmp_path: Path, contract_server: ContractServer) -> None:
    (tmp_path / "key").write_text("right-key\n")
    arguments = (*PROXY, "--key-file=key")
    with served(tmp_path, *arguments, **contract_server.environment) as server:
        wrong = server.request(GENERATE, SONG, Authorization="Bearer wrong-key")
        right = server.request(GENERATE, SONG, Authorization="bearer right-key")
    assert_refused(wrong, 401, "not the one this server was started with")
    assert right.status == 400
    assert "right-key" not in "".join(server.said)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_songs_in_flight_are_finished_at_the_end(
    tmp_path: Path, contract_server: ContractServer, ending: signal.Signals
) -> None:
    answers: list[Answer] = []
    with (
        contract_server.holding(),
        served(tmp_path, *PROXY, **contract_server.environment) as server,
    ):
        song = SONG | {"refer_voice": upload(server).json["voice_id"]}
        client = threading.Thread(target=lambda: answers.append(server.request(GENERATE, song)))
        client.start()
        contract_server.wait_for_in_flight(1)
        server.process.send_signal(ending)
        contract_server.release()
        client.join()
        assert server.process.wait() == 0
        assert server.process.stderr is not None
        assert server.process.stderr.read().strip() == ""
    assert answers[0].json["data"]["status"] == 2


def test_a_second_interrupt_cuts_songs_off_and_is_130(
    tmp_path: Path, contract_server: ContractServer
) -> None:
    with (
        contract_server.holding(),
        served(tmp_path, *PROXY, **contract_server.environment) as server,
    ):
        song = SONG | {"refer_voice": upload(server).json["voice_id"]}
        client = threading.Thread(target=lambda: cut_off(server, song))
        client.start()
        contract_server.wait_for_in_flight(1)
        server.process.send_signal(signal.SIGINT)
        while is_listening(server):
            time.sleep(0.02)
        server.process.send_signal(signal.SIGINT)
        contract_server.release()
        client.join()
        assert server.process.wait() == 130


def is_listening(server: Served) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", urlsplit(server.url).port)) == 0


def cut_off(server: Served, song: dict[str, Any]) -> None:
    """Ask for a song; no answer comes."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        server.request(GENERATE, song)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.test"])
def test_it_listens_for_this_machine_only(tmp_path: Path, host: str) -> None:
    result = Project(tmp_path).run("serve", "--host", host, "--state=.")
    assert result.status == 2
    assert "can be reached from other machines" in result.stderr
    assert "--allow-remote" in result.stderr


def test_remote_machines_when_allowed(tmp_path: Path, contract_server: ContractServer) -> None:
    arguments = (*PROXY, "--host=0.0.0.0", "--allow-remote")
    with served(tmp_path, *arguments, **contract_server.environment) as server:
        assert server.request(GENERATE, SONG, Host="my-machine.test").status == 400


def test_a_port_that_is_taken(tmp_path: Path, contract_server: ContractServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        arguments = (*PROXY, "--port", port)
        result = Project(tmp_path).run("serve", *arguments, env=contract_server.environment)
    assert result.status == 2
    assert "in use" in result.stderr
    assert "--port" in result.stderr


def test_an_engine_that_has_no_key(tmp_path: Path) -> None:
    result = Project(tmp_path).run("serve", *PROXY)
    assert result.status == 5
    assert "AIMLAPI_KEY is not set" in result.stderr
