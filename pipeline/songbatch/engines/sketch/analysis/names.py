"""Names of notes and chords, and of the drums of a pattern."""

from __future__ import annotations

PITCH_CLASSES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
DRUMS = ("kick", "snare", "hat")


def pitch_class_name(pitch_class: int) -> str:
    """Return the name of a pitch class, such as `Bb` for 10."""
    return PITCH_CLASSES[pitch_class % 12]


def key_name(tonic: int, mode: str) -> str:
    """Return the name of a key, such as `Bb minor` for 10 and minor."""
    return f"{pitch_class_name(tonic)} {mode}"


def note_name(pitch: float) -> str:
    """Return the name of the note nearest to a MIDI number, such as `A4` for 69."""
    note = round(pitch)
    return f"{pitch_class_name(note)}{note // 12 - 1}"


def chord_name(chord: tuple[int, str]) -> str:
    """Return the name of a chord, such as `Am` for (9, minor)."""
    return pitch_class_name(chord[0]) + ("m" if chord[1] == "minor" else "")
