"""One request out and one answer in: bounds, what was sent, and what a message shows."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from songbatch.engines.base import EngineError, Verdict
from songbatch.engines.rest.certificates import Certificates
from songbatch.engines.rest.client import Bounds, RestClient, Sent
from songbatch.engines.rest.foreign import ForeignFiles, is_of_same_owner
from songbatch.engines.rest.quotes import LONGEST_QUOTE, quoted
from songbatch.engines.rest.redaction import Redactor

KEY = "a-key-of-the-test-0123456789"
BOUNDS = Bounds(silence=5.0, deadline=10.0)
GET = Sent("GET", "/", BOUNDS)


@dataclass(frozen=True)
class SomeSettings:
    base_url: str
    key: str = KEY
    connect_timeout: float = 5.0
    certificates: Certificates | None = None
    proxy: str | None = field(default=None)


@contextlib.contextmanager
def raw_server(answer: Callable[[socket.socket], None]) -> Iterator[tuple[str, list[bytes]]]:
    """A server that keeps the head of each request and then does what `answer` does."""
    heads: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        stop = threading.Event()

        def serve() -> None:
            while not stop.is_set():
                connection, _ = listening.accept()
                if stop.is_set():
                    connection.close()
                    return
                with connection, contextlib.suppress(OSError):
                    heads.append(connection.recv(65536))
                    answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}", heads
        finally:
            stop.set()
            with contextlib.suppress(OSError):
                socket.create_connection(listening.getsockname(), 1).close()
            thread.join()


def client_of(url: str) -> contextlib.closing[RestClient]:
    return contextlib.closing(RestClient(SomeSettings(url), "the service", report="report it"))


def error_of(
    answer: Callable[[socket.socket], None], sent: Sent, limit: int = 10**6
) -> EngineError:
    with (
        raw_server(answer) as (url, _),
        client_of(url) as client,
        pytest.raises(EngineError) as caught,
    ):
        client.call(sent, limit)
    return caught.value


def saying(text: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(text)


def answering(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    lines = [b"HTTP/1.1 " + status, *headers, b"Content-Length: %d" % len(body), b"", body]
    return b"\r\n".join(lines)


@pytest.fixture(autouse=True)
def netrc(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path_factory.mktemp("home")
    (home / ".netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("HOME", str(home))


def test_the_key_is_in_one_header_and_nothing_else_is_added() -> None:
    with raw_server(saying(answering(b'{"a": 1}'))) as (url, heads), client_of(url) as client:
        reply = client.call(Sent("POST", "/path?x=1", BOUNDS, b"{}", is_alone=True))
    assert (reply.status, reply.value, reply.is_json) == (200, {"a": 1}, True)
    text = heads[0].decode()
    assert text.startswith("POST /path?x=1 HTTP/1.1\r\n")
    assert f"Authorization: Bearer {KEY}\r\n" in text
    assert text.count(KEY) == 1
    assert "Cookie" not in text
    assert "Connection: close" in text


def test_redirects_are_an_answer() -> None:
    moved = answering(b"", b"Location: http://127.0.0.1:1/", status=b"302 Found")
    with raw_server(saying(moved)) as (url, heads), client_of(url) as client:
        assert client.call(Sent("GET", "/", BOUNDS)).status == 302
    assert len(heads) == 1


@pytest.mark.parametrize("verdict", [Verdict.RETRY, Verdict.UNKNOWN])
@pytest.mark.parametrize(
    "text",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}", b"SSH-2.0-x\r\n", b"HTTP/1.1 2"],
)
def test_a_lost_answer_has_the_verdict_of_its_request(text: bytes, verdict: Verdict) -> None:
    sent = Sent("POST", "/", BOUNDS, b"{}", lost=verdict, is_alone=True)
    error = error_of(saying(text), sent)
    assert error.verdict is verdict
    assert "the service" in str(error)


@pytest.mark.parametrize("body", [None, b"{}"])
def test_what_was_not_sent_is_unreachable(body: bytes | None) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with (
            client_of(url) as client,
            pytest.raises(EngineError, match="connection refused") as caught,
        ):
            client.call(Sent("POST", "/", BOUNDS, body, lost=Verdict.UNKNOWN))
    assert caught.value.verdict is Verdict.UNREACHABLE


def test_a_get_whose_answer_is_lost_was_sent() -> None:
    assert error_of(saying(b""), GET).verdict is Verdict.RETRY


def test_an_answer_is_no_larger_than_allowed() -> None:
    large = answering(b"x" * 100_000)
    assert "more than 1,000 bytes" in str(error_of(saying(large), GET, 1000))
    packed = answering(gzip.compress(bytes(10**7)), b"Content-Encoding: gzip")
    assert "more than 1,000,000 bytes" in str(error_of(saying(packed), GET, 10**6))


def dripping(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        connection.sendall(b" ")
        time.sleep(0.05)


def test_an_answer_that_only_drips_ends_at_its_deadline() -> None:
    start = time.monotonic()
    error = error_of(dripping, Sent("GET", "/", Bounds(silence=5.0, deadline=0.5)))
    assert "took too long" in str(error)
    assert time.monotonic() - start < 3


def test_a_silent_service_is_not_waited_for() -> None:
    sent = Sent("GET", "/", Bounds(silence=0.2, deadline=5.0))
    assert "silent" in str(error_of(lambda _: time.sleep(1), sent))


def test_connections_are_kept_between_calls() -> None:
    def twice(connection: socket.socket) -> None:
        connection.sendall(answering(b"{}"))
        if connection.recv(65536):
            connection.sendall(answering(b"[]"))

    with raw_server(twice) as (url, heads), client_of(url) as client:
        sent = Sent("GET", "/", BOUNDS)
        assert [client.call(sent).value for _ in range(2)] == [{}, []]
    assert len(heads) == 1


@pytest.mark.parametrize("body", [b"", b"<html>", b"[" * 100_000, b"1" * 10_000, b"\xff"])
def test_what_is_not_json_is_shown_as_it_came(body: bytes) -> None:
    with raw_server(saying(answering(body))) as (url, _), client_of(url) as client:
        reply = client.call(Sent("GET", "/", BOUNDS))
        error = client.unexpected("it is odd", reply, Verdict.RETRY)
    assert not reply.is_json
    assert str(error).startswith("it is odd; what came: ")
    assert len(str(error)) < LONGEST_QUOTE + 100
    assert error.fix == "report it"


def test_quotes_have_no_key_no_traceback_and_no_control_characters() -> None:
    text = (
        'Traceback (most recent call last):\n  File "/home/somebody/x.py", line 1\n'
        f"ValueError: \x1b[31mBearer {KEY}\x07 is odd\n\n"
    )
    found = quoted(text, Redactor(KEY))
    assert found.startswith("ValueError: ")
    assert found.endswith("is odd")
    assert KEY not in found
    assert found.isprintable()


def test_of_several_tracebacks_the_last_exception_counts_with_all_its_lines() -> None:
    text = (
        "Traceback (most recent call last):\n  File \"a.py\"\nKeyError: 'x'\n\n"
        "During handling of the above exception, another exception occurred:\n\n"
        'Traceback (most recent call last):\n  File "b.py"\n    raise\n'
        "RuntimeError: first\nsecond\n"
    )
    assert quoted(text, Redactor("")) == "RuntimeError: first second"
    assert quoted("two\nlines", Redactor("")) == "two lines"


@pytest.mark.parametrize(
    ("host", "base", "same"),
    [
        ("cdn.acemusic.ai", "api.acemusic.ai", True),
        ("acemusic.ai", "api.acemusic.ai", True),
        ("API.acemusic.ai", "api.acemusic.ai", True),
        ("acemusic.ai.evil.example", "api.acemusic.ai", False),
        ("evilacemusic.ai", "api.acemusic.ai", False),
        ("other.ai", "acemusic.ai", False),
        ("cdn.acemusic.ai", "acemusic.ai", True),
        ("other.co.uk", "acemusic.co.uk", False),
        ("cdn.acemusic.co.uk", "api.acemusic.co.uk", True),
        ("other", "localhost", False),
    ],
)
def test_hosts_of_one_owner(host: str, base: str, same: bool) -> None:
    assert is_of_same_owner(host, base) is same


@pytest.mark.parametrize(
    "url",
    [
        "http://host.example/song",
        "https://user@host.example/song",
        "https:///song",
        "https://host.example/a b",
        "https://host.example:0/",
        "https://[::1",
        "ftp://host.example/",
    ],
)
def test_songs_are_not_fetched_from_addresses_that_are_not_plain(url: str) -> None:
    with pytest.raises(EngineError, match=r"not a plain one|not an https one") as caught:
        list(ForeignFiles().download(url, max_bytes=10, deadline=1.0))
    assert caught.value.verdict is Verdict.LOST


def test_private_addresses_are_not_fetched_from() -> None:
    with pytest.raises(EngineError, match="private network"):
        list(ForeignFiles().download("https://localhost/song", max_bytes=10, deadline=1.0))
