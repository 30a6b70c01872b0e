"""Addresses of services, as people write them into settings."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

_SENDABLE_URL = re.compile(r"[!-~]+")
_HOME_SUFFIXES = (".localhost", ".local", ".lan", ".home", ".internal", ".home.arpa")


def problem_of_url(url: str) -> str:
    """Return what is wrong with a base URL, as the end of a sentence; "" if it can be used."""
    # The address itself is not repeated: people paste keys and passwords into it.
    if not _SENDABLE_URL.fullmatch(url):
        return "has a space or another character that no address has"
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return "is not an address: its host or port cannot be read"
    wrong = {
        "must begin with https:// or http://": parts.scheme not in {"http", "https"},
        "must not hold a user name or a password": "@" in parts.netloc,
        "names no host": not has_host,
        "must end with a path; it has a query or a fragment": bool(parts.query or parts.fragment),
    }
    return next((problem for problem, holds in wrong.items() if holds), "")


def is_exposed(url: str) -> bool:
    """Return whether what goes to a usable URL can be read on the way: http, on a public host."""
    return not problem_of_url(url) and url.lower().startswith("http:") and not is_near(url)


def is_near(url: str) -> bool:
    """Return whether a URL names this machine or a private network, as far as the text shows.

    A name without dots is one of a private network.
    """
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith(_HOME_SUFFIXES)
    return address.is_loopback or address.is_private or address.is_link_local
