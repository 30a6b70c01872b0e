"""Folders as shared stores: a disk, or a network drive that several machines have mounted.

What lies there may be a stranger's: it is reached by handles, so no link leads out, and no pipe
makes anybody wait (`songbatch.files.tree`). An object is written under a name of its own and
brought to the disk; then it gets its own name by a hard link, which exactly one writer can make, on
network drives too. A write that has returned survives a power cut of this machine, as far as
the drive keeps its word.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from typing import TYPE_CHECKING

from songbatch.files.handles import Odd
from songbatch.files.syncing import sync
from songbatch.files.tree import Tree
from songbatch.sharing import names
from songbatch.sharing.objects import Listed, Stored
from songbatch.sharing.trouble import StoreTrouble, Withheld, WriteForbidden

if TYPE_CHECKING:
    from collections.abc import Iterator

_MISSING = (FileNotFoundError, NotADirectoryError)
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_NO_LINKS = {errno.EPERM, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK}


class FolderObjects:
    """Objects that are files below a folder.

    A folder that is missing has no objects, and is made for the first one; the folder above it must
    be there, since a drive that is not mounted would leave its place to another disk.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._tree = Tree(folder)
        self._shown = folder

    def create(self, path: str, data: bytes) -> bool:
        """Write an object, whole and only if there is none; return whether this call did."""
        with self._told(is_change=True):
            self._make_folder()
            if self._tree.is_there(path):
                return False
            temporary = f"{names.PARTIAL}/{os.urandom(16).hex()}"
            try:
                self._write(temporary, data)
                return self._name(temporary, path)
            finally:
                with contextlib.suppress(OSError):
                    self._tree.remove(temporary)

    def _write(self, path: str, data: bytes) -> None:
        with self._tree.create(path) as file:
            rest = memoryview(data)
            while rest:
                rest = rest[file.write(rest) or 0 :]
            sync(file.fileno())

    def _name(self, temporary: str, path: str) -> bool:
        try:
            self._tree.link(temporary, path)
        except FileExistsError:
            # A network drive whose answer was lost asks again, and is told of its own link.
            return self._tree.status(temporary).st_nlink > 1
        except OSError as error:
            if error.errno in _NO_LINKS and not isinstance(error, Odd):
                raise StoreTrouble(
                    f"{self._shown} cannot tell which of two machines was first: "
                    "its file system has no hard links",
                    fix="share a folder on another file system, or a bucket",
                ) from error
            raise
        self._tree.flush(path.rpartition("/")[0])
        return True

    def replace(self, path: str, data: bytes) -> None:
        """Write an object, whole, whatever is there."""
        with self._told(is_change=True):
            self._make_folder()
            self._tree.write(path, data)

    def read(self, path: str, limit: int) -> Stored | None:
        """Return an object, None if there is none. Raises Withheld if it is larger than `limit`."""
        with self._told(), contextlib.suppress(*_MISSING), self._tree.open(path, limit) as file:
            # An open file's status is the server's; a name's may be an older one of this machine.
            modified = os.fstat(file.fileno()).st_mtime
            return Stored(self._tree.read_from(file, path, limit), modified)
        self._demand_folder()
        return None

    def look(self, path: str) -> Listed | None:
        """Return what is known of an object without reading it, None if there is none."""
        with self._told(), contextlib.suppress(*_MISSING):
            status = self._tree.status(path)
            if stat.S_ISREG(status.st_mode):
                return Listed(path, status.st_size, status.st_mtime)
            raise Withheld(f"{self._shown}/{path} is not a plain file")
        self._demand_folder()
        return None

    def listed(self, prefix: str) -> Iterator[Listed]:
        """Yield the objects below a path, in any order."""
        self._demand_folder()
        with self._told():
            for path in self._tree.walk(prefix):
                with contextlib.suppress(*_MISSING):
                    status = self._tree.status(path)
                    yield Listed(path, status.st_size, status.st_mtime)

    def remove(self, path: str) -> None:
        """Remove an object, if there is any."""
        with self._told(is_change=True):
            self._tree.remove(path)

    def _demand_folder(self) -> None:
        """Raise StoreTrouble if not even the folder above that of the store is there."""
        with self._told():
            self._above().make()

    def _make_folder(self) -> None:
        try:
            self._tree.make()
        except FileNotFoundError:
            self._above().make(os.path.basename(self._folder))

    def _above(self) -> Tree:
        return Tree(os.path.dirname(self._folder) or "/")

    @contextlib.contextmanager
    def _told(self, *, is_change: bool = False) -> Iterator[None]:
        try:
            yield
        except Odd as error:
            if is_change:
                raise StoreTrouble(f"{self._shown}/{error}", fix=error.fix) from error
            raise Withheld(f"{self._shown}/{error}", fix=error.fix) from error
        except FileNotFoundError as error:
            raise StoreTrouble(
                f"there is no place for the shared folder {self._shown}",
                fix="mount the drive that it is on, or make the folder above it",
            ) from error
        except OSError as error:
            reason = os.strerror(error.errno or errno.EIO).lower()
            if is_change and error.errno in _FORBIDDEN:
                raise WriteForbidden(f"{self._shown} may only be read: {reason}") from error
            is_passing = error.errno not in {*_FORBIDDEN, errno.ENOTDIR}
            raise StoreTrouble(
                f"the shared folder {self._shown} cannot be used: {reason}", is_passing=is_passing
            ) from error
