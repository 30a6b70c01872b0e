"""The playlist of a spec and an engine: what was rendered, in the order of the spec.

Extended M3U in UTF-8, as players read it: seconds and title of a track, then its file name.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from songbatch.diagnostics import uncontrolled
from songbatch.digest import sha256
from songbatch.layout import output_folder
from songbatch.model import AudioFormat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from songbatch.model import Render
    from songbatch.records import Entry, Manifest
    from songbatch.workspace import Workspace


def playlist_path(spec: str, engine: str) -> str:
    """Return where the playlist lies: beside the outputs, so that it can be copied with them."""
    return f"{output_folder(spec, engine)}/{spec}.m3u8"


def playlist(
    title: str,
    renders: Iterable[Render],
    manifest: Manifest,
    found: Callable[[str], str] = str,
) -> bytes:
    """Return the playlist; b"" if there is nothing to play. PCM has no header: none plays it.

    `found` returns the path under which an output lies.
    """
    done = {entry.id: entry for entry in manifest if entry.done}
    playable = ((render, done[render.id]) for render in renders if render.id in done)
    return listed(
        title,
        (
            track(entry, render.unresolved.tags, posixpath.basename(found(entry.output)))
            for render, entry in playable
            if entry.audio.format is not AudioFormat.PCM
        ),
    )


def listed(title: str, tracks: Iterable[str]) -> bytes:
    """Return the playlist of `tracks`; b"" if there are none."""
    lines = "".join(tracks)
    text = f"#EXTM3U\n#PLAYLIST:{_one_line(title)}\n{lines}" if lines else ""
    return uncontrolled(text, is_lines=True).encode("utf-8", "replace")


def track(entry: Entry, tags: Mapping[str, str], file: str) -> str:
    """Return the lines of a track that lies beside the playlist as `file`."""
    name = " - ".join(filter(None, [tags.get("artist"), tags.get("title") or entry.song]))
    # A line that begins with # would be a comment.
    beside = f"./{file}" if file.startswith("#") else file
    return f"#EXTINF:{round(entry.seconds or 0)},{_one_line(name)}\n{beside}\n"


def list_tracks(path: str, data: bytes, workspace: Workspace) -> None:
    """Write a playlist if it differs from the existing one; remove one with nothing to play."""
    existing = workspace.digest(path)
    if data and existing != sha256(data):
        workspace.write(path, data)
    elif not data and existing is not None:
        workspace.remove(path)


def _one_line(text: str) -> str:
    printed = text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
    return " ".join(printed.split())
