"""Accounts at services: keys that can be sent, names of accounts, authorities to trust."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from songbatch.digest import sha256

if TYPE_CHECKING:
    from collections.abc import Mapping

_SENDABLE_KEY = re.compile(r"[!-~]+")


def is_sendable(key: str) -> bool:
    """Return whether a key fits into a header: no space, no line end, no other script."""
    return _SENDABLE_KEY.fullmatch(key) is not None


def account_of(engine: str, url: str, key: str) -> str:
    """Return a name for who owns uploads and jobs; it reveals neither address nor key."""
    whose = f"{url}\0{key}"
    return f"{engine}:{sha256(whose.encode('utf-8', 'surrogatepass'))[:16]}"


def certificates(environment: Mapping[str, str]) -> str | None:
    """Return the file of certificate authorities that the user trusts instead of the usual ones."""
    return environment.get("REQUESTS_CA_BUNDLE") or environment.get("CURL_CA_BUNDLE") or None
