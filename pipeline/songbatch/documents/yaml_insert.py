"""Entries put into a section of a YAML text; every other character stays as it is.

The text is edited where the parser says that things stand, and then read again: it has to say what
it said before and the new entries, or nothing is changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import yaml

from songbatch.diagnostics import has_errors
from songbatch.documents.yaml_nodes import Table, plain
from songbatch.documents.yaml_reader import read
from songbatch.sources import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from songbatch.documents.yaml_nodes import Node

Fields = Mapping[str, "str | Fields"]
"""An entry's keys, with texts or further keys."""

LOADER: Any = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
_STEP = 2
"""Columns that what is below a key is further in, where the text does not show it."""
_PLAIN = re.compile(
    r"(?!(?:null|true|false|yes|no|on|off|y|n)$)[A-Za-z][A-Za-z0-9_./-]*[A-Za-z0-9]|[A-Za-z]", re.I
)
"""Texts that need no quotes anywhere."""
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_REST = re.compile(r"[ \t]*(,?)[ \t]*(?:(?<=[ \t])#.*)?\r?")
_ALIAS = re.compile(r"[ \t]*:[ \t]+\*[^\s,\]}]+")
_COMMENT = re.compile(r"[ \t]*#")


class CannotInsert(Exception):
    """A text is written in a way that is not edited here; `str(error)` says which."""


def with_entries(
    source: Source, section: str, entries: Mapping[str, Fields], before: Sequence[str] = ()
) -> str:
    """Return a document's text with entries at the end of one of its sections.

    A section that is missing is made, in front of the first that is named in `before`. Raises
    CannotInsert.
    """
    document, wrong = read(source)
    if not isinstance(document, Table) or has_errors(wrong):
        raise CannotInsert("it has errors")
    try:
        text = _Edit(source.text).insert(section, entries, before)
    except yaml.YAMLError as error:
        raise CannotInsert("its escapes are unusual") from error
    _demand_same(document, Source(source.path, text), section, entries)
    return text


def lines_of(entries: Mapping[str, Fields]) -> list[str]:
    """Return entries as lines that a person can paste below the name of their section."""
    return [f"  {_flow({name: fields})}" for name, fields in entries.items()]


def _demand_same(was: Table, now: Source, section: str, entries: Mapping[str, Fields]) -> None:
    """Raise CannotInsert unless a text says what it said before and these entries, no more."""
    document, wrong = read(now)
    if not isinstance(document, Table) or has_errors(wrong):
        raise CannotInsert("it would not be read any more")
    expected, others = _parts(was, section)
    expected += [(name, dict(fields)) for name, fields in entries.items()]
    if (repr(expected), others) != (
        repr(_parts(document, section)[0]),
        _parts(document, section)[1],
    ):
        raise CannotInsert("something else would change")


def _parts(document: Node, section: str) -> tuple[list[tuple[str, Any]], str]:
    """Return the entries of a section, and all else, in their order."""
    whole: dict[str, Any] = plain(document)
    listed = whole.pop(section, None) or {}
    return [*listed.items()], repr(whole)


