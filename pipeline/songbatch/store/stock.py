"""The stock: where the audio of songs is to be had. This project's store first, then a shared one.

Whoever plans or delivers asks here, and does not know that there is a second store. The shared one
is only asked for what is lacking here, and only once: a run decides on what it saw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from songbatch.audio.delivery import inspect, inspect_master
from songbatch.audio.errors import AudioProblem
from songbatch.diagnostics import SongbatchError
from songbatch.model import AudioFormat
from songbatch.records import is_same_song
from songbatch.sharing.trouble import StoreTrouble, Withheld
from songbatch.store.ledger_records import AdoptedRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from songbatch.model import Render, Uploaded
    from songbatch.records import Entry, Receipt, UploadKey
    from songbatch.sharing.notes import Answered
    from songbatch.sharing.shared_store import SharedStore
    from songbatch.sharing.songs import SharedSong
    from songbatch.store.blobs import Blobs
    from songbatch.store.ledger import Ledger


class Stock:
    """Audio of a project: of its own store, else of the shared one that `opens` returns.

    The shared one is opened once anything is lacking here. `store` is its address, "" for none.
    `shares_all`: also what costs nothing and could be made again.
    """

    def __init__(
        self,
        blobs: Blobs,
        ledger: Ledger,
        store: str = "",
        opens: Callable[[], SharedStore] | None = None,
        *,
        shares_all: bool = False,
    ) -> None:
        self._blobs = blobs
        self._ledger = ledger
        self._opens = opens
        self._shared: SharedStore | None = None
        self.store = store
        self.shares_all = shares_all
        self.trouble: SongbatchError | None = None
        """What kept this from looking into the shared store."""
        self.answers: dict[str, Answered] = {}
        """What was found there, by key."""
        self._landed: set[str] = set()
        """Those of which workers of runs that are dead have left it: nobody has published them."""
        self.jobs: dict[str, int] = {}
        """Claims whose jobs runs that are dead have left for this one to collect, by key."""
        self.was_asked = False
        """Whether anything was lacking here: what follows may be otherwise at another time."""
        self.is_needed = False
        """Whether that cost something, or could not be made again the same."""

    @property
    def is_alone(self) -> bool:
        """Whether there is no second store."""
        return self._opens is None

    @property
    def shared(self) -> SharedStore | None:
        """The shared store, None if there is none, or if it cannot be used: `trouble` says why."""
        if self._opens is None or self.trouble is not None:
            return None
        if self._shared is None:
            try:
                self._shared = self._opens()
            except SongbatchError as trouble:
                self.trouble = trouble
        return self._shared

    def close(self) -> None:
        """Take this run's sign of life from the shared store."""
        if self._shared is not None:
            self._shared.close()

    def look(
        self, keys: Collection[str], secrets: Mapping[str, bytes] | None = None
    ) -> Mapping[str, SharedSong]:
        """Return what the shared store has on keys; nothing if it cannot be asked.

        Jobs that can be collected are those of the accounts whose `secrets` these are.
        """
        if not keys or self.is_alone:
            return {}
        self.was_asked = True
        shared = self.shared
        if shared is None:
            return {}
        try:
            songs = shared.look(keys, secrets)
        except StoreTrouble as trouble:
            self.trouble = trouble
            return {}
        for key, song in songs.items():
            if song.jobs:
                self.jobs[key] = song.jobs[-1].number
            if song.answer is None and not song.withheld and (landed := song.landed_answer):
                songs[key] = replace(song, answer=landed)
                self._landed.add(key)
        self.answers |= {key: s.answer for key, s in songs.items() if s.answer is not None}
        return songs

    def uploads(
        self, keys: Collection[UploadKey], secret: bytes | None
    ) -> Mapping[UploadKey, Uploaded]:
        """Return what uploads answered elsewhere, for owners of the account's `secret`."""
        shared = self.shared if keys and secret is not None else None
        if shared is None:
            return {}
        try:
            return shared.uploads(keys, secret)
        except StoreTrouble as trouble:
            self.trouble = trouble
            return {}

    def pull(self, render: Render, answer: Answered, known: Iterable[Entry]) -> Receipt:
        """Bring the audio of an answer here; return its receipt.

        `known` are entries of the key in manifests: what they record as the song, it must be.
        Raises Withheld, StoreTrouble, OSError.
        """
        receipt = answer.receipt(render.inputs.lyrics or "")
        if any(not is_same_song(entry, receipt) for entry in known):
            raise Withheld(
                "the shared store has another answer than the manifest records",
                fix="songbatch pull --theirs takes the store's; whoever has the other one can copy "
                "it from outputs/ or .songbatch/store",
            )
        shared = self.shared
        if shared is None:
            raise self.trouble or ValueError("nothing is shared")
        audio = shared.fetch(answer)
        seconds = _seconds(render, audio)
        if receipt.key in self._landed:
            shared.publish(replace(answer, seconds=seconds), audio)
        blob = self._blobs.keep(audio)
        here = replace(
            receipt,
            audio_sha256=blob.sha256,
            bytes=blob.bytes,
            seconds=seconds if receipt.seconds is None else receipt.seconds,
        )
        engine = render.inputs.engine.name
        self._ledger.append(AdoptedRecord.of(here, id=render.id, engine=engine))
        return self._ledger.state.receipts[receipt.key]


def _seconds(render: Render, audio: bytes) -> float:
    """Return how long audio lasts. Raises Withheld unless it is such as the engine delivers."""
    asked = render.inputs.audio
    try:
        if asked is None:
            found = inspect_master(audio, AudioFormat(render.inputs.engine.master))
        else:
            found = inspect(audio, asked)
    except AudioProblem as problem:
        raise Withheld(f"what the shared store has is no song: {problem}") from problem
    return round(found.info.seconds, 3)
