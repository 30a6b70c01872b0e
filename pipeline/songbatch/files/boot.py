"""Starts of the system: what tells this one from all others, where the system says it."""

from __future__ import annotations

_BOOT_ID = "/proc/sys/kernel/random/boot_id"


def boot_id() -> str:
    """Return the id of this start of the kernel, "" where it does not say (all but Linux)."""
    try:
        with open(_BOOT_ID, "rb") as file:
            return file.read(64).decode("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
