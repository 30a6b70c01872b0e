"""Folders by their handles: what can be done in one without following a link.

A handle stays with its folder, whatever its name comes to stand for meanwhile. If the system has
none (Windows), paths are used, and what lies at them is looked at first.

Nothing that is slow to import is used here: a run with nothing to do needs it, too.
"""

from __future__ import annotations

import errno
import os
import stat
import sys

from songbatch.files.syncing import sync

TYPE_CHECKING = False  # importing typing for it would take as long as all the rest
if TYPE_CHECKING:
    from collections.abc import Callable

HAS_HANDLES = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
_EITHER = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _EITHER
# A pipe would block on open.
READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _EITHER
"""For `Folder.open`: an existing file."""
CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _EITHER
"""A new file."""
OVERWRITE = os.O_RDWR | getattr(os, "O_NONBLOCK", 0) | _EITHER
"""An existing file whose bytes are replaced."""
APPEND = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_NONBLOCK", 0) | _EITHER
"""A file that is read and appended to, and made if it is missing."""

IS_UTF8 = sys.getfilesystemencoding() == "utf-8"
"""Whether the system's functions take names as they are; not so in a locale of another encoding."""


def to_system(path: str) -> str:
    """Return a path of a project as the system's functions take it.

    Names in a project are UTF-8 wherever it lies: specs and manifests are read in any locale.
    Raises UnicodeEncodeError for what no file can be called.
    """
    return path if IS_UTF8 else os.fsdecode(path.encode("utf-8", "surrogateescape"))


def from_system(path: str) -> str:
    """Return a path that the system gave as projects write it."""
    return path if IS_UTF8 else os.fsencode(path).decode("utf-8", "surrogateescape")


class Odd(OSError):
    """What lies at a path is nothing that may lie there.

    `path` is where; `reason` says what it is ("it is a link"), `fix` what to do about it.
    """

    def __init__(self, path: str, reason: str, fix: str) -> None:
        super().__init__(errno.EINVAL, reason, path)
        self.path = path
        self.reason = reason
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


class Link(Odd):
    """A link lies at a path."""

    def __init__(self, path: str) -> None:
        super().__init__(
            path, "it is a link, which could lead anywhere", "replace the link by what it leads to"
        )


