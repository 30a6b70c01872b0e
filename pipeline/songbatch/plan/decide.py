"""Deciding: renders and a snapshot of the project → the steps a run takes."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from msgspec.structs import replace

from songbatch.formatting import count
from songbatch.layout import output_folder, parts_folder
from songbatch.plan.completion import amount_of
from songbatch.plan.steps import (
    Action,
    ConvertStep,
    FetchStep,
    OrphanStep,
    Plan,
    Reason,
    RemoveStep,
    RenderStep,
    UploadStep,
    cut_text,
    made_key,
)
from songbatch.plan.tagging import is_tagged_as
from songbatch.traits import HandedOver

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from songbatch.model import Purpose, Reference, ReferenceUse, Render, RenderInputs, Track
    from songbatch.plan.choices import Choices, EngineTerms
    from songbatch.plan.snapshot import Snapshot
    from songbatch.records import Entry, UploadKey
    from songbatch.traits import ReferenceRule


def make_plan(
    renders: Sequence[Render],
    references: Mapping[str, Mapping[str, Reference]],
    snapshot: Snapshot,
    *,
    engine: EngineTerms,
    choices: Choices,
    removable: Collection[str] = (),
    gone: Collection[str] = (),
    elsewhere: Collection[str] = (),
    tracks: Mapping[str, Mapping[str, Track]] | None = None,
) -> Plan:
    """Decide every step.

    `references` are the specs' references by spec and name. Outputs that no render has any more
    are removed for the specs named in `removable`: those whose renders are all here; and for those
    that are `gone` from the project. Those of ids that other engines have now, `elsewhere`, stay.
    """
    planner = _Planner(snapshot, engine, choices, references)
    steps = tuple(planner.steps(renders))
    uploads = tuple(_uploads(steps, references, snapshot, engine))
    made = {step.attempts_key for step in uploads if step.is_made}
    needed = {step.reference for step in uploads if step.action is Action.UPLOAD}
    asked = (step for step in steps if step.action is Action.RENDER)
    needed |= {file for step in asked for file in step.files}
    keys = {render.key for render in renders}
    removals = _removals(renders, snapshot, removable, gone, engine.identity.name)
    return Plan(
        engine=engine.identity,
        renders=steps,
        uploads=uploads,
        fetches=tuple(
            FetchStep(reference)
            for reference in sorted(needed, key=lambda r: r.name)
            if reference.url is not None and reference.sha256 not in snapshot.blobs
        ),
        conversions=tuple(_conversions(needed, references, tracks or {}, snapshot)),
        orphans=tuple(_orphans(renders, made, snapshot, engine.identity.name)),
        removals=tuple(
            step for step in removals if step.entry.id not in elsewhere or step.entry.key in keys
        ),
        tariff=engine.tariff,
        seconds_per_render=engine.seconds_per_render,
    )


class _Planner:
    def __init__(
        self,
        snapshot: Snapshot,
        engine: EngineTerms,
        choices: Choices,
        references: Mapping[str, Mapping[str, Reference]],
    ) -> None:
        self._snapshot = snapshot
        self._rules = engine.traits.references
        self._references = references
        self._measures = choices.measures
        self._account = engine.account
        self._choices = choices
        self._traits = engine.traits
        self._tariff = engine.tariff
        self._is_free = engine.tariff.is_free
        self._asks_again = choices.again or self._is_free
        self._asked: dict[str, str] = {}

    def steps(self, renders: Sequence[Render]) -> Iterator[RenderStep]:
        """Yield the steps of renders; parts that are not here, and whose song is, have none."""
        songs = {render.id: self._step(render) for render in renders if render.parts}
        spared = {
            part.id
            for step in songs.values()
            if step.action is not Action.JOIN
            for part in step.render.parts
        }
        for render in renders:
            if render.id in songs:
                yield songs[render.id]
            elif render.id not in spared or render.key in self._snapshot.jobs:
                yield self._step(render)
            elif (step := self._present(render)) is not None:
                yield step

    def _step(self, render: Render) -> RenderStep:
        is_stale = bool(render.parts) and self._snapshot.is_joined_of_others(render)
        if not is_stale and (step := self._present(render)) is not None:
            return step
        if render.parts:
            detail = count(len(render.parts), "part")
            return RenderStep(render, Action.JOIN, Reason.OF_PARTS, detail)
        if not self._asks_again and (why := self._snapshot.withheld.get(render.key)):
            return RenderStep(render, Action.HOLD, Reason.WITHHELD, why)
        return self._asked_for(render)

    def _present(self, render: Render) -> RenderStep | None:
        """Return the step of a render whose audio is somewhere."""
        entries = self._snapshot.finished.get(render.key, ())
        stored = self._snapshot.stored(render.key)
        if (there := self._there(render, entries, stored=stored)) is not None:
            return there
        if self._is_free and self._snapshot.is_uncompared(render.key):
            return None
        has_audio = stored or render.key in self._snapshot.earlier
        if has_audio or any(self._snapshot.has_audio(entry) for entry in entries):
            return self._restored(render, entries)
        if render.key in self._snapshot.shared:
            return RenderStep(render, Action.RESTORE, Reason.SHARED)
        return None

    def _there(
        self, render: Render, entries: Sequence[Entry], *, stored: bool
    ) -> RenderStep | None:
        """Return the step of a render whose output is as it was written and is to be."""
        for entry in entries:
            is_as_asked = entry.audio == render.unresolved.audio and is_tagged_as(entry, render)
            if entry.output == render.output and is_as_asked:
                if not self._snapshot.intact(entry):
                    continue
                if stored and (entry.is_measured or not self._measures):
                    return RenderStep(render, Action.REUSE, Reason.UP_TO_DATE)
                if stored:
                    return RenderStep(render, Action.MEASURE, Reason.UNMEASURED)
                if entry.master is not None:
                    # What it was made of is gone, and the output is as it should be.
                    return RenderStep(render, Action.REUSE, Reason.UP_TO_DATE)
                return RenderStep(render, Action.ADOPT, Reason.STORE_LOST)
        return None

    def _restored(self, render: Render, entries: Sequence[Entry]) -> RenderStep:
        def restore(reason: Reason, detail: str = "") -> RenderStep:
            return RenderStep(render, Action.RESTORE, reason, detail)

        same_id = next((e for e in entries if e.id == render.id), None)
        if same_id is None:
            if entries:
                return restore(Reason.RENAMED, entries[0].id)
            return restore(Reason.RENDERED_BEFORE)
        if same_id.output != render.output:
            return restore(Reason.RENAMED, same_id.output)
        if same_id.audio != render.unresolved.audio:
            return restore(Reason.CONVERTED)
        if not is_tagged_as(same_id, render):
            return restore(Reason.RETAGGED)
        return restore(self._why_written(render, same_id))

    def _why_written(self, render: Render, entry: Entry) -> Reason:
        if render.output not in self._snapshot.outputs:
            return Reason.OUTPUT_MISSING
        is_other = self._snapshot.is_of_another_encoder(entry)
        return Reason.OTHER_MACHINE if is_other else Reason.OUTPUT_CHANGED

    def _asked_for(self, render: Render) -> RenderStep:
        job = self._snapshot.jobs.get(render.key)
        if job is None and (held := self._held(render)) is not None:
            return held
        first = self._asked.setdefault(render.key, render.id)
        if first != render.id:
            return RenderStep(render, Action.SHARE, Reason.SAME_KEY, first)
        if job is not None:
            # If the job came to nothing, the song is asked for again, with all that it follows.
            action, reason, detail = Action.COLLECT, Reason.UNDER_WAY, job.job
        elif who := self._snapshot.busy.get(render.key):
            action, reason, detail = Action.RENDER, Reason.ASKED_ELSEWHERE, who
        else:
            action, (reason, detail) = Action.RENDER, self._why_asked(render)
        price = self._tariff.price(amount_of(render.inputs, self._traits))
        needs = needed_uploads(render, self._account, self._rules)
        files = self._files(render)
        return RenderStep(render, action, reason, detail, needs, files, price)

    def _held(self, render: Render) -> RenderStep | None:
        """Return the step of a render that waits for its user's decision."""
        if not self._asks_again and self._snapshot.was_received(render.key):
            return RenderStep(render, Action.HOLD, Reason.PAID_BEFORE)
        unknown = self._snapshot.unknown.get(render.key, 0)
        if self._choices.holds(unknown, is_free=self._is_free):
            who = self._snapshot.doubted.get(render.key)
            detail = f"{_times(unknown)}, by {who}" if who else _times(unknown)
            return RenderStep(render, Action.HOLD, Reason.UNKNOWN_OUTCOME, detail)
        for use in render.references:
            rule, key = self._rules[use.purpose], upload_key(self._account, use, self._rules)
            if is_held(key, rule, self._snapshot, self._choices):
                return RenderStep(render, Action.HOLD, Reason.REFERENCE_HELD, use.reference)
        return None

    def _why_asked(self, render: Render) -> tuple[Reason, str]:
        if render.id not in self._snapshot.by_id:
            return Reason.NEW, ""
        entry, engine = self._snapshot.by_id[render.id]
        was = entry.inputs(engine)
        changed = [change.field for change in render.inputs.changes_since(was)]
        if changed == ["engine"] and _sounds_anew(was, render.inputs):
            return Reason.CHANGED, "the engine's sound"
        if changed:
            return Reason.CHANGED, " and ".join(changed)
        if entry.was_not_asked:
            return Reason.NEW, ""
        if not entry.done:
            return Reason.FAILED_BEFORE, f"({entry.error})" if entry.error else ""
        is_uncompared = self._snapshot.is_uncompared(render.key)
        return Reason.UNCOMPARED if is_uncompared else Reason.LOST, ""

    def _files(self, render: Render) -> tuple[Reference, ...]:
        known = self._references[render.spec] if render.references else {}
        return tuple(
            dict.fromkeys(
                known[use.reference]
                for use in render.references
                if self._rules[use.purpose].handed_over is HandedOver.BYTES
            )
        )


