"""The files below one folder, reached by handles: no link, pipe or device in it leads anywhere.

What lies in a project's folder may be a stranger's, and may change between a look and a read. So a
path is walked folder by folder, each opened from the one above it and never through a link, and
what was opened is judged, not what a name stood for a moment before (`songbatch.files.handles`).

Nothing that is slow to import is used here: a run with nothing to do needs it, too.
"""

from __future__ import annotations

import os
import stat
from io import BufferedWriter, FileIO

from songbatch.files.handles import (
    APPEND,
    CREATE,
    READ,
    Folder,
    Odd,
    from_system,
    kind_of,
    to_system,
)
from songbatch.files.syncing import sync

TYPE_CHECKING = False  # importing typing for it would take as long as all the rest
if TYPE_CHECKING:
    from collections.abc import Iterator

    Piece = bytes | memoryview
    """Bytes to be written, perhaps after others."""

TEMPORARY_SUFFIX = ".part"
MOST_LINKS = 40
"""Links on the way to one file; Linux follows as many."""

MAX_PATH = 4096
"""Characters; Linux lets no path be longer, handles would reach further."""
MAX_PATH_DEPTH = 128
"""Folders in one another: each is opened from the one above it."""

_MOST_FOLDERS = 64
"""Handles that are kept; whoever uses one longer keeps it open."""
_SHOWN = 60
"""Characters of a path that is too long to be shown whole."""
_BUFFER_BYTES = 64 * 2**10
_PIECE_BYTES = 2**20


