"""Ids of references that jobs make of files in the service's storage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from songbatch.engines.base import EngineError, Job, Verdict
from songbatch.engines.job_service.answers import handle_of
from songbatch.engines.job_service.billing import usd_of_reference
from songbatch.engines.job_service.corrections import correction_of_hand
from songbatch.engines.job_service.dialect import LostRequest, RefusedRequest
from songbatch.engines.job_service.refusals import explained
from songbatch.engines.job_service.request_body import hand_request
from songbatch.model import Uploaded

if TYPE_CHECKING:
    from collections.abc import Collection

    from songbatch.engines.base import Absent
    from songbatch.engines.job_service.dialect import Dialect, Finished
    from songbatch.engines.job_service.rows import Hand, ModelRow, ModelTable
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
        self, dialect: Dialect, model: ModelRow, table: ModelTable, identity: EngineIdentity
    ) -> None:
        self._dialect = dialect
        self._model = model
        self._table = table
        self._identity = identity

    def submit(self, address: str, purpose: Purpose, request_id: str) -> Job:
        """Ask for the id of a reference."""
        hand = self._hand_of(purpose)
        target, body = hand_request(address, hand)
        try:
            job = self._dialect.submit(target, body, request_id)
        except EngineError as error:
            raise self._judged(error, hand) from error
        return _of_hand(job, hand)

    def find(
        self, address: str, purpose: Purpose, since: str, until: str, known: Collection[str]
    ) -> Job | Absent | None:
        """Look for a submit whose answer was lost."""
        hand = self._hand_of(purpose)
        target, body = hand_request(address, hand)
        found = self._dialect.find(LostRequest(target, body, since, until, known))
        return _of_hand(found, hand) if isinstance(found, Job) else found

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
        cost = usd_of_reference(finished, hand, self._dialect)
        return Uploaded(None, None, finished.trace_id, handle=handle, cost_usd=cost)

    def _judged(self, error: EngineError, hand: Hand | None) -> EngineError:
        """Return an error, with what to correct if the request was refused."""
        if isinstance(error, RefusedRequest) and hand is not None:
            found = correction_of_hand(error.body, hand, self._identity)
            return explained(error, found, self._dialect.client.redactor)
        return error

    def _hand_in(self, job: Job) -> Hand | None:
        return self._table.hands.get(job.id.partition(_OF_HAND)[2])

    def _hand_of(self, purpose: Purpose) -> Hand:
        for field in self._model.sends.reference:
            if purpose in field.purposes and field.handed in self._table.hands:
                return self._table.hands[field.handed]
        raise EngineError(
            f"{self._identity.name} makes no id of a reference for {purpose}", Verdict.REJECTED
        )


def _of_hand(job: Job, hand: Hand) -> Job:
    return replace(job, id=f"{job.id}{_OF_HAND}{hand.name}")
