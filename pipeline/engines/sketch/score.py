"""Portraits and lyrics → a score: bars, phrases, rhythm and melody. Times in seconds, notes MIDI.

A line becomes a phrase of whole half bars; an empty line a rest; `##` an intro and an outro. Its
syllables are laid on the grid so that stress falls on strong beats, and get notes of the scale that
fit the chords, inside the voice's range, along a contour: both by dynamic programming.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pipeline.engines.sketch import feel
from pipeline.engines.sketch.listen.harmony import MAJOR, MINOR, Chord
from pipeline.engines.sketch.melody import melody
from pipeline.engines.sketch.prosody import Place, lay

if TYPE_CHECKING:
    from pipeline.engines.sketch.listen.portrait import Portrait
    from pipeline.engines.sketch.listen.rhythm import Rhythm
    from pipeline.engines.sketch.listen.voice import Voice
    from pipeline.engines.sketch.words.lyrics import Line, Lyrics, Syllable

LONGEST = 60.0
"""Seconds; the contract's limit."""

CALM, BUSY = 66.0, 160.0
"""bpm within which the song's beat is counted; outside, it is halved or doubled."""

SYLLABLES_A_SECOND = (2.8, 3.1, 3.4, 3.6, 3.8, 4.4, 5.2, 6.2, 7.5)
"""How fast is sung: the first pace at which everything fits."""

BREATH = 0.75
"""Seconds at the end of a phrase without a syllable."""

INSTRUMENTAL_HALVES = 4
"""Half bars for every line that nobody sings: two bars say something, half a bar does not."""

ALONE_FROM = 0.4
"""Seconds before the first vowel of a voice alone: its consonants need them. A band without an
intro plays half a bar first, for the same reason."""

LOOPS = {
    MAJOR: ((0, MAJOR), (9, MINOR), (5, MAJOR), (7, MAJOR)),
    MINOR: ((0, MINOR), (8, MAJOR), (3, MAJOR), (10, MAJOR)),
}
"""Chords under a voice that came without any, semitones above the tonic."""

SCALES = {MAJOR: frozenset({0, 2, 4, 5, 7, 9, 11}), MINOR: frozenset({0, 2, 3, 5, 7, 8, 10})}
SPAN = 12
"""Semitones of the melody, at most."""


@dataclass(frozen=True, slots=True)
class Note:
    """A syllable on a pitch, from `start` to `end`."""

    start: float
    end: float
    pitch: float
    syllable: Syllable
    line: int


@dataclass(frozen=True, slots=True)
class Score:
    """What is played and sung. `chords` are one a half bar, from 0 on, and are repeated."""

    bpm: float
    tonic: int
    mode: str
    chords: tuple[Chord, ...]
    notes: tuple[Note, ...]
    seconds: float
    intro_bars: int
    band: bool
    rhythm: Rhythm | None
    """The reference's, for the drums; None where a voice sings alone."""

    @property
    def beat(self) -> float:
        """Seconds of a beat."""
        return 60 / self.bpm

    @property
    def bar(self) -> float:
        """Seconds of a bar of four beats."""
        return 4 * self.beat

    def chord_at(self, seconds: float) -> Chord:
        """Return the chord that sounds at a time."""
        return self.chords[int(seconds / (self.bar / 2) + 1e-6) % len(self.chords)]


def compose(
    lyrics: Lyrics,
    voice: Voice | None,
    band: Portrait | None,
    sung: Portrait | None,
    take: int,
    chance: np.random.Generator,
) -> Score:
    """Write the score. `band` and `sung` are the portraits of the two roles; one may be None.

    The take, counted from 1, decides how phrases feel, so that takes never come out alike.
    """
    heard = band or sung
    assert heard is not None  # noqa: S101  (the contract demands one)
    felt = feel.of_take(take, chance)
    bpm = _counted(heard.rhythm.bpm) if band else felt.gait.bpm
    chords = _chords(band, heard)
    intro = (2 if bpm > 100 else 1) if lyrics.accompanied and band else 0
    half = 2 * 60 / bpm
    halves = _halves(lyrics.lines, half, 2 * intro * half * 2, felt.gait.calm)
    if voice is None:
        halves = [max(count, INSTRUMENTAL_HALVES) for count in halves]
    frame = Score(
        bpm=bpm,
        tonic=heard.harmony.tonic,
        mode=heard.harmony.mode,
        chords=_started(chords, chance) if band else chords,
        notes=(),
        seconds=0.0,
        intro_bars=intro,
        band=band is not None,
        rhythm=band.rhythm if band else None,
    )
    notes, end = _phrases(frame, lyrics.lines, halves, voice, felt, chance)
    ending = frame.bar * max(intro, 1) if band else 1.0 + max(0.0, felt.gait.entry) * frame.beat
    seconds = min(LONGEST, end + ending)
    return replace(frame, notes=tuple(notes), seconds=seconds)


