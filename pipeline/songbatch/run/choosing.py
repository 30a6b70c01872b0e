"""Choices of listeners in a run: what the folders of copies are to hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.outputs.earlier import EarlierTakes, earlier_takes
from songbatch.outputs.manifests import recorded_manifests
from songbatch.outputs.selects import plan_selects

if TYPE_CHECKING:
    from collections.abc import Collection

    from songbatch.batch.loading import Batch
    from songbatch.outputs.earlier import EarlierTake
    from songbatch.outputs.selects import SelectsPlan
    from songbatch.run.context import RunContext


def find_earlier(context: RunContext) -> list[EarlierTake]:
    """Return the earlier takes of the project, the newest first."""
    workspace, blobs = context.workspace, context.blobs
    current = recorded_manifests(workspace).values()
    return earlier_takes(EarlierTakes(workspace.state, blobs), current, context.ledger.state, blobs)


def make_selects_plans(
    batch: Batch, context: RunContext, gone: Collection[str] = ()
) -> list[SelectsPlan]:
    """Return what the copies of the batch's specs, and of those that are gone, are to be."""
    # Most projects have no choices yet, and many songs.
    earlier = find_earlier(context) if batch.selects.chosen else ()
    return plan_selects(batch, context.workspace, earlier, gone)
