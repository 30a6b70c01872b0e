"""Earlier takes of renders as the listening page has them: heard, compared with now, picked."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from songbatch.diff.compare import side_by_side
from songbatch.model import AudioFormat
from songbatch.report.page import EarlierSound, PageSound
from songbatch.report.sounds import Recording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from songbatch.outputs.earlier import EarlierTake
    from songbatch.records import Entry, Manifest
    from songbatch.report.sources import Sources
    from songbatch.selects import Selects


class EarlierSounds:
    """The earlier takes of a page, by render and engine."""

    def __init__(self, sources: Sources, selects: Selects) -> None:
        self._sources = sources
        self._chosen = {heard.audio_sha256 for heard in selects.chosen}
        self._pickers: defaultdict[str, list[str]] = defaultdict(list)
        for one in selects.opinions:
            if one.pick:
                self._pickers[one.heard.audio_sha256].append(one.listener)
        self._takes: defaultdict[tuple[str, str], list[EarlierTake]] = defaultdict(list)
        for take in sources.earlier:
            self._takes[take.id, take.engine].append(take)

    def recordings(self) -> Iterator[Recording]:
        """Yield the audio of the takes that the page shows."""
        for place, manifest in self._sources.manifests.items():
            for entry in manifest:
                for take in self._takes[entry.id, place[1]]:
                    if not _is_pcm(take):
                        yield Recording(self._file(take), take.audio_sha256)

    def of(
        self, entry: Entry, engine: str, manifest: Manifest, text: Callable[[str], int]
    ) -> list[EarlierSound]:
        """Return the earlier takes of a render; `text` gives the number of a text of the page."""
        takes = [self._sound(t, entry, manifest, text) for t in self._takes[entry.id, engine]]
        return sorted(takes, key=lambda take: (not take.is_chosen, not take.picked_by))

    def _sound(
        self, take: EarlierTake, entry: Entry, manifest: Manifest, text: Callable[[str], int]
    ) -> EarlierSound:
        was = take.entry
        measures = was.measures if was is not None else None
        return EarlierSound(
            id=take.id,
            engine=take.engine,
            key=take.key,
            audio_sha256=take.audio_sha256,
            output=self._file(take),
            sound=self._page_sound(take, measures.lufs if measures else None),
            at=take.at or "",
            commit=take.commit,
            cost_usd=take.cost_usd,
            lyrics=None if was is None else text(was.lyrics or ""),
            change=_change(take, entry, manifest),
            lines=_lines(was, entry),
            measures=None if measures is None else msgspec.to_builtins(measures),
            findings=[msgspec.to_builtins(f) for f in was.remarks] if was else [],
            picked_by=sorted(self._pickers[take.audio_sha256]),
            is_chosen=take.audio_sha256 in self._chosen,
        )

    def _page_sound(self, take: EarlierTake, lufs: float | None) -> PageSound:
        if _is_pcm(take):
            return PageSound(None, take.seconds, lufs)
        recording = Recording(self._file(take), take.audio_sha256)
        sound = self._sources.sounds.sound(recording, take.seconds, lufs)
        if take.entry is None and not sound.waveform:
            # Nobody wrote down what it is, and it cannot be decoded.
            return PageSound(None, take.seconds, lufs)
        return sound

    def _file(self, take: EarlierTake) -> str:
        # Where an output has the audio, its name shows players what it is.
        return self._sources.audio_files.find(take.entry) or self._sources.audio_files.blob(
            take.audio_sha256
        )


def _is_pcm(take: EarlierTake) -> bool:
    return take.entry is not None and take.entry.audio.format is AudioFormat.PCM


def _change(take: EarlierTake, now: Entry, manifest: Manifest) -> str:
    if take.entry is None or take.identity is None:
        return ""
    changes = now.inputs(manifest.engine).changes_since(take.entry.inputs(take.identity))
    return ", ".join(f"{change.field} changed" for change in changes) or "rendered again"


def _lines(was: Entry | None, now: Entry) -> list[tuple[str | None, str | None]]:
    if was is None or was.lyrics == now.lyrics:
        return []
    rows = side_by_side(was.lyrics or "", now.lyrics or "")
    return [(row.was, row.now) for row in rows if not row.is_same]
