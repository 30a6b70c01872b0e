"""Earlier takes: audio of a render that other audio has replaced, as long as the store has it.

A manifest knows only what is, and may be replaced by git. So every take is written down under
`.songbatch/earlier/` when it comes, in files of a manifest's form. They may be deleted: the ledger
then still knows that there is audio for a render, but not what was sung.
"""

from __future__ import annotations

import dataclasses
import posixpath
import re
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from songbatch.diagnostics import BrokenState
from songbatch.digest import canonical_json, sha256
from songbatch.layout import engine_folder, output_folder
from songbatch.model import is_part
from songbatch.store import manifest as manifests
from songbatch.store import measured

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set

    from songbatch.files.tree import Tree
    from songbatch.model import EngineIdentity, Value
    from songbatch.records import Entry, Manifest
    from songbatch.store.blobs import Blobs
    from songbatch.store.ledger import LedgerState

FOLDER = "earlier"
MAX_BYTES = 256 * 2**20
FULL = 256
"""So many takes are in a file before the next one is begun: what is added is cheap to write."""
_SUFFIX = ".json"
_DIGITS = 12
_KEY = re.compile(rb'"key": *"([0-9a-f]{64})"')


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
    song_sha256: str | None = None

    @property
    def is_part(self) -> bool:
        """Whether it is only of a part of a song."""
        return is_part(self.id)

    @property
    def output(self) -> str:
        """Where its output lay, "" if nobody wrote that down."""
        return self.entry.output if self.entry else ""

    @property
    def values(self) -> Mapping[str, Value]:
        """What told its variant from the others of its song, empty if nobody wrote that down."""
        return self.entry.values if self.entry else {}

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
        entry.song_sha256,
    )


class EarlierTakes:
    """What was written down of the takes of a project; `state` is its state folder.

    Takes are written down when they come, and not only when they go: a manifest may be replaced
    by git, with nobody there to see what it has.
    """

    def __init__(self, state: Tree, blobs: Blobs) -> None:
        self._state = state
        self._blobs = blobs

    def record(self, last: Manifest | None, now: Manifest) -> None:
        """Write down what a manifest has that the last one did not, and what it forgets.

        For the lock's holder.
        """
        left = self._left(last, now) if last is not None else []
        if last is not None and last.engine != now.engine:
            self._add(last, left)
            left = []
        known = {entry.audio_sha256 for entry in last or ()} if self._segments(now) else set()
        come = (entry for entry in now if entry.done and entry.audio_sha256 not in known)
        self._add(now, [*left, *come])

    def record_left(self, last: Manifest, now: Iterable[Entry]) -> None:
        """Write down what the last manifest has and the entries of now do not.

        For the lock's holder.
        """
        self._add(last, self._left(last, now))

    def _left(self, last: Manifest, now: Iterable[Entry]) -> list[Entry]:
        """Return the entries of takes that are only in the last manifest, and in the store."""
        now = list(now)
        self._rename(_renamed(last, now))
        kept = {entry.audio_sha256 for entry in now if entry.done}
        left = (entry for entry in last if entry.done and entry.audio_sha256 not in kept)
        return [entry for entry in left if self._is_here(entry)]

    def _add(self, manifest: Manifest, entries: Sequence[Entry]) -> None:
        """Add entries of a manifest to its last file, or to a new one if that is full."""
        if not entries:
            return
        count = self._segments(manifest)
        before = self._read(_path(manifest, count - 1)) if count else None
        if count and (before is None or len(before.renders) >= FULL):
            before, count = None, count + 1
        there = [entry for entry in before or () if self._is_here(entry)]
        by_take = {_take(entry): entry for entry in (*there, *entries)}
        takes = dataclasses.replace(
            manifest, references={}, renders=tuple(by_take.values()), texts=()
        )
        self._write(_path(manifest, max(count - 1, 0)), takes, before)

    def _segments(self, manifest: Manifest) -> int:
        """Return how many files there are of a manifest's takes."""
        stem = _path(manifest, 0).removesuffix(_SUFFIX)
        numbers = (_number(path) for path in self._paths() if path.startswith(stem))
        return max(numbers, default=-1) + 1

    def _rename(self, variants: Mapping[str, str]) -> None:
        """Let takes go with their songs: `variants` are new names by old ones."""
        if not variants:
            return
        renamed: dict[str, tuple[Manifest, list[Entry]]] = {}
        was = set()
        for path in self._paths():
            before = self._read(path)
            for entry in before or ():
                if before is not None and _variant(entry) in variants:
                    was.add(_take(entry))
                    now = _under(entry, variants[_variant(entry)], before.engine.name)
                    spec = now.id.partition("/")[0]
                    of_spec = dataclasses.replace(before, spec=spec)
                    renamed.setdefault(_path(of_spec, 0), (of_spec, []))[1].append(now)
        # Added before they are removed: should this be cut off, none is lost.
        for manifest, entries in renamed.values():
            self._add(manifest, entries)
        is_now = {_take(entry) for _, entries in renamed.values() for entry in entries}
        self._drop(lambda entry: _take(entry) in was - is_now)

    def forget(self, digests: Collection[str]) -> None:
        """Forget takes whose audio has one of these digests. For the lock's holder."""
        self._drop(lambda entry: entry.audio_sha256 in digests)

    def _drop(self, is_dropped: Callable[[Entry], bool]) -> None:
        for path in self._paths():
            before = self._read(path)
            if before is not None:
                rest = tuple(entry for entry in before if not is_dropped(entry))
                if len(rest) < len(before.renders):
                    self._write(path, dataclasses.replace(before, renders=rest), before)

    def recorded(self) -> Iterator[EarlierTake]:
        """Yield every take that was written down and is in the store."""
        for path in self._paths():
            for entry in (manifest := self._read(path)) or ():
                if manifest is not None and self._is_here(entry):
                    yield of_entry(entry, manifest.engine)

    def by_key(self, keys: Set[str], engine: EngineIdentity) -> dict[str, list[Entry]]:
        """Return what was written down of an engine's takes of these keys, and is in the store."""
        found: dict[str, list[Entry]] = {}
        for path in self._paths():
            # Most projects have no take of any of them: looking for keys is faster than parsing.
            if _identity(engine) not in path or keys.isdisjoint(self._keys(path)):
                continue
            for entry in self._read(path) or ():
                if entry.key in keys and self._is_here(entry):
                    found.setdefault(entry.key, []).append(entry)
        return found

    def _keys(self, path: str) -> Iterator[str]:
        try:
            text = self._state.read(path, MAX_BYTES)
        except OSError:
            return
        for match in _KEY.finditer(text):
            yield match[1].decode()

    def _is_here(self, entry: Entry) -> bool:
        return entry.audio_sha256 is not None and self._blobs.has(entry.audio_sha256)

    def _paths(self) -> list[str]:
        names = self._state.files(FOLDER)
        paths = (f"{FOLDER}/{name}" for name in names if name.endswith(_SUFFIX))
        return sorted(paths, key=lambda path: (_number(path), path))

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


