"""The course of predictions: by looks at them, by time, by cancellation; each end is booked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from support.replicate import references
from support.replicate.books import Books, Charge, price
from support.replicate.predictions import QUEUE_SECONDS, RUN_LIMIT

if TYPE_CHECKING:
    from support.replicate.predictions import Prediction

HOUR = 3600.0


@dataclass(slots=True)
class Course:
    """How predictions proceed.

    `polls_to_start` looks let one run, `polls_to_finish` end it; its data is `kept` seconds.
    `permits` is how many may end, None for all. `official_failures_cost`: official models cost
    also where they fail or are canceled.
    """

    polls_to_start: int = 1
    polls_to_finish: int = 2
    kept: float = HOUR
    permits: int | None = None
    official_failures_cost: bool = False
    books: Books = field(default_factory=Books)

    def advance(self, prediction: Prediction, now: float) -> None:
        """Let a prediction come as far as the looks at it say."""
        trouble = prediction.trouble
        never_runs = trouble is not None and trouble.ends == "aborted"
        if prediction.is_over:
            return
        if (
            prediction.started is None
            and not never_runs
            and prediction.polls >= self.polls_to_start
        ):
            prediction.start(now)
        polls = self.polls_to_finish
        if trouble is not None:
            polls = polls if trouble.polls is None else trouble.polls
            if trouble.stuck:
                return
        if prediction.polls >= polls and self._may_finish():
            self.finish(prediction, now)

    def finish(self, prediction: Prediction, now: float) -> None:
        """End a prediction as it would by itself."""
        trouble, wanted = prediction.trouble, prediction.wanted_time
        ends = "succeeded" if trouble is None else trouble.ends
        error = None if trouble is None else trouble.error
        if ends == "aborted":
            self.end(prediction, ends, 0.0, now, error)
            return
        complaint = references.complaint(prediction.model, prediction.made_with.references)
        if ends == "succeeded" and complaint is not None:
            ends, wanted, error = "failed", 1.0, complaint
        if prediction.started is None:
            prediction.start(now)
        self.end(prediction, ends, wanted, now, error)

    def cancel(self, prediction: Prediction, now: float) -> None:
        """Stop a prediction; one that runs has run for half its time."""
        if prediction.is_over:
            return
        if prediction.trouble is not None and prediction.trouble.late_cancel:
            self.finish(prediction, now)
            return
        ran = 0.0 if prediction.started is None else round(prediction.wanted_time / 2, 3)
        self.end(prediction, "canceled", ran, now)

    def pass_time(self, prediction: Prediction, seconds: float, now: float) -> None:
        """Let that much time pass for a prediction, `now` being the moment after it."""
        prediction.waited += seconds
        if prediction.is_over:
            return
        if prediction.deadline is not None and prediction.waited >= prediction.deadline:
            if prediction.started is None:
                self.end(prediction, "aborted", 0.0, now)
            else:
                self.end(prediction, "canceled", prediction.deadline, now)
            return
        is_stuck = prediction.trouble is not None and prediction.trouble.stuck
        left = prediction.waited - QUEUE_SECONDS - prediction.wanted_time
        if left >= 0 and not is_stuck and self._may_finish():
            self.finish(prediction, now - left - prediction.wanted_time)
        elif prediction.waited >= RUN_LIMIT:
            error = "Prediction timed out; interrupted (code: PA)"
            self.end(prediction, "failed", RUN_LIMIT, now, error)

    def expire(self, prediction: Prediction, now: float) -> None:
        """Delete the data of a prediction that ended long enough ago."""
        if prediction.completed is not None and now - prediction.completed >= self.kept:
            prediction.removed = True

    def end(
        self,
        prediction: Prediction,
        status: str,
        predict_time: float,
        now: float,
        error: str | None = None,
    ) -> None:
        """End a prediction, and book it."""
        prediction.end(status, predict_time, now, error)
        if prediction.planted:
            return
        usd = price(
            prediction.model,
            status,
            predict_time,
            official_failures_cost=self.official_failures_cost,
        )
        name = prediction.model.name
        self.books.charges.append(Charge(prediction.id, name, status, predict_time, usd))

    def _may_finish(self) -> bool:
        if self.permits is not None:
            if not self.permits:
                return False
            self.permits -= 1
        return True
