"""What a stranger who may write to a store leaves in it, after the layout of the shared store.

Each takes the store and works on what is there; names are those of the layout, such as
`songs/ab/KEY/answer`. Nothing here is told what the project's code looks like.
"""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.object_store.contents import matching, note, write_note

if TYPE_CHECKING:
    from support.object_store.contents import Contents
    from support.object_store.folder import FolderStore

SHOUT = "Traceback (most recent call last):\n\x1b]0;mine\x07\x1b[2J\u202e\x9b31m"
ODD_NAMES = (
    "songs/../../escaped",
    "songs/ab/../../../escaped",
    "blobs/..",
    "songs//etc/passwd",
    "songs/ab/short/answer",
    "songs/zz/" + "z" * 64 + "/answer",
    "songs/AB/" + "AB" * 32 + "/answer",
    "songs/ef/" + "ef" * 32 + "/0.claim",
    "songs/ef/" + "ef" * 32 + "/-1.claim",
    "songs/ef/" + "ef" * 32 + "/999999999999999999999999.claim",
    "songs/ef/" + "ef" * 32 + "/1.claim.claim",
    "songs/ef/" + "ef" * 32 + "/\u0661.claim",
    "beats/\x1b[31mred",
    "beats/" + "x" * 900,
    "projects/\u202egnol",
)
"""Names that an object store takes; a folder takes most of them."""


def place_of(key: str) -> str:
    """Return the folder of a key's song, with a slash at its end."""
    return f"songs/{key[:2]}/{key}/"


def blob_of(sha256: str) -> str:
    """Return the name of a blob."""
    return f"blobs/{sha256[:2]}/{sha256}"


def altered(contents: Contents, pattern: str, **fields: Any) -> list[str]:
    """Change fields of all notes with such names (None drops one); return the names."""
    names = matching(contents, pattern)
    for name in names:
        changed = note(contents, name) | fields
        write_note(contents, name, {n: v for n, v in changed.items() if v is not None})
    return names


def exchanged_answers(contents: Contents) -> None:
    """Put each answer where the next one belongs, to the byte."""
    names = matching(contents, "songs/*/answer")
    texts = [contents.read(name) for name in names]
    for name, text in zip(names, texts[1:] + texts[:1], strict=True):
        contents.write(name, text)


def exchanged_blobs(contents: Contents) -> None:
    """Put other bytes under each blob's name."""
    for number, name in enumerate(matching(contents, "blobs/*")):
        contents.write(name, b"ID3" + bytes([number]) * len(contents.read(name)))


def truncated_blobs(contents: Contents) -> None:
    """Cut each blob in half."""
    for name in matching(contents, "blobs/*"):
        content = contents.read(name)
        contents.write(name, content[: len(content) // 2])


def answers_with_text_for_audio(contents: Contents) -> None:
    """Let each answer name a blob that is whole, and no audio."""
    text = b"<script>alert(1)</script>\n" * 1000
    sha256 = hashlib.sha256(text).hexdigest()
    contents.write(blob_of(sha256), text)
    altered(contents, "songs/*/answer", audio_sha256=sha256, bytes=len(text), size=len(text))


def shouting_notes(contents: Contents) -> None:
    """Let every text of every note be one that a terminal would obey."""
    for name in matching(contents, "songs/*"):
        loud = {
            field: SHOUT if isinstance(value, str) else value
            for field, value in note(contents, name).items()
        }
        write_note(contents, name, loud)


def notes_of(content: bytes) -> Callable[[Contents], None]:
    """Return what puts these bytes in place of every note of a song."""

    def fill(contents: Contents) -> None:
        for name in matching(contents, "songs/*"):
            contents.write(name, content)

    return fill


def odd_names(contents: Contents) -> None:
    """Add names that are none of the layout's."""
    for name in ODD_NAMES:
        try:
            contents.write(name, b"{}")
        except (OSError, ValueError):
            continue  # a folder that cannot have this one


def many_names(contents: Contents, key: str, count: int) -> None:
    """Give a key so many claims that came to nothing, and one more file to each."""
    for number in range(1, count // 2 + 1):
        claim = {"who": f"x@y-{number}-0", "id": "a/b/1", "engine": "music-01", "lasts": 60.0}
        write_note(
            contents, f"{place_of(key)}{number}.claim", claim | {"at": "2026-01-01T00:00:00Z"}
        )
        write_note(contents, f"{place_of(key)}{number}.end", {"unknown": 0, "message": "no"})


# What only folders can have. Each takes a path at which nothing lies, and one outside the store.


def link_to_a_file(path: Path, outside: Path) -> None:
    path.symlink_to(outside)


def link_to_a_folder(path: Path, outside: Path) -> None:
    path.symlink_to(outside.parent)


def link_to_nothing(path: Path, outside: Path) -> None:
    path.symlink_to(outside.with_name("not-there-yet"))


def link_in_circles(path: Path, _outside: Path) -> None:
    path.symlink_to(path.name)


def link_to_a_device(path: Path, _outside: Path) -> None:
    path.symlink_to("/dev/zero")


def pipe(path: Path, _outside: Path) -> None:
    os.mkfifo(path)


def bound_socket(path: Path, _outside: Path) -> None:
    with _short_of(path.parent), socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path.name)


def folder(path: Path, _outside: Path) -> None:
    path.mkdir()
    (path / "file").write_bytes(b"hello")


def huge_file(path: Path, _outside: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**42)


Thing = Callable[[Path, Path], None]
THINGS: tuple[Thing, ...] = (
    link_to_a_file,
    link_to_a_folder,
    link_to_nothing,
    link_in_circles,
    link_to_a_device,
    pipe,
    bound_socket,
    folder,
    huge_file,
)


def plant(store: FolderStore, name: str, thing: Thing, outside: Path) -> Path:
    """Put a thing in the place of a name; what was there comes to lie beside `outside`."""
    path = store.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        path.rename(outside.with_name("was"))
    thing(path, outside)
    return path


@contextmanager
def _short_of(place: Path) -> Iterator[None]:
    """Be in a folder for a moment: names of sockets are short."""
    before = Path.cwd()
    os.chdir(place)
    try:
        yield
    finally:
        os.chdir(before)
