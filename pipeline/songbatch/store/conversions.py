"""Conversions of recordings, kept in `.songbatch/converted/`: a cache that may be deleted.

`NAME.wav` is named by the digest of what was converted, the cut, and the version of this program's
part in it; `NAME.json` says which decoder of which version made it, and its digest. Whatever is odd
about either, they count as missing, and are made anew for free.
"""

from __future__ import annotations

import contextlib
from threading import Lock
from typing import TYPE_CHECKING

import msgspec

from songbatch.audio.errors import AudioProblem
from songbatch.audio.recordings import CONVERSION_VERSION, excerpt, recognise
from songbatch.digest import Canonical, canonical_json, sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from songbatch.files.tree import Tree
    from songbatch.model import RecordingCut

FOLDER = "converted"
MAX_BYTES = 300 * 2**20
_MOST_FACTS = 4096
_one_at_a_time = Lock()
"""Whoever needs the same recording finds what the first one made."""


class _Conversion(msgspec.Struct, frozen=True):
    decoder: str
    sha256: str


class Conversions:
    """WAVs that were made of recordings and cuts. Safe to use from several threads."""

    def __init__(self, state: Tree) -> None:
        self._tree = state

    def has(self, digest: str, cut: RecordingCut | None) -> bool:
        """Return whether something is kept for a recording; whether it is whole, reading shows."""
        return self._tree.is_there(_facts(name_of(digest, cut)))

    def taken(
        self,
        data: bytes,
        digest: str,
        cut: RecordingCut | None,
        on_convert: Callable[[], Callable[[], None]] | None = None,
    ) -> bytes:
        """Return the WAV or MP3 that engines get for a recording: its own bytes if they do.

        `on_convert` hears that it is converted now, and what it returns, that this is done. Raises
        AudioProblem.
        """
        name = name_of(digest, cut)
        try:
            recording = recognise(data)
        except AudioProblem:
            # Whoever made it had the decoder, and it is of the same bytes.
            kept = self._kept(name)
            if kept is None:
                raise
            return kept
        if not recording.is_converted(cut):
            return data
        with _one_at_a_time:
            decoder = "songbatch" if recording.sound is None else recording.sound.decoder
            kept = self._kept(name, decoder)
            if kept is not None:
                return kept
            done = on_convert() if on_convert is not None else None
            made = excerpt(data, recording, cut)
            facts = msgspec.json.encode(_Conversion(decoder, sha256(made)))
            with contextlib.suppress(OSError):  # it only saves work
                self._tree.write(_sound(name), made)
                self._tree.write(_facts(name), facts)
            if done is not None:
                done()
            return made

    def _kept(self, name: str, decoder: str | None = None) -> bytes | None:
        try:
            facts = msgspec.json.decode(
                self._tree.read(_facts(name), _MOST_FACTS), type=_Conversion
            )
            if decoder is not None and facts.decoder != decoder:
                return None
            made = self._tree.read(_sound(name), MAX_BYTES)
        except (OSError, msgspec.MsgspecError):
            return None
        return made if sha256(made) == facts.sha256 else None

    def unneeded(
        self, wanted: Collection[tuple[str, RecordingCut | None]]
    ) -> Iterator[tuple[str, int]]:
        """Yield the files of recordings and cuts that are not wanted, with their bytes."""
        names = {
            place(name_of(digest, cut)) for digest, cut in wanted for place in (_facts, _sound)
        }
        for file in self._tree.files(FOLDER):
            if (path := f"{FOLDER}/{file}") not in names:
                yield path, self._tree.status(path).st_size

    def drop(self, path: str) -> None:
        """Remove a file that `unneeded` has named."""
        with contextlib.suppress(FileNotFoundError):
            self._tree.remove(path)


def name_of(digest: str, cut: RecordingCut | None) -> str:
    """Return the name of what is made of a recording: a digest of what decides it."""
    facts: dict[str, Canonical] = {"version": CONVERSION_VERSION, "sha256": digest}
    if cut is not None:
        facts |= {"from_ms": cut.from_ms, "to_ms": cut.to_ms or "end"}
    return sha256(canonical_json(facts))


def _sound(name: str) -> str:
    return f"{FOLDER}/{name}.wav"


def _facts(name: str) -> str:
    return f"{FOLDER}/{name}.json"
