"""Joining of songs whose parts are all here, after delivery. Sends nothing, and costs nothing.

What comes of it is put down as received audio, under the key of the song: whatever is done with
songs is done with it.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from songbatch.digest import sha256
from songbatch.plan import Action
from songbatch.records import ServiceFacts
from songbatch.run.delivery import StoredAudio, deliver
from songbatch.run.events import StepDone, StepStarted
from songbatch.store.ledger_records import AdoptedRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from songbatch.engines.entry import EngineEntry, LineTimes
    from songbatch.model import Render
    from songbatch.plan import RenderStep
    from songbatch.records import Entry, Receipt
    from songbatch.run.context import RunContext


class JoinedSongs(msgspec.Struct, frozen=True):
    """The entries of the songs that were joined, and why others were not, by render id."""

    entries: Mapping[str, Entry]
    errors: Mapping[str, str]


def join_songs(
    steps: Iterable[RenderStep],
    engine: EngineEntry,
    before: Callable[[Render], Entry | None],
    context: RunContext,
    line_times: Callable[[Render], LineTimes],
    is_stopped: Callable[[], bool],
) -> JoinedSongs:
    """Join the songs among the steps of a plan whose parts are all here.

    `before` returns what the last manifests say of a render's audio, `line_times` when the lines of
    a part are sung, if its engine knows.
    """
    entries: dict[str, Entry] = {}
    errors: dict[str, str] = {}
    joining = _SongJoining(engine, before, context, line_times)
    for step in steps:
        if step.action is not Action.JOIN or is_stopped():
            continue
        lacking = [part.id for part in step.render.parts if not joining.has(part)]
        if lacking:
            errors[step.render.id] = f"a part has no audio: {lacking[0]}"
            continue
        try:
            entries[step.render.id] = joining.joined(step)
        except joining.problems as problem:
            errors[step.render.id] = f"its parts cannot be joined: {problem}"
    return JoinedSongs(entries, errors)


class _SongJoining:
    def __init__(
        self,
        engine: EngineEntry,
        before: Callable[[Render], Entry | None],
        context: RunContext,
        line_times: Callable[[Render], LineTimes],
    ) -> None:
        from songbatch.audio.probe import AudioProblem  # noqa: PLC0415  (few runs join)

        self.problems = AudioProblem
        self._engine = engine
        self._before = before
        self._context = context
        self._line_times = line_times

    def has(self, part: Render) -> bool:
        """Return whether the audio of a part is here."""
        receipt = self._receipt(part)
        return receipt is not None and self._context.blobs.has(receipt.audio_sha256, receipt.bytes)

    def _receipt(self, part: Render) -> Receipt | None:
        return self._context.ledger.state.receipts.get(part.key)

    def joined(self, step: RenderStep) -> Entry:
        """Join the parts of a song, put down what it is, and write its output."""
        from songbatch.audio.delivery import inspect  # noqa: PLC0415
        from songbatch.audio.joining import Overlap, join  # noqa: PLC0415  (loads numpy)

        song, context, rule = step.render, self._context, self._engine.traits.parts
        began = time.monotonic()
        context.listener(StepStarted(Action.JOIN, song.id))
        receipts = [receipt for part in song.parts if (receipt := self._receipt(part))]
        setting = song.unresolved.audio
        made = join(
            (context.blobs.read(receipt.audio_sha256) for receipt in receipts),
            setting,
            Overlap(rule.lead, rule.tail) if rule.carries_on else None,
        )
        inspected = inspect(made.audio, setting)
        blob = context.blobs.keep(made.audio)
        context.ledger.append(
            AdoptedRecord(
                key=song.key,
                audio_sha256=blob.sha256,
                bytes=blob.bytes,
                seconds=inspected.info.seconds,
                cost_usd=0.0,
                song_sha256=_song_sha256(receipts) or msgspec.UNSET,
                id=song.id,
                engine=self._engine.identity.name,
                # As every machine has it that joins these.
                rendered_at=max(receipt.at for receipt in receipts),
                facts=ServiceFacts(
                    notes=tuple(self._notes(song, receipts)),
                    line_times=tuple(self._times(song, made.shifts)),
                    part_starts=tuple(round(start, 6) for start in made.starts),
                    part_audio=tuple(receipt.audio_sha256 for receipt in receipts),
                ),
            )
        )
        receipt = context.ledger.state.receipts[song.key]
        stored = StoredAudio(receipt, made.audio, inspected)
        entry = deliver(song, stored, context, self._before(song))
        took = round(time.monotonic() - began, 3)
        seconds = round(inspected.info.seconds, 3)
        context.listener(
            StepDone(Action.JOIN, song.id, step.why, song.output, took=took, seconds=seconds)
        )
        return entry

    def _times(self, song: Render, shifts: tuple[float, ...]) -> Iterator[tuple[float, str]]:
        """Yield when the lines of a song are sung, if that is known of all of its parts."""
        of_parts = [self._line_times(part) for part in song.parts]
        if not all(of_parts):
            return
        for times, shift in zip(of_parts, shifts, strict=True):
            for start, line in times:
                yield round(start + shift, 3), line

    def _notes(self, song: Render, receipts: list[Receipt]) -> Iterator[str]:
        """Yield how the parts differ where nothing sees to it that they are one performance."""
        if self._engine.traits.parts.carries_on:
            return
        from songbatch.run.likeness import differences  # noqa: PLC0415  (loads the analysis)

        parts = [(part.id, partial(self._context.blobs.read, one.audio_sha256))
                 for part, one in zip(song.parts, receipts, strict=True)]  # fmt: skip
        yield from differences(parts)


def _song_sha256(receipts: list[Receipt]) -> str | None:
    """Return what a song is on every machine, if that is known of its parts."""
    digests = [receipt.song_sha256 for receipt in receipts]
    if None in digests:
        return None
    return sha256("".join(map(str, digests)).encode())
