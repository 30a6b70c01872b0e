"""What a run tells whoever watches it: one record per thing that happened, in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from songbatch.plan import Action


class Reading(msgspec.Struct, frozen=True):
    """A file is about to be read and hashed."""

    path: str


class Waiting(msgspec.Struct, frozen=True):
    """Another run holds the project; this one waits."""

    holder: str


class Started(msgspec.Struct, frozen=True):
    """A step that takes time has begun: a download, an upload, a render."""

    action: Action
    subject: str


class Done(msgspec.Struct, frozen=True):
    """A step is done. `took` are seconds of work, `seconds` the duration of the audio.

    `cost_usd` is the planned price where the service did not say: `cost_is_assumed`.
    """

    action: Action
    subject: str
    why: str = ""
    output: str | None = None
    took: float | None = None
    seconds: float | None = None
    cost_usd: float | None = None
    cost_is_assumed: bool = False


class Retrying(msgspec.Struct, frozen=True):
    """A request failed and will be tried again in `delay` seconds."""

    action: Action
    subject: str
    message: str
    delay: float


class Failed(msgspec.Struct, frozen=True):
    """A step failed for good in this run."""

    action: Action
    subject: str
    message: str
    fix: str = ""


class Draining(msgspec.Struct, frozen=True):
    """The run was asked to stop; what is in flight is paid for and awaited."""

    in_flight: int


Event = Reading | Waiting | Started | Done | Retrying | Failed | Draining
Listener = Callable[[Event], None]
