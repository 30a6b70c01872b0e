"""Shared store: what one run can ask of it. See `songbatch.sharing.names` for its layout."""

from __future__ import annotations

import contextlib
import getpass
import os
import re
import secrets as random_secrets
import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from songbatch.diagnostics import Refused
from songbatch.sharing import names
from songbatch.sharing.answers import Answers
from songbatch.sharing.beats import Beats, lease_of
from songbatch.sharing.claims import Claims
from songbatch.sharing.garbage import Collector, Keep, SharedGarbage
from songbatch.sharing.notes import LONGEST_TEXT, Answered, ClaimNote
from songbatch.sharing.objects import MAX_BLOB_BYTES, MAX_NOTE_BYTES
from songbatch.sharing.opening import open_objects
from songbatch.sharing.probe import probe
from songbatch.sharing.songs import Claim, SharedSong, Songs
from songbatch.sharing.survey import Survey, survey
from songbatch.sharing.sweeping import sweep
from songbatch.sharing.trouble import (
    WITHOUT,
    ReadOnlyStore,
    StoreTrouble,
    Withheld,
    WriteForbidden,
)
from songbatch.sharing.uploads import Busy, UploadClaim, Uploads

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from typing import Self

    from songbatch.model import Uploaded
    from songbatch.records import UploadKey
    from songbatch.sharing.address import StoreAddress
    from songbatch.sharing.notes import JobNote, LandedNote
    from songbatch.sharing.objects import Objects

WHO_VARIABLE = "SONGBATCH_WHO"
_ODD_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")
_MARK = b"songbatch-store %d\n"


