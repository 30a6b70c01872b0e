"""Analysis of references whose truth is known."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Sequence

import numpy as np
import pytest

from songbatch.engines.sketch.analysis import features
from songbatch.engines.sketch.analysis.features import Features
from songbatch.engines.sketch.analysis.plot import draw
from songbatch.engines.sketch.analysis.voice import DEFAULT_VOICE
from songbatch.engines.sketch.analysis.vowels import TABLE
from songbatch.engines.sketch.codec import Undecodable
from songbatch.engines.sketch.dsp import loudness, resample
from songbatch.engines.sketch.voice.singer import Timbre
from songbatch.model import Purpose
from support.contract.audio import tone
from support.references import MINOR, RATE, Sound, band, hertz, song, voice, wav


def heard(audio: bytes, purpose: Purpose = Purpose.INSTRUMENTAL) -> Features:
    return features.extract(audio, purpose)


@pytest.mark.parametrize("bpm", [72.0, 88.0, 96.0, 107.0, 120.0, 138.0, 150.0])
def test_tempo(bpm: float) -> None:
    found = heard(band(bpm)).rhythm.bpm
    octaves = np.log2(found / bpm)
    assert abs(octaves - round(octaves)) < 0.005, found


@pytest.mark.parametrize("bpm", [72.0, 96.0, 120.0])
def test_a_beat_on_the_first_sample_is_the_first_beat(bpm: float) -> None:
    assert heard(band(bpm, drums=True)).rhythm.first_beat < 0.05


@pytest.mark.parametrize("bpm", [96.0, 103.7, 112.0, 120.0])
def test_tempo_in_the_middle_is_exact(bpm: float) -> None:
    assert heard(band(bpm, drums=True)).rhythm.bpm == pytest.approx(bpm, rel=0.0002)


@pytest.mark.parametrize("bpm", [84.0, 126.0, 152.0, 168.0])
def test_backbeats_tell_the_octave_of_the_tempo(bpm: float) -> None:
    rhythm = heard(song(bpm)).rhythm
    assert rhythm.bpm == pytest.approx(bpm, rel=0.0002)
    assert rhythm.first_downbeat < 0.05
    assert rhythm.beats_per_bar == 4


@pytest.mark.parametrize("bpm", [96.0, 140.0])
def test_a_waltz_has_bars_of_three_with_one_chord_each(bpm: float) -> None:
    drawn = heard(song(bpm, 3))
    assert drawn.rhythm.beats_per_bar == drawn.harmony.chord_beats == 3
    assert drawn.rhythm.bpm == pytest.approx(bpm, rel=0.0002)
    assert drawn.harmony.chords[:4] == ((0, "major"), (9, "minor"), (5, "major"), (7, "major"))
    assert drawn.rhythm.kick[12:] == (0.0,) * 4


def test_chords_change_where_bars_begin() -> None:
    chords = heard(song(100.0)).harmony.chords
    wanted = [(0, "major"), (9, "minor"), (5, "major"), (7, "major")]
    assert list(chords[:8]) == [chord for chord in wanted for _ in range(2)]


@pytest.mark.parametrize("tonic", [0, 2, 5, 7, 10])
def test_major_keys(tonic: int) -> None:
    harmony = heard(band(100.0, tonic)).harmony
    assert (harmony.tonic, harmony.mode) == (tonic, "major")


@pytest.mark.parametrize("tonic", [9, 4, 0])
def test_minor_keys(tonic: int) -> None:
    harmony = heard(band(100.0, tonic, MINOR)).harmony
    assert (harmony.tonic, harmony.mode) == (tonic, "minor")


def test_chords_per_half_bar() -> None:
    chords = heard(band(100.0, 7)).harmony.chords
    wanted = [(7, "major"), (4, "minor"), (0, "major"), (2, "major")]
    changes = [chord for chord, _ in itertools.groupby(chords)]
    start = wanted.index(changes[0])
    assert changes == [wanted[(start + n) % 4] for n in range(len(changes))]
    assert len(chords) / len(changes) == pytest.approx(2, abs=0.4)


def test_drums_are_told_from_strings() -> None:
    with_drums, without = (heard(band(100.0, drums=d)).rhythm.drums for d in (True, False))
    assert with_drums > 0.5 > 0.25 > without


def test_brightness_and_loudness_follow_the_recording() -> None:
    dull, bright = (heard(band(100.0, partials=p)).tonal_balance for p in (2, 16))
    assert bright.centroid_hz > 1.3 * dull.centroid_hz
    loud, soft = (heard(band(100.0, level=level)).tonal_balance.lufs for level in (0.5, 0.25))
    assert loud - soft == pytest.approx(6.02, abs=0.1)


@pytest.mark.parametrize(
    "pitches", [(50.0, 52.0, 55.0, 52.0), (62.0, 64.0, 66.0, 69.0), (69.0, 71.0, 72.0, 67.0)]
)
def test_a_voice_is_heard_at_its_pitch(pitches: tuple[float, ...]) -> None:
    sung = heard(voice(pitches), Purpose.VOICE).voice
    assert sung is not None
    assert sung.median == pytest.approx(float(np.median(pitches)), abs=1.1)
    assert min(pitches) - 1 <= sung.low <= sung.high <= max(pitches) + 1
    assert sung.voiced_share > 0.7


@pytest.mark.parametrize("pitches", [(57.0, 59.0, 62.0, 64.0, 59.0), (64.0, 67.0, 69.0, 67.0)])
def test_a_voice_in_front_of_a_band_is_heard_at_its_pitch(pitches: tuple[float, ...]) -> None:
    sung = heard(song(110.0, 4, pitches), Purpose.SONG).voice
    assert sung is not None
    assert sung.median == pytest.approx(float(np.median(pitches)), abs=1.1)
    assert sung.high == pytest.approx(max(pitches), abs=1.1)
    assert sung.vibrato_rate == pytest.approx(5, abs=0.3)
    assert sung.vibrato_depth == pytest.approx(0.17, abs=0.06)


def test_longer_tracts_are_heard_as_longer() -> None:
    heard_spacings = []
    for spacing in (900.0, 1000.0, 1150.0):
        sung = heard(voice((50.0, 51.0, 53.0), spacing=spacing), Purpose.VOICE).voice
        assert sung is not None
        heard_spacings.append(sung.formant_spacing_hz)
        assert sung.formant_spacing_hz == pytest.approx(spacing, rel=0.08)
    assert heard_spacings == sorted(heard_spacings)


def sung_vowels(
    resonances: Sequence[tuple[float, float, float]], *, pitch: float = 48.0, scale: float = 1.0
) -> bytes:
    """A second of each vowel: harmonics that fall by 11 dB an octave through its resonances."""
    time = np.arange(RATE) / RATE
    base = hertz(pitch) * (1 + 0.008 * np.sin(2 * np.pi * 5 * time))
    phase = 2 * np.pi * np.cumsum(base) / RATE
    fade = np.minimum(1, np.minimum(time, 1 - time) / 0.05)
    rows = []
    for vowel in resonances:
        sound = np.zeros(RATE)
        for k in range(1, int(5000 / hertz(pitch))):
            level = k ** (-11 / 6.02)
            for centre, width in zip((*vowel, 3450.0), (80, 100, 140, 200), strict=True):
                part = (base * k / (scale * centre)) ** 2
                level = level / np.sqrt((1 - part) ** 2 + part * (width / centre / scale) ** 2)
            sound += level * np.sin(k * phase)
        rows.append(fade * sound / np.abs(sound).max())
    return wav(0.5 * np.concatenate(rows))


@pytest.mark.parametrize(
    ("resonances", "first", "second"),
    [
        (((280, 2250, 3000), (310, 900, 2240), (600, 1750, 2400), (720, 1100, 2450)),
         (280, 720), (900, 2250)),
        (((450, 1500, 2450), (550, 1350, 2450), (500, 1600, 2500), (450, 1300, 2400)),
         (450, 550), (1300, 1600)),
    ],
)  # fmt: skip
def test_the_vowel_space_is_that_of_the_vowels(
    resonances: Sequence[tuple[float, float, float]],
    first: tuple[float, float],
    second: tuple[float, float],
) -> None:
    sung = heard(sung_vowels([*resonances] * 3), Purpose.VOICE).voice
    assert sung is not None
    assert sung.f1_range_hz == pytest.approx(first, rel=0.12)
    assert sung.f2_range_hz == pytest.approx(second, rel=0.12)


@pytest.mark.parametrize(("scale", "pitch"), [(1.0, 50.0), (1.15, 60.0)])
def test_a_singer_is_as_large_as_the_voice_that_was_heard(scale: float, pitch: float) -> None:
    vowels = [(first, second, third) for first, second, third, _ in TABLE.tolist()]
    sung = heard(sung_vowels(vowels, pitch=pitch, scale=scale), Purpose.VOICE).voice
    assert sung is not None
    assert Timbre.of(sung).formant_scale == pytest.approx(scale, rel=0.04)


def test_where_nothing_is_sung_the_singer_is_the_table_s() -> None:
    assert Timbre.of(DEFAULT_VOICE).formant_scale == 1.0
    assert heard(wav(np.zeros(6 * RATE)), Purpose.VOICE).voice == DEFAULT_VOICE


def test_a_portrait_is_small_readable_and_complete() -> None:
    drawn = heard(band(100.0), Purpose.SONG)
    text = features.dump(drawn)
    assert features.load(text) == drawn
    assert len(text) < 6000
    for broken in ("", "{}", "[]", text[:-20], text.replace('"portrait": ', '"portrait": 9')):
        with pytest.raises(ValueError):  # noqa: PT011  (JSON's own error is one, too)
            features.load(broken)


def float_wav(sound: Sound, rate: int = RATE) -> bytes:
    """32-bit floats, samples or samples × channels."""
    data = sound.astype("<f4").tobytes()
    channels = 1 if sound.ndim == 1 else sound.shape[1]
    form = struct.pack("<IHHIIHH", 16, 3, channels, rate, 4 * channels * rate, 4 * channels, 32)
    body = b"WAVEfmt " + form + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


BAND = np.frombuffer(song(126.0)[44:], "<i2") / 32767
NOISE = np.random.default_rng(1).standard_normal(RATE * 6)
HOSTILE = {
    "silence": np.zeros(RATE * 6),
    "noise": 0.2 * NOISE,
    "a constant": np.full(RATE * 6, 0.5),
    "a low tone": np.sin(2 * np.pi * 20 * np.arange(RATE * 6) / RATE),
    "one click": np.eye(1, RATE * 6, 5000)[0],
    "no numbers": np.full(RATE * 6, np.nan),
    "a late start": np.concatenate([np.zeros(RATE * 20), BAND[: RATE * 3]]),
    "far too loud": BAND[: RATE * 6] * 1e30,
    "the shortest": BAND[: RATE * 4],
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("purpose", Purpose)
def test_whatever_sounds_has_a_portrait_in_finite_numbers(name: str, purpose: Purpose) -> None:
    analysis = features.analyze(float_wav(HOSTILE[name]), purpose)
    text = features.dump(analysis.features)
    assert "NaN" not in text
    assert "Infinity" not in text
    assert 50 < analysis.features.rhythm.bpm < 210
    assert draw(analysis, name, "").startswith("<svg")


@pytest.mark.parametrize(
    "audio",
    [
        float_wav(np.stack([BAND, 0 * BAND], axis=1)),
        float_wav(np.stack([BAND] * 6, axis=1)),
        float_wav(np.where(np.arange(len(BAND)) == 9000, np.nan, BAND)),
        float_wav(0.5 * BAND + 0.4),
        float_wav(np.repeat(BAND, 8)[: RATE * 8 * 12], 8 * RATE),
        float_wav(BAND[::2], RATE // 2),
    ],
    ids=["one channel dead", "5.1", "a hole", "offset", "176 kHz", "11 kHz"],
)
def test_however_it_was_recorded_it_is_the_same_song(audio: bytes) -> None:
    drawn = heard(audio)
    assert drawn.rhythm.bpm == pytest.approx(126.0, rel=0.002)
    assert drawn.harmony.chords[:3:2] == ((0, "major"), (9, "minor"))


def test_a_bare_tone_is_heard_too() -> None:
    for audio in (tone("wav", 12.0, 300.0, 16000), tone("mp3", 12.0, 50.0)):
        assert heard(audio, Purpose.SONG).rhythm.bpm > 0


@pytest.mark.parametrize("audio", [b"", b"RIFF....WAVE", b"nothing" * 99, tone("wav", 2.0, 99.0)])
def test_what_cannot_be_heard_is_refused(audio: bytes) -> None:
    with pytest.raises(Undecodable):
        heard(audio)


def test_loudness_is_that_of_the_standard() -> None:
    # BS.1770: a 997 Hz sine at 0 dBFS in one of two channels reads -3.01 LUFS.
    time = np.arange(48000 * 4) / 48000
    sine = np.sin(2 * np.pi * 997 * time).astype(np.float32)
    assert loudness(sine, 48000) == pytest.approx(-3.01, abs=0.03)
    assert loudness(np.stack([sine, sine], axis=1), 48000) == pytest.approx(0.0, abs=0.03)
    assert loudness(np.zeros(48000, np.float32), 48000) == -70.0


@pytest.mark.parametrize(("source", "target"), [(44100, 16000), (24000, 44100), (44100, 32000)])
def test_resampling_keeps_a_tone(source: int, target: int) -> None:
    sine = np.sin(2 * np.pi * 1000 * np.arange(source * 2) / source).astype(np.float32)
    moved = resample(sine, source, target)
    wanted = np.sin(2 * np.pi * 1000 * np.arange(target * 2) / target)
    assert len(moved) == target * 2
    assert np.abs(moved - wanted)[target // 2 : -target // 2].max() < 1e-4
