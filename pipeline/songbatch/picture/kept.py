"""Pictures on disk: they are marked, and nothing else is overwritten."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from songbatch.diagnostics import UsageError
from songbatch.files.named import read_if_there, write_named

if TYPE_CHECKING:
    from pathlib import Path

    from songbatch.workspace import Workspace

MARK = b"<!-- a picture by songbatch -->\n"
_EARLIER = re.compile(
    rb'<svg xmlns="http://www\.w3\.org/2000/svg" viewBox="0 0 1240 \d+" '
    rb'width="1240" height="\d+" font-family="sans-serif">'
)
"""How pictures of references began that had no mark yet."""

FIX = "name a file in a folder that exists"


def write_picture(path: Path, svg: str) -> None:
    """Write a picture where a user says. Raises UsageError if that would destroy anything else."""
    _demand_picture(read_if_there(path, fix="name a file"), str(path))
    write_named(path, _marked(svg), fix=FIX)


def keep_picture(workspace: Workspace, path: str, svg: str) -> None:
    """Write a picture into the project. Raises UsageError if that would destroy anything else."""
    if workspace.digest(path) is not None:
        _demand_picture(workspace.read_bytes(path), path)
    workspace.write(path, _marked(svg))


def is_picture(data: bytes) -> bool:
    """Return whether bytes are a picture that was written here, or an earlier one."""
    first, _, rest = data.partition(b"\n")
    return first.startswith(b"<svg ") and (
        rest.startswith(MARK) or _EARLIER.fullmatch(first) is not None
    )


def _demand_picture(existing: bytes | None, path: str) -> None:
    if existing and not is_picture(existing):
        raise UsageError(
            f"{path}: this file is not a picture by songbatch, so it is not overwritten",
            fix="name another file, or remove this one",
        )


def _marked(svg: str) -> bytes:
    first, _, rest = svg.encode().partition(b"\n")
    return b"".join((first, b"\n", MARK, rest))
