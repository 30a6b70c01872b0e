"""The band of the recording itself: its spans in the order that the score has chosen, joined.

Where a span does not follow the one before in the recording, the new one is moved by up to a few
milliseconds to where its beginning agrees best with what would have come, and the two are
crossfaded just before the beat. The last chord is struck, and then rings in a hall made of noise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from songbatch.audio import exact
from songbatch.engines.sketch.analysis.harmony import pitch_classes
from songbatch.engines.sketch.band.instruments import RATE
from songbatch.engines.sketch.compose.character import CHARACTERS
from songbatch.engines.sketch.dsp import Mono, notes_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from songbatch.engines.sketch.analysis.features import Features
    from songbatch.engines.sketch.analysis.harmony import Chord
    from songbatch.engines.sketch.codec import Frames
    from songbatch.engines.sketch.compose.score import Score

    Rows = NDArray[np.float32]

EARLY, FADE = round(0.008 * RATE), round(0.03 * RATE)
"""Samples before a beat at which a crossfade has ended, as onsets begin before they are heard, and
how long it takes."""

SEEK = round(0.012 * RATE)
"""The farthest that a span is moved."""

BEFORE, AFTER = round(0.04 * RATE), round(0.06 * RATE)
"""Samples around a beat in which both sides are compared."""

OFF_COST = 0.15
"""Agreement (a correlation) that must be gained by moving by all of SEEK: beats stay in time."""

SECTION_SHARE = 0.5
"""Share of a section's level that is added to how loud its spans are."""

OPENING = round(0.004 * RATE)
"""Samples in which the song begins."""

STRUCK_BEATS = 1.0
"""How much of the last span is heard before it only rings."""

ATTACK = 0.05
"""Seconds of its beginning that do not ring: drums."""

RING_LEVEL = 1.0
"""Of what rings against what was struck."""

DECAY = 0.5
"""How fast a ring dies away, in nepers a second: 4.3 dB."""

TOLD, OTHER_NOTES = (50.0, 2500.0), 0.25
"""Hz between which notes that are not in the last chord ring less, and by what factor."""


class Recorded(msgspec.Struct):
    """A band's sound that is finished: the middle, and half of left less right."""

    mid: Mono
    side: Mono


def play(score: Score, heard: Features, recording: Frames, rng: np.random.Generator) -> Recorded:
    """Return the recording (at RATE) in the order of `score.reused`; `heard` are its features."""
    return _Cutter(score, heard, recording, rng).play()


class _SpanRun(msgspec.Struct, frozen=True):
    """Spans that follow one another in both: `count`, from the song's `at` and the recording's."""

    at: int
    of: int
    count: int


