"""The free half of a run: outputs from audio that is there. Never sends anything."""

from __future__ import annotations

import contextlib
import itertools
from typing import TYPE_CHECKING, Any

import msgspec

from songbatch.diagnostics import BrokenState
from songbatch.digest import sha256
from songbatch.outputs import entries
from songbatch.outputs.tagged import without_tag
from songbatch.plan import Action
from songbatch.run.delivery import write_output
from songbatch.run.events import StepDone
from songbatch.sources import Unreadable
from songbatch.store.ledger_records import AdoptedRecord

if TYPE_CHECKING:
    from songbatch.plan import Plan, RemoveStep, RenderStep, Snapshot
    from songbatch.records import Entry, Receipt
    from songbatch.run.context import RunContext


_UNTOUCHED = {Action.REUSE, Action.MEASURE}
_FREE = _UNTOUCHED | {Action.ADOPT, Action.RESTORE}


def apply_free_steps(plan: Plan, snapshot: Snapshot, context: RunContext) -> dict[str, Entry]:
    """Do the plan's free steps; return the entries of the renders that they finish, by id."""
    free_steps = _FreeSteps(snapshot, context)
    finished = {}
    for step in plan.renders:
        if step.action in _FREE:
            finished[step.render.id] = free_steps.finish(step)
    for removal in plan.removals:
        free_steps.remove(removal)
    return finished


class _FreeSteps:
    def __init__(self, snapshot: Snapshot, context: RunContext) -> None:
        self._context = context
        self._snapshot = snapshot

    def finish(self, step: RenderStep) -> Entry:
        render = step.render
        before = self._snapshot.before(render)
        if step.action in _UNTOUCHED and before is not None:
            return entries.kept(render, before)
        receipt = self._context.ledger.state.receipts.get(render.key)
        if receipt is None or not self._context.blobs.has(receipt.audio_sha256, receipt.bytes):
            receipt = self._adopt(render.key)
        if step.action is Action.ADOPT and before is not None:
            entry = entries.kept(render, before)
        else:
            entry = write_output(render, receipt, self._context, before)
        self._context.listener(StepDone(step.action, render.id, step.why, render.output))
        return entry

    def remove(self, step: RemoveStep) -> None:
        entry = step.entry
        if entry.audio_sha256 is not None and not self._context.blobs.has(entry.audio_sha256):
            self._adopt(entry.key)
        self._context.workspace.remove(entry.output)
        self._context.listener(StepDone(Action.REMOVE, entry.output, step.why))

    def _adopt(self, key: str) -> Receipt:
        """Write down audio that a manifest vouches for: of an output, or in the store."""
        known = self._snapshot.finished.get(key, ()), self._snapshot.earlier.get(key, ())
        for entry in itertools.chain(*known):
            audio = self._received(entry)
            if audio is not None and self._is_its(entry, audio):
                return self._keep(entry, audio)
        raise BrokenState(
            f"the audio of key {key[:12]} changed while this run looked at them",
            fix="run again",
        )

    def _is_its(self, entry: Entry, audio: bytes) -> bool:
        # Another machine's encoder may have written the output that is recorded, or this one's.
        is_encoded = entry.song_sha256 is not None and self._snapshot.intact(entry)
        return is_encoded or sha256(audio) == entry.audio_sha256

    def _received(self, entry: Entry) -> bytes | None:
        # An output that was made of a master is not the audio as it was received.
        if entry.master is None and self._snapshot.intact(entry):
            with contextlib.suppress(Unreadable):
                return without_tag(self._context.workspace.read_bytes(entry.output), entry)
        if entry.audio_sha256 is not None and self._context.blobs.has(entry.audio_sha256):
            return self._context.blobs.read(entry.audio_sha256)
        return None

    def _keep(self, entry: Entry, audio: bytes) -> Receipt:
        blob = self._context.blobs.keep(audio)
        if entry.audio_sha256 is not None:
            self._context.blobs.own_encodings.remember(entry.audio_sha256, blob.sha256)
        self._context.ledger.append(
            AdoptedRecord(
                key=entry.key,
                audio_sha256=blob.sha256,
                bytes=blob.bytes,
                seconds=entry.seconds,
                trace_id=entry.trace_id,
                cost_usd=entry.cost_usd,
                song_sha256=entry.song_sha256 or msgspec.UNSET,
                **self._told(entry),
            )
        )
        return self._context.ledger.state.receipts[entry.key]

    def _told(self, entry: Entry) -> dict[str, Any]:
        """Return what an entry tells of how its audio came; that of a copy's tag tells nothing."""
        if entry.rendered_at is None:
            return {}
        told = ("rendered_at", "attempts", "unknown_outcomes")
        return {name: getattr(entry, name) for name in told}
