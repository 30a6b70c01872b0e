"""Figures of songs as musicians would count them: repetition, form, movement, drums, width.

    python -m bench.sketch_form [--takes N] [--verbose]

Verse, chorus, verse, chorus over the bands of four synthetic references, played, by turns with four
synthetic voices. Notes, onsets and chords are read off scores; levels, strokes of drums and width
are measured in sound. Stanzas are compared line by line, an onset being in place if it is within
30 ms of the other one's, both counted from their line's first.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from bench.sketch_songs import BANDS, VOICES, WAV
from songbatch.engines.base import Generation
from songbatch.engines.sketch.analysis.features import extract
from songbatch.engines.sketch.band import accompaniment
from songbatch.engines.sketch.band.instruments import RATE
from songbatch.engines.sketch.engine import SketchEngine
from songbatch.engines.sketch.options import BAND, PLAY
from songbatch.files.tree import Tree
from songbatch.model import AudioFormat, Purpose

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from songbatch.engines.sketch.compose.score import Score
    from songbatch.engines.sketch.compose.singing import Note
    from songbatch.engines.sketch.song import SketchSong

VERSES = (
    "I left the window open late last night\nThe neighbors had a party down the street",
    "My mother sent a letter in the spring\nShe wrote about the garden and the heat",
)
CHORUS = "Oh carry me home over the water\nCarry me home to you"
LYRICS = "##" + "\n\n".join([VERSES[0], CHORUS, VERSES[1], CHORUS]) + "##"
STANZA_LINES = 2
IN_PLACE = 0.03
"""Seconds between two onsets that are one."""

INTERVALS = {"unison": (0, 0), "1-2": (1, 2), "3-4": (3, 4), "5 and more": (5, 99)}
LIKE = 0.9
"""Correlation from which on a bar of drums is the first one again."""

Stanza = list[list["Note"]]
Figures = dict[str, list[float]]


def stanzas(score: Score) -> list[Stanza]:
    """Return the notes by stanza and line."""
    lines: dict[int, list[Note]] = defaultdict(list)
    for note in score.notes:
        lines[note.line].append(note)
    each = [lines[number] for number in sorted(lines)]
    return [each[first : first + STANZA_LINES] for first in range(0, len(each), STANZA_LINES)]


def share_of_pitches(one: Stanza, other: Stanza) -> float:
    """Return the share of syllables, line by line, on the same pitch."""
    pairs = [pair for lines in zip(one, other, strict=True) for pair in zip(*lines, strict=False)]
    return float(np.mean([a.pitch == b.pitch for a, b in pairs]))


def share_of_onsets(one: Stanza, other: Stanza) -> float:
    """Return the share of syllables, line by line, that begin at the same time."""
    alike = [
        abs((a.start - first.start) - (b.start - second.start)) < IN_PLACE
        for (first, *_), (second, *_), lines in (
            (a, b, zip(a, b, strict=False)) for a, b in zip(one, other, strict=True)
        )
        for a, b in lines
    ]
    return float(np.mean(alike))


def of_melody(score: Score, found: Figures) -> None:
    """Measure repetition, intervals, range, cadences and room for breath."""
    verse, chorus, second, again = stanzas(score)
    found["chorus again: pitches"].append(share_of_pitches(chorus, again))
    found["chorus again: onsets"].append(share_of_onsets(chorus, again))
    found["verse 2 on verse 1: pitches"].append(share_of_pitches(verse, second))
    found["verse 2 on verse 1: onsets"].append(share_of_onsets(verse, second))
    pitches = [note.pitch for note in score.notes]
    found["range, semitones"].append(max(pitches) - min(pitches))
    steps = [
        abs(b.pitch - a.pitch)
        for line in itertools.chain(verse, chorus, second, again)
        for a, b in itertools.pairwise(line)
    ]
    for name, (least, most) in INTERVALS.items():
        shares = [least <= step <= most for step in steps]
        found[f"intervals: {name}"].append(float(np.mean(shares)))
    ends = [stanza[-1][-1] for stanza in (verse, chorus, second, again)]
    found["stanzas that end on the tonic"].append(
        float(np.mean([note.pitch % 12 == score.tonic for note in ends]))
    )
    lines = [*verse, *chorus, *second, *again]
    found["seconds between lines"] += [
        after[0].start - before[-1].end for before, after in itertools.pairwise(lines)
    ]


def of_sections(song: SketchSong, sound: NDArray[np.float32], found: Figures) -> None:
    """Measure choruses against verses: height, density, loudness."""
    verses, choruses = (stanzas(song.score)[number::2] for number in (0, 1))
    for name, measure in (
        ("semitones higher", _height),
        ("syllables a second, ratio", _density),
        ("dB louder", lambda stanza: _level(sound, *_span(stanza))),
    ):
        verse, chorus = (np.mean([measure(s) for s in of]) for of in (verses, choruses))
        differs = chorus / verse if "ratio" in name else chorus - verse
        found[f"chorus against verse: {name}"].append(float(differs))


def _height(stanza: Stanza) -> float:
    return float(np.mean([note.pitch for line in stanza for note in line]))


def _density(stanza: Stanza) -> float:
    return float(np.mean([(len(a) - 1) / (a[-1].start - a[0].start) for a in stanza]))


def _span(stanza: Stanza) -> tuple[float, float]:
    return stanza[0][0].start, stanza[-1][-1].end


def _level(sound: NDArray[np.float32], start: float, end: float) -> float:
    piece = sound[int(start * RATE) : int(end * RATE)].astype(np.float64)
    return float(10 * np.log10(np.square(piece).mean() + 1e-12))


def of_band(song: SketchSong, played: bytes, found: Figures) -> None:
    """Measure the drums, bar by bar, and how much the band plays under a chorus and a verse."""
    score = song.score
    balance = extract(played, Purpose.INSTRUMENTAL).tonal_balance
    buses = accompaniment.play(score, balance, np.random.default_rng(1))
    rises = _rises(buses.chords + buses.drums + buses.bass)
    verses, choruses = ([_span(s) for s in stanzas(score)[number::2]] for number in (0, 1))
    verse, chorus = (
        np.mean([rises[int(100 * a) : int(100 * b)].mean() for a, b in spans])
        for spans in (verses, choruses)
    )
    found["chorus against verse: band's onsets, ratio"].append(float(chorus / verse))
    bars = _bars(score, buses.drums)
    if not bars.any():
        return
    first = bars[score.intro_bars]
    alike = [float(np.corrcoef(first, bar)[0, 1]) for bar in bars[score.intro_bars :] if bar.any()]
    found["drums: bars' correlation with the first"] += alike
    changes = len(bars) - score.intro_bars - sum(share > LIKE for share in alike)
    found["drums: bars to a fill or change"].append(len(bars) / max(1, changes))


def _rises(sound: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return by how much the level rises in each hundredth of a second, in dB, at most 12."""
    width = RATE // 100
    power = np.square(sound[: len(sound) // width * width].astype(np.float64))
    level = 10 * np.log10(power.reshape(-1, width).mean(axis=1) + 1e-7)
    return np.asarray(np.clip(np.diff(level, prepend=level[0]), 0, 12))


def _bars(score: Score, drums: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return bars × sixteenths: peaks of the drums, low and high ones apart."""
    step = score.beat_seconds / 4
    count = int((score.seconds - 2.4) / score.bar_seconds)
    low = np.convolve(drums, np.ones(64) / 64, "same")
    rows = []
    for number in range(count):
        starts = [
            number * score.bar_seconds + k * step - 0.01 for k in range(4 * score.beats_per_bar)
        ]
        pieces = [slice(max(0, int(s * RATE)), int((s + 0.08) * RATE)) for s in starts]
        peaks = [np.abs(sound[piece]).max() for sound in (low, drums - low) for piece in pieces]
        rows.append(peaks)
    return np.array(rows)


def of_sound(sound: NDArray[np.float32], found: Figures) -> None:
    """Measure width and crest of a mix."""
    middle, side = sound.mean(axis=1), (sound[:, 0] - sound[:, 1]) / 2
    powers = [np.square(each.astype(np.float64)).mean() for each in (side, middle)]
    found["side against mid, dB"].append(float(10 * np.log10(powers[0] / powers[1])))
    peak = float(np.abs(middle).max())
    found["crest, dB"].append(float(20 * np.log10(peak / np.sqrt(powers[1]))))


def of_takes(scores: Sequence[Score], found: Figures) -> None:
    """Measure how far takes are apart, syllable by syllable."""
    for one, other in itertools.combinations(scores, 2):
        pairs = list(zip(one.notes, other.notes, strict=True))
        found["takes apart: pitches"].append(float(np.mean([a.pitch != b.pitch for a, b in pairs])))
        starts = [abs(a.start - b.start) > 2 * IN_PLACE for a, b in pairs]
        found["takes apart: onsets"].append(float(np.mean(starts)))


def songs(engine: SketchEngine, takes: int) -> Iterator[tuple[str, bytes, list[SketchSong]]]:
    """Compose every band's takes."""
    voices = itertools.cycle(VOICES.values())
    for (name, played), voice in zip(BANDS.items(), voices, strict=False):
        voice_id = engine.upload(voice, AudioFormat.WAV, Purpose.VOICE, "b").voice_id
        ids = engine.upload(played, AudioFormat.WAV, Purpose.INSTRUMENTAL, "b")
        yield (
            name,
            played,
            [
                engine.compose(
                    Generation(
                        LYRICS, voice_id, ids.instrumental_id, WAV, take, "b", options={BAND: PLAY}
                    )
                )
                for take in range(1, takes + 1)
            ],
        )


def main() -> None:
    """Compose, play, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.sketch_form")
    parser.add_argument("--takes", type=int, default=3)
    parser.add_argument("--verbose", action="store_true", help="a line for every song")
    asked = parser.parse_args()
    found: Figures = defaultdict(list)
    with tempfile.TemporaryDirectory() as scratch:
        for name, played, each in songs(SketchEngine(Tree(scratch)), asked.takes):
            of_takes([song.score for song in each], found)
            for song in each:
                begun = time.process_time()
                sound = song.audio()
                spent = time.process_time() - begun
                found["CPU seconds a second of audio"].append(spent / song.score.seconds)
                found["seconds of audio"].append(song.score.seconds)
                of_melody(song.score, found)
                of_sections(song, sound, found)
                of_band(song, played, found)
                of_sound(sound, found)
                if asked.verbose:
                    print(name, {key: round(values[-1], 2) for key, values in found.items()})
    print(f"{'':<48}{'mean':>8}{'least':>8}{'most':>8}")
    for key, values in sorted(found.items()):
        print(f"{key:<48}{np.mean(values):8.3f}{min(values):8.3f}{max(values):8.3f}")


if __name__ == "__main__":
    main()
