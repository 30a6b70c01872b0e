"""One engine's part of a run: its renders, planned together and then applied together."""

from __future__ import annotations

import operator
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from songbatch.diagnostics import DiskTrouble
from songbatch.engines.entry import EngineContext
from songbatch.layout import manifest_path
from songbatch.outputs import entries
from songbatch.outputs.earlier import EarlierTakes
from songbatch.outputs.findings import judged
from songbatch.outputs.last_manifest import LastManifest, made_before, unlisted_ids
from songbatch.outputs.manifests import read_manifests
from songbatch.outputs.playlist import list_tracks, playlist, playlist_path
from songbatch.plan import Action, EngineTerms, make_plan
from songbatch.plan.completion import amount_of
from songbatch.plan.selection import with_parts_of
from songbatch.prices import Price
from songbatch.records import NOT_ASKED, UNDER_WAY
from songbatch.run.clearing import clear_gone
from songbatch.run.converting import converted_before
from songbatch.run.delivery import attempt_counts
from songbatch.run.free_steps import apply_free_steps
from songbatch.run.joining import JoinedSongs, join_songs
from songbatch.run.measuring import measure_all
from songbatch.run.pending import SendResult
from songbatch.run.shared.snapshot import account_secret, is_claimed, is_shared, with_shared
from songbatch.run.snapshot import take_snapshot
from songbatch.store import manifest as manifests

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from songbatch.batch.loading import Batch
    from songbatch.engines.entry import EngineEntry, LineTimes
    from songbatch.model import Render
    from songbatch.plan import Choices, Plan, Snapshot
    from songbatch.plan.selection import Selection
    from songbatch.records import Entry, Manifest
    from songbatch.run.context import RunContext
    from songbatch.workspace import Workspace


KEPT = timedelta(days=7)
"""No service that is known keeps a song for longer."""


class EnginePlan(msgspec.Struct, frozen=True):
    """One engine's part of a run."""

    engine: EngineEntry
    specs: tuple[str, ...]
    snapshot: Snapshot
    plan: Plan
    unknown_tries: int = 0
    """How often a request with an unknown outcome is repeated, in all runs together."""
    gone: tuple[str, ...] = ()
    """Specs that the project has no more, whose outputs are removed."""
    elsewhere: frozenset[str] = frozenset()
    """Renders of the specs on other engines, or without a profile: what this one made stays."""
    measures: bool = True
    """Whether what is not measured yet is measured at the end."""

    def usual_price(self, render: Render) -> Price:
        """Return what a render costs, whether it is asked for or not; joining costs nothing."""
        if render.parts:
            return Price()
        return self.plan.tariff.price(amount_of(render.inputs, self.engine.traits))

    @property
    def only_collects(self) -> bool:
        """Whether no render of the run uses this engine, and earlier ones left jobs there."""
        return not self.specs


class Outcome(msgspec.Struct, frozen=True):
    """What an engine's part came to: the entries of its renders by id, and how sending ended."""

    entries: Mapping[str, Entry]
    sent: SendResult


def make_engine_plans(
    batch: Batch,
    selection: Selection,
    context: RunContext,
    environment: Mapping[str, str],
    choices: Choices,
) -> list[EnginePlan]:
    """Plan what the selected renders of a batch need, engine by engine.

    Engines that no render uses come last, if an earlier run left jobs there.

    Raises UsageError if none is selected: that is a slip, and no reason to do nothing silently.
    """
    selected = with_parts_of(selection.among(batch.renders, batch.only), batch.songs)
    is_partial = selection.is_partial(batch.only) or batch.is_layered
    names = {render.inputs.engine.name for render in batch.renders}
    gone = frozenset() if is_partial else gone_specs(batch, context.workspace)
    engines = [
        *(batch.engines[name] for name in sorted(names)),
        *_left_behind(names, batch, context, environment),
    ]
    return [
        _make_engine_plan(
            engine, batch, selected, gone, context, environment, choices, is_partial=is_partial
        )
        for engine in engines
    ]


