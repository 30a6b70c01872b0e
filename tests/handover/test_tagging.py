"""Tags of all kinds, read by programs that share no code with ours; the samples stay the same."""

from __future__ import annotations

import base64
import contextlib
import io
import random
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import mutagen
import mutagen.flac
import mutagen.mp3
import mutagen.mp4
import mutagen.oggopus
import mutagen.wave
import pytest
from msgspec.structs import replace

from songbatch.album import Album, AlbumCover
from songbatch.handover.carriers.errors import NotWritable
from songbatch.handover.carriers.opus import checksum
from songbatch.handover.tagging import AudioKind, tagged, whole_track
from tests.audio.pictures import png
from tests.handover.making import ALBUM, FIRST, SECOND, WORDS, audio, decoded, needs, wav_16

KINDS: tuple[AudioKind, ...] = ("wav", "flac", "mp3", "opus", "m4a")
COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
READERS: dict[str, Any] = {
    "wav": mutagen.wave.WAVE,
    "flac": mutagen.flac.FLAC,
    "mp3": mutagen.mp3.MP3,
    "opus": mutagen.oggopus.OggOpus,
    "m4a": mutagen.mp4.MP4,
}
ID3 = {
    "title": "TIT2", "artist": "TPE1", "album": "TALB", "album artist": "TPE2", "track": "TRCK",
    "year": "TDRC", "genre": "TCON", "composer": "TCOM", "isrc": "TSRC", "label": "TPUB",
    "copyright": "TCOP", "language": "TLAN", "lyrics": "USLT::deu", "comment": "COMM::deu",
    "catalogue number": "TXXX:CATALOGNUMBER", "barcode": "TXXX:BARCODE",
    "source type": "TXXX:DIGITAL_SOURCE_TYPE", "gain": "TXXX:REPLAYGAIN_TRACK_GAIN",
    "album gain": "TXXX:REPLAYGAIN_ALBUM_GAIN", "peak": "TXXX:REPLAYGAIN_TRACK_PEAK",
}  # fmt: skip
VORBIS = {
    "title": "title", "artist": "artist", "album": "album", "album artist": "albumartist",
    "track": "tracknumber", "year": "date", "genre": "genre", "composer": "composer",
    "isrc": "isrc", "label": "label", "copyright": "copyright", "language": "language",
    "lyrics": "lyrics", "comment": "comment", "catalogue number": "catalognumber",
    "barcode": "barcode", "source type": "digital_source_type",
}  # fmt: skip
OF_FLAC = {
    "gain": "replaygain_track_gain", "album gain": "replaygain_album_gain",
    "peak": "replaygain_track_peak",
}  # fmt: skip
FREE = "----:com.apple.iTunes:"
MP4 = {
    "title": "\xa9nam", "artist": "\xa9ART", "album": "\xa9alb", "album artist": "aART",
    "track": "trkn", "year": "\xa9day", "genre": "\xa9gen", "composer": "\xa9wrt",
    "isrc": f"{FREE}ISRC", "label": f"{FREE}LABEL", "copyright": "cprt",
    "language": f"{FREE}LANGUAGE", "lyrics": "\xa9lyr", "comment": "\xa9cmt",
    "catalogue number": f"{FREE}CATALOGNUMBER", "barcode": f"{FREE}BARCODE",
    "source type": f"{FREE}DIGITAL_SOURCE_TYPE", "gain": f"{FREE}REPLAYGAIN_TRACK_GAIN",
    "album gain": f"{FREE}REPLAYGAIN_ALBUM_GAIN", "peak": f"{FREE}REPLAYGAIN_TRACK_PEAK",
}  # fmt: skip
NAMES = {"wav": ID3, "mp3": ID3, "flac": VORBIS | OF_FLAC, "opus": VORBIS, "m4a": MP4}
SAID = {
    "title": 'Harbour "Light" ✨',
    "artist": "The Specs",
    "album": "Harbour",
    "album artist": "The Specs",
    "year": "2026",
    "genre": "Folk",
    "composer": "Ann Ot",
    "isrc": "QZK6P2500001",
    "label": "Quay Records",
    "copyright": "℗ © 2026 Quay Records",
    "language": "deu",
    "lyrics": WORDS,
    "comment": "For Zoë\nand all",
    "catalogue number": "SB-001",
    "barcode": "036000291452",
    "source type": COMPOSITE,
    "gain": "-3.80 dB",
    "album gain": "-4.10 dB",
    "peak": "0.886135",
}


def read(data: bytes, kind: str) -> Any:
    return READERS[kind](io.BytesIO(data))


def text_of(value: Any) -> str:
    first = value[0] if isinstance(value, list) else value
    return first.decode() if isinstance(first, bytes) else str(first)


@needs("ffmpeg")
@pytest.mark.parametrize("kind", KINDS)
def test_another_program_reads_everything(kind: AudioKind) -> None:
    found = read(tagged(audio(kind), kind, ALBUM, FIRST), kind).tags
    said = {name: text_of(found[key]) for name, key in NAMES[kind].items()}
    number = said.pop("track")
    assert number == {"m4a": "(1, 2)", "wav": "1/2", "mp3": "1/2"}.get(kind, "1")
    assert said == {name: SAID[name] for name in said}


