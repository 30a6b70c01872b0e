"""Recordings that engines do not take as they are, brought into WAV before they are handed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.plan import Action
from songbatch.run.events import StepDone, StepStarted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from songbatch.files.tree import Tree
    from songbatch.model import RecordingCut, Reference, Track
    from songbatch.run.events import Listener


class Converting(msgspec.Struct, frozen=True):
    """Makes WAVs of recordings where engines need them; they are kept in `state`."""

    state: Tree
    listener: Listener

    def taken(self, reference: Reference, data: bytes, digest: str) -> bytes:
        """Return what engines get for a reference whose bytes are `data`. Raises AudioProblem."""
        from songbatch.store.conversions import Conversions  # noqa: PLC0415  (few runs upload)

        def on_convert() -> Callable[[], None]:
            self.listener(StepStarted(Action.CONVERT, reference.source))
            return lambda: self.listener(StepDone(Action.CONVERT, reference.source))

        conversions = Conversions(self.state)
        return conversions.taken(data, digest, reference.cut, on_convert)


def converted_before(
    tracks: Mapping[str, Mapping[str, Track]], state: Tree
) -> frozenset[tuple[str, RecordingCut | None]]:
    """Return the recordings and cuts of which there is a WAV already."""
    wanted = set(_converted(track for named in tracks.values() for track in named.values()))
    if not wanted:
        return frozenset()
    from songbatch.store.conversions import Conversions  # noqa: PLC0415  (few projects need any)

    conversions = Conversions(state)
    return frozenset(one for one in wanted if conversions.has(*one))


def _converted(tracks: Iterable[Track]) -> Iterable[tuple[str, RecordingCut | None]]:
    return ((track.sha256, track.cut) for track in tracks if track.kind)
