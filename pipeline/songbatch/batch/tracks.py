"""Bytes of references: measured, listened to, and what to do about those that are not taken."""

from __future__ import annotations

import math
import posixpath
from typing import TYPE_CHECKING

from songbatch.audio.probe import examine
from songbatch.model import Purpose, Track, TrackRemark
from songbatch.shell import shell_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.audio.errors import AudioProblem
    from songbatch.audio.listening import Audible
    from songbatch.audio.probe import Examined
    from songbatch.model import AudioInfo

INCOMPLETE, SILENT, QUIET = "reference.incomplete", "reference.silent", "reference.quiet"
ONE_SIDED, CANCELS = "reference.one-sided", "reference.cancels"
NOISE, NO_VOICE = "reference.noise", "reference.no-voice"
WARNINGS = {
    INCOMPLETE: (
        "the reference is not complete",
        "listen to its end; if something is missing, export the file again",
    ),
    SILENT: (
        "the reference is silent",
        "use a recording of music: songs can follow nothing of this one",
    ),
    QUIET: (
        "the reference is very quiet",
        "raise its level, so that its loudest parts come near to 0 dBFS",
    ),
    CANCELS: (
        "the sides of the reference cancel each other",
        "invert one of its sides, or export one of them alone in mono",
    ),
    ONE_SIDED: (
        "one side of the reference is silent",
        "if that is not meant, export the recording in mono",
    ),
    NOISE: (
        "the reference is noise alone",
        "use a recording of music: songs can follow nothing of this one",
    ),
    NO_VOICE: (
        "no voice is heard in the reference",
        "name a recording of somebody who sings or speaks, or give this one another purpose",
    ),
}
"""Summary and fix by code."""
_SIDES = ("left", "right")
_OFFSET = 0.01
"""A share of full scale that is worth telling."""


def track_of(data: bytes, digest: str) -> Track:
    """Return what the bytes of a reference are. Raises AudioProblem for those of no use."""
    from songbatch.audio.listening import listen  # noqa: PLC0415  (loads the decoder)

    examined = examine(data)
    heard = listen(data, examined.info)
    remarks = (*_lacks(examined), *_silence(heard), *_emptiness(data, examined.info, heard))
    return Track(digest, len(data), examined.info, heard.begins, remarks)


def is_about(code: str, purpose: Purpose) -> bool:
    """Return whether a remark matters to a reference of this purpose."""
    return code != NO_VOICE or purpose is Purpose.VOICE


def fix_of(problem: AudioProblem, file: str | None) -> str:
    """Return what to do about bytes of no use, with the command where one can convert `file`."""
    if not problem.converter or file is None:
        return problem.fix
    stem = posixpath.splitext(file)[0]
    wav = f"{stem}.wav" if f"{stem}.wav" != file else f"{stem}-pcm.wav"
    command = problem.converter.format(file=shell_path(file), wav=shell_path(wav))
    return f"convert it, and name {wav} instead: {command}"


def _lacks(examined: Examined) -> Iterator[TrackRemark]:
    for lack in examined.lacks:
        yield TrackRemark(INCOMPLETE, lack.text)


def _silence(heard: Audible) -> Iterator[TrackRemark]:
    if heard.is_quiet:
        yield TrackRemark(QUIET, _told(heard))
    elif heard.is_silent:
        yield TrackRemark(SILENT, _told(heard))
    elif heard.cancels:
        yield TrackRemark(
            CANCELS, "holds next to nothing when it is mixed to mono, as for analysis"
        )
    elif len(heard.silent_channels) == 1 and heard.is_stereo:
        yield TrackRemark(ONE_SIDED, f"has nothing on its {_SIDES[heard.silent_channels[0]]} side")


def _emptiness(data: bytes, info: AudioInfo, heard: Audible) -> Iterator[TrackRemark]:
    if heard.is_silent:
        return
    from songbatch.audio.contents import contents  # noqa: PLC0415  (loads numpy)

    channels = (n for n in range(heard.channels) if n not in heard.silent_channels)
    found = contents(data, info, next(channels) if heard.cancels else None)
    if found.is_noise:
        yield TrackRemark(NOISE, "holds no pulse, no note and no voice")
    elif not found.may_have_voice:
        yield TrackRemark(NO_VOICE, "holds nothing that has a pitch as voices have it")


def _told(heard: Audible) -> str:
    if heard.sounding:
        return f"holds {heard.sounding:.1f} s of sound, and is silent otherwise"
    if abs(heard.offset) > _OFFSET:
        return f"holds a constant offset and nothing louder than {heard.level_dbfs} dBFS"
    if math.isinf(heard.level_dbfs):
        return "holds nothing but digital silence (-inf dBFS)"
    return f"holds nothing louder than {heard.level_dbfs} dBFS"
