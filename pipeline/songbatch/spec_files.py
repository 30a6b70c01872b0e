"""Spec files: which ones a project has, and which of them a user means."""

from __future__ import annotations

import os
import posixpath
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import msgspec

from songbatch.diagnostics import UsageError, did_you_mean
from songbatch.layout import SELECTS_NAME
from songbatch.spec.output_names import wrong_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from songbatch.files.tree import Tree


_SPEC_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")


class SpecFile(msgspec.Struct, frozen=True):
    """A spec of the project: its name, and its path for people and for `Workspace.read`.

    `problem` is why no folder can have its name, for people; "" if one can.
    """

    name: str
    path: str
    problem: str = ""


def find_specs(tree: Tree, wanted: Iterable[str] = ()) -> list[SpecFile]:
    """Return the wanted specs, given by name or path, or all of them, sorted by name.

    Raises UsageError for one that is not there, and for two files of one name.
    """
    existing = {spec.name: spec for spec in all_specs(tree)}
    wanted = list(wanted)
    if not existing and not wanted:
        raise UsageError(
            f"{tree.place('specs')} holds no spec",
            fix="write specs/NAME.yaml; songbatch init DIR makes an example to start from",
        )
    names = sorted(existing) if not wanted else sorted({_name(w, existing, tree) for w in wanted})
    return [existing[name] for name in names]


def all_specs(tree: Tree) -> list[SpecFile]:
    """Return every spec of a project. Raises UsageError for two files of one name."""
    by_name: dict[str, SpecFile] = {}
    for name, _ in tree.entries(tree.resolved("specs")):
        stem, suffix = posixpath.splitext(name)
        if suffix not in {".yaml", ".yml"} or name.startswith("."):
            continue
        if f"specs/{name}" == SELECTS_NAME:
            continue
        spec = SpecFile(stem, f"specs/{name}", _problem(stem))
        # Its name becomes a folder, and some file systems do not tell Ann from ann.
        if spec.name.casefold() in by_name:
            raise UsageError(
                f"{by_name[spec.name.casefold()].path} and {spec.path} have the same name",
                fix="rename one of them",
            )
        by_name[spec.name.casefold()] = spec
    return [*by_name.values()]


def _problem(name: str) -> str:
    is_plain = _SPEC_NAME.fullmatch(name) is not None
    return wrong_name(name) or ("" if is_plain else "it has other characters, or too many")


def _name(wanted: str, existing: dict[str, SpecFile], tree: Tree) -> str:
    if wanted in existing:
        return wanted
    for spec in existing.values():
        if os.path.realpath(wanted) == os.path.realpath(tree.place(spec.path)):
            return spec.name
    near = did_you_mean(PurePosixPath(wanted).stem, existing)
    have = f"this project has {', '.join(sorted(existing))}" if existing else "specs/ is empty"
    raise UsageError(f"there is no spec {wanted!r}", fix=near or have)
