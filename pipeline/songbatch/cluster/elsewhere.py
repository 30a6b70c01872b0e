"""Engines whose calls are made by a crew: the seam stays what it is, and a run hardly knows."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from songbatch.cluster.members import Loss, Problem
from songbatch.cluster.messages import Ending, EngineAsked, NeededReference, OrderReply
from songbatch.cluster.near import near_place
from songbatch.cluster.worker import PAID
from songbatch.diagnostics import SongbatchError
from songbatch.digest import sha256
from songbatch.engines.base import EngineError, ReferenceFile, Verdict
from songbatch.engines.orders import GenerateTask, TaskOutcome, UploadTask
from songbatch.store.blobs import Blob, Incoming

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from songbatch.cluster.crew import Crew
    from songbatch.cluster.messages import LandedSong, LandingPlace, NearPlace
    from songbatch.engines.base import Answer, Engine, Generation, JobEngine, Sink
    from songbatch.engines.entry import EngineEntry
    from songbatch.engines.orders import Task
    from songbatch.model import AudioFormat, EngineIdentity, Purpose, Uploaded

    KnownReference = Callable[[str], ReferenceFile | None]
    """Returns the reference of an earlier run's upload, by its id."""

_T = TypeVar("_T")

TRIES = 8
"""How often an order that was surely not begun is given to somebody else."""


class Landings(Protocol):
    """Where workers leave songs for a run, if they share a store with it."""

    def place(self, request: Generation) -> LandingPlace | None:
        """Return where the song of a request goes; None for to the run itself."""

    def landed(self, place: LandingPlace) -> LandedSong | None:
        """Return what a worker has left there before it was lost."""

    def fetch(self, song: LandedSong) -> bytes:
        """Return its audio. Raises SongbatchError."""


