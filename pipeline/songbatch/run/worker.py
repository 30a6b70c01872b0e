"""The half of the runner that works in threads: single requests, and the outputs of answers."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, cast

from msgspec.structs import replace

from songbatch.engines.base import Verdict
from songbatch.model import Uploaded
from songbatch.plan import Action, upload_key
from songbatch.run.delivery import deliver, stored_audio
from songbatch.run.events import PaidTwice, StepStarted, Unshared
from songbatch.run.requests import References
from songbatch.run.scheduler import Unused
from songbatch.sharing.notes import JobNote
from songbatch.sharing.trouble import StoreTrouble, Withheld
from songbatch.store.ledger_records import AdoptedRecord
from songbatch.traits import HandedOver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from songbatch.engines.base import (
        Engine,
        EngineError,
        Job,
        JobEngine,
        JobState,
        Ready,
        ReferenceFile,
    )
    from songbatch.model import Purpose, RecordingCut, Reference, ReferenceUse, Render
    from songbatch.plan import UploadStep
    from songbatch.records import Entry, Receipt, UploadKey
    from songbatch.run.context import RunContext
    from songbatch.run.delivery import StoredAudio
    from songbatch.run.pending import PendingRender, PendingUpload
    from songbatch.run.requests import Requests
    from songbatch.run.shared.claims import RunClaims
    from songbatch.run.submitting import JobUnderWay
    from songbatch.sharing.notes import Answered
    from songbatch.store.blobs import Received


class RequestWorker:
    """Does what a runner decides.

    `before` returns what the last manifests record of a render's audio;
    `claims` keep other machines from asking for the same, where a store is shared.
    `finished` are the entries of the renders whose outputs it has written, by render id.
    """

    def __init__(
        self,
        requests: Requests,
        context: RunContext,
        before: Callable[[Render], Entry | None],
        claims: RunClaims | None = None,
    ) -> None:
        self._requests = requests
        self._claims = claims
        self._references = requests.references
        self._context = context
        self._before = before
        self._preparing = threading.Lock()
        self._prepared: dict[tuple[str, Purpose, bool, RecordingCut | None], ReferenceFile] = {}
        self._asking: set[str] = set()
        self.finished: dict[str, Entry] = {}

    def upload(self, upload: PendingUpload) -> Uploaded | JobUnderWay | Unused:
        """Upload a reference, or ask for its id where a job makes it.

        Unused is what another machine's upload answered, or the run that does it. Raises
        EngineError, DiskTrouble, StoreTrouble.
        """
        step = upload.wanted
        if self._claims is None:
            return self._upload(upload, step)
        name = self._requests.engine.identity.name
        there = self._claims.claim_upload(step, upload.stale, name)
        if isinstance(there, Uploaded):
            self._references.take_over(step.key, there)
        if isinstance(there, JobNote):
            return self._requests.take_over(step.attempts_key, there)
        if there is not None:
            return Unused(there)
        try:
            ids = self._upload(upload, step)
        except BaseException:
            self._claims.end_upload(step.key)
            raise
        if isinstance(ids, Uploaded):
            self._claims.publish_upload(step.key, ids)
        else:
            self._claims.has_job(ids, name, self._requests.engine.account)
        return ids

    def _upload(self, upload: PendingUpload, step: UploadStep) -> Uploaded | JobUnderWay:
        self._context.listener(StepStarted(Action.UPLOAD, upload.name))
        if step.is_made:
            return self._references.submit(step)
        return self._references.upload(step, upload.times + 1)

    def ask(self, pending: PendingRender) -> Received | JobUnderWay | Unused:
        """Ask for a song; its audio is on the disk then, or its job in the ledger.

        Unused is what other machines have of it, where it is not this one's to ask for. Raises
        EngineError, DiskTrouble, StoreTrouble.
        """
        render, engine = pending.render, self._requests.engine
        name = engine.identity.name
        if self._claims is not None:
            there = self._claims.claim(render.key, render.id, name)
            if isinstance(there, JobNote):
                return self._requests.take_over(render.key, there)
            if there is not None:
                return Unused(there)
        pending.is_asked = True
        voice = self._sent(pending, render.inputs.voice)
        instrumental = self._sent(pending, render.inputs.instrumental)
        sent = References(
            voice.voice_id if voice else None,
            instrumental.instrumental_id if instrumental else None,
            tuple(self._file_of(reference, pending) for reference in pending.steps[0].files),
            dict(self._handles(pending)),
        )
        self._context.listener(StepStarted(Action.RENDER, render.id))
        if self._requests.traits.has_jobs:
            self._asking.add(render.key)
            try:
                usd = pending.price.planned
                job = self._requests.submit(cast("JobEngine", engine), render, sent, usd)
                pending.made_on = self._requests.worker_of(render, job.attempt)
                if self._claims is not None:
                    self._claims.has_job(job, name, engine.account)
                return job
            finally:
                self._asking.discard(render.key)
        received = self._requests.ask(cast("Engine", engine), render, sent)
        pending.made_on = self._requests.worker_of(render, received.attempt)
        return received

    def leave(self) -> frozenset[str]:
        """Let no request write anything down any more; return the keys that are being asked for."""
        self._requests.submissions.is_over.set()
        return frozenset(self._asking.copy())

    def _file_of(self, reference: Reference, pending: PendingRender) -> ReferenceFile:
        used = pending.render.references
        digest = next(use.sha256 for use in used if use.reference == reference.name)
        is_whole = pending.render.inputs.follow == "song"
        with self._preparing:
            # One song after the other mostly follows the same track.
            wanted = digest, reference.purpose, is_whole, reference.cut
            if wanted not in self._prepared:
                file = self._references.file_of(reference, digest, is_whole=is_whole)
                self._prepared = {wanted: file}
            return self._prepared[wanted]

    def poll(self, jobs: Sequence[Job]) -> Mapping[str, JobState]:
        """Return how jobs stand. Raises EngineError if the service cannot be asked."""
        return cast("JobEngine", self._requests.engine).poll(jobs)

    def collect(self, under_way: JobUnderWay, ready: Ready) -> Received:
        """Fetch the song of a job that is done. Raises EngineError, DiskTrouble."""
        return self._requests.collect(cast("JobEngine", self._requests.engine), under_way, ready)

    def forget(self, upload: PendingUpload) -> None:
        """Write down that the service does not know the id of a reference any more."""
        with contextlib.suppress(OSError):
            self._references.forget(upload.wanted.key)
        if self._claims is not None and upload.ids is not None:
            self._claims.forget_upload(upload.wanted.key, upload.ids)

    def collect_reference(self, under_way: JobUnderWay, ready: Ready) -> Uploaded:
        """Take the id of a reference that a job has made. Raises EngineError, DiskTrouble."""
        ids = self._references.collect(under_way, ready)
        if self._claims is not None and (key := self._upload_of(under_way)) is not None:
            self._claims.publish_upload(key, ids)
        return ids

    def give_up(
        self,
        under_way: JobUnderWay,
        error: EngineError,
        *,
        is_earlier: bool = False,
        is_made: bool = False,
    ) -> EngineError:
        """Write down that a job came to nothing; return the error as its price makes it.

        One that `is_earlier` was submitted by another run than this; one that `is_made` is done at
        the service.
        """
        if under_way.reference is not None and error.verdict is Verdict.REUPLOAD:
            # Stored anew, it is asked for once more: this job cost nothing.
            with contextlib.suppress(OSError):
                self._references.forget_file(under_way)
            error = error.but(verdict=Verdict.RETRY)
        judged = self._requests.judged_job(error, under_way, is_earlier=is_earlier, is_made=is_made)
        if self._claims is not None:
            may_be_paid = judged.verdict is Verdict.UNKNOWN
            self._claims.job_failed(under_way.key, may_be_paid=may_be_paid)
            if (key := self._upload_of(under_way)) is not None:
                self._claims.end_upload(key)
        self._requests.submissions.book_failure(judged, under_way.key, under_way.attempt)
        return judged

    def file(self, pending: PendingRender, received: Received) -> Receipt:
        """Write an answer down, and the outputs of all renders that it serves.

        Raises EngineError for unusable audio, OSError and DiskTrouble.
        """
        return self._deliver(
            pending, self._shared(pending, self._requests.book(received, pending.usd))
        )

    def pull(self, pending: PendingRender, answer: Answered) -> Receipt:
        """Bring an answer here that another machine has got, and write the outputs.

        Raises Withheld, StoreTrouble, OSError.
        """
        render = pending.render
        receipt = self._context.stock.pull(render, answer, ())
        return self._deliver(pending, stored_audio(render, receipt, self._context))

    def end_claim(self, pending: PendingRender, message: str) -> None:
        """Let other machines ask for a song. Raises StoreTrouble."""
        if self._claims is not None:
            self._claims.end(pending.key, message)

    def _shared(self, pending: PendingRender, stored: StoredAudio) -> StoredAudio:
        """Make an answer known to other machines; return the one that stands."""
        if self._claims is None:
            return stored
        stored = self._with_all_requests(stored, self._claims.asked_elsewhere(pending.key))
        lyrics = pending.render.inputs.lyrics if pending.steps else None
        name = self._requests.engine.identity.name
        try:
            stands = self._claims.publish(stored.receipt, name, lyrics or "", stored.audio)
            if stands.audio_sha256 == stored.receipt.audio_sha256 or not pending.steps:
                return stored
            own = stored.receipt
            self._context.listener(PaidTwice(pending.name, own.key, own.audio_sha256))
            receipt = self._context.stock.pull(pending.render, stands, ())
        except (StoreTrouble, Withheld) as trouble:
            self._context.listener(Unshared(pending.name, str(trouble)))
            return stored
        return stored_audio(pending.render, receipt, self._context)

    def _with_all_requests(self, stored: StoredAudio, elsewhere: int) -> StoredAudio:
        """Write down the requests of other machines that an answer took, too."""
        if not elsewhere:
            return stored
        ledger = self._context.ledger
        receipt = replace(
            stored.receipt,
            attempts=stored.receipt.attempts + elsewhere,
            unknown_outcomes=stored.receipt.unknown_outcomes + elsewhere,
        )
        ledger.append(AdoptedRecord.of(receipt))
        return replace(stored, receipt=ledger.state.receipts[receipt.key])

    def _deliver(self, pending: PendingRender, stored: StoredAudio) -> Receipt:
        for step in pending.steps:
            before = self._before(pending.render)
            self.finished[step.render.id] = deliver(step.render, stored, self._context, before)
        return stored.receipt

    def _handles(self, pending: PendingRender) -> Iterator[tuple[Purpose, str]]:
        """Yield what requests name references by that were handed over one by one."""
        for use in pending.render.references:
            sent = self._sent(pending, use)
            if sent is not None and sent.handle is not None:
                yield use.purpose, sent.handle

    def _upload_of(self, under_way: JobUnderWay) -> UploadKey | None:
        """Return the upload that a job makes; None for the job of a song."""
        made = under_way.reference
        if made is None:
            return None
        return (self._requests.engine.account, made.sha256, made.purpose, made.stored_as)

    def _is_sent_along(self, use: ReferenceUse) -> bool:
        rule = self._requests.traits.references[use.purpose]
        return rule.handed_over is HandedOver.BYTES

    def _sent(self, pending: PendingRender, use: ReferenceUse | None) -> Uploaded | None:
        if use is None or self._is_sent_along(use):
            return None
        rules = self._requests.traits.references
        return pending.ids[upload_key(self._requests.engine.account, use, rules)]
