"""Each trouble of the simulated service does what it says."""

from __future__ import annotations

import time
from http.client import IncompleteRead
from typing import Any

import pytest
import requests

from support.replicate import troubles
from support.replicate.server import ReplicateServer
from support.replicate.troubles import Mishap, Trouble
from tests.support.replicate.asking import SEEDED, Asker

LOST = requests.ConnectionError


def test_a_create_is_lost_before_or_after_it_is_taken(
    asker: Asker, server: ReplicateServer
) -> None:
    server.script("create", [Mishap.lost_before(), Mishap.lost_after()])
    with pytest.raises(LOST):
        asker.create(SEEDED)
    assert (server.charged, server.submissions, asker.listed()) == (0, [], [])
    with pytest.raises(LOST):
        asker.create(SEEDED)
    assert (server.charged, server.submissions[0].status) == (1, 0)
    (name,) = asker.listed()
    assert asker.get(name)["input"] == SEEDED
    asker.create(SEEDED)
    assert server.charged == 2


@pytest.mark.parametrize("carried_out", [True, False])
def test_a_create_can_be_torn_down(
    asker: Asker, server: ReplicateServer, carried_out: bool
) -> None:
    server.script("create", [Mishap.reset(carried_out=carried_out)])
    with pytest.raises(LOST, match="reset"):
        asker.create(SEEDED)
    assert server.charged == carried_out


def test_lost_polls_leave_the_prediction_as_it_is(asker: Asker, server: ReplicateServer) -> None:
    name = asker.create(SEEDED).json()["id"]
    for mishap in (Mishap.lost_before(), Mishap.lost_after(), Mishap.no_http()):
        server.script("get", [mishap])
        with pytest.raises(LOST):
            asker.get(name)
    server.script("get", [Mishap.cut_off()])
    with pytest.raises((LOST, requests.exceptions.ChunkedEncodingError, IncompleteRead)):
        asker.get(name)
    assert asker.get(name)["status"] == "succeeded"
    assert (server.polls, server.predictions[0].polls) == (5, 4)
    assert server.charged == 1


@pytest.mark.parametrize(
    ("mishap", "title"),
    [
        (troubles.UNAUTHORIZED, "Unauthenticated"),
        (troubles.NO_CREDIT, "Insufficient credit"),
        (troubles.FORBIDDEN, "Permission denied"),
        (troubles.NOT_FOUND, "Not found"),
        (troubles.INVALID_VERSION, "Invalid version or not permitted"),
        (troubles.VENDOR_ERROR, "Internal server error"),
        (troubles.OVERLOADED, "Service unavailable"),
    ],
    ids=lambda value: value.name if isinstance(value, Mishap) else "",
)
def test_the_service_refuses_in_its_own_form(
    asker: Asker, server: ReplicateServer, mishap: Mishap, title: str
) -> None:
    server.script("create", [mishap])
    server.script("any", [None, mishap])
    answer = asker.create(SEEDED)
    assert (answer.status_code, answer.json()["title"]) == (mishap.status, title)
    assert answer.json()["status"] == answer.status_code
    assert asker.ask("GET", "/account").ok
    assert asker.ask("GET", "/predictions").status_code == mishap.status
    assert (server.charged, server.submissions) == (0, [])


@pytest.mark.parametrize("header", [True, False])
def test_requests_are_throttled(asker: Asker, server: ReplicateServer, header: bool) -> None:
    server.script("create", [Mishap.throttled(30, header=header)])
    answer = asker.create(SEEDED)
    assert answer.status_code == 429
    assert answer.json() == {"detail": "Request was throttled. Your rate limit resets in ~30s."}
    assert answer.headers.get("Retry-After") == ("30" if header else None)
    assert asker.create(SEEDED).status_code == 201


@pytest.mark.parametrize("carried_out", [True, False])
def test_a_page_of_somebody_in_between_says_nothing(
    asker: Asker, server: ReplicateServer, carried_out: bool
) -> None:
    server.script("create", [Mishap.gateway(502, carried_out=carried_out)])
    answer = asker.create(SEEDED)
    assert (answer.status_code, answer.headers["Content-Type"][:9]) == (502, "text/html")
    assert answer.text.startswith("<!DOCTYPE html>")
    assert server.charged == len(asker.listed()) == carried_out
    assert [s.status for s in server.submissions] == [502] * carried_out


def test_answers_can_be_of_any_kind(asker: Asker, server: ReplicateServer) -> None:
    server.script("create", [Mishap.odd(b'{"id": 7}'), Mishap.raw(b"null"), Mishap.called("a/b")])
    assert (asker.create().json(), server.charged) == ({"id": 7}, 1)
    assert (asker.create().json(), server.charged) == (None, 1)
    answer = asker.create()
    assert (answer.headers["Content-Type"], answer.json()["status"]) == ("a/b", "starting")
    server.script("create", [Mishap.redirect(307, "http://127.0.0.1:9/there")])
    answer = asker.create()
    assert (answer.status_code, answer.headers["Location"]) == (307, "http://127.0.0.1:9/there")


def test_answers_can_be_late_or_come_in_pieces(asker: Asker, server: ReplicateServer) -> None:
    server.script("create", [Mishap.late(0.3), Mishap.slow(3, 0.15)])
    for _ in range(2):
        start = time.monotonic()
        assert asker.create().status_code == 201
        assert time.monotonic() - start >= 0.3


