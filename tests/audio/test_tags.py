"""Tags written in front of real MP3s: read back, decoded through, and byte for byte the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.audio.probe import probe
from pipeline.audio.tags import read_tags, tagged, untagged
from tests.audio.making import decoder_says, id3, mp3

EVERYTHING = {
    "title": "Geburtstag für Zoë 🎂",
    "artist": "The Specs",
    "album": "友",
    "album_artist": "Various",
    "track": "3/12",
    "year": "2026",
    "genre": "Folk",
    "comment": "sung by a machine",
    "composer": "nobody",
    "mood": "wistful",
}


def test_tags_are_read_back() -> None:
    assert read_tags(tagged(mp3(), EVERYTHING)) == EVERYTHING


def test_the_bytes_are_those_of_the_standard() -> None:
    head = bytes.fromhex("494433 04 00 00 00000021 54495432 00000003 0000 03 4869")
    private = b"PRIV" + bytes.fromhex("0000000a 0000") + b"songbatch\0"
    assert tagged(b"", {"title": "Hi"}) == head + private


@pytest.mark.parametrize(("name", "frame"), [("comment", b"COMM"), ("mood", b"TXXX")])
def test_described_frames(name: str, frame: bytes) -> None:
    tag = tagged(b"", {name: "x"})
    body = b"\x03und\0x" if frame == b"COMM" else b"\x03mood\0x"
    assert tag[10:].startswith(frame + bytes([0, 0, 0, len(body), 0, 0]) + body + b"PRIV")


def test_frames_are_not_touched() -> None:
    data = tagged(mp3(), EVERYTHING)
    assert data.endswith(mp3())
    assert untagged(data) == mp3()
    assert decoder_says(data) == decoder_says(mp3())
    assert probe(data) == probe(mp3())


def test_tagging_again_from_what_was_received_changes_nothing() -> None:
    once = tagged(mp3(), EVERYTHING)
    assert tagged(untagged(once), EVERYTHING) == once


def test_order_does_not_matter() -> None:
    backwards = dict(reversed(EVERYTHING.items()))
    assert tagged(mp3(), backwards) == tagged(mp3(), EVERYTHING)


def test_a_foreign_tag_is_hidden_and_had_back() -> None:
    received = id3(b"anything at all") + id3(b"twice") + mp3()
    data = tagged(received, {"title": "New"})
    assert read_tags(data) == {"title": "New"}
    assert untagged(data) == received
    assert decoder_says(data) == decoder_says(mp3())


def test_without_tags_nothing_changes() -> None:
    for received in (mp3(), id3(b"old") + mp3()):
        assert tagged(received, {}) == untagged(received) == received


@given(st.binary(max_size=60), st.binary(max_size=40))
def test_what_was_received_is_always_had_back(inside: bytes, after: bytes) -> None:
    for received in (inside + after, id3(inside) + after, tagged(inside, {"a": "b"}) + after):
        assert untagged(tagged(received, {"title": "x"})) == received


def test_a_text_beyond_127_bytes_keeps_its_length() -> None:
    assert read_tags(tagged(mp3(), {"comment": "long " * 9000}))["comment"] == "long " * 9000


@pytest.mark.parametrize(
    "data",
    [b"", mp3(), id3(b"TIT2\0\0\0\x03\0\0\x00Hi"), id3(b"TIT2", declared=999), b"ID3\3" + bytes(9)],
    ids=["nothing", "no tag", "Latin-1", "cut", "version 2.3"],
)
def test_tags_that_are_not_ours_are_left_alone(data: bytes) -> None:
    assert read_tags(data) == {}


def test_a_cut_tag_is_not_cut_off() -> None:
    data = id3(mp3(), declared=10_000_000)
    assert untagged(data) == data


TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40)


@given(st.dictionaries(st.sampled_from(sorted(EVERYTHING)), TEXT))
def test_any_text_survives_but_for_zeros(tags: dict[str, str]) -> None:
    data = tagged(mp3(), tags)
    assert read_tags(data) == {name: text.replace("\0", "") for name, text in tags.items()}
    assert untagged(data) == mp3()


@given(st.binary(max_size=300))
def test_any_bytes_can_be_read(data: bytes) -> None:
    assert isinstance(read_tags(b"ID3\4\0\0\0\0\1\0" + data), dict)
    assert untagged(tagged(data, {"title": "x"})) == untagged(data)
