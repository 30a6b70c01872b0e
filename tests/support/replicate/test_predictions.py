"""Predictions of the simulated service: how they proceed, end, and are listed."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from support.replicate import troubles
from support.replicate.predictions import Prediction
from support.replicate.server import ReplicateServer
from support.replicate.troubles import Trouble
from tests.support.replicate.asking import ACE, PINNED, SEEDED, SONG, Asker

MUSIC_26 = "minimax/music-2.6"
WORDS = {"lyrics": "Over the harbour", "prompt": "folk"}


def test_a_prediction_proceeds_by_the_looks_at_it(asker: Asker) -> None:
    made = asker.create(SEEDED).json()
    assert (made["status"], made["output"], made["metrics"]) == ("starting", None, {})
    assert made["urls"]["get"] == f"{asker.base}/predictions/{made['id']}"
    assert made["urls"]["cancel"] == f"{made['urls']['get']}/cancel"
    found = [asker.ask("GET", made["urls"]["get"]).json() for _ in range(3)]
    assert [p["status"] for p in found] == ["processing", "succeeded", "succeeded"]
    assert found[1] == found[2]
    assert found[2]["input"] == SEEDED
    assert found[2]["version"] == PINNED
    times = [datetime.fromisoformat(found[2][f"{name}_at"]) for name in
             ("created", "started", "completed")]  # fmt: skip
    assert times == sorted(times)
    ran = (times[2] - times[1]).total_seconds()
    assert ran == pytest.approx(found[2]["metrics"]["predict_time"], abs=0.01)


def test_how_many_looks_it_takes_is_a_switch(asker: Asker, server: ReplicateServer) -> None:
    server.course.polls_to_start, server.course.polls_to_finish = 2, 4
    server.script_predictions([None, Trouble.slow(6)])
    for looks in (4, 6):
        names = [asker.create(SEEDED).json()["id"]]
        found = [asker.get(names[0])["status"] for _ in range(looks)]
        assert found == ["starting", *["processing"] * (looks - 2), "succeeded"]


def test_official_models_hide_their_version(asker: Asker) -> None:
    for version in (
        MUSIC_26,
        asker.ask("GET", f"/models/{MUSIC_26}").json()["latest_version"]["id"],
    ):
        found = asker.made(WORDS, version)
        assert (found["model"], found["version"]) == (MUSIC_26, "hidden")
    answer = asker.ask("POST", f"/models/{MUSIC_26}/predictions", json={"input": WORDS})
    assert (answer.status_code, answer.json()["model"]) == (201, MUSIC_26)


def test_the_base_address_may_lack_its_version(asker: Asker, server: ReplicateServer) -> None:
    asker.base = server.url
    assert asker.made(SEEDED)["status"] == "succeeded"
    assert asker.ask("GET", "/account").json()["username"] == "songwriter"
    assert len(asker.listed()) == 1


def test_held_predictions_end_as_they_are_released(asker: Asker, server: ReplicateServer) -> None:
    with server.holding():
        names = [asker.create().json()["id"] for _ in range(3)]
        for _ in range(3):
            assert {asker.get(name)["status"] for name in names} == {"processing"}
        server.release(1)
        assert [asker.get(name)["status"] for name in names] == [
            "succeeded", "processing", "processing"
        ]  # fmt: skip
        assert (server.charged, len(server.books.charges)) == (3, 1)
    assert asker.ended(names[2])["status"] == "succeeded"
    server.settle()
    assert len(server.books.charges) == 3


def test_preferring_to_wait_holds_the_answer_open(asker: Asker, server: ReplicateServer) -> None:
    answer = asker.create(SEEDED, headers={"Prefer": "wait"})
    assert (answer.status_code, answer.json()["status"]) == (201, "succeeded")
    server.hold()
    answer = asker.create(SEEDED, headers={"Prefer": "wait=1"})
    assert (answer.status_code, answer.json()["status"]) == (202, "processing")
    asking = threading.Thread(target=asker.create, kwargs={"headers": {"Prefer": "wait"}})
    asking.start()
    server.wait_until(lambda: len(server.predictions) == 3)
    server.release()
    asking.join()
    assert server.predictions[2].status == "succeeded"
    assert server.submissions[1].status == 202


def test_time_passes_for_what_nobody_looks_at(asker: Asker, server: ReplicateServer) -> None:
    made = asker.create(SEEDED).json()["id"]
    server.pass_time(5)
    assert server.predictions[0].status == "starting"
    server.pass_time(300)
    assert [charge.status for charge in server.books.charges] == ["succeeded"]
    assert asker.get(made)["output"]


def test_data_is_removed_an_hour_after_the_end(asker: Asker, server: ReplicateServer) -> None:
    found = asker.made(SEEDED)
    server.pass_time(3500)
    assert asker.get(found["id"])["output"] == found["output"]
    server.pass_time(150)
    late = asker.get(found["id"])
    assert (late["status"], late["data_removed"]) == ("succeeded", True)
    assert (late["output"], late["input"], late["logs"]) == (None, {}, "")
    assert asker.download(found["output"]).status_code == 404
    server.course.kept = 60.0
    second = asker.made(SEEDED)["id"]
    server.pass_time(100)
    assert asker.get(second)["data_removed"]


def test_data_can_be_removed_at_once(asker: Asker, server: ReplicateServer) -> None:
    server.script_predictions([None, troubles.REMOVED, troubles.OUT_OF_MEMORY])
    first = asker.made()["id"]
    assert asker.made()["data_removed"]
    failed = asker.made()["id"]
    server.remove_data()
    assert asker.get(first)["data_removed"]
    assert (asker.get(failed)["status"], asker.get(failed)["data_removed"]) == ("failed", True)


def test_cancelling_stops_what_has_not_ended(asker: Asker, server: ReplicateServer) -> None:
    server.hold()
    waiting, running = (asker.create().json()["id"] for _ in range(2))
    asker.get(running)
    for name in (waiting, running):
        answer = asker.ask("POST", f"/predictions/{name}/cancel")
        assert (answer.status_code, answer.json()["status"]) == (200, "canceled")
        assert asker.get(name)["status"] == "canceled"
    server.release()
    done = asker.made()["id"]
    assert asker.ask("POST", f"/predictions/{done}/cancel").json()["status"] == "succeeded"
    server.script_predictions([troubles.LATE_CANCEL])
    late = asker.create().json()["id"]
    assert asker.ask("POST", f"/predictions/{late}/cancel").json()["status"] == "succeeded"
    assert [prediction.cancels for prediction in server.predictions] == [1, 1, 1, 1]


def test_a_deadline_aborts_for_nothing_or_cancels(asker: Asker, server: ReplicateServer) -> None:
    server.hold()
    headers = {"Cancel-After": "1m30s"}
    names = [asker.create(headers=headers).json()["id"] for _ in range(2)]
    asker.get(names[1])
    server.pass_time(89)
    assert asker.get(names[1])["status"] == "processing"
    server.pass_time(2)
    aborted, canceled = map(asker.get, names)
    assert (aborted["status"], aborted["started_at"]) == ("aborted", None)
    assert "predict_time" not in aborted["metrics"]
    assert (canceled["status"], canceled["metrics"]["predict_time"]) == ("canceled", 90.0)
    assert [charge.usd for charge in server.books.charges] == [0.0, 0.08775]
    for text in ("4s", "25h", "soon", ""):
        assert asker.create(headers={"Cancel-After": text}).status_code == 422


def test_what_is_stuck_is_ended_after_half_an_hour(asker: Asker, server: ReplicateServer) -> None:
    server.script_predictions([troubles.STUCK])
    name = asker.create().json()["id"]
    assert {asker.get(name)["status"] for _ in range(20)} == {"processing"}
    server.pass_time(1700)
    assert asker.get(name)["status"] == "processing"
    server.pass_time(200)
    found = asker.get(name)
    assert (found["status"], found["metrics"]["predict_time"]) == ("failed", 1800)
    assert "timed out" in found["error"]


def test_a_listing_is_newest_first_and_lacks_some_fields(
    asker: Asker, server: ReplicateServer
) -> None:
    names = [asker.made(SONG | {"seed": seed})["id"] for seed in range(5)]
    assert asker.listed() == names[::-1]
    page = asker.ask("GET", "/predictions").json()
    assert (page["previous"], page["next"]) == (None, None)
    entry = page["results"][0]
    assert entry.keys() >= {"id", "model", "version", "status", "created_at", "completed_at"}
    assert not entry.keys() & {"input", "output", "logs", "metrics"}
    server.listing_leaves_out = frozenset()
    assert asker.ask("GET", "/predictions").json()["results"][0]["input"]["seed"] == 4
    server.page_size = 2
    assert asker.listed() == names[::-1]
    assert asker.ask("GET", "/predictions", params={"cursor": "odd!"}).status_code == 422


def test_a_page_is_a_hundred(asker: Asker, server: ReplicateServer) -> None:
    for seed in range(101):
        server.plant(PINNED, SONG | {"seed": seed})
    page = asker.ask("GET", "/predictions").json()
    assert len(page["results"]) == 100
    assert len(asker.ask("GET", page["next"]).json()["results"]) == 1


def test_a_listing_can_be_of_a_time(asker: Asker, server: ReplicateServer) -> None:
    planted = [server.plant(PINNED, SONG, age=age) for age in (300, 200, 100, 0)]
    now = datetime.now(UTC)

    def ago(seconds: float) -> str:
        return (now - timedelta(seconds=seconds)).isoformat()

    expected = [prediction.id for prediction in planted]
    server.page_size = 1
    assert asker.listed(created_after=ago(250)) == expected[:0:-1]
    assert asker.listed(created_before=ago(150)) == expected[1::-1]
    assert asker.listed(created_after=ago(250), created_before=ago(50)) == expected[2:0:-1]
    created = asker.get(expected[2])["created_at"]
    assert asker.listed(created_after=created) == expected[:1:-1], "a moment that was read counts"
    assert asker.ask("GET", "/predictions", params={"created_after": "now"}).status_code == 422


def test_the_service_may_have_another_time(asker: Asker, server: ReplicateServer) -> None:
    server.skew = -120.0
    before = datetime.now(UTC)
    name = asker.create().json()["id"]
    assert asker.listed(created_after=before.isoformat()) == []
    early = (before - timedelta(minutes=3)).isoformat()
    assert asker.listed(created_after=early) == [name]
    server.skew = 120.0
    created = datetime.fromisoformat(asker.create().json()["created_at"])
    assert timedelta(seconds=115) < created - before < timedelta(seconds=180)


def test_equal_predictions_of_others_are_listed_and_not_booked(
    asker: Asker, server: ReplicateServer
) -> None:
    planted = [server.plant(PINNED, SEEDED, age=age) for age in (60, 30)]
    mine = asker.made(SEEDED)
    found = [asker.get(name) for name in asker.listed()]
    assert [p["id"] for p in found] == [mine["id"], planted[1].id, planted[0].id]
    assert all((p["model"], p["version"], p["input"]) == (ACE, PINNED, SEEDED) for p in found)
    assert server.charged == len(server.books.charges) == 1
    assert [p.planted for p in server.predictions] == [True, True, False]


def test_a_listing_can_lag_behind(asker: Asker, server: ReplicateServer) -> None:
    server.script_predictions([Trouble.late_in_list(2)])
    name = asker.create().json()["id"]
    assert [asker.listed() for _ in range(3)] == [[], [], [name]]


def test_the_input_can_come_back_with_defaults(asker: Asker, server: ReplicateServer) -> None:
    server.echoes_defaults = True
    found = asker.made(SEEDED)["input"]
    assert found.items() > SEEDED.items()
    assert (found["inference_steps"], found["audio_format"]) == (8, "mp3")


def test_unknown_fields_of_an_input_are_ignored_and_recorded(
    asker: Asker, server: ReplicateServer
) -> None:
    given = SEEDED | {"mood": "wistful"}
    assert asker.made(given)["input"] == given
    assert server.predictions[0].ignored == {"mood": "wistful"}
    assert "mood" not in server.predictions[0].made_with.values
    assert server.predictions[0].song() == sung(asker, SEEDED).song()


def sung(asker: Asker, given: Any, version: str = PINNED) -> Prediction:
    asker.made(given, version)
    return asker.server.predictions[-1]


def test_equal_inputs_with_equal_seeds_sound_the_same_and_no_others(asker: Asker) -> None:
    same = sung(asker, SEEDED).song()
    assert sung(asker, SEEDED).song() == same
    others: list[dict[str, Any]] = [
        {"seed": 42},
        {"prompt": "rock"},
        {"lyrics": "No"},
        {"bpm": 90},
        {"seed": -1},
    ]
    songs = {sung(asker, SEEDED | other).song() for other in others}
    songs |= {sung(asker, SONG).song() for _ in range(2)}
    songs |= {sung(asker, WORDS, MUSIC_26).song() for _ in range(2)}
    assert len(songs | {same}) == 10


def test_books_know_what_was_sent(asker: Asker, server: ReplicateServer) -> None:
    asker.create(SEEDED, headers={"X-Client-Request-Id": "first"})
    asker.create({"duration": "long"})
    first, second = server.submissions
    assert first.headers["x-client-request-id"] == "first"
    assert (first.model, first.input, first.status) == (PINNED, SEEDED, 201)
    assert first.prediction_id == server.predictions[0].id
    assert (second.status, second.prediction_id) == (422, "")
    assert server.predictions[0].submission is first
    assert (server.charged, server.requests["create"]) == (1, 2)
