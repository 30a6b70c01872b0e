"""Spec files: which ones a project has, and which of them a user means."""

from __future__ import annotations

import os
import posixpath
import re
import stat
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import msgspec

from songbatch.diagnostics import UsageError, did_you_mean
from songbatch.files.lookalikes import existing_path, folded
from songbatch.layout import ALBUMS, OUTPUTS, SELECTS_NAME
from songbatch.shell import shell_word
from songbatch.spec.output_names import wrong_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from songbatch.files.tree import Tree


_SPEC_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")
_SUFFIXES = frozenset({".yaml", ".yml"})
_MOST_DEEP = 8
"""Folders below `specs/`, one in the other, in which specs that were moved are looked for."""
_KEYS = [
    re.compile(rf"""(?:^|[{{,])[ \t]*["']?{key}["']?[ \t]*:""", re.M)
    for key in ("version", "songs")
]


class SpecFile(msgspec.Struct, frozen=True):
    """A spec of the project: its name, and its path for people and for `Workspace.read`.

    `problem` is why no folder can have its name, for people; "" if one can.
    """

    name: str
    path: str
    problem: str = ""


class AskedSpecs(msgspec.Struct, frozen=True):
    """The specs that words of a user mean, sorted by name.

    `only` are patterns on renders, if a word means less than whole specs; `unknown` are those
    words among them that name no spec: every spec may have what they mean.
    """

    files: tuple[SpecFile, ...]
    only: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def find_specs(tree: Tree, wanted: Iterable[str] = ()) -> AskedSpecs:
    """Return the specs that are meant by names, paths, ids of renders, outputs; else all of them.

    Raises UsageError for a file that is no spec, and for two files of one name.
    """
    existing = {spec.name: spec for spec in all_specs(tree)}
    wanted = list(wanted)
    if not existing and not wanted:
        write = "write specs/NAME.yaml; songbatch init DIR makes an example to start from"
        elsewhere = next(misplaced(tree), None)
        raise UsageError(
            f"{tree.place('specs')} holds no spec",
            fix=write if elsewhere is None else how_to_move(elsewhere, ()),
        )
    names_by_place: dict[str, str] = {}
    for spec in existing.values() if wanted else ():
        names_by_place.setdefault(os.path.realpath(tree.place(spec.path)), spec.name)
    meant = [_meant(word, existing, names_by_place, tree) for word in wanted]
    unknown = tuple(pattern for names, pattern in meant if not names and pattern)
    names = set(existing) if unknown or not wanted else {n for several, _ in meant for n in several}
    only: list[str] = []
    if any(pattern for _, pattern in meant):
        only = [one for names, pattern in meant for one in ([pattern] if pattern else names)]
    return AskedSpecs(tuple(existing[name] for name in sorted(names)), tuple(only), unknown)


def meant_spec(word: str, known: Iterable[str]) -> tuple[str, str] | None:
    """Return the spec that a word means, and a pattern for less than all of it, or "".

    The word may be its name, in any case, its path, an id that begins with it, or the path of an
    output. Returns None if it is nothing of this.
    """
    known = list(known)
    if word in known:
        return word, ""
    parts = [part for part in word.split("/") if part not in {"", "."}]
    is_output = parts[:1] == [OUTPUTS] and len(parts) > 1
    if is_output or (parts[:1] == ["specs"] and len(parts) > 1):
        del parts[0]
    if not parts:
        return None
    first = folded(_without_suffix(parts[0]))
    name = next((one for one in known if folded(one) == first), None)
    if name is None:
        return None
    if len(parts) == 1:
        return name, ""
    below = "/".join((name, *parts[1:]))
    return name, f"{OUTPUTS}/{below}" if is_output else below


def _without_suffix(name: str) -> str:
    return name.removesuffix(".yaml").removesuffix(".yml")


def all_specs(tree: Tree) -> list[SpecFile]:
    """Return every spec of a project. Raises UsageError for two files of one name."""
    by_name: dict[str, SpecFile] = {}
    for name, _ in tree.entries(tree.resolved("specs")):
        stem, suffix = posixpath.splitext(name)
        if suffix not in _SUFFIXES or name.startswith("."):
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


def misplaced(tree: Tree, on_folder: Callable[[str], None] = lambda _path: None) -> Iterator[str]:
    """Yield the YAML files that are no specs for their place or name alone: below `specs/`, too.

    Folders that are hidden or links are left alone. `on_folder` hears of every other one.
    """
    folders = ["specs"]
    for folder in folders:
        on_folder(folder)
        for name, kind in tree.entries(tree.resolved(folder)):
            path = f"{folder}/{name}"
            if kind == stat.S_IFDIR:
                if not name.startswith(".") and path.count("/") <= _MOST_DEEP:
                    folders.append(path)
                continue
            stem, suffix = posixpath.splitext(name)
            is_spec = folder == "specs" and suffix in _SUFFIXES and not stem.startswith(".")
            if suffix.lower() in _SUFFIXES and not (is_spec or _is_album(path)):
                yield path


