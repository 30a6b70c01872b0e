"""Albums: from what stands under `album` in a spec, or in a file of its own, to sheets. Pure.

Which songs there are is not known here: `songbatch.batch.album_songs` finds them.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

import msgspec

from songbatch.album import AlbumSheet, Loudness, SequenceItem
from songbatch.documents.codes import make_diagnostic
from songbatch.documents.schema import judge
from songbatch.documents.schema_messages import quoted
from songbatch.documents.yaml_nodes import Items, Scalar, Table, scalars
from songbatch.documents.yaml_reader import read
from songbatch.model import Picture
from songbatch.spec.album_numbers import check_digit, isrc, upc
from songbatch.spec.paths import BadPath, inside
from songbatch.spec.tag_values import FIXES, is_readable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from songbatch.diagnostics import Diagnostic
    from songbatch.documents.yaml_nodes import KeyValue, Node
    from songbatch.sources import Source

TAGS = ("year", "genre", "composer", "comment")
_TEXTS = ("title", "artist", "label", "copyright", "catalogue_number")
_ITEM_SECONDS = ("gap", "crossfade", "fade_in", "fade_out")


class AlbumResult(msgspec.Struct, frozen=True):
    """What came of a file of an album: `sheet` is None if it cannot be read at all."""

    sheet: AlbumSheet | None
    diagnostics: tuple[Diagnostic, ...]


def load_album(source: Source, name: str) -> AlbumResult:
    """Read and check an album's file. Never raises for what an author wrote."""
    document, diagnostics = read(source)
    if document is None:
        return AlbumResult(None, tuple(diagnostics))
    document, more = judge(document, "album")
    diagnostics += more
    if not isinstance(document, Table):
        return AlbumResult(None, tuple(diagnostics))
    sheet = album_sheet(document, name, diagnostics)
    return AlbumResult(sheet, tuple(diagnostics))


def sheet_in_spec(
    entry: KeyValue | None, spec: str, title: str, diagnostics: list[Diagnostic]
) -> AlbumSheet | None:
    """Return the album that stands in a spec, which has this title; None if there is none."""
    if entry is None or not isinstance(entry.value, Table):
        return None
    sheet = album_sheet(entry.value, spec, diagnostics)
    return msgspec.structs.replace(sheet, spec=spec, title=sheet.title or title)


def album_sheet(table: Table, name: str, diagnostics: list[Diagnostic]) -> AlbumSheet:
    """Return an album as far as it is well-formed; what is wrong is added to `diagnostics`."""
    parts = scalars(table)
    fades = _numbers(table, "fades")
    sequence = tuple(_sequence(table, diagnostics))
    _judge_sequence(sequence, diagnostics)
    return AlbumSheet(
        name=name,
        path=table.span.path,
        span=table.span,
        sequence=sequence,
        tags=_tags(parts, diagnostics),
        upc=_upc(parts.get("upc"), diagnostics),
        cover=_cover(parts.get("cover"), diagnostics),
        loudness=_loudness(table),
        fade_in=fades.get("in", 0.0),
        fade_out=fades.get("out", 0.0),
        **_others(table, parts),
    )


def _sequence(table: Table, diagnostics: list[Diagnostic]) -> Iterator[SequenceItem]:
    entry = table.get("sequence")
    for node in entry.value.items if entry and isinstance(entry.value, Items) else ():
        if isinstance(node, Scalar):
            yield SequenceItem(song=node.text, span=node.span)
            continue
        parts = scalars(node)
        if "song" not in parts:
            continue  # reported already
        yield SequenceItem(
            song=parts["song"].text,
            span=parts["song"].span,
            title=parts["title"].text.strip() if "title" in parts else None,
            isrc=_isrc(parts.get("isrc"), diagnostics),
            **{key: _number(parts.get(key)) for key in _ITEM_SECONDS},
        )