def gone_specs(batch: Batch, workspace: Workspace) -> frozenset[str]:
    """Return the specs that have outputs and are not there any more.

    None unless all of the project's specs take part: a selection removes nothing. Nor while a file
    looks like a spec that was moved: that is a slip, and no wish to have songs removed.
    """
    existing = workspace.spec_names
    if batch.strays or not existing <= {spec.name for spec in batch.specs}:
        return frozenset()
    return frozenset(workspace.output_folders) - existing


def _left_behind(
    used: Collection[str], batch: Batch, context: RunContext, environment: Mapping[str, str]
) -> Iterator[EngineEntry]:
    """Yield the engines that are not used, and where an earlier run left jobs of this account."""
    by_engine: dict[str, set[str]] = {}
    since = (datetime.fromisoformat(context.ledger.now()) - KEPT).strftime("%Y-%m-%dT%H:%M:%SZ")
    for attempts in context.ledger.state.jobs.values():
        for job in attempts.values():
            if job.engine not in used and job.at >= since:
                by_engine.setdefault(job.engine, set()).add(job.account)
    for name, accounts in sorted(by_engine.items()):
        # One that the project has no more, or whose package is gone, is left to the checkup.
        if name in batch.engines and batch.engines[name].account(environment) in accounts:
            yield batch.engines[name]


def _make_engine_plan(
    engine: EngineEntry,
    batch: Batch,
    selected: Collection[str],
    gone: Collection[str],
    context: RunContext,
    environment: Mapping[str, str],
    choices: Choices,
    *,
    is_partial: bool,
) -> EnginePlan:
    tariff = engine.tariff(choices.price)
    renders = [r for r in batch.renders if r.inputs.engine == engine.identity]
    elsewhere = frozenset(r.id for r in batch.renders if r.inputs.engine != engine.identity)
    mine = [render for render in renders if render.id in selected]
    specs = tuple(sorted({render.spec for render in renders}))
    last = read_manifests(context.workspace, engine.identity.name)
    account = engine.account(environment)
    left = tuple(sorted(gone & last.keys()))
    state = context.workspace.state
    if batch.is_layered:
        elsewhere |= unlisted_ids(renders, (last[spec] for spec in specs if spec in last))
    snapshot = take_snapshot(mine, (*specs, *left), last, context, account, engine.traits)
    converted = converted_before({spec: batch.tracks[spec] for spec in specs}, state)
    snapshot = replace(snapshot, converted=converted) if converted else snapshot
    if is_shared(engine, tariff, context.stock):
        secret = account_secret(engine, EngineContext(context.workspace.state, environment))
        claimed = is_claimed(engine, tariff)
        snapshot = with_shared(snapshot, mine, engine, account, secret, context, is_claimed=claimed)
    planned = partial(
        make_plan,
        mine,
        batch.references,
        engine=EngineTerms(
            engine.identity, account, tariff, engine.seconds_per_render, engine.traits
        ),
        choices=choices,
        removable=() if is_partial else specs,
        gone=left,
        elsewhere=elsewhere,
        tracks={spec: batch.tracks[spec] for spec in specs},
    )
    plan = planned(snapshot)
    if _forget_lost_uploads(plan, engine, context, environment):
        kept = context.ledger.state.uploads.items()
        here = {key: ids for key, ids in kept if key not in snapshot.expired}
        snapshot = replace(snapshot, uploads=here)
        plan = planned(snapshot)
    tries = choices.unknown_tries(is_free=tariff.is_free)
    return EnginePlan(engine, specs, snapshot, plan, tries, left, elsewhere, choices.measures)


def _forget_lost_uploads(
    plan: Plan, engine: EngineEntry, context: RunContext, environment: Mapping[str, str]
) -> bool:
    """Forget the uploads of a plan that are not there any more; return whether there are any.

    In this command only. Else a run would upload, after a refusal, what the plan does not count.
    """
    own = EngineContext(context.workspace.state, environment)
    uploads = context.ledger.state.uploads
    reused = [step.key for step in plan.uploads if step.action is Action.REUSE]
    lost = [key for key in reused if key in uploads and not engine.holds(own, uploads[key])]
    for key in lost:
        del uploads[key]
    return bool(lost)


