"""One request, done in the order that the money rule demands. Runs in the worker threads.

The ledger says `asked` before a generate request leaves; its answer is whole on the disk and
recognised as audio before the ledger says `answered`; only then may anything be made of it. Where
a service answers with a job, the ledger says `submitted` before anybody asks how it stands.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, cast

import msgspec
from msgspec.structs import replace

from songbatch.audio.delivery import inspect, inspect_master
from songbatch.audio.probe import AudioProblem
from songbatch.diagnostics import DiskTrouble
from songbatch.digest import sha256
from songbatch.engines.base import (
    Absent,
    EngineError,
    Generation,
    Job,
    ReferenceFile,
    Verdict,
)
from songbatch.engines.reference_files import reference_file
from songbatch.engines.request_id import request_id
from songbatch.limits import PCM_BYTES_PER_FRAME
from songbatch.model import AudioFormat, AudioSetting, Purpose
from songbatch.plan.completion import completed_request
from songbatch.records import MadeReference, ServiceFacts
from songbatch.run.delivery import StoredAudio
from songbatch.run.uploads import is_kept, stored_key
from songbatch.store import ledger_records as records
from songbatch.store.blobs import MAX_BLOB_BYTES, Received

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from songbatch.engines.base import Answer, Engine, JobEngine, Ready, ReferenceMaker
    from songbatch.model import Reference, Render, Uploaded
    from songbatch.plan import UploadStep
    from songbatch.records import UploadKey
    from songbatch.store.blobs import Blob, Blobs, Incoming
    from songbatch.store.ledger import Ledger
    from songbatch.traits import Traits
    from songbatch.workspace import Workspace

    Finder = Callable[[str, str, Collection[str]], Job | Absent | None]


class JobUnderWay(msgspec.Struct, frozen=True):
    """A song that a service works on: the request that it came of, and its name there.

    `seconds` is how long it was asked to last, `usd` what it was planned to cost. One for a
    `reference` makes no song.
    """

    key: str
    attempt: int
    job: Job
    format: AudioFormat
    seed: int | None = None
    seconds: float | None = None
    usd: float | None = None
    reference: MadeReference | None = None


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
    read_reference: Callable[[Reference], bytes]
    is_free: bool = True
    is_over: threading.Event = msgspec.field(default_factory=threading.Event)
    """Set when the run has ended: a request that it left behind leaves the ledger alone."""

    def upload(self, step: UploadStep, times: int) -> Uploaded:
        """Upload a reference, for the `times`-th time in this run (from 1). Raises EngineError."""
        file = self.file_of(step.reference, step.key[1], is_whole=False)
        return self._uploaded(step.key, file, times)

    def _uploaded(self, key: UploadKey, file: ReferenceFile, times: int) -> Uploaded:
        account, digest, purpose, stored_as = key
        sent_as = request_id(digest, 1, times)
        ids = self.engine.upload(file.data, file.format, purpose, sent_as)
        self.ledger.append(
            records.UploadedRecord(
                account=account,
                sha256=digest,
                purpose=purpose,
                stored_as=stored_as,
                voice_id=ids.voice_id,
                instrumental_id=ids.instrumental_id,
                trace_id=ids.trace_id,
                handle=ids.handle,
                until=ids.until,
            )
        )
        return ids

    def submit_reference(self, step: UploadStep) -> JobUnderWay:
        """Ask once for the id of a reference that a job makes; the job is in the ledger then.

        Raises EngineError, DiskTrouble.
        """
        account, digest, purpose, stored_as = step.key
        key, engine = step.attempts_key, cast("JobEngine", self.engine)
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

        job = self._asked(
            key, attempt, name, engine, lambda: self._submitted(submit, find), is_free=False
        )
        under_way = JobUnderWay(
            key,
            attempt,
            job,
            file.format,
            usd=step.usd,
            reference=MadeReference(digest, purpose, stored_as),
        )
        self._book_submitted(under_way, engine, account)
        return under_way

    def _address(self, step: UploadStep, file: ReferenceFile, times: int) -> str:
        """Return where the service has the file of a reference that a job makes an id of."""
        key, now = stored_key(step.key), self.ledger.now()
        known = self.ledger.state.uploads.get(key)
        stored = known if known is not None and is_kept(known, now) else None
        return (stored or self._uploaded(key, file, times)).handle or ""

    def collect_reference(self, under_way: JobUnderWay, ready: Ready) -> Uploaded:
        """Take the id of a reference that a job has made; it is in the ledger then.

        Raises EngineError, DiskTrouble.
        """
        made = under_way.reference
        if made is None:
            raise ValueError("a job for a song makes no id of a reference")
        ids = cast("ReferenceMaker", self.engine).collect_reference(under_way.job, ready)
        record = records.UploadedRecord(
            account=self.engine.account,
            sha256=made.sha256,
            purpose=made.purpose,
            stored_as=made.stored_as,
            voice_id=ids.voice_id,
            instrumental_id=ids.instrumental_id,
            trace_id=ids.trace_id,
            handle=ids.handle,
            until=ids.until,
            key=under_way.key,
            attempt=under_way.attempt,
            cost_usd=under_way.usd if ids.cost_usd is None else ids.cost_usd,
        )
        try:
            self.ledger.append(record)
        except OSError as error:
            raise DiskTrouble(error, may_be_paid=False) from error
        return ids

    def forget_file(self, under_way: JobUnderWay) -> None:
        """Write down that the file is gone of which a job was to make an id. Raises OSError."""
        if (made := under_way.reference) is not None:
            account = self.engine.account
            self.forget(stored_key((account, made.sha256, made.purpose, made.stored_as)))

    def forget(self, upload: UploadKey) -> None:
        """Write down that the service does not know an upload any more. Raises OSError."""
        account, digest, purpose, stored_as = upload
        self.ledger.append(
            records.UploadedRecord(
                account=account,
                sha256=digest,
                purpose=purpose,
                stored_as=stored_as,
                voice_id=None,
                instrumental_id=None,
                until=self.ledger.now(),
            )
        )

    def file_of(self, reference: Reference, digest: str, *, is_whole: bool) -> ReferenceFile:
        """Return a reference as it goes along with a request. Raises EngineError."""
        data = self._unchanged(reference, digest)
        try:
            return reference_file(data, reference.purpose, self.traits, is_whole=is_whole)
        except AudioProblem as problem:
            message = f"{reference.source} cannot be sent: {problem}"
            raise EngineError(message, Verdict.REJECTED, fix=problem.fix) from problem

    def _unchanged(self, reference: Reference, digest: str) -> bytes:
        data = self.read_reference(reference)
        if sha256(data) != digest:
            raise EngineError(
                f"{reference.source} changed while this run used it",
                Verdict.REJECTED,
                fix="run again",
            )
        return data

    def ask(self, engine: Engine, render: Render, sent: References) -> Received:
        """Ask once for a render; its audio is on the disk then. Raises EngineError, DiskTrouble."""
        request, attempt = self._request(render, sent)
        setting, asked = self._setting(render), False
        try:
            with self._receive(render.key, attempt, setting, request.duration) as incoming:
                self._book_asked(render.key, attempt, render.id, render.inputs.engine.name)
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
        job = self._asked(
            render.key,
            attempt,
            render.id,
            engine,
            lambda: self._submitted(partial(engine.submit, request), partial(engine.find, request)),
            is_free=self.is_free,
        )
        container = self._setting(render).format
        under_way = JobUnderWay(
            render.key, attempt, job, container, request.seed, request.duration, usd
        )
        self._book_submitted(under_way, engine, engine.account)
        return under_way

    def _asked(
        self,
        key: str,
        attempt: int,
        name: str,
        engine: JobEngine,
        submit: Callable[[], Job],
        *,
        is_free: bool,
    ) -> Job:
        """Ask for a job, written down before and, if it failed, behind."""
        asked = False
        try:
            self._demand_run()
            self._book_asked(key, attempt, name, engine.identity.name)
            asked = True
            try:
                job = submit()
            except EngineError as error:
                self._demand_run()
                judged = judged_by_price(error, is_free=is_free)
                self.book_failure(judged, key, attempt)
                raise judged from error
            self._demand_run()
        except OSError as error:
            raise DiskTrouble(error, may_be_paid=asked) from error
        return job

    def _book_submitted(self, under_way: JobUnderWay, engine: JobEngine, account: str) -> None:
        record = records.SubmittedRecord(
            key=under_way.key,
            attempt=under_way.attempt,
            job=under_way.job.id,
            engine=engine.identity.name,
            account=account,
            format=under_way.format,
            seed=under_way.seed,
            seconds=under_way.seconds,
            usd=under_way.usd,
            reference=under_way.reference,
        )
        try:
            self.ledger.append(record)
        except OSError as error:
            raise DiskTrouble(error, may_be_paid=True) from error

    def _demand_run(self) -> None:
        if self.is_over.is_set():
            raise EngineError("the run did not wait for the answer", Verdict.LOST)

    def _submitted(self, submit: Callable[[], Job], find: Finder) -> Job:
        """Submit a request; if its answer is lost, look for the job at the service."""
        since = self.ledger.now()
        try:
            return submit()
        except EngineError as error:
            if error.verdict is not Verdict.UNKNOWN:
                raise
            found = self._found(find, since)
            if found is None:
                raise
            if isinstance(found, Absent):
                raise EngineError(f"{error}; it did not arrive", Verdict.RETRY) from error
            return found

    def _found(self, find: Finder, since: str) -> Job | Absent | None:
        try:
            return find(since, self.ledger.now(), self.ledger.known_jobs())
        except EngineError:
            return None

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

    def book_failure(self, error: EngineError, key: str, attempt: int) -> None:
        """Write down that a request failed, or that nobody knows."""
        message = str(error)
        record: records.UnknownRecord | records.FailedRecord = (
            records.UnknownRecord(
                key=key, attempt=attempt, message=message, cost_usd=error.cost_usd
            )
            if error.verdict is Verdict.UNKNOWN
            else records.FailedRecord(key=key, attempt=attempt, message=message)
        )
        # Without a record of its outcome, an attempt counts as unknown.
        with contextlib.suppress(OSError):
            self.ledger.append(record)

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

    def _book_asked(self, key: str, attempt: int, name: str, engine: str) -> None:
        self.ledger.append(records.AskedRecord(key=key, attempt=attempt, id=name, engine=engine))

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
        self.book_failure(error, key, attempt)
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


def judged_by_price(error: EngineError, *, is_free: bool = False) -> EngineError:
    """Return the error of a job, or of asking for one, as its price makes it.

    What is lost may have been paid, unless it is free: then it can be asked for again, but only
    once where the service may be at work on it.
    """
    if is_free and error.verdict is Verdict.UNKNOWN:
        return error.but(verdict=Verdict.LOST, most_tries=1)
    if not is_free and error.verdict is Verdict.LOST:
        return error.but(verdict=Verdict.UNKNOWN)
    return error


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


def room(setting: AudioSetting, seconds: float, traits: Traits) -> int:
    """Return how many bytes a song of so many seconds has in this setting, and a little more.

    No more than the store takes: a project may be a stranger's, and say what it likes of lengths.
    """
    rate = setting.sample_rate if traits.master is None else traits.master_rate
    is_mp3 = setting.format is AudioFormat.MP3
    byte_rate = setting.bitrate // 8 if is_mp3 else rate * PCM_BYTES_PER_FRAME
    return min(round(byte_rate * seconds * 1.1), MAX_BLOB_BYTES)


def book(
    received: Received,
    blobs: Blobs,
    ledger: Ledger,
    usd_per_render: float | None = None,
    longest: float | None = None,
) -> StoredAudio:
    """Write down an answer that is on the disk, and file it.

    `usd_per_render` is what it cost if the answer does not say; a song that lasts longer than
    `longest` seconds is remarked on.
    Raises EngineError for one that is not the audio asked for; its bytes are kept all the same,
    for they may be paid.
    """
    try:
        data = blobs.answer(received.path)
        inspected = (
            inspect_master(data, received.audio.format)
            if received.is_master
            else inspect(data, received.audio, longest)
        )
    except AudioProblem as problem:
        raise _unusable(received, problem, blobs, ledger) from problem
    ledger.append(
        records.AnsweredRecord(
            key=received.key,
            attempt=received.attempt,
            audio_sha256=received.blob.sha256,
            bytes=received.blob.bytes,
            seconds=round(inspected.info.seconds, 3),
            trace_id=received.trace_id,
            cost_usd=usd_per_render if received.cost_usd is None else received.cost_usd,
            facts=received.facts or msgspec.UNSET,
            song_sha256=received.song_sha256 or msgspec.UNSET,
        )
    )
    blobs.file(received.path, received.blob)
    return StoredAudio(ledger.state.receipts[received.key], data, inspected, received.remarks)


def _unusable(
    received: Received, problem: AudioProblem, blobs: Blobs, ledger: Ledger
) -> EngineError:
    """Write down and file an answer that is not the audio asked for; return its error."""
    message = f"unusable audio: {problem}; it is kept in the store as {received.blob.sha256}"
    ledger.append(
        records.UnknownRecord(
            key=received.key,
            attempt=received.attempt,
            message=message,
            cost_usd=received.cost_usd,
        )
    )
    blobs.file(received.path, received.blob)
    return EngineError(
        message,
        Verdict.UNKNOWN,
        trace_id=received.trace_id,
        cost_usd=received.cost_usd,
        has_song=True,
    )


def recover(workspace: Workspace, blobs: Blobs, ledger: Ledger) -> None:
    """File the whole answers of a run that was cut off, and clear away the cut ones.

    Only for the lock's holder.
    """
    for received in map(partial(_with_job, ledger), blobs.unfiled()):
        if ledger.state.has_outcome(received.key, received.attempt):
            blobs.file(received.path, received.blob)
            continue
        with contextlib.suppress(EngineError):
            book(received, blobs, ledger)
    blobs.remove_leftovers()
    workspace.remove_leftovers()


def _with_job(ledger: Ledger, received: Received) -> Received:
    """Return an answer that a run was cut off with, and what the ledger has of its job."""
    record = ledger.state.jobs.get(received.key, {}).get(received.attempt)
    if record is None:
        return received
    facts = ServiceFacts(
        job=record.job,
        seed_asked=record.seed,
        seconds_asked=record.seconds,
        cost_kind="planned" if record.usd else None,
    )
    return replace(received, facts=facts, cost_usd=record.usd or None)
