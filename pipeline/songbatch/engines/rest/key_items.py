"""Key of a service that was tried and not taken, as `songbatch doctor` tells of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.engines.base import Verdict
from songbatch.engines.health import HealthItem, failed, warning

if TYPE_CHECKING:
    from songbatch.engines.base import EngineError


def key_item(error: EngineError) -> HealthItem:
    """Return what an error says of the key: that it is refused, or that nobody knows."""
    if error.verdict is Verdict.STOP:
        return failed("key", str(error), error.fix)
    return warning("key", f"could not be tried: {error}")
