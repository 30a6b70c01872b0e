"""Outputs of all songs that this machine and the shared store have, without a request to an engine.

What is nowhere is left out: its entries in manifests stay as they are.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import msgspec

from songbatch.plan import Action, Choices
from songbatch.plan.selection import ExactSelection, with_parts_of
from songbatch.records import is_same_song
from songbatch.run.apply import Run, RunSettings, open_run
from songbatch.run.booking import recover
from songbatch.run.engine_plans import make_engine_plans
from songbatch.sharing.trouble import Withheld

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from songbatch.batch.loading import Batch
    from songbatch.model import Render
    from songbatch.plan import RenderStep
    from songbatch.plan.selection import Selection
    from songbatch.run.context import RunContext
    from songbatch.run.events import Listener
    from songbatch.run.session import Session
    from songbatch.run.shared.stores import ChosenStore

_NOWHERE = frozenset({Action.RENDER, Action.COLLECT, Action.SHARE, Action.HOLD})
"""What a song needs for which there is no audio to be had without asking an engine."""


class Lacking(msgspec.Struct, frozen=True):
    """A song without audio here and in the shared store; `why` if that is more than its absence."""

    id: str
    why: str = ""


class PulledOutputs(msgspec.Struct, frozen=True):
    """A run that brings what there is, None if there is nothing; and what is nowhere.

    `refused` are songs of which the store's answer was wanted and cannot be had.
    """

    run: Run | None
    lacking: tuple[Lacking, ...] = ()
    refused: tuple[Lacking, ...] = ()


@contextlib.contextmanager
def open_pull(
    session: Session,
    batch: Batch,
    selection: Selection,
    chosen: ChosenStore,
    listener: Listener,
    *,
    takes_theirs: bool = False,
) -> Iterator[PulledOutputs]:
    """Plan what can be had; `finish` of the run brings it. The caller holds the project's lock.

    With `takes_theirs`, songs that others have otherwise are taken from them now. Raises
    StoreTrouble, Refused, UsageError.
    """
    context = session.run_context(listener, chosen)
    with contextlib.closing(context.ledger):
        recover(context.workspace, context.blobs, context.ledger)
        wanted = selection.among(batch.renders, batch.only)
        wanted = with_parts_of(wanted, batch.songs)
        # What is joined of parts is joined anew where they change.
        renders = [one for one in batch.renders if one.id in wanted and not one.parts]
        refused = tuple(_take_theirs(renders, context)) if takes_theirs else ()
        plans = make_engine_plans(batch, selection, context, session.environment, Choices())
        if context.stock.trouble is not None:
            raise context.stock.trouble
        steps = [step for plan in plans for step in plan.plan.renders]
    lacking = tuple(_lacking(step) for step in steps if step.action in _NOWHERE)
    there = {step.render.id for step in steps if step.action not in _NOWHERE}
    if not there:
        yield PulledOutputs(None, lacking, refused)
        return
    settings = RunSettings(frozen=True, store=chosen)
    with open_run(session, batch, ExactSelection(there), settings, listener) as run:
        yield PulledOutputs(run, lacking, refused)


def _lacking(step: RenderStep) -> Lacking:
    return Lacking(step.render.id, step.why if step.action is Action.HOLD else "")


def _take_theirs(renders: Sequence[Render], context: RunContext) -> Iterator[Lacking]:
    """Take the store's answers for songs that are here otherwise; yield those that it withholds.

    The output goes first: a run that is cut off then writes it anew, by what the ledger has.
    """
    receipts = context.ledger.state.receipts
    songs = context.stock.look({render.key for render in renders})
    taken: set[str] = set()
    for render in renders:
        song = songs.get(render.key)
        if song is None or song.answer is None:
            continue
        own = receipts.get(render.key)
        if own is not None and render.key not in taken and is_same_song(own, song.answer):
            continue
        try:
            if render.key not in taken:
                context.stock.pull(render, song.answer, ())
        except Withheld as problem:
            yield Lacking(render.id, str(problem))
            continue
        taken.add(render.key)
        context.workspace.remove(render.output)
