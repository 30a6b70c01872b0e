"""The totals of a diff: counts, requests, time and money."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from songbatch.diff.compare import PLANNED, STORED, Kind, compare_manifests
from songbatch.diff.cost import DiffTotals, add_up
from songbatch.engines.catalog import ENGINES
from songbatch.engines.identities import MUSIC01
from songbatch.prices import Rate
from songbatch.records import Entry
from tests.factories import entry, manifest, render

PRICED = {
    MUSIC01.name: replace(
        ENGINES[MUSIC01.name], rates=(Rate(0.5),), seconds_per_render=60.0, jobs=2, first_jobs=None
    )
}


def totals(was: list[Entry], now: list[Entry]) -> DiffTotals:
    return add_up([compare_manifests(manifest(*was), manifest(*now))], PRICED)


def test_requests_cost_money_and_rounds_of_time() -> None:
    songs = [entry(render(name, lyrics=name), status=PLANNED) for name in "abc"]
    found = totals([], songs)
    assert (found.to_render, found.cost_usd) == (3, 1.5)
    assert found.seconds == 120.0  # two at once, and one more
    assert found.kinds == {Kind.ADDED: 3}


def test_equal_requests_are_one() -> None:
    twins = [entry(render(name), status=PLANNED) for name in "ab"]
    assert totals([], twins).to_render == 1


def test_equal_requests_of_two_specs_are_one() -> None:
    planned = entry(render(), status=PLANNED)
    two = [compare_manifests(None, manifest(planned, spec=spec)) for spec in ("demo", "other")]
    assert add_up(two, PRICED).to_render == 1


@pytest.mark.parametrize(
    ("status", "number"), [("failed", 1), (PLANNED, 1), ("held", 0), (STORED, 0), ("done", 0)]
)
def test_what_is_asked_for(status: str, number: int) -> None:
    assert totals([], [entry(render(), status=status)]).to_render == number


def test_audio_is_paid_for_once() -> None:
    twins = [entry(render(name), cost_usd=0.3) for name in "ab"]
    found = totals([], twins)
    assert (found.rendered, found.paid_usd) == (2, 0.3)


def test_audio_that_did_not_change_was_not_paid_for() -> None:
    was = entry(render(), cost_usd=0.3)
    found = totals([was], [was.but(tags={"title": "x"})])
    assert (found.rendered, found.paid_usd, found.kinds) == (0, 0.0, {Kind.CHANGED: 1})


@given(st.lists(st.sampled_from([PLANNED, STORED, "done", "failed", "held"]), max_size=8))
def test_sums_are_those_of_the_parts(statuses: list[str]) -> None:
    songs = [
        entry(
            render(f"s{number}", lyrics=f"la {number}"),
            status=status,
            audio_sha256=f"{number:064x}",
            cost_usd=0.25,
        )
        for number, status in enumerate(statuses)
    ]
    alone = [totals([], [song]) for song in songs]
    together = totals([], songs)
    assert together.to_render == sum(one.to_render for one in alone)
    assert together.cost_usd == sum(one.cost_usd for one in alone)
    assert together.paid_usd == sum(one.paid_usd for one in alone)
    assert together.seconds <= sum(one.seconds for one in alone)
    assert totals(songs, songs).same == len(songs)
