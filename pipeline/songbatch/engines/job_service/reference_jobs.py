"""Ids of references that jobs make, of files that are stored first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from songbatch.engines.base import EngineError, Job, Verdict
from songbatch.engines.job_service.answers import handle_of
from songbatch.engines.job_service.corrections import correction_of_hand
from songbatch.engines.job_service.dialect import RefusedRequest
from songbatch.engines.job_service.refusals import explained
from songbatch.engines.job_service.request_body import hand_request
from songbatch.engines.job_service.requests_seen import WantedInput
from songbatch.engines.job_service.stored_files import file_name, stem_of
from songbatch.model import Uploaded

if TYPE_CHECKING:
    from collections.abc import Collection

    from songbatch.engines.base import Absent, ReferenceFile
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

    def submit(self, file: ReferenceFile, request_id: str) -> Job:
        """Ask for the id of a reference, whose file gets the name of the request."""
        hand = self._hand_of(file.purpose)
        name = file_name(file.format, request_id)
        stored = self._dialect.store(file.data, name, file.format)
        target, body = hand_request(stored.address, hand)
        try:
            job = self._dialect.submit(target, body, request_id)
        except EngineError as error:
            raise self._judged(error, hand) from error
        return self._named(job, hand)

    def find(
        self, purpose: Purpose, request_id: str, since: str, until: str, known: Collection[str]
    ) -> Job | Absent | None:
        """Look for a job whose answer was lost: it has a file of that name."""
        hand = self._hand_of(purpose)
        target, body = hand_request("", hand)
        del body[hand.field]
        wanted = WantedInput(body, named={hand.field: f"{stem_of(request_id)}."})
        found = self._dialect.find(target, wanted, since, until, known)
        return self._named(found, hand) if isinstance(found, Job) else found

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
        """Return an error as it counts here: a file is stored anew for each job."""
        if isinstance(error, RefusedRequest) and hand is not None:
            found = correction_of_hand(error.body, hand, self._identity)
            return explained(error, found, self._dialect.client.redactor)
        if error.verdict is not Verdict.REUPLOAD:
            return error
        return error.but(verdict=Verdict.RETRY, most_tries=1)

    @staticmethod
    def _named(job: Job, hand: Hand) -> Job:
        return replace(job, id=f"{job.id}{_OF_HAND}{hand.name}")

    def _hand_in(self, job: Job) -> Hand | None:
        return self._table.hands.get(job.id.partition(_OF_HAND)[2])

    def _hand_of(self, purpose: Purpose) -> Hand:
        for field in self._model.sends.reference:
            if purpose in field.purposes and field.handed in self._table.hands:
                return self._table.hands[field.handed]
        raise EngineError(
            f"{self._identity.name} makes no id of a reference for {purpose}", Verdict.REJECTED
        )
