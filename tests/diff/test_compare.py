"""Two manifests of a spec compared: pairs, changes, fates, and lyrics side by side."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.diff.compare import (
    PLANNED,
    STORED,
    Fate,
    Kind,
    compare_manifests,
    side_by_side,
)
from songbatch.model import Cover
from songbatch.records import Entry, Manifest
from tests.factories import entry, manifest, render

FIRST = entry(render())
EDITED = entry(render(lyrics="lo"), audio_sha256="d" * 64)
LINES = st.lists(st.sampled_from(["la", "lo", "", "li la"]), min_size=1, max_size=12).map("\n".join)
SONGS = st.dictionaries(st.sampled_from("abcde"), st.sampled_from(["la", "lo", "li"]))


def made(songs: dict[str, str]) -> Manifest:
    return manifest(*(entry(render(name, lyrics)) for name, lyrics in songs.items()))


def changed_fields(was: Entry, now: Entry) -> list[str]:
    (one,) = compare_manifests(manifest(was), manifest(now)).differences
    return [change.field for change in one.changes]


def test_an_edited_song() -> None:
    compared = compare_manifests(manifest(FIRST), manifest(EDITED))
    (one,) = compared.differences
    assert (one.id, one.kind, one.fate) == ("demo/first/1", Kind.CHANGED, Fate.RENDERED)
    assert one.lyrics == ("la", "lo")
    assert (compared.spec, compared.same) == ("demo", 0)


def test_a_renamed_song_is_found_by_its_key() -> None:
    renamed = entry(render("second"))
    (one,) = compare_manifests(manifest(FIRST), manifest(renamed)).differences
    assert (one.kind, one.fate, one.id) == (Kind.CHANGED, Fate.SAME_AUDIO, "demo/second/1")
    assert [(c.field, c.was, c.now) for c in one.changes] == [
        ("id", FIRST.id, renamed.id),
        ("output", FIRST.output, renamed.output),
    ]
    assert one.lyrics is None


def test_of_twins_each_is_paired_once() -> None:
    was = manifest(entry(render("a")), entry(render("b")))
    now = manifest(entry(render("c")), entry(render("d")), entry(render("e")))
    found = compare_manifests(was, now).differences
    pairs = [(one.was and one.was.song, one.now and one.now.song) for one in found]
    assert pairs == [("a", "c"), ("b", "d"), (None, "e")]


def test_a_song_that_keeps_its_id_is_not_paired_by_key() -> None:
    was = manifest(FIRST)
    now = manifest(EDITED, entry(render("second")))
    kinds = [(one.id, one.kind) for one in compare_manifests(was, now).differences]
    assert kinds == [("demo/first/1", Kind.CHANGED), ("demo/second/1", Kind.ADDED)]


@pytest.mark.parametrize(
    ("now", "field"),
    [
        (FIRST.but(tags={"title": "River"}), "tags"),
        (FIRST.but(output="outputs/demo/music-01/x.mp3"), "output"),
        (FIRST.but(cover=Cover("specs/a.png", "e" * 64)), "cover"),
    ],
)
def test_names_and_looks_leave_the_audio(now: Entry, field: str) -> None:
    assert changed_fields(FIRST, now) == [field]
    assert compare_manifests(manifest(FIRST), manifest(now)).differences[0].fate is Fate.SAME_AUDIO


def test_a_picture_of_another_name_is_the_same() -> None:
    was = FIRST.but(cover=Cover("specs/a.png", "e" * 64))
    now = FIRST.but(cover=Cover("specs/b.png", "e" * 64))
    assert compare_manifests(manifest(was), manifest(now)).same == 1


@pytest.mark.parametrize(
    ("now", "fate"),
    [
        (EDITED.but(status=PLANNED), Fate.PLANNED),
        (EDITED.but(status=STORED), Fate.STORED),
        (EDITED.but(status="failed"), Fate.UNFINISHED),
        (EDITED.but(status="held"), Fate.UNFINISHED),
        (EDITED, Fate.RENDERED),
        (EDITED.but(audio_sha256=FIRST.audio_sha256), Fate.SAME_AUDIO),
    ],
)
def test_the_fate_of_audio(now: Entry, fate: Fate) -> None:
    assert compare_manifests(manifest(FIRST), manifest(now)).differences[0].fate is fate


def test_the_same_request_rendered_again_differs_without_a_change() -> None:
    again = FIRST.but(audio_sha256="f" * 64)
    (one,) = compare_manifests(manifest(FIRST), manifest(again)).differences
    assert (one.changes, one.fate) == ((), Fate.RENDERED)


@given(SONGS, SONGS)
def test_every_song_is_counted_once(was: dict[str, str], now: dict[str, str]) -> None:
    compared = compare_manifests(made(was), made(now))
    olds = [one.was.id for one in compared.differences if one.was]
    news = [one.now.id for one in compared.differences if one.now]
    assert len(set(olds)) == len(olds)
    assert len(set(news)) == len(news)
    assert len(olds) + compared.same == len(was)
    assert len(news) + compared.same == len(now)


@given(SONGS, SONGS)
def test_the_other_way_round_additions_are_removals(
    was: dict[str, str], now: dict[str, str]
) -> None:
    forth, back = compare_manifests(made(was), made(now)), compare_manifests(made(now), made(was))
    assert forth.same == back.same
    added = {one.id for one in forth.differences if one.kind is Kind.ADDED}
    removed = {one.id for one in back.differences if one.kind is Kind.REMOVED}
    assert len(added) == len(removed)


@given(SONGS)
def test_nothing_differs_from_itself(songs: dict[str, str]) -> None:
    compared = compare_manifests(made(songs), made(songs))
    assert (compared.differences, compared.same) == ((), len(songs))


@given(SONGS)
def test_a_spec_that_is_new_or_gone(songs: dict[str, str]) -> None:
    for was, now, kind in ((None, made(songs), Kind.ADDED), (made(songs), None, Kind.REMOVED)):
        found = compare_manifests(was, now).differences
        assert [one.kind for one in found] == [kind] * len(songs)


@given(LINES, LINES)
def test_side_by_side_holds_every_line_of_both_in_order(was: str, now: str) -> None:
    pairs = side_by_side(was, now)
    assert "\n".join(pair.was for pair in pairs if pair.was is not None) == was
    assert "\n".join(pair.now for pair in pairs if pair.now is not None) == now
    assert all(pair.is_same for pair in pairs) == (was == now)


def test_lines_stand_beside_what_they_replace() -> None:
    pairs = side_by_side("a\nb\nc", "a\nx\ny\nc")
    assert [(p.was, p.now) for p in pairs] == [("a", "a"), ("b", "x"), (None, "y"), ("c", "c")]