class SharedStore:
    """A shared store, as one run uses it. Safe to use from several threads at once.

    Every method that asks the store raises StoreTrouble. Nothing is written before `begin`, but by
    `put_blob`, `land` and what `songbatch store` and `gc` do.
    """

    def __init__(
        self, address: StoreAddress, objects: Objects, who: str, lease: float, project: str = ""
    ) -> None:
        self.address = address
        self.who = who
        self._objects = objects
        self._project = project
        self.is_new = False
        """Whether this run was the first one there."""
        self._has_our_format = False
        self._beats = Beats(objects, who, lease)
        self._claims = Claims(objects, self._beats)
        self._answers = Answers(objects, self._beats.now)
        self._songs = Songs(objects, self._claims, self._answers)
        self._uploads = Uploads(objects, self._claims)
        self._collector = Collector(objects, self._answers)

    @classmethod
    def open(
        cls, address: StoreAddress, environment: Mapping[str, str], *, project: str = ""
    ) -> Self:
        """Open a store; nobody is asked yet. `project` names the repository, "" for none.

        Raises UsageError if the package for it is not installed, or the environment names an
        endpoint that must not be used.
        """
        lease = lease_of(environment)
        return cls(address, open_objects(address, environment), who(environment), lease, project)

    # Before anything is sent

    def begin(self) -> None:
        """Be known as a run that sends: format, conditional writes, a first sign of life.

        Once is enough for a run. Raises ReadOnlyStore if the store may only be read.
        """
        if self._beats.has_begun:
            return
        try:
            self._begin()
        except BaseException:
            self._beats.close()
            raise

    def _begin(self) -> None:
        try:
            if not self._is_marked():
                self.is_new = self._objects.create(names.MARKER, _MARK % names.FORMAT)
                self._is_marked()
            self._beats.beat()
            probe(self._objects, self.address.text)
            if self._project:
                self._objects.create(names.project(self._project), b"")
            self._beats.begin()
        except WriteForbidden as error:
            raise ReadOnlyStore(
                f"{self.address.text} may only be read: what is paid for could not be shared",
                fix="use credentials that may write, or run without it: --store none",
            ) from error
        except Withheld as error:
            raise StoreTrouble(str(error)) from error

    def close(self) -> None:
        """Take the sign of life away, and sweep. Never raises."""
        now = self._beats.now()
        if self._beats.close() and now is not None:
            sweep(self._objects, now)

    def _is_marked(self) -> bool:
        """Return whether there is a store of our format. Raises StoreTrouble for another one."""
        if self._has_our_format:
            return True
        try:
            found = self._objects.read(names.MARKER, MAX_NOTE_BYTES)
        except Withheld as error:
            raise StoreTrouble(str(error), fix=error.fix or WITHOUT) from error
        if found is None:
            return False
        if found.data.strip() != (_MARK % names.FORMAT).strip():
            raise StoreTrouble(
                f"{self.address.text} is a shared store of another format than "
                f"songbatch-store {names.FORMAT}, or none",
                fix="use a newer songbatch, or another folder",
            )
        self._has_our_format = True
        return True

    # Looking

    def look(
        self, keys: Collection[str], secrets: Mapping[str, bytes] | None = None
    ) -> dict[str, SharedSong]:
        """Return what the store has of some keys; those of which it has nothing are left out.

        `secrets` are those of the accounts that jobs may be collected for. Writes nothing but,
        where somebody who asks for a song may be dead, a sign of life that is gone at once.
        """
        if not keys or not self._is_marked():
            return {}
        songs = self._songs.look(keys, secrets or {})
        busy = [key for key, song in songs.items() if song.busy is not None]
        if busy and self._beats.now() is None:
            self._beats.tell_time()
            songs |= self._songs.look(busy, secrets or {})
        return songs

    def bury(self, who: str) -> None:
        """Let everybody know at once that a run is over which was cut off."""
        self._beats.bury(who)

    def uploads(
        self, keys: Collection[UploadKey], secret: bytes | None
    ) -> dict[UploadKey, Uploaded]:
        """Return the ids of uploads of the account with this secret; without one, of none."""
        if secret is None or not keys or not self._is_marked():
            return {}
        return self._uploads.look(keys, secret)

    # Claims

    def claim(
        self,
        key: str,
        name: str,
        engine: str,
        *,
        lasts: float,
        doubts: int,
        secrets: Mapping[str, bytes] | None = None,
    ) -> Claim | SharedSong:
        """Be the one that asks an engine for a key; `name` is the render's id.

        Returns the song instead where it must not be asked for: it has an answer, or one that is
        withheld; another run that is alive asks for it; or more than `doubts` requests of others
        may have been paid. `lasts` is how many seconds the request may take at most.

        Raises StoreTrouble also where others may take this run for dead, which passes, and where
        the server tells two runs that both were first, which does not.
        """
        note = self._note(name, engine, lasts)
        return self._songs.claim(key, note, doubts=doubts, secrets=secrets or {})

    def _note(self, name: str, engine: str, lasts: float) -> ClaimNote:
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return ClaimNote(self.who, name[:LONGEST_TEXT], engine[:LONGEST_TEXT], at, lasts)

    def end(self, claim: Claim, unknown: int, message: str) -> None:
        """Let a claim come to nothing; so many of its requests may have been paid."""
        self._claims.end(names.song(claim.name), claim.number, unknown, message)

    def note_job(self, claim: Claim, job: JobNote, secret: bytes | None) -> None:
        """Leave a job's name for other machines of its account; without a secret, for nobody."""
        if secret is not None:
            self._songs.note_job(claim, job, secret)

    # Uploads, claimed like songs

    def claim_upload(
        self, key: UploadKey, secret: bytes, *, lasts: float, refused: Uploaded | None = None
    ) -> UploadClaim | Uploaded | Busy:
        """Be the one that uploads a reference, or return its ids, or who is at it.

        `refused` are ids that the service no longer knows, or that have expired.
        """
        note = self._note(f"{key[1]}-{key[2]}", "", lasts)
        return self._uploads.claim(key, note, secret, refused)

    def tell_upload(self, claim: UploadClaim, ids: Uploaded, secret: bytes) -> None:
        """Let other machines of the account have the ids of an upload."""
        self._uploads.tell(claim, ids, secret)

    def forget_upload(self, key: UploadKey, ids: Uploaded, secret: bytes) -> None:
        """Let no machine of the account use ids any more, unless there are newer ones."""
        got = self.claim_upload(key, secret, lasts=0.0, refused=ids)
        if isinstance(got, UploadClaim):
            self._uploads.forget(got)

    def end_upload(self, claim: UploadClaim) -> None:
        """Let an upload come to nothing."""
        self._claims.end(claim.name, claim.number, 0, "")

    # Answers

    def publish(
        self,
        answer: Answered,
        audio: bytes,
        *,
        is_judged: bool = False,
        is_expected: bool = False,
        heals: bool = False,
    ) -> Answered:
        """Make an answer known; return the one that stands, which may be another run's.

        One that cannot be read is replaced if this one `heals`. If `is_judged`, audio that is there
        already is read, and healed if it is damaged. Audio that `is_expected` there, as a worker
        has left it, is looked for before it is sent.
        """
        return self._answers.publish(
            answer, audio, is_judged=is_judged, is_expected=is_expected, heals=heals
        )

    def fetch(self, answer: Answered) -> bytes:
        """Return the audio of an answer; its size and digest are right. Raises Withheld."""
        return self._answers.fetch(answer)

    def has_audio(self, answer: Answered) -> bool:
        """Return whether bytes of the right size lie where the audio of an answer would."""
        return self._answers.has_blob(answer.audio_sha256, answer.bytes)

    def put_blob(self, data: bytes, *, is_judged: bool = False) -> str:
        """Keep bytes by their digest, which is returned."""
        return self._answers.put_blob(data, is_judged=is_judged)

    def get_blob(self, sha256: str, most: int = MAX_BLOB_BYTES) -> bytes:
        """Return the bytes with this digest. Raises Withheld, also for more than `most`."""
        return self._answers.get_blob(sha256, most)

    def land(self, key: str, number: int, audio: bytes, note: LandedNote) -> LandedNote:
        """Keep a worker's answer for the claim with this number; return the one that stands."""
        return self._answers.land(key, number, audio, note)

    def landed(self, key: str, number: int) -> LandedNote | None:
        """Return what a worker left for a claim."""
        return self._answers.landed(key, number)

    # Of those who look after a store

    def survey(self) -> Survey:
        """Return who is at work, what is claimed and held, and how large the store is."""
        self._is_marked()
        self._beats.tell_time()
        return survey(self._objects, self._beats, self._songs, self._answers)

    def release(self, key: str) -> int:
        """End the claims of dead runs for a key, as if nothing had been paid; return how many.

        Raises Refused if a run that is alive asks for it.
        """
        self._beats.tell_time()
        song = self._songs.look_at(key, {}) if self._is_marked() else SharedSong(key=key)
        if song.busy is not None and song.busy.note is not None:
            raise Refused(
                f"{song.busy.note.who} is alive, and asks for it", fix="wait for it, or stop it"
            )
        doubted = [c.number for c in song.claims if c.may_be_paid and not c.is_ours]
        for number in doubted:
            self._claims.release(names.song(key), number)
        return len(doubted)

    def garbage(self, keep: Keep, older_than: float) -> SharedGarbage:
        """Return what may go: not in `keep`, and written more than so many seconds ago.

        Raises Refused if another repository shares here, or nothing may be written: it writes a
        sign of life, and takes it away, to know what time it is at the store.
        """
        self._collector.demand_sole(self._project)
        now = self._beats.now()
        if now is None:
            with self._may_drop():
                self._beats.beat()
                now = self._beats.now() or 0.0
                self._objects.remove(names.beat(self.who))
        return self._collector.find(keep, now - older_than)

    def drop(self, garbage: SharedGarbage) -> int:
        """Remove garbage; return how many bytes of audio are gone."""
        self._collector.demand_sole(self._project)
        with self._may_drop():
            return self._collector.drop(garbage)

    @contextlib.contextmanager
    def _may_drop(self) -> Iterator[None]:
        try:
            yield
        except WriteForbidden as error:
            raise ReadOnlyStore(
                f"{self.address.text} may only be read: nothing can be dropped from it",
                fix="use credentials that may write and delete",
            ) from error


def who(environment: Mapping[str, str]) -> str:
    """Return a new name for a run: user@host-pid-random."""
    said = environment.get(WHO_VARIABLE, "")
    user, _, host = said.partition("@") if said else (_user(), "", socket.gethostname())
    parts = [_ODD_IN_NAMES.sub("-", part)[:64] or "unknown" for part in (user, host)]
    return f"{'@'.join(parts)}-{os.getpid()}-{random_secrets.token_hex(8)}"


def _user() -> str:
    with contextlib.suppress(OSError, KeyError, ImportError):
        return getpass.getuser()
    return "unknown"
