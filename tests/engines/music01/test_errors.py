"""Every row of the table, over real sockets: what happened, and what it means for the money."""

from __future__ import annotations

import contextlib
import dataclasses
import gzip
import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from songbatch.engines.base import EngineError, Verdict
from songbatch.engines.music01.engine import Music01Engine
from songbatch.engines.music01.settings import Settings
from songbatch.model import AudioFormat, Purpose
from support.contract.faults import Fault
from tests.engines.sample_requests import generation, reference

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.contract.server import ContractServer

SUCCESS = {"status_code": 0, "status_msg": "success"}
MODEL_GONE = "does not offer the model music-01"


@contextlib.contextmanager
def engine_of(server: ContractServer, **limits: Any) -> Iterator[Music01Engine]:
    settings = Settings(base_url=server.url, key=server.key, **limits)
    with contextlib.closing(Music01Engine(settings)) as engine:
        yield engine


def generate_error(server: ContractServer, fault: Fault, **limits: Any) -> EngineError:
    """Ask for one song that is answered with `fault`."""
    server.script("generate", [fault])
    with engine_of(server, **limits) as engine:
        uploaded = engine.upload(reference(), AudioFormat.MP3, Purpose.SONG, "upload")
        with pytest.raises(EngineError) as caught:
            engine.generate(generation(uploaded.voice_id), io.BytesIO())
    assert server.key not in str(caught.value) + caught.value.fix
    return caught.value


def answered(data: object, **more: Any) -> Fault:
    return Fault.json({"data": data, "base_resp": SUCCESS, "trace_id": "trace-odd"} | more)


HTTP_ROWS = [
    (Fault.http(400, "lyrics: must be shorter"), Verdict.REJECTED, "HTTP 400: lyrics: must be"),
    (Fault.http(400, "this model cannot take so many lyrics"), Verdict.REJECTED, "HTTP 400"),
    (Fault.http(400, "Model music-01 is not supported"), Verdict.STOP, MODEL_GONE),
    (Fault.http(404, "Model not found"), Verdict.STOP, MODEL_GONE),
    (Fault.http(400, "The model `music-01` does not exist"), Verdict.STOP, MODEL_GONE),
    (Fault.http(400, "unknown model music-01"), Verdict.STOP, MODEL_GONE),
    (Fault.http(400, "model: expected 'x', received 'music-01'"), Verdict.STOP, MODEL_GONE),
    (Fault.http(400, "model ok; lyrics: not supported"), Verdict.REJECTED, "HTTP 400"),
    (Fault.http(410, "This model is no longer available"), Verdict.STOP, MODEL_GONE),
    (Fault.http(404, "Cannot POST /v2"), Verdict.STOP, "no music-01 service at this address"),
    (Fault.html(404), Verdict.STOP, "no music-01 service at this address"),
    (Fault.http(404, "voice not found"), Verdict.REJECTED, "HTTP 404"),
    (Fault.http(401, "Invalid key"), Verdict.STOP, "refuses the key"),
    (Fault.http(402, "Pay"), Verdict.STOP, "credits are used up"),
    (Fault.http(403, "You've run out of credits"), Verdict.STOP, "credits are used up"),
    (Fault.http(403, "This model is disabled"), Verdict.STOP, MODEL_GONE),
    (Fault.http(408, "Request timeout"), Verdict.RETRY, "HTTP 408"),
    (Fault.http(413, "Too large"), Verdict.REJECTED, "HTTP 413"),
    (Fault.http(418, "Teapot"), Verdict.REJECTED, "HTTP 418"),
    (Fault.http(429, "Too many requests"), Verdict.SLOW_DOWN, "HTTP 429"),
    (Fault.http(500, "Internal server error"), Verdict.RETRY, "HTTP 500"),
    (Fault.html(502), Verdict.RETRY, "HTTP 502: Bad gateway nginx"),
    (Fault.http(503, "under maintenance"), Verdict.RETRY, "under maintenance"),
    (Fault.http(504, "Generation timeout"), Verdict.RETRY, "Generation timeout"),
    (Fault.html(504), Verdict.UNKNOWN, "HTTP 504"),
    (Fault.raw(b'{"message": "Endpoint request timed out"}', 504), Verdict.UNKNOWN, "timed out"),
    (Fault.raw(b"", 504), Verdict.UNKNOWN, "HTTP 504"),
    (Fault.html(524), Verdict.UNKNOWN, "HTTP 524"),
    (Fault.http(520, "Unknown error"), Verdict.UNKNOWN, "HTTP 520: Unknown error"),
    (Fault.html(599), Verdict.UNKNOWN, "HTTP 599"),
    (Fault.http(600, "What"), Verdict.UNKNOWN, "HTTP 600"),
    (Fault.html(999), Verdict.UNKNOWN, "HTTP 999"),
    (Fault.raw(b"", 101), Verdict.UNKNOWN, "HTTP 101"),
    (Fault.http(302, Location="http://127.0.0.1:1/"), Verdict.STOP, "sends requests elsewhere"),
]