def apply_engine_plan(
    engine_plan: EnginePlan,
    batch: Batch,
    context: RunContext,
    send: Callable[[], SendResult],
    is_stopped: Callable[[], bool],
    line_times: Callable[[Render], LineTimes],
) -> Outcome:
    """Do the free steps, then `send` the others; write the manifests whatever happens then.

    If the plan measures, then at last what was delivered, unless stopped or the disk is full. A bug
    of the sending half is raised when the manifests are written.
    """
    finished = apply_free_steps(engine_plan.plan, engine_plan.snapshot, context)
    sent, joined = SendResult(), JoinedSongs({}, {})
    writer = _ManifestWriter(engine_plan, batch, context)
    try:
        sent = send()
        steps, before = engine_plan.plan.renders, engine_plan.snapshot.before
        joined = join_songs(steps, engine_plan.engine, before, context, line_times, is_stopped)
    finally:
        done = {**finished, **sent.finished, **joined.entries}
        by_id = done | _unfinished(engine_plan, done, sent, joined.errors, context)
        last = writer.write(by_id, sent.not_asked)
        if not is_stopped():
            gone = {spec: engine_plan.snapshot.manifests[spec] for spec in engine_plan.gone}
            clear_gone(gone, engine_plan.engine.identity.name, last, context)
        if sent.bug is not None:
            raise sent.bug
    if engine_plan.measures and not sent.interrupted and not isinstance(sent.refusal, DiskTrouble):
        songs = [(step.render, by_id[step.render.id]) for step in engine_plan.plan.renders]
        if measured := measure_all(songs, context, is_stopped):
            by_id |= measured
            last = writer.write(by_id, sent.not_asked)
        sent = replace(sent, interrupted=is_stopped())
    judged_ones = {entry.id: entry for manifest in last.values() for entry in manifest}
    return Outcome(
        {name: judged_ones[name] if entry.done else entry for name, entry in by_id.items()}, sent
    )


def _unfinished(
    engine_plan: EnginePlan,
    done: Mapping[str, Entry],
    sent: SendResult,
    errors: Mapping[str, str],
    context: RunContext,
) -> dict[str, Entry]:
    undone: dict[str, Entry] = {}
    for step in engine_plan.plan.renders:
        render = step.render
        if render.id in done:
            continue
        is_planned = step.action is Action.HOLD
        held = is_planned or render.id in sent.held
        error = step.why if is_planned else sent.unfinished.get(render.id, "not rendered")
        if step.action is Action.JOIN:
            error = errors.get(render.id, NOT_ASKED)
        requests = attempt_counts(render.key, context)
        if (unknown := engine_plan.snapshot.unknown.get(render.key, 0)) > requests.unknown_outcomes:
            # Other machines have asked, too.
            requests = replace(requests, unknown_outcomes=unknown)
        status = "held" if held else "failed"
        if render.key in sent.under_way:
            status = UNDER_WAY
        undone[render.id] = entries.undone(render, status, error, requests)
    return undone


