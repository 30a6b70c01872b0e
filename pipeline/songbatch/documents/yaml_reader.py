"""YAML text → nodes, from the parser's events: nothing is built before its limits are checked."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import msgspec
import yaml

from songbatch.documents.codes import FIRST_SONG, make_diagnostic
from songbatch.documents.unmerged import unmerged
from songbatch.documents.yaml_errors import explain, half_escaped
from songbatch.documents.yaml_halves import Halves
from songbatch.documents.yaml_nodes import Broken, Items, KeyValue, Node, Scalar, Table
from songbatch.documents.yaml_places import Places
from songbatch.documents.yaml_scalars import resolve, tagged
from songbatch.layout import SELECTS_NAME
from songbatch.sources import Span

if TYPE_CHECKING:
    from songbatch.diagnostics import Diagnostic
    from songbatch.documents.yaml_places import Stretch
    from songbatch.sources import Source

MAX_BYTES = 64 * 2**20
MAX_DEPTH = 40
MAX_NODES = 2_000_000
"""Twice what a hundred thousand songs have; each takes some 200 bytes and a few microseconds."""
MAX_LINES = 4_000_000
"""Where each begins is remembered as soon as there is a mistake to show."""
MAX_ALIASED_NODES = 100_000
_CORE = "tag:yaml.org,2002:"
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HALF = re.compile("[\ud800-\udfff]")
# libyaml's parser keeps its own stack on the heap and hands out one event at a time, so a
# document of 400,000 opening brackets is left at the fortieth. PyYAML's own is some thirty
# times slower; it stands in where PyYAML was built without libyaml.
PARSER: Any = yaml.CLoader if yaml.__with_libyaml__ else yaml.Loader


def read(source: Source, parser: Any = PARSER) -> tuple[Node | None, list[Diagnostic]]:
    """Return the document of a file, or None if it cannot be read to its end."""
    refused = _refused_text(source) or unmerged(source)
    if refused is not None:
        return None, [refused]
    reader = _Reader(source, parser)
    try:
        return reader.document(), reader.found
    except yaml.MarkedYAMLError as error:
        return None, [*reader.found, explain(error, reader.places, reader.last)]
    except _Stopped as stopped:
        return None, [*reader.found, stopped.diagnostic]
    except ValueError:  # PyYAML's own parser, of an escape beyond the last character
        return None, [*reader.found, half_escaped(Span(source), "no such character")]


def _refused_text(source: Source) -> Diagnostic | None:
    if len(source.text) > MAX_BYTES or (
        len(source.text) > MAX_BYTES // 4
        and len(source.text.encode("utf-8", "replace")) > MAX_BYTES
    ):
        return make_diagnostic(
            "yaml.size", Span(source), f"at most {MAX_BYTES:,} bytes", "split the file"
        )
    if source.text.count("\n") > MAX_LINES:
        return make_diagnostic(
            "yaml.size", Span(source), f"at most {MAX_LINES:,} lines", "split the file"
        )
    match = _FORBIDDEN.search(source.text)
    if match is None:
        return None
    span = Places(source).span(match.start(), match.end())
    fix = r"remove it, or write it in double quotes with an escape such as \x1b"
    if match[0] in "\x0b\x0c\x1c\x1d\x1e":
        fix = "replace it by a line end"
    return make_diagnostic("yaml.encoding", span, f"U+{ord(match[0]):04X}", fix)


class _Stopped(Exception):
    """A limit was passed; nothing further is read."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.code)
        self.diagnostic = diagnostic


class _Anchored(msgspec.Struct, frozen=True):
    """What an anchor stands for: the node, how many nodes and levels it has, aliases expanded."""

    node: Node
    size: int
    height: int


