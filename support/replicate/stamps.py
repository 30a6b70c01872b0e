"""Names and moments as the service writes them."""

from __future__ import annotations

import base64
import secrets
from datetime import UTC, datetime


def new_id() -> str:
    """Return a name as the service draws them: 26 letters and digits."""
    return base64.b32encode(secrets.token_bytes(17)).decode().lower()[:26]


def instant(seconds: float) -> str:
    """Return a moment as the service writes it, in milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")[:23] + "Z"
