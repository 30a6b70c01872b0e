"""Own encodings: what this machine made of songs that manifests record in other bytes.

Encoders and decoders may give other ones on another processor. What a manifest has
stands then, and the file `encodings` remembers this machine's: a line `RECORDED OWN` each, both
SHA-256, of received audio or of an output. The last line for a digest counts, odd ones are ignored.
The file may be deleted: the next render compares songs again, and writes it anew.
"""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

from songbatch.files.cache_file import read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.files.tree import Tree

NAME = "encodings"
MAX_BYTES = 256 * 2**20
_LINE = re.compile(rb"^([0-9a-f]{64}) ([0-9a-f]{64})$", re.MULTILINE)


class OwnEncodings:
    """The own encodings in `state`, the tree of what is kept; they are read when first asked for.

    `remember` may be called from several threads, and only by the lock's holder.
    """

    def __init__(self, state: Tree) -> None:
        self._state = state
        self._lock = threading.Lock()
        self._read: dict[str, str] | None = None

    def known(self) -> Mapping[str, str]:
        """Return the digests of this machine's files by those that manifests record."""
        with self._lock:
            return self._known()

    def wrote(self, digest: str | None, recorded: str | None) -> bool:
        """Return whether a file of this digest is the recorded one, or this machine's of it."""
        if digest is None or recorded is None:
            return False
        return digest == recorded or self.known().get(recorded) == digest

    def _known(self) -> dict[str, str]:
        if self._read is None:
            lines = _LINE.findall(read(self._state, NAME, MAX_BYTES) or b"")
            self._read = {recorded.decode(): own.decode() for recorded, own in lines}
        return self._read

    def remember(self, recorded: str, own: str) -> None:
        """Remember this machine's file of what a manifest records; nothing if it is that very one.

        Raises OSError.
        """
        with self._lock:
            known = self._known()
            if recorded == own or known.get(recorded) == own:
                return
            with self._state.append(NAME) as file:
                # The line feed in front ends a line that was cut off.
                file.write(f"\n{recorded} {own}\n".encode())
            known[recorded] = own
