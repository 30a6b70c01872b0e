"""A video of an album or a song: its cover or its waveform, with sound and chapters, by ffmpeg.

Source: YouTube's recommended upload encoding settings. It has no edit list, so the sound begins
with the 21 ms that its encoder needs. The same ffmpeg makes the same bytes.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import msgspec

from songbatch.diagnostics import SongbatchError, UsageError
from songbatch.files.named import reason_of

if TYPE_CHECKING:
    from collections.abc import Callable

INSTALL = (
    "install ffmpeg, and run the same command again: sudo apt install ffmpeg, "
    "brew install ffmpeg or winget install ffmpeg"
)
_SIZE = "1920:1080"
_FRAMES_A_SECOND = 5
"""The picture does not move: more would only be larger."""
_KEY_FRAME_EVERY = 10
_LEAST_SECONDS, _TIMES_REAL_TIME = 120.0, 4.0
"""How long it may take: on an old machine it is slower than the music."""
_FITTED = (
    f"scale={_SIZE}:force_original_aspect_ratio=decrease,pad={_SIZE}:(ow-iw)/2:(oh-ih)/2,"
    "setsar=1,format=yuv420p"
)
_WAVES = (
    "[0:a]aformat=channel_layouts=mono,"
    "showwavespic=s=1920x1080:colors=white:scale=sqrt,"
    f"loop=loop=-1:size=1,fps={_FRAMES_A_SECOND},setpts=N/({_FRAMES_A_SECOND}*TB),"
    "setsar=1,format=yuv420p[v]"
)
_VIDEO = (
    "-c:v", "libx264", "-preset", "veryfast", "-tune", "stillimage", "-crf", "18",
    "-profile:v", "high", "-bf", "0", "-g", str(_KEY_FRAME_EVERY), "-threads", "1",
    "-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709",
)  # fmt: skip
_AUDIO = ("-c:a", "aac", "-b:a", "384k", "-ar", "48000", "-ac", "2")
_FILE = (
    "-movflags", "+faststart", "-use_editlist", "0",
    "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact", "-f", "mp4",
)  # fmt: skip


class VideoFailed(SongbatchError):
    """ffmpeg made no video; the message has the last of what it said."""


class VideoJob(msgspec.Struct, frozen=True, kw_only=True):
    """A video to make: absolute paths of its parts, and how long the sound lasts.

    `chapters` is a file as `songbatch.handover.chapters.ffmetadata` writes it. Without a `cover`,
    the waveform is shown.
    """

    audio: str
    chapters: str
    to: str
    seconds: float
    cover: str | None = None


def video_command(ffmpeg: str, job: VideoJob) -> list[str]:
    """Return the arguments that make a video: no shell, and no name that could be an option."""
    sources = ["-i", _file(job.audio), "-f", "ffmetadata", "-i", _file(job.chapters)]
    if job.cover is None:
        picture = ["-filter_complex", _WAVES, "-map", "[v]"]
    else:
        # A percent sign in its name is no pattern.
        still = ["-f", "image2", "-pattern_type", "none", "-loop", "1"]
        sources += [*still, "-framerate", str(_FRAMES_A_SECOND), "-i", _file(job.cover)]
        picture = ["-map", "2:v", "-vf", _FITTED]
    quiet = ["-nostdin", "-hide_banner", "-v", "error", "-y"]
    tags = ["-map", "0:a", "-map_metadata", "1", "-map_chapters", "1", "-t", f"{job.seconds:.3f}"]
    return [ffmpeg, *quiet, *sources, *picture, *tags, *_VIDEO, *_AUDIO, *_FILE, _file(job.to)]


def make_video(job: VideoJob, which: Callable[[str], str | None]) -> None:
    """Make a video; `which` finds programs. Raises UsageError without ffmpeg, and VideoFailed."""
    ffmpeg = which("ffmpeg")
    if ffmpeg is None:
        raise UsageError("ffmpeg is not installed, and the video is made by it", fix=INSTALL)
    limit = _LEAST_SECONDS + _TIMES_REAL_TIME * job.seconds
    try:
        done = subprocess.run(  # noqa: S603  (a list, no shell)
            video_command(ffmpeg, job),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=limit,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise VideoFailed(
            f"ffmpeg was not done after {limit:.0f} s", fix="run it again on a machine at rest"
        ) from error
    except OSError as error:
        raise VideoFailed(f"ffmpeg cannot be run: {reason_of(error)}", fix=INSTALL) from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = said[-1] if said else f"it ended with {done.returncode}"
        raise VideoFailed(
            f"ffmpeg made no video: {reason}",
            fix="it must have libx264 and aac: `ffmpeg -encoders` lists them",
        )


def _file(path: str) -> str:
    return f"file:{path}"