class Tree:
    """What lies in `folder` below `base`, or in `base` itself.

    `base` is believed: it is opened as it is written. `folder` and everything below it are not.
    Paths are relative to `folder` and POSIX. Every method raises Odd if a link or anything else
    is in the way that is neither folder nor plain file, and OSError if the system refuses. Safe
    to use from several threads at once.
    """

    def __init__(self, base: str | os.PathLike[str], folder: str = "") -> None:
        self.base = os.fspath(base)
        self.folder = folder
        self._folders: dict[str, Folder] = {}

    def below(self, folder: str) -> Tree:
        """Return the tree of a folder of this one."""
        return Tree(self.base, self.name(folder))

    def name(self, path: str) -> str:
        """Return a path as messages name it: relative to `base`."""
        return "/".join(filter(None, (self.folder, path)))

    def place(self, path: str) -> str:
        """Return the path from the root of the system, for those who can only use such."""
        return os.path.join(self.base, *to_system(self.name(path)).split("/"))

    # Looking

    def status(self, path: str) -> os.stat_result:
        """Return the status of what lies at a path; a link is not followed."""
        folder, name = self._at(path)
        return folder.status(name)

    def is_there(self, path: str) -> bool:
        """Return whether anything lies at a path, a link too."""
        try:
            self.status(path)
        except (FileNotFoundError, NotADirectoryError):
            return False
        return True

    def open(self, path: str, limit: int | None = None) -> FileIO:
        """Open a plain file of at most `limit` bytes for reading."""
        folder, name = self._at(path)
        return self._plain(folder.open(name, READ, self.name(path)), path, limit)

    def read(self, path: str, limit: int) -> bytes:
        """Return the bytes of a plain file; Odd if there are more than `limit`."""
        with self.open(path, limit) as file:
            return self.read_from(file, path, limit)

    def read_from(self, file: FileIO, path: str, limit: int) -> bytes:
        """Return the bytes of a file that was opened; one that grows meanwhile is read so far."""
        data = file.read(os.fstat(file.fileno()).st_size + 1) or b""
        pieces = [data]
        while data and sum(map(len, pieces)) <= limit:
            data = file.read(_PIECE_BYTES) or b""
            pieces.append(data)
        if sum(map(len, pieces)) > limit:
            raise self._too_large(path, f"more than {limit}", limit)
        return b"".join(pieces)

    def entries(self, path: str = "") -> list[tuple[str, int]]:
        """Return the names in a folder with the file type bits of what they are, sorted.

        Links are not followed; a folder that is missing is empty.
        """
        try:
            folder = self._open_folder(self._demand_inside(path))
        except (FileNotFoundError, NotADirectoryError):
            return []
        return folder.entries()

    def files(self, path: str = "") -> list[str]:
        """Return the names of the plain files in a folder, sorted."""
        return [name for name, kind in self.entries(path) if kind == stat.S_IFREG]

    def folders(self, path: str = "") -> list[str]:
        """Return the names of the folders in a folder, sorted, without links to folders."""
        return [name for name, kind in self.entries(path) if kind == stat.S_IFDIR]

    def walk(self, path: str = "", depth: int = 4) -> Iterator[str]:
        """Yield the paths of all plain files in a folder and, at most `depth` deep, below it."""
        for name, kind in self.entries(path):
            inner = f"{path}/{name}" if path else name
            if kind == stat.S_IFREG:
                yield inner
            elif kind == stat.S_IFDIR and depth:
                yield from self.walk(inner, depth - 1)

    def demand_folder(self, path: str = "") -> None:
        """Raise Odd unless a folder lies at a path, or nothing."""
        try:
            self._open_folder(self._demand_inside(path))
        except FileNotFoundError:
            return

    def resolved(self, path: str) -> str:
        """Return where a path leads through links that stay in the tree.

        Raises Odd if it leads out, or in circles. What is missing leads nowhere else.
        """
        self._demand_short(path)
        done: list[str] = []
        left = list(reversed(path.split("/")))
        links = 0
        while left:
            name = left.pop()
            if name in {"", "."}:
                continue
            if name == "..":
                if not done:
                    raise self._leads_out(path)
                done.pop()
                continue
            target = self._link("/".join([*done, name]))
            if target is None:
                done.append(name)
                continue
            links += 1
            if links > MOST_LINKS:
                raise Odd(self.name(path), "it is a loop of links", "replace the link by the file")
            if os.path.isabs(target):
                target, done = self._from_base(target, path), []
            left += reversed(target.replace(os.sep, "/").split("/"))
        return "/".join(done)

    # Changing

    def create(self, path: str) -> FileIO:
        """Open a new file for writing, without a buffer; folders are made."""
        for fresh in (False, True):
            if fresh:
                # A folder whose handle was kept may have been removed, and made again.
                self._folders.clear()
            folder, name = self._at(path, make=True)
            try:
                return FileIO(folder.open(name, CREATE, self.name(path)), "w")
            except FileNotFoundError:
                if fresh:
                    raise
        raise AssertionError

    def write(self, path: str, *pieces: Piece) -> None:
        """Replace what lies at a path by a file with these bytes: whole, or not at all.

        The order that survived being cut off: a temporary file in the same folder, synced, renamed
        over the final name, and the folder synced. Folders are made.
        """
        above, _, _ = path.rpartition("/")
        name = f".{os.urandom(8).hex()}{TEMPORARY_SUFFIX}"
        temporary = f"{above}/{name}" if above else name
        try:
            with BufferedWriter(self.create(temporary), _BUFFER_BYTES) as file:
                file.writelines(pieces)
                file.flush()
                sync(file.fileno())
            self.move(temporary, path)
            self.flush(above)
        except BaseException:
            try:  # noqa: SIM105  (importing contextlib takes longer)
                self.remove(temporary)
            except OSError:
                pass
            raise

    def append(self, path: str) -> FileIO:
        """Open a plain file for reading and appending; it and its folders are made.

        A file that has other names besides is copied first, so that nothing is written to those.
        """
        folder, name = self._at(path, make=True)
        file = self._plain(folder.open(name, APPEND, self.name(path)), path, None, mode="r+")
        if os.fstat(file.fileno()).st_nlink == 1:
            return file
        with file:
            self.write(path, *iter(lambda: file.read(_PIECE_BYTES) or b"", b""))
        return self.append(path)

    def move(self, source: str, target: str) -> None:
        """Give a file another name, replacing what lies there; folders are made. Not synced."""
        old_folder, old = self._at(source)
        new_folder, new = self._at(target, make=True)
        try:
            old_folder.move(old, new_folder, new)
        except IsADirectoryError as error:
            raise Odd(self.name(target), "it is a folder", "remove it") from error

    def link(self, source: str, target: str, among: Tree | None = None) -> None:
        """Give a file a second name; folders are made. Not synced.

        The file is in the tree `among`, by default in this one. Raises FileExistsError if anything
        lies there: of several who ask at once, one succeeds.
        """
        old_folder, old = (among or self)._at(source)
        new_folder, new = self._at(target, make=True)
        old_folder.link_to(old, new_folder, new)

    def remove(self, path: str) -> None:
        """Remove a file, or a link itself, if there is any."""
        try:
            folder, name = self._at(path)
            folder.remove(name)
        except (FileNotFoundError, NotADirectoryError):
            return
        except IsADirectoryError as error:
            raise Odd(self.name(path), "it is a folder", "remove it") from error

    def remove_folder(self, path: str) -> None:
        """Remove a folder. Raises OSError if it is not empty."""
        folder, name = self._at(path)
        self._folders.clear()
        folder.remove_folder(name)

    def touch(self, path: str) -> None:
        """Make a file as new as if it had been written now."""
        folder, name = self._at(path)
        folder.touch(name)

    def make(self, path: str = "") -> None:
        """Make a folder, and those above it, unless they are there."""
        self._open_folder(self._demand_inside(path), make=True)

    def flush(self, path: str = "") -> None:
        """Bring a folder's names to the disk, if the system can (Windows need not)."""
        self._open_folder(path).flush()

    # The way there

    def _at(self, path: str, *, make: bool = False) -> tuple[Folder, str]:
        above, _, name = self._demand_inside(path).rpartition("/")
        if not name:
            raise self._leads_out(path)
        return self._open_folder(above, make=make), name

    def _demand_inside(self, path: str) -> str:
        self._demand_short(path)
        parts = path.split("/") if path else []
        odd = (
            {"", ".", ".."}.intersection(parts) or "\0" in path or (os.sep == "\\" and "\\" in path)
        )
        if odd:
            raise self._leads_out(path)
        if not path.isascii():
            try:
                path.encode("utf-8", "surrogateescape")
            except UnicodeEncodeError as error:
                raise Odd(ascii(path), "no file can have this name", "rename it") from error
        return path

    def _demand_short(self, path: str) -> None:
        if len(path) > MAX_PATH or path.count("/") > MAX_PATH_DEPTH:
            shown = f"{self.name(path)[:_SHOWN]}…"
            raise Odd(shown, "the path is too long", "use fewer folders, and shorter names")

    def _open_folder(self, path: str, *, make: bool = False) -> Folder:
        known = self._folders.get(path)
        if known is not None:
            return known
        opened = self._opened(path, make=make)
        if len(self._folders) >= _MOST_FOLDERS:
            self._folders.clear()
        self._folders[path] = opened
        return opened

    def _opened(self, path: str, *, make: bool) -> Folder:
        if path:
            above, _, name = path.rpartition("/")
            return self._open_folder(above, make=make).folder(name, self.name(path), make=make)
        folder = Folder.at(self.base)
        walked = ""
        for name in filter(None, self.folder.split("/")):
            walked = f"{walked}/{name}" if walked else name
            folder = folder.folder(name, walked, make=make)
        return folder

    def _plain(self, descriptor: int, path: str, limit: int | None, mode: str = "r") -> FileIO:
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode) and (limit is None or status.st_size <= limit):
            return FileIO(descriptor, mode)
        os.close(descriptor)
        if stat.S_ISREG(status.st_mode):
            raise self._too_large(path, str(status.st_size), limit or 0)
        raise Odd(self.name(path), kind_of(status.st_mode), "name a file")

    def _link(self, path: str) -> str | None:
        """Return the target of a link, or None for anything else, and for nothing."""
        try:
            folder, name = self._at(path)
            return folder.link(name)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _from_base(self, target: str, path: str) -> str:
        """Return an absolute path as one in the tree."""
        top = os.path.join(self.base, self.folder)
        is_known = os.path.isabs(top)
        below = from_system(os.path.relpath(to_system(target), top)) if is_known else ".."
        if below.split(os.sep)[0] == "..":
            raise self._leads_out(path)
        return below

    def _leads_out(self, path: str) -> Odd:
        where = "the project" if not self.folder else f"{self.folder}/"
        return Odd(
            self.name(path),
            f"it leads out of {where}",
            "keep what a project uses inside its folder",
        )

    def _too_large(self, path: str, size: str, limit: int) -> Odd:
        reason = f"it has {size} bytes; at most {limit} are read"
        return Odd(self.name(path), reason, "use a smaller file")
