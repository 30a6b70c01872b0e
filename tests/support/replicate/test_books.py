"""What the simulated service charges."""

from __future__ import annotations

import pytest

from support.replicate import troubles
from support.replicate.catalog import ACE_STEP, HEART_MULA
from support.replicate.server import ReplicateServer
from support.replicate.troubles import Trouble
from tests.support.replicate.asking import PINNED, SEEDED, Asker

MUSIC_01 = "minimax/music-01"
WORDS = {"lyrics": "Over the harbour"}
PER_SECOND = 0.000975


def test_official_models_cost_by_the_output(asker: Asker, server: ReplicateServer) -> None:
    asker.made(WORDS, MUSIC_01)
    asker.made(WORDS, "minimax/music-2.6")
    assert [charge.usd for charge in server.books.charges] == [0.035, 0.15]
    assert (server.books.usd, server.charged) == (0.185, 2)


def test_others_cost_by_the_second_of_their_hardware(asker: Asker, server: ReplicateServer) -> None:
    for version, given, per_second in [
        (PINNED, SEEDED, PER_SECOND),
        (ACE_STEP.version, {"tags": "folk", "duration": 20}, PER_SECOND),
        (HEART_MULA.version, {"tags": "folk", "max_audio_length_ms": 10000}, 0.0014),
    ]:
        found = asker.made(given, version)
        charge = server.books.of(found["id"])
        seconds = found["metrics"]["predict_time"]
        assert charge.predict_time == seconds > 5
        assert charge.usd == pytest.approx(seconds * per_second, abs=1e-6)


def test_failed_and_canceled_runs_of_others_cost_too(asker: Asker, server: ReplicateServer) -> None:
    server.script_predictions([Trouble.failing("no", 12.5), troubles.CANCELED, troubles.TIMED_OUT])
    assert [asker.made(SEEDED)["status"] for _ in range(3)] == ["failed", "canceled", "failed"]
    charges = server.books.charges
    assert charges[0].usd == pytest.approx(12.5 * PER_SECOND, abs=1e-6)
    assert charges[1].usd > 0
    assert charges[2].usd == pytest.approx(1800 * PER_SECOND)
    assert server.charged == 3


def test_failed_runs_of_official_models_are_free_unless_told(
    asker: Asker, server: ReplicateServer
) -> None:
    server.script_predictions([troubles.FLAGGED, troubles.FLAGGED])
    asker.made(WORDS, MUSIC_01)
    assert (server.books.usd, server.charged) == (0.0, 0)
    server.course.official_failures_cost = True
    asker.made(WORDS, MUSIC_01)
    assert (server.books.usd, server.charged) == (0.035, 1)


def test_what_was_aborted_is_free(asker: Asker, server: ReplicateServer) -> None:
    server.course.official_failures_cost = True
    server.script_predictions([troubles.ABORTED] * 2)
    asker.made(SEEDED)
    asker.made(WORDS, MUSIC_01)
    assert [(c.status, c.usd) for c in server.books.charges] == [("aborted", 0.0)] * 2
    assert server.charged == 0


def test_what_was_canceled_before_it_ran_is_free(asker: Asker, server: ReplicateServer) -> None:
    for polls in (0, 1):
        name = asker.create(SEEDED).json()["id"]
        for _ in range(polls):
            asker.get(name)
        asker.ask("POST", f"/predictions/{name}/cancel")
    assert [charge.usd > 0 for charge in server.books.charges] == [False, True]


def test_each_prediction_is_charged_once(asker: Asker, server: ReplicateServer) -> None:
    found = asker.made(SEEDED)
    asker.get(found["id"])
    asker.ask("POST", f"/predictions/{found['id']}/cancel")
    server.settle()
    server.pass_time(7200)
    assert len(server.books.charges) == 1


def test_what_is_under_way_counts_as_charged(asker: Asker, server: ReplicateServer) -> None:
    server.hold()
    asker.create(SEEDED)
    assert (server.charged, server.books.usd) == (1, 0.0)
    server.settle()
    assert (server.charged, server.books.usd > 0) == (1, True)


def test_refused_requests_cost_nothing(asker: Asker, server: ReplicateServer) -> None:
    asker.create({"duration": "long"})
    asker.create(SEEDED, 64 * "0")
    assert (server.charged, server.books.charges) == (0, [])
