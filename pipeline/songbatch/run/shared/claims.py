"""Claims of a run on songs and references that other machines may be about to ask for, too.

A claim is made when a request is about to leave, and stands until everybody can see what came of
it: the answer, or that there is none. What this process cannot say any more, the next run of the
project does (`settle_claims`), by its notes and its ledger. Runs in the worker threads.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import msgspec

from songbatch.diagnostics import SongbatchError
from songbatch.digest import sha256
from songbatch.files.boot import boot_id
from songbatch.formatting import count
from songbatch.layout import folder_id
from songbatch.model import Uploaded
from songbatch.run.events import Unshared
from songbatch.run.uploads import is_kept
from songbatch.sharing.notes import Answered, JobNote
from songbatch.sharing.songs import Claim
from songbatch.sharing.trouble import ReadOnlyStore, StoreTrouble, Withheld
from songbatch.sharing.uploads import Busy, UploadClaim
from songbatch.store.claim_notes import ClaimNotes, NotedClaim

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from songbatch.model import Render
    from songbatch.plan import UploadStep
    from songbatch.records import Receipt, UploadKey
    from songbatch.run.context import RunContext
    from songbatch.run.submitting import JobUnderWay
    from songbatch.sharing.claims import ClaimState
    from songbatch.sharing.shared_store import SharedStore
    from songbatch.sharing.songs import SharedSong


class RunClaims:
    """The claims of one engine's part of a run.

    `doubts` is how many requests for a song may have been paid without an answer, everywhere, for
    it to be asked for again; `lasts` the seconds that an answer is expected to take. `secret` seals
    what only owners of the account's key may use. What is free and `is_repeatable` anybody may ask
    for at any time: it is published, and not claimed.
    """

    def __init__(
        self,
        shared: SharedStore,
        context: RunContext,
        *,
        doubts: int,
        lasts: float,
        account: str,
        secret: bytes | None,
        is_repeatable: bool = False,
    ) -> None:
        self._is_repeatable = is_repeatable
        self._shared = shared
        self._context = context
        self._doubts = doubts
        self._lasts = lasts
        self._secret = secret
        self._secrets = {} if secret is None else {account: secret}
        self._notes = ClaimNotes(context.workspace.state, shared.address.text)
        self._folder, self._boot = folder_id(str(context.workspace.root)), boot_id()
        self._held: dict[str, Held] = {}
        self._landing: set[str] = set()
        """Songs that workers leave in the store."""
        self._uploads: dict[UploadKey, UploadClaim] = {}

    @property
    def place(self) -> float:
        """A number from 0 to 1 that differs from machine to machine."""
        return int(sha256(self._shared.who.encode())[:8], 16) / 2**32

    def claim(self, key: str, name: str, engine: str) -> SharedSong | JobNote | None:
        """Claim a song, unless this run has; return what is there instead if it cannot be.

        `name` is what its render is called. A job that a run left which is dead goes with the
        claim: the song comes of that. Raises StoreTrouble.
        """
        if self._is_repeatable or key in self._held:
            return None
        before = self._unknown(key)
        self._notes.write(key, NotedClaim(self._shared.who, self._folder, before, self._boot))
        got = self._shared.claim(
            key,
            name,
            engine,
            lasts=self._lasts,
            doubts=self._doubts,
            secrets=self._secrets,
        )
        if isinstance(got, Claim) and got.landed:
            # The song of a run that has died meanwhile is there already.
            self._shared.end(got, 0, "a worker has left it")
            got = self._context.stock.look([key])[key]
        if isinstance(got, Claim):
            self._held[key] = Held(got, before)
            if not got.jobs:
                return None
            self._context.stock.jobs[key] = got.jobs[-1].number
            return got.jobs[-1].note
        self._notes.remove(key)
        return got

    def claim_of(self, request: str) -> tuple[str, int] | None:
        """Return the key and the number of the claim that a request is made under, by its name."""
        prefix = request.partition(".")[0]
        for key, held in self._held.copy().items():
            if key.startswith(prefix):
                self._landing.add(key)
                return key, held.claim.number
        return None

    def has_job(self, under_way: JobUnderWay, engine: str, account: str) -> None:
        """Tell everybody with this account under which name a song can be had."""
        held = self._held.get(under_way.key)
        if held is not None and self._secret is not None:
            # It is in the ledger: whoever cannot read it there waits for this run's answer.
            with contextlib.suppress(StoreTrouble):
                job = _job_note(under_way, engine, account)
                self._shared.note_job(held.claim, job, self._secret)

    def asked_elsewhere(self, key: str) -> int:
        """Return how many requests of other machines came before the claim of a key.

        Such as may have been paid without an answer; those of this one are in its ledger.
        """
        held = self._held.get(key)
        return 0 if held is None else max(0, held.claim.doubts - held.doubts)

    def publish(self, receipt: Receipt, engine: str, lyrics: str, audio: bytes) -> Answered:
        """Make an answer known; return the one that stands. Raises StoreTrouble."""
        answer = Answered.of(receipt, lyrics, engine=engine, who=self._shared.who)
        stands = self._shared.publish(answer, audio, is_expected=receipt.key in self._landing)
        self._held.pop(receipt.key, None)
        self._notes.remove(receipt.key)
        return stands

    def claim_upload(
        self, step: UploadStep, stale: Uploaded | None, engine: str
    ) -> Uploaded | JobNote | ClaimState | None:
        """Claim an upload; return what it answered elsewhere instead, or who is at it.

        `stale` are ids that the service does not know any more. What a job makes for money is
        claimed like a song, too: one that a dead run left is returned. None: it is this run's to
        do. Raises StoreTrouble, and MaybePaid.
        """
        if self._secret is None:
            return None
        got = self._shared.claim_upload(step.key, self._secret, lasts=self._lasts, refused=stale)
        if isinstance(got, Uploaded) and not is_kept(got, self._context.ledger.now()):
            got = self._shared.claim_upload(step.key, self._secret, lasts=self._lasts, refused=got)
        if isinstance(got, Uploaded):
            return got
        if isinstance(got, Busy):
            return got.claim
        self._uploads[step.key] = got
        return self._claim_making(step, engine) if step.is_made else None

    def _claim_making(self, step: UploadStep, engine: str) -> JobNote | ClaimState | None:
        there = self.claim(step.attempts_key, step.reference.name, engine)
        if there is None or isinstance(there, JobNote):
            return there
        self.end_upload(step.key)
        if there.busy is not None:
            return there.busy
        raise MaybePaid(there)

    def publish_upload(self, key: UploadKey, ids: Uploaded) -> None:
        """Make known what an upload answered, to owners of the account's key."""
        if self._secret is None:
            return
        # It is in the ledger; at worst, others upload it too.
        with contextlib.suppress(StoreTrouble):
            tell_upload(self._shared, key, ids, self._secret, self._uploads.pop(key, None))

    def forget_upload(self, key: UploadKey, ids: Uploaded) -> None:
        """Let no machine of this account use ids that the service does not know any more."""
        if self._secret is not None:
            with contextlib.suppress(StoreTrouble):
                self._shared.forget_upload(key, ids, self._secret)

    def end_upload(self, key: UploadKey) -> None:
        """Let other machines upload a reference."""
        claim = self._uploads.pop(key, None)
        if claim is not None:
            with contextlib.suppress(StoreTrouble):
                self._shared.end_upload(claim)

    def job_failed(self, key: str, *, may_be_paid: bool) -> None:
        """Tell everybody that nothing came of a job that a run had left which is dead."""
        number = self._context.stock.jobs.pop(key, None)
        if number is not None:
            with contextlib.suppress(StoreTrouble):
                self._shared.end(Claim(key, number), int(may_be_paid), "its job came to nothing")

    def end(self, key: str, message: str) -> None:
        """Tell everybody that nothing came of a claim. Raises StoreTrouble."""
        held = self._held.get(key)
        if held is not None:
            unknown = max(0, self._unknown(key) - held.doubts)
            self._shared.end(held.claim, unknown, message)
            del self._held[key]
            self._notes.remove(key)

    def _unknown(self, key: str) -> int:
        return self._context.ledger.state.unknown_outcomes(key)


