"""The contract's two calls over an engine of any traits.

References are kept here where the engine takes them along with requests, lyrics are told in its
grammar, and its master becomes the audio that was asked for. Clients share the engine's own limit
of requests at once: who comes later waits for a turn.
"""

from __future__ import annotations

import asyncio
import io
import os
from functools import partial
from typing import TYPE_CHECKING, cast

import msgspec
from msgspec.structs import replace
from starlette.concurrency import run_in_threadpool

from songbatch.audio.convert import convert
from songbatch.audio.probe import AudioProblem, probe
from songbatch.engines.base import EngineError, Verdict
from songbatch.engines.reference_files import reference_file
from songbatch.serve import translation
from songbatch.serve.contract import BadRequest
from songbatch.serve.job_poller import POLL_SECONDS, JobPoller

if TYPE_CHECKING:
    from collections.abc import Callable

    from songbatch.engines.base import Answer, Engine, Generation, JobEngine, ReferenceFile, Sink
    from songbatch.engines.entry import EngineEntry
    from songbatch.model import Purpose, Uploaded
    from songbatch.serve.contract import UploadRequest
    from songbatch.serve.references import KeptReference, KeptReferences

COLLECT_TRIES = 4
_OF_THE_LINE = frozenset({Verdict.RETRY, Verdict.UNREACHABLE, Verdict.SLOW_DOWN})
_NOBODY_KNOWS = frozenset({Verdict.UNKNOWN, Verdict.LOST})


class SongOrder:
    """A song that a client waits for; `is_begun` once the engine is asked for it.

    What is not `is_wanted` any more is neither asked for nor fetched.
    """

    def __init__(self, request: Generation, kept: tuple[KeptReference, ...]) -> None:
        self.request = request
        self.kept = kept
        self.is_begun = False
        self.is_wanted = True


class FinishedSong(msgspec.Struct, frozen=True):
    """A song in the form that was asked for, and what the service told of it."""

    audio: bytes
    answer: Answer


class Unwanted(Exception):
    """The song was made, and nobody waits for it."""


