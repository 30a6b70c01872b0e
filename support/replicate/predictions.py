"""A prediction: what it was asked for, what becomes of it, and how the API describes it."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from support.replicate import sound
from support.replicate.stamps import instant, new_id
from support.replicate.troubles import AS_IT_IS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.replicate.models import Form, Inputs, Model
    from support.replicate.troubles import Trouble

QUEUE_SECONDS = 3.0
"""Seconds that a prediction waits for its turn."""
RUN_LIMIT = 1800.0
"""Seconds after which the service ends a prediction."""
UNFINISHED = ("starting", "processing")


@dataclass(slots=True)
class Submission:
    """A create exactly as it was received; `status` 0 if its answer was lost."""

    model: str
    """What it named as its version, or in its path."""
    headers: Mapping[str, str]
    body: bytes
    fields: dict[str, Any]
    """The body as JSON, empty if it is not an object."""
    status: int = 0
    prediction_id: str = ""

    @property
    def input(self) -> dict[str, Any]:
        """The input, empty if there is none."""
        given = self.fields.get("input")
        return given if isinstance(given, dict) else {}


@dataclass(slots=True)
class Prediction:
    """A prediction that was accepted.

    `polls`, `listings`, `cancels` and `downloads` count the requests that were about it.
    Times in seconds of the server's clock. `planted`: it is of no request that a client sent.
    """

    model: Model
    input: dict[str, Any]
    """As it was sent."""
    made_with: Inputs
    created: float
    trouble: Trouble | None = None
    deadline: float | None = None
    """Seconds after which it is stopped."""
    submission: Submission | None = None
    planted: bool = False
    status: str = "starting"
    error: str | None = None
    started: float | None = None
    completed: float | None = None
    predict_time: float = 0.0
    waited: float = 0.0
    """Seconds that have passed for it otherwise than by looks at it."""
    polls: int = 0
    listings: int = 0
    cancels: int = 0
    downloads: int = 0
    removed: bool = False
    id: str = field(default_factory=new_id)
    chance: str = ""

    def __post_init__(self) -> None:
        """Draw what an input without a seed leaves open."""
        if self.made_with.values.get("seed", -1) == -1:
            self.chance = secrets.token_hex(8)

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.status not in UNFINISHED

    @property
    def ignored(self) -> dict[str, Any]:
        """What its model ignores of its input."""
        return self.model.unknown(self.input)

    @property
    def seconds(self) -> float:
        """How long its song is."""
        return self.model.length(self.made_with)

    @property
    def wanted_time(self) -> float:
        """Seconds on the hardware, if nothing stops it."""
        if self.trouble is not None and self.trouble.predict_time is not None:
            return self.trouble.predict_time
        return round(5.0 + 0.3 * self.seconds, 3)

    @property
    def container(self) -> str:
        """The format of its song."""
        return str(self.made_with.values.get("audio_format", "mp3"))

    @property
    def path(self) -> str:
        """Where its song lies on the host of outputs."""
        return f"/delivery/{self.id}/out.{self.container}"

    @property
    def has_output(self) -> bool:
        """Whether there is a song, and its data is still there."""
        return self.status == "succeeded" and not self.removed

    def song(self) -> bytes:
        """Return the bytes of its song."""
        if self.trouble is not None and self.trouble.content is not None:
            return self.trouble.content
        values = self.made_with.values
        heard = sorted((name, r.digest) for name, r in self.made_with.references.items())
        said = {n: v for n, v in values.items() if n not in self.made_with.references}
        material = json.dumps([self.model.name, self.model.version, said, heard, self.chance])
        rate = int(values.get("sample_rate", self.model.sample_rate))
        bitrate = int(values.get("bitrate", 128000))
        return sound.song(self.container, self.seconds, material, rate, bitrate)

    def start(self, now: float) -> None:
        """Begin to run."""
        self.status, self.started = "processing", now

    def end(self, status: str, predict_time: float, now: float, error: str | None = None) -> None:
        """End, after so many seconds on the hardware."""
        self.status, self.predict_time, self.error = status, predict_time, error
        # A prediction is looked at rather than waited for: it has taken the time it says.
        self.completed = max(now, (self.started or now) + predict_time)
        self.removed = self.trouble is not None and self.trouble.removed

    def described(self, base: str, delivery: str, form: Form | None = None) -> dict[str, Any]:
        """Return it as the API shows it; `delivery` is the address of the host of outputs."""
        started = None if self.started is None else instant(self.started)
        completed = None if self.completed is None else instant(self.completed)
        own = f"{base}/v1/predictions/{self.id}"
        return {
            "id": self.id,
            "model": self.model.name,
            "version": "hidden" if self.model.official else self.model.version,
            "input": {} if self.removed else self.input,
            "output": self._output(delivery, form) if self.has_output else None,
            "error": self.error,
            "logs": "" if self.removed else self._logs(),
            "status": self.status,
            "created_at": instant(self.created),
            "started_at": started,
            "completed_at": completed,
            "metrics": self._metrics(),
            "data_removed": self.removed,
            "source": "api",
            "urls": {
                "get": own,
                "cancel": f"{own}/cancel",
                "web": f"https://replicate.com/p/{self.id}",
            },
        }

    def _output(self, delivery: str, form: Form | None) -> Any:
        trouble = self.trouble
        if trouble is not None and trouble.output is not AS_IT_IS:
            return trouble.output
        url = f"{delivery}{self.path}"
        if trouble is not None and trouble.file == "elsewhere":
            url = f"http://127.0.0.1:9{self.path}"
        match (trouble and trouble.form) or form or self.model.form:
            case "list":
                return [url]
            case "object":
                return {"audio": {"url": url}}
        return url

    def _logs(self) -> str:
        if self.started is None:
            return ""
        done = 8 if self.is_over else min(7, self.polls)
        return f"Seed: {self.made_with.values.get('seed', -1)}\n {done * 12}%|###  | {done}/8\n"

    def _metrics(self) -> dict[str, float]:
        if self.completed is None:
            return {}
        total = {"total_time": round(self.completed - self.created, 3)}
        return total if self.started is None else total | {"predict_time": self.predict_time}
