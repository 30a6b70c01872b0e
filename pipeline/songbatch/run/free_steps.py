"""The free half of a run: outputs from audio that is there. Never sends anything."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from songbatch.diagnostics import BrokenState
from songbatch.digest import sha256
from songbatch.outputs import entries
from songbatch.outputs.tagged import undressed
from songbatch.plan import Action
from songbatch.run.delivery import write_output
from songbatch.run.events import Done
from songbatch.sources import Unreadable
from songbatch.store.ledger_records import Adopted

if TYPE_CHECKING:
    from songbatch.plan import Plan, RemoveStep, RenderStep, Snapshot
    from songbatch.records import Entry, Receipt
    from songbatch.run.context import Desk


_UNTOUCHED = {Action.REUSE, Action.MEASURE}
_FREE = _UNTOUCHED | {Action.ADOPT, Action.RESTORE}


def settle(plan: Plan, snapshot: Snapshot, desk: Desk) -> dict[str, Entry]:
    """Do the plan's free steps; return the entries of the renders that they finish, by id."""
    settler = _Settler(snapshot, desk)
    finished = {}
    for step in plan.renders:
        if step.action in _FREE:
            finished[step.render.id] = settler.finish(step)
    for removal in plan.removals:
        settler.remove(removal)
    return finished


class _Settler:
    def __init__(self, snapshot: Snapshot, desk: Desk) -> None:
        self._desk = desk
        self._snapshot = snapshot

    def finish(self, step: RenderStep) -> Entry:
        render = step.render
        before = self._snapshot.before(render)
        if step.action in _UNTOUCHED and before is not None:
            return entries.kept(render, before)
        receipt = self._desk.ledger.state.receipts.get(render.key)
        if receipt is None or not self._desk.blobs.has(receipt.audio_sha256, receipt.bytes):
            receipt = self._adopt(render.key)
        if step.action is Action.ADOPT and before is not None:
            entry = entries.kept(render, before)
        else:
            entry = write_output(render, receipt, self._desk, before)
        self._desk.listener(Done(step.action, render.id, step.why, render.output))
        return entry

    def remove(self, step: RemoveStep) -> None:
        entry = step.entry
        if entry.audio_sha256 is not None and not self._desk.blobs.has(entry.audio_sha256):
            self._adopt(entry.key)
        self._desk.workspace.remove(entry.output)
        self._desk.listener(Done(Action.REMOVE, entry.output, step.reason.value))

    def _adopt(self, key: str) -> Receipt:
        """Write down audio that the last manifest vouches for: of an output, or in the store."""
        for entry in self._snapshot.finished.get(key, ()):
            audio = self._received(entry)
            if audio is not None and sha256(audio) == entry.audio_sha256:
                return self._keep(entry, audio)
        raise BrokenState(
            f"the audio of key {key[:12]} changed while this run looked at them",
            fix="run again",
        )

    def _received(self, entry: Entry) -> bytes | None:
        if self._snapshot.intact(entry):
            with contextlib.suppress(Unreadable):
                return undressed(self._desk.workspace.read_bytes(entry.output), entry)
        if entry.audio_sha256 is not None and self._desk.blobs.has(entry.audio_sha256):
            return self._desk.blobs.read(entry.audio_sha256)
        return None

    def _keep(self, entry: Entry, audio: bytes) -> Receipt:
        blob = self._desk.blobs.keep(audio)
        self._desk.ledger.append(
            Adopted(
                key=entry.key,
                audio_sha256=blob.sha256,
                bytes=blob.bytes,
                seconds=entry.seconds,
                trace_id=entry.trace_id,
                cost_usd=entry.cost_usd,
            )
        )
        return self._desk.ledger.state.receipts[entry.key]
