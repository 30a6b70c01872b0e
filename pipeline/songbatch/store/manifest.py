"""The manifest of one spec and one engine: `outputs/SPEC/ENGINE/manifest.json`, version 1.

Its JSON Schema is manifest.schema.json beside this file. Equal contents are equal bytes, but for
what somebody else has laid out: an entry that did not change is written as it was read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import asdict

from songbatch.conflicts import has_marker
from songbatch.diagnostics import BrokenManifest, BrokenState
from songbatch.model import OPTIONAL_INPUTS, PART_INPUTS, REFERENCE_INPUTS
from songbatch.records import Entry, Manifest
from songbatch.shell import shell_path
from songbatch.store import manifest_records
from songbatch.store.indented import indented

if TYPE_CHECKING:
    from songbatch.files.tree import Piece
    from songbatch.model import ReferenceUse
    from songbatch.records import ReferenceEntry

VERSION = 1
MOST_COMMAS = 16_000_000
"""Ten times what a hundred thousand songs have; each may be a value, which takes memory."""


def schema_text() -> str:
    """Return the JSON Schema of this format."""
    from importlib import resources  # noqa: PLC0415  (only people ask)

    return resources.files(__package__).joinpath("manifest.schema.json").read_text("utf-8")


_OPENING, _CLOSING = b'{\n   "id": ', b"\n  }"
"""How an entry begins and ends as it is laid out here."""


def dump(manifest: Manifest, last: Manifest | None = None) -> bytes:
    """Return the one sequence of bytes that stands for the manifest."""
    return b"".join(pieces(manifest, last))


def pieces(manifest: Manifest, last: Manifest | None = None) -> list[Piece]:
    """Return the same in pieces: all of a large one at once is as much memory again.

    Entries that are the very ones of `last`, as it was read, are copied from its text: writing out
    ten thousand of them takes a second.
    """
    kept = _texts(last) if last is not None else {}
    tree = {
        "manifest": VERSION,
        "spec": manifest.spec,
        "engine": manifest.engine.as_named(),
        "references": {
            name: _reference_tree(reference)
            for name, reference in sorted(manifest.references.items())
        },
        "renders": [],
    }
    before, _, after = indented(tree).rpartition("]")
    # One by one: all of them as trees would take ten times their text.
    parts: list[Piece] = [before.encode()]
    for entry in manifest.renders:
        parts.append(b"\n  " if len(parts) == 1 else b",\n  ")
        parts.append(kept.get(id(entry)) or indented(_entry_tree(entry), depth=2).encode())
    closing = "\n ]" if manifest.renders else "]"
    parts.append(f"{closing}{after}\n".encode())
    return parts


def _reference_tree(reference: ReferenceEntry) -> dict[str, Any]:
    tree = asdict(reference)
    rights = tree.pop("rights")
    return tree if rights is None else tree | {"rights": rights.said()}


def _texts(manifest: Manifest) -> dict[int, msgspec.Raw]:
    """Return the texts of the entries that are laid out as here, by the entries' identity."""
    return {
        id(entry): text
        for entry, text in zip(manifest.renders, manifest.texts, strict=False)
        if _is_laid_out_here(memoryview(text))
    }


def _is_laid_out_here(text: memoryview) -> bool:
    return text[: len(_OPENING)] == _OPENING and text[-len(_CLOSING) :] == _CLOSING


def _entry_tree(entry: Entry) -> dict[str, Any]:
    tree = {name: getattr(entry, name) for name in _FIELD_ORDER + _WHERE_SAID}
    tree["audio"] = entry.audio.as_json()
    tree["notes"] = list(entry.notes) or None
    tree["parts"] = entry.parts and list(entry.parts)
    tree["master"] = entry.master and asdict(entry.master)
    for role in REFERENCE_INPUTS:
        use: ReferenceUse | None = tree[role]
        tree[role] = use and {"reference": use.reference, **use.as_key()}
    for part in ("delivered", "cover", "measures"):
        tree[part] = tree[part] and asdict(tree[part])
    tree["findings"] = [asdict(finding) for finding in entry.findings]
    return {name: value for name, value in tree.items() if value is not None or name in _ALWAYS}


_FIELD_ORDER = (
    "id", "song", "variant", "take", "key", "status", "output", "sha256", "bytes", "seconds",
    "audio_sha256", "lyrics", "voice", "instrumental", "audio", "delivered", "tags", "cover",
    "tag_version", "warnings", "measures", "findings",
    "trace_id", "attempts", "unknown_outcomes", "cost_usd", "rendered_at", "error",
)  # fmt: skip


_ALWAYS = frozenset(_FIELD_ORDER)
_WHERE_SAID = (
    *OPTIONAL_INPUTS,
    *PART_INPUTS,
    "seed_honoured", "seed_asked", "seconds_asked", "model", "job", "master", "song_sha256",
    "cost_kind", "notes",
    "credential",
)  # fmt: skip
"""What is left out where there is nothing to say."""


RESOLVE = "songbatch merge-driver && songbatch render"
"""What to do about a manifest in conflict."""


def parse(text: bytes, path: str, *, fix: str = "") -> Manifest:
    """Read a manifest back. Raises BrokenState, naming `path`, for anything else.

    `fix` is what to do about it then; by default, about a manifest of the project.
    """
    place = "$"
    try:
        if text.count(b",") > MOST_COMMAS:
            raise msgspec.ValidationError(f"Expected at most {MOST_COMMAS:,} commas - at `$`")
        shell = _shell(text, path, fix)
        folder = manifest_records.output_folder(shell)
        entries: list[Entry] = []
        parts: dict[object, object] = {}
        for number, raw in enumerate(shell.renders):
            place = f"$.renders[{number}]"
            entries.append(manifest_records.entry(raw, parts))
        if not manifest_records.are_sound(entries, folder):
            for number, entry in enumerate(entries):
                place = f"$.renders[{number}]"
                manifest_records.demand_sound(entry, folder)
    except (msgspec.MsgspecError, RecursionError) as error:
        if has_marker(text):
            raise BrokenState(
                f"{path} has git's conflict markers in it: two branches recorded songs",
                fix=fix or RESOLVE,
            ) from error
        reason, _, where = str(error).partition(" - at `$")
        message = f"{path} is not a manifest: {reason} - at `{place}{where or '`'}"
        if fix:
            raise BrokenState(message, fix=fix) from error
        raise BrokenManifest(message, fix=_restore(path), path=path) from error
    return Manifest(shell.spec, shell.engine, shell.references, tuple(entries), shell.renders)


def _restore(path: str) -> str:
    return (
        f"restore it: git checkout -- {shell_path(path)}; or delete it, and the next render writes "
        "it again from the ledger, without asking for anything that is in the store: "
        f"rm {shell_path(path)}"
    )


def _shell(text: bytes, path: str, fix: str) -> manifest_records.Shell:
    try:
        shell = manifest_records.shell(text)
    except msgspec.ValidationError:
        # What is odd about it may be that it is of another version.
        _demand_ours(manifest_records.version(text), path, fix)
        raise
    _demand_ours(shell.manifest, path, fix)
    return shell


def _demand_ours(version: int, path: str, fix: str) -> None:
    if version != VERSION:
        raise BrokenState(
            f"{path} has manifest version {version!r}; this songbatch reads {VERSION}",
            fix=fix
            or "use the newer songbatch that wrote it, or delete it, and the next render "
            f"writes it again: rm {shell_path(path)}",
        )
