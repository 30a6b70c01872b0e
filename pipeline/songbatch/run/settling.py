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
from songbatch.engines.base import Absent, Generation, Job
from songbatch.engines.request_id import request_id
from songbatch.plan import made_key, upload_key
from songbatch.plan.completion import amount_of, completed_request
from songbatch.records import MadeReference
from songbatch.run.uploads import stored_key
from songbatch.store import ledger_records as records
from songbatch.traits import HandedOver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from songbatch.engines.base import JobEngine, ReferenceMaker
    from songbatch.engines.entry import EngineEntry
    from songbatch.model import AudioFormat, Render
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
    if not entry.traits.finds_lost:
        return
    songs = {render.key: render for render in renders}
    uploads = dict(_made_uploads(songs.values(), entry, account))
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


def _made_uploads(
    renders: Iterable[Render], entry: EngineEntry, account: str
) -> Iterator[tuple[str, UploadKey]]:
    rules = entry.traits.references
    for render in renders:
        for use in render.references:
            if rules[use.purpose].handed_over is HandedOver.MADE:
                key = upload_key(account, use, rules)
                yield made_key(key), key


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
        self._engine = engine

    def settle_song(self, doubt: Doubt, render: Render) -> None:
        request = self._request(doubt, render)
        if request is None:
            return
        known = self._ledger.known_jobs()
        found = self._engine.find(request, doubt.asked, doubt.until, known)
        self._book(
            doubt,
            found,
            self._entry.traits.master,
            seed=request.seed,
            seconds=request.duration,
            usd=self._entry.tariff().price(amount_of(render.inputs, self._entry.traits)).planned,
        )

    def settle_upload(self, doubt: Doubt, upload: UploadKey) -> None:
        _, digest, purpose, stored_as = upload
        maker, known = cast("ReferenceMaker", self._engine), self._ledger.known_jobs()
        stored = self._ledger.state.uploads.get(stored_key(upload))
        if stored is None or stored.handle is None:
            return
        found = maker.find_reference(stored.handle, purpose, doubt.asked, doubt.until, known)
        rule = self._entry.traits.references[purpose]
        made = MadeReference(digest, purpose, stored_as)
        self._book(doubt, found, self._entry.traits.master, usd=rule.usd, reference=made)

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

    def _book(
        self,
        doubt: Doubt,
        found: Job | Absent | None,
        container: AudioFormat | None,
        *,
        usd: float,
        seed: int | None = None,
        seconds: float | None = None,
        reference: MadeReference | None = None,
    ) -> None:
        if isinstance(found, Absent):
            message = "it did not arrive, as the service's list of requests shows"
            self._ledger.append(
                records.FailedRecord(key=doubt.key, attempt=doubt.attempt, message=message)
            )
        elif isinstance(found, Job) and container is not None:
            self._ledger.append(
                records.SubmittedRecord(
                    key=doubt.key,
                    attempt=doubt.attempt,
                    job=found.id,
                    engine=self._entry.name,
                    account=self._account,
                    format=container,
                    seed=seed,
                    seconds=seconds,
                    usd=usd,
                    reference=reference,
                )
            )
