"""The video of an album, from the sound of all of it: bytes to bytes, through a folder of ours."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from songbatch.handover.chapters import ffmetadata
from songbatch.handover.video import VideoJob, make_video

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from songbatch.album import Album

_PIECE = 2**20


def video_pieces(
    album: Album, sound: Iterable[bytes], which: Callable[[str], str | None]
) -> Iterator[bytes]:
    """Yield an MP4 piece by piece; `sound` is a WAV of the whole album, piece by piece.

    It is made before the first piece is yielded. Raises UsageError without ffmpeg, VideoFailed,
    and OSError if there is no room.
    """
    with tempfile.TemporaryDirectory(prefix="songbatch-video-") as name:
        folder = Path(name)
        with (folder / "album.wav").open("wb") as file:
            file.writelines(sound)
        (folder / "chapters").write_text(ffmetadata(album), "utf-8")
        made = folder / "album.mp4"
        make_video(
            VideoJob(
                audio=str(folder / "album.wav"),
                chapters=str(folder / "chapters"),
                cover=_cover(album, folder),
                to=str(made),
                seconds=max((t.start_seconds + t.seconds for t in album.tracks), default=0.0),
            ),
            which,
        )
        with made.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece


def _cover(album: Album, folder: Path) -> str | None:
    if album.cover is None:
        return None
    # ffmpeg goes by the ending.
    path = folder / ("cover.png" if album.cover.media_type == "image/png" else "cover.jpg")
    path.write_bytes(album.cover.data)
    return str(path)
