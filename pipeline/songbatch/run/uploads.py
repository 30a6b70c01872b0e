"""Uploads of earlier runs: which a service still has, and keys of files that it stores. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from songbatch.model import Uploaded
    from songbatch.records import UploadKey

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
