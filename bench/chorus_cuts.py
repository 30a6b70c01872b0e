"""Figures of proposed cuts: songs of known form, whose bars and choruses are known.

    python -m bench.chorus_cuts [--songs N] [--verbose]

Each song has its own tempo, key, chords and form, played by synthetic drums, bass, chords and a
tune. Verses share a progression, choruses another one with more instruments; half of the songs have
choruses that are no louder than the rest.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import numpy as np

from songbatch.engines.sketch.analysis.chorus import CutLength, proposed
from support.formed_songs import formed_song

if TYPE_CHECKING:
    from support.formed_songs import FormedSong

WANTED = CutLength(15.0, 60.0, 30.0)
ON_LINE = 0.05
"""Seconds from the true bar line."""


def main() -> None:
    """Print how many proposals begin on a bar line, at a chorus, and lie in it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--songs", type=int, default=40)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    songs = [formed_song(seed) for seed in range(options.songs)]
    rows = [_figures(song, verbose=options.verbose) for song in songs]
    names = (
        "on a bar line",
        "at the beginning of a chorus",
        "in choruses alone",
        "share in choruses",
    )
    for name, column in zip(names, zip(*rows, strict=True), strict=True):
        print(f"{name:<30}{np.mean(column):6.1%}")


def _figures(song: FormedSong, *, verbose: bool) -> tuple[float, float, float, float]:
    found = proposed(song.sound, WANTED)
    if found is None:
        return (0.0, 0.0, 0.0, 0.0)
    off = float(np.abs(np.array(song.bars) - found.start).min())
    starts = [start for start, _ in song.choruses]
    begins = min(abs(start - found.start) for start in starts)
    inside = sum(
        max(0.0, min(end, found.end) - max(start, found.start)) for start, end in song.choruses
    )
    share = inside / (found.end - found.start)
    if verbose:
        form = " ".join(f"{name}{bars}" for name, bars in song.form)
        print(
            f"{song.bpm:5.1f} bpm {form:<40} {found.start:6.2f} to {found.end:6.2f} s, "
            f"off {1000 * off:5.0f} ms, in choruses {share:.0%}"
        )
    return (float(off <= ON_LINE), float(begins <= ON_LINE), float(share >= 0.97), share)


if __name__ == "__main__":
    main()