@needs("ffmpeg")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("side", [300, 1400])
def test_the_cover_is_there_to_the_byte(kind: AudioKind, side: int) -> None:
    # Noise does not compress: it takes Opus many pages.
    data = png(side, 300) + bytes(range(256)) * side
    album = replace(ALBUM, cover=AlbumCover(data, "image/png", side, 300))
    found = read(tagged(audio(kind), kind, album, FIRST), kind)
    if kind in ("wav", "mp3"):
        assert found.tags["APIC:"].data == data
    elif kind == "m4a":
        assert bytes(found.tags["covr"][0]) == data
    else:
        picture = found.pictures[0] if kind == "flac" else _of_opus(found)
        assert (picture.data, picture.width, picture.height, picture.depth) == (data, side, 300, 24)


def _of_opus(found: Any) -> Any:
    return mutagen.flac.Picture(base64.b64decode(found.tags["metadata_block_picture"][0]))


@needs("ffmpeg")
@pytest.mark.parametrize("kind", KINDS)
def test_samples_are_untouched(kind: AudioKind, tmp_path: Path) -> None:
    before = audio(kind)
    after = tagged(before, kind, ALBUM, FIRST)
    assert decoded(after, kind, tmp_path) == decoded(before, kind, tmp_path)


@needs("ffmpeg")
@pytest.mark.parametrize("kind", KINDS)
def test_writing_twice_is_writing_once(kind: AudioKind) -> None:
    once = tagged(audio(kind), kind, ALBUM, FIRST)
    assert tagged(once, kind, ALBUM, FIRST) == once
    other = tagged(audio(kind), kind, ALBUM, SECOND)
    assert tagged(once, kind, ALBUM, SECOND) == other


@needs("ffmpeg")
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_an_earlier_tag_is_left(kind: AudioKind) -> None:
    bare = Album(name="a", title="", artist="", tracks=(SECOND,))
    assert b"old" not in tagged(audio(kind), kind, bare, replace(SECOND, title="", artist=""))


HOSTILE = "a\x00b\x1b[31m\r\n\u202eevil\ud800 😀 עברית </rdf:RDF> ]]> & \ufffe = [x]"


@needs("ffmpeg")
@pytest.mark.parametrize("kind", KINDS)
def test_hostile_texts_are_safe(kind: AudioKind, tmp_path: Path) -> None:
    # ffmpeg itself needs seconds for a megabyte of words.
    long = (HOSTILE + "\n") * (25_000 if kind == "mp3" else 500)
    track = replace(
        FIRST, title=HOSTILE, artist=HOSTILE, lyrics=long, engine=HOSTILE, isrc=HOSTILE,
        lang=HOSTILE, lines=((0.1, HOSTILE), (-5.0, HOSTILE), (1e9, "late")),
    )  # fmt: skip
    album = replace(ALBUM, title=HOSTILE, label=HOSTILE, tags={"genre": HOSTILE, "year": HOSTILE})
    after = tagged(audio(kind), kind, album, track)
    assert decoded(after, kind, tmp_path) == decoded(audio(kind), kind, tmp_path)
    title = text_of(read(after, kind).tags[NAMES[kind]["title"]])
    assert title.startswith("ab[31m")
    assert not any(ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 for c in title)


@needs("ffmpeg")
def test_silence_has_no_gain() -> None:
    silent = replace(FIRST, loudness_lufs=float("-inf"), true_peak_dbtp=float("-inf"))
    for kind in KINDS:
        found = read(tagged(audio(kind), kind, ALBUM, silent), kind).tags
        assert not [name for name in found if "GAIN" in str(name).upper()]


@needs("ffmpeg")
def test_lines_and_words_have_their_times() -> None:
    found = read(tagged(audio("mp3"), "mp3", ALBUM, FIRST), "mp3").tags
    lines, words = found["SYLT:lines:deu"], found["SYLT:words:deu"]
    assert (lines.format, lines.type) == (2, 1)
    assert lines.text == [("\nThe harbour sleeps", 500), ("\nunder the rain.", 1250)]
    assert words.text == [
        ("\nThe", 500), (" harbour", 700), (" sleeps", 900),
        ("\nunder", 1250), (" the", 1400), (" rain.", 1600),
    ]  # fmt: skip