def upload_key(
    account: str, use: ReferenceUse, rules: Mapping[Purpose, ReferenceRule]
) -> UploadKey:
    """Return the key of the upload that a use of a reference needs."""
    stored_as = rules[use.purpose].stored_as
    if use.cut is not None:
        stored_as = f"{stored_as} {cut_text(use.cut)}".strip()
    return (account, use.sha256, use.purpose, stored_as)


def needed_uploads(
    render: Render, account: str, rules: Mapping[Purpose, ReferenceRule]
) -> tuple[UploadKey, ...]:
    """Return the uploads that the request for a render needs, each once.

    A song reference in both roles is one upload that answers both ids.
    """
    keys = (
        upload_key(account, use, rules)
        for use in render.references
        if rules[use.purpose].handed_over is not HandedOver.BYTES
    )
    return tuple(dict.fromkeys(keys))


def is_held(key: UploadKey, rule: ReferenceRule, snapshot: Snapshot, choices: Choices) -> bool:
    """Return whether a reference waits for its user's decision: a job may have made its id."""
    # Whatever its price is said to be: an id is bought once, for many songs.
    if rule.handed_over is not HandedOver.MADE or key in snapshot.uploads:
        return False
    attempts = made_key(key)
    unknown = snapshot.unknown.get(attempts, 0)
    return attempts not in snapshot.jobs and choices.holds(unknown, is_free=False)


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _uploads(
    steps: Sequence[RenderStep],
    references: Mapping[str, Mapping[str, Reference]],
    snapshot: Snapshot,
    engine: EngineTerms,
) -> Iterator[UploadStep]:
    names: dict[UploadKey, list[str]] = {}
    sources: dict[UploadKey, Reference] = {}
    for step in steps:
        if step.action not in {Action.RENDER, Action.COLLECT}:
            continue
        wanted = set(step.uploads)
        for use in step.render.references:
            key = upload_key(engine.account, use, engine.traits.references)
            if key not in wanted:
                continue
            sources.setdefault(key, references[step.render.spec][use.reference])
            if use.reference not in names.setdefault(key, []):
                names[key].append(use.reference)
    for key, reference in sources.items():
        rule = engine.traits.references[key[2]]
        is_made = rule.handed_over is HandedOver.MADE
        job = snapshot.jobs.get(made_key(key)) if is_made else None
        if key in snapshot.uploads:
            action, reason = Action.REUSE, Reason.UPLOADED_BEFORE
        elif job is not None:
            action, reason = Action.COLLECT, Reason.UNDER_WAY
        else:
            is_expired = key in snapshot.expired
            action, reason = Action.UPLOAD, Reason.EXPIRED if is_expired else Reason.NOT_UPLOADED
        detail = "" if job is None else job.job
        shown = tuple(names[key])
        yield UploadStep(key, reference, shown, action, reason, rule.usd, is_made, detail)


