"""Groups of things that are alike, told once, in the order of their first members."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

MOST_SINGLE = 3
"""So many things with the very same cause are listed one by one; of more, so many are named."""

Item = TypeVar("Item")


def groups(items: Iterable[Item], cause: Callable[[Item], Hashable]) -> Iterator[list[Item]]:
    """Yield items: those that have one cause together if they are many, else one by one.

    A cause of None is nobody else's.
    """
    listed = list(items)
    alike: dict[Hashable, list[Item]] = {}
    for item in listed:
        alike.setdefault(cause(item), []).append(item)
    for item in listed:
        group = alike[cause(item)]
        if cause(item) is None or len(group) <= MOST_SINGLE:
            yield [item]
        elif group[0] is item:
            yield group


def some(names: Sequence[str]) -> str:
    """Return `a`, `a, b, c`, `a, b, c and 57 more`."""
    shown = ", ".join(names[:MOST_SINGLE])
    left = len(names) - MOST_SINGLE
    return f"{shown} and {left:,} more" if left > 0 else shown
