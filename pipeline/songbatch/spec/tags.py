"""The tags a render has unless its author gives others: from the names and order in the spec."""

from __future__ import annotations

import msgspec

from songbatch.audio.languages import three_letters


class TrackPosition(msgspec.Struct, frozen=True):
    """Where in its spec a render stands. `track` counts variants from 1; takes share it."""

    song: str
    label: str
    take: int
    track: int
    lang: str | None


def usual_tags(album: str, place: TrackPosition) -> dict[str, str]:
    """Return title, album, track and, if it is known, the language of the lyrics."""
    tags = {"title": _title(place), "album": album, "track": str(place.track)}
    language = three_letters(place.lang)
    return tags | {"language": language} if language else tags


def _title(place: TrackPosition) -> str:
    name = _words(place.song)
    take = f"take {place.take}" if place.take > 1 else ""
    details = ", ".join(filter(None, [_words(place.label), take]))
    title = name[:1].upper() + name[1:]
    return f"{title} ({details})" if details else title


def _words(name: str) -> str:
    return " ".join(name.replace("_", " ").replace("-", " ").split())
