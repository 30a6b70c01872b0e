"""MP3 probing by walking every frame header: VBR and missing headers cannot mislead.

Holes: decoders skip bytes that are no frame and go on behind them, so a little rubbish between
frames is only not counted. More than 1 % of it means that music is missing: damaged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.audio.envelope import frames_end, frames_start, id3v2_size
from songbatch.audio.errors import MPG123, AudioProblem
from songbatch.audio.lacks import Lack, is_tolerable, tolerated
from songbatch.audio.mpeg import LAYER3_START, MpegFrame, parse
from songbatch.audio.xing import NO_PROMISE, Promise, read_promise
from songbatch.model import AudioFormat, AudioInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

_JUNK_BEFORE_MUSIC = 256 * 1024
_BELIEVABLE_RUN = 3
_VBR_SLACK = 0.99


class _Music(msgspec.Struct, frozen=True):
    """Result of a walk: whole frames, their samples (per channel) and bytes; is the last cut?"""

    frames: int
    samples: int
    bytes: int
    is_cut: bool


class _Stream(msgspec.Struct, frozen=True):
    """The frames of a file: the first one, where it begins, what it promises, and the music.

    `promise` is None if the first frame is music.
    """

    frame: MpegFrame
    first: int
    promise: Promise | None
    music: _Music

    @property
    def is_longer_than_promised(self) -> bool:
        """Whether files were joined: the first one's header knows nothing of the second one."""
        return self.promise is not None and 0 < self.promise.frames < self.music.frames - 1


def probe_mp3(data: bytes) -> tuple[AudioInfo, tuple[Lack, ...]] | None:
    """Measure the MP3 file `data`; None if it is not one at all. Raises AudioProblem.

    Duration is what a decoder gives: encoder delay and padding are subtracted if a LAME
    header states them, frames that only carry such a header are not music. What the file lacks is
    returned too.
    """
    stream = _read(data)
    if stream is None:
        return None
    promise = NO_PROMISE if stream.is_longer_than_promised else stream.promise or NO_PROMISE
    return _info(stream.frame, stream.music, promise)


def without_false_promise(data: bytes) -> bytes:
    """Return an MP3 file without a header that promises less than there is: decoders believe it.

    It is `data` itself if there is none. Raises AudioProblem.
    """
    stream = _read(data)
    if stream is None or not stream.is_longer_than_promised:
        return data
    return data[: stream.first] + data[stream.first + stream.frame.length :]


def _read(data: bytes) -> _Stream | None:
    start = frames_start(data)
    if start > len(data):
        raise AudioProblem("truncated", "the MP3 file ends inside its ID3 tag")
    end = frames_end(data, start)
    run = _find_run(data, start, min(start + _JUNK_BEFORE_MUSIC, end), end)
    if run is None:
        _refuse_relatives(data, start, end)
        return None
    first, frame = run
    promise = read_promise(data[first : first + frame.length], frame)
    music = _walk(data, first + frame.length if promise else first, end, frame)
    return _Stream(frame, first, promise, music)


def _info(frame: MpegFrame, music: _Music, promise: Promise) -> tuple[AudioInfo, tuple[Lack, ...]]:
    trimmed = promise.delay + promise.padding
    samples = music.samples - trimmed if trimmed < music.samples else music.samples
    info = AudioInfo(
        format=AudioFormat.MP3,
        seconds=samples / frame.sample_rate,
        sample_rate=frame.sample_rate,
        channels=frame.channels,
        bitrate=round(music.bytes * 8 * frame.sample_rate / max(music.samples, 1)),
    )
    lacks = tuple(_lacks(music, promise))
    if lacks and music.frames < promise.frames * _VBR_SLACK:
        raise AudioProblem("truncated", f"the MP3 file {lacks[-1].text}", info=info)
    if music.frames == 0:
        raise AudioProblem("no-audio", "the MP3 file holds no whole frame of music")
    return info, lacks


def _lacks(music: _Music, promise: Promise) -> Iterator[Lack]:
    if music.is_cut:
        yield Lack("end", f"ends inside its frame {music.frames + 1}")
    # Some encoders count the frame that their promise stands in.
    if music.frames < promise.frames - 1:
        yield Lack("end", f"ends early: {music.frames} of {promise.frames} frames are there")


def _walk(data: bytes, position: int, end: int, stream: MpegFrame) -> _Music:
    """Follow the frames of `stream` from `position` to `end`, over holes. Raises AudioProblem."""
    known: dict[bytes, int] = {}
    begin, frames, holes, embedded, length = position, 0, 0, 0, 0
    while position < end:
        header = data[position : position + 4]
        if header in known:
            # Once for each of thousands of frames: whatever else there is to do, is done below.
            length = known[header]
            position += length
            frames += 1
        elif new := _length(header, stream):
            known[header] = new
        elif 0 < (tag := id3v2_size(data, position)) <= end - position:
            position += tag  # files were joined; the second one's tag is no hole
            embedded += tag
        else:
            resumed = _resume(data, position, end, stream)
            holes += resumed - position
            _tolerate(holes, end, position)
            position = resumed
    size = position - begin - holes - embedded
    is_cut = position > end
    if is_cut:
        frames, size = frames - 1, size - length
    return _Music(frames, frames * stream.samples, size, is_cut)


def _length(header: bytes, stream: MpegFrame) -> int:
    frame = parse(header)
    return frame.length if frame and frame.continues(stream) else 0


def _tolerate(holes: int, end: int, position: int) -> None:
    if not is_tolerable(holes, end):
        raise AudioProblem(
            "damaged", f"the MP3 file is damaged from byte {position:,} on: no frame begins there"
        )


def _resume(data: bytes, position: int, end: int, stream: MpegFrame) -> int:
    """Return where the stream goes on behind a hole at `position`, or `end`."""
    limit = min(end, position + tolerated(end) + 2)
    run = _find_run(data, position, limit, end)
    if run is None:
        return end
    start, frame = run
    if not frame.continues(stream):
        raise AudioProblem(
            "unsupported",
            f"the MP3 file changes from {stream.sample_rate} to {frame.sample_rate} Hz midway",
        )
    return start


def _find_run(data: bytes, start: int, limit: int, end: int) -> tuple[int, MpegFrame] | None:
    """Return where, between `start` and `limit`, Layer III frames follow each other; the first."""
    for match in LAYER3_START.finditer(data, start, limit):
        frame = parse(data[match.start() : match.start() + 4])
        if frame and _is_run(data, match.start(), end, frame):
            return match.start(), frame
    return None


def _is_run(data: bytes, position: int, end: int, first: MpegFrame) -> bool:
    """Return whether several frames of one stream begin here: one alone can be chance.

    Two are enough if the file ends with the second.
    """
    length = first.length
    for count in range(1, _BELIEVABLE_RUN):
        position += length
        if position >= end:
            return position == end and count >= 2
        length = _length(data[position : position + 4], first)
        if length == 0:
            return False
    return True


def _refuse_relatives(data: bytes, start: int, end: int) -> None:
    """Name what is MPEG audio but not MP3 as players know it."""
    frame = parse(data[start : start + 4])
    if frame is None:
        return
    if frame.layer == 3 and frame.length == 0:
        message = "the file is a free-format MP3, which few programs read"
        raise AudioProblem("unsupported", message, converter=MPG123)
    following = parse(data[start + frame.length : start + frame.length + 4])
    if frame.layer != 3 and following and following.continues(frame) and frame.length < end:
        layer = "I" * frame.layer
        raise AudioProblem("unsupported", f"the file is MPEG audio Layer {layer}; MP3 is Layer III")
