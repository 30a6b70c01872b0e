"""Songs in nine styles, drawn from a seed, together with what an analysis should find in them."""

from __future__ import annotations

import io
import wave
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from support.truth.sounds import DRUMS, INSTRUMENTS, RATE, Sound

SECONDS = 60.0
Chord = tuple[int, str]

MAJOR = ((0, 7, 9, 5), (0, 9, 5, 7), (0, 5, 7, 5), (0, 4, 5, 7), (0, 5, 9, 7),
         (2, 7, 0, 0), (0, 2, 5, 7), (5, 7, 4, 9))  # fmt: skip
MINOR = ((0, 8, 3, 10), (0, 5, 10, 3), (0, 10, 8, 7), (0, 5, 7, 0), (0, 3, 10, 5), (0, 8, 5, 7),
         (0, 10, 8, 10), (5, 0, 7, 0))  # fmt: skip
"""Roots in semitones above the tonic. vi IV I V is left out: it is i VI III VII of the minor key,
and no listener could tell which was meant."""

KINDS = {
    "major": {0: "major", 2: "minor", 4: "minor", 5: "major", 7: "major", 9: "minor"},
    "minor": {0: "minor", 3: "major", 5: "minor", 7: "major", 8: "major", 10: "major"},
}
SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}

Hits = dict[str, tuple[tuple[float, float], ...]]


def _hits(**places: str) -> Hits:
    """Read `x` (hard), `o` (soft) and `.` on an even grid over the bar, as (beat, level)."""
    loud = {"x": 1.0, "o": 0.55}
    return {
        name: tuple((4 * i / len(text), loud[c]) for i, c in enumerate(text) if c in loud)
        for name, text in places.items()
    }


ROCK = _hits(kick="x...xo..", snare="..x...x.", hat="xoxoxoxo")
ROCK_16 = _hits(kick="x.....x.x.o.....", snare="....x.......x...", hat="x.o.x.o.x.o.x.o.")
POP = _hits(boom="x..ox...", snare="..x...x.", hat="xoxoxoxo")
POP_16 = _hits(boom="x.....o.x.......", clap="....x.......x..o", hat="xoooxoooxoooxooo")
FOUR = _hits(boom="x.x.x.x.", clap="..x...x.", open=".x.x.x.x")
FOUR_16 = _hits(boom="x...x...x...x...", clap="....x.......x...", hat="o.x.o.x.o.x.ooxo")
BRUSH = _hits(kick="o...o...", rim="..o...o.", shaker="xoxoxoxo")
BOSSA = _hits(kick="x..ox..o", rim="x..x..x...x..x..", shaker="oooooooo")
SWING = _hits(ride="x..x.xx..x.x", hat="...x.....x..", kick="o.....o.....", brush="...o.....o..")
WALTZ = _hits(boom="x.....", brush="..x.x.", hat="o.o.o.")
SLOW = _hits(boom="x....o..", rim="....x...", hat="o.o.o.o.")


@dataclass(frozen=True, slots=True)
class Style:
    """What a style draws from. `rhythm` of the chords in beats of a bar, `bass` likewise."""

    tempi: tuple[float, float]
    comps: tuple[str, ...]
    basses: tuple[str, ...]
    leads: tuple[str, ...]
    drums: tuple[Hits | None, ...]
    rhythms: tuple[tuple[float, ...], ...]
    bass: tuple[tuple[float, ...], ...]
    held: float = 0.45
    beats: int = 4
    swing: float = 0.0