class Folder:
    """A folder that is open, by its handle, or by its `path` if the system has no handles.

    It is closed when nobody uses it any more. Names are plain; `shown` is what messages call them.
    Nothing is done through a link. Methods raise Odd for what may not lie there, and OSError.
    """

    __slots__ = ("_descriptor", "_path")

    def __init__(self, descriptor: int, path: str) -> None:
        self._descriptor = descriptor
        self._path = path

    def __del__(self, close: Callable[[int], None] = os.close) -> None:
        if self._descriptor >= 0:
            close(self._descriptor)

    @classmethod
    def at(cls, base: str) -> Folder:
        """Open a folder that is believed, through whatever links lead to it."""
        return cls(os.open(base, _FOLDER & ~_EITHER) if HAS_HANDLES else -1, base)

    def _named(self, name: str) -> tuple[str, int | None]:
        if self._descriptor >= 0:
            return to_system(name), self._descriptor
        return os.path.join(self._path, to_system(name)), None

    def folder(self, name: str, shown: str, *, make: bool) -> Folder:
        """Open a folder in this one; make it if need be."""
        path, handle = self._named(name)
        if make:
            try:  # noqa: SIM105  (importing contextlib takes longer)
                os.mkdir(path, dir_fd=handle)
            except FileExistsError:
                pass
        try:
            if handle is not None:
                return Folder(os.open(path, _FOLDER, dir_fd=handle), "")
            status = self.status(name)
        except OSError as error:
            self._judge(name, shown, error)
            raise
        if not stat.S_ISDIR(status.st_mode) or _is_reparsed(status):
            self._judge(name, shown, NotADirectoryError(errno.ENOTDIR, "not a folder", shown))
        return Folder(-1, path)

    def _judge(self, name: str, shown: str, error: OSError) -> None:
        """Raise Odd for a folder that is something else; an error of its own if it is missing."""
        if error.errno not in {errno.ENOTDIR, errno.ELOOP}:
            return
        status = self.status(name)
        if stat.S_ISLNK(status.st_mode) or _is_reparsed(status):
            raise Link(shown) from error
        raise Odd(shown, "it is not a folder", "remove it") from error

    def open(self, name: str, flags: int, shown: str) -> int:
        """Return the descriptor of what lies at a name; whoever asks judges what it is."""
        path, handle = self._named(name)
        if handle is None and _is_link(path):
            raise Link(shown)
        try:
            return os.open(path, flags, 0o666, dir_fd=handle)
        except IsADirectoryError as error:
            raise Odd(shown, kind_of(stat.S_IFDIR), "remove it") from error
        except ValueError as error:
            raise Odd(ascii(shown), "no file can have this name", "rename it") from error
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise Link(shown) from error
            if error.errno in {errno.ENXIO, errno.ENODEV, errno.EOPNOTSUPP}:
                raise Odd(shown, kind_of(stat.S_IFSOCK), "name a file") from error
            raise

    def status(self, name: str) -> os.stat_result:
        """Return the status of what lies at a name, even of a link."""
        path, handle = self._named(name)
        return os.stat(path, dir_fd=handle, follow_symlinks=False)

    def link(self, name: str) -> str | None:
        """Return the target of a link, or None for anything else."""
        path, handle = self._named(name)
        if not stat.S_ISLNK(self.status(name).st_mode):
            return None
        return from_system(os.readlink(path, dir_fd=handle))

    def entries(self) -> list[tuple[str, int]]:
        """Return all names with the file type bits of what they are, sorted."""
        # A handle of its own: those who list one at the same time would share a position.
        path, handle = self._named(".")
        where = path if handle is None else os.open(path, _FOLDER, dir_fd=handle)
        try:
            with os.scandir(where) as entries:
                return sorted((from_system(entry.name), _type(entry)) for entry in entries)
        finally:
            if not isinstance(where, str):
                os.close(where)

    def move(self, name: str, target: Folder, new: str) -> None:
        """Rename a file into another folder, replacing what lies there."""
        (old_path, old), (new_path, other) = self._named(name), target._named(new)
        os.replace(old_path, new_path, src_dir_fd=old, dst_dir_fd=other)

    def link_to(self, name: str, target: Folder, new: str) -> None:
        """Give a file a second name, in another folder, unless something lies there."""
        (old_path, old), (new_path, other) = self._named(name), target._named(new)
        os.link(
            old_path,
            new_path,
            src_dir_fd=old,
            dst_dir_fd=other,
            follow_symlinks=os.link not in os.supports_follow_symlinks,
        )

    def touch(self, name: str) -> None:
        """Make a file as new as if it had been written now."""
        path, handle = self._named(name)
        os.utime(path, dir_fd=handle, follow_symlinks=handle is None)

    def remove(self, name: str) -> None:
        """Remove a file, or a link itself."""
        path, handle = self._named(name)
        os.unlink(path, dir_fd=handle)

    def remove_folder(self, name: str) -> None:
        """Remove an empty folder."""
        path, handle = self._named(name)
        os.rmdir(path, dir_fd=handle)

    def flush(self) -> None:
        """Bring the names to the disk, if the system can (Windows need not)."""
        if self._descriptor >= 0:
            sync(self._descriptor)


def kind_of(mode: int) -> str:
    """Return what lies there, as text, by its file type bits."""
    return "it is a folder" if stat.S_ISDIR(mode) else "it is not a plain file"


def _type(entry: os.DirEntry[str]) -> int:
    """Return the file type bits of what an entry is; 0 for any other."""
    if entry.is_symlink():
        return stat.S_IFLNK
    if entry.is_dir(follow_symlinks=False):
        return stat.S_IFDIR
    return stat.S_IFREG if entry.is_file(follow_symlinks=False) else 0


def _is_link(path: str) -> bool:
    try:
        status = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISLNK(status.st_mode) or _is_reparsed(status)


def _is_reparsed(status: os.stat_result) -> bool:
    """Return whether Windows would go elsewhere from here: a junction is no link to Python."""
    reparsed = getattr(stat, "FILE_ATTRIBUTE_REPARSE_POINT", 0)
    return bool(getattr(status, "st_file_attributes", 0) & reparsed)
