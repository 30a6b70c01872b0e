"""Earlier takes of renders as the listening page has them: heard, compared with now, picked."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from songbatch.diff.compare import side_by_side
from songbatch.model import AudioFormat
from songbatch.report.page import GONE, EarlierSound, PageSound, Take
from songbatch.report.sounds import Recording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from songbatch.outputs.earlier import EarlierTake
    from songbatch.records import Entry, Manifest
    from songbatch.report.sources import Sources
    from songbatch.selects import Selects

_DIGITS = 10
"""A number of a take has fewer."""


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
        heard = {one.heard.audio_sha256: one.heard.engine for one in selects.opinions}
        for take in sources.earlier:
            # Old ledgers do not say which engine it was, but who has heard it does.
            engine = take.engine or heard.get(take.audio_sha256, "")
            if engine and take.id.count("/") > 1:
                self._takes[take.id, engine].append(msgspec.structs.replace(take, engine=engine))

    def recordings(self) -> Iterator[Recording]:
        """Yield the audio of the takes."""
        for take in (take for takes in self._takes.values() for take in takes):
            if not _is_pcm(take):
                yield Recording(self._file(take), take.audio_sha256)

    def of(
        self, entry: Entry, engine: str, manifest: Manifest, text: Callable[[str], int]
    ) -> list[EarlierSound]:
        """Return the earlier takes of a render; `text` gives the number of a text of the page."""
        return self._sounds(self._takes.get((entry.id, engine), ()), entry, manifest, text)

    def without_render(self, text: Callable[[str], int]) -> Iterator[tuple[Entry | None, Take]]:
        """Yield a take without audio, and what was written down, for each render that is no more.

        Its earlier takes are all that there is of it.
        """
        renders = {
            (entry.id, place[1])
            for place, manifest in self._sources.manifests.items()
            for entry in manifest
        }
        for place in sorted(self._takes.keys() - renders):
            takes = self._takes[place]
            last = next((take.entry for take in takes if take.entry is not None), None)
            yield last, _gone(place, last, self._sounds(takes, None, None, text), text)

    def _sounds(
        self,
        takes: Iterable[EarlierTake],
        entry: Entry | None,
        manifest: Manifest | None,
        text: Callable[[str], int],
    ) -> list[EarlierSound]:
        sounds = [self._sound(take, entry, manifest, text) for take in takes]
        return sorted(sounds, key=lambda take: (not take.is_chosen, not take.picked_by))

    def _sound(
        self,
        take: EarlierTake,
        entry: Entry | None,
        manifest: Manifest | None,
        text: Callable[[str], int],
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


def _gone(
    place: tuple[str, str],
    last: Entry | None,
    earlier: Sequence[EarlierSound],
    text: Callable[[str], int],
) -> Take:
    name, engine = place
    number = name.rpartition("/")[2]
    uses = (use for use in (last.voice, last.instrumental) if use is not None) if last else ()
    return Take(
        id=name,
        engine=engine,
        take=int(number) if number.isdecimal() and len(number) < _DIGITS else 1,
        status=GONE,
        said="no longer among the outputs",
        audio_sha256=None,
        sound=PageSound(None),
        output="",
        lyrics=text(last.lyrics or "" if last else ""),
        times=(),
        references=list(dict.fromkeys(use.sha256 for use in uses)),
        findings=(),
        cost_usd=None,
        change="",
        before=None,
        earlier=earlier,
    )


def _change(take: EarlierTake, now: Entry | None, manifest: Manifest | None) -> str:
    if take.entry is None or take.identity is None or now is None or manifest is None:
        return ""
    changes = now.inputs(manifest.engine).changes_since(take.entry.inputs(take.identity))
    return ", ".join(f"{change.field} changed" for change in changes) or "rendered again"


def _lines(was: Entry | None, now: Entry | None) -> list[tuple[str | None, str | None]]:
    if was is None or now is None or was.lyrics == now.lyrics:
        return []
    rows = side_by_side(was.lyrics or "", now.lyrics or "")
    return [(row.was, row.now) for row in rows if not row.is_same]