def _conversions(
    needed: Collection[Reference],
    references: Mapping[str, Mapping[str, Reference]],
    tracks: Mapping[str, Mapping[str, Track]],
    snapshot: Snapshot,
) -> Iterator[ConvertStep]:
    """Yield what has to be made of recordings, each once, before they can be handed over."""
    made = set(snapshot.converted)
    for spec, known in tracks.items():
        for name, track in sorted(known.items()):
            reference = references[spec].get(name)
            wanted = track.sha256, track.cut
            if reference is None or reference not in needed:
                continue
            if track.kind and wanted not in made:
                made.add(wanted)
                yield ConvertStep(reference, track)


def _orphans(
    renders: Sequence[Render], made: Collection[str], snapshot: Snapshot, engine: str
) -> Iterator[OrphanStep]:
    # Another engine may have the same account: its jobs are its own.
    wanted = {render.key for render in renders}.union(made)
    for key, job in snapshot.jobs.items():
        if key not in wanted and job.engine == engine:
            name, is_made = snapshot.names.get(key, ""), job.reference is not None
            yield OrphanStep(key, job.attempt, job.job, name, is_made=is_made)


def _removals(
    renders: Sequence[Render],
    snapshot: Snapshot,
    specs: Collection[str],
    gone: Collection[str],
    engine: str,
) -> Iterator[RemoveStep]:
    # Only what is still exactly what a run wrote: an edited file is the user's. And only what a
    # manifest speaks of that lies beside it: one may be a stranger's.
    wanted = {render.output for render in renders}
    names = {render.key: render.id for render in renders}
    for spec in sorted({*specs, *gone}):
        for entry in snapshot.manifests.get(spec, ()):
            # An output that was made of a master which is gone is the only copy of its song.
            is_copied = entry.master is None or entry.audio_sha256 in snapshot.blobs
            folder = output_folder(spec, engine)
            folder = parts_folder(folder) if entry.is_part else folder
            is_ours = is_copied and posixpath.dirname(entry.output) == folder
            if entry.done and is_ours and snapshot.intact(entry) and entry.output not in wanted:
                yield _removal(entry, names.get(entry.key, ""), is_gone=spec in gone)


def _removal(entry: Entry, name: str, *, is_gone: bool) -> RemoveStep:
    if is_gone and name:
        return RemoveStep(entry, reason=Reason.MOVED, detail=name)
    return RemoveStep(entry, reason=Reason.SPEC_GONE if is_gone else Reason.RETIRED)


def _sounds_anew(was: RenderInputs, now: RenderInputs) -> bool:
    """Return whether an engine is the same, and a later version of it, which sounds different."""
    return replace(was.engine, sound=now.engine.sound) == now.engine
