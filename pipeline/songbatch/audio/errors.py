"""The error for bytes that are not usable audio."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from songbatch.model import AudioInfo

FFMPEG = "ffmpeg -i {file} -c:a pcm_s16le {wav}"
MPG123 = "mpg123 -w {wav} {file}"

Code = Literal[
    "empty", "not-audio", "unsupported", "no-audio", "truncated", "damaged", "too-long", "cut"
]


class AudioProblem(Exception):
    """Bytes that are not a whole, readable recording, or lack what is to be cut out of it.

    `str(problem)` gives the reason in a sentence. `code` is one of `FIXES`; `fix` is what the owner
    of the file can do. `info` is what was measured nevertheless, if only the end is missing.
    `converter` is a command that makes a WAV of the file, with the places `{file}` and `{wav}`; ""
    if there is none. `installs`: the fix gets a program that reads the file as it is.
    """

    FIXES: ClassVar[dict[Code, str]] = {
        "empty": "export or download the file again",
        "not-audio": "use a recording: WAV, MP3, FLAC, Ogg, AIFF or the like",
        "unsupported": "convert the file to MP3 or to 16-bit PCM WAV",
        "no-audio": "use a file that holds music",
        "truncated": "download or export the file again: its end is missing",
        "damaged": "export the file again from its source",
        "too-long": "name the part that counts: from: 0:30, to: 1:30",
        "cut": "name a part that is inside the recording",
    }

    def __init__(
        self,
        code: Code,
        message: str,
        *,
        fix: str = "",
        info: AudioInfo | None = None,
        converter: str = "",
        installs: bool = False,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.info = info
        self.installs = installs
        self.converter = converter or (FFMPEG if code == "unsupported" else "")
        self.fix = fix or self.FIXES[code]
