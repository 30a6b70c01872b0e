"""A crew: the workers that a run has elsewhere, and the orders that they have of it."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING

from songbatch.cluster.line import SchedulerLine, SchedulerSilent
from songbatch.cluster.makeup import own_makeup
from songbatch.cluster.members import Flight, Loss
from songbatch.cluster.messages import Order, packed, reply_of
from songbatch.cluster.news import CrewChange
from songbatch.cluster.roster import Roster
from songbatch.cluster.worker import PAID
from songbatch.diagnostics import EngineRefused
from songbatch.engines.base import EngineError, Verdict
from songbatch.formatting import count, duration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from songbatch.cluster.connecting import Connection
    from songbatch.cluster.members import Member
    from songbatch.cluster.messages import (
        EngineAsked,
        LandingPlace,
        NearPlace,
        NeededReference,
        OrderReply,
    )
    from songbatch.cluster.news import Teller
    from songbatch.engines.orders import Task

WATCH_SECONDS = 2.0
GONE_SECONDS = 20.0
"""After so long without a word the scheduler is taken for gone."""
NONE_FIT_SECONDS = 600.0
"""How long a run waits while nobody can work."""
HUNG_SECONDS = 60.0
"""A worker that is silent for so long loses the orders that it has not begun."""
WAITING_SECONDS = 60.0
"""How often people are told that nobody has come yet."""
SCALE_SECONDS = 30.0
"""How often a place is told the same number of workers."""


class Crew:
    """The workers behind a connection. Safe from several threads."""

    def __init__(self, connection: Connection, tell: Teller) -> None:
        """Begin a run there. Raises SchedulerSilent."""
        self._connection = connection
        self._line = SchedulerLine(connection.client)
        self.roster = Roster(tell)
        self._changed = self.roster.changed
        self._next = 0
        self._flights: dict[int, Flight] = {}
        self._heard_at = time.monotonic()
        self._asked_for = 0
        """How many workers were asked for, where that is for a run to say."""
        self._scaled_at = 0.0
        self._invited: set[str] = set()
        """Addresses of those that were asked to come to a pipe."""
        self._is_gone = False
        self._is_stopped = False
        self._ended = threading.Event()
        self._looking = threading.Lock()
        self.open_orders: Callable[[], int] = lambda: len(self._flights)
        """Returns how many orders are left, for a place that grows and shrinks."""
        self._watcher = threading.Thread(target=self._watch, name="songbatch-crew", daemon=True)
        self._watcher.start()

    def close(self) -> None:
        """Look no more; orders that are begun go on at their workers."""
        self._ended.set()
        self._watcher.join(WATCH_SECONDS)

    def stop(self) -> None:
        """Let no order wait for a worker any more. Signal safe."""
        self._is_stopped = True

    @property
    def is_here(self) -> bool:
        """Whether all workers are on this machine, and of this run."""
        return self._connection.is_here

    # Who is there

    def join(self, asked: EngineAsked) -> None:
        """Have workers vetted for an engine, now and whenever one appears."""
        self.roster.engines.append(asked)
        self._look()

    def demand_fit(self, asked: EngineAsked) -> None:
        """Wait until somebody can work for an engine, or nothing shall be sent any more.

        Raises EngineRefused if nobody can.
        """
        connection, since, told = self._connection, time.monotonic(), 0
        while not self._is_enough(asked, waited := time.monotonic() - since):
            if waited >= WAITING_SECONDS * told + connection.unsaid and not self.roster.is_ready:
                told += 1
                self._tell_waiting(waited)
            if self._is_gone or self._is_stopped or waited > connection.patience:
                break
            if why := connection.why_ended():
                raise EngineRefused(why[0], fix=why[1])
            with self._changed:
                self._changed.wait(0.1)
            self._look()
        if self._is_stopped:
            return  # nothing will be sent
        fit_ones = self.roster.fit(asked)
        if not fit_ones:
            message, fix = self._nobody(asked)
            raise EngineRefused(message, fix=fix)
        if not self.roster.is_ready:
            self.roster.is_ready = True
            slots = count(sum(member.slots for member in fit_ones), "slot")
            workers = count(len(fit_ones), "worker")
            link = f"; {connection.dashboard}" if connection.dashboard else ""
            message = f"rendering on {workers}, {slots} ({connection.name}){link}"
            self.roster.report(CrewChange.READY, message)

    def _tell_waiting(self, waited: float) -> None:
        """Say that nobody has come yet, and what is known of those who may."""
        connection = self._connection
        so_far = f"for {duration(waited)}" if waited > WAITING_SECONDS / 2 else ""
        left = f"for at most {duration(max(1.0, connection.patience - waited))} more"
        state = connection.state()
        words = f"waiting {so_far or 'for the first worker'} ({connection.name}), {left}"
        self.roster.report(CrewChange.WAITING, f"{words}{f': {state}' if state else ''}")

    def _is_enough(self, asked: EngineAsked, waited: float) -> bool:
        """Return whether to begin: with all that are expected, or a while after the first."""
        vetted = [member for member in self.roster.members if asked in member.fit_for]
        if len(vetted) >= max(1, self._connection.expected):
            return True
        return bool(self.roster.fit(asked)) and waited > self._connection.settling

    def slots(self, asked: EngineAsked) -> int:
        """Return how many orders for an engine may be out, at least one.

        With nobody there, one order waits for somebody to come, and ends the run if nobody does.
        """
        return max(1, sum(m.slots for m in self.roster.fit(asked) if m.is_heard))

    def _nobody(self, asked: EngineAsked) -> tuple[str, str]:
        """Return why nobody can work for an engine, and the fix."""
        name = self._connection.name
        if self._is_gone:
            return f"the scheduler of {name} does not answer", "start it, and run again"
        problems = self.roster.problems(asked)
        if not problems:
            return f"{name} has no worker", self._connection.how_to_join
        table = "; ".join(f"worker {member.name} {problem.why}" for member, problem in problems)
        fix = next((problem.fix for _, problem in problems if problem.fix), "")
        return f"no worker of {name} can be used: {table}", fix

    # Looking

    def _watch(self) -> None:
        while not self._ended.wait(WATCH_SECONDS):
            # A bug here must not let a run wait for ever: the next look is another try.
            with contextlib.suppress(Exception):
                self._look()

    def _look(self) -> None:
        with self._looking:
            try:
                rows = self._line.look(self._oldest())
                self._heard_at = time.monotonic()
                gone = self.roster.update(rows)
                self._lose(lambda flight: flight.member in gone)
                self.roster.vet(self._line)
                self._invite()
                self._take_back()
            except SchedulerSilent:
                if time.monotonic() - self._heard_at > GONE_SECONDS:
                    self._give_up()
                return
            self._scale()

    def _invite(self) -> None:
        """Have workers on this machine come to their pipes; until then dask carries orders."""
        pipes = self._connection.pipes
        for member in self.roster.members if pipes is not None else []:
            if pipes is not None and member.fit_for and member.address not in self._invited:
                self._invited.add(member.address)
                self._line.invite(member.address, pipes.path)

    def _scale(self) -> None:
        """Have as many workers as the orders that are left need; only idle ones are let go."""
        wanted = self._connection.wanted(max(self.open_orders(), len(self._flights)))
        if wanted is None:
            return
        if wanted >= self._asked_for:
            # Again and again: what a batch system has ended it is asked for once more.
            if wanted > self._asked_for or time.monotonic() - self._scaled_at > SCALE_SECONDS:
                self._scaled_at, self._asked_for = time.monotonic(), wanted
                with contextlib.suppress(Exception):  # what is refused now may be granted later
                    self._connection.grow(wanted)
            return
        with self._changed:
            members = [member for member in self.roster.members if not member.in_flight]
            idle = members[: self._asked_for - wanted]
            for member in idle:
                member.is_leaving = True
        if idle:
            self._asked_for -= len(idle)
            with contextlib.suppress(Exception):
                self._connection.shrink([member.name for member in idle])

    def _oldest(self) -> int:
        with self._changed:
            return min(self._flights, default=self._next)

    def _lose(self, is_lost: Callable[[Flight], bool]) -> None:
        """Take note that orders were lost with their workers."""
        with self._changed:
            lost = [flight for flight in self._flights.values() if is_lost(flight)]
        for flight in lost:
            flight.lose(self._line.loss(flight, f"worker {flight.member.name} was lost"))

    def _take_back(self) -> None:
        """Take orders back that a silent worker has not begun; others may yet be answered."""
        with self._changed:
            hung = [f for f in self._flights.values() if f.member.silent > HUNG_SECONDS]
        for flight in hung:
            loss = self._line.loss(flight, f"worker {flight.member.name} is silent")
            if not loss.is_begun:
                flight.lose(loss)

    def _give_up(self) -> None:
        """Take the scheduler for gone: nobody can say what was begun."""
        if self._is_gone:
            return
        self._is_gone = True
        with self._changed:
            flights = list(self._flights.values())
            self._changed.notify_all()
        name = self._connection.name
        self.roster.report(CrewChange.GONE, f"the scheduler of {name} is gone")
        for flight in flights:
            flight.lose(Loss(f"the scheduler of {name} is gone", is_begun=flight.is_paid))

    # Orders

    def carry(
        self,
        asked: EngineAsked,
        task: Task,
        *,
        needs: tuple[NeededReference, ...] = (),
        landing: LandingPlace | None = None,
        near: NearPlace | None = None,
        references: Mapping[str, bytes] | None = None,
        home: str | None = None,
    ) -> OrderReply:
        """Have a worker carry out one order, one at `home` if that is given; return its reply.

        `references` are bytes that a worker said it lacks, by digest. Raises Loss, EngineError if
        nobody can work, and OverflowError for a number that cannot travel.
        """
        with self._placed(asked, home) as member:
            flight = self._take_off(member, is_paid=isinstance(task, PAID))
            try:
                run, number = flight.run, flight.number
                order = Order(run, number, own_makeup(), asked, task, needs, landing, near)
                pipes = self._connection.pipes
                pipe = None if pipes is None else pipes.to(member.address)
                return reply_of(self._line.wait(flight, packed(order), references or {}, pipe))
            finally:
                with self._changed:
                    del self._flights[flight.number]

    @contextlib.contextmanager
    def _placed(self, asked: EngineAsked, home: str | None) -> Iterator[Member]:
        member = self._place(asked, home)
        try:
            yield member
        finally:
            with self._changed:
                member.in_flight -= 1
                self._changed.notify_all()

    def _place(self, asked: EngineAsked, home: str | None) -> Member:
        """Return who shall have the next order: the one with most slots free."""
        since = time.monotonic()
        while True:
            if self._is_gone:
                why, fix = self._nobody(asked)
                raise EngineError(why, Verdict.STOP, fix=fix)
            able = [m for m in self.roster.fit(asked) if m.is_heard and home in (None, m.home)]
            with self._changed:
                # What is sent while the line is down would be lost, and nobody would know where.
                if able and self._line.is_up:
                    member = max(able, key=lambda m: (m.slots - m.in_flight, -m.used))
                    member.in_flight += 1
                    member.used += 1
                    return member
            if (home is not None and not able) or self._is_stopped:
                raise EngineError("no worker is there for it", Verdict.RETRY)
            if not able and time.monotonic() - since > NONE_FIT_SECONDS:
                why, fix = self._nobody(asked)
                raise EngineError(why, Verdict.STOP, fix=fix)
            with self._changed:
                self._changed.wait(WATCH_SECONDS / 2)

    def _take_off(self, member: Member, *, is_paid: bool) -> Flight:
        with self._changed:
            flight = Flight(self._line.run, self._next, member, is_paid)
            self._next += 1
            self._flights[flight.number] = flight
            return flight
