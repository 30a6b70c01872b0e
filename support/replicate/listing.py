"""The listing of predictions: which are in it, page by page."""

from __future__ import annotations

import base64
import binascii
import urllib.parse
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from support.replicate.fields import invalid
from support.replicate.refusals import invalid_input
from support.replicate.stamps import instant

if TYPE_CHECKING:
    from support.replicate.predictions import Prediction

PARAMETERS = ("created_after", "created_before")


def among(predictions: list[Prediction], query: dict[str, str]) -> list[Prediction]:
    """Return those that a query asks for, newest first. Raises Refusal."""
    after, before = (_moment(query, name) for name in PARAMETERS)
    listed = []
    for prediction in reversed(predictions):
        # As they are written, so that what was read can be asked for.
        created = datetime.fromisoformat(instant(prediction.created))
        if (after is None or created >= after) and (before is None or created < before):
            listed.append(prediction)
    return sorted(listed, key=lambda prediction: prediction.created, reverse=True)


def page(
    listed: list[Prediction], query: dict[str, str], size: int, address: str
) -> tuple[list[Prediction], dict[str, str | None]]:
    """Return the predictions of a page, and the addresses of its neighbours. Raises Refusal."""
    start = 0
    if "cursor" in query:
        last = _decoded(query["cursor"])
        ids = [prediction.id for prediction in listed]
        if last not in ids:
            raise invalid_input([invalid("format", "cursor", "is not of this listing")])
        start = ids.index(last)
    kept = {name: query[name] for name in PARAMETERS if name in query}

    def at(position: int) -> str:
        cursor = base64.urlsafe_b64encode(listed[position].id.encode()).decode()
        return f"{address}?{urllib.parse.urlencode(kept | {'cursor': cursor})}"

    following = at(start + size) if start + size < len(listed) else None
    previous = at(max(0, start - size)) if start else None
    return listed[start : start + size], {"previous": previous, "next": following}


def without(described: dict[str, Any], fields: frozenset[str]) -> dict[str, Any]:
    """Return an entry without these fields."""
    return {name: value for name, value in described.items() if name not in fields}


def _moment(query: dict[str, str], name: str) -> datetime | None:
    if name not in query:
        return None
    try:
        moment = datetime.fromisoformat(query[name])
    except ValueError as error:
        raise invalid_input([invalid("format", name, "is not a date and time")]) from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _decoded(cursor: str) -> str:
    try:
        return base64.urlsafe_b64decode(cursor).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise invalid_input([invalid("format", "cursor", "is not of this listing")]) from error
