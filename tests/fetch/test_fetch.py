"""Fetching from a real server, and every way that must not lead to this machine."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, ClassVar

import pytest

from songbatch.fetch import FetchError, fetch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

AUDIO = bytes(range(256)) * 5000
DIGEST = hashlib.sha256(AUDIO).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers by path; what it was sent is kept in `seen`."""

    protocol_version = "HTTP/1.1"
    seen: ClassVar[list[tuple[str, dict[str, str]]]] = []
    closing: ClassVar[threading.Event]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (its signature)
        """Say nothing."""

    def do_GET(self) -> None:
        self.seen.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
        name, _, argument = self.path.strip("/").partition("/")
        ways: dict[str, Callable[[str], None]] = {
            "audio": self._audio,
            "to": self._redirect,
            "status": self._status,
            "chunked": self._chunked,
            "cut": self._cut,
            "packed": self._packed,
            "endless": self._endless,
            "drip": self._drip,
            "drip-headers": self._drip_headers,
            "interim": self._interim,
        }
        ways[name.partition("?")[0]](argument)

    def _head(self, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Set-Cookie", "visited=yes; Path=/")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def _audio(self, _: str) -> None:
        self._head(Content_Length=str(len(AUDIO)))
        self.wfile.write(AUDIO)

    def _redirect(self, argument: str) -> None:
        kind, _, hops = argument.partition("/")
        targets = {
            "audio": "/audio",
            "loop": "/to/loop",
            "file": "file:///etc/hostname",
            "nowhere": "",
            "hops": f"/to/hops/{int(hops or 0) - 1}" if int(hops or 0) > 1 else "/audio",
        }
        location = {"Location": targets[kind]} if targets[kind] else {}
        self._head(302, Content_Length="0", **location)

    def _status(self, argument: str) -> None:
        self._head(int(argument), Content_Length="0")

    def _chunked(self, argument: str) -> None:
        self._head(Transfer_Encoding="chunked")
        for start in range(0, len(AUDIO), 60_000):
            piece = AUDIO[start : start + 60_000]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        if argument != "cut":
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = True

    def _cut(self, _: str) -> None:
        self._head(Content_Length=str(len(AUDIO) + 1))
        self.wfile.write(AUDIO)
        self.close_connection = True

    def _packed(self, _: str) -> None:
        self._head(Content_Length="3", Content_Encoding="gzip")
        self.wfile.write(b"abc")

    def _endless(self, _: str) -> None:
        self._head()
        with contextlib.suppress(OSError):
            while not self.closing.is_set():
                self.wfile.write(bytes(100_000))
        self.close_connection = True

    def _drip(self, _: str) -> None:
        self._head()
        with contextlib.suppress(OSError):
            while not self.closing.wait(0.02):
                self.wfile.write(b"x")

    def _drip_headers(self, _: str) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        self._drip("")

    def _interim(self, argument: str) -> None:
        count, _, kind = argument.partition("/")
        heads = {
            "": b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n",
            "long": b"HTTP/1.1 102 Processing\r\nContent-Length: 7\r\n\r\n",
            "100": b"HTTP/1.1 100 Continue\r\n\r\n",
            "101": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        }
        for _ in range(int(count)):
            self.wfile.write(heads[kind])
        self._audio("")


class Server(http.server.ThreadingHTTPServer):
    """Quiet, and gone at once."""

    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is no news."""


@pytest.fixture
def url() -> Iterator[str]:
    Handler.seen.clear()
    Handler.closing = threading.Event()
    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        Handler.closing.set()
        server.shutdown()


def fetched(url: str, sha256: str = DIGEST, *, deadline: float = 20.0) -> bytes:
    return fetch(url, sha256=sha256, allow_private=True, max_bytes=2_000_000, deadline=deadline)


@pytest.mark.parametrize(
    "path",
    [
        "/audio",
        "/audio?name=a b&ü=ß",
        "/chunked",
        "/to/audio",
        "/to/hops/5",
        "/interim/1",
        "/interim/300",
        "/interim/2/long",
        "/interim/5/100",
    ],
)
def test_bytes_come_back_by_every_way(url: str, path: str) -> None:
    assert fetched(url + path) == AUDIO


def test_the_digest_may_be_written_in_capitals(url: str) -> None:
    assert fetched(url + "/audio", DIGEST.upper()) == AUDIO


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/status/404", "answers HTTP 404"),
        ("/status/500", "answers HTTP 500"),
        ("/status/206", "answers HTTP 206"),
        ("/to/nowhere", "answers HTTP 302"),
        ("/to/loop", "more than 5 redirects"),
        ("/to/hops/6", "more than 5 redirects"),
        ("/to/file", "is not an http or https address"),
        ("/chunked/cut", "broke off"),
        ("/interim/1/101", "answers HTTP 101"),
        ("/interim/1001", "broke off"),
        ("/cut", "closed before the reference was whole"),
        ("/packed", "compressed"),
        ("/endless", "more than 2000000 bytes"),
    ],
)
def test_what_cannot_be_fetched(url: str, path: str, words: str) -> None:
    with pytest.raises(FetchError, match=words):
        fetched(url + path)


@pytest.mark.parametrize("path", ["/drip", "/drip-headers"])
def test_a_dripping_server_is_left_at_the_deadline(url: str, path: str) -> None:
    with pytest.raises(FetchError, match="took too long"):
        fetched(url + path, deadline=0.4)


def test_other_bytes_than_the_pinned_ones(url: str) -> None:
    with pytest.raises(FetchError, match=f"it has sha256 {DIGEST}"):
        fetched(url + "/audio", "0" * 64)


def test_a_query_is_not_repeated_in_messages(url: str) -> None:
    with pytest.raises(FetchError) as caught:
        fetched(f"{url}/status/403?signature=secret")
    assert "secret" not in str(caught.value) + caught.value.fix


def test_nothing_of_this_machine_is_sent(url: str) -> None:
    fetched(url + "/to/hops/2")
    assert [path for path, _ in Handler.seen] == ["/to/hops/2", "/to/hops/1", "/audio"]
    for _, headers in Handler.seen:
        assert sorted(headers) == ["accept", "accept-encoding", "connection", "host", "user-agent"]
        assert headers["host"] == url.removeprefix("http://")


@contextlib.contextmanager
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "0",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "LOCALHOST",
        "①②⑦.⓪.⓪.①",
    ],
)
def test_no_way_of_writing_it_reaches_this_machine(host: str) -> None:
    with listener() as listening:
        port = listening.getsockname()[1]
        with pytest.raises(FetchError) as caught:
            fetch(f"http://{host}:{port}/", sha256=DIGEST, allow_private=False)
        assert "of this machine or of a private network" in str(caught.value)
        with pytest.raises(BlockingIOError):
            listening.accept()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://host/a", "not an http or https address"),
        ("file:///etc/passwd", "not an http or https address"),
        ("/etc/passwd", "not an http or https address"),
        ("", "not an http or https address"),
        ("http://", "not an http or https address"),
        ("http://host:99999/", "not an http or https address"),
        ("http://[::1/", "not an http or https address"),
        ("https://user:word@host/", "user name or a password"),
        ("http://nobody.invalid/a", "name is unknown"),
        ("http://" + "a" * 300 + ".com/", "name cannot be used"),
        ("http://a..b/", "name"),
    ],
)
def test_addresses_that_cannot_be_used(url: str, words: str) -> None:
    with pytest.raises(FetchError, match=words) as caught:
        fetch(url, sha256=DIGEST, allow_private=False)
    assert "word@" not in str(caught.value)


def test_a_closed_port_and_a_tls_failure_are_explained(url: str) -> None:
    with pytest.raises(FetchError, match="connection refused"):
        fetched("http://127.0.0.1:1/")
    with pytest.raises(FetchError, match="no TLS connection"):
        fetched(url.replace("http:", "https:") + "/audio")


CLIENT = """
import sys
from songbatch.fetch import fetch
sys.stdout.buffer.write(fetch(sys.argv[1], sha256=sys.argv[2], allow_private=True))
"""


def test_a_proxy_of_the_environment_is_not_asked(url: str) -> None:
    proxies = dict.fromkeys(("http_proxy", "HTTP_PROXY", "ALL_PROXY"), "http://127.0.0.1:1")
    result = subprocess.run(
        [sys.executable, "-c", CLIENT, url + "/audio", DIGEST],
        env=proxies,
        check=True,
        stdout=subprocess.PIPE,
    )
    assert result.stdout == AUDIO