class _Edit:
    def __init__(self, text: str) -> None:
        self._text = text
        self._end = "\r\n" if "\r\n" in text else "\n"

    def insert(self, section: str, entries: Mapping[str, Fields], before: Sequence[str]) -> str:
        root = yaml.compose(self._text, Loader=LOADER)
        if not isinstance(root, yaml.MappingNode):
            raise CannotInsert("it is no mapping")
        found = next((pair for pair in root.value if pair[0].value == section), None)
        if found is None:
            if root.flow_style:
                return self._into_braces(root, {section: entries})
            return self._new_section(root, section, entries, before)
        key, value = found
        if value.start_mark.index < key.end_mark.index:
            raise CannotInsert(f"its {section} are an alias")
        if isinstance(value, yaml.MappingNode):
            if value.flow_style:
                return self._into_braces(value, entries)
            return self._below_last(value, entries)
        if isinstance(value, yaml.ScalarNode) and value.start_mark.index == value.end_mark.index:
            column = self._column(key) + self._step(root)
            return self._at_line_end(key.end_mark.index, self._lines(entries, column))
        raise CannotInsert(f"its {section} are no mapping")

    # Below one another

    def _below_last(self, mapping: yaml.MappingNode, entries: Mapping[str, Fields]) -> str:
        first, last = mapping.value[0][0], mapping.value[-1][1]
        column = self._column(first)
        inner = None
        if isinstance(last, yaml.MappingNode) and not last.flow_style:
            inner = self._column(last.value[0][0])
        return self._at_line_end(self._end_of(mapping), self._lines(entries, column, inner))

    def _new_section(
        self,
        root: yaml.MappingNode,
        section: str,
        entries: Mapping[str, Fields],
        before: Sequence[str],
    ) -> str:
        column = self._column(root.value[0][0])
        lines = [f"{' ' * column}{section}:", *self._lines(entries, column + self._step(root))]
        later = [key for key, _ in root.value if key.value in before]
        if not later:
            return self._at_line_end(len(self._text.rstrip()), ["", *lines])
        at = self._above_comments(self._line_start(later[0].start_mark.index))
        block = "".join(f"{line}{self._end}" for line in [*lines, ""])
        return self._text[:at] + block + self._text[at:]

    def _above_comments(self, at: int) -> int:
        """Return where the comment begins that stands right above a line, or the line itself.

        One at the very top is about the whole.
        """
        begin = at
        while begin:
            above = self._line_start(begin - 1)
            if not _COMMENT.match(self._text, above):
                return begin
            begin = above
        return at

    def _lines(
        self, entries: Mapping[str, Fields], column: int, inner: int | None = None
    ) -> list[str]:
        indent = " " * column
        if inner is None:
            return [f"{indent}{_flow({name: fields})}" for name, fields in entries.items()]
        return [
            line
            for name, fields in entries.items()
            for line in (
                f"{indent}{name}:",
                *(f"{' ' * inner}{_flow({key: value})}" for key, value in fields.items()),
            )
        ]

    def _at_line_end(self, offset: int, lines: Sequence[str]) -> str:
        """Return the text with lines below the one that an offset is on."""
        is_line_start = offset and self._text[offset - 1] == "\n"
        at = offset if is_line_start else self._text.find("\n", offset) + 1
        if at:
            block = "".join(f"{line}{self._end}" for line in lines)
            return self._text[:at] + block + self._text[at:]
        return self._text + "".join(f"{self._end}{line}" for line in lines)

    def _step(self, root: yaml.MappingNode) -> int:
        """Return how much further in the text writes what is below its sections."""
        for key, value in root.value:
            if isinstance(value, yaml.MappingNode) and not value.flow_style:
                step = self._column(value.value[0][0]) - self._column(key)
                if step > 0:
                    return step
        return _STEP

    # In braces

    def _into_braces(self, mapping: yaml.MappingNode, entries: Mapping[str, Fields]) -> str:
        new = [_flow({name: fields}) for name, fields in entries.items()]
        if not mapping.value:
            at = self._text.index("{", mapping.start_mark.index) + 1
            return self._with(at, ", ".join(new))
        at = self._end_of(mapping, inside=True)
        first = self._line_start(mapping.value[-1][0].start_mark.index)
        indent = self._text[first : mapping.value[-1][0].start_mark.index]
        line_end = self._text.find("\n", at)
        rest = _REST.fullmatch(self._text[at:line_end]) if line_end >= 0 else None
        if indent.strip(" ") or rest is None:
            return self._with(at, "".join(f", {one}" for one in new))
        if self._text[line_end - 1] == "\r":
            line_end -= 1
        lines = f",{self._end}{indent}".join(new)
        below = f"{self._end}{indent}{lines}{rest[1]}"
        comma = "" if rest[1] else ","
        return self._text[:at] + comma + self._text[at:line_end] + below + self._text[line_end:]

    def _with(self, at: int, more: str) -> str:
        return self._text[:at] + more + self._text[at:]

    # Places

    def _end_of(self, node: yaml.Node, *, inside: bool = False) -> int:
        """Return where the last character of a node ends, comments and blank lines behind left out.

        `inside`: of the last thing in its braces.
        """
        is_mapping = isinstance(node, yaml.MappingNode)
        is_open = isinstance(node, yaml.CollectionNode) and (inside or not node.flow_style)
        if not is_open or not node.value:
            return int(node.end_mark.index)
        last = node.value[-1][1] if is_mapping else node.value[-1]
        if not is_mapping:
            if last.end_mark.index <= node.start_mark.index:
                raise CannotInsert("its last line is an alias")
            return self._end_of(last)
        key = node.value[-1][0]
        if last.start_mark.index < key.end_mark.index:
            alias = _ALIAS.match(self._text, key.end_mark.index)
            if alias is None:
                raise CannotInsert("its last line is an alias")
            return alias.end()
        return self._end_of(last)

    def _column(self, key: yaml.Node) -> int:
        """Return how far in a key stands that begins its line."""
        start = self._line_start(key.start_mark.index)
        before = self._text[start : key.start_mark.index]
        if before.strip(" "):
            raise CannotInsert("its keys do not begin their lines")
        return len(before)

    def _line_start(self, offset: int) -> int:
        return self._text.rfind("\n", 0, offset) + 1


def _flow(fields: Fields) -> str:
    """Return keys as they stand inside braces, or alone on a line."""
    return ", ".join(_pairs(fields))


def _pairs(fields: Fields) -> Iterator[str]:
    for name, value in fields.items():
        yield f"{name}: {f'{{{_flow(value)}}}' if isinstance(value, Mapping) else _text(value)}"


def _text(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    # JSON's quotes are YAML's, but YAML wants more characters escaped.
    quoted = json.dumps(value, ensure_ascii=False)
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)
