"""The sketch engine on every core: one song is made in this process, the others by workers."""

from __future__ import annotations

import os
from queue import Empty, LifoQueue
from typing import TYPE_CHECKING, TypeVar

from songbatch.engines.sketch.engine import SketchEngine
from songbatch.engines.sketch.worker import Worker, WorkerGone

if TYPE_CHECKING:
    from collections.abc import Callable

    from songbatch.engines.base import Answer, Generation, Sink
    from songbatch.files.tree import Tree
    from songbatch.model import AudioFormat, EngineIdentity, Purpose, Uploaded

Made = TypeVar("Made")


class ParallelSketchEngine:
    """The engine that runs use; `songbatch.engines.base.Engine` describes its methods.

    It does as many things at once as there are cores; further requests wait. A worker is started
    when a request comes while another is being served, and kept until `close`. If none can be
    started, everything is made in this process. Which process makes a song changes no byte of it.
    """

    def __init__(self, state: Tree, cores: int | None = None) -> None:
        self._here = SketchEngine(state)
        self._state = state
        # None stands for a worker that has not been started.
        self._free: LifoQueue[SketchEngine | Worker | None] = LifoQueue()
        for _ in range((cores or os.cpu_count() or 1) - 1):
            self._free.put(None)
        self._free.put(self._here)

    @property
    def identity(self) -> EngineIdentity:
        """The part of a render's key that stands for this engine."""
        return self._here.identity

    @property
    def account(self) -> str:
        """Everybody on this machine."""
        return self._here.account

    def preflight(self) -> None:
        """Do nothing: nothing can be missing."""
        self._here.preflight()

    def upload(
        self, audio: bytes, audio_format: AudioFormat, purpose: Purpose, request_id: str
    ) -> Uploaded:
        """Analyze a reference and keep its features; the same bytes return the same ids."""
        return self._made(lambda by: by.upload(audio, audio_format, purpose, request_id))

    def generate(self, request: Generation, sink: Sink) -> Answer:
        """Make the song and write it to `sink`."""
        return self._made(lambda by: by.generate(request, sink))

    def close(self) -> None:
        """End the idle workers."""
        while True:
            try:
                leaving = self._free.get_nowait()
            except Empty:
                return
            if isinstance(leaving, Worker):
                leaving.close()

    def _made(self, make: Callable[[SketchEngine | Worker], Made]) -> Made:
        maker = self._free.get()
        try:
            maker = maker or Worker(self._state)
            return make(maker)
        except WorkerGone:
            # It is not replaced: what ended one worker may end the next.
            if isinstance(maker, Worker):
                maker.close()
            maker = None
            return make(self._here)
        finally:
            if maker is not None:
                self._free.put(maker)
