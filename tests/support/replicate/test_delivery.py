"""The host of outputs of the simulated service."""

from __future__ import annotations

import pytest
import requests

from support.replicate.server import ReplicateServer
from support.replicate.troubles import Mishap
from tests.support.replicate.asking import KEY, SEEDED, Asker


@pytest.fixture
def output(asker: Asker) -> str:
    url = asker.made(SEEDED)["output"]
    assert isinstance(url, str)
    return url


def test_outputs_are_public(asker: Asker, server: ReplicateServer, output: str) -> None:
    answer = asker.download(output)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "audio/mpeg"
    assert answer.content == server.predictions[0].song()
    head = asker.ask("HEAD", output, key="")
    assert (head.headers["Content-Length"], head.content) == (str(len(answer.content)), b"")
    assert [(d.prediction_id, d.authorization, d.status) for d in server.downloads] == [
        (server.predictions[0].id, "", 200)
    ] * 2
    assert server.predictions[0].downloads == 2


def test_who_shows_a_key_is_refused(asker: Asker, server: ReplicateServer, output: str) -> None:
    assert asker.ask("GET", output).status_code == 403
    assert (server.downloads[0].authorization, server.downloads[0].status) == (f"Bearer {KEY}", 403)
    server.delivery_refuses_keys = False
    assert asker.ask("GET", output).status_code == 200
    assert asker.download(output).ok
    assert server.leaks == server.downloads[:2]


def test_outputs_can_be_at_a_host_of_their_own() -> None:
    with ReplicateServer(key=KEY, delivers_apart=True) as server:
        asker = Asker(server)
        output = asker.made(SEEDED)["output"]
        assert server.delivery_url != server.url
        assert output == f"{server.delivery_url}{server.predictions[0].path}"
        assert asker.download(output).ok
        assert asker.ask("GET", output.replace(server.delivery_url, server.url)).status_code == 404
        assert requests.get(f"{server.delivery_url}/v1/account", timeout=30).status_code == 404
        with server.down(), pytest.raises(requests.ConnectionError):
            asker.download(output)
        assert asker.download(output).ok


def test_outputs_are_given_in_parts(asker: Asker, server: ReplicateServer, output: str) -> None:
    song = server.predictions[0].song()
    for asked, status, first, last in [
        ("bytes=0-99", 206, 0, 99),
        ("bytes=100-", 206, 100, len(song) - 1),
        ("bytes=-10", 206, len(song) - 10, len(song) - 1),
        ("bytes=5-999999999", 206, 5, len(song) - 1),
        ("lines=1-2", 200, 0, len(song) - 1),
    ]:
        answer = asker.download(output, Range=asked)
        assert (answer.status_code, answer.content) == (status, song[first : last + 1])
        told = f"bytes {first}-{last}/{len(song)}" if status == 206 else None
        assert answer.headers.get("Content-Range") == told
    answer = asker.download(output, Range=f"bytes={len(song)}-")
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, f"bytes */{len(song)}")
    assert server.downloads[0].range_asked == "bytes=0-99"


def test_parts_can_be_unknown(asker: Asker, server: ReplicateServer, output: str) -> None:
    server.ranges = False
    answer = asker.download(output, Range="bytes=100-")
    assert (answer.status_code, answer.content) == (200, server.predictions[0].song())
    assert "Accept-Ranges" not in answer.headers


def test_a_download_can_be_cut_and_taken_up(
    asker: Asker, server: ReplicateServer, output: str
) -> None:
    server.script("download", [Mishap.cut_off(0.4), Mishap.cut_off(0.0), Mishap.lost_after()])
    for _ in range(3):
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            asker.download(output)
    assert [d.status for d in server.downloads] == [200, 200, 0]
    assert asker.download(output).content == server.predictions[0].song()
    assert server.charged == 1


def test_a_download_can_be_slow_or_stall(
    asker: Asker, server: ReplicateServer, output: str
) -> None:
    server.script("download", [Mishap.slow(4, 0.05), Mishap.stalling(0.5)])
    assert asker.download(output).content == server.predictions[0].song()
    with pytest.raises(requests.ConnectionError, match="timed out"):
        requests.get(output, timeout=0.3)


@pytest.mark.parametrize("status", [403, 404, 500, 503])
def test_a_download_can_be_refused(
    asker: Asker, server: ReplicateServer, output: str, status: int
) -> None:
    server.script("download", [Mishap.http(status), Mishap.gateway(status)])
    assert [asker.download(output).status_code for _ in range(3)] == [status, status, 200]
    assert [d.status for d in server.downloads] == [status, status, 200]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_download_can_be_redirected_to_another_host(
    asker: Asker, server: ReplicateServer, output: str, status: int
) -> None:
    with ReplicateServer() as other:
        server.script("download", [Mishap.moved(other.url, status)] * 2)
        answer = asker.download(output)
        assert answer.status_code == status
        assert answer.headers["Location"] == output.replace(server.url, other.url)
        assert requests.get(output, timeout=30).status_code == 404
        assert other.downloads[0].path == server.predictions[0].path


def test_a_path_without_a_song_is_not_found(asker: Asker, server: ReplicateServer) -> None:
    assert asker.download(f"{server.url}/delivery/none/out.mp3").status_code == 404
    asker.create(SEEDED)
    assert asker.download(f"{server.url}{server.predictions[0].path}").status_code == 404
    assert asker.ask("POST", f"{server.url}/delivery/x/out.mp3", key="").status_code == 405
