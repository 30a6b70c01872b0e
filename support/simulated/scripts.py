"""What goes wrong with which request: scripts of an endpoint, and of single songs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


class SongScripts:
    """Mishaps and troubles of songs that are known by words of their lyrics.

    So a client can ask for many songs at once, each with a misfortune of its own. The steps are
    `submit`, `download` and `job`: the last is what becomes of a job that was taken. `requests`
    counts by step and words; those of songs without a script are not counted.
    """

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, str]] = Counter()
        self._scripts: dict[tuple[str, str], list[Any]] = {}

    def add(self, step: str, words: str, script: Iterable[object]) -> None:
        """Let these come of the next times that a step is taken for such a song."""
        self._scripts.setdefault((step, words), []).extend(script)

    def clear(self) -> None:
        """Let everything go right from now on; the songs are counted on."""
        for script in self._scripts.values():
            script.clear()

    def next(self, step: str, lyrics: str) -> Any:
        """Count a step; return what goes wrong with it, or None."""
        for (name, words), script in self._scripts.items():
            if name == step and words in lyrics:
                self.requests[step, words] += 1
                return script.pop(0) if script else None
        return None
