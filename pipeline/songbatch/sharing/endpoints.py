"""Endpoints of buckets, which the environment names: over plain HTTP only on this machine."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from songbatch.diagnostics import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLES = {
    "s3": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"),
    "gs": ("GOOGLE_BASE_URL",),
    "az": ("AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT"),
}
"""By scheme, those that obstore reads."""
_EMULATOR = "AZURE_STORAGE_USE_EMULATOR"


class Endpoint(NamedTuple):
    """Where a service is asked: "" for its usual place; `is_plain` over HTTP, here."""

    url: str
    is_plain: bool


def endpoint_of(scheme: str, environment: Mapping[str, str]) -> Endpoint:
    """Return the endpoint for addresses of a scheme. Raises UsageError for one not to be used."""
    url, is_plain = "", False
    for variable in VARIABLES[scheme]:
        said = environment.get(variable, "")
        if said:
            is_plain = _is_plain(variable, said) or is_plain
            url = url or said
    if scheme == "az" and environment.get(_EMULATOR, "").lower() in {"1", "true", "yes", "on"}:
        is_plain = True
    return Endpoint(url, is_plain)


def _is_plain(variable: str, url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme == "https" and host:
        return False
    if parts.scheme != "http" or not host:
        raise UsageError(f"{variable} is no address", fix="write it as https://HOST")
    if not _is_here(host):
        raise UsageError(
            f"{variable} names a server elsewhere over plain HTTP, where anybody on the way reads "
            "and changes what is shared",
            fix="use https://; http:// is for this machine only",
        )
    return True


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
