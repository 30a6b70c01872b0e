"""The pictures behind covers: read and judged by content before anything is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.audio.cover import NotACover, measure_cover
from songbatch.diagnostics import Diagnostic
from songbatch.digest import sha256
from songbatch.model import Cover
from songbatch.sources import Unreadable

if TYPE_CHECKING:
    from songbatch.model import Picture
    from songbatch.workspace import Workspace


def check_cover(picture: Picture, workspace: Workspace) -> Cover | Diagnostic:
    """Return the cover that a spec names, or what is wrong with it."""
    try:
        data = workspace.read_bytes(picture.file)
        measure_cover(data)
    except Unreadable as error:
        reason, fix = error.reason, error.fix
        code, summary = "cover.unreadable", "cannot read the cover"
    except NotACover as error:
        reason, fix = str(error), error.fix
        code, summary = "cover.not-a-picture", "the cover cannot be used"
    else:
        return Cover(picture.file, sha256(data))
    return Diagnostic(code, picture.span, summary, f"{picture.file}: {reason}", fix)
