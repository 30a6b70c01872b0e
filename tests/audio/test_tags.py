"""Tags in front of real MP3s: another program reads them, and the audio stays what it was."""

from __future__ import annotations

import io
import unicodedata
from typing import Any

import mutagen.id3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from songbatch.audio import tags as audio_tags
from songbatch.audio.id3 import read, write
from songbatch.audio.id3_frames import TagFrame
from songbatch.audio.probe import probe
from songbatch.audio.tags import Label, read_label, untagged
from tests.audio.making import decoder_says, id3, mp3
from tests.audio.pictures import jpeg, png

TAGS = {
    "title": "Geburtstag für Zoë 🎂",
    "artist": "The Specs",
    "album": "友",
    "album_artist": "Various",
    "track": "3/12",
    "year": "2026",
    "genre": "Folk",
    "comment": "sung by a machine",
    "composer": "nobody",
    "language": "deu",
}
FACTS = {"SONGBATCH_KEY": "ab" * 32, "AI_GENERATED": "yes, all of it"}
EVERYTHING = Label(TAGS, FACTS, "Erste Zeile,\nzweite Zeile.\n\nÜber die Brücke.", png())


def tagged(received: bytes, label: Label) -> bytes:
    return b"".join(audio_tags.tagged(received, label))


def by_mutagen(data: bytes) -> Any:
    """The tag as mutagen reads it, a program that shares no code with this one."""
    return mutagen.id3.ID3(io.BytesIO(data))


def test_another_program_reads_every_frame() -> None:
    tags = by_mutagen(tagged(mp3(), EVERYTHING))
    assert tags.version == (2, 4, 0)
    texts = {name: str(tags[name]) for name in tags if len(name) == 4 and name[0] == "T"}
    assert texts == {
        "TIT2": "Geburtstag für Zoë 🎂",
        "TPE1": "The Specs",
        "TALB": "友",
        "TPE2": "Various",
        "TRCK": "3/12",
        "TDRC": "2026",
        "TCON": "Folk",
        "TCOM": "nobody",
        "TLAN": "deu",
    }
    assert str(tags["COMM::deu"]) == "sung by a machine"
    assert str(tags["USLT::deu"]) == EVERYTHING.lyrics
    assert {name: str(tags[f"TXXX:{name}"]) for name in FACTS} == FACTS
    (cover,) = tags.getall("APIC")
    assert (cover.data, cover.mime, int(cover.type), cover.desc) == (png(), "image/png", 3, "")


def test_without_a_language_the_standard_has_a_word() -> None:
    tags = by_mutagen(tagged(mp3(), Label({"comment": "x"}, {}, "la la", jpeg())))
    assert (str(tags["COMM::XXX"]), str(tags["USLT::XXX"])) == ("x", "la la")
    assert tags.getall("APIC")[0].mime == "image/jpeg"


def test_tags_are_read_back() -> None:
    assert read_label(tagged(mp3(), EVERYTHING)) == EVERYTHING


@pytest.mark.parametrize(("version", "encoding"), [(4, 3), (4, 1), (3, 1), (3, 0), (4, 2)])
def test_tags_are_read_back_after_another_program_wrote_them(version: int, encoding: int) -> None:
    simple = replace(EVERYTHING, tags=TAGS | {"title": "Zoë", "album": "EP", "year": "2026"})
    file = io.BytesIO(tagged(mp3(), simple))
    tags = mutagen.id3.ID3(file)
    for frame in tags.values():
        if hasattr(frame, "encoding"):
            frame.encoding = encoding
    if version == 3:
        tags.update_to_v23()
    file.seek(0)
    tags.save(file, v2_version=version, v23_sep=None)
    assert file.getvalue()[3] == version
    assert read_label(file.getvalue()) == simple