def _judge_sequence(sequence: Sequence[SequenceItem], diagnostics: list[Diagnostic]) -> None:
    codes: dict[str, SequenceItem] = {}
    for item in sequence:
        if item.gap is not None and item.crossfade is not None:
            fix = "leave one of them out: where songs overlap, there is no silence"
            diagnostics.append(make_diagnostic("album.together", item.span, quoted(item.song), fix))
        if item.isrc and codes.setdefault(item.isrc, item) is not item:
            detail = f"{item.isrc}, also of {quoted(codes[item.isrc].song)}"
            fix = "every recording has a code of its own"
            diagnostics.append(make_diagnostic("album.twice", item.span, detail, fix))
    if sequence and sequence[-1].crossfade is not None:
        item = sequence[-1]
        fix = "leave out its crossfade, or write fade_out"
        diagnostics.append(make_diagnostic("album.last", item.span, quoted(item.song), fix))


def _tags(parts: Mapping[str, Scalar], diagnostics: list[Diagnostic]) -> dict[str, str]:
    tags = {key: parts[key].text.strip() for key in TAGS if key in parts}
    for tag, text in tags.items():
        if not is_readable(tag, text):
            detail = f"`{tag}` {quoted(text)}"
            diagnostics.append(
                make_diagnostic("tags.unreadable", parts[tag].span, detail, FIXES[tag])
            )
    return {tag: text for tag, text in tags.items() if text}


def _isrc(node: Scalar | None, diagnostics: list[Diagnostic]) -> str:
    if node is None or not node.text.strip():
        return ""
    code = isrc(node.text)
    if code is None:
        fix = (
            "write two letters, three letters or digits, and seven digits: US-ABC-26-00001; "
            "the agency of your country gives them out"
        )
        diagnostics.append(make_diagnostic("album.isrc", node.span, quoted(node.text), fix))
    return code or ""


def _upc(node: Scalar | None, diagnostics: list[Diagnostic]) -> str:
    if node is None or not node.text.strip():
        return ""
    code = upc(node.text)
    if code is None:
        digits = "".join(c for c in node.text if c in "0123456789")
        fix = "write the 12 digits (UPC) or 13 (EAN) below the bar code"
        if len(digits) in {12, 13}:
            fix = (
                f"a digit is wrong: behind {digits[:-1]} comes {check_digit(digits[:-1])}, "
                f"not {digits[-1]}; compare it with your distributor's"
            )
        diagnostics.append(make_diagnostic("album.upc", node.span, quoted(node.text), fix))
    return code or ""


def _cover(node: Scalar | None, diagnostics: list[Diagnostic]) -> Picture | None:
    if node is None:
        return None
    try:
        return Picture(inside(posixpath.dirname(node.span.path), node.text), node.span)
    except BadPath as error:
        detail = f"{quoted(node.text)}: {error.reason}"
        diagnostics.append(make_diagnostic("cover.path", node.span, detail, error.fix))
        return None


def _loudness(table: Table) -> Loudness:
    entry = table.get("loudness")
    parts = scalars(entry.value) if entry is not None else {}
    numbers = {"target": "target_lufs", "true_peak": "true_peak_dbtp"}
    said: dict[str, Any] = {
        field: value
        for key, field in numbers.items()
        if (value := _number(parts.get(key))) is not None
    }
    if "mode" in parts:
        said["mode"] = parts["mode"].text
    if "limiter" in parts:
        said["limiter"] = parts["limiter"].value is True
    return Loudness(**said)


def _others(table: Table, parts: Mapping[str, Scalar]) -> dict[str, Any]:
    """Return the texts, the lists and the gap, as far as they are said."""
    found: dict[str, Any] = {key: parts[key].text.strip() for key in _TEXTS if key in parts}
    gap = _number(parts.get("gap"))
    if gap is not None:
        found["gap"] = gap
    for key in ("formats", "whole"):
        entry = table.get(key)
        if entry is not None and isinstance(entry.value, Items):
            found[key] = tuple(_texts(entry.value.items))
    return found


def _texts(nodes: Iterable[Node]) -> Iterator[str]:
    return (node.text for node in nodes if isinstance(node, Scalar))


def _numbers(table: Table, key: str) -> dict[str, float]:
    entry = table.get(key)
    parts = scalars(entry.value) if entry is not None else {}
    return {name: value for name in parts if (value := _number(parts[name])) is not None}


def _number(node: Scalar | None) -> float | None:
    value = node.value if node is not None else None
    return float(value) if isinstance(value, int | float) else None
