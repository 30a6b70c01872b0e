"""Lyrics of a spec, tidied where they stand: nothing else of the file changes."""

from __future__ import annotations

import json
import posixpath
from typing import TYPE_CHECKING, Any

import msgspec

from songbatch.documents.yaml_nodes import Scalar, Table, plain
from songbatch.documents.yaml_reader import read
from songbatch.lyrics import final, is_template
from songbatch.lyrics.pasted import tidied
from songbatch.lyrics.pasted_lines import Mark
from songbatch.shell import shell_path
from songbatch.sources import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from songbatch.documents.yaml_nodes import KeyValue, Node

DEFAULTS = "defaults"


class CannotTidy(Exception):
    """Lyrics that cannot be changed where they stand; says why, and what to do."""

    def __init__(self, reason: str, fix: str) -> None:
        super().__init__(reason)
        self.fix = fix


class TidySpec(msgspec.Struct, frozen=True):
    """The text of a spec with tidy lyrics, and the marks that were met in them."""

    text: str
    marks: tuple[Mark, ...]


class _InlineLyrics(msgspec.Struct, frozen=True):
    """Inline lyrics: whose they are, a song's or the defaults', and their entry."""

    owner: str
    entry: KeyValue
    node: Scalar


def tidied_spec(source: Source, song: str | None) -> TidySpec:
    """Return a spec with the inline lyrics of one song tidied, or of all.

    Raises CannotTidy if there are none, or if they cannot be changed in place.
    """
    document, _ = read(source)
    if not isinstance(document, Table):
        raise CannotTidy("it cannot be read", f"songbatch check {shell_path(source.path)} says why")
    text, marks = source.text, list[Mark]()
    wanted: dict[str, str] = {}
    # The last first: what stands above keeps its place.
    places = sorted(_places(document, song), key=lambda one: -one.node.stretch.start)
    for place in places:
        result = tidied(place.node.text, is_template=is_template(place.node.text))
        if result.text == place.node.text:
            continue
        text = _replaced(text, place)
        wanted[place.owner] = result.text
        marks = [*result.marks, *marks]
    _demand_same(document, text, source, wanted)
    return TidySpec(text, tuple(marks))


def _places(document: Table, song: str | None) -> Iterator[_InlineLyrics]:
    songs, defaults = document.get("songs"), document.get(DEFAULTS)
    tables = {DEFAULTS: defaults.value} if defaults is not None else {}
    if songs is not None and isinstance(songs.value, Table):
        tables = {**{f"songs/{one.name}": one.value for one in songs.value}, **tables}
    if song is None:
        yield from (place for owner, node in tables.items() for place in _of(owner, node))
        return
    own = tables.get(f"songs/{song}")
    if own is None:
        names = ", ".join(name.partition("/")[2] for name in tables if "/" in name)
        raise CannotTidy(f"it has no song {song!r}", f"its songs are {names}")
    _demand_inline(song, own, posixpath.dirname(document.span.path))
    found = [*_of(f"songs/{song}", own), *_of(DEFAULTS, tables.get(DEFAULTS))][:1]
    if not found:
        raise CannotTidy(f"{song!r} has no lyrics of its own", "name a song that has `lyrics:`")
    yield from found


def _of(owner: str, node: Node | None) -> Iterator[_InlineLyrics]:
    entry = node.get("lyrics") if isinstance(node, Table) else None
    if entry is not None and isinstance(entry.value, Scalar):
        yield _InlineLyrics(owner, entry, entry.value)


def _demand_inline(song: str, node: Node, folder: str) -> None:
    """Raise CannotTidy if the words of a song stand in another file."""
    if not isinstance(node, Table):
        return
    lyrics, template = node.get("lyrics"), node.get("template")
    named = lyrics.value.get("file") if lyrics and isinstance(lyrics.value, Table) else template
    if named is not None and isinstance(named.value, Scalar):
        path = posixpath.normpath(posixpath.join(folder, named.value.text))
        is_plain = named is not template and "{{" not in path
        raise CannotTidy(
            f"the words of {song!r} are in the file {named.value.text!r}",
            f"songbatch lyrics tidy {shell_path(path) if is_plain else 'FILE'}",
        )


