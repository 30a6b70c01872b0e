"""Accuracy of the sketch engine's analysis of references whose truth is known.

    python -m bench.sketch_analysis [--songs 40] [--seed S] [--verbose]
    python -m bench.sketch_analysis FOLDER

Synthesises its own material (support/truth), listens to it as to any reference, prints one table
for the seed that the analysis was tuned on and one for a seed that was held out. Of a FOLDER of
real recordings it prints what is heard, and what is known where it is known
(support/truth/recordings.py).
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench import memory
from songbatch.engines.sketch.analysis import features
from songbatch.engines.sketch.analysis.names import pitch_class_name
from songbatch.model import Purpose
from support.truth import recordings, songs, voices
from support.truth.scores import FACTORS, Score, chords_at, score

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

ROOT = Path(__file__).parents[1]
TUNED, HELD_OUT = 1, 2
"""The seeds. Nothing was ever tuned on the second."""

PIECE = 40.0
"""Seconds of a recording that are heard by themselves, to see whether they say the same."""

LOWER_IS_BETTER = {"fine", "tuning"}
PERCENT = {"tempo", "exact", "downbeat", "metre", "key"}


def heard_songs(seed: int, count: int, *, verbose: bool) -> Iterator[tuple[songs.Truth, Score]]:
    """Yield the truth of each song and how near the analysis comes."""
    for name, rng in songs.songs(seed, count):
        sound, truth = songs.compose(name, rng)
        heard = features.extract(songs.wav(sound), Purpose.INSTRUMENTAL)
        result = score(truth, heard)
        if verbose:
            print(_line(truth, heard, result))
        yield truth, result


def _line(truth: songs.Truth, heard: features.Features, result: Score) -> str:
    rhythm, harmony = heard.rhythm, heard.harmony
    return (
        f"{truth.style:<7} {truth.bpm:6.1f} heard {rhythm.bpm:7.2f}  beats {result.beats:.2f}"
        f" downbeat {result.downbeat:.0f} metre {result.metre:.0f}"
        f"  key {truth.tonic:>2} {truth.mode[:3]} heard {harmony.tonic:>2} {harmony.mode[:3]}"
        f"  chords {result.chords:.2f}"
    )


def song_table(title: str, results: Sequence[tuple[songs.Truth, Score]]) -> None:
    """Print a row for each measure: over all songs in four, the worst, then by style."""
    four = [s for t, s in results if t.beats_per_bar == 4]
    styles = list(dict.fromkeys(t.style for t, _ in results))
    print(f"\n{title}: {len(four)} songs in four, {len(results) - len(four)} waltzes")
    print(f"{'':<11}{'mean':>7}{'median':>8}{'worst':>7} |" + "".join(f"{s:>7}" for s in styles))
    for field in fields(Score):
        name, scale = field.name, 100.0 if field.name in PERCENT | {"fine"} else 1.0
        values = [scale * getattr(s, name) for s in four]
        worst = max(values) if name in LOWER_IS_BETTER else min(values)
        digits = 0 if name in PERCENT else 3 if name == "fine" else 1 if name == "tuning" else 2
        row = [statistics.mean(values), statistics.median(values), worst]
        row += [statistics.mean(scale * getattr(s, name) for t, s in results if t.style == style)
                for style in styles]  # fmt: skip
        unit = " %" if scale > 1 else " c" if name == "tuning" else ""
        cells = [f"{v:7.{digits}f}" for v in row]
        print(f"{name + unit:<11}{cells[0]} {cells[1]}{cells[2]} |{''.join(cells[3:])}")


def cost(runs: int = 3) -> None:
    """Print CPU seconds for three minutes and peak memory for ten, in a process of its own."""
    sound, _ = songs.compose("pop", np.random.default_rng(5))
    audio = songs.wav(np.tile(sound, 3))
    for purpose in (Purpose.INSTRUMENTAL, Purpose.SONG):
        taken = []
        for _ in range(runs):
            start = time.process_time()
            features.extract(audio, purpose)
            taken.append(time.process_time() - start)
        spread = f"{min(taken):.2f} to {max(taken):.2f}"
        print(f"3 minutes as {purpose}: {statistics.median(taken):.2f} s CPU ({spread})")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.mp3"
        path.write_bytes(memory.long_stereo_mp3(sound))
        told = subprocess.check_output([sys.executable, "-m", "bench.memory", path], cwd=ROOT)
    print(f"10 minutes of stereo MP3 at 44.1 kHz, {told.decode().strip()}")


def real(folder: Path) -> None:
    """Print what is heard in a folder of recordings, and whether pieces of each say the same."""
    print(f"\n{folder}: at most {features.MAX_SECONDS:.0f} s of each, as songs")
    print(
        f"{'':<25}{'CPU s':>6}{'bpm':>8}{'known':>8} metre key        pieces: tempo   key  chords"
    )
    off, same = [], []
    for recording in recordings.find(folder, features.MAX_SECONDS):
        start = time.process_time()
        heard = features.extract(recording.wav(), Purpose.SONG)
        taken = time.process_time() - start
        agreed = _agreement(recording, heard)
        same.append(agreed)
        if recording.bpm is not None:
            off.append(abs(heard.rhythm.bpm / recording.bpm - 1))
        print(f"{recording.name[:24]:<25}{taken:6.2f}" + _told(recording, heard)
              + "".join(f"{share:8.0%}" for share in agreed))  # fmt: skip
    if off:
        print(f"tempo known of {len(off)}: off by {100 * max(off):.3f} % at most")
    tempo, key, chords = (statistics.mean(column) for column in zip(*same, strict=True))
    print(f"pieces of {PIECE:.0f} s against the whole: tempo {tempo:.0%} up to the octave, "
          f"key {key:.0%}, chords {chords:.0%} of the time")  # fmt: skip


def _told(recording: recordings.Recording, heard: features.Features) -> str:
    known = "" if recording.bpm is None else f"{recording.bpm:.2f}"
    key = f"{pitch_class_name(heard.harmony.tonic)} {heard.harmony.mode}"
    if recording.tonic is not None:
        key += f" ({pitch_class_name(recording.tonic)} {recording.mode})"
    metre = f"{heard.rhythm.beats_per_bar}/4"
    return f"{heard.rhythm.bpm:8.2f}{known:>8}   {metre} {key:<16}"


def _agreement(recording: recordings.Recording, whole: features.Features) -> tuple[float, ...]:
    """Return the shares of pieces with the whole's tempo and key, and of time with its chords."""
    shares = []
    for number in range(int(whole.seconds / PIECE)):
        begin = number * PIECE
        piece = features.extract(recording.wav(begin, begin + PIECE), Purpose.INSTRUMENTAL)
        ratio = piece.rhythm.bpm / whole.rhythm.bpm
        same_key = [getattr(piece.harmony, a) == getattr(whole.harmony, a)
                    for a in ("tonic", "mode")]  # fmt: skip
        places = np.arange(0.5, PIECE - 0.5, 0.1)
        there, here = chords_at(whole, begin + places), chords_at(piece, places)
        alike = [a == b for a, b in zip(there, here, strict=True)]
        tempo = min(abs(ratio / factor - 1) for factor in FACTORS) < 0.01
        shares.append((float(tempo), float(all(same_key)), statistics.mean(alike)))
    return tuple(statistics.mean(column) for column in zip(*shares, strict=True))


