"""Budget of steps for templates: work is counted, never time.

Whether a template is valid must not depend on the machine. A step is about a tenth of a
microsecond to a few of them: a part of the template passed, a character or an item handled.
"""

from __future__ import annotations

from collections.abc import ItemsView, KeysView, Set, ValuesView
from typing import TYPE_CHECKING, Any, NoReturn

from jinja2.environment import TemplateModule
from jinja2.utils import Namespace

from songbatch.lyrics.bounds import ADVANCE, MAX_STEPS, STEPS_EACH, TooMuch

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_ITERATIONS = 100_000
"""Of all the ranges of one rendering together."""
_PRODUCT_A_STEP = 1024
"""Searching a text for another takes, at worst, the product of their lengths."""
_PLAIN = frozenset({str, range, int, float, bool, type(None)})
_CONTAINERS = (list, tuple, Set, KeysView, ValuesView, ItemsView)


class Steps:
    """Counts the steps of a rendering against its budget, and those of all against theirs."""

    def __init__(self) -> None:
        self._together = ADVANCE
        self._granted = self._left = self._excess = 0
        self._iterations = MAX_ITERATIONS

    @property
    def excess(self) -> int:
        """The steps renderings took beyond STEPS_EACH, those that took less not counted."""
        return self._excess + max(0, self._granted - self._left - STEPS_EACH)

    def refill(self) -> None:
        """Begin another rendering."""
        self._excess = self.excess
        self._together += STEPS_EACH - (self._granted - self._left)
        self._granted = self._left = max(0, min(MAX_STEPS, self._together))
        self._iterations = MAX_ITERATIONS

    def spend(self, count: int) -> bool:
        """Count steps, and return True, for use in conditions. Raises TooMuch with none left."""
        self._left -= count
        if self._left < 0:
            self._give_up()
        return True

    def _give_up(self) -> NoReturn:
        self._left = 0
        if self._granted < MAX_STEPS:
            raise TooMuch("too many steps in all texts of the spec together")
        raise TooMuch(f"more than {MAX_STEPS:,} steps")

    def weigh(self, value: Any) -> None:
        """Count a value with everything in it, as often as it is in it.

        Lists can hold one list twice, and so on: printed, hashed or compared, thirty levels of
        that never end.
        """
        kind = type(value)
        # Every filter and every call comes by here.
        self._left -= 1 + len(value) if kind is str or kind is range else 1
        if self._left < 0:
            self._give_up()
        if kind not in _PLAIN:
            for part in _parts(value):
                self.weigh(part)

    def search(self, text: Any, wanted: Any) -> None:
        """Count what it takes to search a text for another."""
        if isinstance(text, str) and isinstance(wanted, str):
            self.spend(len(text) * len(wanted) // _PRODUCT_A_STEP)

    def range(self, *arguments: int) -> range:
        """Return `range(*arguments)`. Raises TooMuch when the iterations are used up."""
        steps = range(*arguments)
        # len() of a range overflows beyond 2**63; its bounds do not.
        size = abs(steps.stop - steps.start) // abs(steps.step) + 1 if steps else 0
        self._iterations -= size
        if self._iterations < 0:
            raise TooMuch(f"more than {MAX_ITERATIONS:,} steps of range()")
        return steps


def _parts(value: Any) -> Iterable[Any]:
    """Return what is in a value and shows when it is printed, hashed or compared."""
    if isinstance(value, dict):
        return (part for pair in value.items() for part in pair)
    if isinstance(value, _CONTAINERS):
        return value
    if isinstance(value, str):
        return (str(value),)  # a kind of text of jinja2's
    if isinstance(value, Namespace):
        return (object.__getattribute__(value, "_Namespace__attrs"),)
    if isinstance(value, TemplateModule):
        # An imported template prints what it made.
        return (value._body_stream,)
    return ()
