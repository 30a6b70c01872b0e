"""Landing of songs in a shared store: the worker leaves them there, and the run fetches them.

If the run is gone, or its line to the worker, the next run finds the note that lies beside.
"""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING

from songbatch.audio.delivery import inspect, inspect_master
from songbatch.audio.probe import AudioProblem
from songbatch.cluster.messages import LandedSong, LandingPlace
from songbatch.diagnostics import SongbatchError
from songbatch.digest import sha256
from songbatch.engines.base import Answer
from songbatch.sharing.address import StoreAddress
from songbatch.sharing.notes import LandedNote
from songbatch.sharing.shared_store import SharedStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from songbatch.engines.base import Generation
    from songbatch.model import AudioSetting
    from songbatch.traits import Traits


@functools.cache
def _store(address: str) -> SharedStore:
    """Return a worker's own way to a store: with the credentials of its environment."""
    return SharedStore.open(StoreAddress.parse(address), os.environ)


def land(
    place: LandingPlace, audio: bytes, answer: Answer, setting: AudioSetting, traits: Traits
) -> LandedSong | None:
    """Put a song into the shared store, if it is one and the store takes it.

    Otherwise None: it goes to the run, which judges it as if it had come from here.
    """
    note = LandedNote(
        audio_sha256=sha256(audio),
        bytes=len(audio),
        trace_id=answer.trace_id,
        cost_usd=answer.cost_usd,
        song_sha256=answer.song_sha256,
        remarks=answer.remarks,
    )
    try:
        if traits.master is None:
            inspect(audio, setting)
        else:
            inspect_master(audio, traits.master)
        stands = _store(place.address).land(place.key, place.claim, audio, note)
    except (AudioProblem, SongbatchError):
        return None
    if stands.audio_sha256 != note.audio_sha256:
        return None
    return LandedSong(note.audio_sha256, note.bytes, answer)


class SharedLandings:
    """A run's songs that workers leave in its store; `songbatch.cluster.elsewhere.Landings`.

    `claim_of` returns the key and the number of the claim under which a request is made.
    """

    def __init__(
        self, store: SharedStore, claim_of: Callable[[Generation], tuple[str, int] | None]
    ) -> None:
        self._store = store
        self._claim_of = claim_of

    def place(self, request: Generation) -> LandingPlace | None:
        """Return where the song of a request goes; None for to the run itself."""
        claim = self._claim_of(request)
        return None if claim is None else LandingPlace(self._store.address.text, *claim)

    def landed(self, place: LandingPlace) -> LandedSong | None:
        """Return what a worker has left before it was lost."""
        try:
            note = self._store.landed(place.key, place.claim)
        except SongbatchError:
            return None
        if note is None:
            return None
        answer = Answer(
            trace_id=note.trace_id,
            cost_usd=note.cost_usd,
            remarks=note.remarks,
            song_sha256=note.song_sha256,
        )
        return LandedSong(note.audio_sha256, note.bytes, answer)

    def fetch(self, song: LandedSong) -> bytes:
        """Return its audio. Raises SongbatchError."""
        return self._store.get_blob(song.audio_sha256, song.bytes)
