"""MP3 durations against an independent decoder that really reads the whole file."""

import time

import pytest

from songbatch.audio.probe import AudioProblem, examine, probe
from songbatch.model import AudioFormat
from tests.audio.making import decoder_says, id3, info_frame, mp3

MPEG1 = [(rate, kbits) for rate in (32000, 44100, 48000) for kbits in (32, 64, 128, 256, 320)]
MPEG2 = [(rate, kbits) for rate in (16000, 22050, 24000) for kbits in (8, 32, 64, 160)]
MPEG25 = [(rate, kbits) for rate in (8000, 11025, 12000) for kbits in (8, 32, 64)]


@pytest.mark.parametrize(("rate", "kbits"), MPEG1 + MPEG2 + MPEG25)
@pytest.mark.parametrize("channels", [1, 2])
def test_every_rate_and_bitrate_is_measured_as_it_decodes(
    rate: int, kbits: int, channels: int
) -> None:
    data = mp3(rate, kbits, channels)
    info = probe(data)
    assert (info.seconds, info.sample_rate) == pytest.approx(decoder_says(data))
    assert info.format is AudioFormat.MP3
    assert info.channels == channels
    assert info.bitrate == pytest.approx(kbits * 1000, rel=0.02)


def test_a_memoryview_is_as_good_as_bytes() -> None:
    assert probe(memoryview(mp3())) == probe(mp3())


def test_a_variable_bitrate_is_walked_not_guessed() -> None:
    data = mp3(kbits=32) + mp3(kbits=320) + mp3(kbits=64)
    info = probe(data)
    assert info.seconds == pytest.approx(decoder_says(data)[0])
    assert info.bitrate == pytest.approx((32 + 320 + 64) / 3 * 1000, rel=0.01)


def test_mono_and_stereo_frames_may_follow_each_other() -> None:
    data = mp3(channels=1) + mp3(channels=2)
    assert probe(data).seconds == pytest.approx(decoder_says(data)[0])


@pytest.mark.parametrize(("delay", "padding"), [(576, 1000), (1105, 2047)])
@pytest.mark.parametrize("name", [b"Xing", b"Info"])
def test_a_lame_header_is_no_music_and_its_delay_is_subtracted(
    delay: int, padding: int, name: bytes
) -> None:
    music = mp3()
    frames = round(probe(music).seconds * 44100 / 1152)
    data = info_frame(frames, delay, padding, name) + music
    assert probe(data).seconds == pytest.approx(decoder_says(data)[0])
    assert probe(data).seconds == pytest.approx(
        probe(music).seconds - (delay + padding) / 44100, abs=1e-9
    )


def test_a_header_of_an_unknown_encoder_trims_nothing() -> None:
    data = info_frame(10, 576, 1000, encoder=b"\0\0\0\0") + mp3()
    assert probe(data).seconds == probe(mp3()).seconds


def test_a_vbri_header_is_no_music() -> None:
    frame = bytes([0xFF, 0xFB, 0x90, 0xC0]) + bytes(32) + b"VBRI" + bytes(10)
    data = (frame + (59).to_bytes(4, "big")).ljust(417, b"\0") + mp3()
    assert probe(data).seconds == probe(mp3()).seconds


def test_fewer_frames_than_promised_is_truncated() -> None:
    with pytest.raises(AudioProblem, match="59 of 100 frames") as caught:
        probe(info_frame(100) + mp3())
    assert caught.value.code == "truncated"


def test_a_header_that_counts_itself_is_no_gap() -> None:
    assert examine(info_frame(60) + mp3()).lacks == ()
    assert examine(info_frame(59) + mp3()).lacks == ()


def test_a_frame_of_a_hundred_is_told_and_passed_over() -> None:
    music = mp3(seconds=10)
    frames = round(probe(music).seconds * 44100 / 1152)
    (lack,) = examine(info_frame(frames + 3) + music).lacks
    assert (lack.kind, f"{frames} of {frames + 3} frames" in lack.text) == ("end", True)


