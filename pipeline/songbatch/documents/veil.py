"""Veil over keys and passwords that somebody typed into a file: no message repeats them.

Where the name of a variable belongs, people paste the key itself. What is wrong with such a file is
shown with its lines, which end up in logs.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from songbatch.documents.yaml_nodes import Items, Scalar, Table
from songbatch.sources import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from songbatch.diagnostics import Diagnostic
    from songbatch.documents.yaml_nodes import Node

KEY_VARIABLE = "key_env"
VARIABLE = "^(?=.*_|.{1,15}$)[A-Z_][A-Z0-9_]{0,63}$"
"""A name of a variable, as the schemas have it: long words without an underscore are keys."""

_NAME = r"[\w-]*(?:key_env|key|token|secret|password)"
_SECRET_NAME = re.compile(_NAME, re.IGNORECASE)
_WRITTEN = re.compile(
    rf"""(?<![\w-])(?P<name>{_NAME})["']?\s*:(?=\s)\s*"""
    r"(?:[|>][-+0-9]*[ \t]*\n\s*|[&!][^\s,}\]]*\s+)*"
    r"""(?P<value>"(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s,}\]#][^\n,}\]#]*)""",
    re.IGNORECASE,
)
_KEY = re.compile(
    r"(?<![\w-])(?:r8_[A-Za-z0-9]{16,}|sk-[A-Za-z0-9_-]{16,}"
    r"|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}:[0-9a-f]{16,})(?![\w-])"
)
"""Keys of services, by their form."""
_WORD = re.compile(r"\S+")
_QUOTED = 60
"""Characters of a value that other messages repeat."""
_SHORTEST = 4
"""Characters: what is shorter is no key, and may be a part of any word."""
_MOST, _LONGEST = 50, 4096
"""Secrets, and characters of one, that are looked for; beyond, all of the file is covered."""
COVER = "*"


def veiled(
    source: Source, document: Node | None, diagnostics: Iterable[Diagnostic]
) -> list[Diagnostic]:
    """Return diagnostics of a file with whatever may be a key or a password in it covered.

    `document` is the file as far as it could be read.
    """
    found = list(diagnostics)
    if not found:
        return []
    secrets = {text for text in _secrets(source.text, document) if len(text) >= _SHORTEST}
    if not secrets:
        return found
    is_much = len(secrets) > _MOST or max(map(len, secrets)) > _LONGEST
    any_of = _WORD if is_much else _any_of(secrets)
    covered = Source(source.path, any_of.sub(_cover, source.text))
    return [_without(one, any_of, covered) for one in found]


def looks_like_key(text: str) -> bool:
    """Return whether a text has a key of a service in it, by its form."""
    return _KEY.search(text) is not None


def _any_of(secrets: set[str]) -> re.Pattern[str]:
    forms = {*secrets, *(text[:_QUOTED] for text in secrets)}
    return re.compile("|".join(re.escape(text) for text in sorted(forms, key=len, reverse=True)))


def _without(one: Diagnostic, secrets: re.Pattern[str], covered: Source) -> Diagnostic:
    return dataclasses.replace(
        one,
        span=dataclasses.replace(one.span, source=covered),
        detail=secrets.sub("…", one.detail),
        fix=secrets.sub("…", one.fix),
    )


def _cover(match: re.Match[str]) -> str:
    return "".join(each if each.isspace() else COVER for each in match[0])


def _secrets(text: str, document: Node | None) -> Iterator[str]:
    for match in _WRITTEN.finditer(text):
        value = match["value"].strip().strip("\"'")
        if not _may_be_shown(match["name"], value):
            yield from (line.strip() for line in value.split("\n"))
    yield from (match[0] for match in _KEY.finditer(text))
    for match in _WORD.finditer(text):
        start, end = match[0].find("//") + 2, match[0].rfind("@")
        if 2 <= start < end:
            yield match[0][start:end]
        # Services sign addresses in their query: who has one needs no key.
        query = match[0].find("?", start) + 1 if start >= 2 else 0
        if query:
            yield match[0][query:]
    if document is not None:
        yield from _below(document)


def _below(node: Node) -> Iterator[str]:
    if isinstance(node, Table):
        for entry in node:
            if not _SECRET_NAME.fullmatch(entry.name):
                yield from _below(entry.value)
            else:
                for value in _texts(entry.value):
                    if not _may_be_shown(entry.name, value):
                        yield from (value, *(line.strip() for line in value.split("\n")))
    elif isinstance(node, Items):
        for item in node.items:
            yield from _below(item)


def _texts(node: Node) -> Iterator[str]:
    if isinstance(node, Scalar):
        yield node.text
    elif isinstance(node, Table):
        for entry in node:
            yield entry.name
            yield from _texts(entry.value)
    elif isinstance(node, Items):
        for item in node.items:
            yield from _texts(item)


def _may_be_shown(name: str, value: str) -> bool:
    return not value or (
        name.lower() == KEY_VARIABLE and re.search(VARIABLE.replace("$", r"\Z"), value) is not None
    )