class _Reader:
    def __init__(self, source: Source, parser: Any) -> None:
        self.places = Places(source)
        self.found: list[Diagnostic] = []
        self.last: Stretch | None = None
        self._halves = Halves(source.text)
        self._parser = parser(self._halves.text)
        self._anchors: dict[str, _Anchored] = {}
        self._size = 0
        self._aliased = 0
        self._flows = 0
        """How many { … } and [ … ] are open."""

    def document(self) -> Node | None:
        self._next()
        if isinstance(self._next(), yaml.StreamEndEvent):
            self.found.append(_empty(self.places.source))
            return None
        node, _ = self._node(self._next(), 0)
        self._next()
        following = self._next()
        if not isinstance(following, yaml.StreamEndEvent):
            fix = "keep one spec per file; remove the line --- and what follows"
            self.found.append(make_diagnostic("yaml.documents", self._span(following), "", fix))
        return node

    def _next(self) -> Any:
        return self._parser.get_event()

    def _span(self, event: Any) -> Span:
        return self.places.span(event.start_mark.index, event.end_mark.index)

    def _node(self, event: Any, depth: int) -> tuple[Node, int]:
        """Return the node that begins with `event`, and how many levels it has."""
        if depth > MAX_DEPTH:
            raise _Stopped(self._too_deep(self._span(event)))
        if self._size >= MAX_NODES:
            raise _Stopped(self._too_many(self._span(event)))
        if type(event) is yaml.ScalarEvent and event.anchor is None:
            self._size += 1
            return self._scalar(event), 0
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, depth)
        before = self._size
        self._size += 1
        node, height = self._content(event, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = _Anchored(node, self._size - before, height)
        return node, height

    def _content(self, event: Any, depth: int) -> tuple[Node, int]:
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event), 0
        if event.anchor is not None:
            self._anchors.pop(event.anchor, None)
        wanted = "map" if isinstance(event, yaml.MappingStartEvent) else "seq"
        if event.tag not in {None, "!", _CORE + wanted}:
            self.found.append(self._bad_tag(event))
        if event.flow_style:
            if not self._flows:
                self.places.open_flow(event.start_mark.index)
            self._flows += 1
        return self._table(event, depth) if wanted == "map" else self._items(event, depth)

    def _alias(self, event: Any, depth: int) -> tuple[Node, int]:
        anchored = self._anchors.get(event.anchor)
        if anchored is None:
            fix = "write the anchor before its alias, and not around it; or repeat the value"
            self.found.append(
                make_diagnostic("yaml.anchor", self._span(event), f"*{event.anchor}", fix)
            )
            return Broken(self.places.stretch(event)), 0
        self._size += anchored.size
        self._aliased += anchored.size
        if self._aliased > MAX_ALIASED_NODES:
            detail = f"more than {MAX_ALIASED_NODES:,} nodes"
            fix = "repeat less through aliases; defaults give a key to every song"
            raise _Stopped(make_diagnostic("yaml.alias", self._span(event), detail, fix))
        if depth + anchored.height > MAX_DEPTH:
            raise _Stopped(self._too_deep(self._span(event)))
        return anchored.node, anchored.height

    def _scalar(self, event: Any) -> Scalar | Broken:
        stretch, text, style = self.places.stretch(event), event.value, event.style or ""
        self.last = stretch
        if self._halves.were_found:
            text = self._halves.value(text, style, stretch.start, stretch.end)
        if not style and event.tag is None and text.isascii():
            text = sys.intern(text)  # ten thousand songs have the same few keys
            return Scalar(stretch, resolve(text), text)
        if style in {"|", ">"}:
            # A block scalar ends where the next key begins; its first line is what can be shown.
            stretch.shown = self.places.source.text.find("\n", stretch.start)
        if not text.isascii() and (half := _HALF.search(text)) is not None:
            self.found.append(half_escaped(stretch.span, f"U+{ord(half[0]):04X}"))
            return Broken(stretch)
        if event.tag in {None, "!"}:
            plain = not style and event.tag is None
            return Scalar(stretch, resolve(text) if plain else text, text, style)
        if not event.tag.startswith(_CORE):
            self.found.append(self._bad_tag(event))
            return Broken(stretch)
        try:
            value = tagged(event.tag.removeprefix(_CORE), text, quoted=bool(style))
        except ValueError:
            self.found.append(self._bad_tag(event))
            return Broken(stretch)
        return Scalar(stretch, value, text, style)

    def _items(self, start: Any, depth: int) -> tuple[Node, int]:
        items, height = [], 0
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            node, below = self._node(event, depth + 1)
            items.append(node)
            height = max(height, below + 1)
        self._end(start, event)
        return Items(self.places.stretch(start), tuple(items)), height

    def _end(self, start: Any, event: Any) -> None:
        if start.flow_style:
            self._flows -= 1
            if not self._flows:
                self.places.close_flow(event.end_mark.index)

    def _table(self, start: Any, depth: int) -> tuple[Node, int]:
        entries: dict[str, KeyValue] = {}
        height, incomplete = 0, False
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key, _ = self._node(event, depth + 1)
            value, below = self._node(self._next(), depth + 1)
            height = max(height, below + 1)
            if isinstance(key, Scalar) and self._usable(key, entries, event):
                entries[key.text] = KeyValue(key, value)
                continue
            incomplete = True
            if not isinstance(key, Scalar | Broken):
                self.found.append(self._bad_key(event))
        self._end(start, event)
        stretch = self.places.stretch(start)
        if incomplete and not entries:
            return Broken(stretch), height
        return Table(stretch, entries, incomplete), height

    def _usable(self, key: Scalar, before: dict[str, KeyValue], event: Any) -> bool:
        if key.text == "<<" and not key.style:
            fix = "use defaults for what every song has, or repeat the keys"
            self.found.append(make_diagnostic("yaml.merge-key", self._span(event), "<<", fix))
            return False
        if key.text in before:
            first = before[key.text].key.span.line
            detail = f"`{key.text}` on line {key.span.line} and already on line {first}"
            fix = "remove one of the two, or give it another name"
            self.found.append(make_diagnostic("yaml.duplicate-key", self._span(event), detail, fix))
            return False
        return True

    def _bad_key(self, event: Any) -> Diagnostic:
        start = event.start_mark.index
        fix = "write the key as text"
        if self.places.source.text[start - 1 : start + 1] == "{{":
            fix = 'put a value that begins with {{ into quotes: "{{ name }}"'
        return make_diagnostic("yaml.key", self._span(event), "a list or mapping as a key", fix)

    def _bad_tag(self, event: Any) -> Diagnostic:
        tag = event.tag.replace(_CORE, "!!")
        return make_diagnostic("yaml.tag", self._span(event), tag, "remove the tag")

    @staticmethod
    def _too_deep(span: Span) -> Diagnostic:
        return make_diagnostic("yaml.depth", span, f"more than {MAX_DEPTH} levels", "nest less")

    @staticmethod
    def _too_many(span: Span) -> Diagnostic:
        detail = f"at most {MAX_NODES:,} keys and values"
        return make_diagnostic("yaml.size", span, detail, "split the file")


def _empty(source: Source) -> Diagnostic:
    fix = "write `version: 1`, or remove the file"
    if source.path == SELECTS_NAME:
        fix = "write `version: 1`, and below it `listeners: {}`, or remove the file"
    elif source.path.startswith("specs/"):
        fix = f"write `version: 1`, and below it `{FIRST_SONG}`"
    return make_diagnostic("yaml.empty", Span(source), "", fix)
