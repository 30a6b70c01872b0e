"""Length of a song that does not say one: a fixed function of its lyrics."""

from __future__ import annotations

import math

from songbatch.lyrics.sections import sections, words_only

WORDS_A_SECOND = 2.2
"""What is sung at a moderate tempo; faster is hurried or dropped."""
SECONDS_A_SECTION = 4.0
STEP_SECONDS, LEAST_SECONDS, MOST_SECONDS = 10, 30, 240


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
