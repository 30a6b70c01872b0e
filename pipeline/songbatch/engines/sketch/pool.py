"""The sketch engine on every core: one song is made here, those beside it by workers."""

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
    """The engine that runs open; see `songbatch.engines.base.Engine` for what its methods promise.

    It does as many things at once as there are cores, whoever asks for more waits. A worker is
    started when something is asked for while something else is being made, and kept until `close`.
    Where there can be none, everything is made here. Who makes a song changes no byte of it.
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
        """What of this engine belongs to a render's key."""
        return self._here.identity

    @property
    def account(self) -> str:
        """Everybody on this machine."""
        return self._here.account

    def preflight(self) -> None:
        """Nothing can be missing."""
        self._here.preflight()

    def upload(
        self, audio: bytes, audio_format: AudioFormat, purpose: Purpose, request_id: str
    ) -> Uploaded:
        """Listen to a reference and keep its portrait; the same bytes answer the same ids."""
        return self._made(lambda by: by.upload(audio, audio_format, purpose, request_id))

    def generate(self, request: Generation, sink: Sink) -> Answer:
        """Make the song and write it to `sink`."""
        return self._made(lambda by: by.generate(request, sink))

    def close(self) -> None:
        """Let the workers go that have nothing to do."""
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
            # Its place is given up: what ended one worker may end the next.
            if isinstance(maker, Worker):
                maker.close()
            maker = None
            return make(self._here)
        finally:
            if maker is not None:
                self._free.put(maker)
