"""Sound that ffmpeg decodes where it is installed: MP4 and M4A, AAC, WMA, Matroska, video.

What is in a file may be a stranger's: the demuxer is named by the file's first bytes, so that no
playlist is followed; nothing but that file is opened, no network and no shell; time, channels and
what comes out are bounded. The only place that decodes with ffmpeg.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from typing import TYPE_CHECKING, Any

import msgspec

from songbatch.audio.errors import AudioProblem
from songbatch.audio.wav import Layout, read_wav

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

_DEMUXERS = {
    "an MP4 or M4A file": "mov",
    "an AAC file": "aac",
    "a WMA or WMV file": "asf",
    "a Matroska or WebM file": "matroska",
    "a WavPack file": "wv",
    "a Monkey's Audio file": "ape",
    "an AMR file": "amr",
    "an Ogg file": "ogg",
    "an AIFF file": "aiff",
    "a Core Audio file": "caf",
    "a Sun audio file": "au",
    "a Wave64 file": "w64",
    "a FLAC file": "flac",
}
"""By what `name_by_magic` says; those of libsndfile are here for what it does not know inside."""
_AVI = b"AVI "
_LOSSLESS = {"alac", "ape", "flac", "tak", "tta", "truehd", "wavpack", "mlp"}
_ESTIMATED = {"aac"}
"""Heads of these say nothing of the length: it is counted."""
_MOST_COUNTED = 6 * 3600 + 1
_SECONDS = 180
"""Six hours of AAC take a third of it on a slow processor."""
_HEAD_SECONDS = 20
_MOST_FACTS = 64 * 2**10
_AT_ONCE = 1 << 16
_MOST_HEAD = 1 << 16
_INSTALL = {"darwin": "brew install ffmpeg", "win32": "winget install ffmpeg"}
_INSTALL_ELSEWHERE = "apt install ffmpeg"
_TOOLS = ("ffmpeg", "ffprobe")


def demuxer(head: bytes, name: str) -> str | None:
    """Return what ffmpeg calls the format of the first bytes, None for what is not asked of it."""
    if head[:4] == b"RIFF" and head[8:12] == _AVI:
        return "avi"
    return _DEMUXERS.get(name)


def opened(data: bytes, format_name: str, name: str) -> FfmpegSound:
    """Read the head of a file, called `name` in messages. Raises AudioProblem."""
    places = [shutil.which(tool) for tool in _TOOLS]
    if None in places:
        install = _INSTALL.get(sys.platform, _INSTALL_ELSEWHERE)
        raise AudioProblem(
            "unsupported",
            f"the file is {name}, which ffmpeg would read, and ffmpeg is not installed",
            fix=f"{install}, and it is taken as it is",
            installs=True,
        )
    decoder, prober = (str(place) for place in places)
    with _kept(data) as path:
        facts = _facts(prober, format_name, path, name)
    return FfmpegSound(data, decoder, format_name, name, facts)


class FfmpegSound:
    """The first sound of a file that ffmpeg can read, with 16 bits, or 24 where it has more."""

    def __init__(
        self, data: bytes, decoder: str, format_name: str, name: str, facts: _Facts
    ) -> None:
        self._data, self._ffmpeg, self._format, self._name = data, decoder, format_name, name
        self.kind = name.removeprefix("an ").removeprefix("a ").removesuffix(" file")
        stream = facts.streams[0]
        depth = int(stream.bits_per_raw_sample or stream.bits_per_sample or 0)
        is_exact = stream.codec_name in _LOSSLESS or stream.codec_name.startswith("pcm_")
        self._width = 3 if is_exact and depth > 16 else 2
        self.layout = Layout(
            1, stream.channels, int(stream.sample_rate), self._width * stream.channels
        )
        self._seconds = float(stream.duration or facts.format.duration or 0)
        self.frames = round(self._seconds * self.layout.rate)
        if format_name in _ESTIMATED:
            most = _MOST_COUNTED * self.layout.rate
            self.frames = sum(len(piece) for piece in self.pieces(0, most)) // self.layout.block

    @property
    def decoder(self) -> str:
        """The program and its version."""
        made = _ran([self._ffmpeg, "-version"], _HEAD_SECONDS)
        return " ".join(made.split(maxsplit=3)[:3]) if made else "ffmpeg"

    def pieces(self, first: int, end: int) -> Iterator[bytes | memoryview]:
        """Yield the frames from `first` on, and before `end`, as far as ffmpeg can decode them."""
        from songbatch.audio.cutting import within  # noqa: PLC0415  (loads no decoder by itself)

        block, rate = self.layout.block, self.layout.rate
        with _kept(self._data) as path:
            arguments = [
                self._ffmpeg, *_input(self._format, path),
                "-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1",
                "-t", f"{end / rate + 1:.3f}",
                "-ac", str(self.layout.channels), "-ar", str(rate),
                "-c:a", f"pcm_s{8 * self._width}le", "-flags", "+bitexact",
                "-f", "wav", "pipe:1",
            ]  # fmt: skip
            with _running(arguments) as out:
                yield from within(_samples(out), first * block, end * block)


class _SoundStream(msgspec.Struct, frozen=True):
    codec_name: str = ""
    sample_rate: str = "0"
    channels: int = 0
    bits_per_sample: int = 0
    bits_per_raw_sample: str = "0"
    duration: str = ""


class _Container(msgspec.Struct, frozen=True):
    duration: str = ""


class _Facts(msgspec.Struct, frozen=True):
    streams: tuple[_SoundStream, ...] = ()
    format: _Container = _Container()


def _facts(prober: str, format_name: str, path: str, name: str) -> _Facts:
    shown = "stream=codec_name,sample_rate,channels,bits_per_sample,bits_per_raw_sample,duration"
    text = _ran(
        [
            prober, "-hide_banner", "-loglevel", "error", "-protocol_whitelist", "file,pipe",
            "-f", format_name, "-select_streams", "a:0",
            "-show_entries", f"{shown}:format=duration", "-of", "json", "-i", f"file:{path}",
        ],
        _HEAD_SECONDS,
    )  # fmt: skip
    try:
        facts = msgspec.json.decode(text or b"", type=_Facts)
        damaged = not facts.streams and not facts.format.duration
    except msgspec.MsgspecError:
        damaged = True
    if damaged:
        raise AudioProblem("damaged", f"the file is {name}, and ffmpeg cannot read it")
    if not facts.streams:
        raise AudioProblem("no-audio", f"the file is {name} without sound")
    stream = facts.streams[0]
    is_known = stream.codec_name not in {"", "unknown"} and stream.channels > 0
    if not (is_known and stream.sample_rate.isdecimal() and int(stream.sample_rate)):
        raise AudioProblem("damaged", f"the file is {name} whose sound ffmpeg does not know")
    return facts


def _input(format_name: str, path: str) -> list[str]:
    return [
        "-nostdin", "-hide_banner", "-loglevel", "error", "-protocol_whitelist", "file,pipe",
        "-f", format_name, "-i", f"file:{path}",
    ]  # fmt: skip


@contextlib.contextmanager
def _kept(data: bytes) -> Iterator[str]:
    """Have bytes in a file of our own while ffmpeg reads them: MP4 has its head at its end."""
    with tempfile.TemporaryDirectory(prefix="songbatch-") as folder:
        path = os.path.join(folder, "recording")
        with open(path, "xb") as file:
            file.write(data)
        yield path


def _environment() -> dict[str, str]:
    kept = ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    return {name: os.environ[name] for name in kept if name in os.environ}


def _ran(arguments: list[str], seconds: float) -> str:
    """Return what a program prints, in bounds of size and time; "" if it fails."""
    with _running(arguments, seconds) as out:
        return out.read(_MOST_FACTS).decode(errors="replace")


@contextlib.contextmanager
def _running(arguments: list[str], seconds: float = _SECONDS) -> Iterator[IO[bytes]]:
    """Run a program while its output is read; end it when nobody reads on, or time is up."""
    options: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(  # noqa: S603  (no shell, and our own arguments)
        arguments, stdout=subprocess.PIPE, env=_environment(), **options
    )
    output = process.stdout
    if output is None:
        raise OSError("no output to read")
    timer = threading.Timer(seconds, process.kill)
    timer.daemon = True
    timer.start()
    try:
        yield output
    finally:
        timer.cancel()
        process.kill()
        output.close()
        process.wait()


def _samples(out: IO[bytes]) -> Iterator[bytes]:
    """Yield the samples of the WAV that ffmpeg writes, whose sizes it cannot know yet."""
    head = out.read(_MOST_HEAD)
    try:
        start = read_wav(head).start
    except AudioProblem:
        return
    yield head[start:]
    while piece := out.read(_AT_ONCE):
        yield piece
