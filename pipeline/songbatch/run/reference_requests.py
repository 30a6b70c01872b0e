"""Requests about references: uploads, and ids that jobs make of them. Runs in worker threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import msgspec

from songbatch.audio.probe import AudioProblem
from songbatch.batch.tracks import fix_of
from songbatch.diagnostics import DiskTrouble
from songbatch.digest import sha256
from songbatch.engines.base import EngineError, Verdict
from songbatch.engines.reference_files import reference_file
from songbatch.engines.request_id import request_id
from songbatch.model import Uploaded
from songbatch.records import MadeReference
from songbatch.run.submitting import JobUnderWay
from songbatch.run.uploads import is_kept, stored_key
from songbatch.store import ledger_records as records

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from songbatch.engines.base import (
        Absent,
        Engine,
        Job,
        JobEngine,
        Ready,
        ReferenceFile,
        ReferenceMaker,
    )
    from songbatch.model import Reference
    from songbatch.plan import UploadStep
    from songbatch.records import UploadKey
    from songbatch.run.submitting import Submissions
    from songbatch.store.ledger import Ledger
    from songbatch.traits import Traits


class ReferenceRequests(msgspec.Struct, frozen=True):
    """Hands references over to an engine, and books what it answered."""

    engine: Engine | JobEngine
    traits: Traits
    ledger: Ledger
    read_reference: Callable[[Reference], bytes]
    taken: Callable[[Reference, bytes, str], bytes]
    """Returns what engines get for a reference, from its bytes and their digest."""
    submissions: Submissions

    def upload(self, step: UploadStep, times: int) -> Uploaded:
        """Upload a reference, for the `times`-th time in this run (from 1). Raises EngineError."""
        file = self.file_of(step.reference, step.key[1], is_whole=False)
        return self._uploaded(step.key, step.reference, file, times)

    def _uploaded(
        self, key: UploadKey, reference: Reference, file: ReferenceFile, times: int
    ) -> Uploaded:
        _, digest, purpose, stored_as = key
        # Two cuts of one recording are two uploads.
        of = digest if reference.cut is None else sha256(f"{digest} {stored_as}".encode())
        sent_as = request_id(of, 1, times)
        ids = self.engine.upload(file.data, file.format, purpose, sent_as)
        self._book(key, ids)
        return ids

    def submit(self, step: UploadStep) -> JobUnderWay:
        """Ask once for the id of a reference that a job makes; the job is in the ledger then.

        Raises EngineError, DiskTrouble.
        """
        account, digest, purpose, stored_as = step.key
        key = step.attempts_key
        attempt = self.ledger.state.attempts.get(key, 0) + 1
        file = self.file_of(step.reference, digest, is_whole=False)
        address = self._address(step, file, attempt)
        name = f"{step.reference.name} as {purpose.value}"
        maker, sent_as = cast("ReferenceMaker", self.engine), request_id(key, 1, attempt)

        def submit() -> Job:
            try:
                return maker.submit_reference(address, purpose, sent_as)
            except EngineError as error:
                if error.verdict is not Verdict.REUPLOAD:
                    raise
                self.forget(stored_key(step.key))
                raise error.but(verdict=Verdict.RETRY, most_tries=1) from error

        def find(since: str, until: str, known: Collection[str]) -> Job | Absent | None:
            return maker.find_reference(address, purpose, since, until, known)

        called = self.engine.identity.name
        job = self.submissions.ask(key, attempt, name, called, submit, find, is_free=False)
        under_way = JobUnderWay(
            key,
            attempt,
            job,
            file.format,
            usd=step.usd,
            reference=MadeReference(digest, purpose, stored_as),
        )
        self.submissions.book(under_way, called, account)
        return under_way

    def _address(self, step: UploadStep, file: ReferenceFile, times: int) -> str:
        """Return where the service has the file of a reference that a job makes an id of."""
        key, now = stored_key(step.key), self.ledger.now()
        known = self.ledger.state.uploads.get(key)
        stored = known if known is not None and is_kept(known, now) else None
        return (stored or self._uploaded(key, step.reference, file, times)).handle or ""

    def collect(self, under_way: JobUnderWay, ready: Ready) -> Uploaded:
        """Take the id of a reference that a job has made; it is in the ledger then.

        Raises EngineError, DiskTrouble.
        """
        made = under_way.reference
        if made is None:
            raise ValueError("a job for a song makes no id of a reference")
        ids = cast("ReferenceMaker", self.engine).collect_reference(under_way.job, ready)
        key = (self.engine.account, made.sha256, made.purpose, made.stored_as)
        usd = under_way.usd if ids.cost_usd is None else ids.cost_usd
        try:
            self._book(key, ids, key=under_way.key, attempt=under_way.attempt, cost_usd=usd)
        except OSError as error:
            raise DiskTrouble(error, may_be_paid=False) from error
        return ids

    def take_over(self, upload: UploadKey, ids: Uploaded) -> None:
        """Write down what an upload of another machine answered. Raises DiskTrouble."""
        try:
            self._book(upload, ids)
        except OSError as error:
            raise DiskTrouble(error, may_be_paid=False) from error

    def forget_file(self, under_way: JobUnderWay) -> None:
        """Write down that the file is gone of which a job was to make an id. Raises OSError."""
        if (made := under_way.reference) is not None:
            account = self.engine.account
            self.forget(stored_key((account, made.sha256, made.purpose, made.stored_as)))

    def forget(self, upload: UploadKey) -> None:
        """Write down that the service does not know an upload any more. Raises OSError."""
        self._book(upload, Uploaded(None, None, until=self.ledger.now()))

    def _book(self, upload: UploadKey, ids: Uploaded, **attempt: Any) -> None:
        """Write down what an upload answered; `attempt` is that of a job that made it."""
        self.ledger.append(records.UploadedRecord.of(upload, ids, **attempt))

    def file_of(self, reference: Reference, digest: str, *, is_whole: bool) -> ReferenceFile:
        """Return a reference as it goes along with a request. Raises EngineError."""
        data = self._unchanged(reference, digest)
        try:
            taken = self.taken(reference, data, digest)
            return reference_file(taken, reference.purpose, self.traits, is_whole=is_whole)
        except AudioProblem as problem:
            message = f"{reference.source} cannot be sent: {problem}"
            fix = fix_of(problem, reference.file)
            raise EngineError(message, Verdict.REJECTED, fix=fix) from problem

    def _unchanged(self, reference: Reference, digest: str) -> bytes:
        data = self.read_reference(reference)
        if sha256(data) != digest:
            raise EngineError(
                f"{reference.source} changed while this run used it",
                Verdict.REJECTED,
                fix="run again",
            )
        return data
