"""How pictures look in a real browser: every text inside, and none upon another."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from playwright.sync_api import Browser

from songbatch.audio.levels import CENTRES, SoundLevels
from songbatch.engines.outline import OutlinedNote, OutlinedPart, SongOutline
from songbatch.picture.draw import draw
from songbatch.picture.overview import MOMENTS
from songbatch.picture.style import DARK, LIGHT
from songbatch.picture.subject import PictureSubject, TimedLine

BOXES = """() => [...document.querySelectorAll("svg text")].map(text => {
  const {left, right, top, bottom} = text.getBoundingClientRect();
  return [text.lastChild ? text.lastChild.data : "", left, right, top, bottom];
})"""
WORDS = (
    "a", "neighbourhood", "I", "mmmmmmmm", "WWWWWWWW", "Ångström", "שלום", "مرحبا", "昨日の歌",
    "Donaudampfschifffahrtsgesellschaft", "\u202eevil", "e\u0301" * 9, "🎵🎶", "the", "i'll",
)  # fmt: skip
Box = tuple[str, float, float, float, float]


def outline(pace: float) -> SongOutline:
    """Return a song of a minute with a syllable each `pace` seconds, and a word each."""
    starts = [2.0 + pace * k for k in range(int(50 / pace))]
    return SongOutline(
        seconds=60.0,
        bpm=100.0,
        meter="4/4",
        beat_seconds=0.6,
        beats_per_bar=4,
        origin=0.0,
        key="F# minor",
        sections=tuple(
            OutlinedPart(name, 2.4 * k, 2.4 * k + 2.4)
            for k, name in enumerate(("Intro", "Verse 1", "Pre-chorus", "Instrumental") * 6)
        ),
        chords=tuple(OutlinedPart("F#m", 1.2 * k, 1.2 * k + 1.2) for k in range(50)),
        notes=tuple(
            OutlinedNote(at, at + 0.9 * pace, 60 + k % 13, f"C{k % 13}", WORDS[k % len(WORDS)])
            for k, at in enumerate(starts)
        ),
    )


def subject(song: SongOutline | None, lines: tuple[TimedLine, ...] = ()) -> PictureSubject:
    bands = tuple(20.0 - 3 * k for k in range(len(CENTRES)))
    levels = SoundLevels(60.0, (0.9,) * MOMENTS, (0.3,) * MOMENTS, bands)
    return PictureSubject(
        title="An endless title " * 20,
        name="spec/" + "song" * 60,
        about=("F# minor", "100 bpm", "4/4", "60.0 s", "\u221214.0 LUFS") * 3,
        levels=levels,
        reference="reference-" * 20,
        reference_levels=levels,
        outline=song,
        lines=lines,
        notes=("Not known: " + "whatever " * 20, "W" * 300, "schöne neue Welt " * 9),
    )


SUBJECTS = {
    "slow": subject(outline(0.6)),
    "fast": subject(outline(0.14)),
    "lines": subject(None, tuple(TimedLine(3.0 * k, " ".join(WORDS * 3)) for k in range(90))),
    "nothing": subject(None),
}


@pytest.fixture(scope="module")
def boxes(browser: Browser) -> dict[str, list[Box]]:
    page = browser.new_page(viewport={"width": 1000, "height": 800})
    found = {}
    for name, one in SUBJECTS.items():
        page.set_content(f"<body style='margin:0'>{draw(one)}</body>")
        found[name] = page.evaluate(BOXES)
    page.close()
    return found


@pytest.mark.parametrize("name", SUBJECTS)
def test_every_text_is_inside(boxes: dict[str, list[Box]], name: str) -> None:
    assert len(boxes[name]) > 15
    for text, left, right, top, _ in boxes[name]:
        assert left >= 0, text
        assert right <= 1000, text
        assert top >= 0, text


@pytest.mark.parametrize("name", SUBJECTS)
def test_no_text_covers_another(boxes: dict[str, list[Box]], name: str) -> None:
    rows: dict[int, list[Box]] = {}
    for box in boxes[name]:
        rows.setdefault(round((box[3] + box[4]) / 2 / 4), []).append(box)
    for row in rows.values():
        row.sort(key=lambda box: box[1])
        for one, other in itertools.pairwise(row):
            assert one[2] <= other[1] + 1.0, (one, other)


def light(colour: str) -> float:
    """Return the relative luminance of `#rrggbb` (WCAG 2.2)."""
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return float(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_colours_can_be_read(colours: dict[str, str]) -> None:
    for kind, grounds, least in (
        ("ink", ("ground", "odd", "even", "chord"), 4.5),
        ("faint", ("ground",), 4.5),
        ("song", ("ground", "odd", "even"), 3.0),
        ("other", ("ground", "odd", "even"), 3.0),
    ):
        for ground in grounds:
            low, high = sorted((light(colours[kind]), light(colours[ground])))
            assert (high + 0.05) / (low + 0.05) >= least, (kind, ground)


def test_a_word_that_goes_on_is_shown_again_in_the_next_stave() -> None:
    notes = [OutlinedNote(9.0 + k, 9.9 + k, 60, "C4", "hypotenuse" * (not k)) for k in range(3)]
    svg = draw(subject(msgspec.structs.replace(outline(2.0), notes=tuple(notes))))
    assert svg.count("<title>hypotenuse, 9.00 s</title>hy") == 1
    assert svg.count('class="faint">hypotenuse</text>') == 1
