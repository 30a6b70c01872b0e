"""Members of a crew: what a run knows of each worker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from songbatch.cluster.messages import EngineAsked

SILENT_SECONDS = 15.0
"""A worker that has not been heard of for so long is given nothing."""


class Problem(msgspec.Struct, frozen=True):
    """Why a worker is not used for an engine; completes "worker NAME "."""

    why: str
    fix: str = ""


class Member(msgspec.Struct, eq=False):
    """One worker. `silent` are the seconds since the scheduler heard of it."""

    id: str
    address: str
    name: str
    host: str
    slots: int
    silent: float = 0.0
    is_leaving: bool = False
    home: str = ""
    in_flight: int = 0
    used: int = 0
    """How many orders it was given."""
    fit_for: dict[EngineAsked, Problem | None] = msgspec.field(default_factory=dict)
    """By engine: what keeps it from being used, None if nothing does."""

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Member:
        """Return a worker as the scheduler tells of it."""
        return cls(
            str(row["id"]), str(row["address"]), str(row["name"]), str(row["host"]), row["slots"]
        )

    def update(self, row: Mapping[str, Any]) -> None:
        """Take note of how it is now."""
        self.slots = row["slots"]
        self.silent = row["silent"]
        self.is_leaving = self.is_leaving or row["leaving"]

    def can_do(self, asked: EngineAsked) -> bool:
        """Return whether it may be used for an engine."""
        is_fit = asked in self.fit_for and self.fit_for[asked] is None
        return is_fit and not self.is_leaving

    @property
    def is_heard(self) -> bool:
        """Whether it was heard of lately."""
        return self.silent < SILENT_SECONDS


class Flight(msgspec.Struct, eq=False):
    """An order on its way. `is_paid`: whether it must be begun by one worker only."""

    run: str
    number: int
    member: Member
    is_paid: bool
    waiting: Any = None
    """The concurrent.futures.Future that whoever waits for the reply waits for."""
    loss: Loss | None = None

    def lose(self, loss: Loss) -> None:
        """Let whoever waits for it know that it is lost."""
        self.loss = loss
        if self.waiting is not None:
            self.waiting.cancel()


class Loss(Exception):
    """An order was lost on its way. If it `is_begun`, nobody knows what came of it."""

    def __init__(self, why: str, *, is_begun: bool) -> None:
        super().__init__(why)
        self.is_begun = is_begun
