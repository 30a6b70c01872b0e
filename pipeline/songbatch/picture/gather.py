"""Gathering of what a picture shows: measured in the audio, or outlined by the song's engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.audio.levels import measure_levels
from songbatch.audio.measure import measure
from songbatch.audio.probe import AudioProblem, probe
from songbatch.audio.recordings import taken
from songbatch.diagnostics import UsageError
from songbatch.engines.outline import no_outline
from songbatch.model import AudioFormat, AudioInfo
from songbatch.outputs.lrc import EXACT, read_timed
from songbatch.picture.overview import MOMENTS
from songbatch.picture.subject import PictureSubject, TimedLine
from songbatch.traits import UnknownEngine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.audio.levels import SoundLevels
    from songbatch.engines.catalog import Engines
    from songbatch.engines.entry import EngineEntry
    from songbatch.engines.outline import SongOutline
    from songbatch.measures import Measures
    from songbatch.model import ReferenceUse, RenderInputs
    from songbatch.outputs.audio_files import AudioFiles
    from songbatch.picture.find import RecordedSong
    from songbatch.records import Entry
    from songbatch.workspace import Workspace

OFF = 0.5
"""Seconds by which an outline may be longer or shorter than the audio: encoders add some."""

MEASURED = "Measured in the audio: waveform (darker: mean level), loudness, spectrum."
OUTLINED = "Computed from the song's request, as its engine writes them: sections, chords"


class _NotKnown(Exception):
    """What an engine would tell of a song is not known; the text is why."""


class PictureSources:
    """Where a picture is gathered from: the project, its engines, its audio."""

    def __init__(self, workspace: Workspace, engines: Engines, audio_files: AudioFiles) -> None:
        self._workspace = workspace
        self._engines = engines
        self._audio_files = audio_files

    def subject(self, song: RecordedSong, data: bytes) -> PictureSubject:
        """Return what a picture of a song shows whose output is `data`. Raises UsageError."""
        entry = song.entry
        levels, measures = _measured(data, entry, song.file)
        outline, why = self._outline(song, levels.seconds)
        lines, told = ((), "") if outline else self._lines(entry)
        use = entry.instrumental or entry.voice
        reference = self._reference_levels(song, use)
        notes = (
            MEASURED,
            _outlined(outline) if outline else why,
            told,
            _of_reference(use, reference),
        )
        return PictureSubject(
            title=entry.tags.get("title") or entry.song,
            name=f"{entry.id}   ·   {song.engine.name}",
            about=tuple(_about(outline, measures)),
            levels=levels,
            reference=use.reference if use else "",
            reference_levels=reference,
            outline=outline,
            lines=lines,
            notes=tuple(note for note in (*notes, *map(_sentence, entry.notes)) if note),
        )

    def _outline(self, song: RecordedSong, seconds: float) -> tuple[SongOutline | None, str]:
        """Return a song's outline, or why it is not known."""
        try:
            outline = self._engine(song).outline(
                self._inputs(song), lambda use: self._reference(song, use)
            )
            if outline is None:
                raise _NotKnown("They follow from its references, which are not at hand")
            if abs(outline.seconds - seconds) > OFF:
                raise _NotKnown("Its engine would write another song today")
        except _NotKnown as why:
            return None, f"Not known: sections, chords, melody. {why}."
        return outline, ""

    def _engine(self, song: RecordedSong) -> EngineEntry:
        """Return the engine that made a song. Raises _NotKnown if it cannot tell how, now."""
        try:
            engine = self._engines[song.engine.name]
        except UnknownEngine as error:
            raise _NotKnown(f"This project has no engine {song.engine.name} now") from error
        if engine.outline is no_outline:
            raise _NotKnown(f"{engine.name} tells nothing of them")
        if engine.identity != song.engine:
            raise _NotKnown(f"An earlier version of {engine.name} made this song")
        return engine

    @staticmethod
    def _inputs(song: RecordedSong) -> RenderInputs:
        """Return what decided a song. Raises _NotKnown if its record was edited."""
        inputs = song.entry.inputs(song.engine)
        if inputs.key != song.entry.key:
            raise _NotKnown("Its manifest has been edited: its request is not known")
        return inputs

    def _lines(self, entry: Entry) -> tuple[tuple[TimedLine, ...], str]:
        """Return when lines are sung, if that is written beside a song, and a note on it."""
        if not entry.lyrics or entry.vocals == "none":
            return (), ""
        timed = read_timed(entry.output, entry.key, self._workspace)
        if timed is None:
            return (), "Not known: when its lines are sung."
        head, times = timed
        note = "The times of lines are " + (
            "those that its engine told." if head == EXACT else "estimated, not measured."
        )
        return tuple(TimedLine(start, text) for start, text in times), note

    def _reference(self, song: RecordedSong, use: ReferenceUse) -> bytes | None:
        """Return what the engine got for a reference, if it is at hand."""
        listed = song.manifest.references.values()
        for reference in (one for one in listed if one.sha256 == use.sha256):
            if file := self._audio_files.find_reference(reference):
                try:
                    return taken(self._workspace.read_bytes(file), use.cut)
                except AudioProblem:
                    return None  # the program that decoded it is not here
        return None

    def _reference_levels(self, song: RecordedSong, use: ReferenceUse | None) -> SoundLevels | None:
        data = self._reference(song, use) if use is not None else None
        if data is None:
            return None
        try:
            return measure_levels(data, _info(data, song.entry, is_reference=True), 1)
        except AudioProblem:
            return None


def _measured(data: bytes, entry: Entry, file: str) -> tuple[SoundLevels, Measures]:
    try:
        info = _info(data, entry)
        return measure_levels(data, info, MOMENTS), measure(data, info)
    except AudioProblem as problem:
        fix = "songbatch verify checks the outputs"
        raise UsageError(f"{file}: {problem}", fix=fix) from problem


def _info(data: bytes, entry: Entry, *, is_reference: bool = False) -> AudioInfo:
    """Return what audio is: PCM only its entry knows."""
    if entry.audio.format is AudioFormat.PCM and not is_reference:
        rate = entry.audio.sample_rate
        return AudioInfo(AudioFormat.PCM, len(data) / (4 * rate), rate, 2, 32 * rate)
    try:
        return probe(data)
    except AudioProblem as problem:
        if problem.info is None:
            raise
        return problem.info


def _about(outline: SongOutline | None, measures: Measures) -> Iterator[str]:
    if outline is not None:
        yield outline.key
        yield f"{outline.bpm:.1f}".removesuffix(".0") + " bpm"
        yield outline.meter
    yield f"{measures.seconds:.1f} s"
    if measures.lufs is None or measures.peak_dbfs is None:
        yield "silent"
        return
    for name, level, unit in (("", measures.lufs, "LUFS"), ("peak ", measures.peak_dbfs, "dBFS")):
        yield f"{name}{level:.1f} {unit}".replace("-", "\u2212")


def _outlined(outline: SongOutline) -> str:
    return f"{OUTLINED}, melody, words." if outline.notes else f"{OUTLINED}."


def _of_reference(use: ReferenceUse | None, levels: SoundLevels | None) -> str:
    if use is None:
        return "It has no reference to compare its spectrum with."
    return "" if levels else f"Not known: the spectrum of its reference {use.reference}."


def _sentence(note: str) -> str:
    return f"{note[:1].upper()}{note[1:]}."
