"""Credits of an album, who and what made it: for readers, for pages and for programs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from songbatch.diagnostics import printable_json
from songbatch.formatting import clock
from songbatch.handover.ai_note import digital_source_type, note_of, system_of
from songbatch.handover.texts import plain, texts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from songbatch.album import Album, AlbumTrack, CreditedReference

VERSION = 1
_MARKED = re.compile(r"([\\`*_\[\]<>#|~])|^([+-]|\d+(?=[.)]))")
_NO_RIGHTS = "rights not stated"


def credits_json(album: Album) -> str:
    """Return the credits as JSON; keys without a value are left out."""
    body = {
        "version": VERSION,
        "title": plain(album.title),
        "artist": plain(album.artist),
        "label": plain(album.label),
        "catalogue_number": plain(album.catalogue_number),
        "upc": plain(album.upc),
        "copyright": plain(album.copyright),
        "tracks": [_track(album, track) for track in album.tracks],
    }
    return printable_json(_said(body), indent=2) + "\n"


def credits_text(album: Album) -> str:
    """Return the credits as plain text."""
    return "".join(f"{line}\n" for line in _lines(album))


def credits_markdown(album: Album) -> str:
    """Return the credits as Markdown, a section for each track."""
    parts = [f"# {_escaped(_heading(album))}\n"]
    parts += [f"{_escaped(line)}\n" for line in _about(album)]
    for track in album.tracks:
        items = "".join(f"- {_escaped(line)}\n" for line in _of_track(album, track))
        parts.append(f"## {_escaped(_title(track))}\n\n{items}")
    return "\n".join(parts)


def _lines(album: Album) -> Iterator[str]:
    yield _heading(album)
    yield from _about(album)
    for track in album.tracks:
        yield ""
        yield f"{track.number}. {_title(track)}"
        yield from (f"   {line}" for line in _of_track(album, track))


def _heading(album: Album) -> str:
    return " – ".join(filter(None, (plain(album.artist), plain(album.title))))


def _about(album: Album) -> Iterator[str]:
    edition = " ".join(filter(None, (plain(album.label), plain(album.catalogue_number))))
    yield from filter(None, (edition, plain(album.copyright)))


def _title(track: AlbumTrack) -> str:
    return f"{plain(track.title)} ({clock(track.seconds)})"


def _of_track(album: Album, track: AlbumTrack) -> Iterator[str]:
    texts = texts_of(album, track)
    yield f"Artist: {texts.artist}"
    if texts.composer:
        yield f"Composer: {texts.composer}"
    if texts.isrc:
        yield f"ISRC: {texts.isrc}"
    yield f"Made by: {system_of(track)}"
    yield note_of(track)
    yield f"Digital source type: {digital_source_type(track)}"
    for reference in track.references:
        rights = ", ".join(f"{name}: {text}" for name, text in _rights(reference).items())
        named = f"{plain(reference.name)} ({plain(reference.purpose)})"
        yield f"Follows the recording {named}: {rights or _NO_RIGHTS}"


def _track(album: Album, track: AlbumTrack) -> dict[str, Any]:
    texts = texts_of(album, track)
    said = {
        "number": track.number,
        "id": track.id,
        "key": track.key,
        "title": texts.title,
        "artist": texts.artist,
        "composer": texts.composer,
        "isrc": texts.isrc,
        "seconds": round(track.seconds, 3),
        "engine": plain(track.engine),
        "model": plain(track.model),
        "ai_generated": note_of(track),
        "digital_source_type": digital_source_type(track),
        "references": [_reference(reference) for reference in track.references],
    }
    return _said(said)


def _reference(reference: CreditedReference) -> dict[str, Any]:
    return _said(
        {
            "name": plain(reference.name),
            "purpose": plain(reference.purpose),
            "source": plain(reference.source),
            "sha256": reference.sha256,
            "rights": _rights(reference),
        }
    )


def _rights(reference: CreditedReference) -> dict[str, str]:
    rights = reference.rights
    if rights is None:
        return {}
    named = {
        "holder": rights.holder,
        "licence": rights.licence,
        "consent": rights.consent,
        "note": rights.note,
    }
    return {name: plain(text) for name, text in named.items() if text and plain(text)}


def _said(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value not in ("", [], {}, None)}


def _escaped(text: str) -> str:
    return _MARKED.sub(_backslashed, text)


def _backslashed(found: re.Match[str]) -> str:
    # A number that would begin a list has its dot escaped.
    return f"{found[2]}\\" if found[2] and found[2].isdigit() else f"\\{found[0]}"
