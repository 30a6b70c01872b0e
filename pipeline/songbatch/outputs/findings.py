"""Findings: what a listener should check first, from measures. They never fail a run. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.lyrics import words_only
from songbatch.measures import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from songbatch.measures import Measures
    from songbatch.records import Entry

SILENT_LUFS = -50.0
CUT_OFF_DB = 15.0
"""An end this near to the song's loudness is no end: notes that ring out are 30 dB below it."""
ENCODER_SILENCE_SECONDS = 0.1
"""What an MP3 encoder may add behind a cut."""
CLIPPED_SHARE = 0.001
SHORTEST_SECONDS = 3.0
FASTEST_CHARACTERS = 20.0
"""Characters a second: faster than anybody sings, and about as fast as people can speak."""
UNMEASURED = "unmeasured"


def unmeasured(entry: Entry, why: str) -> Entry:
    """Return the entry of a song that no decoder could read."""
    return entry.but(measures=None, findings=(Finding(UNMEASURED, why),))


def judged(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries of one manifest with findings, those of identical audio among them."""
    entries = list(entries)
    first: dict[str, Entry] = {}
    for entry in entries:
        if entry.measures is not None:
            first.setdefault(entry.measures.samples_sha256, entry)
    return [_judged(entry, first) for entry in entries]


def _judged(entry: Entry, first: dict[str, Entry]) -> Entry:
    if entry.measures is None:
        return entry
    findings = list(_findings(entry.measures, words_only(entry.lyrics or "")))
    twin = first[entry.measures.samples_sha256]
    # Renders with one key share one request: they are meant to be the same.
    if twin.key != entry.key:
        findings.append(Finding("identical", f"every sample is that of {twin.id}"))
    return entry if entry.findings == tuple(findings) else entry.but(findings=tuple(findings))


def _findings(measures: Measures, lyrics: str) -> Iterator[Finding]:
    seconds = measures.seconds
    if measures.lufs is None or measures.lufs < SILENT_LUFS:
        yield Finding("silent", "there is next to nothing to hear")
    elif _is_cut_off(measures, measures.lufs):
        yield Finding("cut-off", f"it ends in full sound, at {measures.end_dbfs:.0f} dBFS")
    if measures.clipping > CLIPPED_SHARE:
        yield Finding("clipped", f"{measures.clipping:.1%} of the samples are at full scale")
    if seconds < SHORTEST_SECONDS:
        yield Finding("short", f"it lasts {seconds:.1f} s")
    elif len(lyrics) > FASTEST_CHARACTERS * seconds:
        each = len(lyrics) / seconds
        yield Finding("short", f"{seconds:.1f} s are {each:.0f} characters of lyrics a second")


def _is_cut_off(measures: Measures, lufs: float) -> bool:
    return (
        measures.trailing_silence < ENCODER_SILENCE_SECONDS
        and measures.end_dbfs is not None
        and measures.end_dbfs > lufs - CUT_OFF_DB
    )