@pytest.mark.parametrize(("fault", "verdict", "words"), HTTP_ROWS, ids=str)
def test_http_status(
    contract_server: ContractServer, fault: Fault, verdict: Verdict, words: str
) -> None:
    error = generate_error(contract_server, fault)
    assert error.verdict is verdict
    assert words in str(error)
    assert (verdict is Verdict.STOP) == bool(error.fix)


CODES = {
    Verdict.RETRY: (1000, 1001, 1024, 1033),
    Verdict.SLOW_DOWN: (1002, 1039, 1041, 2045),
    Verdict.STOP: (1004, 1008, 2044, 2049, 2056),
    Verdict.REUPLOAD: (2042, 20132),
    Verdict.REJECTED: (1026, 1027, 1042, 2013, 2037, 31337, -1),
}


@pytest.mark.parametrize(
    ("code", "verdict"), [(code, verdict) for verdict, codes in CODES.items() for code in codes]
)
def test_in_band_code(contract_server: ContractServer, code: int, verdict: Verdict) -> None:
    error = generate_error(contract_server, Fault.in_band(code, "the reason"))
    assert error.verdict is verdict
    assert f"code {code}: the reason" in str(error)
    assert error.trace_id == "trace-fault"


def test_a_refusal_in_band_may_say_how_long_to_wait(contract_server: ContractServer) -> None:
    fault = dataclasses.replace(Fault.in_band(1002), headers={"Retry-After": "3"})
    assert generate_error(contract_server, fault).retry_after == 3.0


@pytest.mark.parametrize("code", [1000, 1002, 1004, 1026, 2042, 31337])
@pytest.mark.parametrize(
    ("spent", "verdict"), [("0.02", Verdict.UNKNOWN), ("0", None), ("-1", None)]
)
def test_a_refusal_in_band_that_was_charged_is_not_free(
    contract_server: ContractServer, code: int, spent: str, verdict: Verdict | None
) -> None:
    contract_server.cost_usd = spent
    error = generate_error(contract_server, Fault.in_band(code))
    expected = next((v for v, codes in CODES.items() if code in codes), Verdict.REJECTED)
    assert error.verdict is (verdict or expected)
    assert error.cost_usd == (None if spent == "-1" else float(spent))


def test_a_model_that_is_gone_may_be_told_in_band(contract_server: ContractServer) -> None:
    error = generate_error(contract_server, Fault.in_band(2013, "model not supported"))
    assert error.verdict is Verdict.STOP
    assert MODEL_GONE in str(error)


def test_a_refusal_wins_over_audio_beside_it(contract_server: ContractServer) -> None:
    refusal = {"status_code": 1008, "status_msg": "insufficient balance"}
    for audio in ("00ff", "not audio"):
        fault = answered({"status": 2, "audio": audio}, base_resp=refusal)
        assert generate_error(contract_server, fault).verdict is Verdict.STOP


def test_a_code_in_a_400_is_more_precise_than_the_400(contract_server: ContractServer) -> None:
    body = json.dumps({"base_resp": {"status_code": 2042, "status_msg": "no such voice"}})
    fault = Fault.raw(body.encode(), 400)
    assert generate_error(contract_server, fault).verdict is Verdict.REUPLOAD


UNKNOWN = [
    (Fault.lost(), "closed before the answer was whole"),
    (Fault.truncated(0.0), "closed before the answer was whole"),
    (Fault.truncated(0.5), "closed before the answer was whole"),
    (Fault.html(200), "not a JSON object"),
    (Fault.raw(b"<style>p{color:red}</style>"), "not a JSON object"),
    (Fault.raw(b""), "not a JSON object"),
    (Fault.raw(b"[]"), "not a JSON object"),
    (Fault.raw(b'{"data": NaN}'), "no audio"),
    (Fault.raw(b"{" * 100_000), "cut off"),
    (Fault.raw(b'{"data": {"status": 2'), "cut off"),
    (answered({"status": 1, "audio": ""}), "still being made"),
    (answered({"status": 7, "audio": ""}), "neither in progress nor completed"),
    (answered({"status": 2, "audio": ""}), "audio is empty"),
    (answered({"status": 2}), "no audio"),
    (answered(None), "no audio"),
    (Fault.json({"message": "try later", "statusCode": 400}), "it has no audio (try later)"),
    (answered({"status": 2, "audio": "abc"}), "odd number"),
    (answered({"status": 2, "audio": "ab,cd"}), "not hexadecimal"),
    (answered({"status": 2, "audio": "https://cdn.test/a.mp3"}), "not hexadecimal"),
    (Fault.raw(b"junk", Content_Encoding="gzip"), "compression is damaged"),
    (Fault.raw(b"junk", Content_Encoding="br"), "compressed in a way"),
    (Fault.raw(b" " * 9_000_000), "around the audio"),
    (Fault.raw(b'{"a":' + b"[," * 300_000), "around the audio"),
]


