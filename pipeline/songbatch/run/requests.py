"""One request, done in the order that the money rule demands. Runs in the worker threads.

The ledger says `asked` before a generate request leaves; its answer is whole on the disk and
recognised as audio before the ledger says `answered`; only then may anything be made of it. Where
a service answers with a job, the ledger says `submitted` before anybody asks how it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from songbatch.diagnostics import DiskTrouble
from songbatch.engines.base import EngineError, Generation, ReferenceFile, Verdict
from songbatch.engines.request_id import request_id
from songbatch.model import AudioFormat, AudioSetting, Purpose
from songbatch.plan.completion import completed_request
from songbatch.records import ServiceFacts
from songbatch.run.booking import book, room
from songbatch.run.submitting import JobUnderWay, judged_by_price, submitted
from songbatch.store.blobs import Received

if TYPE_CHECKING:
    from songbatch.engines.base import Answer, Engine, JobEngine, Ready
    from songbatch.model import Render
    from songbatch.run.delivery import StoredAudio
    from songbatch.run.reference_requests import ReferenceRequests
    from songbatch.run.submitting import Submissions
    from songbatch.sharing.notes import JobNote
    from songbatch.store.blobs import Blob, Blobs, Incoming
    from songbatch.store.ledger import Ledger
    from songbatch.traits import Traits


class References(msgspec.Struct, frozen=True):
    """What a request follows: ids and handles of uploads, and files that go along."""

    voice_id: str | None = None
    instrumental_id: str | None = None
    files: tuple[ReferenceFile, ...] = ()
    handles: Mapping[Purpose, str] = msgspec.field(default_factory=dict)


class Requests(msgspec.Struct, frozen=True):
    """Sends single requests through an engine and books them."""

    engine: Engine | JobEngine
    traits: Traits
    blobs: Blobs
    ledger: Ledger
    submissions: Submissions
    references: ReferenceRequests
    is_free: bool = True
    made_on: Callable[[str], str] | None = None
    """Returns which worker answered a request, by its name; None where songs are made here."""

    def worker_of(self, render: Render, attempt: int) -> str:
        """Return which worker answered an attempt; "" for none, or where that is not known."""
        if self.made_on is None:
            return ""
        return self.made_on(request_id(render.key, render.inputs.take, attempt))

    def ask(self, engine: Engine, render: Render, sent: References) -> Received:
        """Ask once for a render; its audio is on the disk then. Raises EngineError, DiskTrouble."""
        request, attempt = self._request(render, sent)
        setting, asked = self._setting(render), False
        try:
            with self._receive(render.key, attempt, setting, request.duration) as incoming:
                self.submissions.book_asked(
                    render.key, attempt, render.id, render.inputs.engine.name
                )
                asked = True
                try:
                    answer = engine.generate(request, incoming)
                except EngineError as error:
                    raise self._failed(error, render.key, attempt, incoming) from error
                blob = incoming.finish()
        except OSError as error:
            raise DiskTrouble(error, may_be_paid=asked) from error
        facts = self._facts(answer, None, request.seed, request.duration)
        return _received(render.key, attempt, setting, incoming.path, blob, answer, facts)

    def submit(
        self, engine: JobEngine, render: Render, sent: References, usd: float
    ) -> JobUnderWay:
        """Ask once for a render; its job is in the ledger then. Raises EngineError, DiskTrouble.

        `usd` is what it is planned to cost, in US dollars.
        """
        request, attempt = self._request(render, sent)
        name = engine.identity.name
        job = self.submissions.ask(
            render.key,
            attempt,
            render.id,
            name,
            partial(engine.submit, request),
            partial(engine.find, request),
            is_free=self.is_free,
        )
        container = self._setting(render).format
        under_way = JobUnderWay(
            render.key, attempt, job, container, request.seed, request.duration, usd
        )
        self.submissions.book(under_way, name, engine.account)
        return under_way

    def take_over(self, key: str, note: JobNote) -> JobUnderWay:
        """Write down another machine's job, whose song this run collects. Raises DiskTrouble."""
        attempt = self.ledger.state.attempts.get(key, 0) + 1
        record = submitted(key, attempt, note)
        try:
            self.ledger.append(record)
        except OSError as error:
            raise DiskTrouble(error, may_be_paid=True) from error
        return JobUnderWay.of(key, record)

    def collect(self, engine: JobEngine, under_way: JobUnderWay, ready: Ready) -> Received:
        """Fetch the song of a job that is done. Raises EngineError, DiskTrouble."""
        key, attempt = under_way.key, under_way.attempt
        setting = AudioSetting(under_way.format)
        try:
            with self._receive(key, attempt, setting, under_way.seconds) as incoming:
                try:
                    answer = engine.collect(under_way.job, ready, incoming)
                except EngineError as error:
                    raise self._kept(error, incoming) from error
                blob = incoming.finish()
        except OSError as error:
            # The service still has it: the next run fetches it.
            raise DiskTrouble(error, may_be_paid=False) from error
        facts = self._facts(answer, under_way.job.id, under_way.seed, under_way.seconds)
        return _received(key, attempt, setting, incoming.path, blob, answer, facts)

    def book(self, received: Received, usd: float | None) -> StoredAudio:
        """Write an answer down and file it. `usd` is what it cost if the answer does not say.

        Raises EngineError for unusable audio, DiskTrouble.
        """
        try:
            return book(received, self.blobs, self.ledger, usd, self.traits.song.most)
        except OSError as error:
            # The answer is whole on the disk: the next run files it.
            raise DiskTrouble(error, may_be_paid=False) from error

    def judged(self, error: EngineError, *, is_earlier: bool = False) -> EngineError:
        """Return the error of a job, or of asking for one, as its price makes it.

        A job that `is_earlier` than this run shows how the service was then; where that is free,
        this run asks how it is now.
        """
        if self.is_free and is_earlier and error.verdict is Verdict.STOP:
            return error.but(verdict=Verdict.LOST)
        return judged_by_price(error, is_free=self.is_free)

    def judged_job(
        self,
        error: EngineError,
        under_way: JobUnderWay,
        *,
        is_earlier: bool = False,
        is_made: bool = False,
    ) -> EngineError:
        """Return the error of a job that came to nothing, as its price makes it.

        One that `is_made` is paid, whatever is wrong with its song; so is, for all that is known,
        one that shows that no other can succeed.
        """
        is_free = self.is_free and under_way.reference is None
        if not is_free and (is_made or error.verdict is Verdict.STOP):
            return error.but(verdict=Verdict.UNKNOWN)
        return self.judged(error, is_earlier=is_earlier) if is_free else judged_by_price(error)

    def _request(self, render: Render, sent: References) -> tuple[Generation, int]:
        """Return the request for a render, complete, and which attempt it is."""
        inputs, traits = render.inputs, self.traits
        attempt = self.ledger.state.attempts.get(render.key, 0) + 1
        name = request_id(render.key, inputs.take, attempt)
        request = Generation.of(inputs, sent.voice_id, sent.instrumental_id, name)
        complete = completed_request(
            request, inputs, traits, files=sent.files, handles=sent.handles
        )
        return complete, attempt

    def _setting(self, render: Render) -> AudioSetting:
        """Return the form in which a song comes."""
        if render.inputs.audio is not None:
            return render.inputs.audio
        return AudioSetting(self.traits.master or AudioFormat.WAV)

    def _receive(
        self, key: str, attempt: int, setting: AudioSetting, seconds: float | None
    ) -> Incoming:
        longest = self.traits.song.most if seconds is None else seconds
        return self.blobs.receive(key, attempt, setting.format, room(setting, longest, self.traits))

    def _facts(
        self, answer: Answer, job: str | None, seed: int | None, seconds: float | None
    ) -> ServiceFacts | None:
        if self.traits.master is None:
            return ServiceFacts(notes=answer.notes) if answer.notes else None
        told = "computed" if answer.cost_is_computed else "told"
        return ServiceFacts(
            job=job,
            seed=answer.seed,
            seed_asked=seed,
            seconds_asked=seconds,
            is_cap=self.traits.duration_is_cap,
            model=answer.model,
            cost_kind=None if self.is_free else "planned" if answer.cost_usd is None else told,
            filled_in=answer.filled_in,
            notes=answer.notes,
            line_times=answer.line_times,
        )

    def _failed(
        self, error: EngineError, key: str, attempt: int, incoming: Incoming
    ) -> EngineError:
        """Write a failure down, and keep the song that came with it all the same, if one did."""
        if error.verdict is Verdict.LOST:
            error = self.judged(error)
        blob = incoming.finish() if error.has_song else None
        if blob is not None:
            # It may be paid: its song is here.
            message = f"{error}; its audio is kept in the store as {blob.sha256}"
            error = error.but(message, verdict=Verdict.UNKNOWN)
        self.submissions.book_failure(error, key, attempt)
        if blob is not None:
            self.blobs.file(incoming.path, blob)
        return error

    def _kept(self, error: EngineError, incoming: Incoming) -> EngineError:
        """Keep the song of a job that came with an error all the same, if one did."""
        if not error.has_song:
            return error
        blob = incoming.finish()
        self.blobs.file(incoming.path, blob)
        return error.but(f"{error}; its audio is kept in the store as {blob.sha256}")


def _received(
    key: str,
    attempt: int,
    setting: AudioSetting,
    path: str,
    blob: Blob,
    answer: Answer,
    facts: ServiceFacts | None,
) -> Received:
    return Received(
        key,
        attempt,
        setting,
        path,
        blob,
        trace_id=answer.trace_id,
        cost_usd=answer.cost_usd,
        remarks=answer.remarks,
        facts=facts,
        song_sha256=answer.song_sha256,
    )
