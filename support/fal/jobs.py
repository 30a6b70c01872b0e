"""A job of the queue, and how the service describes it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from support.fal.failures import Failure
from support.fal.models import Model
from support.fal.troubles import Trouble


@dataclass(slots=True)
class Job:
    """A request that was accepted.

    `given` is its input as it came, `ignored` the names in it that the model does not know.
    `sent`, `started` and `ended` are in the server's seconds. `positions` and `running_polls` are
    what is left of them. `polls` and `results` count the requests for its status and its result.
    `is_foreign`: another program of the same account asked for it; it is not in the books.
    `is_forgotten`: whoever asks for it hears that it is not known.
    """

    model: Model
    given: Mapping[str, Any]
    headers: Mapping[str, str]
    trouble: Trouble
    sent: float
    positions: list[int] = field(default_factory=list)
    running_polls: int = 0
    is_foreign: bool = False
    is_forgotten: bool = False
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: Literal["queued", "running", "done"] = "queued"
    started: float | None = None
    ended: float | None = None
    failure: Failure | None = None
    output: Any = None
    units: Decimal | None = None
    seconds: float = 0.0
    polls: int = 0
    results: int = 0

    @property
    def endpoint(self) -> str:
        """The whole name of its model."""
        return self.model.endpoint

    @property
    def app(self) -> str:
        """The first two parts of that name: all that its addresses have of it."""
        return "/".join(self.endpoint.split("/")[:2])

    @property
    def ignored(self) -> tuple[str, ...]:
        """The fields that the model does not know, and that nobody complains about."""
        return tuple(sorted(set(self.given) - {known.key for known in self.model.fields}))

    @property
    def status_code(self) -> int | None:
        """The status of its result, None while there is none."""
        if self.status != "done":
            return None
        return 200 if self.failure is None else self.failure.status

    @property
    def body(self) -> Any:
        """What its result says."""
        return self.output if self.failure is None else self.failure.body

    @property
    def names(self) -> list[str]:
        """What a script may mean it by: its model, its id and the texts of its input."""
        return [self.endpoint, self.request_id, *texts(self.given)]

    def urls(self, base: str) -> dict[str, str]:
        """Return its three addresses."""
        response = f"{base}/{self.app}/requests/{self.request_id}"
        return {
            "response_url": response,
            "status_url": f"{response}/status",
            "cancel_url": f"{response}/cancel",
        }

    def described(self, position: int, *, with_logs: bool) -> tuple[int, dict[str, Any]]:
        """Return the status code and body that tell how it is."""
        head: dict[str, Any] = {"request_id": self.request_id}
        logs: list[dict[str, Any]] | None = [] if with_logs else None
        if self.status == "queued":
            return 202, head | {"status": "IN_QUEUE", "queue_position": position}
        if self.status == "running":
            return 202, head | {"status": "IN_PROGRESS", "logs": logs}
        seconds = (self.ended or 0.0) - (self.started or self.ended or 0.0)
        metrics = {"inference_time": round(seconds, 3)}
        told: dict[str, Any] = {"status": "COMPLETED", "logs": logs, "metrics": metrics}
        if self.failure is not None:
            told |= {"error": self.failure.error, "error_type": self.failure.error_type}
        return 200, head | told


def texts(given: Mapping[str, Any]) -> list[str]:
    """Return the texts among the values of an input."""
    return [value for value in given.values() if isinstance(value, str)]