class _Cutter:
    def __init__(
        self, score: Score, heard: Features, recording: Frames, rng: np.random.Generator
    ) -> None:
        self._score, self._rng = score, rng
        self._recording = recording
        self._first = heard.rhythm.first_downbeat
        self._tuning = heard.harmony.tuning
        self._out = np.zeros((2, int(score.seconds * RATE)), np.float32)

    def play(self) -> Recorded:
        *runs, last = _runs(self._score.reused)
        follows = None
        for run in runs:
            follows = self._put(run, follows)
        if self._score.is_open:
            self._let_go(last, follows)
        else:
            self._end(last, follows)
        self._out *= self._gains()
        if self._score.silent_spans:
            self._come_in(self._song(self._score.silent_spans))
        else:
            self._out[:, :OPENING] *= np.linspace(0, 1, OPENING, dtype=np.float32)
        return Recorded(*self._out)

    def _put(self, run: _SpanRun, follows: int | None) -> int:
        """Add a run; `follows` is the sample that would have come. Return the one that comes next.

        All are places of beats in the recording.
        """
        to, beat = self._song(run.at), self._place(run.of)
        length = self._song(run.at + run.count) - to
        beat += self._shift(beat, follows)
        if follows is None:
            piece = self._cut(beat, length - EARLY)
            self._out[:, to : to + piece.shape[1]] = piece
            return beat + length
        lead = EARLY + FADE
        piece = self._cut(beat - lead, lead + length - EARLY)
        old = self._cut(follows - lead, FADE)
        rise, fall = _crossfade(old, piece[:, :FADE])
        piece[:, :FADE] = old * fall + piece[:, :FADE] * rise
        room = self._out[:, to - lead : to - lead + piece.shape[1]]
        room[:] = piece[:, : room.shape[1]]
        return beat + length

    def _let_go(self, run: _SpanRun, follows: int | None) -> None:
        """Go on with what follows for as long as the next part takes to come in."""
        if follows is None:
            return
        lead = EARLY + FADE
        to = self._song(run.at) - lead
        fall = exact.cos(np.linspace(0, np.pi / 2, FADE)) ** 2
        piece = self._cut(follows - lead, FADE) * fall.astype(np.float32)
        self._out[:, to : to + FADE] = piece
        self._out[:, to + FADE :] = 0

    def _come_in(self, to: int) -> None:
        """Be silent until another part lets go, and come in meanwhile."""
        begin = to - EARLY - FADE
        rise = exact.sin(np.linspace(0, np.pi / 2, FADE)) ** 2
        self._out[:, :begin] = 0
        self._out[:, begin : begin + FADE] *= rise.astype(np.float32)

    def _shift(self, beat: int, follows: int | None) -> int:
        """Return by how many samples a beat is moved to agree with the one that would follow."""
        if follows is None:
            return 0
        old = self._cut(follows - BEFORE, BEFORE + AFTER).sum(axis=0)
        new = self._cut(beat - BEFORE - SEEK, BEFORE + AFTER + 2 * SEEK).sum(axis=0)
        size = 1 << (len(new) + len(old)).bit_length()
        both = exact.product(np.fft.rfft(new, size), np.conj(np.fft.rfft(old, size)))
        agree = exact.irfft(exact.joined(both), size)[: 2 * SEEK + 1].astype(np.float64)
        power = np.concatenate([[0.0], np.cumsum(np.square(new.astype(np.float64)))])
        power = power[len(old) :][: 2 * SEEK + 1] - power[: 2 * SEEK + 1]
        whole = exact.total(np.square(old))
        agree /= np.sqrt(np.maximum(power, 1e-3 * whole + 1e-6) * (whole + 1e-9))
        off = np.arange(-SEEK, SEEK + 1) / SEEK
        return int(np.argmax(np.round(agree - OFF_COST * off * off, 4))) - SEEK

    def _end(self, run: _SpanRun, follows: int | None) -> None:
        """Strike the last chord, and let it ring until the end."""
        struck = round(STRUCK_BEATS * self._score.beat_seconds * RATE)
        to, beat = self._song(run.at), self._place(run.of)
        beat += self._shift(beat, follows)
        lead = EARLY + FADE
        piece = self._cut(beat - lead, lead + struck)
        old = self._cut((beat if follows is None else follows) - lead, FADE)
        rise, fall = _crossfade(old, piece[:, :FADE])
        piece[:, :FADE] = old * fall + piece[:, :FADE] * rise
        dies = np.minimum(1, 2 * (1 - np.arange(struck) / struck)).astype(np.float32)
        piece[:, lead:] *= dies
        room = self._out[:, to - lead : to + struck]
        room[:] = piece[:, : room.shape[1]]
        rest = self._out[:, to:]
        size = 1 << (struck + rest.shape[1]).bit_length()
        kept = _partials(self._score.chords[-1], self._tuning, size)
        rest += _ring(self._cut(beat, struck), rest.shape[1], kept, self._rng)

    def _gains(self) -> NDArray[np.float32]:
        """Return the level of each sample: sections differ by a share of what players would."""
        gains = np.ones(self._out.shape[1], np.float32)
        for part in self._score.parts:
            level = float(exact.gain(SECTION_SHARE * CHARACTERS[part.kind].played_db))
            begin = max(0, self._song(part.first) - EARLY - FADE)
            before = gains[begin - 1] if begin else level
            gains[begin:] = level
            slope = gains[begin : begin + FADE]
            slope[:] = np.linspace(before, level, FADE)[: len(slope)]
        return gains

    def _song(self, span: int) -> int:
        return round((self._score.origin + span * self._score.chord_span) * RATE)

    def _place(self, span: int) -> int:
        return round((self._first + span * self._score.chord_span) * RATE)

    def _cut(self, start: int, length: int) -> Rows:
        """Return middle and side of the recording, silence before and after it."""
        begin, end = max(0, start), max(0, min(start + length, len(self._recording)))
        left, right = self._recording[begin:end].T.astype(np.float32) / np.float32(32768)
        pads = ((0, 0), (begin - start, length - (begin - start) - len(left)))
        both = np.stack([(left + right) * np.float32(0.5), (left - right) * np.float32(0.5)])
        return np.pad(both, pads)


