"""The singers of the sketch engine against each other: words, pitch, held vowels, cost.

    python -m bench.sketch_singer [--judge PYTHON] [--songs N] [--lyrics SET] [--verbose]

The same songs are sung in turn by formants and by the network (the extra `voice`), alone and in the
mix with synthetic bands. Lyrics are those that singers were tuned on (`known`), others (`held`), or
unusual names (`names`). With a judge (bench/judges/README.md), words are recognised; recall is the
share of the words that were heard, in order.

Held vowels are the middles of notes of 0.4 s and more: how much of them is harmonic (dB, by the
autocorrelation at the period, after Boersma 1993), and how far the spectrum moves in 20 ms (dB,
mean over 24 bands from 100 to 8000 Hz).
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.sketch_songs import (
    ALONE,
    BANDS,
    LYRICS,
    MIXED,
    VOICES,
    WAV,
    Song,
    cents,
    judged,
    recall,
    samples,
)
from songbatch.engines.base import Generation
from songbatch.engines.sketch.band.instruments import RATE
from songbatch.engines.sketch.dsp import hertz_of
from songbatch.engines.sketch.engine import SketchEngine
from songbatch.engines.sketch.options import BAND, FORMANT, HIBARI, PLAY, SINGER
from songbatch.engines.sketch.voice.timing import syllable_spans
from songbatch.files.tree import Tree
from songbatch.model import AudioFormat, AudioSetting, Purpose
from support.references import Sink

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from songbatch.engines.sketch.compose.singing import Note

MP3 = AudioSetting(AudioFormat.MP3, RATE, 256000)
HELD = {
    "easy": (
        "The stars are shining over me\nThe wind is blowing from the sea\n"
        "Hold me close and never go\nThere is something you should know",
        "Walk with me along the shore\nI could never ask for more\n"
        "Every morning when I wake\nI see the sun across the lake",
    ),
    "plain": (
        "The kitchen light was on when I got home\nMy brother left his jacket on the chair\n"
        "The dog was waiting quietly by the door\nI called your name but nobody was there",
        "She bought a ticket for the morning train\nAnd packed a little suitcase full of clothes\n"
        "The station clock was seven minutes slow\nShe left without a word, as everybody knows",
    ),
    "unpredictable": (
        "Cinnamon lawyers are polishing thunder\nTwenty wet trumpets collapse in the snow\n"
        "Old Geraldine barbecues yellow pajamas\nLobsters with lanterns are starting to row",
        "Magnetic librarians swallow a comet\nPaper flamingos are driving a truck\n"
        "Sergeant Banana has hidden the mustard\nPlastic gorillas have run out of luck",
    ),
}
NAMES = {
    "names": (
        "Xiomara danced with Okonkwo\nZaphod was late for the show\n"
        "Yevgenia sang to Vanhoutte\nSaoirse was ready to go",
        "Esmeralda called for Aldonza\nTiberius answered the door\n"
        "Mr Brackenbury and Mrs Zimmerle\nWere waiting with Fenwick and Thorne",
        "Ezekiel wrote to Marigold\nCassius left in the spring\n"
        "Persephone waved from the window\nAnd Lysander started to sing",
        "Tell me Katarzyna\nDid Bartholomew call\nOr was it Ignatius\nWith Rosencrantz in the hall",
    )
}
SETS: Mapping[str, Mapping[str, tuple[str, ...]]] = {"known": LYRICS, "held": HELD, "names": NAMES}


@dataclass(slots=True)
class Figures:
    """What was found of one singer."""

    songs: list[Song] = field(default_factory=list)
    cents: list[float] = field(default_factory=list)
    harmonic: list[float] = field(default_factory=list)
    flux: list[float] = field(default_factory=list)
    cost: list[float] = field(default_factory=list)
    encoded: list[float] = field(default_factory=list)


def planned(which: str, count: int) -> Iterator[Song]:
    """Return songs of a set in which kinds, voices and bands take turns."""
    kinds = SETS[which]
    rounds = len(next(iter(kinds.values())))
    texts = [(kind, kinds[kind][number]) for number in range(rounds) for kind in kinds]
    voices, bands = list(VOICES), list(BANDS)
    for number, (kind, text) in enumerate(texts[:count]):
        yield Song(kind, voices[number % 4], bands[(number + number // 4) % 4], text)


def measure(engine: SketchEngine, song: Song, singer: str, found: Figures) -> None:
    """Sing a song alone and in a mix, and note what that shows."""
    voice = engine.upload(VOICES[song.voice], AudioFormat.WAV, Purpose.VOICE, "b").voice_id
    band = engine.upload(BANDS[song.band], AudioFormat.WAV, Purpose.INSTRUMENTAL, "b")
    options = {SINGER: singer, BAND: PLAY}
    alone = Generation(song.lyrics, voice, None, WAV, 1, "b", options=options)
    mixed = Generation(song.lyrics, voice, band.instrumental_id, WAV, 1, "b", options=options)
    for name, request in ((ALONE, alone), (MIXED, mixed)):
        sink = Sink()
        engine.generate(request, sink)
        song.sounds[name] = samples(bytes(sink))
    sketch = engine.compose(alone)
    begun = time.process_time()
    stem = sketch.vocals()
    found.cost.append((time.process_time() - begun) / sketch.score.seconds)
    begun = time.process_time()
    engine.generate(Generation(song.lyrics, voice, band.instrumental_id, MP3, 1, "b",
                               options=options), Sink())  # fmt: skip
    found.encoded.append((time.process_time() - begun) * RATE / len(song.sounds[MIXED]))
    found.songs.append(song)
    if stem is not None:
        found.cents += [abs(off) for off in cents(stem, sketch.score.notes)]
        for piece, hertz in held(stem, sketch.score.notes):
            found.harmonic.append(harmonic_db(piece, hertz))
            found.flux.append(flux_db(piece))


def held(
    stem: NDArray[np.float32], notes: Sequence[Note]
) -> Iterator[tuple[NDArray[np.float32], float]]:
    """Return the middles of long vowels, and the pitch of each in Hz."""
    for note, span in zip(notes, syllable_spans(notes), strict=True):
        if span.stop - span.vowel >= 0.4:
            first, last = span.vowel + 0.12, span.stop - 0.1
            yield stem[int(first * RATE) : int(last * RATE)], float(hertz_of(note.pitch))


def harmonic_db(piece: NDArray[np.float32], hertz: float) -> float:
    """Return dB of what repeats with the period of about `hertz` against what does not."""
    size = int(6 * RATE / hertz)
    window = np.hanning(size)
    shares = []
    for start in range(0, len(piece) - size, size // 2):
        frame = (piece[start : start + size] - piece[start : start + size].mean()) * window
        power = np.fft.irfft(np.abs(np.fft.rfft(frame, 4 * size)) ** 2)
        own = np.fft.irfft(np.abs(np.fft.rfft(window, 4 * size)) ** 2)
        lags = np.arange(int(RATE / hertz * 0.93), int(RATE / hertz * 1.07) + 2)
        repeats = power[lags] / power[0] * own[0] / own[lags]
        best = int(np.argmax(repeats))
        if 0 < best < len(lags) - 1:
            low, mid, high = repeats[best - 1 : best + 2]
            repeats[best] = mid - (low - high) ** 2 / (8 * (low - 2 * mid + high))
        shares.append(min(float(repeats[best]), 0.99999))
    share = max(float(np.median(shares)), 1e-3) if shares else 1e-3
    return float(10 * np.log10(share / (1 - share)))


def flux_db(piece: NDArray[np.float32]) -> float:
    """Return by how many dB a band moves from 20 ms to 20 ms."""
    size = int(0.04 * RATE)
    frames = np.lib.stride_tricks.sliding_window_view(piece, size)[:: size // 2]
    power = np.abs(np.fft.rfft(frames * np.hanning(size), axis=1)) ** 2
    edges = np.geomspace(100, 8000, 25) * size / RATE
    bands = np.add.reduceat(power, np.unique(edges.astype(int)), axis=1)[:, :-1]
    return float(np.abs(np.diff(10 * np.log10(bands + 1e-9), axis=0)).mean())


def tell(name: str, found: Figures, *, verbose: bool) -> None:
    """Print a singer's figures."""
    print(f"{name}: notes within 50 cents {np.mean(np.array(found.cents) < 50):.3f} "
          f"of {len(found.cents)}; held vowels ({len(found.flux)}): "
          f"harmonic {spread(found.harmonic)} dB, flux {spread(found.flux)} dB")  # fmt: skip
    print(f"  CPU a second of audio: voice {spread(found.cost)}, "
          f"song with encoding {spread(found.encoded)}")  # fmt: skip
    kinds = dict.fromkeys(song.kind for song in found.songs)
    for kind in [*kinds, "all"]:
        own = [song for song in found.songs if song.heard and kind in {song.kind, "all"}]
        if own:
            rows = {way: [recall(s.lyrics, s.heard[way]) for s in own] for way in (ALONE, MIXED)}
            told = ", ".join(f"{way} {spread(row, '.2f')}" for way, row in rows.items())
            print(f"  words, {kind}: {told}")
    for song in found.songs if verbose else ():
        for way, heard in song.heard.items():
            print(f"    {recall(song.lyrics, heard):.2f} {song.voice}, {way}: {heard}")


def spread(values: Sequence[float], form: str = ".3f") -> str:
    """Return mean, least and most."""
    return f"{np.mean(values):{form}} ({min(values):{form}} to {max(values):{form}})"


def main() -> None:
    """Sing, measure, judge, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--judge", help="interpreter of the judges' environment")
    parser.add_argument("--songs", type=int, default=12)
    parser.add_argument("--lyrics", choices=SETS, default="known")
    parser.add_argument("--verbose", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        engine = SketchEngine(Tree(scratch))
        singers = {name: Figures() for name in (FORMANT, HIBARI)}
        for name in singers:  # what is loaded once is no song's cost
            measure(engine, next(planned("known", 1)), name, Figures())
        plans = [planned(asked.lyrics, asked.songs) for _ in singers]
        for songs in zip(*plans, strict=True):
            for song, (name, found) in zip(songs, singers.items(), strict=True):
                measure(engine, song, name, found)
        for name, found in singers.items():
            if asked.judge:
                folder = Path(scratch) / name
                folder.mkdir()
                judged(found.songs, asked.judge, folder)
            tell(name, found, verbose=asked.verbose)
    print(f"memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
