"""Findings about a service before anything is asked of it, for `songbatch doctor`."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class HealthState(StrEnum):
    """A `failed` finding means that a render would fail."""

    FINE = "ok"
    WARNING = "warning"
    FAILED = "failed"


class HealthItem(msgspec.Struct, frozen=True):
    """One finding: what was looked at, how it is, one sentence, and what to do."""

    subject: str
    state: HealthState
    text: str
    fix: str = ""


def fine(subject: str, text: str) -> HealthItem:
    """Return a finding that all is well."""
    return HealthItem(subject, HealthState.FINE, text)


def warning(subject: str, text: str, fix: str = "") -> HealthItem:
    """Return a finding that deserves a look."""
    return HealthItem(subject, HealthState.WARNING, text, fix)


def failed(subject: str, text: str, fix: str = "") -> HealthItem:
    """Return a finding that keeps renders from being made."""
    return HealthItem(subject, HealthState.FAILED, text, fix)