def _runs(spans: tuple[int, ...]) -> list[_SpanRun]:
    """Return the spans as runs; the last one is a run of its own."""
    runs = [_SpanRun(0, spans[0], 1)]
    for at, of in enumerate(spans[1:], 1):
        last = runs[-1]
        if of == last.of + last.count and at < len(spans) - 1:
            runs[-1] = _SpanRun(last.at, last.of, last.count + 1)
        else:
            runs.append(_SpanRun(at, of, 1))
    return runs


def _crossfade(old: Rows, new: Rows) -> tuple[Rows, Rows]:
    """Return gains for what comes and what goes by which the power stays even.

    Sounds that agree add up, others do not: the gains go by how they correlate.
    """
    alike = exact.total(old * new)
    power = exact.total(np.square(old)) * exact.total(np.square(new))
    share = min(max(alike / float(np.sqrt(power) + 1e-9), 0.0), 1.0)
    rise = exact.sin(np.linspace(0, np.pi / 2, old.shape[1])) ** 2
    fall = 1 - rise
    even = np.sqrt(rise * rise + fall * fall + 2 * share * rise * fall)
    return (rise / even).astype(np.float32), (fall / even).astype(np.float32)


def _ring(struck: Rows, length: int, kept: NDArray[np.float64], rng: np.random.Generator) -> Rows:
    """Return middle and side of a chord that rings for `length` samples in a hall.

    `kept` are gains of its partials, as `_partials` has them.
    """
    attack = min(int(ATTACK * RATE), struck.shape[1] // 2)
    held = struck[:, attack:] * exact.hann(struck.shape[1] - attack).astype(np.float32)
    size = 2 * (len(kept) - 1)
    dies = exact.exp(-DECAY * np.arange(length) / RATE)
    rows = np.zeros((2, length), np.float32)
    for row, sound in zip(rows, held, strict=True):
        noise = (exact.white_noise(rng, length) * dies).astype(np.float32)
        both = exact.product(np.fft.rfft(sound, size), np.fft.rfft(noise, size))
        tail = exact.irfft(exact.joined(exact.scaled(both, kept)), size)
        size_of = [float(np.sqrt(exact.total(np.square(part)) / len(part)))
                   for part in (sound, tail[len(sound) : 2 * len(sound)])]  # fmt: skip
        tail *= np.float32(RING_LEVEL * size_of[0] / (size_of[1] + 1e-9))
        row[attack:] = tail[: length - attack]
    return rows


def _partials(chord: Chord, tuning: float, size: int) -> NDArray[np.float64]:
    """Return gains at the bins of an FFT: partials of other notes ring less, where ears tell."""
    hertz = np.maximum(np.fft.rfftfreq(size, 1 / RATE), 1.0)
    notes = notes_of(hertz) - tuning
    near = np.rint(notes)
    is_in = np.isin(near.astype(int) % 12, pitch_classes(chord))
    is_told = (hertz > TOLD[0]) & (hertz < TOLD[1])
    return np.where(is_told & ~is_in, OTHER_NOTES, 1.0)
