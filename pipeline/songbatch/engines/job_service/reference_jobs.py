"""Ids of references that jobs make, of files that are stored first."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from msgspec.structs import replace

from songbatch.digest import sha256
from songbatch.engines.base import EngineError, Verdict
from songbatch.engines.job_service.answers import handle_of
from songbatch.engines.job_service.corrections import correction_of_hand
from songbatch.engines.job_service.dialect import RefusedRequest
from songbatch.engines.job_service.refusals import explained
from songbatch.engines.job_service.request_body import hand_request
from songbatch.model import Uploaded

if TYPE_CHECKING:
    from songbatch.engines.base import Job, ReferenceFile
    from songbatch.engines.job_service.dialect import Dialect, Finished
    from songbatch.engines.job_service.rows import Hand, Model, Table
    from songbatch.model import EngineIdentity, Purpose

_OF_HAND = "#"
"""Before the name of the hand in the id of a job that makes one of a reference."""


def name_at_service(job_id: str) -> str:
    """Return what the service calls a job."""
    return job_id.partition(_OF_HAND)[0]


def is_of_reference(job_id: str) -> bool:
    """Return whether a job makes the id of a reference."""
    return _OF_HAND in job_id


class ReferenceJobs:
    """Asks for such jobs, and reads what they gave. Safe to use from several threads at once."""

    def __init__(
        self, dialect: Dialect, model: Model, table: Table, identity: EngineIdentity
    ) -> None:
        self._dialect = dialect
        self._model = model
        self._table = table
        self._identity = identity
        self._lock = threading.Lock()
        self._stored: dict[str, str] = {}
        """Addresses of files by their digests: each is stored once a run."""

    def submit(self, file: ReferenceFile, request_id: str) -> Job:
        """Ask for the id of a reference."""
        hand = self._hand_of(file.purpose)
        target, body = hand_request(self._address_of(file), hand)
        try:
            job = self._dialect.submit(target, body, request_id)
        except EngineError as error:
            raise self._judged(error, hand) from error
        return replace(job, id=f"{job.id}{_OF_HAND}{hand.name}")

    def failure(self, job: Job, error: EngineError) -> EngineError:
        """Return the error of a job that failed."""
        return self._judged(error, self._hand_in(job))

    def collect(self, job: Job, finished: Finished) -> Uploaded:
        """Return the id that a job made."""
        hand = self._hand_in(job)
        if hand is None:
            raise EngineError(
                "the job makes an id of a reference in a way that the table has no more",
                Verdict.LOST,
            )
        handle = handle_of(finished, hand, self._identity)
        return Uploaded(None, None, finished.trace_id, handle=handle)

    def _judged(self, error: EngineError, hand: Hand | None) -> EngineError:
        """Return an error as it counts here: a file that is gone is stored again for the job."""
        if isinstance(error, RefusedRequest) and hand is not None:
            found = correction_of_hand(error.body, hand, self._identity)
            return explained(error, found, self._dialect.client.redactor)
        if error.verdict is not Verdict.REUPLOAD:
            return error
        with self._lock:
            self._stored.clear()
        return error.but(verdict=Verdict.RETRY, most_tries=1)

    def _hand_in(self, job: Job) -> Hand | None:
        return self._table.hands.get(job.id.partition(_OF_HAND)[2])

    def _hand_of(self, purpose: Purpose) -> Hand:
        for field in self._model.sends.reference:
            if purpose in field.purposes and field.handed in self._table.hands:
                return self._table.hands[field.handed]
        raise EngineError(
            f"{self._identity.name} makes no id of a reference for {purpose}", Verdict.REJECTED
        )

    def _address_of(self, file: ReferenceFile) -> str:
        digest = sha256(file.data)
        with self._lock:
            known = self._stored.get(digest)
        if known is not None:
            return known
        stored = self._dialect.store(file.data, file.format)
        with self._lock:
            self._stored[digest] = stored.address
        return stored.address
