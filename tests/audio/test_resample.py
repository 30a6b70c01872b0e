"""Resampling: sines keep pitch, level and time; what the lower rate cannot hold is gone."""

import hashlib
import random
import tracemalloc
from collections.abc import Iterator
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from songbatch.audio.rates import RATES
from songbatch.audio.resample import Sound, resampled
from tests.audio.making import sine

USUAL = (16000, 22050, 24000, 32000, 44100, 48000, 96000)
PAIRS = list(permutations(USUAL, 2))
PASSED = 10 / 11


def moved(sound: NDArray[np.float64], source: int, target: int) -> NDArray[np.float64]:
    pieces = list(resampled([sound.astype(np.float32)], source, target))
    return np.concatenate(pieces).astype(np.float64)


def middle(sound: NDArray[np.float64]) -> NDArray[np.float64]:
    """Without the ends, where a sine begins and stops and is no sine."""
    return sound[len(sound) // 4 : -len(sound) // 4]


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_a_sine_keeps_its_pitch_level_and_time(source: int, target: int) -> None:
    for share in (0.01, 0.4, PASSED):
        hz = share * min(source, target) / 2
        found = moved(sine(hz, source, 0.3), source, target)
        wanted = sine(hz, target, 0.3)
        assert found.shape == wanted.shape
        assert np.abs(middle(found - wanted)).max() < 0.5 * 10 ** (-90 / 20)


@pytest.mark.parametrize(("source", "target"), [p for p in PAIRS if p[0] > p[1]])
def test_what_the_lower_rate_cannot_hold_is_gone(source: int, target: int) -> None:
    for hz in np.linspace(target / 2, 0.999 * source / 2, 5):
        found = middle(moved(sine(hz, source, 0.2, level=1.0), source, target))
        assert np.sqrt(2 * np.square(found).mean()) < 10 ** (-95 / 20)


@pytest.mark.parametrize(("source", "target"), [p for p in PAIRS if p[0] < p[1]])
def test_nothing_is_added_above_what_was_there(source: int, target: int) -> None:
    for share in (0.2, 0.7, 0.99):
        found = middle(moved(sine(share * source / 2, source, 0.4, level=1.0), source, target))
        window = np.kaiser(len(found), 20)
        spectrum = np.abs(np.fft.rfft(found[:, 0] * window)) / (window.sum() / 2)
        hertz = np.fft.rfftfreq(len(found), 1 / target)
        assert spectrum[hertz > source / 2 + 100].max() < 10 ** (-95 / 20)


def test_blocks_leave_no_seams() -> None:
    found = moved(sine(997, 48000, 15), 48000, 44100)
    assert np.abs(middle(found - sine(997, 44100, 15))).max() < 0.5 * 10 ** (-90 / 20)


def test_channels_stay_apart() -> None:
    sound = sine(440, 48000, 0.2)
    sound[:, 1] = 0
    found = moved(sound, 48000, 44100)
    assert found[:, 0].any()
    assert not found[:, 1].any()


@given(
    st.sampled_from(USUAL),
    st.sampled_from(USUAL),
    st.lists(st.integers(0, 9000), max_size=4),
    st.integers(1, 2),
)
@settings(max_examples=30)
def test_any_pieces_of_any_length(source: int, target: int, cuts: list[int], channels: int) -> None:
    edges = sorted({0, *cuts})
    frames = edges[-1]
    sound = np.random.default_rng(frames).standard_normal((frames, channels)).astype(np.float32)
    pieces = [sound[start:end] for start, end in pairwise(edges)]
    found = [piece.tobytes() for piece in resampled(pieces, source, target)]
    assert b"".join(found) == b"".join(p.tobytes() for p in resampled([sound], source, target))
    assert sum(map(len, found)) == round(frames * target / source) * 4 * channels


def test_equal_samples_give_equal_bytes_on_every_machine() -> None:
    noise = np.frombuffer(random.Random(4).randbytes(40000), "<i2").reshape(-1, 2)
    digest = hashlib.sha256()
    for source, target in ((48000, 44100), (44100, 48000), (96000, 16000), (22050, 32000)):
        digest.update(moved(noise / 32768, source, target).astype("<f4").tobytes())
    assert digest.hexdigest() == (
        "a9c8fa6f5fbe013558636b7e7a49116758d197b1f9ba267668d17e9e5009944e"
    )


def test_memory_does_not_grow_with_the_song() -> None:
    def song() -> Iterator[Sound]:
        for _ in range(48):  # a minute, of which all would be 25 MB
            yield np.full((65536, 2), 0.1, np.float32)

    list(map(len, resampled([np.zeros((9, 2), np.float32)], 48000, 24000)))  # makes the filter
    tracemalloc.start()
    frames = sum(map(len, resampled(song(), 48000, 24000)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert frames == 48 * 65536 // 2
    assert peak < 4_000_000


@pytest.mark.parametrize(("source", "target"), [(37800, 44100), (37001, 48000), (44056, 44100)])
def test_odd_rates_are_brought_to_a_ratio_that_is_nearly_theirs(source: int, target: int) -> None:
    def tone(rate: int) -> NDArray[np.float32]:
        return np.sin(2 * np.pi * 440 * np.arange(5 * rate) / rate).astype(np.float32)[:, None]

    sound = np.concatenate(list(resampled([tone(source)], source, target)))
    assert abs(len(sound) - 5 * target) <= 1
    inner = slice(1000, 5 * target - 1000)
    assert np.abs(sound[inner] - tone(target)[inner]).max() < 0.005


@pytest.mark.parametrize(("source", "target"), [(1, 48000), (44100, 1_000_000)])
def test_what_is_no_rate_of_sound_is_refused(source: int, target: int) -> None:
    assert not {source, target} <= set(RATES)
    with pytest.raises(ValueError, match=str(source)):
        list(resampled([np.zeros((9, 1), np.float32)], source, target))
