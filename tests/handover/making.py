"""An album with everything in it, and small audio of every kind."""

from __future__ import annotations

import functools
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from songbatch.album import Album, AlbumCover, AlbumTrack, CreditedReference
from songbatch.model import Rights
from tests.audio.making import riff, tone
from tests.audio.pictures import png

WORDS = "The harbour sleeps\nunder the rain.\n\nÜber die Brücke 🌉 שלום\n"
FIRST = AlbumTrack(
    number=1,
    id="harbour/harbour/1",
    key="ab" * 32,
    title='Harbour "Light" ✨',
    artist="The Specs",
    seconds=2.0,
    start_seconds=0.0,
    loudness_lufs=-14.2,
    true_peak_dbtp=-1.05,
    engine="sketch",
    model="",
    isrc="QZ-K6P-25-00001",
    lang="de",
    lyrics=WORDS,
    lines=((0.5, "The harbour sleeps"), (1.25, "under the rain.")),
    words=(
        (0.5, "The"), (0.7, "harbour"), (0.9, "sleeps"),
        (1.25, "under"), (1.4, "the"), (1.6, "rain."),
    ),
    references=(
        CreditedReference(
            name="campfire", purpose="song", source="references/campfire.mp3", sha256="cd" * 32,
            rights=Rights(holder="Ann Ot", licence="CC BY 4.0", consent="by letter", note=None),
        ),
    ),
)  # fmt: skip
SECOND = AlbumTrack(
    number=2, id="harbour/rain/1", key="ef" * 32, title="Rain", artist="The Specs",
    seconds=3.5, start_seconds=4.0, loudness_lufs=-13.0, true_peak_dbtp=-1.5,
    engine="fal/music-3", model="fal-ai/music-3", tags={"genre": "Ambient"},
)  # fmt: skip
ALBUM = Album(
    name="harbour",
    title="Harbour",
    artist="The Specs",
    tracks=(FIRST, SECOND),
    tags={"year": "2026", "genre": "Folk", "composer": "Ann Ot", "comment": "For Zoë\nand all"},
    catalogue_number="SB-001",
    upc="0 36000 29145 2",
    label="Quay Records",
    copyright="℗ © 2026 Quay Records",
    cover=AlbumCover(png(300, 300), "image/png", 300, 300),
    gain_db=-4.1,
    peak_dbtp=-1.05,
)


def needs(*programs: str) -> pytest.MarkDecorator:
    missing = [name for name in programs if shutil.which(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")


@functools.cache
def wav_16() -> bytes:
    samples = tone(44100, 2.0).repeat(2).tobytes()
    layout = b"\x01\0\x02\0\x44\xac\0\0\x10\xb1\x02\0\x04\0\x10\0"
    return riff((b"fmt ", layout), (b"data", samples))


@functools.cache
def audio(kind: str, *options: str) -> bytes:
    """Return two seconds of that kind, as other programs write it."""
    if kind == "wav":
        return wav_16()
    with TemporaryDirectory() as folder:
        source, made = Path(folder) / "in.wav", Path(folder) / f"out.{kind}"
        source.write_bytes(wav_16())
        # -y: an empty title makes it write a tag of its own, which must go
        command = ["ffmpeg", "-v", "error", "-i", str(source), "-metadata", "title=old", *options]
        subprocess.run([*command, str(made)], check=True, timeout=60)
        return made.read_bytes()


def decoded(data: bytes, kind: str, folder: Path) -> str:
    """Return the digest of the samples as ffmpeg decodes them."""
    path = folder / f"decoded.{kind}"
    path.write_bytes(data)
    command = ["ffmpeg", "-v", "error", "-xerror", "-i", str(path), "-map", "0:a", "-f", "md5", "-"]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
