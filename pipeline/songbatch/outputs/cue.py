"""Cue sheets beside songs that are joined of parts: where in the file each section begins.

The sheet is derived: it is written if it is missing or no longer right, and removed with its song.
Times are minutes, seconds and frames, of which a second has 75.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

import msgspec

from songbatch.lyrics.sections import section_of, without_hashes
from songbatch.model import AudioFormat
from songbatch.sources import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from songbatch.model import Render
    from songbatch.records import Entry, ServiceFacts
    from songbatch.workspace import Workspace

OURS = "REM COMMENT songbatch"
FRAMES_A_SECOND = 75
MOST_TRACKS = 99
"""What the format numbers by two digits."""
MAX_BYTES = 2**16
_KINDS = {AudioFormat.MP3: "MP3", AudioFormat.WAV: "WAVE"}


class CueTrack(msgspec.Struct, frozen=True):
    """A section: the second at which it begins, and its name."""

    start: float
    title: str


def write_cue(render: Render, entry: Entry, facts: ServiceFacts, workspace: Workspace) -> None:
    """Write the sheet of a joined song, if `facts` know where its parts begin.

    PCM has no header, so that no player would take a sheet for it.
    """
    if not (has_cue(render) and entry.done and len(facts.part_starts) == len(render.parts)):
        return
    path = cue_path(render.output)
    text = _sheet(render, tracks(render, facts.part_starts, facts.line_times))
    if _read(path, workspace) != text:
        workspace.write(path, text.encode("utf-8", "replace"))


def has_cue(render: Render) -> bool:
    """Return whether a sheet shall lie beside a render's output."""
    return bool(render.parts) and render.unresolved.audio.format in _KINDS


def cue_path(output: str) -> str:
    """Return where the sheet of an output lies."""
    return f"{posixpath.splitext(output)[0]}.cue"


def remove_cues(folder: str, wanted: Iterable[str], workspace: Workspace) -> None:
    """Remove the sheets in a folder of outputs that are ours and not `wanted` any more."""
    actual = {workspace.found(path) for path in wanted}
    for path in workspace.files(folder, ".cue"):
        if path not in actual and _read(path, workspace).startswith(OURS):
            workspace.remove(path)


def tracks(
    song: Render, starts: Sequence[float], times: Sequence[tuple[float, str]]
) -> list[CueTrack]:
    """Return the sections of a song: those that a part begins with, and others whose time is known.

    `starts` are the seconds at which the parts begin, `times` those at which lines are sung.
    """
    sung = iter(times)
    found: list[CueTrack] = []
    for part, start in zip(song.unresolved.parts, starts, strict=True):
        for number, (name, first) in enumerate(_sections(part.lyrics)):
            begin = next((at for at, line in sung if line.strip() == first), None)
            if number == 0:
                found.append(CueTrack(start, name))
            elif begin is not None:
                found.append(CueTrack(begin, name))
    return found[:MOST_TRACKS]


def _sections(lyrics: str) -> Iterator[tuple[str, str]]:
    """Yield the name of every section of a part, and its first line of words."""
    name: str | None = ""
    for line in without_hashes(lyrics).split("\n"):
        if (section := section_of(line)) is not None:
            name = section.text.strip("[]")
        elif line.strip() and name is not None:
            yield name or line.strip(), line.strip()
            name = None


def _sheet(render: Render, listed: Sequence[CueTrack]) -> str:
    tags = render.unresolved.tags
    name, kind = posixpath.basename(render.output), _KINDS[render.unresolved.audio.format]
    lines = [OURS]
    if artist := tags.get("artist"):
        lines.append(f"PERFORMER {_quoted(artist)}")
    lines.append(f"TITLE {_quoted(tags.get('title') or render.unresolved.song)}")
    lines.append(f"FILE {_quoted(name)} {kind}")
    for number, track in enumerate(listed, 1):
        lines.append(f"  TRACK {number:02} AUDIO")
        lines.append(f"    TITLE {_quoted(track.title)}")
        lines.append(f"    INDEX 01 {cue_time(track.start)}")
    return "\n".join([*lines, ""])


def cue_frames(seconds: float) -> int:
    """Return a time as frames, to the nearest."""
    return max(round(seconds * FRAMES_A_SECOND), 0)


def cue_time(seconds: float) -> str:
    """Return a time as minutes, seconds and frames, to the nearest frame."""
    whole, frames = divmod(cue_frames(seconds), FRAMES_A_SECOND)
    return f"{whole // 60:02}:{whole % 60:02}:{frames:02}"


def _quoted(text: str) -> str:
    plain = "".join(c if c.isprintable() else " " for c in text).replace('"', "'")
    return f'"{" ".join(plain.split())}"'


def _read(path: str, workspace: Workspace) -> str:
    try:
        return workspace.read_bytes(path, MAX_BYTES).decode("utf-8", "replace")
    except Unreadable:
        return ""
