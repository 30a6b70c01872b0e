"""Cost of the sketch engine: CPU per second of audio, analysis, memory, import.

    python bench/sketch.py [RUNS]

Prints medians with the least and the most of RUNS (default 5) runs. Every figure is CPU time of one
process, so other work on the machine matters little; ratios to real time, not absolute times.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from songbatch.audio.delivery import inspect
from songbatch.engines.base import Generation
from songbatch.engines.sketch.analysis import features
from songbatch.engines.sketch.engine import SketchEngine
from songbatch.files.tree import Tree
from songbatch.model import AudioFormat, AudioSetting, Purpose

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
LYRICS = (
    "##Light the lanterns, pull a chair,\nthere is room for everyone here.\n\n"
    "Old friends, new friends, all of us home,\nnobody walks in the dark alone.##"
)
_SKETCH = "songbatch.engines.sketch"
IMPORTS = {
    "import": f"{_SKETCH}.engine",
    "import of all rooms": f"{_SKETCH}.engine, {_SKETCH}.codec, {_SKETCH}.band.accompaniment, "
    f"{_SKETCH}.mix, {_SKETCH}.analysis.features, {_SKETCH}.compose.score, {_SKETCH}.voice.singer, "
    f"{_SKETCH}.phonetics.lyrics",
    "numpy alone": "numpy",
}


class Sink(bytearray):
    """Takes the song."""

    def write(self, data: bytes, /) -> None:
        """Take the next piece."""
        self.extend(data)


def timed(work: Callable[[], object], runs: int) -> tuple[float, float, float]:
    """Return least, median and most CPU seconds of `work`, after one run that does not count."""
    work()
    taken = []
    for _ in range(runs):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken), statistics.median(taken), max(taken)


def import_seconds(runs: int, rooms: str) -> tuple[float, float, float]:
    """Return CPU seconds of importing rooms in a new interpreter, over the bare one."""
    code = f"import time;t=time.process_time();import {rooms};"
    code += "print(time.process_time()-t)"
    taken = [
        float(subprocess.check_output([sys.executable, "-c", code], cwd=ROOT)) for _ in range(runs)
    ]
    return min(taken), statistics.median(taken), max(taken)


def main(runs: int) -> None:
    """Measure and print."""
    band = (ROOT / "specs/references/night-drive.mp3").read_bytes()
    voice = (ROOT / "specs/references/warm-alto.mp3").read_bytes()
    engine = SketchEngine(Tree(tempfile.mkdtemp()))
    sung = engine.upload(voice, AudioFormat.MP3, Purpose.VOICE, "bench").voice_id
    played = engine.upload(band, AudioFormat.MP3, Purpose.INSTRUMENTAL, "bench").instrumental_id

    def song(voice_id: str | None, instrumental_id: str | None, audio: AudioSetting) -> bytes:
        sink = Sink()
        engine.generate(Generation(LYRICS, voice_id, instrumental_id, audio, 1, "bench"), sink)
        return bytes(sink)

    wav, mp3 = AudioSetting(AudioFormat.WAV), AudioSetting()
    rows = [
        ("song, MP3 256 kbit/s", sung, played, mp3),
        ("song, without encoding", sung, played, wav),
        ("voice alone, WAV", sung, None, wav),
        ("band alone, WAV", None, played, wav),
    ]
    print("CPU seconds per second of audio: least, median, most")
    for name, voice_id, instrumental_id, audio in rows:
        seconds = inspect(song(voice_id, instrumental_id, audio), audio).info.seconds
        costs = timed(partial(song, voice_id, instrumental_id, audio), runs)
        print(f"  {name:<26}" + "".join(f"{cost / seconds:8.3f}" for cost in costs))
    print("CPU seconds: least, median, most")
    analysis = timed(lambda: features.extract(band * 10, Purpose.SONG), runs)
    print("  analysis of 177 s, song   " + "".join(f"{cost:8.3f}" for cost in analysis))
    for name, rooms in IMPORTS.items():
        print(f"  {name:<26}" + "".join(f"{cost:8.3f}" for cost in import_seconds(runs, rooms)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"Peak memory of all this in one process: {peak:.0f} MiB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
