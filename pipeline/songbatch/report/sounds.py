"""Audio of a project as a page plays and shows it: decoded once, remembered by its digest."""

from __future__ import annotations

import base64
import contextlib
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import msgspec

from songbatch.audio.probe import AudioProblem, probe
from songbatch.measures import WAVEFORM_POINTS
from songbatch.report.page import PageSound
from songbatch.sources import Unreadable
from songbatch.store import measured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from songbatch.model import AudioInfo
    from songbatch.report.links import Links
    from songbatch.store.blobs import Blobs
    from songbatch.workspace import Workspace

_THREADS = min(4, os.cpu_count() or 1)
"""Decoder and numpy let other threads run."""


class Recording(msgspec.Struct, frozen=True):
    """A file of the project and the digest of its audio, without tags of ours."""

    file: str
    audio_sha256: str
    is_reference: bool = False
    """Whether it may be of any format that references are in."""


class Sounds:
    """Makes sounds of recordings. What is known of a sound is kept under `.songbatch/`."""

    def __init__(
        self,
        workspace: Workspace,
        blobs: Blobs,
        links: Links,
        on_draw: Callable[[int], None] = lambda _number: None,
    ) -> None:
        """`on_draw` hears how many waveforms are about to be drawn, which takes some time."""
        self._workspace = workspace
        self._blobs = blobs
        self._links = links
        self._on_draw = on_draw

        self._waveforms: dict[str, bytes] = {}

    def draw(self, recordings: Iterable[Recording]) -> None:
        """Draw the waveforms that were never drawn, several at once."""
        missing = {}
        for one in recordings:
            kept = self._blobs.known_waveform(one.audio_sha256)
            if kept is not None and len(kept) in {0, WAVEFORM_POINTS}:
                self._waveforms[one.audio_sha256] = kept
            else:
                missing[one.audio_sha256] = one
        self._on_draw(len(missing))
        with ThreadPoolExecutor(_THREADS, "waveform") as pool:
            for one, drawn in zip(
                missing.values(), pool.map(self._drawn, missing.values()), strict=True
            ):
                self._waveforms[one.audio_sha256] = drawn
                with _not_needed():
                    self._blobs.keep_waveform(one.audio_sha256, drawn)

    def sound(self, recording: Recording, seconds: float | None, lufs: float | None) -> PageSound:
        """Return a recording as the page has it; it was drawn before."""
        drawn = base64.b64encode(self._waveforms[recording.audio_sha256]).decode()
        return PageSound(self._links.to(recording.file), seconds, lufs, drawn)

    def loudness(self, recording: Recording) -> float | None:
        """Return the integrated loudness (LUFS) of a recording that no manifest lists."""
        known = measured.load(self._blobs, recording.audio_sha256)
        if known is None:
            from songbatch.audio.measure import measure  # noqa: PLC0415  (loads numpy)

            try:
                data = self._data(recording)
                known = measure(data, _info(data))
            except (AudioProblem, Unreadable):
                return None
            with _not_needed():
                measured.save(self._blobs, recording.audio_sha256, known)
        return known.lufs

    def _data(self, recording: Recording) -> bytes:
        """Return an MP3 or WAV. Raises AudioProblem, Unreadable."""
        data = self._workspace.read_bytes(recording.file)
        if not recording.is_reference:
            return data
        from songbatch.audio.recordings import taken  # noqa: PLC0415  (few need a decoder)

        return taken(data)

    def _drawn(self, recording: Recording) -> bytes:
        """Return a waveform; b"" for what cannot be decoded."""
        from songbatch.audio.waveform import waveform  # noqa: PLC0415  (loads numpy)

        try:
            data = self._data(recording)
            return waveform(data, _info(data))
        except (AudioProblem, Unreadable):
            return b""


def _not_needed() -> contextlib.AbstractContextManager[None]:
    """Ignore that a file which only saves work cannot be written: a full disk, a run tidying up."""
    return contextlib.suppress(OSError)


def _info(data: bytes) -> AudioInfo:
    try:
        return probe(data)
    except AudioProblem as problem:
        if problem.info is None:
            raise
        return problem.info