@pytest.mark.parametrize(("fault", "words"), UNKNOWN, ids=lambda value: str(value)[:60])
def test_answers_that_leave_the_outcome_unknown(
    contract_server: ContractServer, fault: Fault, words: str
) -> None:
    error = generate_error(contract_server, fault)
    assert error.verdict is Verdict.UNKNOWN
    assert words in str(error)


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_silence_is_an_unknown_outcome(contract_server: ContractServer, share: float) -> None:
    error = generate_error(contract_server, Fault.stalled(share), read_timeout=0.3)
    assert error.verdict is Verdict.UNKNOWN
    assert "silent for too long" in str(error)


def test_an_answer_that_drips_is_given_up_at_the_deadline(contract_server: ContractServer) -> None:
    error = generate_error(contract_server, Fault.dripping(0.02), deadline=0.5)
    assert error.verdict is Verdict.UNKNOWN
    assert "took too long" in str(error)


def test_a_bomb_of_digits_is_given_up_at_the_limit(contract_server: ContractServer) -> None:
    bomb = gzip.compress(b'{"data": {"audio": "' + b"0" * (257 * 2**20), 1)
    error = generate_error(contract_server, Fault.raw(bomb, Content_Encoding="gzip"))
    assert error.verdict is Verdict.UNKNOWN
    assert "more than 268435456 bytes" in str(error)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2", 2.0),
        ("0", 0.0),
        ("99999", 86_400.0),
        ("9" * 50, 86_400.0),
        ("Wed, 21 Oct 2099 07:28:00 GMT", 86_400.0),
        ("Wed, 21 Oct 1999 07:28:00 GMT", 0.0),
        ("soon", None),
        ("-3", None),
    ],
)
def test_retry_after(contract_server: ContractServer, value: str, seconds: float | None) -> None:
    error = generate_error(contract_server, Fault.http(429, Retry_After=value))
    assert error.retry_after == seconds


NOBODY = "http://127.0.0.1:1"
"""Nobody listens at this port: only the administrator could, and the service it had is extinct."""


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"AIMLAPI_BASE_URL": NOBODY}, "connection refused"),
        ({"AIMLAPI_BASE_URL": "http://nobody.invalid"}, "name is unknown"),
        (
            {"AIMLAPI_BASE_URL": "http://service.invalid", "HTTP_PROXY": NOBODY},
            "the proxy",
        ),
        (
            {"AIMLAPI_BASE_URL": "https://service.invalid", "ALL_PROXY": NOBODY},
            "the proxy",
        ),
        ({"AIMLAPI_BASE_URL": NOBODY, "REQUESTS_CA_BUNDLE": "/no/such"}, "cannot reach"),
    ],
)
def test_what_was_surely_not_sent_can_be_sent_again(
    environment: dict[str, str], words: str
) -> None:
    engine = Music01Engine.from_environment({"AIMLAPI_KEY": "some-secret-key"} | environment)
    with contextlib.closing(engine), pytest.raises(EngineError) as caught:
        engine.generate(generation(), io.BytesIO())
    assert caught.value.verdict is Verdict.UNREACHABLE
    assert words in str(caught.value)


def test_a_failed_handshake_was_not_sent(contract_server: ContractServer) -> None:
    settings = Settings(contract_server.url.replace("http:", "https:"), contract_server.key)
    engine = Music01Engine(settings)
    with contextlib.closing(engine), pytest.raises(EngineError) as caught:
        engine.generate(generation(), io.BytesIO())
    assert caught.value.verdict is Verdict.UNREACHABLE
    assert contract_server.generations == []


def test_a_proxy_of_the_environment_is_used(contract_server: ContractServer) -> None:
    settings = Settings.from_environment(
        {
            "AIMLAPI_KEY": contract_server.key,
            "AIMLAPI_BASE_URL": "http://service.invalid/some/prefix",
            "http_proxy": contract_server.url,
        }
    )
    with contextlib.closing(Music01Engine(settings)) as engine:
        engine.upload(reference(), AudioFormat.MP3, Purpose.SONG, "upload")
    assert contract_server.uploads[0].headers["host"] == "service.invalid"


