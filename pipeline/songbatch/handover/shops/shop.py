"""A shop and its demands, as they stand in its file."""

from __future__ import annotations

from typing import Literal

import msgspec

Level = Literal["required", "advised", "told"]
"""Refused without it; taken, but better with it; a thing to do there by hand."""
Sureness = Literal["documented", "reported", "unconfirmed"]
"""The shop's own page says so; others say that it does; nobody was found who does."""
Value = str | float


class Requirement(msgspec.Struct, frozen=True, kw_only=True):
    """One demand: what is looked at (`songbatch.handover.shops.quantities`), and what it may be.

    `source` is the address that says so, `read` the month in which it was read.
    """

    check: str
    source: str
    read: str
    sure: Sureness
    level: Level = "required"
    present: bool = False
    any: tuple[Value, ...] = ()
    none: tuple[Value, ...] = ()
    min: float | None = None
    max: float | None = None
    fix: str = ""


class Shop(msgspec.Struct, frozen=True, kw_only=True):
    """A shop: what it is called, where it is, and its demands."""

    version: Literal[1]
    title: str
    address: str
    rules: tuple[Requirement, ...]
    note: str = ""
