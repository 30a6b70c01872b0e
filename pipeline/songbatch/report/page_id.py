"""The id of a project, under which browsers keep what its listeners have not saved yet.

Pages from disk share one storage, and so do servers on one host, whatever their ports: names of
folders would not tell projects apart. The id is random and belongs to one folder: a copy of the
project gets its own.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from typing import TYPE_CHECKING

import msgspec

from songbatch.files import cache_file
from songbatch.layout import folder_id

if TYPE_CHECKING:
    from songbatch.workspace import Workspace

PATH = "page-id"
"""Within `.songbatch/`."""
VERSION = 1
_MAX_BYTES = 1024


class _KeptId(msgspec.Struct, frozen=True):
    version: int
    id: str
    folder: int
    """The folder that it is of."""


_decode = msgspec.json.Decoder(_KeptId).decode


def page_id(workspace: Workspace) -> str:
    """Return the project's id; it is made and kept where there is none yet.

    Where nothing can be kept, it is made of the project's path.
    """
    root = os.path.realpath(workspace.root)
    try:
        folder = folder_id(root)
        data = cache_file.read(workspace.state, PATH, _MAX_BYTES)
        kept = cache_file.decoded(
            data, _decode, lambda k: (k.version, k.folder) == (VERSION, folder)
        )
        if kept is None:
            kept = _KeptId(VERSION, secrets.token_hex(16), folder)
            workspace.state.write(PATH, msgspec.json.encode(kept) + b"\n")
    except OSError:
        return hashlib.sha256(os.fsencode(root)).hexdigest()[:32]
    return kept.id
