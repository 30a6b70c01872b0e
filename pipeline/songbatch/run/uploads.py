"""Uploads: which a service still has, and keys of what jobs make of references. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from songbatch.plan import made_key, upload_key
from songbatch.traits import HandedOver

if TYPE_CHECKING:
    from collections.abc import Iterable

    from songbatch.model import Render, Uploaded
    from songbatch.records import UploadKey
    from songbatch.traits import Traits

KEPT_AT_LEAST = timedelta(hours=1)
"""A song may wait so long in a queue before the service fetches what it follows."""

_FILE = "file"
"""What the file itself is stored as of which a job makes an id."""


def is_kept(uploaded: Uploaded, now: str) -> bool:
    """Return whether what an upload answered serves a request that is sent now (UTC, ISO 8601)."""
    if uploaded.until is None:
        return True
    return datetime.fromisoformat(uploaded.until) >= datetime.fromisoformat(now) + KEPT_AT_LEAST


def stored_key(made: UploadKey) -> UploadKey:
    """Return the key of the file of which a job makes an id."""
    account, digest, purpose, stored_as = made
    return account, digest, purpose, f"{_FILE} for {stored_as}"


def made_uploads(renders: Iterable[Render], account: str, traits: Traits) -> dict[str, UploadKey]:
    """Return the uploads that jobs make for these renders, by the key of their requests."""
    rules = traits.references
    made = (
        upload_key(account, use, rules)
        for render in renders
        for use in render.references
        if rules[use.purpose].handed_over is HandedOver.MADE
    )
    return {made_key(key): key for key in dict.fromkeys(made)}
