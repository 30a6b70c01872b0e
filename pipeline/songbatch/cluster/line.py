"""Line to a scheduler: calls that end in time, marks of a run's orders, and orders."""

from __future__ import annotations

import asyncio
import concurrent.futures
import uuid
from typing import TYPE_CHECKING, Any, cast

from songbatch.cluster import marks
from songbatch.cluster.members import Flight, Loss
from songbatch.cluster.pipes import open_pipe
from songbatch.cluster.worker import describe, execute

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping, Sequence

    from distributed import Client

    from songbatch.cluster.pipes import Pipe

CALL_SECONDS = 5.0
"""How long the scheduler may take to answer a call."""
DESCRIBE_SECONDS = 20.0
"""How long a worker may take to say what it is."""
ORDER, REFERENCE = "songbatch-order", "songbatch-reference"
"""How the keys of tasks begin."""


class SchedulerSilent(Exception):
    """The scheduler did not answer."""


class SchedulerLine:
    """A run's line to the scheduler of `client`. Safe from several threads."""

    def __init__(self, client: Client) -> None:
        """Begin a run there. Raises SchedulerSilent."""
        self._client = client
        self.run = ""
        self.renew()

    @property
    def is_up(self) -> bool:
        """Whether orders can be sent: not while a lost connection is made again."""
        return self._client.status == "running"

    def renew(self) -> None:
        """Begin another run: the scheduler has forgotten this one, or never knew it.

        What was on its way counts as begun then.
        """
        run = uuid.uuid4().hex
        self._call(marks.OPEN, run=run, client=self._client.id)
        self.run = run

    def look(self, below: int) -> Sequence[Mapping[str, Any]]:
        """Return who is there; all orders `below` a number are over. Raises SchedulerSilent."""
        seen = self._call(marks.LOOK, run=self.run, below=below)
        if not seen["is_known"]:
            self.renew()
        workers: Sequence[Mapping[str, Any]] = seen["workers"]
        return workers

    def loss(self, flight: Flight, why: str) -> Loss:
        """Return what the loss of an order means; nobody begins it any more, if it was not yet."""
        if not flight.is_paid:
            return Loss(why, is_begun=False)
        try:
            first = self._call(marks.BEGIN, run=flight.run, number=flight.number, by=flight.run)
        except SchedulerSilent:
            return Loss(why, is_begun=True)
        return Loss(why, is_begun=first != flight.run)

    def wait(
        self,
        flight: Flight,
        order: bytes,
        references: Mapping[str, bytes],
        pipe: Pipe | None = None,
    ) -> bytes:
        """Send an order, through `pipe` if there is one, and return its reply. Raises Loss."""
        if pipe is not None:
            flight.waiting = pipe.sent(order, references.values())
        else:
            key = f"{ORDER}-{flight.run}-{flight.number}"
            fetching = self._fetch(key, order, flight.member.address, references)
            flight.waiting = asyncio.run_coroutine_threadsafe(fetching, self._loop)
        if flight.loss is not None:  # lost before there was anything to wait for
            flight.waiting.cancel()
        try:
            reply: bytes = flight.waiting.result()
        except (Exception, concurrent.futures.CancelledError) as error:
            loss = flight.loss or self.loss(flight, f"worker {flight.member.name} was lost")
            raise loss from error
        return reply

    async def _fetch(
        self, key: str, order: bytes, address: str, references: Mapping[str, bytes]
    ) -> bytes:
        # `bytes` itself as a task: made again if who has it dies, and passed on among workers.
        given = [
            self._client.submit(bytes, data, key=f"{REFERENCE}-{digest}", priority=10)
            for digest, data in references.items()
        ]
        future = self._client.submit(
            execute,
            order,
            *given,
            key=key,
            workers=[address],
            allow_other_workers=False,
            retries=0,
            pure=False,
        )
        reply: bytes = await future
        return reply

    def describe(self, asked: Sequence[tuple[str, bytes]]) -> list[object]:
        """Return what workers, by their addresses, say of themselves: bytes, or what went wrong.

        Raises SchedulerSilent.
        """
        seconds = DESCRIBE_SECONDS + CALL_SECONDS
        found: list[object] = self._in_loop(self._describe_all(asked), seconds)
        return found

    async def _describe_all(self, asked: Sequence[tuple[str, bytes]]) -> list[object]:
        tasks = [self._describe(address, engine) for address, engine in asked]
        return await asyncio.gather(*tasks, return_exceptions=True)

    async def _describe(self, address: str, engine: bytes) -> object:
        run = self._client.run(describe, engine, workers=[address])
        return (await asyncio.wait_for(run, DESCRIBE_SECONDS))[address]

    def invite(self, address: str, path: str) -> None:
        """Have a worker on this machine come to a pipe. Raises SchedulerSilent."""
        self._in_loop(self._invited(address, path), CALL_SECONDS)

    async def _invited(self, address: str, path: str) -> None:
        await self._client.run(open_pipe, path, workers=[address])

    @property
    def _loop(self) -> asyncio.AbstractEventLoop:
        loop: asyncio.AbstractEventLoop = cast("Any", self._client.loop).asyncio_loop
        return loop

    def _call(self, name: str, **arguments: Any) -> Any:
        return self._in_loop(self._called(name, arguments), 2 * CALL_SECONDS)

    async def _called(self, name: str, arguments: Mapping[str, Any]) -> Any:
        call = getattr(self._client.scheduler, name)
        return await asyncio.wait_for(call(**arguments), CALL_SECONDS)

    def _in_loop(self, work: Coroutine[Any, Any, Any], seconds: float) -> Any:
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)
        except Exception as error:
            work.close()
            raise SchedulerSilent(str(error)) from error
