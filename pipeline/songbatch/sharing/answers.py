"""Answers of a shared store, and the audio they name: published once, and never believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.digest import sha256 as digest_of
from songbatch.sharing import names
from songbatch.sharing.names import NoteKind
from songbatch.sharing.notes import Answered, LandedNote, decode
from songbatch.sharing.objects import MAX_BLOB_BYTES, MAX_NOTE_BYTES
from songbatch.sharing.trouble import StoreTrouble, Withheld

if TYPE_CHECKING:
    from collections.abc import Callable

    from songbatch.records import ServiceFacts
    from songbatch.sharing.objects import Objects

FRESH_SECONDS = 86_400.0
"""Bytes that were there before for longer are written again, so that nobody who looks for garbage
takes them for old while an answer that names them is on its way."""


class Answers:
    """Answers and blobs of a store; `now` tells the time by the store's clock, if that is known."""

    def __init__(self, objects: Objects, now: Callable[[], float | None]) -> None:
        self._objects = objects
        self._now = now

    def put_blob(self, data: bytes, *, is_judged: bool = False, is_expected: bool = False) -> str:
        """Keep bytes by their digest, which is returned.

        Bytes of another size in their place are replaced; if `is_judged`, what is there is read,
        and any other bytes are. What `is_expected` there is looked for, and not sent in vain.
        Raises StoreTrouble.
        """
        digest = digest_of(data)
        if len(data) > MAX_BLOB_BYTES:
            raise Withheld(f"{digest} has {len(data):,} bytes: a shared store takes 256 MiB")
        path = names.blob(digest)
        if is_expected and self._is_good(path, data, is_judged):
            return digest
        if not self._objects.create(path, data) and not self._is_good(path, data, is_judged):
            self._objects.replace(path, data)
        return digest

    def _is_good(self, path: str, data: bytes, is_judged: bool) -> bool:
        seen = self._objects.look(path)
        now = self._now()
        if seen is None or seen.size != len(data):
            return False
        if now is not None and now - seen.modified > FRESH_SECONDS:
            return False
        if not is_judged:
            return True
        found = self._objects.read(path, len(data))
        return found is not None and found.data == data

    def get_blob(self, digest: str, most: int = MAX_BLOB_BYTES) -> bytes:
        """Return the bytes with this digest. Raises Withheld, and StoreTrouble.

        Bytes that are missing, damaged, or more than `most` are withheld.
        """
        found = self._objects.read(names.blob(digest), min(most, MAX_BLOB_BYTES))
        if found is None:
            raise Withheld(f"the shared store does not have {digest}, which an answer names")
        if digest_of(found.data) != digest:
            raise Withheld(f"the shared store has {digest} damaged", fix=_HEAL)
        return found.data

    def has_blob(self, digest: str, size: int) -> bool:
        """Return whether bytes of this size lie where those with this digest would."""
        seen = self._objects.look(names.blob(digest))
        return seen is not None and seen.size == size

    def fetch(self, answer: Answered) -> bytes:
        """Return the audio of an answer. Raises Withheld, and StoreTrouble."""
        data = self.get_blob(answer.audio_sha256, answer.bytes)
        if len(data) != answer.bytes:
            raise Withheld(f"{answer.audio_sha256} has {len(data):,} bytes, not {answer.bytes:,}")
        return data

    def publish(
        self,
        answer: Answered,
        audio: bytes,
        *,
        is_judged: bool = False,
        is_expected: bool = False,
        heals: bool = False,
    ) -> Answered:
        """Make an answer known; return the one that stands, which may be another's.

        Raises StoreTrouble; Withheld if what stands cannot be read, unless this one `heals` it.
        """
        put = self.put_blob(audio, is_judged=is_judged, is_expected=is_expected)
        if put != answer.audio_sha256:
            raise Withheld(f"the audio of {answer.key} is not the one that its answer names")
        if self._objects.create(names.answer(answer.key), _fitting(answer)):
            return answer
        try:
            standing = self.read(answer.key)
        except Withheld:
            if not heals:
                raise
            self._objects.replace(names.answer(answer.key), _fitting(answer))
            return answer
        if standing is None:
            raise StoreTrouble("the shared store does not have what it says is there")
        return standing

    def read(self, key: str) -> Answered | None:
        """Return the answer for a key, None if there is none. Raises Withheld, and StoreTrouble."""
        found = self._objects.read(names.answer(key), MAX_NOTE_BYTES)
        if found is None:
            return None
        answer = decode(found.data, Answered)
        if answer.key != key:
            raise Withheld(f"the answer for {key} is one for {answer.key}")
        if answer.bytes > MAX_BLOB_BYTES:
            raise Withheld(f"the answer for {key} names {answer.bytes:,} bytes")
        return answer

    # Of workers

    def land(self, key: str, number: int, audio: bytes, note: LandedNote) -> LandedNote:
        """Keep the answer of a claim until its driver has booked it; return the one that stands."""
        if self.put_blob(audio) != note.audio_sha256:
            raise Withheld(f"the audio of {key} is not the one that its note names")
        path = names.numbered(names.song(key), number, NoteKind.LANDED)
        if self._objects.create(path, msgspec.json.encode(note)):
            return note
        return self.landed(key, number) or note

    def landed(self, key: str, number: int) -> LandedNote | None:
        """Return what a worker left for a claim, None if there is nothing that can be read."""
        path = names.numbered(names.song(key), number, NoteKind.LANDED)
        try:
            found = self._objects.read(path, MAX_NOTE_BYTES)
            return None if found is None else decode(found.data, LandedNote)
        except Withheld:
            return None


_HEAL = "whoever has it heals it: songbatch push"


def _fitting(answer: Answered) -> bytes:
    """Return the JSON of an answer; what the service told at length is left out."""
    data = msgspec.json.encode(answer)
    if len(data) <= MAX_NOTE_BYTES:
        return data
    shorter: ServiceFacts = msgspec.structs.replace(answer.facts, notes=(), filled_in={})
    return msgspec.json.encode(msgspec.structs.replace(answer, facts=shorter, lines=()))