class _ManifestWriter:
    """Writes the manifests and playlists of the specs that take part in an engine's plan."""

    def __init__(self, engine_plan: EnginePlan, batch: Batch, context: RunContext) -> None:
        self._engine = engine_plan.engine.identity
        self._before = engine_plan.snapshot.manifests
        self._elsewhere = engine_plan.elsewhere
        self._taking_part = _taking_part(engine_plan, batch)
        self._batch = batch
        self._context = context
        self._last = self._before

    def write(
        self, entries_by_id: Mapping[str, Entry], not_asked: Collection[str]
    ) -> dict[str, Manifest]:
        """Write the manifests that differ from the last ones, and the playlists; return them all.

        Of what was `not_asked` for, they say what they said before.
        If one cannot be written, the others are, before the failure is raised.
        """
        written: dict[str, Manifest] = {}
        with ExitStack() as every:
            for spec in reversed(self._taking_part):
                every.callback(self._write_spec, spec, entries_by_id, not_asked, written)
        self._last = written
        return written

    def _write_spec(
        self,
        spec: str,
        entries_by_id: Mapping[str, Entry],
        not_asked: Collection[str],
        written: dict[str, Manifest],
    ) -> None:
        renders, workspace = self._taking_part[spec], self._context.workspace
        manifest = self._manifest(spec, entries_by_id, not_asked)
        if spec not in self._before and not any(e.done or e.unknown_outcomes for e in manifest):
            # Nothing is begun for what never came, and cannot have been paid.
            written[spec] = manifest
            return
        last = self._last.get(spec)
        if not _stands(last, manifest):
            # Before the manifest forgets any.
            EarlierTakes(workspace.state, self._context.blobs).record(last, manifest)
            pieces = manifests.pieces(manifest, self._before.get(spec))
            workspace.write(manifest_path(spec, self._engine.name), *pieces)
        title = next(one.title for one in self._batch.specs if one.name == spec)
        here = [r for r in renders if r.id not in entries_by_id or entries_by_id[r.id].done]
        here = [render for render in here if not render.is_part]
        path = playlist_path(spec, self._engine.name)
        list_tracks(path, playlist(title, here, manifest, workspace.found), workspace)
        written[spec] = manifest

    def _manifest(
        self, spec: str, entries_by_id: Mapping[str, Entry], not_asked: Collection[str]
    ) -> Manifest:
        renders = self._taking_part[spec]
        before = LastManifest(self._before.get(spec), renders)
        recorded = (
            recorded_entry(
                render,
                entries_by_id.get(render.id),
                before,
                self._context,
                was_asked=render.id not in not_asked,
            )
            for render in renders
        )
        keys = {render.key for render in renders}
        kept = made_before(self._before.get(spec), keys, self._elsewhere)
        return entries.manifest(
            spec,
            self._engine,
            judged([*(entry for entry in recorded if entry is not None), *kept]),
            self._batch.references[spec],
            self._batch.tracks[spec],
        )


def recorded_entry(
    render: Render,
    entry: Entry | None,
    before: LastManifest,
    context: RunContext,
    *,
    was_asked: bool = True,
) -> Entry | None:
    """Return what the manifest records of a render, whose `entry` is what this run came to.

    What took no part stays as it was, and so does what nobody was asked for. That a song was paid
    for is never lost: an earlier entry that shows it stays, and for audio in the store nothing
    worse is recorded than before.
    """
    if entry is None or entry.status == UNDER_WAY:
        return before.by_id.get(render.id)
    if entry.done:
        return entry
    if paid := before.take_paid(render):
        return entries.kept(render, paid)
    receipt = context.ledger.state.receipts.get(render.key)
    if receipt is not None and context.blobs.has(receipt.audio_sha256, receipt.bytes):
        return before.by_id.get(render.id)
    return entry if was_asked else before.by_id.get(render.id)


def _stands(last: Manifest | None, manifest: Manifest) -> bool:
    """Return whether the last manifest equals this one, even if somebody else has laid it out."""
    if last != manifest:
        return False
    untouched = all(map(operator.is_, last.renders, manifest.renders))
    # 1, 1.0 and true are equal, and yet not the same JSON.
    return untouched or manifests.dump(last) == manifests.dump(manifest)


def _taking_part(engine_plan: EnginePlan, batch: Batch) -> dict[str, list[Render]]:
    """Return all renders of the specs of which any is in the plan."""
    renders: dict[str, list[Render]] = {s.render.spec: [] for s in engine_plan.plan.renders}
    for render in batch.renders:
        if render.inputs.engine == engine_plan.engine.identity and render.spec in renders:
            renders[render.spec].append(render)
    return renders
