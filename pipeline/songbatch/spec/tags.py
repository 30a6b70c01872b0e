"""The tags a render has unless its author gives others: from the names and order in the spec."""

from __future__ import annotations

import msgspec

from songbatch.languages import three_letters
from songbatch.spec.titles import usual_title


class TrackPosition(msgspec.Struct, frozen=True):
    """Where in its spec a render stands. `track` counts variants from 1; takes share it.

    `details` are the values of its variant that name it.
    """

    song: str
    details: tuple[str, ...]
    take: int
    track: int
    lang: str | None


def usual_tags(album: str, place: TrackPosition) -> dict[str, str]:
    """Return title, album, track and, if it is known, the language of the lyrics."""
    tags = {
        "title": usual_title(place.song, place.details, place.take),
        "album": album,
        "track": str(place.track),
    }
    language = three_letters(place.lang)
    return tags | {"language": language} if language else tags
