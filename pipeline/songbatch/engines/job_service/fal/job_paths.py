"""Paths of jobs below the queue's address: `minimax/music-3/requests/764cabcf-…`. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_PATH = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9._-]{0,99}/){1,6}requests/[A-Za-z0-9_-]{1,128}")
_PORTS = {"http": 80, "https": 443}


def is_id(value: object) -> bool:
    """Return whether a value can be the id of a request."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def is_path(path: str) -> bool:
    """Return whether a text is the path of a job, and leads nowhere else."""
    return _PATH.fullmatch(path) is not None


def path_of(endpoint: str, request_id: str) -> str:
    """Return the path of a job; it has the first two parts of an endpoint's name."""
    return f"{'/'.join(endpoint.strip('/').split('/')[:2])}/requests/{request_id}"


def path_in(url: object, queue_url: str, request_id: str) -> str | None:
    """Return the path of a job in the address that the service gives for its result.

    None where that has not the queue's scheme, host and port, or is not of this job: the key goes
    to no other.
    """
    if not isinstance(url, str):
        return None
    try:
        theirs, ours = urlsplit(url), urlsplit(queue_url)
        is_queue = _origin(theirs.scheme, theirs.hostname, theirs.port) == _origin(
            ours.scheme, ours.hostname, ours.port
        )
    except ValueError:
        return None
    base = ours.path.rstrip("/") + "/"
    if not is_queue or "@" in theirs.netloc or not theirs.path.startswith(base):
        return None
    path = theirs.path.removeprefix(base).removesuffix("/response")
    is_its = is_path(path) and path.endswith(f"/{request_id}") and not theirs.query
    return path if is_its else None


def _origin(scheme: str, host: str | None, port: int | None) -> tuple[str, str | None, int | None]:
    return scheme, host, port or _PORTS.get(scheme)
