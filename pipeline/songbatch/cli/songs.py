"""Songs of a project that a command names, and pictures of them."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

import msgspec

from songbatch.diagnostics import UsageError
from songbatch.files.named import read_if_there, read_named

if TYPE_CHECKING:
    from pathlib import Path

    from songbatch.picture.find import RecordedSong, RecordedSongs
    from songbatch.run.session import Session

FIX = "name a recording"


class ProjectSong(msgspec.Struct, frozen=True):
    """A recorded song, and the project that it is of."""

    session: Session
    songs: RecordedSongs
    recorded: RecordedSong


def find_audio(
    word: Path, project: Path | None, *, wants_song: bool
) -> tuple[bytes, ProjectSong | None]:
    """Return the audio of a file, or of the song of the project that a word means.

    `wants_song`: of a file, too, it is looked up which song it is. Raises UsageError.
    """
    data = read_if_there(word, fix=FIX)
    session = _session(project) if data is None or wants_song else None
    if session is None:
        return (read_named(word, fix=FIX) if data is None else data), None
    from songbatch.picture.find import RecordedSongs  # noqa: PLC0415  (loads manifests)

    songs = RecordedSongs(session.workspace, session.blobs)
    if data is None:
        recorded = songs.named(str(word))
        return session.workspace.read_bytes(recorded.file), ProjectSong(session, songs, recorded)
    found = songs.of_file(data)
    if found is not None:
        return data, ProjectSong(session, songs, found)
    if songs.is_output(_in_project(word, session)):
        raise UsageError(
            f"{word}: this is not the song that was written there",
            fix="songbatch render brings it back; copy this file elsewhere to draw it",
        )
    return data, None


def draw_song(song: ProjectSong, audio: bytes, target: Path | None) -> str:
    """Draw a picture and write it, beside the song if no `target` is named; return what to say."""
    from songbatch.batch.project_files import load_engines  # noqa: PLC0415  (reads the settings)
    from songbatch.picture.draw import draw  # noqa: PLC0415
    from songbatch.picture.gather import PictureSources  # noqa: PLC0415  (loads numpy)
    from songbatch.picture.kept import keep_picture, write_picture  # noqa: PLC0415

    workspace, recorded = song.session.workspace, song.recorded
    engines, _ = load_engines(workspace)  # what is wrong with them, `check` says
    sources = PictureSources(workspace, engines, song.songs.audio_files)
    svg = draw(sources.subject(recorded, audio))
    if target is not None:
        write_picture(target, svg)
        return f"{target}: {recorded.entry.id}"
    place = f"{posixpath.splitext(recorded.entry.output)[0]}.svg"
    keep_picture(workspace, place, svg)
    return f"{place}: {recorded.entry.id}"


def _session(project: Path | None) -> Session | None:
    """Return the project that is named or stood in; None if there is none."""
    from songbatch.run.session import Session  # noqa: PLC0415  (a recording needs no project)

    try:
        return Session.open(project)
    except UsageError:
        if project is not None:
            raise
        return None


def _in_project(path: Path, session: Session) -> str:
    """Return a path as manifests have it; "" for one outside of the project."""
    absolute = path.absolute()
    root = session.workspace.root
    return absolute.relative_to(root).as_posix() if absolute.is_relative_to(root) else ""
