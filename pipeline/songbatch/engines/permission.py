"""Permission to send a key: a project's file, which may be a stranger's, cannot give it.

An address gets a key only if it is the engine's usual one, on this machine, or named for that
engine by the user: in the environment, or in the user's own configuration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from songbatch.diagnostics import Refused

if TYPE_CHECKING:
    from collections.abc import Collection

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Address(msgspec.Struct, frozen=True):
    """Where a key would go. `key_env` is the variable that holds it; None for the usual one."""

    url: str
    key_env: str | None = None


def demand_permission(engine: str, wanted: Address, permitted: Collection[Address]) -> None:
    """Raise Refused unless a key may be sent there."""
    if _host(wanted.url) in _LOOPBACK or wanted in permitted:
        return
    line = f"url: {wanted.url}"
    if wanted.key_env is not None:
        line += f", key_env: {wanted.key_env}"
    section = engine.partition("/")[0]
    raise Refused(
        f"songbatch.yaml sends the engine {section}, with your key, to {wanted.url}, "
        "and you have not said that this address may have it",
        fix=f"add to your config.yaml, if it may: engines: {{{section}: {{{line}}}}}",
    )


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
