"""The last manifest of a spec, as the record of what was paid for. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from songbatch.model import Render
    from songbatch.records import Entry, Manifest


class LastManifest:
    """The last manifest's entries for `renders`, which are all that the spec has now."""

    def __init__(self, last: Manifest | None, renders: Iterable[Render]) -> None:
        keys = {render.id: render.key for render in renders}
        self.by_id = {entry.id: entry for entry in last or ()}
        # After a merge of two branches there may be two records of a render.
        self.by_id |= {e.id: e for e in last or () if keys.get(e.id) == e.key}
        self._free: dict[str, list[Entry]] = {}
        """By key: entries whose render has another name or another key by now."""
        for entry in last or ():
            if entry.done and keys.get(entry.id) != entry.key:
                self._free.setdefault(entry.key, []).append(entry)

    def take_paid(self, render: Render) -> Entry | None:
        """Return the entry that records that the audio of a render was received, or None.

        One of another name is returned once: it goes on as that render's.
        """
        own = self.by_id.get(render.id)
        if own is not None and own.done and own.key == render.key:
            return own
        free = self._free.get(render.key)
        return free.pop(0) if free else None


def unlisted_ids(renders: Iterable[Render], recorded: Iterable[Manifest]) -> frozenset[str]:
    """Return the ids of manifests that a run with a profile, or other takes, does not have."""
    listed = {render.id for render in renders}
    return frozenset(e.id for manifest in recorded for e in manifest) - listed


def made_before(
    last: Manifest | None, keys: Collection[str], elsewhere: Collection[str]
) -> list[Entry]:
    """Return the entries of an engine's songs that their spec has on another engine now.

    They stay, as all of an engine's do that no song of the spec names any more. `keys` are those of
    the engine's renders, `elsewhere` the ids of renders on others. What was renamed goes on as
    another render.
    """
    return [e for e in last or () if e.done and e.id in elsewhere and e.key not in keys]
