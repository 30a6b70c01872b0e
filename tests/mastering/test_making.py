"""Dither, fades, joins and files: sample by sample, and equal bytes for equal sound."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import mutagen.mp3
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songbatch.mastering.decoding import OpenedSound
from songbatch.mastering.encoding import write_audio
from songbatch.mastering.fades import faded, falling, rising
from songbatch.mastering.gapless import _checksum
from songbatch.mastering.meter import measure_sound
from songbatch.mastering.ogg import checksum, with_serial
from songbatch.mastering.quantising import sixteen_bits, twenty_four_bits
from songbatch.mastering.timeline import TooLongOverlap, lay_out, total_frames
from songbatch.mastering.whole import MasterSound, whole_album
from tests.mastering.judges import music, needs_ffmpeg, samples


def made(sound: np.ndarray, identity: str = "a") -> MasterSound:
    return MasterSound(sound, sixteen_bits(sound, identity))


def test_dither_is_noise_of_two_steps_that_its_identity_decides() -> None:
    sound = music(2.0)
    error = sixteen_bits(sound, "a") - sound.astype(np.float64) * 32768
    assert np.abs(error).max() <= 1.5
    assert error.mean() == pytest.approx(0, abs=0.01)
    # TPDF and rounding: a quarter of a step squared, whatever the sound.
    assert error.var() == pytest.approx(0.25, abs=0.01)
    assert abs(np.corrcoef(error[:, 0], sound[:, 0])[0, 1]) < 0.01
    assert np.array_equal(sixteen_bits(sound, "a"), sixteen_bits(sound, "a"))
    assert not np.array_equal(sixteen_bits(sound, "a"), sixteen_bits(sound, "b"))


def test_what_has_sixteen_bits_keeps_them_and_full_scale_is_no_overflow() -> None:
    whole = np.random.default_rng(1).integers(-32768, 32768, (5000, 2))
    sound = (whole / 32768).astype(np.float32)
    assert np.array_equal(sixteen_bits(sound, "a"), whole)
    assert np.array_equal(twenty_four_bits(sound), whole * 256)
    loud = np.array([[1.5, -1.5]], np.float32)
    assert sixteen_bits(loud, "a").tolist() == [[32767, -32768]]
    assert twenty_four_bits(loud).tolist() == [[8388607, -8388608]]


def test_fades_have_equal_power_and_leave_the_middle_alone() -> None:
    assert np.allclose(rising(1000) ** 2 + falling(1000) ** 2, 1, atol=1e-6)
    sound = music(1.0)
    short = faded(sound, 100, 200)
    assert np.array_equal(short[100:-200], sound[100:-200])
    assert np.abs(short[0]).max() < 0.01
    assert faded(sound, 0, 0) is sound
    assert len(faded(sound[:50], 100, 200)) == 50


LENGTHS = st.lists(st.integers(200, 2000), min_size=1, max_size=5)


@settings(max_examples=30, deadline=None)
@given(LENGTHS, st.data())
def test_the_whole_is_the_sum_of_the_masters(lengths: list[int], data: st.DataObject) -> None:
    joins = [
        data.draw(
            st.one_of(
                st.tuples(st.integers(0, 500), st.just(0)),
                st.tuples(st.just(0), st.integers(1, 100)),
            )
        )
        for _ in lengths
    ]
    places = lay_out(lengths, joins)
    masters = [made(music(1.0, n)[:length], str(n)) for n, length in enumerate(lengths)]
    pieces = [*whole_album(places, masters.__getitem__, "x")]
    whole = np.concatenate([piece.sound for piece in pieces])
    sixteen = np.concatenate([piece.sixteen for piece in pieces])
    assert len(whole) == len(sixteen) == total_frames(places)
    expected, alone = np.zeros_like(whole), np.zeros(len(whole), int)
    only = np.zeros_like(sixteen)
    before = 0
    for place, master in zip(places, masters, strict=True):
        sound = master.sound.copy()
        if before:
            sound[:before] *= rising(before)
        if place.overlap:
            sound[-place.overlap :] *= falling(place.overlap)
        end = place.start + place.frames
        expected[place.start : end] += sound
        only[place.start : end] = master.sixteen
        alone[place.start : end] += 1
        before = place.overlap
    assert np.array_equal(whole, expected)
    assert np.array_equal(sixteen[alone < 2], only[alone < 2])
    mixed = sixteen[alone == 2] - whole[alone == 2].astype(np.float64) * 32768
    assert not len(mixed) or np.abs(mixed).max() <= 1.5


def test_overlaps_that_need_more_than_a_track_are_refused() -> None:
    with pytest.raises(TooLongOverlap) as refused:
        lay_out([1000, 300, 1000], [(0, 200), (0, 200), (0, 0)])
    assert (refused.value.number, refused.value.frames, refused.value.needed) == (2, 300, 400)
    assert total_frames([]) == 0


@pytest.mark.parametrize("form", ["wav16", "wav24", "flac", "mp3", "opus"])
def test_equal_sound_is_equal_bytes_and_decodes_to_what_it_was(form: str) -> None:
    sound = music(2.0)
    files = []
    for cuts in ([len(sound)], [10_000, 30_001, len(sound)]):
        starts = [0, *cuts[:-1]]
        master = made(sound)
        pieces = (master.part(a, b) for a, b in zip(starts, cuts, strict=True))
        file = io.BytesIO()
        write_audio(form, pieces, len(sound), "same", file)
        files.append(file.getvalue())
    assert files[0] == files[1]
    opened = OpenedSound(files[0])
    measured = measure_sound(opened.pieces(10**6), opened.sample_rate)
    was = measure_sound([sound], 44100)
    assert measured.seconds == pytest.approx(2.0, abs=0.1)
    # Lossy formats leave out what is highest, and this sound has much of it.
    assert measured.lufs == pytest.approx(was.lufs, abs=0.05 if form[0] in "wf" else 0.3)
    assert measured.dbtp == pytest.approx(was.dbtp, abs=0.05 if form[0] in "wf" else 1.0)


def test_pages_keep_checksums_that_others_compute(tmp_path: Path) -> None:
    sound = music(2.0)
    file = io.BytesIO()
    write_audio("opus", [made(sound)], len(sound), "same", file)
    data = file.getvalue()
    page = bytearray(data[:47])  # the first: a head of 19 bytes
    told = int.from_bytes(page[22:26], "little")
    page[22:26] = bytes(4)
    assert checksum(page) == told
    assert with_serial(with_serial(data, 1), int.from_bytes(data[14:18], "little")) == data
    with pytest.raises(ValueError, match="not an Ogg file"):
        with_serial(b"RIFF" + data, 1)
    if shutil.which("opusinfo"):
        path = tmp_path / "a.opus"
        path.write_bytes(data)
        said = subprocess.run(["opusinfo", path], capture_output=True, text=True, check=True)
        assert "WARNING" not in said.stdout


@needs_ffmpeg
@pytest.mark.parametrize("frames", [1, 575, 576, 1152, 44100, 44101, 100_003])
def test_players_find_where_the_sound_of_an_mp3_begins_and_ends(
    frames: int, tmp_path: Path
) -> None:
    sound = music(3.0)[:frames]
    path, wav = tmp_path / "a.mp3", tmp_path / "a.wav"
    with path.open("wb") as file:
        write_audio("mp3", [made(sound)], frames, "", file)
    command = ["ffmpeg", "-v", "error", "-i", str(path), str(wav)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stderr == ""
    heard = samples(wav)
    assert len(heard) == frames
    if frames > 40_000:
        at = [np.dot(heard[5 + by : by - 5, 0], sound[5:-5, 0]) for by in range(-4, 5)]
        assert np.argmax(at) == 4
    assert getattr(mutagen.mp3.MP3(path).info, "encoder_info", "").startswith("LAME 3.100")


def test_the_checksums_are_those_of_the_plain_way() -> None:
    for size in (0, 1, 4095, 4096, 4097, 30_000):
        data = np.random.default_rng(size).bytes(size)
        crc = 0
        for byte in data:
            crc ^= byte
            for _ in range(8):
                crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
        assert _checksum(data) == crc
