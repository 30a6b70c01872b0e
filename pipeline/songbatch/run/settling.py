"""Requests of earlier runs whose answers were lost, settled by the service's list of requests.

Only what is certain is written down: that a request became this job, or that it never arrived.
Asking for the list costs nothing, and a run that has nothing to settle asks for nothing.
"""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

import msgspec

from songbatch.diagnostics import SongbatchError
from songbatch.engines.base import Absent, EngineError, Generation, Job, Verdict
from songbatch.engines.request_id import request_id
from songbatch.model import AudioFormat
from songbatch.plan import upload_key
from songbatch.plan.completion import amount_of, completed_request
from songbatch.records import MadeReference
from songbatch.run.submitting import JobUnderWay, Submissions
from songbatch.run.uploads import made_uploads, stored_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from songbatch.engines.base import JobEngine, ReferenceMaker
    from songbatch.engines.entry import EngineEntry
    from songbatch.model import Render
    from songbatch.records import UploadKey
    from songbatch.store.ledger import Ledger

LONGEST_SUBMIT = timedelta(minutes=3)
"""So long after it was asked, a request may still have arrived."""


class Doubt(msgspec.Struct, frozen=True):
    """A request of which nobody knows whether it arrived: `asked` at a time, UTC, ISO 8601."""

    key: str
    attempt: int
    asked: str

    @property
    def until(self) -> str:
        """When it had arrived at the latest."""
        latest = datetime.fromisoformat(self.asked) + LONGEST_SUBMIT
        return latest.isoformat().replace("+00:00", "Z")


def settle(
    renders: Iterable[Render],
    entry: EngineEntry,
    account: str,
    ledger: Ledger,
    opened: Callable[[], JobEngine],
) -> None:
    """Write down what became of lost requests for these renders, and for what they follow.

    The engine is `opened` only if there is any. What goes wrong leaves everything as it is. For the
    holder of the project's lock.
    """
    songs = {render.key: render for render in renders}
    uploads = made_uploads(songs.values(), account, entry.traits)
    doubts = [*_doubts(songs, ledger), *_doubts(uploads, ledger)]
    if not doubts:
        return
    with contextlib.suppress(SongbatchError), contextlib.closing(opened()) as engine:
        engine.preflight()
        settler = _Settler(entry, account, ledger, engine)
        for doubt in doubts:
            if doubt.key in songs:
                settler.settle_song(doubt, songs[doubt.key])
            else:
                settler.settle_upload(doubt, uploads[doubt.key])


def _doubts(keys: Iterable[str], ledger: Ledger) -> Iterator[Doubt]:
    for key in keys:
        for attempt in sorted(ledger.state.doubtful_attempts(key)):
            asked = ledger.state.asked_at.get((key, attempt))
            if asked:
                yield Doubt(key, attempt, asked)


class _Settler:
    def __init__(self, entry: EngineEntry, account: str, ledger: Ledger, engine: JobEngine) -> None:
        self._entry = entry
        self._account = account
        self._ledger = ledger
        self._submissions = Submissions(ledger)
        self._engine = engine
        self._form = entry.traits.master or AudioFormat.WAV

    def settle_song(self, doubt: Doubt, render: Render) -> None:
        request = self._request(doubt, render)
        if request is None:
            return
        found = self._engine.find(request, doubt.asked, doubt.until, self._ledger.known_jobs())
        price = self._entry.tariff().price(amount_of(render.inputs, self._entry.traits))
        if isinstance(found, Job):
            job = JobUnderWay(
                doubt.key,
                doubt.attempt,
                found,
                self._form,
                request.seed,
                request.duration,
                price.planned,
            )
            self._submissions.book(job, self._entry.name, self._account)
        elif isinstance(found, Absent):
            self._book_absence(doubt)

    def settle_upload(self, doubt: Doubt, upload: UploadKey) -> None:
        _, digest, purpose, stored_as = upload
        maker, known = cast("ReferenceMaker", self._engine), self._ledger.known_jobs()
        stored = self._ledger.state.uploads.get(stored_key(upload))
        if stored is None or stored.handle is None:
            return
        found = maker.find_reference(stored.handle, purpose, doubt.asked, doubt.until, known)
        if isinstance(found, Job):
            usd = self._entry.traits.references[purpose].usd
            made = MadeReference(digest, purpose, stored_as)
            job = JobUnderWay(doubt.key, doubt.attempt, found, self._form, usd=usd, reference=made)
            self._submissions.book(job, self._entry.name, self._account)
        elif isinstance(found, Absent):
            self._book_absence(doubt)

    def _request(self, doubt: Doubt, render: Render) -> Generation | None:
        """Return the request as it was sent; None if what it named is not known any more."""
        rules, handles = self._entry.traits.references, {}
        for use in render.references:
            sent = self._ledger.state.uploads.get(upload_key(self._account, use, rules))
            if sent is None or sent.handle is None:
                return None
            handles[use.purpose] = sent.handle
        name = request_id(render.key, render.inputs.take, doubt.attempt)
        request = Generation.of(render.inputs, None, None, name)
        return completed_request(request, render.inputs, self._entry.traits, handles=handles)

    def _book_absence(self, doubt: Doubt) -> None:
        absence = EngineError(
            "it did not arrive, as the service's list of requests shows", Verdict.RETRY
        )
        self._submissions.book_failure(absence, doubt.key, doubt.attempt)
