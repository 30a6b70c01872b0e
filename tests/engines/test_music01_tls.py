"""Whom the hosted engine trusts: the authorities it is told of, and no others.

`localhost.pem` is a certificate for localhost and its key, made for these tests and valid until
2126; nobody else has reason to trust it.
"""

from __future__ import annotations

import contextlib
import io
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from songbatch.engines.base import EngineError, Verdict
from songbatch.engines.music01.engine import Music01Engine
from tests.engines.sample_requests import generation

OURS = str(Path(__file__).with_name("localhost.pem"))


class _Answer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b'{"data":{"audio":"fffb","status":2},"base_resp":{"status_code":0}}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(OURS)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answer) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"https://localhost:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def engine(address: str, **more: str) -> contextlib.closing[Music01Engine]:
    environment = {"AIMLAPI_KEY": "key", "AIMLAPI_BASE_URL": address, **more}
    return contextlib.closing(Music01Engine.from_environment(environment))


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_an_authority_that_is_named_is_trusted(address: str, variable: str) -> None:
    with engine(address, **{variable: OURS}) as opened:
        for _ in range(2):
            song = io.BytesIO()
            opened.generate(generation(), song)
            assert song.getvalue() == b"\xff\xfb"


def test_no_other_is_and_nothing_was_sent(address: str) -> None:
    with engine(address) as opened, pytest.raises(EngineError, match="not trusted") as caught:
        opened.generate(generation(), io.BytesIO())
    assert caught.value.verdict is Verdict.UNREACHABLE


def test_a_certificate_is_for_its_host_only(address: str) -> None:
    elsewhere = address.replace("localhost", "127.0.0.2")
    with engine(elsewhere, REQUESTS_CA_BUNDLE=OURS) as opened, pytest.raises(EngineError) as caught:
        opened.generate(generation(), io.BytesIO())
    assert caught.value.verdict is Verdict.UNREACHABLE


def test_a_file_of_authorities_that_is_not_there_is_told(address: str) -> None:
    with (
        engine(address, REQUESTS_CA_BUNDLE="/no/such") as opened,
        pytest.raises(EngineError, match="no such file") as caught,
    ):
        opened.generate(generation(), io.BytesIO())
    assert caught.value.verdict is Verdict.UNREACHABLE
