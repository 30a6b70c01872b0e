"""Takes in waves: a run of songs with `until` is a series of plans, each applied as it is shown.

What is known of takes is read from manifests and the ledger before every wave and nowhere else. So
a run that was interrupted is gone on with by the next one, at the take where it stopped.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from songbatch.diagnostics import UsageError
from songbatch.outputs.manifests import read_manifests
from songbatch.outputs.selects_copies import CopiedSelects
from songbatch.plan import Action
from songbatch.plan.completion import amount_of
from songbatch.plan.selection import ExactSelection
from songbatch.plan.waves import Judgement, Take, further_of, wave_of
from songbatch.run.summary import Summary

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from songbatch.batch.loading import Batch
    from songbatch.model import Render
    from songbatch.plan.selection import Selection
    from songbatch.plan.waves import Further, Wave
    from songbatch.records import Entry
    from songbatch.run.apply import Run, RunSettings
    from songbatch.run.session import Session
    from songbatch.store.ledger import LedgerState

_UNMADE = {"failed", "held"}


def in_waves(
    batch: Batch,
    session: Session,
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
    known = _Known(batch, session, price, failed)
    takes = defaultdict[str, list[Take]](list)
    for render in every:
        if render.unresolved.until is not None:
            takes[_variant(render)].append(known.take(render))
    waves = {
        variant: wave_of(until, own)
        for variant, own in takes.items()
        if (until := own[0].render.unresolved.until) is not None
    }
    wanted = {render.id for wave in waves.values() for render in wave.renders}
    renders = tuple(r for r in every if r.unresolved.until is None or r.id in wanted)
    return replace(batch, renders=renders, every=every, waves=tuple(waves.values()))


def _variant(render: Render) -> str:
    return f"{render.id.rpartition('/')[0]}@{render.inputs.engine.name}"


class _Known:
    """What manifests and the ledger know of takes."""

    def __init__(
        self, batch: Batch, session: Session, price: float | None, failed: Collection[str]
    ) -> None:
        self._batch = batch
        self._session = session
        self._price = price
        self._failed = frozenset(failed)
        self._ledger: LedgerState = session.ledger_state()
        self._entries: dict[str, Mapping[tuple[str, str], Entry]] = {}

    def take(self, render: Render) -> Take:
        engine = self._batch.engines[render.inputs.engine.name]
        amount = amount_of(render.inputs, engine.traits)
        price = engine.tariff(self._price).price(amount).counted
        entry = self._recorded(engine.name).get((render.spec, render.key))
        if entry is not None and entry.done:
            cost = price if entry.cost_usd is None else entry.cost_usd
            return Take(render, _judged(entry), price, cost)
        doubted = price * self._ledger.unknown_outcomes(render.key)
        receipt = self._ledger.receipts.get(render.key)
        blobs = self._session.blobs
        if receipt is not None and blobs.has(receipt.audio_sha256, receipt.bytes):
            cost = price if receipt.cost_usd is None else receipt.cost_usd
            return Take(render, Judgement.UNJUDGED, price, cost)
        if render.key in self._ledger.jobs:
            return Take(render, Judgement.UNJUDGED, price, price)
        if render.id in self._failed:
            return Take(render, Judgement.FAILED, price, doubted)
        return Take(render, Judgement.LACKING, price, doubted)

    def _recorded(self, engine: str) -> Mapping[tuple[str, str], Entry]:
        """Return the entries of an engine's manifests, by spec and key."""
        if engine not in self._entries:
            recorded = read_manifests(self._session.workspace, engine)
            self._entries[engine] = {
                (spec, entry.key): entry for spec, own in recorded.items() for entry in own
            }
        return self._entries[engine]


def _judged(entry: Entry) -> Judgement:
    if entry.findings:
        return Judgement.BAD
    return Judgement.GOOD if entry.measures is not None else Judgement.UNJUDGED


class WavePlan(msgspec.Struct, frozen=True):
    """One wave of a run: what is planned and applied, and what may follow."""

    batch: Batch
    selection: Selection
    settings: RunSettings
    waves: tuple[Wave, ...]
    """Those of songs that are selected."""
    number: int

    @property
    def further(self) -> Further:
        """What may follow."""
        return further_of(self.waves)


class Waves:
    """The waves of a run. The caller holds the project's lock, and says what each came to.

    Of songs without `until` there is one wave.
    """

    def __init__(
        self, session: Session, batch: Batch, selection: Selection, settings: RunSettings
    ) -> None:
        self._session = session
        self._price = settings.choices.price
        # Another run may have ended since the specs were read.
        self.batch = in_waves(batch, session, price=self._price)
        self._selection = selection
        self.settings = settings
        self._summaries: list[Summary] = []
        self._failed: set[str] = set()
        self._is_over = False
        if self.batch.waves and not settings.choices.measures:
            raise UsageError("--no-measure leaves nothing to judge takes by", fix="omit it")

    def __iter__(self) -> Iterator[WavePlan]:
        number = 1
        yield self._plan(self._selection, number)
        while not self._is_over and (asked := self._next()):
            number += 1
            yield self._plan(ExactSelection(asked), number)

    def done(self, run: Run, summary: Summary) -> None:
        """Note what a wave came to, and what it leaves of the bounds."""
        self._summaries.append(summary)
        self.settings = run.left_settings
        self._is_over = run.stopped or summary.refusal is not None

    @property
    def has_begun(self) -> bool:
        """Whether any wave is over."""
        return bool(self._summaries)

    @property
    def summary(self) -> Summary:
        """What all waves came to."""
        chosen = sum((one.chosen for one in self._summaries[:-1]), CopiedSelects())
        last = self._summaries[-1].chosen
        copies = replace(last, copied=chosen.copied + last.copied)
        parts = tuple(part for one in self._summaries for part in one.engine_plans)
        return Summary(parts, copies)

    def _plan(self, selection: Selection, number: int) -> WavePlan:
        ids = selection.among(self.batch.renders, self.batch.only)
        waves = tuple(w for w in self.batch.waves if any(r.id in ids for r in w.renders))
        return WavePlan(self.batch, selection, self.settings, waves, number)

    def _next(self) -> set[str]:
        """Return the ids that the next wave asks for: of variants of which the last brought any."""
        last = self._summaries[-1].engine_plans
        news = [
            outcome.entries[step.render.id]
            for engine_plan, outcome in last
            for step in engine_plan.plan.renders
            if step.action is not Action.REUSE
        ]
        self._failed |= {entry.id for entry in news if entry.status in _UNMADE}
        came = {entry.id.rpartition("/")[0] for entry in news if entry.done}
        self.batch = in_waves(self.batch, self._session, price=self._price, failed=self._failed)
        open_waves = [wave for wave in self.batch.waves if wave.variant in came]
        return {take.render.id for wave in open_waves for take in wave.asked}
