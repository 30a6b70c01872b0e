"""What brings tracks to their target, and what holds them back."""

from __future__ import annotations

import numpy as np
import pytest

from songbatch.album import Loudness
from songbatch.mastering.gains import choose_gains
from songbatch.mastering.limiter import limited
from songbatch.mastering.meter import loudness, measure_sound
from tests.mastering.judges import music

QUIET, LOUD = (
    measure_sound([music(4.0, seed, level)], 44100) for seed, level in ((1, 0.03), (2, 0.2))
)
SILENT = measure_sound([np.zeros((44100, 2), np.float32)], 44100)


def test_an_album_has_one_gain_and_its_target_together() -> None:
    gains = choose_gains([QUIET, LOUD, SILENT], Loudness(target_lufs=-23.0))
    assert len({gain.gain_db for gain in gains}) == 1
    together = loudness([QUIET.louder(gains[0].gain_db), LOUD.louder(gains[0].gain_db)])
    assert together == pytest.approx(-23.0, abs=0.02)


def test_tracks_have_their_own() -> None:
    gains = choose_gains([QUIET, LOUD], Loudness(target_lufs=-23.0, mode="track"))
    for measure, gain in zip((QUIET, LOUD), gains, strict=True):
        assert measure.louder(gain.gain_db).lufs == pytest.approx(-23.0, abs=0.02)
        assert gain.short_lu == 0


def test_the_bound_holds_a_gain_back_and_says_by_how_much() -> None:
    (gain,) = choose_gains([LOUD], Loudness(target_lufs=-8.0, true_peak_dbtp=-1.0))
    raised = LOUD.louder(gain.gain_db)
    assert -1.01 <= raised.dbtp <= -1.0
    assert raised.lufs + gain.short_lu == pytest.approx(-8.0, abs=0.02)
    assert gain.short_lu > 0


def test_silence_gets_no_gain() -> None:
    assert [gain.gain_db for gain in choose_gains([SILENT], Loudness())] == [0.0]


@pytest.mark.parametrize("decibels", [3, 9, 20])
def test_the_limiter_keeps_peaks_below_the_bound_and_leaves_the_rest(decibels: int) -> None:
    bound = 10 ** (-1 / 20)
    quiet = music(1.0, 3, 0.05)
    sound = np.concatenate([quiet, music(2.0, 4) * np.float32(10 ** (decibels / 20)), quiet])
    held = limited(sound, 44100, bound)
    assert measure_sound([held], 44100).dbtp <= -0.95
    # A second behind the last peak, gain is back.
    assert np.array_equal(held[-10:], sound[-10:])
    assert limited(quiet, 44100, bound) is quiet