@needs("ffmpeg", "opusinfo")
def test_opus_has_gains_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "song.opus").write_bytes(tagged(audio("opus"), "opus", ALBUM, FIRST))
    done = subprocess.run(
        ["opusinfo", "song.opus"],
        check=True,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stderr == ""
    # To -23 LUFS: -14.2 needs -8.8 dB; the album's -4.1 dB are to -18.
    assert f"R128_TRACK_GAIN={round(-8.8 * 256)}" in done.stdout
    assert f"R128_ALBUM_GAIN={round(-9.1 * 256)}" in done.stdout
    assert "WARNING" not in done.stdout.upper()


def test_oggs_checksum_is_the_one_that_its_programs_write() -> None:
    # The polynomial 0x04c11db7, bit by bit, as RFC 3533 has it.
    def slowly(page: bytes) -> int:
        register = 0
        for byte in page:
            register ^= byte << 24
            for _ in range(8):
                top = register & 0x8000_0000
                register = (register << 1 & 0xFFFF_FFFF) ^ (0x04C1_1DB7 if top else 0)
        return register

    for page in (b"", b"\0", b"OggS", bytes(range(256)) * 3):
        assert checksum(page) == slowly(page)


@needs("ffmpeg", "flac", "metaflac")
def test_flac_tests_its_own(tmp_path: Path) -> None:
    (tmp_path / "song.flac").write_bytes(tagged(audio("flac"), "flac", ALBUM, FIRST))
    for command in (["flac", "--test", "--silent", "song.flac"], ["metaflac", "--list"]):
        path = [] if command[-1] == "song.flac" else ["song.flac"]
        subprocess.run([*command, *path], cwd=tmp_path, check=True, timeout=60, capture_output=True)


@needs("sox", "ffprobe")
def test_a_wav_is_a_broadcast_wave_for_others(tmp_path: Path) -> None:
    data = tagged(wav_16(), "wav", ALBUM, FIRST)
    (tmp_path / "song.wav").write_bytes(data)
    probe = ["ffprobe", "-v", "error", "-show_entries", "format_tags", "song.wav"]
    said = subprocess.run(
        probe, cwd=tmp_path, check=True, capture_output=True, text=True, timeout=60
    ).stdout
    assert "TAG:description=" not in said or "Harbour" in said
    assert "TAG:encoded_by=songbatch" in said
    assert "TAG:originator_reference=QZK6P2500001" in said
    assert "TAG:album=Harbour" in said
    raw = ["sox", "song.wav", "-t", "raw", "-"]
    samples = subprocess.run(raw, cwd=tmp_path, check=True, capture_output=True, timeout=60)
    assert samples.stdout == wav_16()[44:]
    assert samples.stderr == b""
    loudness = data.index(b"bext") + 8 + 412
    assert int.from_bytes(data[loudness : loudness + 2], "little", signed=True) == -1420
    peak = loudness + 4
    assert int.from_bytes(data[peak : peak + 2], "little", signed=True) == -105


@needs("ffmpeg")
@pytest.mark.parametrize("kind", ["wav", "mp3", "m4a"])
def test_xmp_says_that_a_machine_made_it(kind: AudioKind) -> None:
    data = tagged(audio(kind), kind, ALBUM, FIRST)
    begin = data.index(b"<x:xmpmeta")
    root = ET.fromstring(data[begin : data.index(b"</x:xmpmeta>") + 12])
    name = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"
    assert [each.text for each in root.iter(name)] == [COMPOSITE]


@needs("ffmpeg")
@pytest.mark.parametrize("options", [(), ("-movflags", "+faststart")])
def test_m4a_is_played_wherever_its_index_stands(options: tuple[str, ...], tmp_path: Path) -> None:
    before = audio("m4a", *options)
    after = tagged(before, "m4a", ALBUM, FIRST)
    assert (before.index(b"moov") < before.index(b"mdat")) == bool(options)
    assert decoded(after, "m4a", tmp_path) == decoded(before, "m4a", tmp_path)


@needs("ffmpeg")
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_of_another_kind_is_refused(kind: AudioKind) -> None:
    other: AudioKind = "flac" if kind == "wav" else "wav"
    for data in (b"", b"no audio at all", audio(other), audio(kind)[:40]):
        with pytest.raises(NotWritable):
            tagged(data, kind, ALBUM, FIRST)


@needs("ffmpeg")
@pytest.mark.parametrize("kind", KINDS)
def test_damaged_audio_is_written_or_refused(kind: AudioKind) -> None:
    whole = audio(kind)[:6000]
    chance = random.Random(kind)
    for _ in range(150):
        damaged = bytearray(
            whole[: chance.randrange(len(whole))] if chance.random() < 0.5 else whole
        )
        for _ in range(chance.randrange(1, 6)):
            if damaged:
                damaged[chance.randrange(min(len(damaged), 400))] = chance.choice((0, 1, 127, 255))
        with contextlib.suppress(NotWritable):
            tagged(bytes(damaged), kind, ALBUM, FIRST)


@needs("ffmpeg")
def test_an_album_in_one_file_has_tags_of_its_own() -> None:
    whole = whole_track(ALBUM)
    found = read(tagged(audio("flac"), "flac", ALBUM, whole), "flac").tags
    assert found["title"] == found["album"] == ["Harbour"]
    assert found["replaygain_track_gain"] == found["replaygain_album_gain"] == ["-4.10 dB"]
    assert found["digital_source_type"] == [COMPOSITE]
    assert "isrc" not in found
    assert "tracknumber" not in found
    assert (whole.seconds, whole.engine) == (7.5, "sketch, fal/music-3")
