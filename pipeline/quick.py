"""A run with nothing to do, told without loading what a run needs.

A run that found or left everything done wrote down who it was and every file it had looked at,
absent ones too (`pipeline.index`). The same command, by the same tool, in the same place has
nothing to do while all those files are as they were. In every other case this says nothing, and the
long way decides.
"""

from __future__ import annotations

import os
import sys
import zlib
from itertools import compress

from pipeline import __version__, index

TYPE_CHECKING = False  # importing typing for it would take as long as all the rest
if TYPE_CHECKING:
    from collections.abc import Sequence

_NAMES_PROJECT = {"SONGBATCH_PROJECT", "SONGBATCH_RENDER_PROJECT"}
"""Variables that name another project than the arguments do: left to the long way."""


def up_to_date(arguments: Sequence[str]) -> int | None:
    """Return how many renders are up to date for a command line, or None where that is unclear."""
    if "render" not in arguments or not _NAMES_PROJECT.isdisjoint(os.environ):
        return None
    root = _project(arguments)
    record = index.read(f"{root}/{index.STATE_FOLDER}") if root else None
    if not root or not record:
        return None
    me = [*who(arguments)]
    for place, (count, *them) in enumerate(record.settled):
        if them == me and _unchanged(root, record, record.rests(place)):
            return int(count)
    return None


def who(arguments: Sequence[str]) -> tuple[str, ...]:
    """Name a command: the tool, the folder it was called in, its options, its arguments."""
    said = sorted(f"{k}={v}" for k, v in os.environ.items() if k.startswith("SONGBATCH_RENDER_"))
    return (tool(), os.getcwd(), *said, *arguments)


def _project(arguments: Sequence[str]) -> str | None:
    """Return the folder that the long way would work on, if it is one."""
    for place, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name == "--project":
            folder = value if equals else "".join(arguments[place + 1 : place + 2])
            return os.path.realpath(folder)
    return nearest_project(os.getcwd())


def nearest_project(folder: str) -> str | None:
    """Return the nearest folder upward that has `specs/`, if there is one."""
    while not os.path.isdir(f"{folder}/specs"):
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above
    return folder


def _unchanged(root: str, record: index.Record, rests: bytes) -> bool:
    here = os.getcwd()
    # The system finds a short path faster, and there are thousands of them.
    os.chdir(root)
    try:
        return _same_marks(record, rests) and _same_contents(record, rests)
    finally:
        os.chdir(here)


def _same_marks(record: index.Record, rests: bytes) -> bool:
    each = iter(record.marks)
    files = compress(zip(record.paths, each, each, each, each, strict=True), rests)
    try:
        for path, size, changed, touched, inode in files:
            if size < 0:
                if os.path.lexists(path):
                    return False
                continue
            found = os.stat(path)
            if (
                found.st_mtime_ns != changed
                or found.st_ctime_ns != touched
                or found.st_size != size
                or found.st_ino != inode
            ):
                return False
    except (OSError, ValueError):
        return False
    return True


def _same_contents(record: index.Record, rests: bytes) -> bool:
    """Read the files in whose marks a change might not show."""
    marks = record.marks
    if max(*marks[1::4], *marks[2::4], 0) < record.believed_before:
        return True
    changed = [
        place
        for place, path in enumerate(record.paths)
        if not record.is_old(place)
        and index.contents(path, marks[4 * place]) != record.digest_at(place)
    ]
    if not changed:
        # They were seen to be the same just now: from here on their marks tell.
        os.utime(f".songbatch/{index.NAME}")
    return not any(rests[place] for place in changed)


def tool() -> str:
    """Name what decides: the version, Python, and the package's files as they are."""
    package = os.path.dirname(os.path.abspath(__file__))
    seen = [os.stat(os.path.dirname(package)).st_mtime_ns]
    folders = [package]
    for folder in folders:
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.is_dir():
                    if entry.name != "__pycache__":
                        folders.append(entry.path)
                    continue
                status = entry.stat()
                seen += (status.st_size, status.st_mtime_ns)
    marks = zlib.crc32(repr(seen).encode())
    return f"{__version__} {sys.hexversion:x} {marks:08x}"
