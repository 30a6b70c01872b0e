"""Tags that outputs must have, and whether they have them: never part of a render's key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.audio.tags import LABEL_VERSION
from songbatch.model import AudioFormat

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.model import Cover, Render
    from songbatch.records import Entry


def tags_of(render: Render) -> Mapping[str, str]:
    """Return the tags its output carries: only MP3 has a place for them."""
    return render.unresolved.tags if _has_tags(render) else {}


def cover_of(render: Render) -> Cover | None:
    """Return the picture its output carries."""
    return render.cover if _has_tags(render) else None


def tag_version_of(render: Render) -> int:
    """Return how its output's tag is written; 0 for one that has none."""
    return LABEL_VERSION if _has_tags(render) else 0


def is_tagged_as(entry: Entry, render: Render) -> bool:
    """Return whether an output with the render's key was written with the tag it has now."""
    if not _has_tags(render):
        return not (entry.tag_version or entry.tags or entry.cover)
    cover = render.cover
    return (
        entry.tag_version == LABEL_VERSION
        and entry.tags == render.unresolved.tags
        and (entry.cover and entry.cover.sha256) == (cover and cover.sha256)
        # The tag names spec, song, variant and take.
        and entry.id == render.id
    )


def _has_tags(render: Render) -> bool:
    return render.unresolved.audio.format is AudioFormat.MP3
