"""Lyrics are cut at borders of sections and stanzas, and no part is too long."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.lyrics.cuts import Border, Cut, cut_points

SONG = "[Verse]\none one\ntwo two\n\nthree\nfour\n\n[Chorus]\nfive\nsix\n\n[Verse 2]\nseven"


@pytest.mark.parametrize(
    ("limit", "cuts"),
    [
        (200, ()),
        (len(SONG), ()),
        (len(SONG) - 1, (Cut(12, Border.SECTION),)),
        (50, (Cut(8, Border.SECTION),)),
        (30, (Cut(5, Border.STANZA), Cut(12, Border.SECTION))),
        (20, (Cut(3, Border.LINE), Cut(8, Border.SECTION), Cut(12, Border.SECTION))),
    ],
)  # fmt: skip
def test_a_part_ends_at_the_last_border_before_the_limit(limit: int, cuts: tuple[Cut, ...]) -> None:
    assert cut_points(SONG, limit) == cuts


def test_another_size_counts_instead_of_characters() -> None:
    assert cut_points("la\nla\n\nlo\nlo", 2, lambda part: len(part.split())) == (
        Cut(4, Border.STANZA),
    )


def test_nothing_is_cut_where_nothing_can_be() -> None:
    assert cut_points("", 0) == ()
    assert cut_points("la la la", 3) == ()
    assert cut_points("[Verse]\nla la la", 3) == ()


LINES = st.lists(st.sampled_from(["", "la", "lo lo lo", "[Verse]", "[Chorus 2]"]), max_size=20)


@given(LINES, st.integers(0, 40))
def test_no_part_is_too_long_that_could_be_cut(lines: list[str], limit: int) -> None:
    cuts = cut_points("\n".join(lines), limit)
    starts = [0, *(cut.line - 1 for cut in cuts), len(lines)]
    assert starts == sorted(set(starts)) or not lines
    for first, last in pairwise(starts):
        part = "\n".join(lines[first:last]).strip()
        words = [line for line in lines[first:last] if line and not line.startswith("[")]
        assert len(part) <= limit or len(words) <= 1
    for cut in cuts:
        assert lines[cut.line - 1].strip()
