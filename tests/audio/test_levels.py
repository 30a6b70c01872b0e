"""Levels of sounds whose levels are known."""

from __future__ import annotations

import math

import pytest

from songbatch.audio.levels import CENTRES, measure_levels
from songbatch.audio.probe import probe
from support.contract.audio import tone


def test_a_tone_is_in_its_third_of_an_octave() -> None:
    for hertz in (100.0, 500.0, 4000.0):
        data = tone("wav", 4.0, hertz)
        levels = measure_levels(data, probe(data), 10)
        nearest = min(range(len(CENTRES)), key=lambda k: abs(math.log(CENTRES[k] / hertz)))
        known = {k: level for k, level in enumerate(levels.bands) if level is not None}
        assert max(known, key=lambda k: known[k]) == nearest
        assert max(known.values()) == pytest.approx(10 * math.log10(23), abs=1.0)


def test_moments_have_peaks_and_means() -> None:
    data = tone("wav", 4.0, 440.0)
    levels = measure_levels(data, probe(data), 40)
    assert levels.seconds == pytest.approx(4.0)
    assert len(levels.peaks) == len(levels.means) == 40
    for peak, mean in zip(levels.peaks[1:-1], levels.means[1:-1], strict=True):
        assert mean == pytest.approx(peak / math.sqrt(2), rel=0.05)


@pytest.mark.parametrize("rate", [16000, 44100])
def test_bands_end_where_a_file_ends(rate: int) -> None:
    data = tone("wav", 2.0, 440.0, rate)
    bands = measure_levels(data, probe(data), 4).bands
    known = [centre for centre, level in zip(CENTRES, bands, strict=True) if level is not None]
    assert 0.35 * rate < known[-1] * 1.3
    assert known[-1] * 1.1 < rate / 2
