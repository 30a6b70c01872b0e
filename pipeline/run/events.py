"""What a run tells whoever watches it: one record per thing that happened, in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.plan import Action


@dataclass(frozen=True, slots=True)
class Reading:
    """A file is about to be read and hashed."""

    path: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Another run holds the project; this one waits."""

    holder: str


@dataclass(frozen=True, slots=True)
class Started:
    """A step that takes time has begun: a download, an upload, a render."""

    action: Action
    subject: str


@dataclass(frozen=True, slots=True)
class Done:
    """A step is done. `took` are seconds of work, `seconds` the duration of the audio."""

    action: Action
    subject: str
    why: str = ""
    output: str | None = None
    took: float | None = None
    seconds: float | None = None
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Retrying:
    """A request failed and will be tried again in `delay` seconds."""

    action: Action
    subject: str
    message: str
    delay: float


@dataclass(frozen=True, slots=True)
class Failed:
    """A step failed for good in this run."""

    action: Action
    subject: str
    message: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Draining:
    """The run was asked to stop; what is in flight is paid for and awaited."""

    in_flight: int


Event = Reading | Waiting | Started | Done | Retrying | Failed | Draining
Listener = Callable[[Event], None]
