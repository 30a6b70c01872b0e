"""Checkup before a run: would a render get through? Asks services for nothing that costs."""

from __future__ import annotations

import contextlib
import shutil
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import msgspec

from songbatch import __version__
from songbatch.diagnostics import BrokenState, Severity, SongbatchError, UsageError
from songbatch.engines.health import HealthItem, HealthState, failed, fine, warning
from songbatch.formatting import count, duration, size
from songbatch.model import AudioFormat, AudioSetting
from songbatch.plan.completion import seconds_asked
from songbatch.run.booking import room
from songbatch.run.session import now
from songbatch.run.shared.stores import chosen_store, opened_store
from songbatch.shell import shell_word
from songbatch.store.ledger import NAME as LEDGER
from songbatch.store.lock import lock_holder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from songbatch.batch.loading import Batch
    from songbatch.engines.entry import EngineContext, EngineEntry
    from songbatch.model import Render
    from songbatch.run.session import Session
    from songbatch.store.ledger import LedgerState
    from songbatch.store.ledger_records import SubmittedRecord

LIBRARIES = ("click", "lameenc", "miniaudio", "msgspec", "numpy", "requests", "urllib3")
UNUSED_KEY = "0" * 64
"""No song has it: a digest that nobody meets."""
FUTURE = 300.0
"""Seconds; a ledger that was written so much later than now shows that the clock was set back."""


class EngineCheckup(msgspec.Struct, frozen=True):
    """Findings about one engine; `url` is "" for one that runs here."""

    name: str
    model: str
    url: str
    items: Sequence[HealthItem]


class Checkup(msgspec.Struct, frozen=True):
    """Findings about engines, and about the project if there is one."""

    engines: Sequence[EngineCheckup]
    project: Sequence[HealthItem] = ()

    def count(self, state: HealthState) -> int:
        """Return how many findings there are in this state."""
        items = [*self.project, *(item for one in self.engines for item in one.items)]
        return sum(item.state is state for item in items)


def examine_engine(entry: EngineEntry, context: EngineContext) -> EngineCheckup:
    """Open an engine as a run would, and ask how its service is."""
    url = entry.access(context).url
    return EngineCheckup(entry.name, entry.identity.model, url, _health(entry, context))


def _health(entry: EngineEntry, context: EngineContext) -> list[HealthItem]:
    try:
        with contextlib.closing(entry.open(context)) as engine:
            engine.preflight()
        found = entry.health(context)
    except SongbatchError as error:
        return [failed("set-up", str(error), error.fix)]
    return found or [fine("set-up", "complete; more shows only when a song is asked for")]


def load_for_checkup(session: Session, engine: str | None) -> tuple[Batch | None, list[HealthItem]]:
    """Return the specs of a project, and what is found of them; None if there is none."""
    try:
        batch = session.load((), engine, {})
    except UsageError as error:
        return None, [failed("specs", str(error), error.fix)]
    errors = sum(one.severity is Severity.ERROR for one in batch.diagnostics)
    warnings = count(len(batch.diagnostics) - errors, "warning")
    if errors:
        on_it = "" if engine is None else f" --engine {shell_word(engine)}"
        fix = f"songbatch check{on_it} shows them"
        return batch, [failed("specs", count(errors, "error"), fix)]
    found = f"{count(len(batch.specs), 'spec')}, {count(len(batch.renders), 'render')}, {warnings}"
    return batch, [fine("specs", found)]


def examine_project(
    session: Session, batch: Batch | None, engines: Sequence[EngineEntry]
) -> list[HealthItem]:
    """Return what is found of disk, clock, versions, lock, ledger, jobs and store."""
    found = [_disk(session, batch, engines), _clock(session), *_versions(), _lock(session)]
    try:
        state = session.ledger_state()
    except BrokenState as error:
        return [*found, failed("ledger", str(error), error.fix)]
    found.append(_ledger(state))
    found += _jobs(session, state, engines)
    if batch is not None:
        found.append(_store(session, state, batch))
        found += _shared_store(session, batch)
    return found


