"""Selection of the renders that take part: shell globs on their ids."""

from __future__ import annotations

import re
from fnmatch import translate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class Selection:
    """`--select` and `--exclude`: a render takes part if some `select` and no `exclude` matches.

    A pattern is matched against the whole id (`friends/birthday/happy/2`), the id without its spec,
    and everything above it: `friends`, `birthday` and `birthday/*` all match it.
    """

    def __init__(self, select: Sequence[str] = (), exclude: Sequence[str] = ()) -> None:
        self._select = [re.compile(translate(pattern)) for pattern in select]
        self._exclude = [re.compile(translate(pattern)) for pattern in exclude]

    @property
    def is_partial(self) -> bool:
        """Whether anything may be left out."""
        return bool(self._select or self._exclude)

    def takes(self, render_id: str) -> bool:
        """Return whether the render with this id takes part."""
        if not self.is_partial:
            return True
        names = _names(render_id)
        selected = not self._select or any(p.match(n) for p in self._select for n in names)
        return selected and not any(p.match(n) for p in self._exclude for n in names)


def _names(render_id: str) -> list[str]:
    parts = render_id.split("/")
    whole = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
    below_spec = ["/".join(parts[1:end]) for end in range(2, len(parts) + 1)]
    return whole + below_spec
