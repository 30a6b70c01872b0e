"""Findings: what is flagged, and what is left in peace."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from songbatch.measures import Finding, Measures
from songbatch.outputs.findings import judged, unmeasured
from tests.factories import MEASURES, entry, render


def codes(measures: Measures, lyrics: str = "la la la") -> list[str]:
    (told,) = judged([entry(render(lyrics=lyrics), measures=measures)])
    return [finding.code for finding in told.findings]


@pytest.mark.parametrize(
    ("measures", "found"),
    [
        (MEASURES, []),
        (replace(MEASURES, lufs=None, peak_dbfs=None, end_dbfs=None), ["silent"]),
        (replace(MEASURES, lufs=-61.0, trailing_silence=0.0, end_dbfs=-55.0), ["silent"]),
        (replace(MEASURES, trailing_silence=0.05, end_dbfs=-16.0), ["cut-off"]),
        (replace(MEASURES, trailing_silence=0.05), []),
        (replace(MEASURES, end_dbfs=-16.0), []),
        (replace(MEASURES, clipping=0.0005, peak_dbfs=0.0), []),
        (replace(MEASURES, clipping=0.004), ["clipped"]),
        (replace(MEASURES, seconds=2.0), ["short"]),
    ],
)
def test_what_is_flagged(measures: Measures, found: list[str]) -> None:
    assert codes(measures) == found


def test_a_song_too_short_for_its_words_is_flagged() -> None:
    assert codes(replace(MEASURES, seconds=20.0), "##" + "word " * 80 + "##") == []
    assert codes(replace(MEASURES, seconds=15.0), "##" + "word " * 80 + "##") == ["short"]


def test_the_same_sound_twice_is_flagged_unless_it_was_asked_for_once() -> None:
    one, take = entry(render(), measures=MEASURES), entry(render(take=2), measures=MEASURES)
    shared = entry(render(song="again"), measures=MEASURES)
    told = judged([one, take, shared, unmeasured(entry(render(take=3)), "damaged")])
    assert [entry.findings for entry in told] == [
        (),
        (Finding("identical", "every sample is that of demo/first/1"),),
        (),
        (Finding("unmeasured", "damaged"),),
    ]
    assert judged(told) == told
    assert [entry.is_measured for entry in told] == [True] * 4
