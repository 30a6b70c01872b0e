"""Likeness of the singer to its reference, judged by a speaker encoder.

    python -m bench.sketch_likeness --judge PYTHON [--voices FOLDER] [--singer hibari]

Five voices, synthetic ones or the WAV files of a folder, each heard as a reference; with each,
three stanzas are sung without a band. The judge (bench/judges/README.md) turns references and songs
into vectors. Printed: cosines of songs (rows) and references (columns), how often the nearest
reference is the song's own, and the mean cosine with the own one against the others.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.sketch_songs import LYRICS, ROOT, samples, save
from songbatch.engines.base import Generation
from songbatch.engines.sketch.codec import decode
from songbatch.engines.sketch.engine import SketchEngine
from songbatch.engines.sketch.options import FORMANT, HIBARI, SINGER
from songbatch.files.tree import Tree
from songbatch.model import AudioFormat, AudioSetting, Purpose
from support.references import Sink
from support.truth.songs import compose, wav
from support.truth.voices import Singer, sing

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 16000
SETTING = AudioSetting(AudioFormat.WAV, RATE)
SINGERS = {
    "bass": Singer(41, 52, 930, 5.0, 0.25, -12, -28, 0),
    "baritone": Singer(45, 57, 985, 5.6, 0.4, -10, -20, 0),
    "tenor": Singer(49, 61, 1030, 6.0, 0.2, -9, -30, 0),
    "alto": Singer(54, 66, 1100, 4.8, 0.15, -13, -16, 0),
    "soprano": Singer(59, 72, 1180, 5.8, 0.5, -10, -24, 0),
}


def references(folder: Path | None) -> dict[str, bytes]:
    """Return WAV files by name: of the folder, or of SINGERS."""
    if folder:
        return {path.stem: path.read_bytes() for path in sorted(folder.glob("*.wav"))}
    found = {}
    for number, (name, singer) in enumerate(SINGERS.items()):
        rng = np.random.default_rng((7, number))
        _, truth = compose("ballad", rng, led=False)
        found[name] = wav(0.5 * sing(singer, truth, rng).sound)
    return found


def songs(engine: SketchEngine, reference: bytes, singer: str) -> list[NDArray[np.float32]]:
    """Return a stanza of each kind, frames × 2 at RATE, sung like the reference."""
    voice = engine.upload(reference, AudioFormat.WAV, Purpose.VOICE, "bench").voice_id
    found = []
    for stanzas in LYRICS.values():
        sink = Sink()
        options = {SINGER: singer}
        engine.generate(
            Generation(stanzas[0], voice, None, SETTING, 1, "bench", options=options), sink
        )
        found.append(samples(bytes(sink)))
    return found


def embedded(judge: str, names: list[Path]) -> NDArray[np.float64]:
    """Return a row of unit length for every file."""
    process = subprocess.run(
        [judge, str(ROOT / "bench/judges/speakers.py")],
        input="".join(f"{name}\n" for name in names),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return np.array([line.split() for line in process.stdout.splitlines()], float)


def tell(names: list[str], own: NDArray[np.intp], cosines: NDArray[np.float64]) -> None:
    """Print the table of `cosines` (songs × references) and what it says."""
    print("mean cosine of songs (rows) and references" + "".join(f"{n[:9]:>10}" for n in names))
    for number, name in enumerate(names):
        row = cosines[own == number].mean(axis=0)
        print(f"  {name[:38]:<40}" + "".join(f"{value:10.2f}" for value in row))
    mine = cosines[np.arange(len(own)), own]
    others = (cosines.sum(axis=1) - mine) / (len(names) - 1)
    print(f"nearest is its own: {np.mean(cosines.argmax(axis=1) == own):.0%} of {len(own)} songs")
    print(f"own {mine.mean():.2f}, others {others.mean():.2f}")


def main() -> None:
    """Sing, judge, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--judge", required=True, help="interpreter of the judges' environment")
    parser.add_argument("--voices", type=Path, help="folder of WAV files")
    parser.add_argument("--singer", choices=(FORMANT, HIBARI), default=FORMANT)
    asked = parser.parse_args()
    found = references(asked.voices)
    with tempfile.TemporaryDirectory() as scratch:
        engine, paths, own = SketchEngine(Tree(scratch)), [], []
        for number, (name, reference) in enumerate(found.items()):
            paths.append(Path(scratch) / f"{name}.wav")
            heard = decode(reference, RATE, 60.0)
            save(paths[-1], np.stack([heard, heard], axis=1), RATE)
            for index, song in enumerate(songs(engine, reference, asked.singer)):
                own.append((number, Path(scratch) / f"{name}-{index}.wav"))
                save(own[-1][1], song, RATE)
        rows = embedded(asked.judge, paths + [path for _, path in own])
    given, made = rows[: len(paths)], rows[len(paths) :]
    cosines = (made[:, None, :] * given).sum(axis=2)
    tell(list(found), np.array([number for number, _ in own]), cosines)


if __name__ == "__main__":
    main()
