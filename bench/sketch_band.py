"""The band against its reference: is it heard as the same band, and are its joins heard?

    python -m bench.sketch_band [--takes N] [--seed N] [FOLDER]

Nine synthetic references in nine styles, made stereo, or the recordings in FOLDER, at most 55
seconds of each. Every one is made a song without a voice, played and rearranged in turn. Printed
are means, with the least and the most.
"""

from __future__ import annotations

import argparse
import itertools
import resource
import statistics
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from songbatch.engines.base import Generation
from songbatch.engines.sketch.analysis import features
from songbatch.engines.sketch.analysis.harmony import pitch_classes
from songbatch.engines.sketch.band.instruments import RATE
from songbatch.engines.sketch.dsp import resample
from songbatch.engines.sketch.engine import SketchEngine
from songbatch.files.tree import Tree
from songbatch.model import AudioFormat, AudioSetting, Purpose
from support.truth import recordings, songs
from support.truth.sounds import RATE as TRUTH_RATE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from songbatch.engines.sketch.analysis.features import Features
    from songbatch.engines.sketch.song import SketchSong

    Sound = NDArray[np.float32]
    """Samples × 2 at RATE."""

LYRICS = (
    "##I left the window open late last night\nThe neighbors had a party down the street\n\n"
    "Oh carry me home over the water\nCarry me home to you\n\n"
    "My mother sent a letter in the spring\nShe wrote about the garden and the heat\n\n"
    "Oh carry me home over the water\nCarry me home to you##"
)
WAV = AudioSetting(AudioFormat.WAV)
SECONDS = 55.0
MFCCS, MELS = 20, 40
HIGHEST = 10000.0
"""Hz: synthetic references have nothing above 11 kHz."""

QUIET = 1e-6
"""Power below the mean from which on differences fade: 60 dB."""

SIZE, HOP = 2048, 512
NEAR = 0.05
"""Seconds around a beat in which an onset or a click is looked for."""


def references(seed: int) -> Iterator[tuple[str, Sound]]:
    """Yield a name and a stereo song of every style."""
    styles = [(name, np.random.default_rng((seed, k))) for k, name in enumerate(songs.STYLES)]
    for style, rng in styles:
        mono, _ = songs.compose(style, rng)
        sound = resample(mono.astype(np.float32), TRUTH_RATE, RATE)[: int(SECONDS * RATE)]
        yield style, widened(sound, rng)


