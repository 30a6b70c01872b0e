"""Drawing of a whole picture: title, overview, staves or lines, spectrum, and where it is from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.formatting import clock
from songbatch.picture.line_list import draw_lines
from songbatch.picture.overview import draw_overview
from songbatch.picture.spectrum import ACROSS as SPECTRUM_ACROSS
from songbatch.picture.spectrum import draw_spectrum
from songbatch.picture.staves import draw_staves
from songbatch.picture.style import ACROSS, FONT, LEFT, STYLE, WIDTH
from songbatch.picture.svg import (
    attribute,
    box,
    element,
    fitted,
    label,
    wrapped,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.picture.subject import PictureSubject

NOTES_LEFT = LEFT + SPECTRUM_ACROSS + 44
"""Where the notes beside the spectrum begin."""

NOTE_ROW = 16.0


def draw(subject: PictureSubject) -> str:
    """Return the picture as SVG text. Equal subjects are equal texts."""
    parts = list(_head(subject))
    shapes, top = draw_overview(subject, 92)
    parts += shapes
    if subject.outline is not None:
        shapes, top = draw_staves(subject.outline, top + 16)
        parts += shapes
    elif subject.lines:
        shapes, top = draw_lines(subject.lines, top + 12)
        parts += shapes
    foot = top + 14
    shapes, end = draw_spectrum(subject, foot)
    parts += shapes
    shapes, notes_end = _notes(subject, foot)
    parts += shapes
    return _whole(subject, parts, max(end, notes_end) + 14)


def _whole(subject: PictureSubject, parts: list[str], tall: float) -> str:
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {tall:.0f}" '
        f'width="{WIDTH}" height="{tall:.0f}" role="img" aria-label={attribute(subject.title)} '
        f'font-family={attribute(FONT)}>',
        element("desc", _described(subject)),
        STYLE,
        box(0.5, 0.5, WIDTH - 1, round(tall) - 1, "ground", round_by=8),
        *parts,
        "</svg>",
        "",
    ])  # fmt: skip


def _head(subject: PictureSubject) -> Iterator[str]:
    yield label(LEFT, 36, fitted(subject.title, 22, ACROSS, bold=True), 22, bold=True)
    yield label(LEFT, 57, fitted(subject.name, 12, ACROSS), 12, kind="faint")
    yield label(LEFT, 76, fitted("   ·   ".join(subject.about), 12, ACROSS), 12)


def _notes(subject: PictureSubject, top: float) -> tuple[list[str], float]:
    parts, y = list(_legend(subject, top)), top
    y += NOTE_ROW * len(parts) / 2 + 4 if parts else -4
    room = LEFT + ACROSS - NOTES_LEFT
    for note in subject.notes:
        for line in wrapped(note, 11.5, room):
            y += NOTE_ROW
            parts.append(label(NOTES_LEFT, y - 4, line, 11.5, kind="faint"))
        y += 5
    return parts, y


def _legend(subject: PictureSubject, top: float) -> Iterator[str]:
    notes = subject.outline.notes if subject.outline else ()
    y = top + 12
    for kind, text in (("sung", "sung, a syllable each"), ("played", "played by the band")):
        if any(note.is_played == (kind == "played") for note in notes):
            yield box(NOTES_LEFT, y - 7.5, 24, 7, kind, round_by=2)
            yield label(NOTES_LEFT + 32, y, text, 12)
            y += NOTE_ROW


def _described(subject: PictureSubject) -> str:
    """Return in words what the picture shows, for those who cannot see it."""
    said = [f"{subject.title} ({subject.name}): {', '.join(subject.about)}."]
    if outline := subject.outline:
        sections = ", ".join(f"{part.name} at {clock(part.start)}" for part in outline.sections)
        said += [
            f"Sections: {sections}.",
            f"Chords: {' '.join(part.name for part in outline.chords)}.",
        ]
        if words := " ".join(note.word for note in outline.notes if note.word):
            said.append(f"Words: {words}.")
    return " ".join([*said, *subject.notes])
