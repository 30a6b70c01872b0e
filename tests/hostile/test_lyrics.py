"""Pasted lyrics whose patterns would take the square of their length, or more memory than there is.

The commands' own bounds are kept by `Stranger`: a minute, and memory.
"""

from __future__ import annotations

import pytest

from tests.hostile.limited import Stranger

MOST = 100_000
"""Characters that are tidied; a longer text is left as it is."""

RUNS = (
    " ", "\t", "(x2)", "[x2]", "(repeat)", "12 Contributors Lyrics", "Lyrics ", "See a Live",
    "You might also like", "1KEmbed", "<br ", "&amp;", "[Am]", "[", "(", "{c:", "|-", "**", "[ar:",
    "Chorus: ", "x2 ", "https://", "00:00:00,000 --> ",
)  # fmt: skip
"""What is repeated in one line, by itself and between two words."""
GROWING = {
    "times of times": "la la " + "(x16)" * 19_000,
    "a long line, often": "a" * 90_000 + "(x16)(x16)(x16)",
    "stanzas of stanzas": "la\n(x2)\n" * 1900,
    "choruses": "[Chorus]\n" + "la\n" * 1500 + "\n[Chorus]\n" * 1200,
    "choruses, often": "[Chorus x16]\n" + "la\n" * 1500 + "\n[Chorus x16]\n" * 1200,
}
ODD = {
    "nothing": b"",
    "zeros": bytes(1000),
    "binary": bytes(range(256)) * 4000,
    "UTF-16 without a mark": "la la\nla".encode("utf-16-le"),
    "terminal": "\x1b]0;owned\x07[x2]\u202e\x9b31m la (x2)\n".encode(),
}


@pytest.mark.parametrize("is_between_words", [False, True])
def test_no_run_takes_long(stranger: Stranger, *, is_between_words: bool) -> None:
    for number, run in enumerate(RUNS):
        text = run * ((MOST - 20) // len(run))
        stranger.project.write(f"{number}.txt", f"la{text}la\n" if is_between_words else text)
    for number in range(len(RUNS)):
        assert stranger.run("lyrics", "tidy", f"{number}.txt").status == 0


@pytest.mark.parametrize("name", GROWING)
def test_repeats_of_repeats_make_no_more_than_lyrics_have(stranger: Stranger, name: str) -> None:
    stranger.project.write("a.txt", GROWING[name])
    result = stranger.run("lyrics", "tidy", "a.txt", "--write")
    assert result.status == 0
    assert (stranger.project.root / "a.txt").stat().st_size <= MOST


@pytest.mark.parametrize("name", ODD)
def test_odd_files_are_tidied_or_refused(stranger: Stranger, name: str) -> None:
    (stranger.project.root / "a.txt").write_bytes(ODD[name])
    assert stranger.run("lyrics", "tidy", "a.txt").status in {0, 2}