def test_unsynchronised_and_extended_tags_are_read() -> None:
    body = b"TXXX" + bytes((0, 0, 0, 8)) + b"\0\0" + b"\x00ab\0\xff\xffyz"
    stuffed = body.replace(b"\xff", b"\xff\x00")
    extended = bytes((0, 0, 0, 6)) + bytes(6)
    for flags, content in ((0x80, stuffed), (0x40, extended + body)):
        data = b"ID3\x03\x00" + bytes([flags, 0, 0, 0, len(content)]) + content
        assert read_label(data).facts == {"ab": "ÿÿyz"}, flags
    grouped = b"TXXX" + bytes((0, 0, 0, 15)) + b"\0\x43" + b"g\0\0\0\x08"
    data = id3(grouped + b"\x00ab\0\xff\x00\xff\x00yz")
    assert read_label(data).facts == {"ab": "ÿÿyz"}


def test_the_bytes_are_those_of_the_standard() -> None:
    head = bytes.fromhex("494433 04 00 00 00000021 54495432 00000003 0000 03 4869")
    private = b"PRIV" + bytes.fromhex("0000000a 0000") + b"songbatch\0"
    assert tagged(b"", Label({"title": "Hi"})) == head + private


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
    backwards = replace(EVERYTHING, tags=dict(reversed(TAGS.items())))
    assert tagged(mp3(), backwards) == tagged(mp3(), EVERYTHING)


def test_a_foreign_tag_is_hidden_and_had_back() -> None:
    received = id3(b"anything at all") + id3(b"twice") + mp3()
    data = tagged(received, Label({"title": "New"}))
    assert read_label(data) == Label({"title": "New"})
    assert untagged(data) == received
    assert decoder_says(data) == decoder_says(mp3())


def test_with_nothing_to_say_nothing_changes() -> None:
    for received in (mp3(), id3(b"old") + mp3()):
        assert tagged(received, Label()) == untagged(received) == received
        assert tagged(received, Label({"title": ""})) == received


def test_a_tag_that_would_be_too_large_is_not_written() -> None:
    assert write([TagFrame(b"PRIV", bytes(1 << 28))]) is None


@given(st.binary(max_size=60), st.binary(max_size=40))
def test_what_was_received_is_always_had_back(inside: bytes, after: bytes) -> None:
    label = Label({"title": "x"})
    for received in (inside + after, id3(inside) + after, tagged(inside, label) + after):
        assert untagged(tagged(received, label)) == received


def test_a_text_beyond_127_bytes_keeps_its_length() -> None:
    label = Label({"comment": "long " * 9000})
    assert read_label(tagged(mp3(), label)) == label


@pytest.mark.parametrize(
    "data",
    [b"", mp3(), id3(b"TIT2\0\0\0\x03\0\0\x07Hi"), id3(b"TIT2", declared=999), b"ID3\2" + bytes(9)],
    ids=["nothing", "no tag", "no encoding", "cut", "version 2.2"],
)
def test_what_is_no_tag_says_nothing(data: bytes) -> None:
    assert read_label(data) == Label()


def test_a_cut_tag_is_not_cut_off() -> None:
    data = id3(mp3(), declared=10_000_000)
    assert untagged(data) == data


TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40)


@given(st.dictionaries(st.sampled_from(sorted(TAGS.keys() - {"language"})), TEXT), TEXT)
def test_any_text_survives_but_for_control_characters(tags: dict[str, str], lyrics: str) -> None:
    data = tagged(mp3(), Label(tags, FACTS, lyrics))
    kept = {name: shown(text, "\n\t" if name == "comment" else "") for name, text in tags.items()}
    back = read_label(data)
    assert {name: text for name, text in back.tags.items() if text} == {
        name: text for name, text in kept.items() if text
    }
    assert back.lyrics == shown(lyrics, "\n\t")
    assert untagged(data) == mp3()


def shown(text: str, kept: str) -> str:
    """What players are given: controls that separate words become spaces, others go."""
    spaced = "".join(
        " " if c in "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85" and c not in kept else c for c in text
    )
    return "".join(c for c in spaced if c in kept or unicodedata.category(c) != "Cc")


@given(st.binary(max_size=300), st.sampled_from([3, 4]), st.integers(0, 255))
def test_any_bytes_can_be_read(data: bytes, version: int, flags: int) -> None:
    tag = b"ID3" + bytes([version, 0, flags, 0, 0, 1, 0]) + data
    assert isinstance(read_label(tag), Label)
    assert isinstance(read(tag), list)
    assert untagged(tagged(data, EVERYTHING)) == data
