"""Merging manifests and verdicts of two branches: nothing that either recorded is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.conflicts import has_marker
from songbatch.diff.merge import merge_manifests, merge_verdicts, sides_of
from songbatch.outputs.entries import described
from songbatch.records import Entry
from songbatch.selects import Decide, Heard, Opinion, Selects
from songbatch.store import manifest as manifests
from tests.outputs.making import done, manifest, render

SONGS = ["alpha", "beta", "gamma"]
ENTRIES = st.dictionaries(
    st.sampled_from(SONGS),
    st.tuples(st.sampled_from(["la", "lo", "li"]), st.booleans(), st.sampled_from(["x", "y"])),
)
"""By song: its lyrics, whether it was received, a tag."""


def entries(drawn: dict[str, tuple[str, bool, str]]) -> list[Entry]:
    made = []
    for song, (lyrics, is_done, genre) in sorted(drawn.items()):
        of = render(song, lyrics)
        entry = done(of) if is_done else described(of, "failed").but(error="no")
        made.append(entry.but(tags={"genre": genre}))
    return made


def keys(found: list[Entry] | tuple[Entry, ...]) -> set[tuple[str, str]]:
    return {(entry.id, entry.key) for entry in found if entry.done}


@given(ENTRIES, ENTRIES, ENTRIES)
def test_what_either_side_received_since_they_parted_is_in_the_merged_manifest(
    base: dict[str, tuple[str, bool, str]],
    ours: dict[str, tuple[str, bool, str]],
    theirs: dict[str, tuple[str, bool, str]],
) -> None:
    old, mine, other = (entries(one) for one in (base, ours, theirs))
    merged = merge_manifests(manifest(*old), manifest(*mine), manifest(*other))
    assert (keys(mine) | keys(other)) - keys(old) <= keys(merged.renders)
    assert keys(mine) & keys(other) <= keys(merged.renders)
    assert keys(merged.renders) <= keys(mine) | keys(other)
    assert manifests.parse(manifests.dump(merged), "m") == merged
    back = merge_manifests(manifest(*old), manifest(*other), manifest(*mine))
    assert keys(back.renders) == keys(merged.renders)


def test_one_song_in_the_bytes_of_two_encoders_is_one_record_whoever_merges() -> None:
    of = render("alpha")
    ours = done(of).but(song_sha256="5" * 64, rendered_at="2026-01-02T00:00:00Z")
    theirs = ours.but(audio_sha256="6" * 64, rendered_at="2026-01-01T00:00:00Z")
    other = ours.but(audio_sha256="7" * 64, song_sha256="8" * 64)
    for mine, yours in ((ours, theirs), (theirs, ours)):
        assert merge_manifests(None, manifest(mine), manifest(yours)).renders == (theirs,)
        assert len(merge_manifests(None, manifest(mine), manifest(other)).renders) == 2
    # One side learned of the samples: it is the same record.
    old = ours.but(song_sha256=None)
    assert merge_manifests(manifest(old), manifest(ours), manifest(old)).renders == (ours,)


@given(ENTRIES, ENTRIES)
def test_a_side_that_changed_nothing_gives_way(
    base: dict[str, tuple[str, bool, str]], now: dict[str, tuple[str, bool, str]]
) -> None:
    old, new = manifest(*entries(base)), manifest(*entries(now))
    assert merge_manifests(old, new, old) == new
    assert merge_manifests(old, old, new) == new


HEARD = [Heard(f"demo/{song}/1", "sketch", digit * 64) for song in SONGS for digit in "ab"]
OPINIONS = st.dictionaries(
    st.tuples(st.sampled_from(["ann", "ben"]), st.sampled_from(HEARD)),
    st.tuples(st.booleans(), st.sampled_from([None, 1, 5]), st.sampled_from(["", "warm"])),
)
SELECTS = st.builds(
    lambda said, decide: Selects(
        tuple(Opinion(*who, *words) for who, words in sorted(said.items())), decide
    ),
    OPINIONS,
    st.sampled_from(Decide),
)


@given(SELECTS, SELECTS)
def test_verdicts_of_the_side_that_changed_any_stand(base: Selects, now: Selects) -> None:
    for merged in (merge_verdicts(base, now, base), merge_verdicts(base, base, now)):
        assert not merged.conflicts
        assert merged.selects.dump() == now.dump()


@given(SELECTS, SELECTS)
def test_listeners_who_began_at_the_same_time_are_united(ann: Selects, ben: Selects) -> None:
    sides = [
        Selects(tuple(msg for msg in one.opinions if msg.listener == who), Decide.ANY)
        for one, who in ((ann, "ann"), (ben, "ben"))
    ]
    merged = merge_verdicts(Selects(), *sides)
    assert not merged.conflicts
    everything = Selects((*sides[0].opinions, *sides[1].opinions))
    assert merged.selects.dump() == everything.dump()


def test_two_notes_of_one_listener_are_a_conflict() -> None:
    base, ours, theirs = (
        Selects((Opinion("ann", HEARD[0], pick=True, note=note),)) for note in ("", "a", "b")
    )
    assert merge_verdicts(base, ours, theirs).conflicts == ("the note of demo/alpha/1 by ann",)


LINES = st.lists(st.sampled_from([b"a\n", b"b\n", b"\xff\n", b"=======\n", b"< 1\n"]), max_size=4)


@pytest.mark.parametrize("has_base", [True, False])
@given(LINES, LINES, LINES, LINES)
def test_the_sides_of_a_conflict_are_what_stands_between_its_markers(
    has_base: bool, head: list[bytes], ours: list[bytes], theirs: list[bytes], base: list[bytes]
) -> None:
    ours, theirs, base = ([x for x in s if x != b"=======\n"] for s in (ours, theirs, base))
    middle = [b"||||||| 1234\n", *base] if has_base else []
    text = [*head, b"<<<<<<< HEAD\n", *ours, *middle, b"=======\n", *theirs, b">>>>>>> b\n", *head]
    found = sides_of(b"".join(text))
    assert has_marker(b"".join(text))
    assert found is not None
    assert found.ours == b"".join([*head, *ours, *head])
    assert found.base == (b"".join([*head, *base, *head]) if has_base else b"")
    assert found.theirs == b"".join([*head, *theirs, *head])


def test_how_takes_were_shuffled_survives_a_merge_on_either_side() -> None:
    base = Selects((Opinion("ann", HEARD[0], note="warm"),))
    blind = Selects((Opinion("ann", HEARD[0], pick=True, note="warm", blind=7),))
    other = Selects((*base.opinions, Opinion("ben", HEARD[1], pick=True)))
    for merged in (merge_verdicts(base, blind, other), merge_verdicts(base, other, blind)):
        assert not merged.conflicts
        assert set(merged.selects.opinions) == {*blind.opinions, other.opinions[1]}
