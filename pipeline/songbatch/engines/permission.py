"""Permission to send a key: a project's file, which may be a stranger's, cannot give it.

An address gets a key only if it is the engine's usual one, on this machine, or named for that
engine by the user: in the environment, or in the user's own configuration.
"""

from __future__ import annotations

import ipaddress
import json
import re
from typing import TYPE_CHECKING

import msgspec

from songbatch.diagnostics import Refused
from songbatch.documents.user_config import NAME, user_config_folder

if TYPE_CHECKING:
    from collections.abc import Collection

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[!-~]*)?",
    re.IGNORECASE,
)
"""What no two readers of addresses take for different hosts: what else there is, is no host."""

_DEFAULT_PORTS = {"http": 80, "https": 443}


class Address(msgspec.Struct, frozen=True):
    """Where a key would go. `key_env` is the variable that holds it; None for the usual one."""

    url: str
    key_env: str | None = None


def demand_permission(
    engine: str, wanted: Address, permitted: Collection[Address], usual_key: str
) -> None:
    """Raise Refused unless a key may be sent there. `usual_key` is the engine's usual variable."""
    if _is_loopback(wanted.url):
        return
    if _same(wanted, usual_key) in {_same(each, usual_key) for each in permitted}:
        return
    section = engine.partition("/")[0]
    said = f"url: {json.dumps(_shown(wanted.url), ensure_ascii=False)}"
    if wanted.key_env is not None and wanted.key_env != usual_key:
        said += f", key_env: {wanted.key_env}"
    key = f"the key in {wanted.key_env or usual_key}"
    raise Refused(
        f"songbatch.yaml would send {key} to {_shown(wanted.url)}, "
        f"and you have not said that this address may have it for the engine {section}",
        fix=f"if it may, write `engines: {{{section}: {{{said}}}}}` below `version: 1` into "
        f"{user_config_folder() / NAME}; if not, unset {wanted.key_env or usual_key} for this run",
    )


def _is_loopback(url: str) -> bool:
    match = _URL.fullmatch(url)
    if match is None:
        return False
    host = match["host"].lower()
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _same(address: Address, usual_key: str) -> tuple[str, str]:
    """Return what is equal for two ways of writing one address and variable."""
    match = _URL.fullmatch(address.url)
    where = address.url
    if match is not None:
        scheme = match["scheme"].lower()
        port = int(match["port"] or _DEFAULT_PORTS[scheme])
        path = (match["path"] or "").rstrip("/")
        where = f"{scheme}://{match['host'].lower()}:{port}{path}"
    return where, address.key_env or usual_key


def _shown(url: str) -> str:
    return re.sub(r"//[^/]*@", "//…@", url)
