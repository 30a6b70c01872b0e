"""Uploads of a shared store: N machines of one account upload a reference once.

Ids are claimed as songs are, and sealed for their account: see `songbatch.sharing.seals`. The
highest number with ids holds; ids that the service no longer knows are followed by the next.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import msgspec

from songbatch.sharing import names
from songbatch.sharing.claims import ClaimState
from songbatch.sharing.names import NoteKind
from songbatch.sharing.notes import ClaimNote, IdsNote, decode
from songbatch.sharing.objects import MAX_NOTE_BYTES
from songbatch.sharing.seals import seal, unseal
from songbatch.sharing.songs import AT_ONCE, Claim
from songbatch.sharing.trouble import Withheld

if TYPE_CHECKING:
    from collections.abc import Collection

    from songbatch.model import Uploaded
    from songbatch.records import UploadKey
    from songbatch.sharing.claims import Claims
    from songbatch.sharing.objects import Objects


FORGOTTEN = "the service does not know the ids any more"


class UploadClaim(Claim, frozen=True):
    """The right to upload for an account; `name` is the folder of the upload."""

    account: str = ""


class Busy(msgspec.Struct, frozen=True):
    """Another run that is alive uploads."""

    claim: ClaimState


class Uploads:
    """The uploads of one store, as one run sees them."""

    def __init__(self, objects: Objects, claims: Claims) -> None:
        self._objects = objects
        self._claims = claims

    def look(self, keys: Collection[UploadKey], secret: bytes) -> dict[UploadKey, Uploaded]:
        """Return the ids of those uploads whose accounts have this secret. Raises StoreTrouble."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = pool.map(lambda key: self._latest(key, secret), keys)
            return {key: ids for key, ids in zip(keys, found, strict=True) if ids is not None}

    def _latest(self, key: UploadKey, secret: bytes) -> Uploaded | None:
        folder = names.upload(key)
        try:
            found = self._claims.names(folder)
        except Withheld:
            return None
        numbers = sorted(n for n, kind in found if kind is NoteKind.IDS)
        ends = [n for n, kind in found if kind is NoteKind.END and n > max(numbers, default=n)]
        if any(self._claims.ending(folder, n) == FORGOTTEN for n in ends):
            return None
        for number in reversed(numbers):
            ids = self._ids(folder, number, key[0], secret)
            if ids is not None:
                return ids
        return None

    def _ids(self, folder: str, number: int, account: str, secret: bytes) -> Uploaded | None:
        path = names.numbered(folder, number, NoteKind.IDS)
        try:
            found = self._objects.read(path, MAX_NOTE_BYTES)
            if found is None:
                return None
            return decode(unseal(found.data, account, path, secret), IdsNote).ids
        except Withheld:
            return None

    def claim(
        self, key: UploadKey, note: ClaimNote, secret: bytes, refused: Uploaded | None
    ) -> UploadClaim | Uploaded | Busy:
        """Be the one that uploads, or return why not: see `SharedStore.claim_upload`."""
        folder = names.upload(key)
        number = 1
        while not self._claims.make(folder, number, note):
            ids = self._latest(key, secret)
            if ids is not None and not _is_same(ids, refused):
                return ids
            met = names.NumberedName(number, NoteKind.CLAIM)
            found = self._claims.names(folder) | {met}
            done = {n for n, kind in found if kind is NoteKind.IDS}
            states = self._claims.states(folder, found)
            busy = next(
                (s for s in states if s.is_alive and not s.is_ours and s.number not in done), None
            )
            if busy is not None:
                return Busy(busy)
            number = max(number, *(state.number for state in states)) + 1
        # Ids of the claim before, told between a look and this claim.
        ids = self._latest(key, secret) if number > 1 else None
        if ids is not None and not _is_same(ids, refused):
            self._claims.end(folder, number, 0, "told meanwhile")
            return ids
        return UploadClaim(folder, number, account=key[0])

    def forget(self, claim: UploadClaim) -> None:
        """Let nobody use ids any more that came before a claim. Raises StoreTrouble."""
        self._claims.end(claim.name, claim.number, 0, FORGOTTEN)

    def tell(self, claim: UploadClaim, ids: Uploaded, secret: bytes) -> None:
        """Let others of the account have the ids of an upload. Raises StoreTrouble."""
        path = names.numbered(claim.name, claim.number, NoteKind.IDS)
        self._objects.create(path, seal(IdsNote.of(ids), claim.account, path, secret))


def _is_same(ids: Uploaded, other: Uploaded | None) -> bool:
    """Return whether a service would be sent the same; how they came is another matter."""
    if other is None:
        return False
    sent = ("voice_id", "instrumental_id", "handle")
    return all(getattr(ids, name) == getattr(other, name) for name in sent)
