"""Songs that other machines ask for, too: waited for, fetched, or left to their user.

All methods are for the deciding thread, like those of `songbatch.run.jobs`.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from songbatch.plan import Action, Reason
from songbatch.run.concurrency import Fixed
from songbatch.run.events import AskedElsewhere, Retrying, StepDone
from songbatch.run.shared.claims import MaybePaid
from songbatch.sharing.trouble import StoreTrouble

if TYPE_CHECKING:
    from collections.abc import Callable

    from songbatch.records import Receipt
    from songbatch.run.events import Listener
    from songbatch.run.pending import Pending, PendingRender
    from songbatch.run.scheduler import Lane, Scheduler
    from songbatch.run.worker import RequestWorker
    from songbatch.sharing.claims import ClaimState
    from songbatch.sharing.songs import SharedSong

HEAL = "whoever has it heals the store: songbatch push; or pay again: songbatch render --again"

PULLED_AT_ONCE, ENDED_AT_ONCE = 16, 4
FIRST_LOOK, LONGEST_LOOK, LESS_OFTEN = 1.0, 15.0, 1.3
"""Seconds between two looks at what another machine asks for: at least, at most, how they grow.

Up to twice that: machines that began together do not look together.
"""
FIRST_TRY, LONGEST_TRY, LONGEST_LOST = 1.0, 30.0, 600.0
"""Seconds between two tries to reach the store, and after how many the run ends."""


class Elsewhere:
    """What other machines have of the songs of a run, or are about to get.

    `again` queues a song once more, after some seconds, `pulled` hears of one that was fetched from
    the shared store, `held` of one that waits for its user, with a fix, `refused` of what ends the
    run. `chance` draws evenly from [0, 1).
    """

    def __init__(
        self,
        scheduler: Scheduler,
        worker: RequestWorker,
        listener: Listener,
        chance: Callable[[], float],
        *,
        again: Callable[[Pending, float], None],
        pulled: Callable[[PendingRender], None],
        held: Callable[[PendingRender, str, str], None],
        refused: Callable[[BaseException], None],
    ) -> None:
        self._worker = worker
        self._listener = listener
        self._chance = chance
        self._again = again
        self._pulled = pulled
        self._held = held
        self._refused = refused
        self._pulling: Lane[PendingRender, Receipt] = scheduler.lane(
            Fixed(PULLED_AT_ONCE), landed=self._is_here, failed=self._not_pulled
        )
        # What cannot be told now is told when the run ends, or by the next one.
        self._ending: Lane[PendingRender, None] = scheduler.lane(Fixed(ENDED_AT_ONCE), drains=True)
        self._looks: dict[int, int] = {}
        self._lost_since: float | None = None
        self._tries = 0

    def found(self) -> None:
        """Note that the store answers."""
        self._lost_since, self._tries = None, 0

    def take(self, pending: PendingRender, there: SharedSong) -> None:
        """Take what another machine has of a song, wait for it, or leave it to its user."""
        self.found()
        if there.answer is not None:
            pull = partial(self._worker.pull, pending, there.answer)
            self._pulling.add(pending.position, pending, pull)
        elif there.withheld:
            self._held(pending, f"{Reason.WITHHELD} {there.withheld}", HEAL)
        elif there.busy is not None:
            self.wait_for(pending, there.busy)
        else:
            maybe = MaybePaid(there)
            self._held(pending, str(maybe), maybe.fix)

    def wait_for(self, pending: Pending, busy: ClaimState) -> None:
        """Look later again at what another machine does."""
        who = "another machine" if busy.note is None else busy.note.who
        looks = self._looks[id(pending)] = self._looks.get(id(pending), 0) + 1
        if looks == 1:
            self._listener(AskedElsewhere(pending.name, who))
        wait = min(LONGEST_LOOK, FIRST_LOOK * LESS_OFTEN ** min(looks - 1, 20))
        self._again(pending, wait * (1.0 + self._chance()))

    def lost(self, pending: Pending, trouble: StoreTrouble) -> None:
        """Try again later if the store cannot be reached, for some minutes; else end the run."""
        now = time.monotonic()
        if self._lost_since is None:
            self._lost_since = now
        if not trouble.is_passing or now - self._lost_since > LONGEST_LOST:
            self._refused(trouble)
            return
        self._tries += 1
        bound = min(LONGEST_TRY, FIRST_TRY * 1.2 ** min(self._tries, 40))
        wait = bound * (0.5 + self._chance() / 2)
        self._listener(Retrying(Action.RENDER, pending.name, str(trouble), wait))
        self._again(pending, wait)

    def end(self, pending: PendingRender, message: str) -> None:
        """Let other machines ask for a song that came to nothing here."""
        self._ending.add(
            pending.position, pending, partial(self._worker.end_claim, pending, message)
        )

    def _is_here(self, pending: PendingRender, receipt: Receipt, _took: float) -> None:
        self.found()
        for step in pending.steps:
            name, output = step.render.id, step.render.output
            self._listener(
                StepDone(Action.RESTORE, name, Reason.SHARED.value, output, seconds=receipt.seconds)
            )
        self._pulled(pending)

    def _not_pulled(self, pending: PendingRender, error: BaseException) -> None:
        if isinstance(error, StoreTrouble):
            self.lost(pending, error)
        else:
            # Somebody has it: it is not paid for again.
            self._held(pending, f"{Reason.WITHHELD} {error}", getattr(error, "fix", "") or HEAL)
