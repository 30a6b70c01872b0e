"""Makes the song project that is measured, and the same work as ninja would have it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import wave
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

REFERENCES = 20
REFERENCE_BYTES = 1_000_000
SHORT_BYTES = 12 * 2 * 22050
"""Of a reference of 12 s."""
LINES = (
    "Hello {{ name }}, the lights are low in {{ city }}\n"
    "the long road bends to where the rivers flow\n"
    "and every window holds a little sign of {{ wish }}\n"
    "we sing it slow so that the morning knows\n\n"
    "Stay {{ name }}, stay until the snow is gone\n"
    "and all the bells above the market ring"
)
"""About 300 characters with three variables; each song's words differ."""


def make(root: Path, songs: int, *, warned: bool = False) -> None:
    """Write a project of `songs` songs in one spec below `root`, which is emptied.

    `warned` makes a reference one of which every command warns.
    """
    shutil.rmtree(root, ignore_errors=True)
    (root / "specs").mkdir(parents=True)
    for number in range(REFERENCES):
        reference(root / "specs" / f"r{number}.wav", number)
    if warned:
        reference(root / "specs/r0.wav", 0, SHORT_BYTES)
    (root / "specs" / "names.yaml").write_text(spec(songs), "utf-8")


def make_sketched(root: Path, songs: int) -> None:
    """Write a project of a few songs for the sketch engine below `root`, which is emptied."""
    shutil.rmtree(root, ignore_errors=True)
    (root / "specs").mkdir(parents=True)
    reference(root / "specs" / "r0.wav", 0)
    text = "version: 1\nreferences:\n  r0: {file: r0.wav, purpose: song}\nsongs:\n"
    for number in range(songs):
        lyrics = f"The song of number {number}\\nand of nobody else,\\nsung to the end"
        text += f'  song-{number}: {{reference: r0, lyrics: "{lyrics}"}}\n'
    (root / "specs" / "few.yaml").write_text(text, "utf-8")


def spec(songs: int) -> str:
    """Return the text of the spec."""
    text = ["version: 1\nengine: music-01\nreferences:\n"]
    text += [f"  r{n}: {{file: r{n}.wav, purpose: song}}\n" for n in range(REFERENCES)]
    text.append("songs:\n")
    for number in range(songs):
        words = f"{LINES}, {number} times".split("\n")
        lyrics = "".join(f"      {line}\n" if line else "\n" for line in words)
        text.append(
            f"  song-{number:06d}:\n    reference: r{number % REFERENCES}\n"
            f"    vars: {{name: Ann{number}, city: Town {number % 97}, wish: wish{number % 89}}}\n"
            f"    lyrics: |\n{lyrics}"
        )
    return "".join(text)


def reference(path: Path, number: int, size: int = REFERENCE_BYTES) -> None:
    """Write a WAV of about `size` bytes, each with other bytes."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(22050)
        file.writeframes(bytes([number, 0]) * (size // 2))


@contextlib.contextmanager
def hosted(seconds: float, size: int) -> Iterator[dict[str, str]]:
    """Run the server; yields the environment in which songbatch finds it."""
    command = [sys.executable, "-m", "bench.scale.hosted"]
    process = subprocess.Popen(
        [*command, "--seconds", str(seconds), "--bytes", str(size)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        address = process.stdout.readline().strip()
        yield {**os.environ, "AIMLAPI_KEY": "bench", "AIMLAPI_BASE_URL": address}
    finally:
        process.stdin.close()
        process.wait()


def songbatch() -> str:
    """Return the installed command."""
    found = shutil.which("songbatch", path=str(Path(sys.executable).parent))
    if found is None:
        raise SystemExit("songbatch is not installed beside this Python: pip install -e .")
    return found


def make_ninja(root: Path, songs: int, size: int) -> None:
    """Write the same work for ninja, and have it done: one output a song from a reference."""
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    for number in range(REFERENCES):
        reference(root / f"r{number}.wav", number)
    text = [f"rule song\n  command = head -c {size} $in > $out; : $words\n"]
    for number in range(songs):
        text.append(f"build out/song-{number:06d}.mp3: song r{number % REFERENCES}.wav\n")
        text.append(f"  words = '{LINES[:40].partition(' {{')[0]} {number}'\n")
    (root / "build.ninja").write_text("".join(text), "utf-8")
    subprocess.run(["ninja", "--quiet"], cwd=root, check=True)
