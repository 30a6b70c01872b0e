"""Entries of a manifest: from a render, its receipt and its output; in order; with references."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from songbatch.audio.tags import LABEL_VERSION
from songbatch.engines.identities import MUSIC01
from songbatch.model import AudioFormat, AudioInfo, AudioSetting, Track
from songbatch.outputs import entries
from songbatch.outputs.entries import AttemptCounts, WrittenOutput
from songbatch.records import RECORDED_INPUTS, Receipt, ServiceFacts
from tests.factories import DIGEST, RIVER, entry, render

FIRST = render(tags={"title": "River"})
INFO = AudioInfo(AudioFormat.MP3, 12.34567, 44100, 2, 128000)
WRITTEN = WrittenOutput("c" * 64, 1000, INFO, ("shorter than asked",))
RECEIPT = Receipt(FIRST.key, "b" * 64, 900, 12.3, "2026-01-02T03:04:05Z", "trace", 0.25,
                  attempts=3, unknown_outcomes=1)  # fmt: skip


def test_an_output_that_was_written() -> None:
    found = entries.done(FIRST, RECEIPT, WRITTEN, None)
    assert (found.status, found.sha256, found.bytes) == ("done", "c" * 64, 1000)
    assert (found.audio_sha256, found.trace_id, found.cost_usd) == ("b" * 64, "trace", 0.25)
    assert (found.attempts, found.unknown_outcomes) == (3, 1)
    assert found.seconds == 12.346
    assert found.warnings == ("shorter than asked",)
    assert found.delivered is not None
    assert (found.delivered.sample_rate, found.delivered.channels) == (44100, 2)


def test_the_same_audio_again_keeps_the_account_of_how_it_came() -> None:
    before = entries.done(FIRST, RECEIPT, WRITTEN, None)
    later = Receipt(FIRST.key, "b" * 64, 900, 12.3, "2027-01-01T00:00:00Z", "other", 0.5)
    same = WrittenOutput("c" * 64, 1000, INFO, ())
    assert entries.done(FIRST, replace(later, attempts=4), same, before) == before


def test_other_audio_has_an_account_of_its_own() -> None:
    before = entries.done(FIRST, RECEIPT, WRITTEN, None).but(audio_sha256="a" * 64)
    found = entries.done(FIRST, replace(RECEIPT, attempts=4), WRITTEN, before)
    assert (found.attempts, found.rendered_at) == (4, RECEIPT.at)


def test_only_what_the_request_left_open_was_chosen_by_the_service() -> None:
    facts = ServiceFacts(seconds_asked=30.0, filled_in={"bpm": 96, "duration": 30, "lang": "de"})
    receipt = replace(RECEIPT, facts=facts)
    found = entries.done(FIRST, receipt, WRITTEN, None)
    assert (found.seconds_asked, found.notes[0]) == (30.0, "the service chose bpm: 96")
    assert not any("duration" in note for note in found.notes)
    unasked = replace(RECEIPT, facts=replace(facts, seconds_asked=None))
    found = entries.done(FIRST, unasked, WRITTEN, None)
    assert found.seconds_asked is None
    assert "the service chose duration: 30" in found.notes


def test_an_entry_that_is_up_to_date_is_the_one_before() -> None:
    before = entry(render())
    assert entries.kept(render(), before) is before


def test_an_entry_takes_the_new_name_of_its_render() -> None:
    before = entry(render(), cost_usd=0.25)
    found = entries.kept(render("second", variant={"mood": "calm"}, label="calm"), before)
    assert (found.id, found.song, found.variant) == (
        "demo/second/calm/1",
        "second",
        {"mood": "calm"},
    )
    # The file is still where it was.
    assert (found.output, found.cost_usd, found.key) == (before.output, 0.25, before.key)


def test_a_failure_counts_its_requests() -> None:
    found = entries.undone(FIRST, "held", "may have been paid", AttemptCounts(3, 1))
    assert (found.status, found.error) == ("held", "may have been paid")
    assert (found.attempts, found.unknown_outcomes) == (3, 1)
    assert (found.sha256, found.delivered, found.audio_sha256) == (None, None, None)


def test_what_a_spec_decides() -> None:
    found = entries.described(FIRST, "planned")
    for name in RECORDED_INPUTS:
        assert getattr(found, name) == getattr(FIRST.inputs, name)
    assert (found.key, found.output, found.tags) == (FIRST.key, FIRST.output, {"title": "River"})
    assert found.tag_version == LABEL_VERSION


def test_only_mp3_is_described_with_a_tag() -> None:
    found = entries.described(
        render(audio=AudioSetting(AudioFormat.WAV), tags={"title": "River"}), "planned"
    )
    assert (found.tags, found.cover, found.tag_version) == ({}, None, 0)


def test_takes_are_in_numeric_order_and_names_by_part() -> None:
    takes = [entry(render("a-b")), *(entry(render("a", take=take)) for take in (10, 9, 1))]
    assert [one.id for one in entries.in_order(takes)] == [
        "demo/a/1",
        "demo/a/9",
        "demo/a/10",
        "demo/a-b/1",
    ]


@given(st.permutations([(song, take) for song in ("a", "b", "a-b") for take in (1, 2, 11)]))
def test_the_order_does_not_depend_on_what_came_first(songs: list[tuple[str, int]]) -> None:
    found = entries.in_order([entry(render(song, take=take)) for song, take in songs])
    assert [(one.song, one.take) for one in found] == [
        (song, take) for song in ("a", "a-b", "b") for take in (1, 2, 11)
    ]


def test_a_manifest_lists_the_references_in_use_that_are_known() -> None:
    references = {"river": RIVER, "unused": RIVER}
    track = Track(DIGEST, 5000, AudioInfo(AudioFormat.MP3, 16.00049, 32000, 1, 64000))
    found = entries.manifest(
        "demo", MUSIC01, [entry(render())], references, {"river": track, "unused": track}
    )
    assert found.references.keys() == {"river"}
    assert (found.references["river"].bytes, found.references["river"].seconds) == (5000, 16.0)
    unknown = entries.manifest("demo", MUSIC01, [entry(render())], references, {})
    assert unknown.references == {}


def test_a_reference_that_was_not_fetched_has_no_duration() -> None:
    found = entries.manifest(
        "demo", MUSIC01, [entry(render())], {"river": RIVER}, {"river": Track(DIGEST, None, None)}
    )
    assert (found.references["river"].bytes, found.references["river"].seconds) == (None, None)
