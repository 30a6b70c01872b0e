"""Work on a worker: one order, begun at most once; whatever goes wrong is in the reply.

An exception out of a task therefore always means that the worker, or dask, was lost.
"""

from __future__ import annotations

import contextlib
import os
import uuid
from typing import TYPE_CHECKING, Any

import msgspec
from distributed import get_worker
from distributed.utils import sync

from songbatch.cluster import marks
from songbatch.cluster.kept import DIR_VARIABLE, WorkerCache
from songbatch.cluster.makeup import own_makeup
from songbatch.cluster.messages import (
    Ending,
    Order,
    OrderReply,
    WorkerFacts,
    engine_asked,
    order_of,
    packed,
)
from songbatch.cluster.near import NearFile
from songbatch.cluster.workplace import OpenedHere, Unfit, home, workplace
from songbatch.digest import sha256
from songbatch.engines.base import Verdict
from songbatch.engines.orders import (
    ErrorFacts,
    GenerateTask,
    SubmitReferenceTask,
    SubmitTask,
    TaskOutcome,
    carry_out,
)
from songbatch.model import Uploaded

if TYPE_CHECKING:
    from songbatch.cluster.messages import NeededReference
    from songbatch.engines.entry import EngineEntry

PAID = (GenerateTask, SubmitTask, SubmitReferenceTask)
"""What may cost something, or make something that is not made twice: begun by one worker only."""
MARK_SECONDS = 30.0
"""How long the scheduler may take to say who was first."""


