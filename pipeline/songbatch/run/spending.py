"""Spending of a run: what the service said it charged, what is assumed, and what nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.run.budget import Overcharge
from songbatch.run.failures import charge_of, may_be_paid
from songbatch.run.pending import PendingRender

if TYPE_CHECKING:
    from songbatch.prices import Price
    from songbatch.records import Receipt
    from songbatch.run.budget import Budget
    from songbatch.run.pending import Pending, PendingUpload


CLEARLY_LESS = 0.95
"""Of its price: what is charged less than that deserves a word."""


class Spending(msgspec.Struct):
    """Counts every request once it is over, here and in the budget. Sums are in US dollars.

    Used by one thread.
    """

    budget: Budget
    charged_usd: float = 0.0
    """What the service said."""
    computed_usd: float = 0.0
    """The part of it that was computed of the units that it billed."""
    assumed_usd: float = 0.0
    """The planned price of the answers that did not say."""
    unknown_usd: float = 0.0
    """What requests without a usable answer may have cost."""
    _nearest: Overcharge | None = None
    """The charge of a song of a fixed price that was the highest beside it."""

    def answered(
        self, pending: PendingRender, charged_usd: float | None, *, is_computed: bool = False
    ) -> None:
        """Count the answer to a pending render in the budget; its audio is not filed yet."""
        pending.is_answered, pending.charged_usd = True, charged_usd
        pending.charge_is_computed = is_computed
        self._note(pending.price, charged_usd)
        if not pending.was_asked_before:
            self.budget.answered(pending.price.counted, charged_usd)

    @property
    def cheapest(self) -> Overcharge | None:
        """The charge that was nearest to its price, if all were clearly less."""
        nearest = self._nearest
        return nearest if nearest is not None and nearest.factor < CLEARLY_LESS else None

    def _note(self, price: Price, charged_usd: float | None) -> None:
        """Note what a song was charged whose price is fixed: one by length may come shorter."""
        if charged_usd is None or price.is_most or not price.planned:
            return
        found = Overcharge(charged_usd, price.planned)
        if self._nearest is None or found.factor > self._nearest.factor:
            self._nearest = found

    def seen(self, pending: Pending, charged_usd: float) -> None:
        """Count with the charge of a job whose song is not here yet, for what is about to leave."""
        if isinstance(pending, PendingRender) and not pending.was_asked_before:
            self.budget.seen(pending.price.counted, charged_usd)

    def filed(self, pending: PendingRender, receipt: Receipt) -> None:
        """Count an answer whose audio is filed."""
        if pending.was_asked_before:
            return
        self.charged_usd += pending.charged_usd or 0.0
        if pending.charge_is_computed:
            self.computed_usd += pending.charged_usd or 0.0
        if pending.charged_usd is None:
            self.assumed_usd += receipt.cost_usd or 0.0

    def failed(self, pending: PendingRender, error: BaseException) -> None:
        """Count a failed request, or an answer that could not be filed."""
        if pending.was_asked_before:
            return
        if pending.is_answered:
            pending.is_answered = False
            self._not_filed(pending, error)
            return
        charged_usd = charge_of(error)
        if may_be_paid(error) or charged_usd:
            at_worst = self.budget.doubted(pending.price.counted, charged_usd)
            self._doubted(charged_usd, at_worst)
        else:
            self.budget.release(pending.price.counted)

    def left(self, pending: PendingRender) -> None:
        """Count a job that this run leaves under way: the run that fetches it counts nothing."""
        if not pending.was_asked_before:
            self._doubted(None, self.budget.doubted(pending.price.counted, None))

    def made(self, upload: PendingUpload, charged_usd: float | None) -> None:
        """Count a reference that a job made."""
        if upload.was_asked_before:
            return
        self.budget.answered(upload.usd, charged_usd, upload.made_by)
        if charged_usd is None:
            self.assumed_usd += upload.usd
        else:
            self.charged_usd += charged_usd
            self.computed_usd += charged_usd

    def not_made(self, upload: PendingUpload, error: BaseException) -> None:
        """Count a reference that a job did not make."""
        if upload.was_asked_before:
            return
        if may_be_paid(error):
            self._doubted(None, self.budget.doubted(upload.usd, None))
        else:
            self.budget.release(upload.usd, is_song=False)

    def upload_left(self, upload: PendingUpload) -> None:
        """Count a job for a reference that this run leaves under way."""
        if not upload.was_asked_before:
            self._doubted(None, self.budget.doubted(upload.usd, None))

    def _not_filed(self, pending: PendingRender, error: BaseException) -> None:
        charged_usd = pending.charged_usd
        if may_be_paid(error):
            at_worst = self.budget.unusable(pending.price.counted, charged_usd)
            self._doubted(charged_usd, at_worst)
        elif charged_usd is None:
            self.assumed_usd += pending.price.planned
        else:
            self.charged_usd += charged_usd

    def _doubted(self, charged_usd: float | None, at_worst: float) -> None:
        if charged_usd is None:
            self.unknown_usd += at_worst
        else:
            self.charged_usd += charged_usd
