"""What the engine hears in references whose truth is known."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from pipeline.engines.sketch.codec import Undecodable
from pipeline.engines.sketch.dsp import loudness, resample
from pipeline.engines.sketch.listen import portrait
from pipeline.engines.sketch.listen.portrait import Portrait
from pipeline.model import Purpose
from tests.contract.audio import tone
from tests.sketch.making import MINOR, band, voice


def heard(audio: bytes, purpose: Purpose = Purpose.INSTRUMENTAL) -> Portrait:
    return portrait.listen(audio, purpose)


@pytest.mark.parametrize("bpm", [72.0, 88.0, 96.0, 107.0, 120.0, 138.0, 150.0])
def test_tempo(bpm: float) -> None:
    found = heard(band(bpm)).rhythm.bpm
    octaves = np.log2(found / bpm)
    assert abs(octaves - round(octaves)) < 0.005, found


@pytest.mark.parametrize("bpm", [72.0, 96.0, 120.0])
def test_a_beat_on_the_first_sample_is_the_first_beat(bpm: float) -> None:
    assert heard(band(bpm, drums=True)).rhythm.first_beat < 0.05


@pytest.mark.parametrize("bpm", [96.0, 112.0, 120.0])
def test_tempo_in_the_middle_is_exact(bpm: float) -> None:
    assert heard(band(bpm, drums=True)).rhythm.bpm == pytest.approx(bpm, rel=0.003)


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
    dull, bright = (heard(band(100.0, partials=p)).colour for p in (2, 16))
    assert bright.brightness > 1.3 * dull.brightness
    loud, soft = (heard(band(100.0, level=level)).colour.lufs for level in (0.5, 0.25))
    assert loud - soft == pytest.approx(6.02, abs=0.1)


@pytest.mark.parametrize(
    "pitches", [(50.0, 52.0, 55.0, 52.0), (62.0, 64.0, 66.0, 69.0), (69.0, 71.0, 72.0, 67.0)]
)
def test_a_voice_is_heard_at_its_pitch(pitches: tuple[float, ...]) -> None:
    sung = heard(voice(pitches), Purpose.VOICE).voice
    assert sung is not None
    assert sung.median == pytest.approx(float(np.median(pitches)), abs=1.1)
    assert min(pitches) - 1 <= sung.low <= sung.high <= max(pitches) + 1
    assert sung.clear > 0.7


def test_longer_tracts_are_heard_as_longer() -> None:
    heard_spacings = []
    for spacing in (900.0, 1000.0, 1150.0):
        sung = heard(voice((50.0, 51.0, 53.0), spacing=spacing), Purpose.VOICE).voice
        assert sung is not None
        heard_spacings.append(sung.spacing)
        assert sung.spacing == pytest.approx(spacing, rel=0.08)
    assert heard_spacings == sorted(heard_spacings)


def test_a_portrait_is_small_readable_and_complete() -> None:
    drawn = heard(band(100.0), Purpose.SONG)
    text = portrait.dump(drawn)
    assert portrait.load(text) == drawn
    assert len(text) < 6000
    for broken in ("", "{}", "[]", text[:-20], text.replace('"portrait": 2', '"portrait": 1')):
        with pytest.raises(ValueError):  # noqa: PT011  (JSON's own error is one, too)
            portrait.load(broken)


def test_silence_and_a_bare_tone_are_heard_too() -> None:
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
