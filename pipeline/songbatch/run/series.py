"""A run as a series of waves: each has a plan of its own, which is applied as it was shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from songbatch.diagnostics import UsageError
from songbatch.outputs.selects_copies import CopiedSelects
from songbatch.plan import Action
from songbatch.plan.selection import ExactSelection
from songbatch.plan.waves import further_of
from songbatch.run.summary import Summary
from songbatch.run.waves import in_waves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.batch.loading import Batch
    from songbatch.plan.selection import Selection
    from songbatch.plan.waves import Further, Wave
    from songbatch.run.apply import Run, RunSettings
    from songbatch.run.session import Session

_UNMADE = {"failed", "held"}


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
        self._failed: set[str] = set()
        self._followed: set[str] = set()
        # Another run may have ended since the specs were read.
        self.batch = self._in_waves(batch)
        self._selection = selection
        self.settings = settings
        self._summaries: list[Summary] = []
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
        # Of a variant of which only some takes are selected, no others are asked for.
        waves = tuple(
            wave
            for wave in self.batch.waves
            if any(render.id in ids for render in wave.renders)
            and all(take.render.id in ids for take in wave.asked)
        )
        self._followed = {wave.variant for wave in waves}
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
        came = {entry.id.rpartition("/")[0] for entry in news if entry.done} & self._followed
        self.batch = self._in_waves(self.batch)
        open_waves = [wave for wave in self.batch.waves if wave.variant in came]
        return {take.render.id for wave in open_waves for take in wave.asked}

    def _in_waves(self, batch: Batch) -> Batch:
        session = self._session
        if not any(render.unresolved.until for render in batch.renders):
            return batch  # the ledger is not read twice for nothing
        return in_waves(
            batch,
            session.workspace,
            session.blobs,
            session.ledger_state(),
            price=self._price,
            failed=self._failed,
        )
