"""Outline of a song: the score that its request gives, without making its sound.

Nothing is kept, and nothing of what is kept is needed: the references are analysed anew.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

from songbatch.audio.playable import playable
from songbatch.digest import sha256
from songbatch.engines.base import EngineError, Generation, Verdict
from songbatch.engines.outline import OutlinedNote, OutlinedPart, SongOutline
from songbatch.engines.sketch.analysis import features
from songbatch.engines.sketch.analysis.names import chord_name, note_name, pitch_class_name
from songbatch.engines.sketch.codec import Undecodable, decode_stereo
from songbatch.engines.sketch.compose.sections import SectionKind
from songbatch.engines.sketch.engine import INSTRUMENTAL, VOICE, uploaded_id
from songbatch.engines.sketch.song import SketchSong

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.engines.outline import ReadReference
    from songbatch.engines.sketch.analysis.features import Features
    from songbatch.engines.sketch.codec import Frames
    from songbatch.engines.sketch.compose.score import Score
    from songbatch.model import ReferenceUse, RenderInputs

_BEATS = {"2/4": 2, "6/8": 6}
"""Beats of a bar where a score counts two bars as one, or half a bar as one."""

NUMBERED = {SectionKind.VERSE, SectionKind.STANZA}
"""Sections that differ in their words: they are counted where there are several."""


def outline(inputs: RenderInputs, read: ReadReference) -> SongOutline | None:
    """Return the outline of a song; None if its references are not at hand, or no audio."""
    if inputs.parts is not None:
        return None  # its parts have outlines of their own
    roles = (inputs.voice, inputs.instrumental)
    try:
        # One reference in both roles is analysed once.
        known = {use: _analysed(use, read) for use in roles if use is not None}
    except (EngineError, Undecodable):
        return None
    if not known:
        return None
    sung, played = (None if use is None else known[use].features for use in roles)
    request = Generation.of(
        inputs,
        known[inputs.voice].as_voice if inputs.voice else None,
        known[inputs.instrumental].as_instrumental if inputs.instrumental else None,
        inputs.key,
    )
    score = SketchSong(request, sung, played, _no_recording).score
    return _outline(score, inputs.meter if played is not None else None)


class _HeardReference(NamedTuple):
    """What is heard in a reference, and the ids that its upload gets."""

    features: Features
    as_voice: str
    as_instrumental: str


def _analysed(use: ReferenceUse, read: ReadReference) -> _HeardReference:
    """Return what is heard in a reference. Raises EngineError if it is not at hand."""
    audio = read(use)
    if audio is None:
        raise EngineError("the reference is not at hand", Verdict.REUPLOAD)
    digest = sha256(playable(audio))
    ids = (uploaded_id(role, use.purpose, digest) for role in (VOICE, INSTRUMENTAL))
    return _HeardReference(features.extract(audio, use.purpose), *ids)


def _no_recording() -> Frames:
    """Stand for the recording of a band, which only its sound is made of."""
    return decode_stereo(b"", 1, 0.0)


def _outline(score: Score, asked: str | None) -> SongOutline:
    """Return the outline of a score; `asked` is the metre that a band was asked for."""
    is_in_eighths = asked == "6/8"
    return SongOutline(
        seconds=score.seconds,
        bpm=score.bpm / 2 if is_in_eighths else score.bpm,
        meter=asked or f"{score.beats_per_bar}/4",
        beat_seconds=score.beat_seconds,
        beats_per_bar=_BEATS.get(asked or "", score.beats_per_bar),
        origin=score.origin,
        key=f"{pitch_class_name(score.tonic)} {score.mode}",
        sections=tuple(_sections(score)),
        chords=tuple(_chords(score)),
        notes=tuple(_notes(score)),
    )


def _sections(score: Score) -> Iterator[OutlinedPart]:
    kinds = [part.kind for part in score.parts]
    for number, part in enumerate(score.parts):
        name = part.kind.value.capitalize()
        if part.kind in NUMBERED and kinds.count(part.kind) > 1:
            name += f" {kinds[: number + 1].count(part.kind)}"
        is_last = number + 1 == len(score.parts)
        end = score.seconds if is_last else score.origin + part.end * score.chord_span
        yield OutlinedPart(name, score.origin + part.first * score.chord_span, end)


def _chords(score: Score) -> Iterator[OutlinedPart]:
    at = 0
    for chord, group in itertools.groupby(score.chords):
        first, at = at, at + len(list(group))
        is_last = at == len(score.chords)
        end = score.seconds if is_last else score.origin + at * score.chord_span
        yield OutlinedPart(chord_name(chord), score.origin + first * score.chord_span, end)


def _notes(score: Score) -> Iterator[OutlinedNote]:
    for note in score.notes:
        name = note_name(note.pitch)
        yield OutlinedNote(note.start, note.end, note.pitch, name, note.syllable.text)
    for hook in score.hook:
        yield OutlinedNote(hook.start, hook.end, hook.pitch, note_name(hook.pitch), is_played=True)