STYLES = {
    "rock": Style((85, 180), ("drive", "guitar"), ("finger_bass",), ("square", "brass", "flute"),
                  (ROCK, ROCK_16), ((0, 1, 2, 3), (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5), (0, 1.5, 3)),
                  ((0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5), (0, 1, 2, 3), (0, 1.5, 2, 3.5))),
    "pop": Style((75, 150), ("piano", "tines", "guitar"), ("finger_bass", "synth_bass"),
                 ("flute", "brass", "square"), (POP, POP_16), ((0, 1.5, 3), (0, 1, 2, 3), (0, 2)),
                 ((0, 1, 2, 3), (0, 1.5, 2), (0, 2))),
    "ballad": Style((56, 100), ("piano", "strings", "guitar"), ("finger_bass",),
                    ("flute", "strings"), (None, None, SLOW),
                    ((0, 1, 2, 3), (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5), (0, 2)),
                    ((0, 2), (0,), (0, 1, 2, 3)), 0.9),
    "dance": Style((115, 150), ("square", "organ", "tines"), ("synth_bass",), ("square", "brass"),
                   (FOUR, FOUR_16), ((0.5, 1.5, 2.5, 3.5), (0, 0.75, 1.5, 2.5, 3.25), (0, 2)),
                   ((0.5, 1.5, 2.5, 3.5), (0, 1, 2, 3), (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5))),
    "folk": Style((75, 150), ("guitar",), ("finger_bass",), ("flute", "strings"), (BRUSH, None),
                  ((0, 1, 1.5, 2.5, 3, 3.5), (0, 1, 1.5, 2, 3, 3.5), (0, 1, 2, 3)),
                  ((0, 2), (0, 1, 2, 3)), 0.9),
    "pad": Style((60, 110), ("strings", "organ"), ("synth_bass", "finger_bass"),
                 ("flute", "square"), (None,), ((0,), (0, 2)), ((0,), (0, 2)), 4.0),
    "bossa": Style((75, 150), ("guitar", "tines"), ("finger_bass",), ("flute", "brass"), (BOSSA,),
                   ((0, 1.5, 3), (0, 1, 2.5, 3.5), (0.5, 1, 2, 3.5)),
                   ((0, 1.5, 2, 3.5), (0, 2))),
    "swing": Style((100, 180), ("piano", "guitar"), ("finger_bass",), ("brass", "flute"), (SWING,),
                   ((0, 1.667), (0, 1, 2, 3), (0.667, 2.667)), ((0, 1, 2, 3),), swing=0.167),
    "waltz": Style((84, 180), ("piano", "guitar", "strings"), ("finger_bass",),
                   ("flute", "strings", "brass"), (WALTZ, None), ((1, 2), (0, 1, 2)),
                   ((0,), (0, 0)), beats=3),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Truth:
    """What is in the song: `cents` of tuning, `start` of the first downbeat and the chords in s."""

    style: str
    bpm: float
    beats_per_bar: int
    start: float
    tonic: int
    mode: str
    cents: float
    chords: tuple[tuple[float, float, Chord], ...]
    drums: bool


class Arranger:
    """Puts notes and hits on one line of samples, each a few milliseconds off."""

    def __init__(self, rng: np.random.Generator, seconds: float, tightness: float) -> None:
        self.line = np.zeros(int((seconds + 3) * RATE))
        self._rng, self._tightness = rng, tightness

    def put(self, at: float, sound: Sound, gain: float) -> None:
        """Add `sound` at a time in s, humanised in time and level."""
        late = abs(float(self._rng.normal(0, self._tightness)))
        first = int((at + late) * RATE)
        piece = sound[: max(0, len(self.line) - first)]
        self.line[first : first + len(piece)] += gain * float(self._rng.uniform(0.8, 1.1)) * piece


@lru_cache(maxsize=2048)
def _note(instrument: str, pitch: float, seconds: float) -> Sound:
    return INSTRUMENTS[instrument](pitch, seconds)


def compose(style_name: str, rng: np.random.Generator, *, led: bool = True) -> tuple[Sound, Truth]:
    """Return a song and its truth; unless `led`, it leaves the melody to a singer."""
    style, pick = STYLES[style_name], rng.integers
    bpm = float(np.round(rng.uniform(*style.tempi), 2))
    mode = "major" if rng.random() < 0.55 else "minor"
    tonic, cents = int(pick(12)), float(rng.choice([0, 0, 0, 15, -20, 30]))
    table = MAJOR if mode == "major" else MINOR
    progression = table[int(pick(len(table)))]
    per_chord = 3 if style.beats == 3 else int(rng.choice([2, 4, 4, 4]))
    start = float(np.round(rng.choice([0.0, rng.uniform(0.1, 1.5)]), 3))
    beat = 60 / bpm
    pickup = int(rng.choice([0, 0, 1, 2]))
    start += pickup * beat
    count = int((SECONDS - start) / (per_chord * beat)) + 1
    spans = []
    for number in range(count):
        root = progression[number % len(progression)]
        chord = ((tonic + root) % 12, KINDS[mode][root])
        at = start + number * per_chord * beat
        spans.append((at, min(SECONDS, at + per_chord * beat), chord))
    drums = style.drums[int(pick(len(style.drums)))]
    truth = Truth(
        style_name, bpm, style.beats, start, tonic, mode, cents, tuple(spans), drums is not None
    )
    player = _Player(style, truth, drums, rng)
    player.pick_up(pickup)
    return player.play(per_chord, led=led), truth


class _Player:
    def __init__(
        self, style: Style, truth: Truth, drums: Hits | None, rng: np.random.Generator
    ) -> None:
        self.style, self.truth, self.drums, self.rng = style, truth, drums, rng
        self.beat = 60 / truth.bpm
        self.out = Arranger(rng, SECONDS, 0.006)
        self.off = truth.cents / 100

    def one(self, options: tuple[str, ...]) -> str:
        """Return one of these."""
        return options[int(self.rng.integers(len(options)))]

    def play(self, per_chord: int, *, led: bool) -> Sound:
        """Return the whole song."""
        comp, bass, lead = (
            self.one(x) for x in (self.style.comps, self.style.basses, self.style.leads)
        )
        rhythm = self.style.rhythms[int(self.rng.integers(len(self.style.rhythms)))]
        walk = self.style.bass[int(self.rng.integers(len(self.style.bass)))]
        led, bars = self.rng.random() < 0.8 and led, self._sparse_bars()
        for number, (at, _, chord) in enumerate(self.truth.chords):
            first = number * per_chord % self.style.beats
            inside = [r - first for r in rhythm if first <= r < first + per_chord]
            self._comp(comp, at, chord, inside or [0.0], per_chord)
            self._bass(bass, at, chord, [w - first for w in walk if first <= w < first + per_chord])
            if led and number * per_chord // self.style.beats not in bars:
                self._lead(lead, at, chord, per_chord)
        self._drum(bars)
        return self._finished()

    def pick_up(self, beats: int) -> None:
        """Lead into the first bar, with drums if there are any, or else with a scale."""
        for eighth in range(2 * beats):
            at = self.truth.start - self._late(beats - eighth / 2)
            if self.drums is not None:
                self.out.put(at, DRUMS["snare" if eighth else "kick"], 0.3)
            else:
                degree = SCALES[self.truth.mode][(eighth - 2 * beats) % 7]
                pitch = 72 + (self.truth.tonic + degree) % 12 + self.off
                self.out.put(at, _note("guitar", pitch, round(self.beat / 2, 3)), 0.25)

    def _sparse_bars(self) -> set[int]:
        """Return the bars of an intro or a break, without lead and with fewer drums."""
        quiet = set(range(int(self.rng.choice([0, 2, 4]))))
        begin = int(self.rng.integers(8, 16))
        return quiet | (set(range(begin, begin + 4)) if self.rng.random() < 0.5 else set())

    def _late(self, beats: float) -> float:
        """Return seconds; in swing the second eighth comes a third late."""
        swung = self.style.swing if abs(beats % 1 - 0.5) < 0.01 else 0.0
        return (beats + swung) * self.beat

    def _comp(self, name: str, at: float, chord: Chord, hits: list[float], beats: int) -> None:
        root, kind = chord
        notes = [root, root + (4 if kind == "major" else 3), root + 7]
        if self.rng.random() < 0.25:
            seventh = 11 if kind == "major" and (root - self.truth.tonic) % 12 != 7 else 10
            notes.append(root + seventh)
        for hit in hits:
            last = min(self.style.held, beats - hit) * self.beat
            for k, pitch in enumerate(notes):
                voiced = 48 + (pitch - 48) % 12 + 12 * (k % 2) + self.off
                self.out.put(at + self._late(hit), _note(name, voiced, round(last, 3)), 0.16)

    def _bass(self, name: str, at: float, chord: Chord, hits: list[float]) -> None:
        for k, hit in enumerate(hits):
            pitch = 36 + (chord[0] - 36) % 12
            if k % 2 and self.rng.random() < 0.4:
                pitch += 7
            gap = (hits[k + 1] if k + 1 < len(hits) else hit + 1) - hit
            length = round(max(0.2, gap * 0.9) * self.beat, 3)
            self.out.put(at + self._late(hit), _note(name, pitch + self.off, length), 0.35)

    def _lead(self, name: str, at: float, chord: Chord, beats: int) -> None:
        tones = [chord[0], chord[0] + (4 if chord[1] == "major" else 3), chord[0] + 7]
        scale = [self.truth.tonic + s for s in SCALES[self.truth.mode]]
        place = 0.0
        while place < beats:
            length = min(float(self.rng.choice([0.5, 0.5, 1, 1, 1.5])), beats - place)
            if self.rng.random() < 0.8:
                fits = tones if place == 0 or self.rng.random() < 0.5 else scale
                pitch = 72 + (fits[int(self.rng.integers(len(fits)))] - 72) % 12 + self.off
                sound = _note(name, pitch, round(length * 0.9 * self.beat, 3))
                self.out.put(at + self._late(place), sound, 0.28)
            place += length

    def _drum(self, sparse: set[int]) -> None:
        if self.drums is None:
            return
        scale = self.style.beats / 4
        for bar in range(int((SECONDS - self.truth.start) / self.beat / self.style.beats)):
            at = self.truth.start + bar * self.style.beats * self.beat
            for name, hits in self.drums.items():
                if bar in sparse and name in {"kick", "boom", "snare"}:
                    continue
                for place, level in hits:
                    self.out.put(at + place * scale * self.beat, DRUMS[name], 0.4 * level)
            if bar % 8 == 0:
                self.out.put(at, DRUMS["crash"], 0.15)

    def _finished(self) -> Sound:
        line = self.out.line[: int(SECONDS * RATE)]
        tail = np.random.default_rng(1).standard_normal(int(0.8 * RATE))
        tail *= np.exp(-np.arange(len(tail)) / RATE * float(self.rng.uniform(6, 14)))
        tail[0] = float(self.rng.uniform(25, 60))
        size = 1 << (len(line) + len(tail)).bit_length()
        wet = np.fft.irfft(np.fft.rfft(line, size) * np.fft.rfft(tail, size), size)[: len(line)]
        return np.asarray(0.7 * np.tanh(1.5 * wet / np.abs(wet).max()))


def songs(seed: int, count: int) -> list[tuple[str, np.random.Generator]]:
    """Return `count` songs of the eight styles in four, and a waltz for every five of them."""
    names = [name for name in STYLES if name != "waltz"]
    wanted = [names[k % len(names)] for k in range(count)] + ["waltz"] * (count // 5)
    return [(name, np.random.default_rng((seed, k))) for k, name in enumerate(wanted)]


def wav(sound: Sound) -> bytes:
    """Return 16-bit mono WAV bytes."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return file.getvalue()