def tell_upload(
    shared: SharedStore,
    key: UploadKey,
    ids: Uploaded,
    secret: bytes,
    claim: UploadClaim | None = None,
) -> bool:
    """Make known what an upload answered, unless that is known; return whether it was not.

    Without a `claim` of it, one is made if nobody is at it. Raises StoreTrouble.
    """
    if claim is None:
        got = shared.claim_upload(key, secret, lasts=0.0)
        if not isinstance(got, UploadClaim):
            return False
        claim = got
    shared.tell_upload(claim, ids, secret)
    return True


class MaybePaid(SongbatchError):
    """Requests of other machines may have been paid, and nobody can have their answers."""

    def __init__(self, song: SharedSong) -> None:
        times = "a request" if song.doubts == 1 else f"{song.doubts} requests"
        super().__init__(
            f"{times} of {song.doubted} may have been paid without an answer",
            fix="run again there first: its answer may be on its disk; or pay again: "
            f"songbatch render --retry-unknown {song.doubts}",
        )


class Held(msgspec.Struct, frozen=True):
    """A claim of this run; `doubts` is how many requests may have been paid before it."""

    claim: Claim
    doubts: int


def _job_note(under_way: JobUnderWay, engine: str, account: str) -> JobNote:
    return JobNote(
        job=under_way.job.id,
        engine=engine,
        account=account,
        format=under_way.format,
        seed=under_way.seed,
        seconds=under_way.seconds,
        usd=under_way.usd,
        reference=under_way.reference,
    )


