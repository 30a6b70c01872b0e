"""Earlier takes: audio of a render that other audio has replaced, as long as the store has it.

A manifest knows only what is. So what leaves one is written down under `.songbatch/earlier/`, in
files of a manifest's form. They may be deleted: the ledger then still knows that there is audio
for a render, but not what was sung.
"""

from __future__ import annotations

import dataclasses
import posixpath
from typing import TYPE_CHECKING

import msgspec

from songbatch.diagnostics import BrokenState
from songbatch.digest import canonical_json, sha256
from songbatch.layout import engine_folder, output_folder
from songbatch.store import manifest as manifests

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from songbatch.files.tree import Tree
    from songbatch.model import EngineIdentity
    from songbatch.records import Entry, Manifest
    from songbatch.store.blobs import Blobs
    from songbatch.store.ledger import LedgerState

FOLDER = "earlier"
MAX_BYTES = 256 * 2**20
_SUFFIX = ".json"
_DIGITS = 12


class EarlierTake(msgspec.Struct, frozen=True):
    """Audio that a render had before: `seconds` long, received `at` that time.

    `entry` is what the manifest said of it, and `identity` its engine's; None if only the ledger
    knows of it. `commit` is the one whose manifest has it, "" for none.
    """

    id: str
    engine: str
    key: str
    audio_sha256: str
    seconds: float | None
    at: str | None
    cost_usd: float | None
    entry: Entry | None = None
    identity: EngineIdentity | None = None
    commit: str = ""

    @property
    def output(self) -> str:
        """Where its output lay, "" if nobody wrote that down."""
        return self.entry.output if self.entry else ""

    @property
    def variant(self) -> str:
        """The render's id without its take: all takes among which one chooses."""
        return self.id.rpartition("/")[0]


def of_entry(entry: Entry, identity: EngineIdentity, commit: str = "") -> EarlierTake:
    """Return the take that an entry of an earlier manifest stands for; the entry is done."""
    return EarlierTake(
        entry.id,
        identity.name,
        entry.key,
        entry.audio_sha256 or "",
        entry.seconds,
        entry.rendered_at,
        entry.cost_usd,
        entry,
        identity,
        commit,
    )


class EarlierTakes:
    """What was written down of the earlier takes of a project; `state` is its state folder."""

    def __init__(self, state: Tree, blobs: Blobs) -> None:
        self._state = state
        self._blobs = blobs

    def record(self, last: Manifest, now: Iterable[Entry]) -> None:
        """Write down what the last manifest has and the entries of now do not.

        For the lock's holder. What the store does not have any more is forgotten.
        """
        now = list(now)
        self._rename(_renamed(last, now))
        kept = {entry.audio_sha256 for entry in now if entry.done}
        left = [entry for entry in last if entry.done and entry.audio_sha256 not in kept]
        if left:
            self._add(dataclasses.replace(last, references={}, renders=tuple(left)))

    def _add(self, takes: Manifest) -> None:
        path = _path(takes)
        before = self._read(path)
        by_take = {(entry.id, entry.audio_sha256): entry for entry in (*(before or ()), *takes)}
        entries = tuple(entry for entry in by_take.values() if self._is_here(entry))
        self._write(path, dataclasses.replace(takes, renders=entries), before)

    def _rename(self, variants: Mapping[str, str]) -> None:
        """Let earlier takes go with their songs: `variants` are new names by old ones."""
        for path in self._paths() if variants else ():
            before = self._read(path)
            moved = [entry for entry in before or () if _variant(entry) in variants]
            if before is None or not moved:
                continue
            renamed: dict[str, list[Entry]] = {}
            for entry in moved:
                now = _under(entry, variants[_variant(entry)], before.engine.name)
                renamed.setdefault(now.id.partition("/")[0], []).append(now)
            ids = {id(entry) for entry in moved}
            rest = tuple(entry for entry in before if id(entry) not in ids)
            for spec, entries in renamed.items():
                self._add(dataclasses.replace(before, spec=spec, renders=tuple(entries)))
            if (again := self._read(path)) is not None:
                added = [e for e in again if e not in before.renders]
                self._write(path, dataclasses.replace(again, renders=(*rest, *added)), again)

    def forget(self, digests: Collection[str]) -> None:
        """Forget takes whose audio has one of these digests. For the lock's holder."""
        for path in self._paths():
            before = self._read(path)
            if before is not None:
                entries = tuple(e for e in before if e.audio_sha256 not in digests)
                if len(entries) < len(before.renders):
                    self._write(path, dataclasses.replace(before, renders=entries), before)

    def recorded(self) -> Iterator[EarlierTake]:
        """Yield every take that was written down and is in the store."""
        for path in self._paths():
            for entry in (manifest := self._read(path)) or ():
                if manifest is not None and self._is_here(entry):
                    yield of_entry(entry, manifest.engine)

    def _is_here(self, entry: Entry) -> bool:
        return entry.audio_sha256 is not None and self._blobs.has(entry.audio_sha256)

    def _paths(self) -> list[str]:
        names = self._state.files(FOLDER)
        return [f"{FOLDER}/{name}" for name in sorted(names) if name.endswith(_SUFFIX)]

    def _read(self, path: str) -> Manifest | None:
        """Return what a file says; None if it is odd, and none of this program's."""
        try:
            return manifests.parse(self._state.read(path, MAX_BYTES), path)
        except (OSError, BrokenState):
            return None

    def _write(self, path: str, takes: Manifest, before: Manifest | None) -> None:
        if not takes.renders:
            self._state.remove(path)
        else:
            self._state.write(path, *manifests.pieces(takes, before))


