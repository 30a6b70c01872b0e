"""Roster of a crew: who is there, and who may work for which engine."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import msgspec

from songbatch.cluster.makeup import own_makeup
from songbatch.cluster.members import Member, Problem
from songbatch.cluster.messages import packed, worker_facts
from songbatch.cluster.news import CrewChange, CrewNews

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from songbatch.cluster.line import SchedulerLine
    from songbatch.cluster.messages import EngineAsked
    from songbatch.cluster.news import Teller

_NOT_YET = (TimeoutError, OSError, KeyError, asyncio.CancelledError)
"""What comes of asking a worker that is just starting or leaving: it is asked again."""
_SAME_THERE = "install the same there as here"


class Roster:
    """Members by their ids. `changed` is notified of changes; safe from several threads."""

    def __init__(self, tell: Teller) -> None:
        self._tell = tell
        self.changed = threading.Condition()
        self.engines: list[EngineAsked] = []
        self.is_ready = False
        """Whether people were told who is there: from then on they hear of changes."""
        self._members: dict[str, Member] = {}
        self._told: set[tuple[str, str]] = set()

    @property
    def members(self) -> list[Member]:
        """Everybody who is there."""
        with self.changed:
            return list(self._members.values())

    def fit(self, asked: EngineAsked) -> list[Member]:
        """Return who can work for an engine."""
        return [member for member in self.members if member.can_do(asked)]

    def problems(self, asked: EngineAsked) -> list[tuple[Member, Problem]]:
        """Return who cannot work for an engine, and why."""
        found = ((member, member.fit_for.get(asked)) for member in self.members)
        return [(member, problem) for member, problem in found if problem is not None]

    def update(self, rows: Sequence[Mapping[str, Any]]) -> list[Member]:
        """Take note of who is there now; return who is gone."""
        by_id = {str(row["id"]): row for row in rows}
        with self.changed:
            gone = [self._members.pop(one) for one in self._members.keys() - by_id.keys()]
            for one, row in by_id.items():
                if one not in self._members:
                    self._members[one] = Member.of(row)
                self._members[one].update(row)
            self.changed.notify_all()
        for member in gone:
            if self.is_ready and any(problem is None for problem in member.fit_for.values()):
                self.report(CrewChange.LEFT, f"worker {member.name} left", member.name)
        return gone

    def vet(self, line: SchedulerLine) -> None:
        """Ask who has not been asked yet what they are. Raises SchedulerSilent."""
        lacking = [
            (member, asked)
            for member in self.members
            for asked in list(self.engines)
            if asked not in member.fit_for and member.is_heard
        ]
        if not lacking:
            return
        answers = line.describe([(member.address, packed(asked)) for member, asked in lacking])
        for (member, asked), answer in zip(lacking, answers, strict=True):
            if not isinstance(answer, _NOT_YET):
                self._judge(member, asked, answer)
        with self.changed:
            self.changed.notify_all()

    def _judge(self, member: Member, asked: EngineAsked, answer: object) -> None:
        problem = _problem(member, answer)
        member.fit_for[asked] = problem
        if problem is not None:
            self._tell_unfit(member, problem)
        elif self.is_ready:
            self.report(CrewChange.JOINED, f"worker {member.name} joined", member.name)

    def drop(self, worker: str, asked: EngineAsked, problem: Problem | None) -> None:
        """Use a worker no more for an engine; if there is no problem with it, it leaves."""
        for member in self.members:
            if member.name == worker and problem is None:
                member.is_leaving = True
            elif member.name == worker and problem is not None:
                member.fit_for[asked] = problem
                self._tell_unfit(member, problem)

    def _tell_unfit(self, member: Member, problem: Problem) -> None:
        if (member.name, problem.why) not in self._told:
            self._told.add((member.name, problem.why))
            message = f"worker {member.name} {problem.why}: not used"
            self.report(CrewChange.UNFIT, message, member.name, problem.fix)

    def report(self, change: CrewChange, message: str, worker: str = "", fix: str = "") -> None:
        """Tell people what happened, and how many there are now."""
        able = [m for m in self.members if any(map(m.can_do, list(self.engines)))]
        slots = sum(member.slots for member in able)
        self._tell(CrewNews(change, message, len(able), slots, worker, fix))


def _problem(member: Member, answer: object) -> Problem | None:
    """Return what keeps a worker from being used, judged by its answer."""
    try:
        facts = worker_facts(answer if isinstance(answer, bytes) else b"")
    except msgspec.DecodeError:
        missing = "ModuleNotFoundError" in repr(answer)  # as dask tells what went wrong there
        what = "has no songbatch" if missing else "has a songbatch that does not know this run's"
        return Problem(what, _SAME_THERE)
    member.home = facts.home
    if why := own_makeup().why_unlike(facts.makeup):
        return Problem(why, _SAME_THERE)
    return Problem(facts.problem, facts.fix) if facts.problem else None