def test_answers_can_fall_silent(asker: Asker, server: ReplicateServer) -> None:
    server.script("get", [Mishap.stalling()])
    url = asker.create().json()["urls"]["get"]
    headers = {"Authorization": f"Bearer {server.key}"}
    with pytest.raises(requests.ConnectionError, match="timed out"):
        requests.get(url, headers=headers, timeout=0.3)


def test_nobody_listens_for_a_while(asker: Asker, server: ReplicateServer) -> None:
    made = asker.made()
    with server.down(), pytest.raises(LOST, match="refused"):
        asker.create()
    assert asker.get(made["id"]) == made
    assert asker.download(made["output"]).ok


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (troubles.FLAGGED, "(E005)"),
        (troubles.OUT_OF_MEMORY, "out of memory"),
        (troubles.TIMED_OUT, "timed out"),
        (troubles.NO_REASON, None),
        (Trouble.failing("E9828: Director: unexpected error"), "E9828"),
    ],
)
def test_predictions_fail_with_and_without_a_reason(
    asker: Asker, server: ReplicateServer, trouble: Trouble, words: str | None
) -> None:
    server.script_predictions([None, trouble])
    asker.made()
    found = asker.made(SEEDED)
    assert (found["status"], found["output"]) == ("failed", None)
    assert found["error"] is None if words is None else words in found["error"]
    assert found["input"] == SEEDED
    assert asker.get(found["id"]) == found


def test_predictions_are_aborted_or_canceled_by_the_service(
    asker: Asker, server: ReplicateServer
) -> None:
    server.script_predictions([troubles.ABORTED, troubles.CANCELED])
    aborted = asker.made()
    assert (aborted["status"], aborted["started_at"], aborted["error"]) == ("aborted", None, None)
    assert asker.made()["status"] == "canceled"
    assert server.charged == 1


def test_a_prediction_can_be_unknown(asker: Asker, server: ReplicateServer) -> None:
    server.script_predictions([troubles.VANISHED])
    name = asker.create().json()["id"]
    assert asker.ask("GET", f"/predictions/{name}").status_code == 404
    assert asker.ask("POST", f"/predictions/{name}/cancel").status_code == 404
    assert (asker.listed(), server.charged) == ([], 1)


def test_outputs_have_every_form(asker: Asker, server: ReplicateServer) -> None:
    odd: list[Any] = [None, [], {}, 7, "not an address"]
    forms = [troubles.AS_TEXT, troubles.AS_LIST, troubles.AS_OBJECT]
    server.script_predictions([*forms, *map(Trouble.odd, odd)])
    found = [asker.made()["output"] for _ in range(8)]
    urls = [f"{server.url}{prediction.path}" for prediction in server.predictions]
    assert found == [urls[0], [urls[1]], {"audio": {"url": urls[2]}}, *odd]
    assert all(asker.download(url).ok for url in urls[:3])


def test_outputs_can_be_gone_forbidden_or_elsewhere(asker: Asker, server: ReplicateServer) -> None:
    server.script_predictions(
        [
            troubles.FILE_GONE,
            troubles.FILE_FORBIDDEN,
            troubles.FILE_ELSEWHERE,
            Trouble("odd", content=b"<html>"),
        ]
    )
    gone, forbidden, elsewhere, odd = (asker.made()["output"] for _ in range(4))
    assert asker.download(gone).status_code == 404
    assert asker.download(forbidden).status_code == 403
    assert elsewhere.startswith("http://127.0.0.1:9/")
    assert asker.download(odd).content == b"<html>"


def test_songs_can_have_troubles_of_their_own(asker: Asker, server: ReplicateServer) -> None:
    server.songs.add("create", "harbour", [Mishap.http(500)])
    server.songs.add("prediction", "harbour", [troubles.OUT_OF_MEMORY])
    server.songs.add("get", "harbour", [Mishap.http(503), None])
    server.songs.add("download", "harbour", [Mishap.http(404)])
    other = asker.made({"lyrics": "Up on the hill"})
    assert asker.create(SEEDED).status_code == 500
    name = asker.create(SEEDED).json()["id"]
    assert asker.ask("GET", f"/predictions/{name}").status_code == 503
    assert asker.ended(name)["status"] == "failed"
    assert asker.download(asker.made(SEEDED)["output"]).status_code == 404
    assert asker.download(other["output"]).ok
    assert server.songs.requests["create", "harbour"] == 3


def test_everything_can_go_right_again(asker: Asker, server: ReplicateServer) -> None:
    server.script("any", [Mishap.http(500)] * 2)
    server.script_predictions([troubles.OUT_OF_MEMORY])
    server.songs.add("create", "harbour", [Mishap.http(500)])
    assert asker.create().status_code == 500
    server.recover()
    assert asker.made()["status"] == "succeeded"


def test_a_server_that_breaks_fails_its_test(server: ReplicateServer, asker: Asker) -> None:
    server.models = None  # type: ignore[assignment]
    with pytest.raises(LOST):
        asker.ask("GET", "/models/no/one")
    assert "TypeError" in server.breakdowns.pop()
