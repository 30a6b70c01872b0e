"""Bytes of references: measured, listened to, and what to do about those that are not taken."""

from __future__ import annotations

import math
import posixpath
from typing import TYPE_CHECKING

from msgspec.structs import replace

from songbatch.audio.probe import probe
from songbatch.audio.recordings import excerpt, recognise
from songbatch.model import Purpose, Track, TrackRemark
from songbatch.shell import shell_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.audio.errors import AudioProblem
    from songbatch.audio.listening import Audible
    from songbatch.audio.recordings import SourceRecording
    from songbatch.model import AudioInfo, RecordingCut

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
_LISTENED_SECONDS = 600.0
"""Of what has to be decoded beforehand; no engine takes longer references."""


def track_of(data: bytes, digest: str, cut: RecordingCut | None = None) -> Track:
    """Return what the bytes of a reference are, or what a cut of them is.

    Raises AudioProblem for those of no use, `cut` for a cut that is not inside.
    """
    from songbatch.audio.listening import listen  # noqa: PLC0415  (loads the decoder)

    recording = recognise(data)
    heard_bytes, info = data, recording.info
    if recording.is_converted(cut):
        heard_bytes = excerpt(data, recording, cut, _LISTENED_SECONDS)
        info = probe(heard_bytes)
    heard = listen(heard_bytes, info)
    remarks = (*_lacks(recording), *_silence(heard), *_emptiness(heard_bytes, info, heard))
    return Track(
        digest,
        len(data),
        recording.info if cut is None else replace(info, seconds=_length(recording, cut)),
        heard.begins,
        remarks,
        cut,
        recording.info.seconds if cut is not None else None,
        recording.kind if recording.is_converted(cut) else "",
    )


def _length(recording: SourceRecording, cut: RecordingCut) -> float:
    """Return the seconds of a cut."""
    whole = recording.info.seconds
    end = whole if cut.to_ms is None else min(whole, cut.to_ms / 1000)
    return end - cut.from_ms / 1000


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
    first = f"{problem.fix}; or " if problem.installs else ""
    return f"{first}convert it, and name {wav} instead: {command}"


def _lacks(recording: SourceRecording) -> Iterator[TrackRemark]:
    for lack in recording.lacks:
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
