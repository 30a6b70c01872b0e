"""Engine over a job service: submits, polls and collects in any dialect, by a row of the table."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from songbatch.engines.base import Answer, EngineError, Job, Ready, Verdict
from songbatch.engines.job_service.answers import facts_of
from songbatch.engines.job_service.billing import usd_of_failure, usd_of_job
from songbatch.engines.job_service.corrections import correction_of, names_lost_id
from songbatch.engines.job_service.dialect import Finished, LostRequest, RefusedRequest
from songbatch.engines.job_service.downloads import fetch_song
from songbatch.engines.job_service.health import health
from songbatch.engines.job_service.jobs_asked import JobsAsked
from songbatch.engines.job_service.reference_jobs import (
    ReferenceJobs,
    is_of_reference,
    name_at_service,
)
from songbatch.engines.job_service.refusals import explained
from songbatch.engines.job_service.request_body import song_request
from songbatch.engines.job_service.table import LINK
from songbatch.engines.rest.foreign import FileGone
from songbatch.model import Uploaded

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from songbatch.engines.base import (
        Absent,
        Cancellation,
        Generation,
        InProgress,
        JobState,
        Sink,
    )
    from songbatch.engines.health import HealthItem
    from songbatch.engines.job_service.answers import SongFacts
    from songbatch.engines.job_service.dialect import Dialect, JobEnd
    from songbatch.engines.job_service.rows import ModelRow, ModelTable
    from songbatch.engines.job_service.settings import JobServiceSettings
    from songbatch.model import AudioFormat, EngineIdentity, Purpose


class JobServiceEngine:
    """A model of a service; `songbatch.engines.base` describes the methods.

    JobEngine, and ReferenceMaker for purposes of which the row says so.
    """

    def __init__(
        self,
        dialect: Dialect,
        model: ModelRow,
        table: ModelTable,
        settings: JobServiceSettings,
        identity: EngineIdentity,
        billed: ModelRow | None = None,
    ) -> None:
        self._dialect = dialect
        self._model = model
        self._billed = billed or model
        self._settings = settings
        self._identity = identity
        self._references = ReferenceJobs(dialect, model, table, identity)
        self._asked = JobsAsked()
        self._finding = threading.Lock()

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
        with self._asked.asking(target, body):
            try:
                job = self._dialect.submit(target, body, request.request_id)
            except EngineError as error:
                raise self._of_song(error) from error
            self._asked.add(job.id, request)
        return job

    def poll(self, jobs: Sequence[Job]) -> Mapping[str, JobState]:
        """Return how jobs stand: those of songs, and those of references."""
        asked = {name_at_service(job.id): job for job in jobs}
        states = self._dialect.states([Job(name) for name in asked])
        return {asked[name].id: self._state(asked[name], state) for name, state in states.items()}

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
        cost = usd_of_job(finished, self._billed, self._asked.amount(job.id), self._dialect)
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

    def cancel(self, job: Job) -> Cancellation:
        """Ask the service to cancel a job: of a song, or of a reference."""
        return self._dialect.cancel(Job(name_at_service(job.id)))

    def find(
        self, request: Generation, since: str, until: str, known: Collection[str]
    ) -> Job | Absent | None:
        """Look for the job of a submit whose answer was lost, in the service's own list.

        A job belongs to one request: while another that asks for the same is not answered, nobody
        can tell whose a job is.
        """
        target, body = song_request(request, self._model)
        marker = self._model.sends.marker
        with self._finding:
            names = {name_at_service(name) for name in known} | self._asked.ids
            found = self._dialect.find(LostRequest(target, body, since, until, names, marker))
            if not isinstance(found, Job):
                return found
            is_open = self._asked.is_unanswered(target, body)
            if found.id in self._asked.ids or (is_open and not marker):
                return None
            self._asked.add(found.id, request)
            return found

    def submit_reference(self, address: str, purpose: Purpose, request_id: str) -> Job:
        """Ask for the id of a reference that is in the service's storage."""
        return self._references.submit(address, purpose, request_id)

    def collect_reference(self, job: Job, ready: Ready) -> Uploaded:
        """Return the id that a job made."""
        return self._references.collect(job, _finished(ready))

    def find_reference(
        self, address: str, purpose: Purpose, since: str, until: str, known: Collection[str]
    ) -> Job | Absent | None:
        """Look for the job of a `submit_reference` whose answer was lost."""
        names = {name_at_service(name) for name in known}
        return self._references.find(address, purpose, since, until, names)

    def _state(self, job: Job, state: InProgress | JobEnd) -> JobState:
        if not isinstance(state, Finished):
            return state
        amount = self._asked.amount(job.id)
        if state.failure is None:
            result = {
                "output": state.output,
                "units": state.units,
                "metrics": dict(state.metrics),
                "trace_id": state.trace_id,
            }
            if is_of_reference(job.id):
                return Ready(result)
            return Ready(result, usd_of_job(state, self._billed, amount, self._dialect))
        if is_of_reference(job.id):
            return self._references.failure(job, state.failure)
        cost = usd_of_failure(state, self._billed, amount, self._dialect)
        return self._of_song(state.failure).but(cost_usd=cost)

    def _of_song(self, error: EngineError) -> EngineError:
        """Return an error of a song: only what was uploaded for nothing is uploaded again."""
        made = {field.field for field in self._model.sends.reference if field.handed != LINK}
        if isinstance(error, RefusedRequest) and names_lost_id(error.body, made):
            return error.but(
                "the service does not know the id of the reference any more",
                verdict=Verdict.REUPLOAD,
                fix="run again: the plan says what another id costs",
            )
        handed = {field.handed for field in self._model.sends.reference}
        if error.verdict is Verdict.REUPLOAD and handed != {LINK}:
            return error.but(verdict=Verdict.REJECTED)
        if isinstance(error, RefusedRequest):
            found = correction_of(error.body, self._model, self._identity)
            return explained(error, found, self._dialect.client.redactor)
        return error

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


def _finished(ready: Ready) -> Finished:
    told: Mapping[str, Any] = ready.result
    return Finished(
        told.get("output"), told.get("units"), told.get("metrics") or {}, told.get("trace_id")
    )
