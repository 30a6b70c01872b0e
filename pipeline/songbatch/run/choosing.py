"""Choices of listeners in a run: what the folders of copies are to hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.outputs.earlier import earlier_takes
from songbatch.outputs.manifests import recorded_manifests
from songbatch.outputs.selects import plan_selects
from songbatch.sharing.trouble import StoreTrouble, Withheld

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from songbatch.batch.loading import Batch
    from songbatch.outputs.selects import SelectsPlan
    from songbatch.run.context import RunContext


def make_selects_plans(
    batch: Batch, context: RunContext, gone: Collection[str] = ()
) -> list[SelectsPlan]:
    """Return what the copies of the batch's specs, and of those that are gone, are to be.

    A folder of copies outlasts the manifests of its spec, as long as a choice keeps it.
    """
    workspace = context.workspace
    if not batch.selects.opinions:  # most projects have none yet, and many songs
        return plan_selects(batch, workspace, {}, (), context.blobs, gone)
    recorded = recorded_manifests(workspace)
    earlier = earlier_takes(workspace.state, context.blobs, recorded.values(), context.ledger.state)
    return plan_selects(batch, workspace, recorded, earlier, context.blobs, gone)


def bring_chosen(plans: Iterable[SelectsPlan], context: RunContext) -> bool:
    """Bring chosen takes here that only the shared store has; return whether any came.

    Their listener heard them on another machine. For the lock's holder.
    """
    lacking = {heard.audio_sha256 for plan in plans for heard in plan.lacking}
    shared = context.stock.shared if lacking else None
    if shared is None:
        return False
    came = False
    for digest in sorted(lacking):
        try:
            audio = shared.get_blob(digest)
        except Withheld:
            continue
        except StoreTrouble:
            break
        context.blobs.keep(audio)
        came = True
    return came
