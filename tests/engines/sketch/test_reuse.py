"""The recording rearranged: its own spans, joins that nobody hears, an end that rings."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from songbatch.engines.base import EngineError, Generation, Verdict
from songbatch.engines.sketch import codec
from songbatch.engines.sketch.analysis import features
from songbatch.engines.sketch.band.instruments import RATE
from songbatch.engines.sketch.compose.rearrangement import can_rearrange, rearranged
from songbatch.engines.sketch.compose.sections import SectionKind
from songbatch.engines.sketch.engine import SketchEngine
from songbatch.engines.sketch.song import SketchSong
from songbatch.files.tree import Tree
from songbatch.model import AudioFormat, Purpose
from support.references import Sink, band, song, voice
from support.truth import recordings
from tests.engines.sketch.test_songs import WAV, level

CHORUS = "Carry me over the water\ncarry me home to you"
LYRICS = f"##I left the window open late\n\n{CHORUS}\n\nMy mother sent a letter\n\n{CHORUS}##"
AUDIO = song(110.0, seconds=40.0)


def heard(audio: bytes = AUDIO, purpose: Purpose = Purpose.INSTRUMENTAL) -> features.Features:
    return features.extract(audio, purpose)


@cache
def stereo(seconds: float = 20.0) -> NDArray[np.int16]:
    """The song with noise at its sides, soft and of every moment its own: spans can be told."""
    mono = codec.decode_stereo(AUDIO, RATE, seconds)
    side = np.random.default_rng(1).integers(-900, 900, len(mono))
    return (mono // 2 + np.stack([side, -side], axis=1)).astype(np.int16)


def wav(sound: NDArray[np.int16]) -> bytes:
    return recordings.Recording("", sound, None).wav()


def made(options: dict[str, str] | None = None, take: int = 1) -> SketchSong:
    asked = Generation(LYRICS, None, "band", WAV, take, "x", options=options)
    return SketchSong(asked, None, heard(wav(stereo())), stereo)


def test_every_span_is_one_of_the_recording() -> None:
    """What the sides play cannot come from anywhere else."""
    made_song = made()
    sound, score = made_song.audio(), made_song.score
    side = (sound[:, 0] - sound[:, 1]).astype(np.float64)
    source = (stereo()[:, 0] - stereo()[:, 1]).astype(np.float64)
    first = heard(wav(stereo())).rhythm.first_downbeat
    reach = round(0.013 * RATE)
    for at, of in enumerate(score.reused[:-1]):
        inside = [round(span * score.chord_span * RATE) + 3000 for span in (at, at + 0.5)]
        piece = side[inside[0] : inside[1]]
        begin = round((first + of * score.chord_span) * RATE) + 3000
        window = source[begin - reach : begin + reach + len(piece)]
        agree = np.correlate(window, piece, "valid")
        best = int(np.argmax(agree))
        there = window[best : best + len(piece)]
        assert np.corrcoef(there, piece)[0, 1] > 0.8, at


def test_a_melody_is_sung_to_the_chords_that_are_heard() -> None:
    played = heard(wav(stereo()))
    asked = Generation(LYRICS, "voice", "band", WAV, 1, "x")
    written = SketchSong(asked, heard(voice((60.0, 64.0)), Purpose.VOICE), played, stereo).score
    assert written.reused
    assert written.chords == tuple(played.harmony.chords[span] for span in written.reused)


def test_spans_keep_their_place_in_the_bar_and_the_end_is_the_tonic() -> None:
    written = made().score
    played = heard(wav(stereo()))
    per_bar = written.beats_per_bar // written.chord_beats
    assert all((at - of) % per_bar == 0 for at, of in enumerate(written.reused[:-1]))
    assert written.chords[-1] == (played.harmony.tonic, played.harmony.mode)


def test_a_chord_that_the_recording_lacks_is_replaced_by_one_that_is_near() -> None:
    played = heard()
    lacking = (1, "major")
    assert lacking not in played.harmony.chords
    parts = made().score.parts
    count = parts[-1].end + 1
    rng = np.random.default_rng(1)
    path = rearranged([lacking] * count, parts, played, (), rng)
    assert len(path) == count
    assert all(0 <= span < len(played.harmony.chords) for span in path)
    assert {part.kind for part in parts} >= {SectionKind.CHORUS, SectionKind.VERSE}


def test_no_join_is_a_click() -> None:
    made_song = made()
    sound, score = made_song.audio(), made_song.score
    steps = np.abs(np.diff(sound, n=2, axis=0)).max(axis=1)
    spans, length = score.reused[:-1], score.chord_span
    cut = {n for n in range(1, len(spans)) if spans[n] != spans[n - 1] + 1}

    def most(span: int) -> float:
        first, last = (round((span * length + d) * RATE) for d in (-0.05, 0.05))
        return float(steps[first:last].max())

    joined, others = [
        [most(n) for n in range(1, len(spans)) if (n in cut) is w] for w in (True, False)
    ]
    assert joined
    assert max(joined) < 1.3 * max(others)


def test_stereo_and_crest_are_those_of_the_recording() -> None:
    sound = made().audio()
    source = stereo() / 32768
    for measure in (
        lambda s: level((s[:, 0] - s[:, 1]) / 2) - level(s.mean(axis=1)),
        lambda s: 20 * np.log10(np.abs(s).max()) - level(s),
    ):
        assert measure(sound) == pytest.approx(measure(source), abs=2.0)


def test_the_last_chord_rings_after_it_was_struck() -> None:
    made_song = made()
    sound, score = made_song.audio().mean(axis=1), made_song.score
    last = round((len(score.chords) - 1) * score.chord_span * RATE)
    assert level(sound[last + RATE : last + 3 * RATE // 2]) > level(sound[:last]) - 16
    assert level(sound[-RATE // 20 :]) < level(sound[:last]) - 30


def test_takes_are_rearranged_in_other_ways() -> None:
    takes = [made(take=take).score.reused for take in (1, 2, 3)]
    assert len(set(takes)) == 3


@pytest.mark.parametrize(
    ("audio", "purpose", "why"),
    [
        (song(110.0, seconds=14.0), Purpose.INSTRUMENTAL, "too short"),
        (song(110.0, 4, (60.0, 64.0), seconds=40.0), Purpose.SONG, "somebody sings"),
        (voice((60.0, 64.0), seconds=40.0), Purpose.VOICE, "no band"),
    ],
)
def test_what_cannot_be_rearranged_is_played(audio: bytes, purpose: Purpose, why: str) -> None:
    assert not can_rearrange(heard(audio, purpose)), why


def test_without_its_tonic_a_recording_is_not_rearranged() -> None:
    played = heard()
    harmony = replace(played.harmony, tonic=(played.harmony.tonic + 1) % 12)
    assert can_rearrange(played)
    assert not can_rearrange(replace(played, harmony=harmony))


def test_the_band_can_be_chosen_and_notes_say_what_it_is() -> None:
    assert made().score.reused
    assert "rights" in made().notes[0]
    assert made({"band": "reuse"}).score.reused == made().score.reused
    played = made({"band": "play"})
    assert not played.score.reused
    assert played.notes == ()
    short = Generation(LYRICS, None, "band", WAV, 1, "x", options={"band": "reuse"})
    song_of_short = SketchSong(short, None, heard(band(120.0, seconds=12.0)), stereo)
    assert not song_of_short.score.reused
    assert "eight bars" in song_of_short.notes[0]


def uploaded(state: Path) -> tuple[SketchEngine, Generation]:
    engine = SketchEngine(Tree(state))
    ids = engine.upload(AUDIO, AudioFormat.WAV, Purpose.INSTRUMENTAL, "u")
    return engine, Generation(LYRICS, None, ids.instrumental_id, WAV, 1, "x")


def test_a_recording_that_is_gone_or_another_one_is_asked_for_again(tmp_path: Path) -> None:
    engine, asked = uploaded(tmp_path)
    (kept,) = tmp_path.glob("*.audio")
    first = Sink()
    engine.generate(asked, first)
    for spoil in (lambda: kept.write_bytes(AUDIO[:-2] + b"xx"), kept.unlink):
        spoil()
        with pytest.raises(EngineError) as error:
            engine.generate(asked, Sink())
        assert error.value.verdict is Verdict.REUPLOAD
    assert engine.times(asked) == ()
    engine.upload(AUDIO, AudioFormat.WAV, Purpose.INSTRUMENTAL, "u")
    again = Sink()
    engine.generate(asked, again)
    assert first == again


@pytest.mark.parametrize("rate", [22050, 44100, 48000])
def test_a_recording_is_decoded_at_any_rate_as_long_as_it_is(rate: int) -> None:
    count = 2 * rate
    tone = np.sin(2 * np.pi * 440 * np.arange(count) / rate)
    sound = np.round(8000 * np.stack([tone, -tone], axis=1)).astype("<i2")
    script = (
        "import sys, wave; w = wave.open(sys.stdout.buffer, 'wb'); w.setnchannels(2); "
        "w.setsampwidth(2); w.setframerate(int(sys.argv[1])); "
        "w.writeframes(sys.stdin.buffer.read())"
    )
    command = [sys.executable, "-c", script, str(rate)]
    data = subprocess.run(command, input=sound.tobytes(), capture_output=True, check=True).stdout
    decoded = codec.decode_stereo(data, RATE, 60.0)
    assert abs(len(decoded) - 2 * RATE) <= 2
    wanted = 8000 * np.sin(2 * np.pi * 440 * np.arange(RATE, RATE + 1000) / RATE)
    assert np.abs(decoded[RATE : RATE + 1000, 0] - wanted).max() < 80
    assert np.abs(decoded[:, 0] + decoded[:, 1]).max() <= 1
