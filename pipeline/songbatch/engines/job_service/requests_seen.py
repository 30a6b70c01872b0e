"""Requests that a service lists, and the one whose answer was lost: windows of time and inputs.

Clocks differ, so windows are wider than the time of the request. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

SLACK = timedelta(minutes=5)
"""By which clocks may differ."""

SETTLED = timedelta(minutes=2)
"""After which a request that arrived is surely listed."""


class Window(msgspec.Struct, frozen=True):
    """The time in which a request may have arrived by the service's clock."""

    start: datetime
    end: datetime

    @classmethod
    def around(cls, since: str, until: str) -> Window:
        """Return the window of a request that left between these times (UTC, ISO 8601)."""
        return cls(datetime.fromisoformat(since) - SLACK, datetime.fromisoformat(until) + SLACK)

    def may_have(self, at: object) -> bool:
        """Return whether a time is in it, as a service writes it; True where it cannot be read."""
        time = time_of(at)
        return time is None or self.start <= time <= self.end

    @property
    def is_settled(self) -> bool:
        """Whether all requests in it are surely listed by now."""
        return datetime.now(UTC) >= self.end - SLACK + SETTLED

    @property
    def start_text(self) -> str:
        """Its start, for a query."""
        return iso(self.start)

    @property
    def end_text(self) -> str:
        """Its end, for a query."""
        return iso(self.end)


def iso(time: datetime) -> str:
    """Return a time as UTC, ISO 8601, in whole seconds."""
    whole = time.astimezone(UTC).replace(microsecond=0)
    return whole.isoformat().replace("+00:00", "Z")


def time_of(text: object) -> datetime | None:
    """Return a time as a service writes it; None if it is none."""
    if not isinstance(text, str):
        return None
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def input_of(value: object) -> Mapping[str, Any] | None:
    """Return an input that a service repeats, which may be text that holds JSON; else None."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value if isinstance(value, dict) and value else None


def is_same(ours: Mapping[str, Any], theirs: Mapping[str, Any], marker: str = "") -> bool:
    """Return whether two inputs are of one request, by the field `marker` if there is one.

    Fields that are null are those that are not there.
    """
    if marker and ours.get(marker) is not None:
        return bool(ours[marker] == theirs.get(marker))
    return bool(_canonical(ours) == _canonical(theirs))


def may_be_same(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    """Return whether an input may be ours, with fields that its service has filled in."""
    filled = _canonical(theirs)
    return all(filled.get(name) == value for name, value in _canonical(ours).items())


def _canonical(value: Any) -> Any:
    """Return a value in which equal JSON is equal, and true is not 1."""
    if isinstance(value, Mapping):
        return {name: _canonical(each) for name, each in value.items() if each is not None}
    if isinstance(value, list | tuple):
        return [_canonical(each) for each in value]
    return (isinstance(value, bool), value)
