"""Spending of a run: what the service said it charged, what is assumed, and what nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.run.failures import charge_of, may_be_paid

if TYPE_CHECKING:
    from songbatch.records import Receipt
    from songbatch.run.budget import Budget
    from songbatch.run.pending import PendingRender


class Spending(msgspec.Struct):
    """Counts every request once it is over, here and in the budget. Sums are in US dollars.

    `planned_usd` is the price of an answer that does not say what it cost. Used by one thread.
    """

    budget: Budget
    planned_usd: float
    charged_usd: float = 0.0
    """What the service said."""
    assumed_usd: float = 0.0
    """The planned price of the answers that did not say."""
    unknown_usd: float = 0.0
    """What requests without a usable answer may have cost."""

    def answered(self, pending: PendingRender, charged_usd: float | None) -> None:
        """Count the answer to a pending render in the budget; its audio is not filed yet."""
        pending.is_answered, pending.charged_usd = True, charged_usd
        if not pending.was_asked_before:
            self.budget.answered(charged_usd)

    def filed(self, pending: PendingRender, receipt: Receipt) -> None:
        """Count an answer whose audio is filed."""
        if pending.was_asked_before:
            return
        self.charged_usd += pending.charged_usd or 0.0
        if pending.charged_usd is None:
            self.assumed_usd += receipt.cost_usd or 0.0

    def failed(self, pending: PendingRender, error: BaseException) -> None:
        """Count a failed request, or an answer that could not be filed."""
        if pending.was_asked_before:
            return
        if pending.is_answered:
            pending.is_answered = False
            self._not_filed(pending.charged_usd, error)
            return
        charged_usd = charge_of(error)
        if may_be_paid(error) or charged_usd:
            self._doubted(charged_usd, self.budget.doubted(charged_usd))
        else:
            self.budget.release()

    def left(self, pending: PendingRender) -> None:
        """Count a job that this run leaves under way: the run that fetches it counts nothing."""
        if not pending.was_asked_before:
            self._doubted(None, self.budget.doubted(None))

    def _not_filed(self, charged_usd: float | None, error: BaseException) -> None:
        if may_be_paid(error):
            self._doubted(charged_usd, self.budget.unusable(charged_usd))
        elif charged_usd is None:
            self.assumed_usd += self.planned_usd
        else:
            self.charged_usd += charged_usd

    def _doubted(self, charged_usd: float | None, at_worst: float) -> None:
        if charged_usd is None:
            self.unknown_usd += at_worst
        else:
            self.charged_usd += charged_usd
