"""Length of a song that does not say one: a fixed function of its lyrics."""

from __future__ import annotations

import math
import unicodedata

from songbatch.lyrics.sections import sections, words_only

CHARACTERS_A_SECOND, FIRST_SECONDS = 7.1, 9.0
"""What the sketch engine sings unhurried, pauses and all, and what is not sung; of 20 songs."""
WORDS_A_SECOND = 2.2
"""What is sung at a moderate tempo; faster is hurried or dropped."""
SECONDS_A_SECTION = 4.0
STEP_SECONDS, LEAST_SECONDS, MOST_SECONDS = 10, 30, 240


def sung_seconds(lyrics: str) -> int:
    """Return about how many seconds lyrics take unhurried; no engine promises to keep to it.

    A wide character, as of Chinese, is a syllable, and lasts as long as three letters.
    """
    letters = sum(3 if unicodedata.east_asian_width(c) in "WF" else 1 for c in words_only(lyrics))
    return round(FIRST_SECONDS + letters / CHARACTERS_A_SECOND)


def usual_seconds(lyrics: str | None) -> int:
    """Return how many seconds a song with these lyrics shall last where nobody says.

    Never left to the service: that would cost what nobody knows, and differ from run to run. The
    `sound` of every engine that asks for it goes up if this changes.
    """
    text = lyrics or ""
    count = len(words_only(text).split())
    sung = count / WORDS_A_SECOND + SECONDS_A_SECTION * sum(1 for _ in sections(text))
    rounded = STEP_SECONDS * math.ceil(sung / STEP_SECONDS)
    return min(MOST_SECONDS, max(LEAST_SECONDS, rounded))