def _disk(session: Session, batch: Batch | None, engines: Sequence[EngineEntry]) -> HealthItem:
    free = shutil.disk_usage(session.workspace.root).free
    text = f"{size(free)} are free"
    renders = batch.renders if batch is not None else ()
    for entry in engines:
        own = [_room(one, entry) for one in renders if one.inputs.engine == entry.identity]
        largest = sorted(own, reverse=True)[: entry.jobs]
        if largest and free < largest[0]:
            needed = f"one song of {entry.name} may need {size(largest[0])}"
            return failed("disk", f"{text}; {needed}", "make room on it")
        if free < sum(largest):
            needed = f"{count(len(largest), 'song')} at once may need {size(sum(largest))}"
            return warning("disk", f"{text}; {needed}", "make room on it, or lower --jobs")
    return fine("disk", text)


def _room(render: Render, entry: EngineEntry) -> int:
    """Return how many bytes are set aside for a song before it is asked for."""
    traits, inputs = entry.traits, render.inputs
    seconds = seconds_asked(inputs, traits)
    setting = inputs.audio or AudioSetting(traits.master or AudioFormat.WAV)
    return room(setting, traits.song.most if seconds is None else seconds, traits)


def _clock(session: Session) -> HealthItem:
    try:
        written = session.workspace.state.status(LEDGER).st_mtime
    except (FileNotFoundError, NotADirectoryError):
        written = 0.0
    ahead = written - time.time()
    if ahead > FUTURE:
        text = f"it is {now()} here, {duration(ahead)} before the ledger was last written"
        return warning("clock", text, "set this machine's clock")
    return fine("clock", "it is after all that was recorded")


def _versions() -> Iterator[HealthItem]:
    found, missing = [], []
    for name in LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    python = ".".join(map(str, sys.version_info[:3]))
    yield fine("versions", ", ".join([f"songbatch {__version__}", f"Python {python}", *found]))
    if missing:
        yield warning("versions", f"not installed: {', '.join(missing)}", "install songbatch anew")


def _lock(session: Session) -> HealthItem:
    holder = lock_holder(session.workspace.state)
    if holder is None:
        return fine("lock", "it is free")
    return warning("lock", f"held by {holder}", "a render waits until that run has ended")


def _ledger(state: LedgerState) -> HealthItem:
    received, uploads = count(len(state.receipts), "song"), count(len(state.uploads), "upload")
    text = f"{received} received, {uploads} known"
    keys = {*state.unknown, *state.open_attempts} - state.receipts.keys()
    doubtful = sum(map(state.unknown_outcomes, keys))
    if not doubtful:
        return fine("ledger", text)
    more = f"{text}; {count(doubtful, 'request')} without an answer may have been paid"
    return warning("ledger", more, "songbatch plan shows what is held, --retry-unknown asks again")


def _jobs(
    session: Session, state: LedgerState, engines: Sequence[EngineEntry]
) -> Iterator[HealthItem]:
    by_engine: dict[str, list[SubmittedRecord]] = {}
    for attempts in state.jobs.values():
        for job in attempts.values():
            by_engine.setdefault(job.engine, []).append(job)
    if not by_engine:
        yield fine("jobs", "none is under way")
    accounts = {one.name: one.account(session.environment) for one in engines}
    for name, jobs in sorted(by_engine.items()):
        since = min(job.at for job in jobs)
        text = f"{count(len(jobs), 'song')} under way at {name} since {since}"
        if name in accounts and any(job.account != accounts[name] for job in jobs):
            text += ", asked for with another address or key"
            yield warning("jobs", text, "render with that address and key to collect them")
        else:
            yield fine("jobs", f"{text}: the next render collects them")


def _shared_store(session: Session, batch: Batch) -> Iterator[HealthItem]:
    """Yield whether the shared store can be used; nothing is written there."""
    try:
        chosen = chosen_store(batch.sharing, None, session.environment)
        if chosen.address is not None:
            root = session.workspace.root
            opened_store(chosen, session.environment, root).look([UNUSED_KEY])
            yield fine("shared store", f"{chosen.address.text} answers")
    except SongbatchError as error:
        yield failed("shared store", str(error), error.fix)


def _store(session: Session, state: LedgerState, batch: Batch) -> HealthItem:
    receipts = {one.key: state.receipts.get(one.key) for one in batch.renders}
    known = [receipt for receipt in receipts.values() if receipt is not None]
    here = sum(session.blobs.has(one.audio_sha256, one.bytes) for one in known)
    if here == len(known):
        return fine("store", f"{count(here, 'song')} of these specs here, whole by their size")
    lost = count(len(known) - here, "song")
    text = f"{lost} of these specs received, and not here or not whole"
    return warning("store", text, "songbatch plan says what becomes of each")