class FarEngine:
    """An engine that answers with the song, at a worker; `songbatch.engines.base` has its methods.

    `here` is the same engine, opened here: it says who we are, and what is missing.
    """

    def __init__(
        self,
        here: Engine | JobEngine,
        entry: EngineEntry,
        crew: Crew,
        known: KnownReference,
        landings: Landings | None,
    ) -> None:
        self._here = here
        self._entry = entry
        self._crew = crew
        self._known = known
        self._landings = landings
        self._lock = threading.Lock()
        self._references: dict[str, ReferenceFile] = {}
        self._made_on: dict[str, str] = {}
        self._typical = entry.seconds_per_render
        self._losses: list[float] = []
        self.left = 0
        """How many songs are still to come, as far as is known."""
        settings = msgspec.json.encode(entry.settings)
        self.asked = EngineAsked(here.identity, here.account, settings)

    @property
    def identity(self) -> EngineIdentity:
        """The part of the engine that belongs to a render's key."""
        return self._here.identity

    @property
    def account(self) -> str:
        """The owner of uploads and jobs: the same at every worker that is used."""
        return self._here.account

    def preflight(self) -> None:
        """Wait until somebody can work. Raises EngineRefused if nobody can."""
        self._here.preflight()
        self._crew.join(self.asked)
        self._crew.demand_fit(self.asked)

    def close(self) -> None:
        """Release what is open here; the crew is its owner's."""
        self._here.close()

    # For the limit of a run

    def slots(self) -> int | None:
        """Return how many requests may be out; None if workers do not bound that."""
        return self._crew.slots(self.asked)

    def ghosts(self) -> int:
        """Return how many requests a service may still work on for workers that are lost.

        Each counts for as long as a song typically takes.
        """
        since = time.monotonic() - self._typical
        with self._lock:
            self._losses = [at for at in self._losses if at > since]
            return len(self._losses)

    def made_on(self, request_id: str) -> str:
        """Return which worker answered a request, once; "" if that is not known."""
        with self._lock:
            return self._made_on.pop(request_id, "")

    # Calls

    def upload(
        self, audio: bytes, audio_format: AudioFormat, purpose: Purpose, request_id: str
    ) -> Uploaded:
        """Upload a reference once; where uploads stay with a worker, each gets it when needed."""
        if not self._entry.uploads_stay:
            outcome = self._do(UploadTask(audio, audio_format, purpose, request_id))
            return demanded(outcome.uploaded)
        # Its ids are derived from its bytes: they are the same at every worker.
        ids = self._here.upload(audio, audio_format, purpose, request_id)
        file = ReferenceFile(audio, audio_format, purpose)
        with self._lock:
            self._references |= dict.fromkeys(_ids(ids), file)
        return ids

    def generate(self, request: Generation, sink: Sink) -> Answer:
        """Have the song made and write it to `sink`."""
        since = time.monotonic()
        landings = self._landings
        landing = landings.place(request) if landings is not None else None
        try:
            outcome = self._do(GenerateTask(request), request, landing=landing, sink=sink)
        finally:
            with self._lock:
                self.left = max(0, self.left - 1)
        self._typical = 0.8 * self._typical + 0.2 * (time.monotonic() - since)
        return self._song(outcome, sink)

    def _song(self, outcome: TaskOutcome, sink: Sink) -> Answer:
        sink.write(outcome.audio)
        return demanded(outcome.answer)

    def _do(
        self,
        task: Task,
        request: Generation | None = None,
        *,
        home: str | None = None,
        landing: LandingPlace | None = None,
        sink: Sink | None = None,
    ) -> TaskOutcome:
        """Return what came of a task that a worker carried out. Raises EngineError."""
        incoming = sink if isinstance(sink, Incoming) and isinstance(task, GenerateTask) else None
        if landing is not None or not self._crew.is_here:
            incoming = None
        near = None if incoming is None else near_place(incoming)
        reply = self._reply(task, request, home, landing, near)
        if request is not None and reply.worker:
            with self._lock:
                self._made_on[request.request_id] = reply.worker
        if reply.landed is not None and self._landings is not None:
            return self._fetched(reply.landed, self._landings)
        if reply.near is not None and incoming is not None:
            song = reply.near
            incoming.adopt(song.path, Blob(song.audio_sha256, song.bytes))
            return TaskOutcome(answer=song.answer)
        outcome = demanded(reply.outcome)
        if outcome.refusal is not None:
            if outcome.refusal.has_song and sink is not None:
                sink.write(outcome.audio)
            raise outcome.refusal.error()
        return outcome

    def _fetched(self, song: LandedSong, landings: Landings) -> TaskOutcome:
        try:
            return TaskOutcome(answer=song.answer, audio=landings.fetch(song))
        except SongbatchError as error:
            message = f"its song is in the shared store, and cannot be had: {error}"
            raise EngineError(message, Verdict.UNKNOWN, fix=error.fix) from error

    def _reply(
        self,
        task: Task,
        request: Generation | None,
        home: str | None,
        landing: LandingPlace | None,
        near: NearPlace | None,
    ) -> OrderReply:
        """Give an order to one worker after the other until one has carried it out."""
        needs = tuple(self._needs(request)) if request is not None else ()
        references: dict[str, bytes] = {}
        why = ""
        for _ in range(TRIES):
            try:
                reply = self._crew.carry(
                    self.asked,
                    task,
                    needs=needs,
                    landing=landing,
                    near=near,
                    references=references,
                    home=home,
                )
            except Loss as loss:
                why = str(loss)
                if loss.is_begun:
                    return self._landed_reply(landing) or self._lost(why, task, loss)
                continue
            except OverflowError as error:
                message = "a number in it is too long to be sent to a worker"
                raise EngineError(message, Verdict.REJECTED) from error
            except msgspec.DecodeError as error:
                raise self._unknown("a worker's reply cannot be read", task) from error
            if reply.ending is Ending.DONE:
                return reply
            why = reply.message or f"worker {reply.worker} is {reply.ending}"
            references = self._take(reply, references, task)
        raise EngineError(f"no worker carried it out: {why}", Verdict.RETRY)

    def _take(
        self, reply: OrderReply, references: dict[str, bytes], task: Task
    ) -> dict[str, bytes]:
        """Take note of why an order was not begun; return the references that the next one needs.

        Raises EngineError if another worker began it.
        """
        if reply.ending is Ending.BEGUN:
            raise self._unknown(reply.message, task)
        if reply.ending is Ending.UNFIT:
            self._crew.roster.drop(reply.worker, self.asked, Problem(reply.message))
        elif reply.ending is Ending.LEAVING:
            self._crew.roster.drop(reply.worker, self.asked, None)
        elif reply.ending is Ending.LACKING:
            return self._bytes_of(reply.lacking)
        return references

    def _lost(self, why: str, task: Task, loss: Loss) -> OrderReply:
        if not self._entry.repeatable:
            with self._lock:
                self._losses.append(time.monotonic())
        raise self._unknown(why, task) from loss

    def _unknown(self, why: str, task: Task) -> EngineError:
        """Return the error of a request that may have been carried out."""
        if self._entry.repeatable or not isinstance(task, PAID):
            return EngineError(why, Verdict.RETRY)
        return EngineError(f"{why}; its request may have been answered", Verdict.UNKNOWN)

    def _landed_reply(self, landing: LandingPlace | None) -> OrderReply | None:
        if landing is None or self._landings is None:
            return None
        song = self._landings.landed(landing)
        return OrderReply(Ending.DONE, "", landed=song) if song is not None else None

    # References

    def _needs(self, request: Generation) -> Iterator[NeededReference]:
        if not self._entry.uploads_stay:
            return
        for name in dict.fromkeys(filter(None, (request.voice_id, request.instrumental_id))):
            file = self._file(name)
            if file is not None:
                yield NeededReference(name, sha256(file.data), file.format, file.purpose)

    def _file(self, name: str) -> ReferenceFile | None:
        with self._lock:
            if name in self._references:
                return self._references[name]
        file = self._known(name)
        if file is not None:
            with self._lock:
                self._references[name] = file
        return file

    def _bytes_of(self, digests: tuple[str, ...]) -> dict[str, bytes]:
        with self._lock:
            files = list(self._references.values())
        found = {sha256(file.data): file.data for file in files}
        return {digest: found[digest] for digest in digests if digest in found}


def _ids(uploaded: Uploaded) -> Iterator[str]:
    yield from filter(None, (uploaded.voice_id, uploaded.instrumental_id, uploaded.handle))


def demanded(value: _T | None) -> _T:
    """Return what a reply must have. Raises EngineError for one that makes no sense."""
    if value is None:
        raise EngineError("a worker's reply makes no sense", Verdict.UNKNOWN)
    return value