def main(arguments: Iterable[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.sketch_analysis")
    parser.add_argument("--songs", type=int, default=40)
    parser.add_argument("--seed", type=int, help="only this seed")
    parser.add_argument("folder", type=Path, nargs="?", help="only recordings of your own")
    parser.add_argument("--only", choices=["songs", "voices", "cost"])
    parser.add_argument("--verbose", action="store_true", help="a line for every song")
    asked = parser.parse_args(list(arguments))
    if asked.folder:
        real(asked.folder)
        return
    seeds = {TUNED: "tuned on", HELD_OUT: "held out"}
    if asked.seed is not None:
        seeds = {asked.seed: f"seed {asked.seed}"}
    for seed, title in seeds.items():
        if asked.only in {None, "songs"}:
            song_table(title, list(heard_songs(seed, asked.songs, verbose=asked.verbose)))
        if asked.only in {None, "voices"}:
            voices_table(title, seed, asked.songs // 4, verbose=asked.verbose)
    if asked.only in {None, "cost"}:
        cost()


def voices_table(title: str, seed: int, count: int, *, verbose: bool) -> None:
    """Print how near the voice of a mix is to the truth, and the voice alone."""
    results = list(voices.heard(seed, count))
    print(f"\n{title}: {count} voices, alone and with a band; median of errors (worst)")
    for situation in ("alone", "mixed"):
        rows = [getattr(result, situation) for result in results]
        cells = [f"{name} {statistics.median(r[name] for r in rows):.2f}"
                 f" ({max(r[name] for r in rows):.2f})" for name in rows[0]]  # fmt: skip
        print(f"{situation:<6} " + "  ".join(cells))
    if verbose:
        for result in results:
            print(result)


if __name__ == "__main__":
    main(sys.argv[1:])