def test_a_header_without_music_is_not_believed() -> None:
    with pytest.raises(AudioProblem) as caught:
        probe(info_frame(0) + b"TAG" + bytes(125))
    assert caught.value.code == "not-audio"


LYRICS3 = b"LYRICSBEGININD0000200" + b"000021LYRICS200"
APE_FOOTER = b"APETAGEX" + (2000).to_bytes(4, "little") + (50).to_bytes(4, "little")
TAILS = {
    "ID3v1": b"TAG" + bytes(125),
    "APE": bytes(18) + APE_FOOTER + bytes(16),
    "APE with header": b"APETAGEX" + bytes(42) + APE_FOOTER + bytes(7) + b"\x80" + bytes(8),
    "Lyrics3 v2": LYRICS3,
    "Lyrics3 v1": b"LYRICSBEGIN la la la LYRICSEND",
    "ID3v2 at the end": id3(b"x" * 500, footer=True),
    "several": bytes(18) + APE_FOOTER + bytes(16) + LYRICS3 + b"TAG" + bytes(125),
}


@pytest.mark.parametrize("tail", TAILS.values(), ids=TAILS)
def test_tags_behind_the_music_are_not_music(tail: bytes) -> None:
    assert probe(mp3() + tail) == probe(mp3())


@pytest.mark.parametrize(
    "head",
    [id3(b"x" * 3000), id3(footer=True), id3(b"y") + id3(b"z" * 70000), b"junk " * 2000],
    ids=["one", "footer", "two", "junk"],
)
def test_what_stands_before_the_music_is_not_music(head: bytes) -> None:
    assert probe(head + mp3()) == probe(mp3())


def test_a_tag_full_of_frames_is_not_music() -> None:
    assert probe(id3(mp3()) + mp3()) == probe(mp3())


def test_joined_files_are_measured_together() -> None:
    data = mp3() + id3(b"cover" * 9000) + mp3()
    assert probe(data).seconds == pytest.approx(2 * probe(mp3()).seconds)


def test_junk_between_frames_is_skipped_as_decoders_do() -> None:
    one = mp3(channels=2)
    assert probe(one + bytes(700) + one).seconds == pytest.approx(2 * probe(one).seconds)


def test_much_junk_between_frames_is_damage() -> None:
    with pytest.raises(AudioProblem, match="from byte") as caught:
        probe(mp3() + bytes(50_000) + mp3())
    assert caught.value.code == "damaged"


@pytest.mark.parametrize("missing", [1, 100, 204])
def test_a_cut_last_frame_is_told_and_passed_over(missing: int) -> None:
    data = mp3(kbits=64)
    found = examine(data[:-missing])
    assert [lack.text for lack in found.lacks] == ["ends inside its frame 59"]
    assert found.info.seconds == pytest.approx(probe(data).seconds - 1152 / 44100)


def test_a_cut_frame_before_a_tag_is_told_and_passed_over() -> None:
    (lack,) = examine(mp3()[:-50] + b"TAG" + bytes(125)).lacks
    assert lack.kind == "end"


def test_a_cut_tag_is_truncated() -> None:
    with pytest.raises(AudioProblem, match="ID3") as caught:
        probe(id3(mp3(), declared=10_000_000))
    assert caught.value.code == "truncated"


def test_a_changing_sample_rate_is_refused_by_name() -> None:
    with pytest.raises(AudioProblem, match="from 44100 to 48000 Hz") as caught:
        probe(mp3(44100) + mp3(48000))
    assert caught.value.code == "unsupported"


def test_ten_minutes_are_walked_in_no_time() -> None:
    piece = mp3(kbits=128, channels=2, seconds=20)
    data = piece * 30
    begin = time.process_time()
    info = probe(data)
    # About 12 ms on a machine of 2024; decoding would take seconds.
    assert time.process_time() - begin < 0.5
    assert info.seconds == pytest.approx(30 * probe(piece).seconds)