class HostedSongs:
    """Uploads and songs of one engine. Used by one event loop.

    `style` is that of every song: the contract has no place for one.
    """

    def __init__(
        self,
        engine: Engine | JobEngine,
        entry: EngineEntry,
        references: KeptReferences,
        style: str | None = None,
    ) -> None:
        self._engine = engine
        self._traits = entry.traits
        self._is_free = entry.tariff().is_free
        self._references = references
        self._keeps = translation.takes_bytes(entry.traits) or not entry.traits.references
        self._style = style
        self._turns = asyncio.Semaphore(entry.jobs)
        # Decoded audio is large, and more threads than cores make none of it sooner.
        self._cores = asyncio.Semaphore(os.cpu_count() or 1)
        self.has_jobs = entry.traits.has_jobs
        self._poller = JobPoller(
            cast("JobEngine", engine),
            is_free=self._is_free,
            expected_seconds=entry.seconds_per_render,
        )

    async def upload(self, wanted: UploadRequest, name: str) -> Uploaded:
        """Take a reference in. Raises BadRequest, EngineError."""
        reason = translation.why_unusable(wanted.purpose, self._traits)
        if reason:
            raise BadRequest(f"purpose: {reason}")
        if self._keeps:
            async with self._cores:
                return await run_in_threadpool(self._keep, wanted)
        async with self._turns:
            return await run_in_threadpool(
                self._engine.upload, wanted.audio, wanted.format, wanted.purpose, name
            )

    def order(self, wanted: Generation) -> SongOrder:
        """Judge a request by the engine's traits. Raises BadRequest, EngineError."""
        if not self._keeps:
            told = translation.translated(wanted, self._traits, style=self._style)
            return SongOrder(told, ())
        find = self._references.find
        voice = find(wanted.voice_id, "vocal") if wanted.voice_id is not None else None
        instrumental = (
            find(wanted.instrumental_id, "instrumental")
            if wanted.instrumental_id is not None
            else None
        )
        translation.judge_references(voice, instrumental, self._traits)
        told = translation.translated(
            wanted,
            self._traits,
            style=self._style,
            is_unsung=translation.is_unsung(voice, instrumental),
        )
        used = (voice, instrumental) if self._traits.references else ()
        kept = tuple(dict.fromkeys(one for one in used if one is not None))
        return SongOrder(replace(told, voice_id=None, instrumental_id=None), kept)

    async def make(self, order: SongOrder) -> FinishedSong:
        """Make a song when its turn comes. Raises EngineError, Unwanted."""
        try:
            async with self._turns:
                order.is_begun = True
                audio, answer = await self._made(order)
        except EngineError as error:
            raise self._judged(error) from error
        if self._traits.master is not None:
            async with self._cores:
                audio = await run_in_threadpool(self._converted, audio, order.request)
        return FinishedSong(audio, answer)

    async def _made(self, order: SongOrder) -> tuple[bytes, Answer]:
        request = order.request
        if order.kept:
            async with self._cores:
                files = await run_in_threadpool(self._prepared, order.kept)
            request = replace(request, files=files)
        if not self.has_jobs:
            engine = cast("Engine", self._engine)
            return await run_in_threadpool(_written, partial(engine.generate, request))
        jobs = cast("JobEngine", self._engine)
        job = await run_in_threadpool(jobs.submit, request)
        ready = await self._poller.end_of(job)
        return await self._collected(partial(jobs.collect, job, ready), order)

    async def _collected(
        self, collect: Callable[[Sink], Answer], order: SongOrder
    ) -> tuple[bytes, Answer]:
        for tries in range(1, COLLECT_TRIES + 1):
            if not order.is_wanted:
                raise Unwanted
            try:
                return await run_in_threadpool(_written, collect)
            except EngineError as error:
                if error.verdict not in _OF_THE_LINE:
                    raise
                if tries == COLLECT_TRIES:
                    verdict = error.verdict if self._is_free else Verdict.LOST
                    raise error.but(verdict=verdict) from error
            await asyncio.sleep(POLL_SECONDS)
        raise AssertionError

    def _keep(self, wanted: UploadRequest) -> Uploaded:
        rule = self._traits.references.get(wanted.purpose)
        if rule is not None:
            seconds = probe(wanted.audio).seconds
            if not rule.seconds.has(seconds):
                least, most = rule.seconds.least, rule.seconds.most
                raise BadRequest(
                    f"file: the audio lasts {seconds:.2f} s; the engine takes "
                    f"{least:.0f} to {most:.0f} s"
                )
            self._in_form(wanted.audio, wanted.purpose)
        return self._references.keep(wanted.audio, wanted.purpose)

    def _prepared(self, kept: tuple[KeptReference, ...]) -> tuple[ReferenceFile, ...]:
        return tuple(
            self._in_form(self._references.read(reference), reference.purpose) for reference in kept
        )

    def _in_form(self, audio: bytes, purpose: Purpose) -> ReferenceFile:
        """Return a reference as it goes along with a request. Raises BadRequest."""
        try:
            return reference_file(audio, purpose, self._traits)
        except AudioProblem as problem:
            raise BadRequest(f"file: {problem}") from problem

    def _converted(self, master: bytes, request: Generation) -> bytes:
        try:
            return convert(master, request.audio)
        except AudioProblem as problem:
            verdict = Verdict.RETRY if self._is_free else Verdict.UNKNOWN
            raise EngineError(f"unusable audio: {problem}", verdict) from problem

    def _judged(self, error: EngineError) -> EngineError:
        """Return an error as clients are told: where nothing is paid, asking again is right."""
        if not self._is_free or error.verdict not in _NOBODY_KNOWS:
            return error
        return error.but(verdict=Verdict.RETRY)


def _written(make: Callable[[Sink], Answer]) -> tuple[bytes, Answer]:
    sink = io.BytesIO()
    answer = make(sink)
    return sink.getvalue(), answer
