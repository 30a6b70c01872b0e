"""What manifests said at another time: at a revision of the repository, or in a file.

They may come from strangers, so what is made of their words later is held to its form here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.diagnostics import BrokenState, UsageError
from pipeline.store import manifest as manifests

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pipeline.history import Commit, History
    from pipeline.records import Entry, Manifest

Place = tuple[str, str]
"""Spec and engine: what a manifest is of."""

FILE_SUFFIX = ".json"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_STATES = {"done", "failed", "held"}
_TEXTS = ("id", "song", "key", "status", "output", "lyrics")


@dataclass(frozen=True, slots=True)
class Past:
    """Manifests of another time, and where they are from: a commit, or a file."""

    manifests: Mapping[Place, Manifest]
    commit: Commit | None = None
    file: str = ""

    def __str__(self) -> str:
        return str(self.commit or self.file)

    @property
    def specs(self) -> frozenset[str]:
        """The specs that any of the manifests is of."""
        return frozenset(spec for spec, _ in self.manifests)


def at_commit(commit: Commit, history: History) -> Past:
    """Return the manifests at a commit. Raises BrokenState for a broken one."""
    found = (_read(data, f"{commit.name}:{path}") for path, data in history.manifests(commit))
    return Past(_by_place(found), commit=commit)


def in_file(path: Path) -> Past:
    """Return the manifest in a file. Raises UsageError and BrokenState."""
    try:
        data = path.read_bytes()
    except OSError as error:
        said = (error.strerror or "unreadable").lower()
        raise UsageError(
            f"{path}: {said}", fix=f"name a manifest (*{FILE_SUFFIX}), or a revision of git"
        ) from error
    return Past(_by_place([_read(data, str(path))]), file=str(path))


def _by_place(found: Iterable[Manifest]) -> dict[Place, Manifest]:
    return {(one.spec, one.engine.name): one for one in found}


def _read(data: bytes, path: str) -> Manifest:
    manifest = manifests.parse(data, path)
    demand_sound(manifest, path)
    return manifest


def demand_sound(manifest: Manifest, path: str) -> None:
    """Raise BrokenState, naming `path`, for texts, digests and states that are none."""
    named = (manifest.spec, manifest.engine.name, manifest.engine.model)
    if not all(isinstance(name, str) for name in named) or not all(map(_is_sound, manifest)):
        raise BrokenState(
            f"{path} is not a manifest: it has something else where texts or digests stand",
            fix="compare manifests that songbatch wrote",
        )


def _is_sound(entry: Entry) -> bool:
    digests = (entry.key, entry.audio_sha256, entry.sha256)
    return (
        all(isinstance(getattr(entry, name), str) for name in _TEXTS)
        and all(digest is None or _is_digest(digest) for digest in digests)
        and entry.status in _STATES
        and (entry.error is None or isinstance(entry.error, str))
        and all(isinstance(text, str) for pair in entry.tags.items() for text in pair)
    )


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None
