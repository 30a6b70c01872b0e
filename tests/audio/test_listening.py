"""Listening: silence in all its kinds, a silent side, an offset, samples that are no numbers."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from songbatch.audio.listening import Audible, listen
from songbatch.audio.probe import AudioProblem, probe
from tests.audio.making import mp3, sine, wave_file

RATE = 16000
MUSIC = sine(440, RATE, 4)
NOTE, OTHER = (
    MUSIC[:, 0] if MUSIC.ndim > 1 else MUSIC,
    np.random.default_rng(1).normal(0, 0.2, 4 * RATE),
)


def heard(sound: NDArray[np.float64], encoding: int = 1, bits: int = 16) -> Audible:
    data = wave_file(sound, RATE, encoding, bits)
    return listen(data, probe(data))


@pytest.mark.parametrize("level", [1.0, 0.1, 0.02])
@pytest.mark.parametrize(("encoding", "bits"), [(1, 8), (1, 16), (1, 24), (3, 32), (3, 64)])
def test_music_is_heard(level: float, encoding: int, bits: int) -> None:
    found = heard(level * MUSIC, encoding, bits)
    assert (found.is_silent, found.begins, found.silent_channels) == (False, 0, ())
    assert found.level_dbfs == pytest.approx(20 * math.log10(level * 0.5 / 2**0.5), abs=2)


def test_an_mp3_is_heard_too() -> None:
    assert not listen(mp3(), probe(mp3())).is_silent


@pytest.mark.parametrize(("encoding", "bits"), [(1, 8), (1, 16), (3, 32)])
def test_digital_silence(encoding: int, bits: int) -> None:
    found = heard(0 * MUSIC, encoding, bits)
    assert found.is_silent
    assert (found.level_dbfs, found.begins, found.silent_channels) == (-math.inf, None, (0, 1))


def test_near_silence_has_a_level() -> None:
    noise = np.random.default_rng(1).normal(0, 0.001, (RATE * 4, 2))
    found = heard(noise)
    assert found.is_silent
    assert found.level_dbfs == pytest.approx(-60, abs=1)


def test_an_offset_is_no_sound() -> None:
    found = heard(np.full((RATE * 4, 2), 0.25))
    assert (found.is_silent, found.begins) == (True, None)
    assert found.offset == pytest.approx(0.25, abs=0.001)
    assert not heard(MUSIC + 0.25).is_silent


def test_a_click_is_no_music() -> None:
    sound = 0 * MUSIC
    sound[RATE : RATE + 100] = 0.9
    found = heard(sound)
    assert (found.is_silent, found.begins) == (True, 1.0)
    assert found.sounding == pytest.approx(0.1)


@pytest.mark.parametrize("side", [0, 1])
def test_a_silent_side_is_named(side: int) -> None:
    sound = MUSIC.copy()
    sound[:, side] = 0
    found = heard(sound)
    assert (found.is_silent, found.silent_channels) == (False, (side,))


def test_music_that_begins_late_is_waited_for() -> None:
    sound = np.concatenate([np.zeros((3 * RATE, 2)), MUSIC])
    assert heard(sound).begins == pytest.approx(3.0, abs=0.1)


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_what_is_not_a_number_is_named_with_its_place(bits: int, wrong: float) -> None:
    sound = MUSIC.copy()
    sound[40_000, 1] = wrong
    with pytest.raises(AudioProblem, match=r"sample at 2\.500 s is not a number") as caught:
        heard(sound, 3, bits)
    assert caught.value.code == "damaged"


def test_large_numbers_are_numbers() -> None:
    assert not heard(MUSIC * 1e308, 3, 64).is_silent


def stereo(left: NDArray[np.float64], right: NDArray[np.float64]) -> Audible:
    data = wave_file(np.stack([left, right], axis=1), RATE, 1, 16)
    return listen(data, probe(data))


@pytest.mark.parametrize("share", [1.0, 0.99])
def test_sides_of_which_one_is_inverted_cancel(share: float) -> None:
    assert stereo(NOTE, -share * NOTE).cancels


@pytest.mark.parametrize(
    "right",
    [
        lambda left: left,
        lambda left: 0.7 * left,
        lambda left: -0.5 * left,
        np.roll,
        lambda _: OTHER,
    ],
)
def test_other_sides_do_not_cancel(right: Callable[..., NDArray[np.float64]]) -> None:
    other = right(NOTE, 5) if right is np.roll else right(NOTE)
    for level in [1.0, 0.01]:
        assert not stereo(level * NOTE, level * other).cancels


def test_a_side_that_joins_in_later_does_not_cancel() -> None:
    opening = np.where(np.arange(len(NOTE)) < 2 * RATE, -NOTE, NOTE)
    assert not stereo(NOTE, opening).cancels
    assert not stereo(NOTE, 0 * NOTE).cancels


@pytest.mark.parametrize(
    ("level", "expected"), [(0.0006, "silent"), (0.003, "quiet"), (0.002, "quiet"), (0.05, "heard")]
)
def test_quiet_music_is_not_called_silent(level: float, expected: str) -> None:
    found = heard(level * MUSIC)
    assert found.is_quiet == (expected == "quiet")
    assert found.is_silent == (expected != "heard")