def _replaced(text: str, place: _InlineLyrics) -> str:
    node = place.node
    if node.style == "|":
        return _with_block(text, node)
    start, end = node.stretch.start, node.stretch.end
    if text[start] in "&!*":
        raise _by_hand(place)
    tidy = tidied(node.text, is_template=is_template(node.text)).text
    line_end = text.find("\n", end)
    behind = text[end : line_end if line_end >= 0 else len(text)]
    written = text[start:end]
    is_short = node.style == '"' and "\n" not in written
    is_in_flow = node.stretch.places.is_in_flow(start)
    if is_in_flow or is_short or tidy.startswith(" ") or (behind.strip() and node.style != ">"):
        shown = json.dumps(tidy, ensure_ascii=False)
        return text[:start] + shown + written[len(written.rstrip()) :] + text[end:]
    indent = " " * (place.entry.key.span.column + 1)
    lines = [f"{indent}{line}" if line else "" for line in tidy.strip("\n").split("\n")]
    return text[:start] + "\n".join(["|", *lines]) + written[len(written.rstrip()) :] + text[end:]


def _by_hand(place: _InlineLyrics) -> CannotTidy:
    where = f"the lyrics in line {place.node.span.line} cannot be changed in place"
    return CannotTidy(where, "begin them with | on the key's line, the words on the lines below")


def _with_block(text: str, node: Scalar) -> str:
    """Return the text of a file with the lines below `|` tidied; others stay to the byte."""
    raw = text.split("\n")
    first = node.span.line
    lines = node.text.removesuffix("\n").split("\n")
    old = raw[first : first + len(lines)]
    indent = _indent(old, lines)
    ends = "\r" if old and old[0].endswith("\r") else ""
    if indent is None:
        raise CannotTidy(
            f"the lyrics in line {first} cannot be changed in place",
            "end their lines by plain line ends, and indent them by blanks alone",
        )
    new: list[str] = []
    for line in tidied("\n".join(lines), is_template=is_template(node.text)).lines:
        is_same = line.text == lines[line.number - 1] and old[line.number - 1] not in new[-1:]
        shown = f"{indent}{line.text}" if line.text else ""
        new.append(old[line.number - 1] if is_same else shown + ends)
    return "\n".join([*raw[:first], *new, *raw[first + len(lines) :]])


def _indent(old: Sequence[str], lines: Sequence[str]) -> str | None:
    """Return the blanks before the lines of a block; None if they are not as the text says."""
    bare = [line.removesuffix("\r") for line in old]
    pairs = list(zip(bare, lines, strict=False))
    indent = next((raw[: len(raw) - len(text)] for raw, text in pairs if text.strip()), None)
    if indent is None or indent.strip(" ") or len(pairs) != len(lines):
        return None
    fits = all(raw == indent + text or not (raw.strip() or text.strip()) for raw, text in pairs)
    return indent if fits else None


def _demand_same(document: Table, text: str, source: Source, wanted: Mapping[str, str]) -> None:
    """Raise CannotTidy unless the new text is the same spec but for the wanted lyrics."""
    read_again, _ = read(Source(source.path, text))
    before, after = plain(document), plain(read_again) if read_again is not None else {}
    is_same = True
    for owner, lyrics in wanted.items():
        old, new = _owner(before, owner), _owner(after, owner)
        is_same = is_same and final(str(new.get("lyrics"))) == final(lyrics)
        old["lyrics"] = new["lyrics"] = ""
    if not is_same or before != after:
        raise CannotTidy(
            "the lyrics cannot be changed in place",
            "begin them with | on the key's line, the words on the lines below",
        )


def _owner(document: Any, path: str) -> dict[str, Any]:
    """Return the plain mapping of a song or of the defaults; an empty one if it is gone."""
    for key in path.split("/"):
        document = document.get(key) if isinstance(document, dict) else None
    return document if isinstance(document, dict) else {}
