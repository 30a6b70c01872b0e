"""Numbers on the command line: what click's own types let through is refused here."""

from __future__ import annotations

import math
import re
from typing import Any

import click


class Finite(click.FloatRange):
    """A number in a range, and a number it must be: `nan` is in every range, `inf` in many."""

    name = "finite number"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number. Raises click.BadParameter."""
        number: float = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a finite number", param, ctx)
        return number


_SECONDS = {"": 86_400.0, "d": 86_400.0, "w": 604_800.0, "h": 3_600.0}


def age(_context: click.Context, _option: click.Parameter, value: str) -> float:
    """Return a time that has passed, `90d`, `12w`, `36h`, or days, in seconds.

    Raises click.BadParameter.
    """
    match = re.fullmatch(r"([0-9]{1,6})([dwh]?)", value.strip())
    if match is None:
        raise click.BadParameter(f"{value!r} is no age; write 90d, 12w or 36h")
    return int(match[1]) * _SECONDS[match[2]]
