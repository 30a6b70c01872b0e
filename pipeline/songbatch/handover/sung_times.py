"""Times of what is sung: what the engine said or writes in its score, else what lies beside a song.

Of words only an engine that writes a score knows when they are sung.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.lyrics import words_only
from songbatch.outputs.lrc import read_timed
from songbatch.traits import UnknownEngine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from songbatch.album import LineTimes
    from songbatch.engines.catalog import Engines
    from songbatch.engines.outline import SongOutline
    from songbatch.handover.mastering_cache import MasteringCache
    from songbatch.handover.takes import AlbumTake
    from songbatch.model import ReferenceUse
    from songbatch.outputs.audio_files import AudioFiles
    from songbatch.records import Receipt
    from songbatch.workspace import Workspace

OFF = 0.5
"""Seconds by which a score may be longer or shorter than the audio: encoders add some."""


class SungTimes(msgspec.Struct, frozen=True):
    """Seconds of a song, and the lines and words that begin then; empty for what is not known."""

    lines: LineTimes = ()
    words: LineTimes = ()


class SungTimesFinder:
    """Finds the times of takes: in the ledger's receipts, at engines, beside outputs."""

    def __init__(
        self,
        workspace: Workspace,
        engines: Engines,
        audio_files: AudioFiles,
        receipts: Mapping[str, Receipt],
        cache: MasteringCache,
    ) -> None:
        self._workspace, self._engines = workspace, engines
        self._audio_files, self._receipts = audio_files, receipts
        self._cache = cache

    def find(self, take: AlbumTake) -> SungTimes:
        """Return what is known of a take."""
        entry = take.entry
        if not entry.lyrics or entry.vocals == "none":
            return SungTimes()
        words = self._words(take)
        receipt = self._receipts.get(entry.key)
        if receipt is not None and receipt.facts.line_times:
            return SungTimes(tuple(receipt.facts.line_times), words)
        if fitting := times_of_words(words_only(entry.lyrics), words):
            return fitting
        timed = read_timed(entry.output, entry.key, self._workspace)
        return SungTimes(tuple(timed[1]) if timed is not None else (), words)

    def _words(self, take: AlbumTake) -> LineTimes:
        """Return the words of a score; writing one again takes as long as drafting a song."""
        key = self._cache.key("words", take.entry.key, take.entry.seconds)
        known = self._cache.words(key)
        if known is None:
            outline = self._outline(take)
            known = _sung_words(outline) if outline is not None else ()
            if known:
                self._cache.keep(key, known)
        return known

    def _outline(self, take: AlbumTake) -> SongOutline | None:
        """Return the score of a take, if its engine would write the same today."""
        try:
            engine = self._engines[take.engine.name]
        except UnknownEngine:
            return None
        inputs = take.entry.inputs(take.engine)
        if engine.identity != take.engine or inputs.key != take.entry.key:
            return None
        outline = engine.outline(inputs, lambda use: self._reference(take, use))
        is_its = outline is not None and abs(outline.seconds - (take.entry.seconds or 0.0)) <= OFF
        return outline if is_its else None

    def _reference(self, take: AlbumTake, use: ReferenceUse) -> bytes | None:
        listed = take.manifest.references.values() if take.manifest is not None else ()
        for reference in (one for one in listed if one.sha256 == use.sha256):
            if file := self._audio_files.find_reference(reference):
                return self._workspace.read_bytes(file)
        return None


def _sung_words(outline: SongOutline) -> LineTimes:
    sung = (note for note in outline.notes if note.word and not note.is_played)
    return tuple((round(note.start, 3), note.word) for note in sung)


def times_of_words(lyrics: str, words: Sequence[tuple[float, str]]) -> SungTimes | None:
    """Return the times of lyrics, as they are written, by those of sung words; None for no fit."""
    lines = [line.strip() for line in lyrics.split("\n") if line.strip()]
    written = [word for line in lines for word in line.split()]
    if not words or len(written) != len(words):
        return None
    begins, at = [], 0
    for line in lines:
        begins.append((words[at][0], line))
        at += len(line.split())
    return SungTimes(
        tuple(begins), tuple((time, word) for (time, _), word in zip(words, written, strict=True))
    )
