"""Accounts at services: keys that can be sent, names of accounts."""

from __future__ import annotations

import re

from songbatch.digest import sha256

_SENDABLE_KEY = re.compile(r"[!-~]+")


def is_sendable(key: str) -> bool:
    """Return whether a key fits into a header: no space, no line end, no other script."""
    return _SENDABLE_KEY.fullmatch(key) is not None


def account_of(engine: str, url: str, key: str) -> str:
    """Return a name for who owns uploads and jobs; it reveals neither address nor key."""
    whose = f"{url}\0{key}"
    return f"{engine}:{sha256(whose.encode('utf-8', 'surrogatepass'))[:16]}"
