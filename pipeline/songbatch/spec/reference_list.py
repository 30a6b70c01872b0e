"""The references a spec lists: well-formed paths and URLs, nothing opened yet."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from songbatch.documents.codes import make_diagnostic
from songbatch.documents.yaml_nodes import Scalar, Table
from songbatch.model import Purpose, Reference, Rights
from songbatch.spec.cuts import BadCut, cut_of
from songbatch.spec.paths import BadPath, inside

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from songbatch.diagnostics import Diagnostic
    from songbatch.documents.yaml_nodes import KeyValue, Node


def references(
    node: Node | None, diagnostics: list[Diagnostic]
) -> tuple[dict[str, Reference], frozenset[str]]:
    """Return the usable references by name, and the names of all that are listed."""
    if not isinstance(node, Table):
        return {}, frozenset()
    listed = ((entry.name, _reference(entry, diagnostics)) for entry in node)
    usable = {name: reference for name, reference in listed if reference is not None}
    return usable, frozenset(node.entries)


def _reference(entry: KeyValue, diagnostics: list[Diagnostic]) -> Reference | None:
    if not isinstance(entry.value, Table):
        return None
    scalars = dict(_scalars(entry.value))
    purpose = scalars.get("purpose")
    file, url = _file(scalars, diagnostics), _url(scalars, diagnostics)
    if purpose is None or (file is None) == (url is None) or ("sha256" not in scalars and url):
        return None
    try:
        cut, cut_span = cut_of(scalars, diagnostics)
    except BadCut:
        return None
    sha256 = scalars["sha256"].text.lower() if "sha256" in scalars else None
    source = scalars["file" if file is not None else "url"]
    return Reference(
        name=entry.name,
        purpose=Purpose(purpose.text),
        span=entry.key.span,
        source_span=source.span,
        file=file,
        url=url,
        sha256=sha256,
        cut=cut,
        cut_span=cut_span,
        rights=_rights(entry.value),
    )


def _rights(table: Table) -> Rights | None:
    """Return what an author says of a recording's rights, None if that is nothing."""
    entry = table.get("rights")
    if entry is None or not isinstance(entry.value, Table):
        return None
    said = {name: node.text for name, node in _scalars(entry.value) if name in _RIGHTS}
    return Rights(**said) if said else None


_RIGHTS = frozenset(Rights.__struct_fields__)


def _scalars(table: Table) -> Iterator[tuple[str, Scalar]]:
    for entry in table:
        if isinstance(entry.value, Scalar):
            yield entry.name, entry.value


def _file(scalars: Mapping[str, Scalar], diagnostics: list[Diagnostic]) -> str | None:
    node = scalars.get("file")
    if node is None:
        return None
    try:
        return inside(posixpath.dirname(node.span.path), node.text)
    except BadPath as error:
        detail = f'"{node.text}": {error.reason}'
        diagnostics.append(make_diagnostic("reference.path", node.span, detail, error.fix))
        return None


def _url(scalars: Mapping[str, Scalar], diagnostics: list[Diagnostic]) -> str | None:
    node = scalars.get("url")
    if node is None:
        return None
    wrong = _wrong_url(node.text)
    if wrong is not None:
        # The address is not repeated in the message: it may hold a password.
        diagnostics.append(make_diagnostic("reference.url", node.span, *wrong))
        return None
    return node.text


def _wrong_url(text: str) -> tuple[str, str] | None:
    if not text.isprintable() or " " in text:
        return "it has a space or an invisible character", "write %20 for a space"
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018  (reading it checks it)
    except ValueError:
        return "its server or port cannot be read", "write https://server/path"
    if parts.username is not None or parts.password is not None:
        return "it has a user name or password", "put no credentials into a spec"
    if not parts.hostname:
        return "it names no server", "write https://server/path"
    return None
