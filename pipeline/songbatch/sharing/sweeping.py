"""Sweeping: what any run that ends clears away, as far as it may."""

from __future__ import annotations

import contextlib
import itertools
from typing import TYPE_CHECKING

from songbatch.sharing import names
from songbatch.sharing.trouble import StoreTrouble, Withheld

if TYPE_CHECKING:
    from songbatch.sharing.objects import Objects

WEEK_SECONDS = 7 * 86_400.0
DAY_SECONDS = 86_400.0
MOST = 200
"""Names of a kind that one run looks at: the next one goes on."""


def sweep(objects: Objects, now: float) -> None:
    """Remove signs of life of a week ago, and what probes and writes left, while that goes well.

    `now` is by the store's clock.
    """
    ages = {names.PROBES: DAY_SECONDS, names.BEATS: WEEK_SECONDS, names.PARTIAL: WEEK_SECONDS}
    with contextlib.suppress(StoreTrouble, Withheld):
        for folder, age in ages.items():
            for listed in itertools.islice(objects.listed(folder), MOST):
                if names.is_passing(listed.path) and now - listed.modified > age:
                    objects.remove(listed.path)