def _counted(bpm: float) -> float:
    while bpm > BUSY:
        bpm /= 2
    while bpm < CALM:
        bpm *= 2
    return bpm


def _chords(band: Portrait | None, heard: Portrait) -> tuple[Chord, ...]:
    if band is not None and len(band.harmony.chords) >= 4:
        return band.harmony.chords
    tonic, mode = heard.harmony.tonic, heard.harmony.mode
    return tuple(((tonic + step) % 12, kind) for step, kind in LOOPS[mode] for _ in (0, 1))


def _started(chords: tuple[Chord, ...], chance: np.random.Generator) -> tuple[Chord, ...]:
    """Let another take begin elsewhere in the reference's progression: every four bars."""
    starts = range(0, max(1, len(chords) - 7), 8)
    start = int(chance.choice(list(starts)))
    return chords[start:] + chords[:start]


def _halves(lines: tuple[Line, ...], half: float, around: float, calm: float) -> list[int]:
    """Return half bars per line, at the calmest pace at which the song stays within LONGEST."""
    found: list[int] = []
    for pace in SYLLABLES_A_SECOND:
        found = [_halves_of(line, half, pace / calm) for line in lines]
        if sum(found) * half + around <= LONGEST - half:
            break
    return found


def _halves_of(line: Line, half: float, pace: float) -> int:
    if not line:
        return 2 if half < 1.3 else 1
    return max(1, int(np.ceil((len(line) / pace + BREATH) / half)))


def _phrases(
    frame: Score,
    lines: tuple[Line, ...],
    halves: list[int],
    voice: Voice | None,
    felt: feel.Feel,
    chance: np.random.Generator,
) -> tuple[list[Note], float]:
    """Return the notes of what fits, and when the last phrase ends; a line may be cut short."""
    half = frame.bar / 2
    at = (frame.intro_bars * frame.bar or half) if frame.band else _alone_from(felt, frame.beat)
    notes: list[Note] = []
    number = 0
    for line, count in zip(lines, halves, strict=True):
        room = int((LONGEST - half - at) / half + 1e-6)
        length = min(count, room) * half
        if length <= 0:
            break
        if line and voice is not None:
            sung = line[: max(1, int(length * SYLLABLES_A_SECOND[-1]))]
            notes += _phrase(frame, sung, (at, length), voice, felt, chance, number)
            number += 1
        at += length
    return notes, at


def _phrase(
    frame: Score,
    line: Line,
    place: tuple[float, float],
    voice: Voice,
    felt: feel.Feel,
    chance: np.random.Generator,
    number: int,
) -> list[Note]:
    start, length = place
    first = round((start / frame.beat) % 4) if frame.band else 0
    within = Place(frame.beat, round(length / frame.beat), first % 4, 4)
    laid = lay(line, within, felt.gait, chance)
    times = [(start + spot.start, start + spot.end) for spot in laid]
    low, high = vocal_range(voice)
    scale = [p for p in range(low, high + 1) if (p - frame.tonic) % 12 in SCALES[frame.mode]]
    pitches = melody(
        [frame.chord_at((begin + end) / 2) for begin, end in times],
        [spot.weight for spot in laid],
        scale,
        frame.tonic,
        felt.contours[number % 2],
        chance,
    )
    return [
        Note(begin, end, float(pitch), syllable, number)
        for (begin, end), pitch, syllable in zip(times, pitches, line, strict=True)
    ]


def _alone_from(felt: feel.Feel, beat: float) -> float:
    return ALONE_FROM - min(0.0, felt.gait.entry) * beat


def vocal_range(voice: Voice) -> tuple[int, int]:
    """Return the lowest and highest note for a voice: at least a fifth, at most SPAN apart."""
    low = int(np.clip(np.floor(voice.low), 40, 68))
    high = int(np.clip(np.ceil(voice.high), low + 7, low + SPAN))
    return low, high
