"""The band: the reference's groove is heard again, nothing is as stiff as a grid, ends ring out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from songbatch.engines.base import Generation
from songbatch.engines.sketch.analysis import features
from songbatch.engines.sketch.band import accompaniment
from songbatch.engines.sketch.band.instruments import RATE
from songbatch.engines.sketch.compose.score import Score, compose
from songbatch.engines.sketch.engine import SketchEngine
from songbatch.engines.sketch.phonetics.lyrics import read
from songbatch.files.tree import Tree
from songbatch.layout import folder_id
from songbatch.model import AudioFormat, Purpose
from support.references import Sink, song, voice
from tests.engines.sketch.test_songs import WAV, level, samples

LYRICS = "##Light the lanterns, pull a chair,\nthere is room for everyone here.##"
AUDIO = song(110.0)
SINGER = features.extract(voice((60.0, 64.0, 67.0)), Purpose.VOICE)
HEARD = features.extract(AUDIO, Purpose.INSTRUMENTAL)


def struck(places: str) -> tuple[float, ...]:
    """Read `x` as a stroke on a sixteenth."""
    return tuple(float(place == "x") for place in places)


FOUR = (struck("x...x...x...x..."), struck("x.x.x.x.x.x.x.x."))
SYNCOPATED = (struck("x.....x...x....."), struck("x.xxx.x.x.xxx.x."))


def score() -> Score:
    return compose(read(LYRICS), None, HEARD, None, 1, np.random.default_rng(1))


def rendered(state: Path, kick: tuple[float, ...], hat: tuple[float, ...]) -> bytes:
    """Return a song over a band that has these kicks and hats."""
    engine = SketchEngine(Tree(state))
    ids = engine.upload(AUDIO, AudioFormat.WAV, Purpose.INSTRUMENTAL, "u")
    (kept,) = state.glob("*.json")
    rhythm = replace(HEARD.rhythm, kick=kick, hat=hat, drums=1.0)
    kept.write_text(features.dump(replace(HEARD, rhythm=rhythm), folder_id(str(state))))
    sink = Sink()
    asked = Generation(LYRICS, None, ids.instrumental_id, WAV, 1, "x", options={"band": "play"})
    engine.generate(asked, sink)
    return bytes(sink)


@pytest.mark.parametrize("pattern", [FOUR, SYNCOPATED])
def test_the_drums_of_the_reference_are_heard_again(
    tmp_path: Path, pattern: tuple[tuple[float, ...], tuple[float, ...]]
) -> None:
    again = features.extract(rendered(tmp_path, *pattern), Purpose.INSTRUMENTAL).rhythm
    assert np.corrcoef(pattern[0], again.kick)[0, 1] > 0.7
    assert np.corrcoef(pattern[1], again.hat)[0, 1] > 0.7


def test_the_last_chord_rings_and_fades(tmp_path: Path) -> None:
    sound = samples(rendered(tmp_path, *FOUR))
    usual = level(sound)
    assert level(sound[-2 * RATE : -int(1.5 * RATE)]) > usual - 16
    assert level(sound[-RATE // 20 :]) < usual - 45


def test_players_are_a_little_off_the_grid() -> None:
    """Two bars of the same chord are not the same sound, and yet almost."""
    written = score()
    steady = replace(written, chords=(written.chords[0],) * len(written.chords))
    chords = accompaniment.play(steady, HEARD.tonal_balance, np.random.default_rng(1)).chords
    bar = round(written.bar_seconds * RATE)
    one, other = chords[2 * bar : 3 * bar], chords[4 * bar : 5 * bar]
    assert np.abs(one - other).max() > 0.02 * np.abs(one).max()
    loud = [np.sqrt(np.convolve(b**2, np.ones(2205) / 2205, "same")) for b in (one, other)]
    assert np.corrcoef(loud)[0, 1] > 0.8


def test_where_nobody_sings_the_band_says_more() -> None:
    written = score()
    silent = accompaniment.play(written, HEARD.tonal_balance, np.random.default_rng(1)).chords
    notes = compose(
        read("la " * 40), SINGER.voice, HEARD, SINGER, 1, np.random.default_rng(1)
    ).notes
    sung = accompaniment.play(
        replace(written, notes=notes), HEARD.tonal_balance, np.random.default_rng(1)
    ).chords
    middle = slice(int(3 * written.chord_span * RATE), int(5 * written.chord_span * RATE))
    assert np.square(silent[middle]).mean() > 1.1 * np.square(sung[middle]).mean()


CHORUS = "Carry me over the water\ncarry me home to you"
SONG = f"[Verse]\nI left the window open late\n[Chorus]\n{CHORUS}\n[Verse]\nMy mother sent a letter"
SONG += f"\n[Chorus]\n{CHORUS}"


def whole() -> Score:
    rhythm = replace(HEARD.rhythm, kick=FOUR[0], hat=FOUR[1], drums=1.0)
    heard = replace(HEARD, rhythm=rhythm)
    return compose(read(SONG), SINGER.voice, heard, SINGER, 1, np.random.default_rng(1))


def played(written: Score) -> accompaniment.Buses:
    return accompaniment.play(written, HEARD.tonal_balance, np.random.default_rng(1))


def test_choruses_are_played_more_loudly_than_verses() -> None:
    written = whole()
    buses = played(written)
    band = buses.bass + buses.chords + buses.drums + buses.pads
    levels: dict[str, list[float]] = {}
    for part in written.parts:
        first, last = (int(n * written.chord_span * RATE) for n in (part.first, part.end))
        levels.setdefault(part.kind, []).append(level(band[first:last]))
    assert min(levels["chorus"]) > max(levels["verse"]) + 1.5


def test_a_fill_or_a_stop_leads_from_section_to_section() -> None:
    written = whole()
    drums, bass = played(written).drums, played(written).bass
    beat = int(written.beat_seconds * RATE)
    stopped = []
    for part in written.parts[1:-1]:
        end = int(part.end * written.chord_span * RATE)
        usual = drums[end - 5 * beat : end - 4 * beat]
        last = drums[end - beat : end - beat // 8]
        stopped.append(level(last) < level(usual) - 10)
        if stopped[-1]:
            assert level(bass[end - beat // 2 : end - beat // 8]) < level(bass) - 15
        else:
            assert np.abs(last[beat // 2 :]).max() > 0.2
    assert True in stopped
    assert False in stopped


def test_strings_and_pads_are_on_both_sides() -> None:
    buses = played(whole())
    assert -12 < level(buses.side) - level(buses.chords + buses.pads) < 6
