"""Snapshot of what other machines have, added to this one's: only of what is lacking here.

Nothing is written: a plan shows what a run would take over (`take_over`), and changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from songbatch.plan import Action, needed_uploads
from songbatch.run.shared.claims import own_claims
from songbatch.run.submitting import submitted
from songbatch.run.uploads import is_kept, made_uploads
from songbatch.sharing.seals import secret_of
from songbatch.store.ledger_records import SubmittedRecord, UploadedRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from songbatch.engines.entry import EngineContext, EngineEntry
    from songbatch.model import Render
    from songbatch.plan import Plan, Snapshot
    from songbatch.prices import Tariff
    from songbatch.records import UploadKey
    from songbatch.run.context import RunContext
    from songbatch.sharing.songs import SharedSong
    from songbatch.store.stock import Stock


def is_claimed(engine: EngineEntry, tariff: Tariff) -> bool:
    """Return whether only one machine asks for a song: it costs something, or never is the same."""
    return not (tariff.is_free and engine.repeatable)


def is_shared(engine: EngineEntry, tariff: Tariff, stock: Stock) -> bool:
    """Return whether machines share the songs of an engine."""
    return not stock.is_alone and (stock.shares_all or is_claimed(engine, tariff))


def account_secret(engine: EngineEntry, context: EngineContext) -> bytes | None:
    """Return what only owners of an account have, made of its key; None without."""
    variable = engine.access(context).key_variable
    key = context.environment.get(variable, "") if variable else ""
    return secret_of(key) if key else None


def with_shared(
    snapshot: Snapshot,
    renders: Sequence[Render],
    engine: EngineEntry,
    account: str,
    secret: bytes | None,
    context: RunContext,
    *,
    is_claimed: bool,
) -> Snapshot:
    """Return a snapshot with what other machines have of the renders whose audio is not here.

    If they are claimed, nobody may do without: see `songbatch.store.stock`.
    """
    spared = {part.id for song in renders if _is_here(song, snapshot) for part in song.parts}
    lacking = {
        render.key: render
        for render in renders
        # A song is joined here, of parts that others may have; one that is here needs none.
        if not render.parts and render.id not in spared and not _is_here(render, snapshot)
    }
    context.stock.is_needed |= is_claimed and bool(lacking)
    secrets = {} if secret is None or engine.uploads_stay else {account: secret}
    made = made_uploads(lacking.values(), account, engine.traits) if secrets else {}
    # What came of this project's own claims, its ledger knows better.
    own = {note.who for _, note in own_claims(context)}
    looked = context.stock.look(lacking.keys() | made.keys(), secrets)
    songs = {key: song.without(own) for key, song in looked.items()}
    answers = {
        key: song.answer.receipt(lacking[key].inputs.lyrics or "")
        for key, song in songs.items()
        if song.answer is not None and key in lacking
    }
    left = [render for key, render in lacking.items() if key not in answers]
    ids = context.stock.uploads(_lacking_uploads(left, engine, account, snapshot), secret)
    now = context.ledger.now()
    kept = {key: uploaded for key, uploaded in ids.items() if is_kept(uploaded, now)}
    jobs = {
        key: job
        for key, song in songs.items()
        if key not in answers and (job := _job(song, engine, account, context)) is not None
    }
    doubts = {key: max(song.doubts, snapshot.unknown.get(key, 0)) for key, song in songs.items()}
    return replace(
        snapshot,
        shared=answers,
        busy={
            key: song.busy.note.who
            for key, song in songs.items()
            if song.busy is not None and song.busy.note is not None
        },
        doubted={key: song.doubted for key, song in songs.items() if song.doubts},
        withheld={key: song.withheld for key, song in songs.items() if song.withheld},
        unknown={**snapshot.unknown, **{key: number for key, number in doubts.items() if number}},
        uploads={**snapshot.uploads, **kept},
        jobs={**jobs, **snapshot.jobs},
        names={**{key: lacking[key].id for key in jobs if key in lacking}, **snapshot.names},
    )


def take_over(plan: Plan, snapshot: Snapshot, context: RunContext) -> None:
    """Write down in this project's ledger what its plan takes over from other machines.

    For the lock's holder.
    """
    state = context.ledger.state
    steps = [(step.render.key, step.action) for step in plan.renders]
    steps += [(upload.attempts_key, upload.action) for upload in plan.uploads]
    for key, action in steps:
        job = snapshot.jobs.get(key)
        if action is Action.COLLECT and isinstance(job, SubmittedRecord) and key not in state.jobs:
            context.ledger.append(job)
    for upload in plan.uploads:
        if upload.action is Action.REUSE and upload.key not in state.uploads:
            context.ledger.append(UploadedRecord.of(upload.key, snapshot.uploads[upload.key]))


def _is_here(render: Render, snapshot: Snapshot) -> bool:
    entries = snapshot.finished.get(render.key, ())
    is_kept = snapshot.stored(render.key) or render.key in snapshot.earlier
    return is_kept or any(snapshot.has_audio(entry) for entry in entries)


def _lacking_uploads(
    renders: Sequence[Render], engine: EngineEntry, account: str, snapshot: Snapshot
) -> list[UploadKey]:
    if engine.uploads_stay:
        return []
    rules = engine.traits.references
    keys = (key for render in renders for key in needed_uploads(render, account, rules))
    return [key for key in dict.fromkeys(keys) if key not in snapshot.uploads]


def _job(
    song: SharedSong, engine: EngineEntry, account: str, context: RunContext
) -> SubmittedRecord | None:
    """Return the newest job of a run that is over, as this ledger has jobs."""
    mine = [
        job.note
        for job in song.jobs
        if (job.note.engine, job.note.account) == (engine.name, account)
    ]
    attempt = context.ledger.state.attempts.get(song.key, 0) + 1
    return submitted(song.key, attempt, mine[-1]) if mine else None
