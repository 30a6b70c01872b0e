"""Makeup of a copy of this program: two that differ in it need not make the same of one order."""

from __future__ import annotations

import functools
import os
import sys

import msgspec

import songbatch
from songbatch.digest import Digest, sha256
from songbatch.files.tree import Tree

MAX_SOURCE_BYTES = 64 * 2**20
_DEPTH = 16


class Makeup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`sources` is the digest of all files of the package, `python` its version as `3.11`."""

    version: str
    sources: Digest
    python: str

    def why_unlike(self, other: Makeup) -> str:
        """Return what another copy has that this one has not, "" if they are alike.

        It completes "worker NAME ".
        """
        if other.version != self.version:
            return f"has songbatch {other.version}, this run {self.version}"
        if other.python != self.python:
            return f"has Python {other.python}, this run {self.python}"
        if other.sources != self.sources:
            return f"has other sources of songbatch {other.version} than this run"
        return ""


@functools.cache
def own_makeup() -> Makeup:
    """Return the makeup of this copy. Raises OSError if its files cannot be read."""
    package = Tree(os.path.dirname(os.path.abspath(songbatch.__file__)))
    paths = (path for path in sorted(package.walk("", _DEPTH)) if "__pycache__" not in path)
    digests = ((path, sha256(package.read(path, MAX_SOURCE_BYTES))) for path in paths)
    pieces = [f"{path} {digest}\n".encode() for path, digest in digests]
    python = ".".join(map(str, sys.version_info[:2]))
    return Makeup(songbatch.__version__, sha256(*pieces), python)