def _take(entry: Entry) -> tuple[str, str | None]:
    return entry.id, entry.audio_sha256


def _path(manifest: Manifest, number: int) -> str:
    """Return a file of a spec's takes by an engine as it was: another sound is another file."""
    folder, identity = engine_folder(manifest.engine.name), _identity(manifest.engine)
    stem = f"{FOLDER}/{manifest.spec}+{folder}+{identity}"
    return f"{stem}+{number}{_SUFFIX}" if number else f"{stem}{_SUFFIX}"


def _identity(engine: EngineIdentity) -> str:
    return sha256(canonical_json(engine.as_named()))[:_DIGITS]


def _number(path: str) -> int:
    """Return which file of its spec and engine this is, from 0."""
    _, *parts = path.removesuffix(_SUFFIX).rsplit("+", 3)
    return int(parts[-1]) if len(parts) == 3 and parts[-1].isdecimal() else 0


class TakesOfNow:
    """The songs that manifests have, by their bytes or by what an encoder was given."""

    def __init__(self, manifests: Iterable[Manifest]) -> None:
        done = [entry for manifest in manifests for entry in manifest if entry.done]
        self._audio = {entry.audio_sha256 for entry in done}
        self._samples = {(entry.key, entry.song_sha256) for entry in done}

    def __contains__(self, take: EarlierTake) -> bool:
        is_encoded_again = (
            take.song_sha256 is not None and (take.key, take.song_sha256) in self._samples
        )
        return is_encoded_again or take.audio_sha256 in self._audio


def earlier_takes(
    state: Tree, blobs: Blobs, current: Iterable[Manifest], ledger: LedgerState
) -> list[EarlierTake]:
    """Return all earlier takes that the store has, the newest first.

    They are written down in the `state` folder; others are known from the ledger. `current` are all
    manifests.
    """
    now = TakesOfNow(current)
    found = {(take.id, take.audio_sha256): take for take in EarlierTakes(state, blobs).recorded()}
    told = {digest for _, digest in found}
    for take in _received(ledger, blobs):
        if take.audio_sha256 not in told:
            found[take.id, take.audio_sha256] = take
    earlier = (_measured(take, blobs) for take in found.values() if take not in now)
    return sorted(earlier, key=lambda take: (take.at or "", take.id), reverse=True)


def _measured(take: EarlierTake, blobs: Blobs) -> EarlierTake:
    """Return a take with its measures: most were written down before they were measured."""
    if take.entry is None or take.entry.measures is not None:
        return take
    measures = measured.load(blobs, take.audio_sha256)
    return replace(take, entry=take.entry.but(measures=measures))


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
                song_sha256=receipt.song_sha256,
            )