def widened(mono: NDArray[np.float32], rng: np.random.Generator) -> Sound:
    """Return a mono song in stereo: its sides are what a few milliseconds of noise make of it."""
    noise = rng.standard_normal(RATE // 50) * np.linspace(1, 0, RATE // 50) ** 2
    noise *= rng.uniform(0.3, 0.6) / np.sqrt(np.square(noise).sum())
    size = 1 << (len(mono) + len(noise)).bit_length()
    side = np.fft.irfft(np.fft.rfft(mono, size) * np.fft.rfft(noise, size), size)[: len(mono)]
    both = np.stack([mono + side, mono - side], axis=1)
    return np.asarray(0.9 * both / np.abs(both).max(), np.float32)


def found(folder: Path) -> Iterator[tuple[str, Sound]]:
    """Yield the recordings in a folder."""
    for recording in recordings.find(folder, SECONDS):
        yield recording.name, recording.sound.astype(np.float32) / np.float32(32768)


def wav(sound: Sound) -> bytes:
    """Return the bytes of a WAV file."""
    kept = np.round(np.clip(sound, -1, 1) * 32767).astype(np.int16)
    return recordings.Recording("", kept, None).wav()


def mfccs(sound: Sound) -> NDArray[np.float64]:
    """Return frames × MFCCS of the middle, at equal loudness; silence does not count."""
    mono = sound.mean(axis=1).astype(np.float64)
    frames = np.lib.stride_tricks.sliding_window_view(mono, SIZE)[::HOP]
    power = np.square(np.abs(np.fft.rfft(frames * np.hanning(SIZE), axis=1)))
    mel = np.linspace(0, 2595 * np.log10(1 + HIGHEST / 700), MELS + 2)
    edges = 700 * (10 ** (mel / 2595) - 1)
    hertz = np.fft.rfftfreq(SIZE, 1 / RATE)
    rises = [(hertz - a) / (b - a) for a, b in itertools.pairwise(edges)]
    bank = np.stack([np.clip(np.minimum(r, 1 - s), 0, 1) for r, s in itertools.pairwise(rises)])
    levels = power @ bank.T
    levels = levels[levels.sum(axis=1) > 1e-4 * levels.sum(axis=1).mean()]
    logs = np.log(levels / levels.mean() + QUIET)
    turns = np.pi * (np.arange(MELS) + 0.5)[:, None] * np.arange(MFCCS) / MELS
    basis = np.cos(turns) * np.sqrt(2 / MELS)
    basis[:, 0] /= np.sqrt(2)
    return np.asarray(logs @ basis)


def frechet(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the Fréchet distance of two clouds of points, as if both were normal."""
    away = np.square(one.mean(axis=0) - other.mean(axis=0)).sum()
    a, b = np.cov(one.T), np.cov(other.T)
    values, vectors = np.linalg.eigh(a)
    root = vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T
    both = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ b @ root), 0)).sum()
    return float(away + np.trace(a) + np.trace(b) - 2 * both)


def pattern(heard: Features) -> NDArray[np.float64]:
    """Return how hard all drums are struck in a bar."""
    rhythm = heard.rhythm
    return np.array([*rhythm.kick, *rhythm.snare, *rhythm.hat])


def levels(sound: Sound) -> tuple[float, float]:
    """Return side against middle and the crest, both in dB."""
    mid, side = sound.mean(axis=1), (sound[:, 0] - sound[:, 1]) / 2
    power, wide = np.square(mid).mean(), np.square(side).mean()
    crest = 20 * np.log10(np.abs(sound).max() / np.sqrt(np.square(sound).mean()))
    return float(10 * np.log10(wide / power + 1e-9)), float(crest)


def rises(sound: Sound) -> NDArray[np.float64]:
    """Return the spectral flux for every 128 samples: rises of log magnitudes."""
    mono = sound.mean(axis=1)
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(mono, (512, 512)), 1024)[::128]
    magnitudes = np.abs(np.fft.rfft(frames * np.hanning(1024), axis=1))
    level = np.log(1 + 100 * magnitudes / magnitudes.mean())
    return np.asarray(np.maximum(0, level[3:] - level[:-3]).sum(axis=1))


def joins(song: SketchSong, sound: Sound) -> Iterator[tuple[str, float]]:
    """Yield flux and the largest step between samples at joins, each against other beats."""
    spans, length = song.score.reused[:-1], song.score.chord_span
    cut = {n for n in range(1, len(spans)) if spans[n] != spans[n - 1] + 1}
    whole = set(range(1, len(spans))) - cut
    if not cut or not whole:
        return
    flux, steps = rises(sound), np.abs(np.diff(sound, axis=0)).max(axis=1)
    bends = np.abs(np.diff(sound, n=3, axis=0)).max(axis=1)

    def most(curve: NDArray[np.float64], hop: int, span: int) -> float:
        first, last = (round((span * length + d) * RATE / hop) for d in (-NEAR, NEAR))
        return float(curve[max(0, first) : last].max(initial=0.0))

    for name, curve, hop in (("flux", flux, 128), ("step", steps, 1), ("bend", bends, 1)):
        at, off = ([most(curve, hop, n) for n in sorted(which)] for which in (cut, whole))
        yield f"{name} at joins / elsewhere, mean", float(np.mean(at) / np.mean(off))
        if hop == 1:
            yield f"{name} at joins / elsewhere, most", max(at) / max(off)
    yield "joins, share of spans", len(cut) / len(spans)


def ending(song: SketchSong, sound: Sound) -> Iterator[tuple[str, float]]:
    """Yield how loud the last chord still rings after a second, and how much of it is in key."""
    at = round((len(song.score.chords) - 1) * song.score.chord_span * RATE)
    ring = sound[at + RATE : at + RATE + RATE // 2].mean(axis=1)
    usual = np.sqrt(np.square(sound[:at]).mean())
    yield "ring after 1 s, dB", 20 * np.log10(np.sqrt(np.square(ring).mean()) / usual + 1e-9)
    size = 1 << 16
    power = np.abs(np.fft.rfft(ring * np.hanning(len(ring)), size)) ** 2
    hertz = np.fft.rfftfreq(size, 1 / RATE)
    inside = (hertz > 60) & (hertz < 1500)
    notes = np.round(69 + 12 * np.log2(hertz[inside] / 440)).astype(int) % 12
    chord = pitch_classes((song.score.tonic, song.score.mode))
    yield (
        "ring, share in the tonic",
        power[inside][np.isin(notes, chord)].sum() / power[inside].sum(),
    )


def measured(
    engine: SketchEngine, reference: Sound, band: str, take: int
) -> Iterator[tuple[str, float]]:
    """Yield the figures of a song over a reference."""
    audio = wav(reference)
    ids = engine.upload(audio, AudioFormat.WAV, Purpose.INSTRUMENTAL, "bench")
    asked = Generation(
        LYRICS, None, ids.instrumental_id, WAV, take, "bench", options={"band": band}
    )
    begun = time.process_time()
    song = engine.compose(asked)
    sound = song.audio()
    yield "CPU s per s", (time.process_time() - begun) / song.score.seconds
    yield "rearranged", float(bool(song.score.reused))
    cloud = mfccs(reference)
    yield "Frechet distance", frechet(cloud, mfccs(sound))
    last = round((len(song.score.chords) - 1) * song.score.chord_span * RATE)
    yield "to the last chord", frechet(cloud, mfccs(sound[:last]))
    before = features.extract(audio, Purpose.INSTRUMENTAL)
    after = features.extract(wav(sound), Purpose.INSTRUMENTAL)
    if before.rhythm.beats_per_bar == after.rhythm.beats_per_bar:
        yield "drum pattern", float(np.corrcoef(pattern(before), pattern(after))[0, 1])
    off = after.rhythm.bpm / before.rhythm.bpm
    yield "tempo, octave kept", float(0.75 < off < 1.5)
    if 0.75 < off < 1.5:
        yield "tempo off, %", 100 * abs(off - 1)
    keys = [(f.harmony.tonic, f.harmony.mode) for f in (before, after)]
    yield "key kept", float(keys[0] == keys[1])
    own, new = levels(reference), levels(sound)
    yield "side/mid, dB off", abs(new[0] - own[0])
    yield "crest, dB off", new[1] - own[1]
    yield from joins(song, sound)
    yield from ending(song, sound)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path, help="recordings to measure on")
    parser.add_argument("--takes", type=int, default=1)
    parser.add_argument("--seed", type=int, default=23)
    asked = parser.parse_args()
    figures: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    engine = SketchEngine(Tree(tempfile.mkdtemp()))
    for name, reference in found(asked.folder) if asked.folder else references(asked.seed):
        half = len(reference) // 2
        halves = frechet(mfccs(reference[:half]), mfccs(reference[half:]))
        figures["halves"]["Frechet distance"].append(halves)
        told = []
        for take, band in itertools.product(range(1, asked.takes + 1), ("play", "reuse")):
            for figure, value in measured(engine, reference, band, take):
                figures[band][figure].append(value)
            told.append(f"{band} {figures[band]['Frechet distance'][-1]:.1f}")
        print(f"{name}: halves {halves:.1f}, {', '.join(told)}", flush=True)
    show(figures)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of all this, measuring included: {peak:.0f} MiB")


def show(figures: dict[str, dict[str, list[float]]]) -> None:
    """Print means, with the least and the most."""
    names = dict.fromkeys(name for column in figures.values() for name in column)
    print(f"{'':34}" + "".join(f"{column:>28}" for column in figures))
    for name in names:
        print(f"{name:34}" + "".join(f"{told(c.get(name, ())):>28}" for c in figures.values()))


def told(values: Sequence[float]) -> str:
    """Return mean, least and most."""
    if not values:
        return "-"
    return f"{statistics.mean(values):.3f} ({min(values):.3f} to {max(values):.3f})"


if __name__ == "__main__":
    main()
