"""What goes wrong with which request: scripts of an endpoint, and of single songs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from support.acestep.troubles import Mishap, Trouble


class SongScripts:
    """Mishaps and troubles of songs that are known by words of their lyrics.

    So a client can ask for many songs at once, each with a misfortune of its own. `requests` counts
    by endpoint and words; those of songs without a script are not counted.
    """

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, str]] = Counter()
        self._mishaps: dict[tuple[str, str], list[Mishap | None]] = {}
        self._troubles: dict[str, list[Trouble | None]] = {}

    def add(self, endpoint: str, words: str, mishaps: Iterable[Mishap | None]) -> None:
        """Answer the next requests to `submit` or `download` for such a song with these."""
        self._mishaps.setdefault((endpoint, words), []).extend(mishaps)

    def add_jobs(self, words: str, troubles: Iterable[Trouble | None]) -> None:
        """Let these become of the next jobs of such a song."""
        self._troubles.setdefault(words, []).extend(troubles)

    def clear(self) -> None:
        """Let everything go right from now on; the songs are counted on."""
        for mishaps in self._mishaps.values():
            mishaps.clear()
        for troubles in self._troubles.values():
            troubles.clear()

    def next(self, endpoint: str, lyrics: str) -> Mishap | None:
        """Count a request; return what becomes of its answer."""
        for (name, words), script in self._mishaps.items():
            if name == endpoint and words in lyrics:
                self.requests[endpoint, words] += 1
                return script.pop(0) if script else None
        return None

    def next_job(self, lyrics: str) -> Trouble | None:
        """Return what becomes of a job."""
        for words, script in self._troubles.items():
            if words in lyrics:
                return script.pop(0) if script else None
        return None
