"""Recordings of every kind, and the WAV or MP3 that is made of them.

What the own reader takes stays as it is, byte for byte. FLAC, Ogg, AIFF and other sound is decoded
by libsndfile, what is in MP4 and the like by ffmpeg where it is installed. Heads are read to say
how long a recording is; it is decoded only for the part that is wanted, and never beyond
`MOST_BYTES`. Equal bytes give equal bytes by one version of a decoder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.audio.envelope import frames_start
from songbatch.audio.errors import AudioProblem
from songbatch.audio.foreign import name_by_magic
from songbatch.audio.probe import examine
from songbatch.audio.riff import wave_start
from songbatch.formatting import duration, moment
from songbatch.model import AudioFormat, AudioInfo

if TYPE_CHECKING:
    from songbatch.audio.cutting import SoundSource
    from songbatch.audio.lacks import Lack
    from songbatch.model import RecordingCut

CONVERSION_VERSION = 1
"""Goes up whenever equal recordings give other bytes."""
MOST_SECONDS = 6 * 3600.0
"""What lasts longer is no reference, whatever is cut out of it."""
MOST_BYTES = 256 * 2**20
"""Of the WAV that is made: as large as a file of a project may be."""
MOST_CHANNELS = 8
"""Of what is converted; a WAV that is taken as it is may have more."""


class SourceRecording(msgspec.Struct, frozen=True):
    """A recording by its head: `info` is of the whole.

    `sound` decodes it; None for WAV and MP3 that are taken as they are, and lack what `lacks` says.
    """

    info: AudioInfo
    sound: SoundSource | None = None
    lacks: tuple[Lack, ...] = ()

    @property
    def kind(self) -> str:
        """Its format, as people call it."""
        return self.info.format.value.upper() if self.sound is None else self.sound.kind

    def is_converted(self, cut: RecordingCut | None) -> bool:
        """Return whether other bytes than its own are uploaded."""
        return self.sound is not None or cut is not None


def recognise(data: bytes) -> SourceRecording:
    """Read the head of a recording. Raises AudioProblem."""
    try:
        examined = examine(data)
    except AudioProblem as problem:
        if problem.code not in {"not-audio", "unsupported", "damaged"}:
            raise
        return _foreign(data, problem)
    return _bounded(SourceRecording(examined.info, lacks=examined.lacks))


def _foreign(data: bytes, problem: AudioProblem) -> SourceRecording:
    from songbatch.audio import ffmpeg, library  # noqa: PLC0415  (few references need them)

    start = frames_start(data)
    head = data[start : start + 64]
    is_wave = wave_start(data) is not None
    sound: SoundSource | None = None
    if is_wave or library.may_read(head):
        sound = library.opened(data)
    if sound is None:
        name = "a WAV file" if is_wave else name_by_magic(head)
        demuxer = "wav" if is_wave else ffmpeg.demuxer(head, name)
        if demuxer is None or (is_wave and problem.code != "unsupported"):
            raise problem
        try:
            sound = ffmpeg.opened(data, demuxer, name)
        except AudioProblem as other:
            raise (problem if is_wave else other) from other
    rate, channels, block = sound.layout.rate, sound.layout.channels, sound.layout.block
    if sound.frames <= 0:
        raise AudioProblem("no-audio", f"the {sound.kind} file holds no samples")
    if channels > MOST_CHANNELS:
        raise AudioProblem(
            "unsupported",
            f"the {sound.kind} file has {channels} channels; at most {MOST_CHANNELS} are taken",
            converter="ffmpeg -i {file} -ac 2 -c:a pcm_s16le {wav}",
        )
    info = AudioInfo(AudioFormat.WAV, sound.frames / rate, rate, channels, rate * block * 8)
    return _bounded(SourceRecording(info, sound))


def _bounded(recording: SourceRecording) -> SourceRecording:
    if recording.info.seconds > MOST_SECONDS:
        raise AudioProblem(
            "too-long",
            f"the {recording.kind} file lasts {duration(recording.info.seconds)}; at most "
            f"{duration(MOST_SECONDS)} are taken",
            converter="ffmpeg -i {file} -t 600 -c:a pcm_s16le {wav}",
        )
    return recording


def excerpt(
    data: bytes, recording: SourceRecording, cut: RecordingCut | None, most: float | None = None
) -> bytes:
    """Return the WAV or MP3 that stands for a recording, or for a cut of it.

    `most` seconds of it at most, if a WAV is made. Raises AudioProblem; `cut` for a cut that is
    not inside the recording, `truncated` if much of the wanted part is missing.
    """
    if recording.sound is None and cut is None:
        return data
    from songbatch.audio.cutting import OwnSound, as_wav  # noqa: PLC0415  (loads the decoder)

    sound = recording.sound or OwnSound(data, recording.info)
    rate = sound.layout.rate
    first, end = 0, sound.frames
    if cut is not None:
        demand_inside(cut, recording.info.seconds)
        first = min(frame_at(cut.from_ms, rate), sound.frames)
        end = sound.frames if cut.to_ms is None else min(frame_at(cut.to_ms, rate), sound.frames)
    if most is not None:
        end = min(end, first + round(most * rate))
    if (end - first) * sound.layout.block > MOST_BYTES:
        raise AudioProblem(
            "too-long",
            f"as WAV, {duration((end - first) / rate)} of it have more than "
            f"{MOST_BYTES // 2**20} MiB",
            fix="name the part that counts: from: 0:30, to: 1:30",
        )
    return as_wav(sound, first, end)


def taken(data: bytes, cut: RecordingCut | None = None) -> bytes:
    """Return the WAV or MP3 that stands for a recording or a cut of it. Raises AudioProblem."""
    return excerpt(data, recognise(data), cut)


def frame_at(milliseconds: int, rate: int) -> int:
    """Return the number of the frame that is nearest to a time."""
    return (milliseconds * rate + 500) // 1000


def demand_inside(cut: RecordingCut, seconds: float) -> None:
    """Raise AudioProblem (`cut`) unless a cut lies in a recording that lasts so long."""
    lasts = round(seconds * 1000)
    if cut.from_ms >= lasts:
        raise AudioProblem(
            "cut",
            f"from {moment(cut.from_ms)} is behind its end: it lasts {moment(lasts)}",
            fix=f"write a from before {moment(lasts)}",
        )
    if cut.to_ms is not None and cut.to_ms > lasts:
        raise AudioProblem(
            "cut",
            f"to {moment(cut.to_ms)} is behind its end: it lasts {moment(lasts)}",
            fix=f'write to: "{moment(lasts)}", or leave it out: the cut goes to the end then',
        )
