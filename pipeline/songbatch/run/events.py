"""Events of a run: one record per thing that happened, in order, for whoever watches it.

Their tags are what `render --json` calls them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from songbatch.cluster.news import CrewNews

if TYPE_CHECKING:
    from songbatch.plan import Action


class _Event(msgspec.Struct, frozen=True, tag_field="event"):
    pass


class ReadingFile(_Event, frozen=True, tag="reading"):
    """A file is about to be read and hashed."""

    path: str


class Waiting(_Event, frozen=True, tag="waiting"):
    """Another run holds the project; this one waits."""

    holder: str


class AskedElsewhere(_Event, frozen=True, tag="asked_elsewhere"):
    """Another machine asks for a song or uploads a reference; this run waits for what comes."""

    subject: str
    who: str


class NewStore(_Event, frozen=True, tag="new_store"):
    """Nobody has shared songs at this address before."""

    address: str


class PaidTwice(_Event, frozen=True, tag="paid_twice"):
    """Another machine's answer stands, and this one's is kept in the project's store."""

    subject: str
    key: str
    audio_sha256: str


class Unshared(_Event, frozen=True, tag="unshared"):
    """A song is here, and other machines cannot have it yet."""

    subject: str
    message: str


class StepStarted(_Event, frozen=True, tag="started"):
    """A step that takes time has begun: a download, an upload, a render."""

    action: Action
    subject: str


class JobProgress(_Event, frozen=True, tag="progress"):
    """A song is under way: `progress` from 0 to 1, `position` in the service's queue, if told."""

    subject: str
    progress: float | None = None
    position: int | None = None
    stage: str = ""


class StepDone(_Event, frozen=True, tag="done"):
    """A step is done. `took` are seconds of work, `seconds` the duration of the audio.

    `on` is the worker that made a song elsewhere. `cost_usd` is the planned price if the service
    gave none: `cost_is_assumed`.
    """

    action: Action
    subject: str
    why: str = ""
    output: str | None = None
    took: float | None = None
    seconds: float | None = None
    cost_usd: float | None = None
    cost_is_assumed: bool = False
    on: str | msgspec.UnsetType = msgspec.UNSET


class Retrying(_Event, frozen=True, tag="retrying"):
    """A request failed and will be tried again in `delay` seconds."""

    action: Action
    subject: str
    message: str
    delay: float


class StepFailed(_Event, frozen=True, tag="failed"):
    """A step failed for good in this run; one that `is_held` waits for its user's word."""

    action: Action
    subject: str
    message: str
    fix: str = ""
    is_held: bool | msgspec.UnsetType = msgspec.UNSET


class Draining(_Event, frozen=True, tag="draining"):
    """The run was asked to stop; what is in flight is paid for and awaited."""

    in_flight: int


Event = (
    ReadingFile
    | Waiting
    | AskedElsewhere
    | NewStore
    | PaidTwice
    | Unshared
    | StepStarted
    | JobProgress
    | StepDone
    | Retrying
    | StepFailed
    | Draining
    | CrewNews
)
Listener = Callable[[Event], None]
