"""The half of the runner that works in threads: single requests, and the outputs of answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.plan import Action, upload_key
from songbatch.run.delivery import deliver
from songbatch.run.events import StepStarted

if TYPE_CHECKING:
    from collections.abc import Callable

    from songbatch.model import ReferenceUse, Render, Uploaded
    from songbatch.records import Entry, Receipt
    from songbatch.run.context import RunContext
    from songbatch.run.pending import PendingRender, PendingUpload
    from songbatch.run.requests import Requests
    from songbatch.store.blobs import Received


class RequestWorker:
    """Does what a runner decides.

    `before` returns what the last manifests record of a render's audio;
    `finished` are the entries of the renders whose outputs it has written, by render id.
    """

    def __init__(
        self, requests: Requests, context: RunContext, before: Callable[[Render], Entry | None]
    ) -> None:
        self._requests = requests
        self._context = context
        self._before = before
        self.finished: dict[str, Entry] = {}

    def upload(self, upload: PendingUpload) -> Uploaded:
        """Upload a reference. Raises EngineError."""
        self._context.listener(StepStarted(Action.UPLOAD, upload.name))
        return self._requests.upload(upload.step, upload.times + 1)

    def ask(self, pending: PendingRender) -> Received:
        """Ask for a song; its audio is on the disk then. Raises EngineError, DiskTrouble."""
        render = pending.render
        voice = self._sent(pending, render.inputs.voice)
        instrumental = self._sent(pending, render.inputs.instrumental)
        self._context.listener(StepStarted(Action.RENDER, render.id))
        return self._requests.ask(
            render,
            voice.voice_id if voice else None,
            instrumental.instrumental_id if instrumental else None,
        )

    def file(self, pending: PendingRender, received: Received) -> Receipt:
        """Write an answer down, and the outputs of all renders that it serves.

        Raises EngineError for unusable audio, OSError and DiskTrouble.
        """
        stored = self._requests.book(received)
        for step in pending.steps:
            before = self._before(pending.render)
            self.finished[step.render.id] = deliver(step.render, stored, self._context, before)
        return stored.receipt

    def _sent(self, pending: PendingRender, use: ReferenceUse | None) -> Uploaded | None:
        if use is None:
            return None
        return pending.ids[upload_key(self._requests.engine.account, use)]
