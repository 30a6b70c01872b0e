"""Downloads of references, done and judged before anything is sent to an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.batch.fixes import SCHEME
from songbatch.batch.references import ReferenceCheck, measure
from songbatch.diagnostics import Diagnostic
from songbatch.plan import Action
from songbatch.run.events import StepDone, StepStarted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from songbatch.model import Reference
    from songbatch.plan import FetchStep
    from songbatch.run.events import Listener
    from songbatch.store.blobs import Blobs
    from songbatch.traits import Traits


class Fetcher(msgspec.Struct, frozen=True):
    """Brings references given by URL into the store."""

    blobs: Blobs
    listener: Listener
    allow_private: bool

    def fetch_all(self, steps: Iterable[tuple[FetchStep, Traits]]) -> list[ReferenceCheck]:
        """Download every step's reference; what cannot be had or used is a diagnostic.

        The traits are those of the engine that it is for.
        """
        return [self._study(step.reference, traits) for step, traits in steps]

    def _study(self, reference: Reference, traits: Traits) -> ReferenceCheck:
        from songbatch.fetch import FetchError  # noqa: PLC0415  (TLS and HTTP, only if needed)

        self.listener(StepStarted(Action.FETCH, reference.source))
        try:
            data = self.fetch(reference)
        except FetchError as error:
            problem = Diagnostic(
                "reference.fetch",
                reference.source_span,
                "cannot download the reference",
                f"{reference.source}: {error}",
                error.fix,
            )
            return ReferenceCheck(reference, None, (problem,))
        self.listener(StepDone(Action.FETCH, reference.source))
        return measure(reference, data, traits)

    def fetch(self, reference: Reference) -> bytes:
        """Download one reference into the store. Raises FetchError."""
        from songbatch.fetch import FetchError, fetch  # noqa: PLC0415  (TLS, HTTP: seldom needed)

        if (reference.url or "").startswith(SCHEME):
            raise FetchError(
                "the song that is to be mended is not in the store here",
                fix="copy .songbatch/store from where it was made",
            )
        data = fetch(
            reference.url or "",
            sha256=reference.sha256 or "",
            allow_private=self.allow_private,
        )
        self.blobs.keep(data)
        return data
