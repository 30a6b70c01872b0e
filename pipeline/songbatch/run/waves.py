"""Takes that take part now, of songs with `until`: what is here, and the next wave.

What is known of takes is read from manifests and the ledger and from nothing else. So a run that
was interrupted is gone on with by the next one, at the take where it stopped.
"""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from songbatch.outputs.manifests import read_manifests
from songbatch.plan.completion import amount_of
from songbatch.plan.selection import with_parts_of
from songbatch.plan.waves import JudgedTake, Judgement, wave_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from songbatch.batch.loading import Batch
    from songbatch.model import Render
    from songbatch.records import Entry
    from songbatch.store.blobs import Blobs
    from songbatch.store.ledger import LedgerState
    from songbatch.workspace import Workspace


def in_waves(
    batch: Batch,
    workspace: Workspace,
    blobs: Blobs,
    ledger: LedgerState,
    *,
    price: float | None = None,
    failed: Collection[str] = (),
) -> Batch:
    """Return a batch with those takes of songs with `until` that take part now.

    `price` is what the user says that a song costs; `failed` are the ids that came to nothing in
    this run. A batch without such songs, or with errors, is returned as it is.
    """
    every = batch.every or batch.renders
    if batch.has_errors or not any(render.unresolved.until for render in every):
        return batch
    known = _Known(batch, workspace, blobs, ledger, price, failed)
    takes = defaultdict[str, list[JudgedTake]](list)
    for render in every:
        if render.unresolved.until is not None and not render.is_part:
            takes[_variant(render)].append(known.take(render))
    waves = {
        variant: wave_of(until, own)
        for variant, own in takes.items()
        if (until := own[0].render.unresolved.until) is not None
    }
    wanted = with_parts_of({r.id for wave in waves.values() for r in wave.renders}, every)
    renders = tuple(r for r in every if r.unresolved.until is None or r.id in wanted)
    return replace(batch, renders=renders, every=every, waves=tuple(waves.values()))


def _variant(render: Render) -> str:
    return f"{render.id.rpartition('/')[0]}@{render.inputs.engine.name}"


class _Known:
    """What manifests and the ledger know of takes."""

    def __init__(
        self,
        batch: Batch,
        workspace: Workspace,
        blobs: Blobs,
        ledger: LedgerState,
        price: float | None,
        failed: Collection[str],
    ) -> None:
        self._batch = batch
        self._workspace = workspace
        self._blobs = blobs
        self._price = price
        self._failed = frozenset(failed)
        self._ledger = ledger
        self._entries: dict[str, Mapping[tuple[str, str], Entry]] = {}

    def take(self, render: Render) -> JudgedTake:
        # A song of parts costs what they do, each of which may be here before it is.
        parts = {each.key: each for each in render.parts or (render,)}.values()
        lacking = [part for part in parts if not self._is_had(part)]
        told = partial(
            JudgedTake,
            render,
            price=sum(map(self._price_of, lacking)),
            spent=sum(map(self._spent_on, parts)),
            requests=len(lacking),
        )
        entry = self._entry(render)
        if entry is not None and entry.done:
            return told(_judged(entry))
        if self._is_stored(render) or render.key in self._ledger.jobs:
            return told(Judgement.UNJUDGED)
        return told(Judgement.FAILED if render.id in self._failed else Judgement.LACKING)

    def _entry(self, render: Render) -> Entry | None:
        return self._recorded(render.inputs.engine.name).get((render.spec, render.key))

    def _is_stored(self, render: Render) -> bool:
        receipt = self._ledger.receipts.get(render.key)
        return receipt is not None and self._blobs.has(receipt.audio_sha256, receipt.bytes)

    def _is_had(self, render: Render) -> bool:
        """Return whether nobody has to be asked for what was one request."""
        entry = self._entry(render)
        is_done = entry is not None and entry.done
        return is_done or self._is_stored(render) or render.key in self._ledger.jobs

    def _spent_on(self, render: Render) -> float:
        """Return what one request has cost; what is not known counts as its price."""
        entry, receipt = self._entry(render), self._ledger.receipts.get(render.key)
        price = self._price_of(render)
        if entry is not None and entry.done:
            return price if entry.cost_usd is None else entry.cost_usd
        if receipt is not None and self._is_stored(render):
            return price if receipt.cost_usd is None else receipt.cost_usd
        if render.key in self._ledger.jobs:
            return price
        return price * self._ledger.unknown_outcomes(render.key)

    def _price_of(self, render: Render) -> float:
        engine = self._batch.engines[render.inputs.engine.name]
        amount = amount_of(render.inputs, engine.traits)
        return engine.tariff(self._price).price(amount).counted

    def _recorded(self, engine: str) -> Mapping[tuple[str, str], Entry]:
        """Return the entries of an engine's manifests, by spec and key."""
        if engine not in self._entries:
            recorded = read_manifests(self._workspace, engine)
            self._entries[engine] = {
                (spec, entry.key): entry for spec, own in recorded.items() for entry in own
            }
        return self._entries[engine]


def _judged(entry: Entry) -> Judgement:
    if entry.findings:
        return Judgement.BAD
    return Judgement.GOOD if entry.measures is not None else Judgement.UNJUDGED
