"""Clients that go away in the middle of anything, or speak no HTTP: the server goes on, silently.

Its standard error is a pipe that nobody reads until the end, as under many supervisors.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import signal
import socket
import struct
import subprocess
import time
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from support.kit import COMMAND, TIMEOUT, Project
from tests.run.specs import SONG
from tests.serve.running import GENERATE, UPLOAD, Served, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = b"Host: 127.0.0.1\r\nAuthorization: Bearer k\r\n"
JSON = KEY + b"Content-Type: application/json\r\n"
FORM = KEY + b"Content-Type: multipart/form-data; boundary=b\r\n"
LARGE = b"Content-Length: 1000000\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + bytes(200_000)


def post(path: str) -> bytes:
    return f"POST {path} HTTP/1.1\r\n".encode()


REQUESTS = {
    "nothing": b"",
    "half a line": b"POST /v2/gen",
    "half a header": post(GENERATE) + b"Host: 127.0.",
    "headers alone": post(GENERATE) + JSON + LARGE,
    "half a body": post(GENERATE) + JSON + LARGE + b'{"model": "music-01"',
    "a cut chunk": post(GENERATE) + JSON + CHUNKED + b"ff\r\n{",
    "chunks without an end": post(GENERATE) + JSON + CHUNKED + b"1\r\n{\r\n",
    "half a form": post(UPLOAD) + FORM + LARGE + PART,
    "half a form in chunks": post(UPLOAD) + FORM + CHUNKED + b"f0000\r\n" + PART,
    "expecting an answer": post(UPLOAD) + FORM + b"Expect: 100-continue\r\n" + LARGE,
    "a body for nobody": post("/nowhere") + JSON + LARGE + b"{",
    "a body without a key": post(GENERATE) + b"Host: 127.0.0.1\r\n" + LARGE + b"{",
    "somebody else's": post(GENERATE) + b"Host: example.org\r\n" + LARGE + b"{",
    "an answer nobody reads": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 200,
}
GARBAGE = {
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)),
    "a line": b"hello\r\n\r\n",
    "a long line": b"A" * 200_000,
    "an endless header": post(GENERATE) + b"X: " + b"a" * 200_000,
    "two lengths": post(GENERATE) + JSON + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    "a length that is none": post(GENERATE) + JSON + b"Content-Length: -1\r\n\r\n{}",
    "a chunk that is none": post(GENERATE) + JSON + CHUNKED + b"zz\r\n{}\r\n",
    "a chunk that is none, late": post("/nowhere") + JSON + CHUNKED + b"1\r\n{\r\nzz\r\n{}\r\n",
    "behind an answer": post("/nowhere")
    + JSON
    + b"Content-Length: 2\r\n\r\n{}\x00\x01\x02\r\n\r\n",
    "an upgrade": b"GET / HTTP/1.1\r\n"
    + KEY
    + b"Connection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    "a control character": b"GET /\x7f\x80 HTTP/1.1\r\n" + KEY + b"\r\n",
    "another version": b"GET / HTTP/9.9\r\n" + KEY + b"\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}


def hang_up(url: str, request: bytes, *, reset: bool) -> None:
    """Send a request and leave, with a goodbye or by a reset."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), TIMEOUT) as client:
        # The server may have closed it by then.
        with contextlib.suppress(ConnectionError):
            client.sendall(request)
        time.sleep(0.01)
        with contextlib.suppress(ConnectionError):
            client.sendall(request[-1:])
        if reset:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def said_nothing(server: Served) -> None:
    server.process.send_signal(signal.SIGTERM)
    _, stderr = server.process.communicate(timeout=TIMEOUT)
    assert stderr == ""


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
def test_clients_that_hang_up_leave_no_trace(tmp_path: Path, *, reset: bool) -> None:
    with served(tmp_path) as server:
        for _ in range(3):
            for request in REQUESTS.values():
                hang_up(server.url, request, reset=reset)
        assert server.request("/nowhere", {}).status == 404
        said_nothing(server)


def test_what_is_no_http_leaves_no_trace(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        for number in range(1000):
            request = list(GARBAGE.values())[number % len(GARBAGE)]
            hang_up(server.url, request, reset=bool(number % 2))
        assert server.request("/nowhere", {}).status == 404
        said_nothing(server)


def test_a_client_that_leaves_before_its_song_is_made_leaves_no_trace(tmp_path: Path) -> None:
    body = b'{"model": "music-01", "lyrics": "la", "refer_voice": "x"}'
    with served(tmp_path) as server:
        for reset in (False, True) * 3:
            length = f"Content-Length: {len(body)}\r\n\r\n".encode()
            hang_up(server.url, post(GENERATE) + JSON + length + body, reset=reset)
        assert server.request("/nowhere", {}).status == 404
        said_nothing(server)


def test_a_closed_standard_error_does_not_stop_the_server(tmp_path: Path) -> None:
    with subprocess.Popen(
        ["/bin/sh", "-c", 'exec "$0" serve --port 0 2>&-', *COMMAND],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        for request in (REQUESTS | GARBAGE).values():
            hang_up(url, request, reset=True)
        address = urlsplit(url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port)
        connection.request("POST", "/nowhere", b"{}")
        assert connection.getresponse().status == 404
        connection.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(TIMEOUT) == 0


@pytest.fixture
def listening(project: Project) -> Iterator[tuple[str, subprocess.Popen[str], str]]:
    """`songbatch report --serve`: its address, its process, a header with the page's cookie."""
    project.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")
    assert project.run("render", "--engine", "sketch").status == 0
    process = project.start("report", "--serve", "--port", "0", env={"PYTHONUNBUFFERED": "1"})
    with process:
        try:
            assert process.stdout is not None
            found = re.search(r"(http://[^/]+)(/\S+)", "".join(islice(process.stdout, 2)))
            assert found
            address = urlsplit(found[1])
            connection = http.client.HTTPConnection(address.hostname or "", address.port)
            connection.request("GET", found[2])
            cookie = (connection.getresponse().getheader("Set-Cookie") or "").partition(";")[0]
            connection.close()
            yield found[1], process, cookie
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.communicate(timeout=TIMEOUT)


def test_the_listening_page_survives_them_too(
    listening: tuple[str, subprocess.Popen[str], str],
) -> None:
    url, process, cookie = listening
    host = urlsplit(url).netloc
    head = f"Host: {host}\r\nCookie: {cookie}\r\nOrigin: {url}\r\n".encode()
    put = b"PUT /selects HTTP/1.1\r\n" + head + b"Content-Type: application/yaml\r\n"
    asked = [put + LARGE, put + LARGE + b"version: 1\n", put + CHUNKED + b"ff\r\nv"]
    asked += [b"GET / HTTP/1.1\r\n" + head + b"\r\n", b"GET /files/outputs/demo/sketch/first.mp3 "]
    asked[-1] += b"HTTP/1.1\r\n" + head + b"\r\n"
    for number in range(4):
        for request in [*asked, *GARBAGE.values()]:
            hang_up(url, request, reset=bool(number % 2))
    connection = http.client.HTTPConnection(host)
    connection.request("GET", "/", headers={"Cookie": cookie})
    assert connection.getresponse().status == 200
    connection.close()
    os.kill(process.pid, signal.SIGTERM)
    assert process.communicate(timeout=TIMEOUT)[1] == ""
