"""A run, leg by leg: the renders of one engine, planned together and then applied together."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from pipeline.diagnostics import DiskTrouble, UsageError
from pipeline.engines.catalog import ENGINES
from pipeline.plan import Action, make_plan
from pipeline.run import entries
from pipeline.run.findings import judged
from pipeline.run.flights import Ran
from pipeline.run.measuring import measure_all
from pipeline.run.playlist import list_tracks, playlist, playlist_path
from pipeline.run.settle import requests_for, settle
from pipeline.run.snapshot import manifest_path, read_manifests, take_snapshot
from pipeline.store import manifest as manifests

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pipeline.batch import Batch
    from pipeline.engines.catalog import EngineEntry
    from pipeline.model import Render
    from pipeline.plan import Plan, Snapshot
    from pipeline.plan.select import Selection
    from pipeline.records import Entry, Manifest
    from pipeline.run.settle import Desk


class Leg(msgspec.Struct, frozen=True):
    """One engine's part of a run."""

    engine: EngineEntry
    specs: tuple[str, ...]
    snapshot: Snapshot
    plan: Plan
    measures: bool = True
    """Whether what is not measured yet is measured at the end."""


class Outcome(msgspec.Struct, frozen=True):
    """What a leg came to: the entries of its renders by id, and how the sending half ended."""

    entries: Mapping[str, Entry]
    ran: Ran


def make_legs(
    batch: Batch,
    selection: Selection,
    desk: Desk,
    environment: Mapping[str, str],
    retry_unknown: int,
    *,
    measures: bool = True,
) -> list[Leg]:
    """Plan what the selected renders of a batch need, engine by engine.

    Raises UsageError where none is selected: that is a slip, and no reason to do nothing silently.
    """
    if not any(selection.takes(render.id) for render in batch.renders):
        raise UsageError("no render is selected", fix="songbatch plan lists the ids")
    names = sorted({render.engine.name for render in batch.renders})
    legs = []
    for name in names:
        engine = ENGINES[name].configured(batch.engines.get(name))
        account = engine.account(environment)
        legs.append(_make_leg(engine, batch, selection, desk, account, retry_unknown, measures))
    return legs


def _make_leg(
    engine: EngineEntry,
    batch: Batch,
    selection: Selection,
    desk: Desk,
    account: str,
    retry_unknown: int,
    measures: bool,
) -> Leg:
    renders = [r for r in batch.renders if r.engine == engine.identity]
    selected = [render for render in renders if selection.takes(render.id)]
    specs = tuple(sorted({render.draft.spec for render in renders}))
    snapshot = take_snapshot(
        selected,
        specs=specs,
        last=read_manifests(desk.workspace, engine.identity.name),
        state=desk.ledger.state,
        workspace=desk.workspace,
        blobs=desk.blobs,
        listener=desk.listener,
    )
    plan = make_plan(
        selected,
        batch.references,
        snapshot,
        account=account,
        retry_unknown=retry_unknown,
        usd_per_render=engine.usd_per_render,
        seconds_per_render=engine.seconds_per_render,
        removable=() if selection.is_partial else specs,
        engine=engine.identity,
        measures=measures,
    )
    return Leg(engine, specs, snapshot, plan, measures)


def apply_leg(
    leg: Leg,
    batch: Batch,
    desk: Desk,
    send: Callable[[], Ran],
    is_stopped: Callable[[], bool],
) -> Outcome:
    """Do the free steps, then `send` the others; write the manifests whatever happens then.

    If the leg measures, then at last what was delivered, unless stopped or the disk is full.
    """
    finished = settle(leg.plan, leg.snapshot, desk)
    ran = Ran()
    last = leg.snapshot.manifests
    try:
        ran = send()
    finally:
        done = {**finished, **ran.finished}
        found = done | _undone(leg, done, ran, desk)
        last = _write_manifests(leg, batch, found, desk, last)
    if leg.measures and not ran.interrupted and not isinstance(ran.refusal, DiskTrouble):
        songs = [(step.render, found[step.render.id]) for step in leg.plan.renders]
        if measured := measure_all(songs, desk, is_stopped):
            found |= measured
            last = _write_manifests(leg, batch, found, desk, last)
        ran = replace(ran, interrupted=is_stopped())
    told = {entry.id: entry for manifest in last.values() for entry in manifest}
    return Outcome({name: told.get(name, entry) for name, entry in found.items()}, ran)


def _undone(leg: Leg, done: Mapping[str, Entry], ran: Ran, desk: Desk) -> dict[str, Entry]:
    undone = {}
    for step in leg.plan.renders:
        render = step.render
        if render.id in done:
            continue
        held = step.action is Action.HOLD
        error = step.why if held else ran.unfinished.get(render.id, "not rendered")
        requests = requests_for(render.key, desk)
        status = "held" if held else "failed"
        undone[render.id] = entries.undone(render, status, error, requests)
    return undone


def _write_manifests(
    leg: Leg,
    batch: Batch,
    found: Mapping[str, Entry],
    desk: Desk,
    last: Mapping[str, Manifest],
) -> dict[str, Manifest]:
    """Write the manifests that differ from the last ones, and the playlists; return them all."""
    engine, titles = leg.engine.identity, {spec.name: spec.title for spec in batch.specs}
    written = {}
    for spec, renders in _taking_part(leg, batch).items():
        # What was not selected stays as it is.
        before = {entry.id: entry for entry in leg.snapshot.manifests.get(spec, ())}
        there = [found.get(render.id) or before.get(render.id) for render in renders]
        manifest = entries.manifest(
            spec,
            engine,
            judged([entry for entry in there if entry is not None]),
            batch.references[spec],
            batch.tracks[spec],
        )
        if not _stands(last.get(spec), manifest):
            pieces = manifests.pieces(manifest, leg.snapshot.manifests.get(spec))
            desk.workspace.write(manifest_path(spec, engine.name), *pieces)
        path = playlist_path(spec, engine.name)
        list_tracks(path, playlist(titles[spec], renders, manifest), desk.workspace)
        written[spec] = manifest
    return written


def _stands(last: Manifest | None, manifest: Manifest) -> bool:
    """Tell whether the last manifest says the same, even if somebody else has laid it out."""
    if last != manifest:
        return False
    untouched = all(map(operator.is_, last.renders, manifest.renders))
    # 1, 1.0 and true are equal, and yet not the same JSON.
    return untouched or manifests.dump(last) == manifests.dump(manifest)


def _taking_part(leg: Leg, batch: Batch) -> dict[str, list[Render]]:
    """Return all renders of the specs of which any is in the plan."""
    renders: dict[str, list[Render]] = {s.render.draft.spec: [] for s in leg.plan.renders}
    for render in batch.renders:
        if render.engine == leg.engine.identity and render.draft.spec in renders:
            renders[render.draft.spec].append(render)
    return renders