UPLOAD_ROWS = [
    (Fault.lost(), Verdict.RETRY),
    (Fault.truncated(), Verdict.RETRY),
    (Fault.html(200), Verdict.RETRY),
    (Fault.json({"base_resp": SUCCESS}), Verdict.RETRY),
    (Fault.json({"base_resp": SUCCESS, "voice_id": "", "instrumental_id": 3}), Verdict.RETRY),
    (Fault.http(500), Verdict.RETRY),
    (Fault.http(429), Verdict.SLOW_DOWN),
    (Fault.http(401), Verdict.STOP),
    (Fault.http(400), Verdict.REJECTED),
    (Fault.in_band(2037, "too short"), Verdict.REJECTED),
    (Fault.in_band(2042, "odd here"), Verdict.REJECTED),
    (Fault.in_band(1008), Verdict.STOP),
]


@pytest.mark.parametrize(("fault", "verdict"), UPLOAD_ROWS, ids=lambda value: str(value)[:60])
def test_uploads_cost_nothing_so_none_is_an_unknown_outcome(
    contract_server: ContractServer, fault: Fault, verdict: Verdict
) -> None:
    contract_server.script("upload", [fault])
    with engine_of(contract_server) as engine, pytest.raises(EngineError) as caught:
        engine.upload(reference(), AudioFormat.MP3, Purpose.SONG, "upload")
    assert caught.value.verdict is verdict


@pytest.mark.parametrize("status", [200, 201, 202])
def test_any_2xx_is_success(contract_server: ContractServer, status: int) -> None:
    contract_server.script("upload", [Fault("fine", status)])
    contract_server.script("generate", [Fault("fine", status)])
    sink = io.BytesIO()
    with engine_of(contract_server) as engine:
        uploaded = engine.upload(reference(), AudioFormat.MP3, Purpose.VOICE, "upload")
        engine.generate(generation(uploaded.voice_id), sink)
    assert sink.getvalue()


@pytest.mark.parametrize(
    ("header", "cost"),
    [
        ("0.03", 0.03),
        ("0", 0.0),
        (" 1.5e-2 ", 0.015),
        ("1000000", 1_000_000.0),
        ("1000000.01", None),
        ("1e300", None),
        ("1e999", None),
        ("-1", None),
        ("-0.03", None),
        ("nan", None),
        ("inf", None),
        ("0_3", None),
        ("0.03, 0.03", 0.03),
        ("$0.03", 0.03),
        ("0.03, 0.04", 0.04),
        ("0,03 USD", 0.03),
        ("x", None),
        ("", None),
    ],
)
def test_the_price_is_read_from_the_header(
    contract_server: ContractServer, header: str, cost: float | None
) -> None:
    contract_server.cost_usd = header
    with engine_of(contract_server) as engine:
        uploaded = engine.upload(reference(), AudioFormat.MP3, Purpose.SONG, "upload")
        answer = engine.generate(generation(uploaded.voice_id), io.BytesIO())
    assert answer.cost_usd == cost
    assert answer.trace_id == "trace-000001"


def test_what_a_service_says_is_safe_to_print(contract_server: ContractServer) -> None:
    words = f"key {contract_server.key}\x1b]0;x\x07 \u202egnp " + "long " * 200
    error = generate_error(contract_server, Fault.http(400, words))
    assert "key [key]]0;x \\u202egnp" in str(error)
    assert len(str(error)) < 400


def test_connections_and_cookies(contract_server: ContractServer) -> None:
    contract_server.script("upload", [Fault("cookie", headers={"Set-Cookie": "a=b; Path=/"})])
    with engine_of(contract_server) as engine:
        for purpose in (Purpose.SONG, Purpose.VOICE):
            uploaded = engine.upload(reference(), AudioFormat.MP3, purpose, "upload")
        for _ in range(3):
            engine.generate(generation(uploaded.voice_id), io.BytesIO())
    assert len({upload.connection for upload in contract_server.uploads}) == 1
    paid = {song.connection for song in contract_server.generations}
    assert len(paid | {contract_server.uploads[0].connection}) == 4


NETRC_CLIENT = """
import sys
from songbatch.engines.music01.engine import Music01Engine
from songbatch.model import AudioFormat, Purpose
import os
engine = Music01Engine.from_environment(os.environ)
engine.upload(sys.stdin.buffer.read(), AudioFormat.MP3, Purpose.SONG, "upload")
engine.close()
"""


def test_a_netrc_does_not_replace_the_key(contract_server: ContractServer, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    netrc.chmod(0o600)
    environment = contract_server.environment | {"NETRC": str(netrc), "HOME": str(tmp_path)}
    subprocess.run(
        [sys.executable, "-c", NETRC_CLIENT], input=reference(), env=environment, check=True
    )
    assert len(contract_server.uploads) == 1
    assert contract_server.refused_keys == 0
