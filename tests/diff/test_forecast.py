"""Manifests as they will be: recorded songs stay, stored ones are free, the rest is planned."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from songbatch.batch.loading import Batch
from songbatch.diff.compare import PLANNED, STORED
from songbatch.diff.forecast import planned_manifests
from songbatch.engines.identities import MUSIC01, SKETCH
from songbatch.model import Render, Spec
from songbatch.records import Entry, Manifest, ManifestId, Receipt
from tests.factories import entry, manifest, render

PLACE = ("demo", MUSIC01.name)
FIRST = render()
STATES = st.sampled_from(["done", "failed", "held", None])


def batch(*renders: Render) -> Batch:
    spec = Spec("demo", "specs/demo.yaml", "Demo", None, {}, ())
    return Batch(specs=(spec,), renders=renders)


def forecast(
    *renders: Render,
    recorded: dict[ManifestId, Manifest] | None = None,
    receipts: dict[str, Receipt] | None = None,
) -> tuple[Entry, ...]:
    return planned_manifests(batch(*renders), recorded or {}, receipts or {})[PLACE].renders


def receipt(of: Render) -> Receipt:
    return Receipt(of.key, "d" * 64, 10, 12.5, "2026-01-01T00:00:00Z", cost_usd=0.25)


def test_a_new_song_is_planned() -> None:
    (found,) = forecast(FIRST)
    assert (found.status, found.audio_sha256, found.id) == (PLANNED, None, FIRST.id)


def test_a_stored_song_is_free() -> None:
    (found,) = forecast(FIRST, receipts={FIRST.key: receipt(FIRST)})
    assert (found.status, found.audio_sha256) == (STORED, "d" * 64)
    assert (found.seconds, found.cost_usd) == (12.5, 0.25)


def test_a_manifest_wins_over_the_store() -> None:
    recorded = {PLACE: manifest(entry(FIRST))}
    (found,) = forecast(FIRST, recorded=recorded, receipts={FIRST.key: receipt(FIRST)})
    assert found == entry(FIRST)


def test_a_renamed_song_keeps_its_account_and_takes_its_new_names() -> None:
    renamed = render("second", tags={"title": "River"})
    (found,) = forecast(renamed, recorded={PLACE: manifest(entry(FIRST, cost_usd=0.25))})
    assert (found.status, found.cost_usd) == ("done", 0.25)
    assert (found.id, found.output, found.tags) == (
        renamed.id,
        renamed.output,
        {"title": "River"},
    )


def test_what_failed_is_still_to_be_asked_for() -> None:
    failed = entry(FIRST, status="failed", error="no room", audio_sha256=None)
    (found,) = forecast(FIRST, recorded={PLACE: manifest(failed)})
    assert (found.status, found.error) == ("failed", "no room")


def test_what_another_spec_records_is_not_asked_for_again() -> None:
    other = ("other", MUSIC01.name)
    recorded = {other: manifest(entry(FIRST), spec="other")}
    found = planned_manifests(batch(FIRST), recorded, {})
    assert found.keys() == {PLACE}
    assert [one.status for one in found[PLACE]] == ["done"]


def test_manifests_of_other_engines_stay() -> None:
    sketched = Manifest("demo", SKETCH)
    place = ("demo", SKETCH.name)
    assert planned_manifests(batch(FIRST), {place: sketched}, {})[place] is sketched


def test_a_song_that_is_gone_is_left_out() -> None:
    recorded = {PLACE: manifest(entry(FIRST), entry(render("gone", "lo")))}
    assert [one.id for one in forecast(FIRST, recorded=recorded)] == [FIRST.id]


@given(st.dictionaries(st.sampled_from("abcd"), st.tuples(STATES, st.booleans()), min_size=1))
def test_every_wanted_song_is_forecast_once_and_nothing_paid_is_planned(
    songs: dict[str, tuple[str | None, bool]],
) -> None:
    renders = {name: render(name, lyrics=name) for name in songs}
    recorded = manifest(
        *(entry(renders[name], status=state) for name, (state, _) in songs.items() if state)
    )
    receipts = {
        renders[name].key: receipt(renders[name]) for name, (_, stored) in songs.items() if stored
    }
    found = forecast(*renders.values(), recorded={PLACE: recorded}, receipts=receipts)
    assert [one.song for one in found] == sorted(songs)
    for one in found:
        state, stored = songs[one.song]
        expected = "done" if state == "done" else STORED if stored else state or PLANNED
        assert one.status == expected