class _NotBegun(Exception):
    """The order was surely not begun."""

    def __init__(self, ending: Ending, message: str = "", lacking: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.ending = ending
        self.lacking = lacking


def describe(asked: bytes, dask_worker: Any = None) -> bytes:
    """Return what this worker is, and what keeps it from working for an engine, if anything."""
    try:
        place = workplace(os.environ.get(DIR_VARIABLE, "") or _local_folder(dask_worker))
        place.engine(engine_asked(asked))
        problem, fix = "", ""
    except Unfit as error:
        problem, fix = str(error), error.fix
    except msgspec.DecodeError:
        problem, fix = "does not understand this run", "install the same songbatch there as here"
    except Exception as error:
        problem, fix = f"cannot be used: {type(error).__name__}: {error}", ""
    return packed(WorkerFacts(own_makeup(), home(), problem, fix))


def _local_folder(dask_worker: Any) -> str:
    return os.path.join(dask_worker.local_directory, "songbatch")


def execute(data: bytes, *references: bytes) -> bytes:
    """Carry an order out, once; `references` are bytes that it said it lacks."""
    return execute_on(get_worker(), data, references)


def execute_on(worker: Any, data: bytes, references: tuple[bytes, ...]) -> bytes:
    """Carry an order out, once, on this process's worker."""
    name = str(worker.name)
    try:
        order = order_of(data)
    except msgspec.DecodeError:
        return packed(OrderReply(Ending.UNFIT, name, message="does not understand this run"))
    execution = _Execution(order, references, worker)
    try:
        return packed(execution.reply())
    except _NotBegun as error:
        refused = OrderReply(error.ending, name, lacking=error.lacking, message=str(error))
        return packed(refused)
    except Exception as error:
        # A bug here, or in the engine: what was begun may have been paid.
        verdict = Verdict.UNKNOWN if execution.is_begun else Verdict.RETRY
        facts = ErrorFacts(f"{type(error).__name__} on {name}: {error}", verdict)
        return packed(OrderReply(Ending.DONE, name, TaskOutcome(refusal=facts)))


class _Execution:
    """One order at this worker."""

    def __init__(self, order: Order, references: tuple[bytes, ...], worker: Any) -> None:
        self._order = order
        self._given = {sha256(data): data for data in references}
        self._worker = worker
        self._name = str(worker.name)
        self.is_begun = False
        """Whether something may have been sent that may cost something."""

    def reply(self) -> OrderReply:
        """Carry it out. Raises _NotBegun if it was surely not begun."""
        order, place = self._order, workplace()
        if why := order.makeup.why_unlike(own_makeup()):
            raise _NotBegun(Ending.UNFIT, why)
        try:
            opened = place.engine(order.engine)
        except Unfit as error:
            raise _NotBegun(Ending.UNFIT, str(error)) from error
        missing = [need for need in order.needs if not _holds(opened, need)]
        self._upload(opened, missing, place.kept)
        if place.is_leaving.is_set():
            raise _NotBegun(Ending.LEAVING)
        with contextlib.ExitStack() as stack:
            file = None if order.near is None else stack.enter_context(NearFile(order.near))
            outcome = self._outcome(opened, place.kept, file)
            place.kept.trim()
            if file is not None and outcome.answer is not None:
                return OrderReply(Ending.DONE, self._name, near=file.finish(outcome.answer))
        return self._landed(outcome, opened.entry) or OrderReply(Ending.DONE, self._name, outcome)

    def _outcome(self, opened: OpenedHere, kept: WorkerCache, file: NearFile | None) -> TaskOutcome:
        """Make the call, if nobody else has; its song is written to `file`, if there is one."""
        order = self._order
        if isinstance(order.task, PAID):
            self._be_first()
        outcome = carry_out(opened.engine, order.task, file)
        refusal = outcome.refusal
        if refusal is not None and refusal.verdict is Verdict.REUPLOAD and order.needs:
            # Not accepted: what the engine has lost it is given once more.
            self._upload(opened, order.needs, kept)
            if file is not None:
                file.restart()
            outcome = carry_out(opened.engine, order.task, file)
        return outcome

    def _landed(self, outcome: TaskOutcome, entry: EngineEntry) -> OrderReply | None:
        """Leave a song where the run wants it; None if it goes to the run itself."""
        place, answer, task = self._order.landing, outcome.answer, self._order.task
        if place is None or answer is None or not isinstance(task, GenerateTask):
            return None
        from songbatch.cluster.landing import land  # noqa: PLC0415  (only with a shared store)

        song = land(place, outcome.audio, answer, task.request.audio, entry.traits)
        return None if song is None else OrderReply(Ending.DONE, self._name, landed=song)

    def _upload(
        self,
        opened: OpenedHere,
        needs: tuple[NeededReference, ...] | list[NeededReference],
        kept: WorkerCache,
    ) -> None:
        """Give the engine references that it has not. Raises _NotBegun for want of their bytes."""
        found: dict[str, bytes] = {}
        for need in needs:
            data = self._given.get(need.sha256) or kept.get(need.sha256)
            if data is not None:
                found[need.sha256] = data
        lacking = tuple(dict.fromkeys(n.sha256 for n in needs if n.sha256 not in found))
        if lacking:
            raise _NotBegun(Ending.LACKING, lacking=lacking)
        for need in needs:
            data = found[need.sha256]
            if need.sha256 in self._given:
                kept.keep(data)
            opened.engine.upload(data, need.format, need.purpose, need.sha256)

    def _be_first(self) -> None:
        """Be the first to begin the order, before anything leaves. Raises _NotBegun."""
        # Another name each time: a worker may be given a task again that it had done.
        me = f"{self._name} {uuid.uuid4().hex}"
        begin = getattr(self._worker.scheduler, marks.BEGIN)
        try:
            first = sync(
                self._worker.loop,
                begin,
                run=self._order.run,
                number=self._order.number,
                by=me,
                callback_timeout=MARK_SECONDS,
            )
        except Exception as error:
            raise _NotBegun(Ending.GIVEN_UP, f"the scheduler does not answer: {error}") from error
        if first is None or first == self._order.run:
            raise _NotBegun(Ending.GIVEN_UP, "the run has given the order up")
        if first != me:
            raise _NotBegun(
                Ending.BEGUN, f"begun on {str(first).partition(' ')[0]}, which was lost"
            )
        self.is_begun = True


def _holds(opened: OpenedHere, need: NeededReference) -> bool:
    return opened.entry.holds(opened.context, Uploaded(need.id, None))
