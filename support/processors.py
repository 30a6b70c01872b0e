"""Digests of what the sketch engine makes, to be compared between processors.

    python -m support.processors REFERENCE.npy [whole]

prints them as JSON; `whole` for longer songs, too. The reference is given as samples, so that no
decoder is needed: there is none ready-made for every processor.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

try:
    import miniaudio  # noqa: F401
except ImportError:
    sys.modules["miniaudio"] = ModuleType("miniaudio")

from songbatch.audio.encode import encode
from songbatch.engines.base import Generation
from songbatch.engines.sketch import codec
from songbatch.engines.sketch.analysis import features
from songbatch.engines.sketch.band.instruments import RATE
from songbatch.engines.sketch.dsp import resample
from songbatch.engines.sketch.song import SketchSong
from songbatch.extras import VOICE
from songbatch.model import AudioFormat, AudioSetting, Purpose

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "specs" / "references" / "campfire.mp3"
LYRICS = "##Light the lanterns, pull a chair,\nthere is room for everyone here.##"
SECTIONS = """\
[Verse]
The 2nd train has left the town,
nobody knows where it goes.
[Chorus]
Light the lanterns, pull a chair,
there is room for everyone here.
[Verse]
Snow has put the signals down,
nobody hears how it blows.
[Chorus]
Light the lanterns, pull a chair,
there is room for everyone here.
[Bridge]
One more night.
[Outro]
"""
WHOLE = "whole"
WORDS = "Light the lanterns, Zaphod, pull a chair"
OF_NETWORK = "network samples"
"""The stage that needs the extra `voice`."""

_NUMPY = "NPY_DISABLE_CPU_FEATURES"
# The names that numpy has had for the same vectors; those that it does not know it ignores.
_AVX512 = "X86_V4 AVX512_ICL AVX512_SPR AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL"
_AVX2 = "X86_V3 AVX2 FMA3 AVX F16C"
_LIBC = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA"}
PROCESSORS: dict[str, dict[str, str]] = {
    "as it is": {},
    "without AVX-512": {_NUMPY: _AVX512},
    "without AVX2": {_NUMPY: f"{_AVX512} {_AVX2}"},
    "a C library without FMA": _LIBC,
    "of 2008": {_NUMPY: f"{_AVX512} {_AVX2}", "OPENBLAS_CORETYPE": "Nehalem"} | _LIBC,
}
"""Environments in which less of this machine's processor is used, by name."""


def digests(reference: NDArray[np.float32]) -> dict[str, str]:
    """Return digests of a song's stages, by name; `reference` is mono at the analysis's rate."""
    heard = features.analyze_samples(reference, Purpose.SONG).features
    pcm = AudioSetting(AudioFormat.PCM, RATE)
    song = SketchSong(Generation(LYRICS, "voice", "band", pcm, 1, "here"), heard, heard)
    notes = [(note.start, note.end, note.pitch) for note in song.score.notes]
    audio = song.audio()
    # Once is too short to be rearranged.
    twice = np.tile(reference, 2)
    band = features.analyze_samples(twice, Purpose.INSTRUMENTAL).features
    asked = Generation(LYRICS, None, "band", pcm, 1, "here", options={"band": "reuse"})
    rearranged = SketchSong(asked, None, band, lambda: _recording(twice))
    mp3 = AudioSetting(AudioFormat.MP3, RATE, 256000)
    made = {
        "features": features.dump(heard).encode(),
        "score": repr(notes).encode(),
        "samples": codec.samples_of(audio, RATE, pcm),
        "rearranged": repr(rearranged.score.reused).encode(),
        "rearranged samples": codec.samples_of(rearranged.audio(), RATE, pcm),
        "mp3": encode([codec.samples_of(audio, RATE, mp3)], mp3),
    }
    if VOICE.folder() is not None:
        network = Generation(WORDS, "voice", None, pcm, 1, "here", options={"singer": "hibari"})
        sung = SketchSong(network, heard, None).audio()
        made[OF_NETWORK] = codec.samples_of(sung, RATE, pcm)
    return {name: hashlib.sha256(data).hexdigest() for name, data in made.items()}


def whole_digests(reference: NDArray[np.float32]) -> dict[str, str]:
    """Return digests of songs with sections, takes 1 and 2, over the band rearranged and played."""
    twice = np.tile(reference, 2)
    sung = features.analyze_samples(reference, Purpose.SONG).features
    band = features.analyze_samples(twice, Purpose.INSTRUMENTAL).features
    pcm = AudioSetting(AudioFormat.PCM, RATE)
    made = {}
    for how, take in (("reuse", 1), ("play", 1), ("reuse", 2)):
        asked = Generation(SECTIONS, "voice", "band", pcm, take, "here", options={"band": how})
        song = SketchSong(asked, sung, band, lambda: _recording(twice))
        samples = codec.samples_of(song.audio(), RATE, pcm)
        made[f"sections, {how}, take {take}"] = repr((song.score.notes, song.score.parts)).encode()
        made[f"sections, {how}, take {take}, {len(samples) // 4:,} samples"] = samples
    return {name: hashlib.sha256(data).hexdigest() for name, data in made.items()}


def _recording(reference: NDArray[np.float32]) -> NDArray[np.int16]:
    """Return the reference in stereo and 16 bits, the right ear a little later."""
    left = resample(reference, features.RATE, RATE) * np.float32(32767)
    both = np.stack([left, np.roll(left, 40)], axis=1)
    return np.asarray(np.rint(np.clip(both, -32767, 32767)), np.int16)


def digests_of(
    command: list[str], reference: Path, environment: dict[str, str], *, is_whole: bool = False
) -> dict[str, str]:
    """Return what the Python that `command` runs makes of a saved reference, as `digests` does."""
    ran = subprocess.run(
        [*command, "-m", "support.processors", str(reference), *([WHOLE] if is_whole else [])],
        cwd=ROOT,
        env=os.environ | environment,
        check=True,
        capture_output=True,
    )
    made: dict[str, str] = json.loads(ran.stdout)
    return made


def save_reference(path: Path) -> None:
    """Write the reference's samples."""
    np.save(path, codec.decode(REFERENCE.read_bytes(), features.RATE, features.MAX_SECONDS))


if __name__ == "__main__":
    heard = np.load(sys.argv[1])
    print(json.dumps(digests(heard) | (whole_digests(heard) if WHOLE in sys.argv else {})))
