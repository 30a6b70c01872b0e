"""Songs that this machine has, made known in a shared store: what was paid before there was one.

What lies there already is read, and healed where it is damaged; what others have otherwise stays
theirs, and is told.
"""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from songbatch.diagnostics import BrokenState
from songbatch.digest import sha256
from songbatch.plan import needed_uploads
from songbatch.records import is_same_song
from songbatch.run.readying import engine_context
from songbatch.run.shared.claims import settle_claims, tell_upload
from songbatch.run.shared.snapshot import account_secret, is_claimed
from songbatch.run.uploads import is_kept
from songbatch.sharing.notes import Answered
from songbatch.sharing.trouble import Withheld

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from songbatch.batch.loading import Batch
    from songbatch.engines.entry import EngineEntry
    from songbatch.model import Render
    from songbatch.records import Receipt
    from songbatch.run.context import RunContext
    from songbatch.run.session import Session
    from songbatch.run.shared.stores import ChosenStore
    from songbatch.sharing.shared_store import SharedStore

AT_ONCE = 16


class Pushed(StrEnum):
    """What became of a song."""

    NEW = "pushed"
    HEALED = "healed"
    THERE = "there already"
    DIFFERS = "there otherwise"
    FAILED = "not pushed"


class PushedSong(msgspec.Struct, frozen=True):
    """A song that this machine has; `detail` says who has another one, or what went wrong."""

    id: str
    key: str
    state: Pushed
    detail: str = ""


class PushReport(msgspec.Struct, frozen=True):
    """What a push came to, each key once.

    `lacking` songs have no audio here, `unshared` ones are free and made the same again anywhere.
    """

    store: str
    songs: tuple[PushedSong, ...]
    lacking: int = 0
    unshared: int = 0

    def of(self, state: Pushed) -> list[PushedSong]:
        """Return the songs of which this became."""
        return [song for song in self.songs if song.state is state]


def is_shared(engine: EngineEntry, *, shares_all: bool) -> bool:
    """Return whether the songs of an engine are shared: free and repeatable ones only if asked."""
    return shares_all or is_claimed(engine, engine.tariff())


def push_songs(
    session: Session, batch: Batch, renders: Iterable[Render], chosen: ChosenStore
) -> PushReport:
    """Push what this machine has of some renders, and tell what came of its claims.

    For the lock's holder. Raises StoreTrouble, and ReadOnlyStore before anything is written.
    """
    context = session.run_context(chosen=chosen)
    shared = context.stock.shared
    if shared is None:
        raise context.stock.trouble or ValueError("no store was chosen")
    engines, shares_all = batch.engines, batch.sharing.is_all
    everything = {render.key: render for render in renders}
    wanted = {
        key: render
        for key, render in everything.items()
        if is_shared(engines[render.inputs.engine.name], shares_all=shares_all)
        and not render.parts  # it is joined everywhere of what is pushed
    }
    receipts = session.stored_receipts()
    here = [(render, receipts[key]) for key, render in wanted.items() if key in receipts]
    songs: list[PushedSong] = []
    if here:
        shared.begin()
        try:
            songs = _each(partial(_push, session, shared), here)
            for name in sorted({render.inputs.engine.name for render, _ in here}):
                _push_uploads([render for render, _ in here], engines[name], session, context)
            with contextlib.closing(context.ledger):
                settle_claims(batch.renders, context)
        finally:
            shared.close()
    return PushReport(
        shared.address.text,
        tuple(songs),
        lacking=len(wanted) - len(here),
        unshared=sum(not render.parts for render in everything.values()) - len(wanted),
    )


def _push_uploads(
    renders: list[Render], engine: EngineEntry, session: Session, context: RunContext
) -> None:
    """Make known what uploads of these songs' references answered, to owners of the account's key.

    Some are paid for: ids that a job makes.
    """
    secret = account_secret(engine, engine_context(context, session.environment))
    shared, account = context.stock.shared, engine.account(session.environment)
    if secret is None or shared is None or engine.uploads_stay:
        return
    rules, known, now = engine.traits.references, context.ledger.state.uploads, context.ledger.now()
    mine = (render for render in renders if render.inputs.engine == engine.identity)
    keys = {key for render in mine for key in needed_uploads(render, account, rules)}
    kept = {key: known[key] for key in keys if key in known and is_kept(known[key], now)}
    for key in kept.keys() - shared.uploads(kept, secret).keys():
        tell_upload(shared, key, kept[key], secret)


def _each(
    push: Callable[[tuple[Render, Receipt]], PushedSong], here: list[tuple[Render, Receipt]]
) -> list[PushedSong]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            return list(pool.map(push, here))
        except BaseException:
            # If one cannot reach the store, so can none.
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _push(session: Session, shared: SharedStore, song: tuple[Render, Receipt]) -> PushedSong:
    render, receipt = song
    told = partial(PushedSong, render.id, render.key)
    engine = render.inputs.engine.name
    answer = Answered.of(receipt, render.inputs.lyrics, engine=engine, who=shared.who)
    try:
        audio = session.blobs.read(receipt.audio_sha256)
        before = shared.look([render.key]).get(render.key)
        there = before.answer if before is not None else None
        is_damaged = before is not None and there is None and bool(before.withheld)
        stands = shared.publish(answer, audio, heals=is_damaged) if there is None else there
        if not is_same_song(stands, receipt):
            return told(Pushed.DIFFERS, f"{stands.audio_sha256[:12]}, by {stands.who}")
        if there is None:
            return told(Pushed.HEALED if is_damaged else Pushed.NEW)
        return told(_healed(shared, there, audio))
    except (Withheld, BrokenState) as problem:
        return told(Pushed.FAILED, str(problem))


def _healed(shared: SharedStore, answer: Answered, audio: bytes) -> Pushed:
    """Look whether the audio of an answer is whole, and put it there again if it is not.

    Raises Withheld if only other bytes of the song are here.
    """
    try:
        shared.fetch(answer)
    except Withheld:
        if sha256(audio) != answer.audio_sha256:
            raise
        shared.put_blob(audio, is_judged=True)
        return Pushed.HEALED
    return Pushed.THERE
