"""After everything is delivered and written down: measure what nobody measured yet.

Apart from the requests, which it must not slow, and after the manifests: whatever happens here, a
song that was paid is in its place. What is not measured in this run is in the next.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from songbatch.audio.delivery import inspect, inspect_master
from songbatch.audio.probe import AudioProblem
from songbatch.formatting import count
from songbatch.outputs.findings import unmeasured
from songbatch.plan import Action
from songbatch.run.delivery import write_output
from songbatch.run.events import StepDone, StepStarted
from songbatch.store import measured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from songbatch.measures import Measures
    from songbatch.model import Render
    from songbatch.records import Entry
    from songbatch.run.context import RunContext

THREADS = min(4, os.cpu_count() or 1)
"""Decoder and FFT let other threads run; more than four would only want memory."""


def measure_all(
    songs: Iterable[tuple[Render, Entry]], context: RunContext, is_stopped: Callable[[], bool]
) -> dict[str, Entry]:
    """Measure the songs that are not measured yet, tag them by it, and return their new entries.

    The entries are by render id; those of songs that were not reached are missing.
    """
    by_audio: dict[str, list[tuple[Render, Entry]]] = {}
    for render, entry in songs:
        if entry.done and not entry.is_measured and entry.audio_sha256 is not None:
            by_audio.setdefault(entry.audio_sha256, []).append((render, entry))
    if not by_audio:
        return {}
    subject, began = count(len(by_audio), "song"), time.monotonic()
    context.listener(StepStarted(Action.MEASURE, subject))
    finished: dict[str, Entry] = {}
    with ThreadPoolExecutor(THREADS, "measure") as pool:
        try:
            audios = (same[0][1] for same in by_audio.values())
            results = pool.map(lambda entry: _measured(entry, context), audios)
            for same, result in zip(by_audio.values(), results, strict=True):
                finished |= {render.id: _taken(render, e, result, context) for render, e in same}
                if is_stopped():
                    break
        finally:
            pool.shutdown(cancel_futures=True)
    context.listener(StepDone(Action.MEASURE, subject, took=round(time.monotonic() - began, 3)))
    return finished


def _measured(entry: Entry, context: RunContext) -> Measures | AudioProblem:
    digest = str(entry.audio_sha256)
    known = measured.load(context.blobs, digest)
    if known is not None:
        return known
    try:
        measures = _measure(context.blobs.read(digest), entry)
    except AudioProblem as problem:
        return problem
    measured.save(context.blobs, digest, measures)
    return measures


def _measure(audio: bytes, entry: Entry) -> Measures:
    from songbatch.audio.measure import measure  # noqa: PLC0415  (loads numpy and the decoder)

    if entry.master is not None:
        return measure(audio, inspect_master(audio, entry.master.format).info)
    return measure(audio, inspect(audio, entry.audio).info)


def _taken(
    render: Render, entry: Entry, result: Measures | AudioProblem, context: RunContext
) -> Entry:
    if isinstance(result, AudioProblem):
        return unmeasured(entry, str(result))
    receipt = context.ledger.state.receipts[entry.key]
    # The tag says what was measured, so the output is another one than was written before.
    before = entry.but(measures=result, sha256=None)
    return write_output(render, receipt, context, before)
