"""News of a cluster for people and programs: who is there, who came, left, or cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import msgspec


class CrewChange(StrEnum):
    """What happened."""

    WAITING = "waiting"
    READY = "ready"
    JOINED = "joined"
    LEFT = "left"
    UNFIT = "unfit"
    GONE = "gone"


class CrewNews(msgspec.Struct, frozen=True, tag_field="event", tag="workers"):
    """Something happened to the workers of a run: `message` says it in a sentence.

    `workers` and `slots` are those that can be used now; `worker` is whom it is about, if one.
    """

    change: CrewChange
    message: str
    workers: int
    slots: int
    worker: str = ""
    fix: str = ""


Teller = Callable[[CrewNews], None]
