"""The playlist of a spec and an engine: what was rendered, in the order of the spec.

Extended M3U in UTF-8, as players read it: seconds and title of a track, then its file name.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from pipeline.digest import sha256
from pipeline.model import AudioFormat

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.model import Render
    from pipeline.records import Entry, Manifest
    from pipeline.workspace import Workspace


def playlist_path(spec: str, engine: str) -> str:
    """Return where the playlist lies: beside the outputs, so that it can be copied with them."""
    return f"outputs/{spec}/{engine}/{spec}.m3u8"


def playlist(title: str, renders: Iterable[Render], manifest: Manifest) -> bytes:
    """Return the playlist; b"" where there is nothing to play. PCM has no header: none plays it."""
    done = {entry.id: entry for entry in manifest if entry.done}
    tracks = [
        f"#EXTINF:{_seconds(done[render.id])},{_one_line(_name(render))}\n{_file(done[render.id])}\n"
        for render in renders
        if render.id in done and render.draft.audio.format is not AudioFormat.PCM
    ]
    if not tracks:
        return b""
    return f"#EXTM3U\n#PLAYLIST:{_one_line(title)}\n{''.join(tracks)}".encode("utf-8", "replace")


def list_tracks(path: str, data: bytes, workspace: Workspace) -> None:
    """Write a playlist if it is another one than what is there; remove one with nothing to play."""
    there = workspace.digest(path)
    if data and there != sha256(data):
        workspace.write(path, data)
    elif not data and there is not None:
        workspace.remove(path)


def _seconds(entry: Entry) -> int:
    return round(entry.seconds or 0)


def _name(render: Render) -> str:
    tags = render.draft.tags
    return " - ".join(filter(None, [tags.get("artist"), tags.get("title") or render.draft.song]))


def _file(entry: Entry) -> str:
    name = posixpath.basename(entry.output)
    # A line that begins with # would be a comment.
    return f"./{name}" if name.startswith("#") else name


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
