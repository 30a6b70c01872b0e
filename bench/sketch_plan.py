"""Agreement of finished songs with their scores, and differences between takes.

    python -m bench.sketch_plan [--songs 40] [--seed 1] [--verbose]

References of eight styles and waltzes (support/truth) are heard, four lines are written over each,
with and without `##`, takes 1 to 4 by turns; the band alone and the mix are heard again. What was
planned is the truth here, right or wrong about the reference. The correlation of drum patterns is
that of kick, snare and hat together, of references with percussion.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.sketch_songs import LYRICS, VOICES, WAV
from songbatch.engines.base import Generation
from songbatch.engines.sketch.analysis import features
from songbatch.engines.sketch.band.accompaniment import HAS_DRUMS
from songbatch.engines.sketch.engine import SketchEngine
from songbatch.files.tree import Tree
from songbatch.model import AudioFormat, Purpose
from support.references import Sink
from support.truth import songs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from songbatch.engines.sketch.analysis.features import Features
    from songbatch.engines.sketch.analysis.rhythm import Rhythm
    from songbatch.engines.sketch.compose.score import Score

MIX, BAND = "mix", "band alone"
TAKES = (1, 2, 3, 4)
TOLD_APART = 0.06
"""Seconds between two begins that are heard as different."""

TEXTS = [text for texts in zip(*LYRICS.values(), strict=True) for text in texts]
SHORT = ["Happy birthday to you", "Light the lanterns.", "la la la la", "Hello\nGoodbye"]


@dataclass(frozen=True, slots=True)
class Heard:
    """What one song shows of its plan; `tempo` is the relative error up to the octave."""

    style: str
    what: str
    key: bool
    metre: bool
    tempo: float
    octave: bool
    groove: float | None


@dataclass(frozen=True, slots=True)
class Apart:
    """Shares of syllables in which two takes differ: begin, length against the mean, pitch."""

    begins: float
    lengths: float
    pitches: float


def heard_songs(engine: SketchEngine, seed: int, count: int) -> Iterator[Heard]:
    """Make a song over every reference, with and without a voice, and hear it."""
    singers = _singers(engine)
    for number, (style, rng) in enumerate(songs.songs(seed, count)):
        audio = songs.wav(songs.compose(style, rng)[0])
        played = engine.upload(audio, AudioFormat.WAV, Purpose.INSTRUMENTAL, "b").instrumental_id
        reference = features.extract(audio, Purpose.INSTRUMENTAL)
        text = TEXTS[number % len(TEXTS)]
        lyrics = f"##{text}##" if number % 2 else text
        for what, voice in ((BAND, None), (MIX, singers[number % 4])):
            request = Generation(lyrics, voice, played, WAV, TAKES[number % 4], "b")
            sink = Sink()
            engine.generate(request, sink)
            again = features.extract(bytes(sink), Purpose.INSTRUMENTAL)
            yield _compared(style, what, engine.compose(request).score, reference.rhythm, again)


def _singers(engine: SketchEngine) -> list[str | None]:
    return [
        engine.upload(audio, AudioFormat.WAV, Purpose.VOICE, "b").voice_id
        for audio in VOICES.values()
    ]


def _compared(style: str, what: str, plan: Score, reference: Rhythm, again: Features) -> Heard:
    octaves = float(np.log2(again.rhythm.bpm / plan.bpm))
    return Heard(
        style=style,
        what=what,
        key=(again.harmony.tonic, again.harmony.mode) == (plan.tonic, plan.mode),
        metre=again.rhythm.beats_per_bar == plan.beats_per_bar,
        tempo=abs(2 ** (octaves - round(octaves)) - 1),
        octave=round(octaves) == 0,
        groove=_groove(reference, again.rhythm),
    )


def _groove(one: Rhythm, other: Rhythm) -> float | None:
    """Return how alike two drum patterns are; None without drums, or where the bars differ."""
    if one.drums <= HAS_DRUMS or one.beats_per_bar != other.beats_per_bar:
        return None
    patterns = [
        np.ravel([line[: 4 * one.beats_per_bar] for line in (r.kick, r.snare, r.hat)])
        for r in (one, other)
    ]
    return float(np.corrcoef(patterns)[0, 1])


def takes_apart(engine: SketchEngine, *, accompanied: bool) -> Iterator[Apart]:
    """Compare every two of four takes of every text."""
    singers = _singers(engine)
    audio = songs.wav(songs.compose("pop", np.random.default_rng(5))[0])
    played = engine.upload(audio, AudioFormat.WAV, Purpose.INSTRUMENTAL, "b").instrumental_id
    for number, text in enumerate([*TEXTS, *SHORT]):
        scores = [
            engine.compose(
                Generation(text, singers[number % 4], played if accompanied else None, WAV, t, "b")
            ).score
            for t in TAKES
        ]
        for one, other in itertools.combinations(scores, 2):
            yield _apart(one, other)


def _apart(one: Score, other: Score) -> Apart:
    begins = [np.array([note.start for note in score.notes]) for score in (one, other)]
    inside = np.array([a.line == b.line for a, b in itertools.pairwise(one.notes)])
    steps = [np.diff(times)[inside] for times in begins]
    lengths = [step / step.mean() for step in steps]
    pitches = [a.pitch != b.pitch for a, b in zip(one.notes, other.notes, strict=True)]
    return Apart(
        begins=float(np.mean(np.abs(begins[0] - begins[1]) > TOLD_APART)),
        lengths=float(np.mean(np.abs(lengths[0] - lengths[1]) > 0.15)),
        pitches=float(np.mean(pitches)),
    )


def tell_heard(results: Sequence[Heard]) -> None:
    """Print shares and errors, of four and of three beats, of the band and of the mix."""
    print(f"{'':<24}{'songs':>6}{'key':>7}{'metre':>7}{'octave':>8}"
          f"{'tempo, median, most %':>24}{'drums, median, least':>24}")  # fmt: skip
    for what, waltz in itertools.product((BAND, MIX), (False, True)):
        rows = [r for r in results if r.what == what and (r.style == "waltz") == waltz]
        if rows:
            shares = [np.mean([getattr(r, name) for r in rows]) for name in
                      ("key", "metre", "octave")]  # fmt: skip
            errors = [100 * r.tempo for r in rows]
            grooves = [r.groove for r in rows if r.groove is not None] or [float("nan")]
            print(f"{what + (', waltzes' if waltz else ''):<24}{len(rows):6}"
                  f"{shares[0]:7.3f}{shares[1]:7.3f}{shares[2]:8.3f}"
                  f"{statistics.median(errors):15.3f}{max(errors):9.3f}"
                  f"{statistics.median(grooves):15.2f}{min(grooves):9.2f}")  # fmt: skip


def tell_apart(name: str, pairs: Sequence[Apart]) -> None:
    """Print the least, the median and the mean share that differs."""
    for field in ("begins", "lengths", "pitches"):
        shares = [getattr(pair, field) for pair in pairs]
        print(f"takes apart, {name}, {field:<8} {min(shares):6.2f} least"
              f"{statistics.median(shares):6.2f} median{statistics.mean(shares):6.2f} mean"
              f"   of {len(shares)} pairs")  # fmt: skip


def main() -> None:
    """Make, hear, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.sketch_plan")
    parser.add_argument("--songs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--verbose", action="store_true", help="a line for every song")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        engine = SketchEngine(Tree(scratch))
        for name, accompanied in (("with a band", True), ("voice alone", False)):
            tell_apart(name, list(takes_apart(engine, accompanied=accompanied)))
        results = []
        for heard in heard_songs(engine, asked.seed, asked.songs):
            results.append(heard)
            if asked.verbose:
                print(heard)
        tell_heard(results)


if __name__ == "__main__":
    main()
