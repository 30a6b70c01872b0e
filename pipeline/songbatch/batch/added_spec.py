"""The spec that recordings are added to: found or begun, and with new references in its text."""

from __future__ import annotations

import codecs
import posixpath
from typing import TYPE_CHECKING

import msgspec

from songbatch.diagnostics import InvalidSpecs, Severity, UsageError, did_you_mean, has_errors
from songbatch.documents.schema import judge
from songbatch.documents.yaml_insert import with_entries
from songbatch.documents.yaml_nodes import Table, scalars
from songbatch.documents.yaml_reader import read
from songbatch.files.encodings import as_source
from songbatch.lyrics.slugs import slug
from songbatch.sources import Source, Unreadable
from songbatch.spec.output_names import wrong_name
from songbatch.spec.reference_list import references
from songbatch.spec.settings import ENGINE
from songbatch.spec_files import no_such_spec
from songbatch.traits import HOSTED_CONTRACT, UnknownEngine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from songbatch.diagnostics import Diagnostic
    from songbatch.documents.yaml_insert import Fields
    from songbatch.documents.yaml_nodes import Node
    from songbatch.engines.catalog import Engines
    from songbatch.model import Reference
    from songbatch.spec_files import SpecFile
    from songbatch.traits import Traits
    from songbatch.workspace import Workspace

SECTION = "references"
BEFORE = ("defaults", "songs")
"""The sections that references usually stand in front of."""
FIRST_SONG = "first-song"
_REFERENCE = "THE-REFERENCE"
"""Stands for the reference's name until there is one."""
_FIRST = """\
version: 1
title: {title}

songs:
  {song}:
    reference: {reference}
    lyrics: |
      ##These are the words that you will hear,
      write your own in place of these here.

      An empty line is time to breathe,
      hashes at both ends add the band.##
"""
_SCHEMA = "specs/spec.schema.json"
_SCHEMA_LINE = "# yaml-language-server: $schema=spec.schema.json\n"
_FALLBACK = "songs"
"""What a spec is called where no file's name has a word for it."""


class TargetSpec(msgspec.Struct, frozen=True):
    """The spec that references go into. `data` is None for one that is to be made."""

    path: str
    data: bytes | None
    source: Source
    document: Node

    @property
    def folder(self) -> str:
        """The folder that it lies in, to which its paths are relative."""
        return posixpath.dirname(self.path)

    def listed(self) -> tuple[Mapping[str, Reference], frozenset[str]]:
        """Return the well-formed references that it lists, and the names of all."""
        entry = self.document.get(SECTION) if isinstance(self.document, Table) else None
        return references(entry.value if entry is not None else None, [])

    def traits(self, engines: Engines) -> Traits:
        """Return what the engine takes that the spec names for all its songs."""
        named = scalars(self.document).get(ENGINE)
        try:
            entry = engines.for_spec(named.text if named is not None else None, None)
            return engines[entry.name].traits
        except UnknownEngine:  # `check` tells
            return HOSTED_CONTRACT

    def with_references(self, entries: Mapping[str, Fields]) -> tuple[bytes, Source]:
        """Return the spec with these references. Raises CannotInsert, and InvalidSpecs if one of
        them is not what the schema allows.
        """
        was = self.source
        if self.data is None:
            was = Source(self.path, was.text.replace(_REFERENCE, next(iter(entries))))
        now = Source(self.path, with_entries(was, SECTION, entries, BEFORE))
        before = {(one.code, one.message) for one in _errors(was)}
        worse = [one for one in _errors(now) if (one.code, one.message) not in before]
        if worse:
            raise InvalidSpecs(worse)
        mark = codecs.BOM_UTF8 if (self.data or b"").startswith(codecs.BOM_UTF8) else b""
        return mark + now.text.encode(), now


def find_target(workspace: Workspace, wanted: str | None, stem: str) -> TargetSpec:
    """Return the spec that is meant: the only one, the named one, or one that is to be made.

    That is called as `wanted` or after `stem`. Raises UsageError if it is not clear which,
    InvalidSpecs for one that cannot be read.
    """
    names = workspace.spec_names
    if wanted is None and len(names) > 1:
        raise UsageError(
            "this project has several specs", fix=f"name one with --to: {', '.join(sorted(names))}"
        )
    if not names or (wanted is not None and _is_new(wanted, workspace)):
        return _begun(workspace, wanted or stem)
    files = workspace.asked(() if wanted is None else (wanted,)).files
    if len(files) != 1:
        raise UsageError(
            f"{wanted!r} is not one spec", fix=f"name one: {', '.join(f.name for f in files)}"
        )
    return _there(workspace, files[0])


def _is_new(wanted: str, workspace: Workspace) -> bool:
    """Return whether a word names a spec to be. Raises UsageError if it may be misspelt."""
    asked = workspace.asked((wanted,))
    if not asked.unknown:
        return False
    if wrong_name(wanted) or not _is_plain(wanted) or did_you_mean(wanted, workspace.spec_names):
        raise no_such_spec(wanted, asked.files)
    return True


def _is_plain(name: str) -> bool:
    return slug(name) == name.lower() and name.isascii()


def _begun(workspace: Workspace, name: str) -> TargetSpec:
    """Return a spec with a first song, which follows the first reference that it gets."""
    name = name.removesuffix(".yaml").removesuffix(".yml").rpartition("/")[2]
    plain = slug(name).encode("ascii", "ignore").decode().strip("-") or _FALLBACK
    if plain == "selects":
        plain = _FALLBACK
    title = plain.replace("-", " ").capitalize()
    text = _FIRST.format(title=title, song=FIRST_SONG, reference=_REFERENCE)
    if workspace.tree.is_there(_SCHEMA):
        text = _SCHEMA_LINE + text
    source = Source(f"specs/{plain}.yaml", text)
    document, _ = read(source)
    assert document is not None  # noqa: S101  (it is written above)
    return TargetSpec(source.path, None, source, document)


def _there(workspace: Workspace, file: SpecFile) -> TargetSpec:
    try:
        data = workspace.read_data(file.path)
        source = as_source(file.path, data)
    except Unreadable as error:
        raise UsageError(f"{file.path}: {error.reason}", fix=error.fix) from error
    document, wrong = read(source)
    if document is None or has_errors(wrong):
        raise InvalidSpecs(wrong)
    return TargetSpec(file.path, data, source, document)


def _errors(source: Source) -> Sequence[Diagnostic]:
    document, wrong = read(source)
    more = judge(document)[1] if document is not None else []
    return [one for one in (*wrong, *more) if one.severity is Severity.ERROR]