def all_albums(tree: Tree) -> list[SpecFile]:
    """Return the files of albums, sorted by name. Raises UsageError for two of one name."""
    by_name: dict[str, SpecFile] = {}
    for name, kind in tree.entries(tree.resolved(ALBUMS)):
        path = f"{ALBUMS}/{name}"
        if kind != stat.S_IFREG or not _is_album(path):
            continue
        album = SpecFile(posixpath.splitext(name)[0], path, _problem(posixpath.splitext(name)[0]))
        if other := by_name.get(album.name.casefold()):
            raise UsageError(
                f"{other.path} and {path} have the same name", fix="rename one of them"
            )
        by_name[album.name.casefold()] = album
    return [*by_name.values()]


def _is_album(path: str) -> bool:
    folder, name = posixpath.split(path)
    stem, suffix = posixpath.splitext(name)
    return folder == ALBUMS and suffix in _SUFFIXES and not stem.startswith(".")


def looks_like_spec(text: str) -> bool:
    """Return whether a text has the keys that every spec has."""
    return all(key.search(text) for key in _KEYS)


def how_to_move(path: str, existing: Iterable[str]) -> str:
    """Return the command that makes a misplaced file a spec, with a name that is not taken."""
    taken = {name.casefold() for name in existing}
    *folders, name = path.split("/")[1:]
    stem = posixpath.splitext(name)[0]
    for parts in ([stem], [*folders, stem]):
        plain = re.sub(r"[^A-Za-z0-9._-]+", "-", "-".join(parts)).strip(".-")[:64]
        if plain and not _problem(plain) and plain.casefold() not in {*taken, "selects"}:
            return f"mv {shell_word(path)} specs/{plain}.yaml"
    return "move it to specs/NAME.yaml, with a name that no spec has"


def _problem(name: str) -> str:
    is_plain = _SPEC_NAME.fullmatch(name) is not None
    return wrong_name(name) or ("" if is_plain else "it has other characters, or too many")


def _meant(
    word: str, existing: Mapping[str, SpecFile], names_by_place: Mapping[str, str], tree: Tree
) -> tuple[tuple[str, ...], str]:
    """Return the specs that a word means, and a pattern for less than all of them, or "".

    No specs and a pattern if only renders can tell.
    """
    if word in existing:
        return (word,), ""
    if not word.strip():  # a variable of a shell that is empty: not all that there is
        raise UsageError(f"{word!r} names no spec", fix="omit it to take all specs")
    place = os.path.realpath(existing_path(Path(word)))
    if place in names_by_place:
        return (names_by_place[place],), ""
    inside = _in_project(place, tree)
    if word.endswith(("/", ".yaml", ".yml")) and os.path.lexists(word) and inside is None:
        raise UsageError(f"{word} is not in this project", fix="name its folder with --project")
    if inside in {".", "specs", OUTPUTS}:
        return tuple(existing), ""
    if inside is not None and inside.startswith("specs/") and _is_misplaced(inside, tree):
        raise UsageError(
            f"{inside} is no spec: those are specs/NAME.yaml or specs/NAME.yml, in no folder below",
            fix=how_to_move(inside, existing),
        )
    meant = meant_spec(inside or word, existing) or meant_spec(word, existing)
    if meant is not None:
        return (meant[0],), meant[1]
    pattern = _without_suffix(word.removeprefix("./").removeprefix("specs/"))
    globbed = [name for name in existing if fnmatchcase(name, pattern)]
    return (tuple(globbed), "") if globbed else ((), word)


def _is_misplaced(path: str, tree: Tree) -> bool:
    return path != SELECTS_NAME and path in misplaced(tree)


def _in_project(place: str, tree: Tree) -> str | None:
    """Return the path in the project of what lies at a place, or of an output to be; or None."""
    below = os.path.relpath(place, os.path.realpath(tree.base))
    path = below.replace(os.sep, "/")
    is_meant = os.path.lexists(place) or path.startswith(f"{OUTPUTS}/")
    return path if is_meant and not path.startswith("..") else None


def no_such_spec(word: str, existing: Iterable[SpecFile], near: str = "") -> UsageError:
    """Return the refusal of a word that means no spec and nothing in one."""
    names = [spec.name for spec in existing]
    have = f"this project has {', '.join(sorted(names))}" if names else "specs/ is empty"
    stem = _without_suffix(PurePosixPath(word).name)
    return UsageError(f"there is no spec {word!r}", fix=did_you_mean(stem, names) or near or have)
