"""What a song says over its reference is kept: tempo, key, metre, length, and that nobody sings."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from songbatch.engines.base import EngineError, Generation
from songbatch.engines.sketch.analysis import features
from songbatch.engines.sketch.band.instruments import RATE
from songbatch.engines.sketch.compose.asked import as_asked
from songbatch.engines.sketch.compose.singing import SCALES
from songbatch.engines.sketch.engine import SketchEngine
from songbatch.engines.sketch.song import SketchSong
from songbatch.files.tree import Tree
from songbatch.model import AudioFormat, Purpose
from songbatch.spec.song_keys import VALUES
from support.references import MINOR, Sink, band, voice
from tests.engines.sketch.test_songs import WAV

BAND = features.extract(band(100.0, 7, drums=True), Purpose.INSTRUMENTAL)
DARK = features.extract(band(100.0, 9, MINOR), Purpose.INSTRUMENTAL)
SINGER = features.extract(voice((60.0, 64.0, 67.0)), Purpose.VOICE)
LYRICS = "I left the window open late\nthe party went on down the street"
PLAIN = Generation(LYRICS, "voice", "band", WAV, 1, "here")


def song(**said: object) -> SketchSong:
    return SketchSong(replace(PLAIN, **said), SINGER, BAND)


def alone(**said: object) -> SketchSong:
    return SketchSong(replace(PLAIN, **said), SINGER, None)


@pytest.mark.parametrize("bpm", [30, 77, 140, 300])
def test_the_tempo_is_the_one_that_is_said(bpm: int) -> None:
    score = song(bpm=bpm).score
    assert score.bpm == bpm
    assert score.seconds <= 60


def test_the_tempo_that_is_said_is_heard() -> None:
    audio = song(bpm=110).audio().mean(axis=1)
    onsets = features.analyze_samples(
        audio[::2].astype("float32"), Purpose.INSTRUMENTAL
    ).features.rhythm
    assert onsets.bpm * features.RATE / (RATE / 2) == pytest.approx(110, rel=0.001)


@pytest.mark.parametrize("heard", [BAND, DARK], ids=["major", "minor"])
@pytest.mark.parametrize("scale", VALUES["scale"])
def test_every_key_can_be_said(heard: features.Features, scale: str) -> None:
    score = SketchSong(replace(PLAIN, scale=scale), SINGER, heard).score
    assert scale.endswith(score.mode)
    assert {(n.pitch - score.tonic) % 12 for n in score.notes} <= SCALES[score.mode]
    home = (score.tonic, score.mode)
    assert score.chords[0] == score.chords[-1] == home
    assert home[0] == {"C": 0, "A": 9, "F#": 6, "Bb": 10}.get(scale.split(maxsplit=1)[0], home[0])


def test_the_key_that_was_heard_changes_nothing() -> None:
    assert song(scale="G major").score.chords == song().score.chords


def test_another_mode_keeps_the_degrees() -> None:
    harmony = as_asked(BAND, replace(PLAIN, scale="G minor")).harmony
    moved = {(c[0] - 7) % 12: c[1] for c in harmony.chords}
    assert moved == {0: "minor", 8: "major", 5: "minor", 7: "minor"}


@pytest.mark.parametrize(
    ("meter", "beats", "bpm"), [("2/4", 4, 100), ("3/4", 3, 100), ("4/4", 4, 100), ("6/8", 3, 200)]
)
def test_every_metre_can_be_said(meter: str, beats: int, bpm: float) -> None:
    score = song(meter=meter).score
    assert score.beats_per_bar == beats
    assert score.bpm == pytest.approx(bpm, rel=0.001)
    rhythm = score.rhythm
    assert rhythm is not None
    assert len(rhythm.kick) == len(rhythm.snare) == len(rhythm.hat) == 4 * beats
    assert song(meter=meter).audio().shape[0] > 5 * RATE


def test_a_waltz_can_be_said_to_have_four() -> None:
    three = as_asked(BAND, replace(PLAIN, meter="3/4"))
    again = as_asked(three, replace(PLAIN, meter="4/4"))
    assert again.rhythm.beats_per_bar == 4
    assert again.harmony.chord_beats == 2
    assert len(again.rhythm.kick) == 16


@pytest.mark.parametrize("seconds", [12.0, 30.0, 47.3, 60.0])
def test_a_band_lasts_as_long_as_is_said(seconds: float) -> None:
    assert song(duration=seconds).score.seconds == pytest.approx(seconds)
    assert song(duration=seconds, lyrics=f"##{LYRICS}##").score.seconds == pytest.approx(seconds)


def test_a_draft_comes_near_to_a_length_that_it_cannot_have() -> None:
    assert song(duration=200.0).score.seconds == pytest.approx(60)
    assert 5 <= song(duration=5.0).score.seconds < 12
    assert alone(duration=50.0).score.seconds == alone().score.seconds
    longer = alone(lyrics="\n".join([LYRICS] * 3))
    assert alone(lyrics="\n".join([LYRICS] * 3), duration=15.0).score.seconds <= 15
    assert longer.score.seconds > 15


def test_nobody_sings_where_that_is_said() -> None:
    quiet = song(vocals="none", lyrics="")
    assert not quiet.score.notes
    assert quiet.vocals() is None
    assert quiet.times() == ()
    assert len({part.kind for part in quiet.score.parts}) > 2
    assert song(vocals="none", lyrics="", duration=33.0).score.seconds == pytest.approx(33)


def test_what_is_not_said_changes_nothing() -> None:
    plain = song().score
    for said in ({"bpm": 90}, {"scale": "C major"}, {"meter": "3/4"}, {"duration": 30.0}):
        assert song(**said).score != plain
    assert song(**dict.fromkeys(("bpm", "scale", "meter", "duration", "vocals"))).score == plain


def test_a_voice_alone_has_the_tempo_and_the_key_that_are_said() -> None:
    assert alone(scale="D minor").score.tonic == 2
    assert alone(bpm=120).score.bpm == 120
    assert alone(meter="3/4").score.beats_per_bar == 4


def test_silence_needs_a_band(tmp_path: Path) -> None:
    engine = SketchEngine(Tree(tmp_path))
    sung = engine.upload(voice((60.0, 64.0)), AudioFormat.WAV, Purpose.VOICE, "u").voice_id
    request = Generation("", sung, None, WAV, 1, "x", vocals="none")
    with pytest.raises(EngineError, match="needs an instrumental"):
        engine.generate(request, Sink())