def _variant(entry: Entry) -> str:
    return entry.id.rpartition("/")[0]


def _renamed(last: Manifest, now: Iterable[Entry]) -> dict[str, str]:
    """Return the names that variants of the last manifest have now, where those differ."""
    names = {entry.id for entry in now}
    left = {e.key: e for e in reversed(last.renders) if e.done and e.id not in names}
    if not left:
        return {}
    found = ((left[entry.key], entry) for entry in now if entry.key in left)
    pairs = ((_variant(was), _variant(entry)) for was, entry in found)
    return {was: name for was, name in pairs if was != name}


def _under(entry: Entry, variant: str, engine: str) -> Entry:
    """Return an entry under another name of its song."""
    spec, song, *_ = variant.split("/")
    file = posixpath.basename(entry.output)
    output = f"{output_folder(spec, engine)}/{file}"
    return entry.but(id=f"{variant}/{entry.take}", song=song, output=output)


def _path(manifest: Manifest) -> str:
    """Return the file of a spec's takes by an engine as it was: another sound is another file."""
    identity = sha256(canonical_json(manifest.engine.as_named()))[:_DIGITS]
    return f"{FOLDER}/{manifest.spec}+{engine_folder(manifest.engine.name)}+{identity}{_SUFFIX}"


def earlier_takes(
    state: Tree, blobs: Blobs, current: Iterable[Manifest], ledger: LedgerState
) -> list[EarlierTake]:
    """Return all earlier takes that the store has, the newest first.

    They are written down in the `state` folder; others are known from the ledger. `current` are all
    manifests.
    """
    now = {entry.audio_sha256 for manifest in current for entry in manifest if entry.done}
    found = {(take.id, take.audio_sha256): take for take in EarlierTakes(state, blobs).recorded()}
    told = {digest for _, digest in found}
    for take in _received(ledger, blobs):
        if take.audio_sha256 not in told:
            found[take.id, take.audio_sha256] = take
    earlier = (take for take in found.values() if take.audio_sha256 not in now)
    return sorted(earlier, key=lambda take: (take.at or "", take.id), reverse=True)


def _received(ledger: LedgerState, blobs: Blobs) -> Iterator[EarlierTake]:
    for key, receipt in ledger.receipts.items():
        if key in ledger.names and blobs.has(receipt.audio_sha256, receipt.bytes):
            yield EarlierTake(
                ledger.names[key],
                ledger.engines.get(key, ""),
                key,
                receipt.audio_sha256,
                receipt.seconds,
                receipt.at,
                receipt.cost_usd,
            )
