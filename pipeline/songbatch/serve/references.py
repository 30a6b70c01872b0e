"""Uploads of clients, kept for an engine that takes references along with every request.

Ids are made of the upload's digest and purpose: the same upload has the same ids, and they hold for
as long as the folder does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import msgspec

from songbatch.digest import sha256
from songbatch.engines.base import EngineError, Verdict
from songbatch.model import Purpose, Uploaded
from songbatch.serve.contract import MAX_UPLOAD_BYTES

if TYPE_CHECKING:
    from songbatch.files.tree import Tree

FOLDER = "serve"
"""Folder of the state in which they are kept."""
ID_DIGITS = 32
"""Hexadecimal digits of a digest in an id: no two uploads share 128 bits."""

IdRole = Literal["vocal", "instrumental"]
_ID = re.compile(r"(vocal|instrumental)-(song|voice|instrumental)-([0-9a-f]{32})")


class KeptReference(msgspec.Struct, frozen=True):
    """An upload that is kept; `digest` has its first ID_DIGITS."""

    purpose: Purpose
    digest: str

    @property
    def name(self) -> str:
        """Its file in the folder, and the end of its ids."""
        return f"{self.purpose}-{self.digest}"


class KeptReferences:
    """Uploads in a folder. Safe to use from several threads at once."""

    def __init__(self, folder: Tree) -> None:
        self._folder = folder

    def keep(self, audio: bytes, purpose: Purpose) -> Uploaded:
        """Keep an upload; return its ids. Raises EngineError if the disk refuses."""
        kept = KeptReference(purpose, _digest(audio))
        if self._bytes(kept) is None:
            try:
                self._folder.write(kept.name, audio)
            except OSError as error:
                raise EngineError(
                    f"the reference cannot be kept: {error}", Verdict.RETRY
                ) from error
        return Uploaded(
            voice_id=f"vocal-{kept.name}" if purpose.gives_voice else None,
            instrumental_id=f"instrumental-{kept.name}" if purpose.gives_instrumental else None,
        )

    def find(self, uploaded_id: str, role: IdRole) -> KeptReference:
        """Return the upload that an id is of. Raises EngineError: `reupload` for one not kept."""
        match = _ID.fullmatch(uploaded_id)
        if match is not None and match[1] == role:
            kept = KeptReference(Purpose(match[2]), match[3])
            if self._folder.is_there(kept.name):
                return kept
        raise _unknown(role)

    def read(self, kept: KeptReference) -> bytes:
        """Return the bytes of an upload. Raises EngineError: `reupload` if they are gone."""
        data = self._bytes(kept)
        if data is None:
            raise _unknown("vocal" if kept.purpose.gives_voice else "instrumental")
        return data

    def _bytes(self, kept: KeptReference) -> bytes | None:
        """Return the bytes of an upload; None if they are not there, or others."""
        try:
            data = self._folder.read(kept.name, MAX_UPLOAD_BYTES)
        except OSError:
            return None
        return data if _digest(data) == kept.digest else None


def _digest(audio: bytes) -> str:
    return sha256(audio)[:ID_DIGITS]


def _unknown(role: IdRole) -> EngineError:
    return EngineError(f"the {role} id is unknown", Verdict.REUPLOAD)