def own_claims(context: RunContext) -> Iterator[tuple[str, NotedClaim]]:
    """Yield the claims of this folder that are not over, by their keys.

    A copy of a project has the notes of a run that may go on where they were made.
    """
    here = folder_id(str(context.workspace.root))
    notes = ClaimNotes(context.workspace.state, context.stock.store)
    return ((key, note) for key, note in notes if note.folder == here)


def settle_claims(renders: Iterable[Render], context: RunContext) -> None:
    """Tell what came of this project's claims that nobody was told of, if the store can be reached.

    Those of runs that were cut off, and those of this one at its end. What is under way as a job
    stays claimed. For the lock's holder.
    """
    mine = dict(own_claims(context))
    shared = context.stock.shared if mine else None
    if shared is None:
        return
    notes = ClaimNotes(context.workspace.state, context.stock.store)
    lyrics = {render.key: render.inputs.lyrics or "" for render in renders if render.key in mine}
    try:
        # Who is dead can only be told by who is alive.
        shared.begin()
        songs = shared.look(mine.keys())
        for key, note in mine.items():
            # One answer that cannot be read holds up no other.
            with contextlib.suppress(Withheld):
                if _settle(key, note, songs.get(key), lyrics.get(key, ""), context, shared):
                    notes.remove(key)
    except (StoreTrouble, ReadOnlyStore) as trouble:
        receipts = context.ledger.state.receipts
        unshared = sum(key in receipts for key, _ in notes)
        if unshared:
            context.listener(Unshared(count(unshared, "song"), str(trouble)))


def _open_claims(song: SharedSong | None, who: str) -> list[ClaimState]:
    claims = () if song is None else song.claims
    return [c for c in claims if c.note is not None and c.note.who == who and c.end is None]


def _settle(
    key: str,
    note: NotedClaim,
    song: SharedSong | None,
    lyrics: str,
    context: RunContext,
    shared: SharedStore,
) -> bool:
    """Tell what came of one claim; return whether it is over."""
    if song is not None and (song.answer is not None or song.withheld):
        return True
    state = context.ledger.state
    receipt = state.receipts.get(key)
    if receipt is not None and context.blobs.has(receipt.audio_sha256, receipt.bytes):
        engine = state.engines.get(key, "")
        answer = Answered.of(receipt, lyrics, engine=engine, who=shared.who)
        shared.publish(answer, context.blobs.read(receipt.audio_sha256))
        return True
    claims = _open_claims(song, note.who)
    if key in state.jobs:
        return False
    if note.boot and note.boot == boot_id() and note.who != shared.who:
        # Whoever holds this project's lock under the same kernel knows that run to be over.
        shared.bury(note.who)
    elif any(claim.is_alive and not claim.is_ours for claim in claims):
        return False
    unknown = max(0, state.unknown_outcomes(key) - note.doubts)
    for claim in claims:
        shared.end(Claim(key, claim.number), unknown, "the run that asked for it was cut off")
        unknown = 0
    return True
