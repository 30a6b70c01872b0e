"""Engine over a job service: submits, polls and collects in any dialect, by a row of the table."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from songbatch.digest import sha256
from songbatch.engines.base import Answer, EngineError, InProgress, Job, Ready, Verdict
from songbatch.engines.job_service.answers import cost_of, facts_of, handle_of
from songbatch.engines.job_service.dialect import Finished
from songbatch.engines.job_service.downloads import fetch_song
from songbatch.engines.job_service.health import health
from songbatch.engines.job_service.request_body import hand_request, song_request
from songbatch.engines.job_service.table import LINK
from songbatch.engines.rest.foreign import FileGone
from songbatch.model import Uploaded
from songbatch.prices import Amount

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from songbatch.engines.base import Absent, Generation, JobState, ReferenceFile, Sink
    from songbatch.engines.health import HealthItem
    from songbatch.engines.job_service.answers import SongFacts
    from songbatch.engines.job_service.dialect import Dialect, JobEnd
    from songbatch.engines.job_service.rows import Hand, Model, Table
    from songbatch.engines.job_service.settings import JobServiceSettings
    from songbatch.model import AudioFormat, EngineIdentity, Purpose

_OF_HAND = "#"
"""Before the name of the hand in the id of a job that makes one of a reference."""


class JobServiceEngine:
    """A model of a service; `songbatch.engines.base` describes the methods.

    JobEngine, and ReferenceMaker for purposes of which the row says so.
    """

    def __init__(
        self,
        dialect: Dialect,
        model: Model,
        table: Table,
        settings: JobServiceSettings,
        identity: EngineIdentity,
    ) -> None:
        self._dialect = dialect
        self._model = model
        self._table = table
        self._settings = settings
        self._identity = identity
        self._lock = threading.Lock()
        self._amounts: dict[str, Amount] = {}
        """What was asked of each job of this run, which its price may go by."""
        self._stored: dict[str, str] = {}
        """Addresses of files that were stored for jobs of references, by their digests."""

    @property
    def identity(self) -> EngineIdentity:
        """What belongs to a render's key."""
        return self._identity

    @property
    def account(self) -> str:
        """The owner of uploads and jobs: an address and a key."""
        return self._settings.account

    def preflight(self) -> None:
        """Raise EngineRefused unless the settings can be used. Sends nothing."""
        self._settings.preflight()

    def health(self) -> list[HealthItem]:
        """Return what can be found out about the service. Makes no song."""
        return health(self._dialect, self._model, self._settings, self._identity)

    def close(self) -> None:
        """Close the connections."""
        self._dialect.close()

    def upload(
        self,
        audio: bytes,
        audio_format: AudioFormat,
        purpose: Purpose,  # noqa: ARG002
        request_id: str,  # noqa: ARG002
    ) -> Uploaded:
        """Put a reference into the service's storage."""
        stored = self._dialect.store(audio, audio_format)
        return Uploaded(None, None, handle=stored.address, until=stored.until)

    def submit(self, request: Generation) -> Job:
        """Ask for a song."""
        target, body = song_request(request, self._model)
        try:
            job = self._dialect.submit(target, body, request.request_id)
        except EngineError as error:
            raise self._of_song(error) from error
        self._asked(job, request)
        return job

    def poll(self, jobs: Sequence[Job]) -> Mapping[str, JobState]:
        """Return how jobs stand: those of songs, and those of references."""
        asked = {job.id.partition(_OF_HAND)[0]: job for job in jobs}
        stand = self._dialect.states([Job(name) for name in asked])
        return {
            asked[name].id: self._state(asked[name], state)
            for name, state in stand.items()
            if name in asked
        }

    def collect(self, job: Job, ready: Ready, sink: Sink) -> Answer:
        """Write the song of a job that is done to `sink`.

        If it is not where the service said, the service is asked once more.
        """
        finished = _finished(ready)
        facts = self._facts(finished)
        try:
            self._fetch(facts, sink)
        except FileGone as error:
            finished = self._again(job, error)
            facts = self._facts(finished)
            self._fetch(facts, sink)
        cost = self._cost(job, finished)
        return Answer(
            trace_id=finished.trace_id,
            cost_usd=cost,
            cost_is_computed=cost is not None,
            remarks=facts.remarks,
            seed=facts.seed,
            model=facts.model and self._dialect.client.quoted(facts.model),
            filled_in=facts.filled_in,
            line_times=facts.line_times,
        )

    def find(
        self, request: Generation, since: str, until: str, known: Collection[str]
    ) -> Job | Absent | None:
        """Look for the job of a submit whose answer was lost, in the service's own list."""
        target, body = song_request(request, self._model)
        names = {name.partition(_OF_HAND)[0] for name in known}
        marker = self._model.sends.marker
        found = self._dialect.find(target, body, since, until, names, marker)
        if isinstance(found, Job):
            self._asked(found, request)
        return found

    def submit_reference(self, file: ReferenceFile, request_id: str) -> Job:
        """Ask for the id of a reference; its file is stored once a run."""
        hand = self._hand_of(file.purpose)
        target, body = hand_request(self._address_of(file), hand)
        job = self._dialect.submit(target, body, request_id)
        return replace(job, id=f"{job.id}{_OF_HAND}{hand.name}")

    def collect_reference(self, job: Job, ready: Ready) -> Uploaded:
        """Return the id that a job made."""
        hand = self._table.hands.get(job.id.partition(_OF_HAND)[2])
        if hand is None:
            raise EngineError(
                "the job makes an id of a reference in a way that the table has no more",
                Verdict.LOST,
            )
        finished = _finished(ready)
        return Uploaded(
            None, None, finished.trace_id, handle=handle_of(finished, hand, self._identity)
        )

    def _state(self, job: Job, state: InProgress | JobEnd) -> JobState:
        if not isinstance(state, Finished):
            return state
        if state.failure is None:
            return Ready(
                {
                    "output": state.output,
                    "units": state.units,
                    "metrics": dict(state.metrics),
                    "trace_id": state.trace_id,
                }
            )
        if _OF_HAND in job.id:
            return self._of_reference(state.failure)
        return self._of_song(state.failure.but(cost_usd=self._cost_of_failure(job, state)))

    def _of_song(self, error: EngineError) -> EngineError:
        """Return an error of a song: an id that was paid for is not made again by itself."""
        are_links = all(field.handed == LINK for field in self._model.sends.reference)
        if error.verdict is Verdict.REUPLOAD and not are_links:
            return error.but(verdict=Verdict.REJECTED)
        return error

    def _of_reference(self, error: EngineError) -> EngineError:
        """Return an error of a job of a reference; a file that is gone is stored again for it."""
        if error.verdict is not Verdict.REUPLOAD:
            return error
        with self._lock:
            self._stored.clear()
        return error.but(verdict=Verdict.RETRY, most_tries=1)

    def _cost_of_failure(self, job: Job, finished: Finished) -> float | None:
        error = finished.failure
        is_free = error is not None and error.verdict is Verdict.RETRY
        is_billed = not is_free or self._model.metered is not None
        return self._cost(job, finished) if is_billed else None

    def _cost(self, job: Job, finished: Finished) -> float | None:
        """Return what a job cost, in US dollars; None if that is not known."""
        with self._lock:
            amount = self._amounts.get(job.id)
        if amount is None and any(rate.when for rate in self._model.price):
            if self._model.metered is None:
                return None  # a job of an earlier run: which of the prices it had is not known
        return cost_of(finished, self._model, amount or Amount())

    def _asked(self, job: Job, request: Generation) -> None:
        said = {**(request.options or {}), "lyrics": bool(request.lyrics)}
        with self._lock:
            self._amounts[job.id] = Amount(request.duration or 0.0, options=said)

    def _facts(self, finished: Finished) -> SongFacts:
        return facts_of(finished, self._model, self._identity)

    def _fetch(self, facts: SongFacts, sink: Sink) -> None:
        fetch_song(
            facts.address,
            sink,
            self._model.gives,
            self._dialect.client,
            self._identity,
            self._settings.song_deadline,
        )

    def _again(self, job: Job, gone: EngineError) -> Finished:
        """Return what a job gave, asked for once more. Raises EngineError, `lost` for no song."""
        state = self._dialect.states([job]).get(job.id)
        if isinstance(state, Finished) and state.failure is None:
            return state
        raise gone

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


def _finished(ready: Ready) -> Finished:
    told: Mapping[str, Any] = ready.result
    return Finished(
        told.get("output"), told.get("units"), told.get("metrics") or {}, told.get("trace_id")
    )
