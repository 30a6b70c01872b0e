"""Exact arithmetic against Python's own, which is as good but differs between processors."""

from __future__ import annotations

import cmath
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.audio import exact

NUMBERS = st.floats(-1e6, 1e6)
POSITIVE = st.floats(1e-300, 1e300)
COMPLEX = st.complex_numbers(max_magnitude=1e6, allow_subnormal=False)


@given(st.floats(-700, 700))
def test_exp(x: float) -> None:
    assert float(exact.exp(x)) == pytest.approx(math.exp(x), rel=5e-16)


@given(POSITIVE)
def test_logarithms(x: float) -> None:
    assert float(exact.log(x)) == pytest.approx(math.log(x), rel=5e-16, abs=1e-17)
    assert float(exact.log2(x)) == pytest.approx(math.log2(x), rel=1e-15, abs=1e-16)
    assert float(exact.log10(x)) == pytest.approx(math.log10(x), rel=1e-15, abs=1e-16)


@given(NUMBERS)
def test_sines(x: float) -> None:
    assert float(exact.sin(x)) == pytest.approx(math.sin(x), abs=3e-16)
    assert float(exact.cos(x)) == pytest.approx(math.cos(x), abs=3e-16)


@given(st.floats(1e-6, 1e6), st.floats(-20, 20))
def test_powers_of_numbers(base: float, exponent: float) -> None:
    assert float(exact.power(base, exponent)) == pytest.approx(base**exponent, rel=1e-13)
    assert float(exact.octaves(exponent)) == pytest.approx(2**exponent, rel=1e-14)
    assert float(exact.gain(exponent)) == pytest.approx(10 ** (exponent / 20), rel=1e-14)


@given(COMPLEX)
def test_angles(number: complex) -> None:
    found = exact.angle(number.real, number.imag)
    # Zeros have no sign here.
    expected = cmath.phase(number) if number else 0.0
    assert math.cos(found - expected) == pytest.approx(1)
    assert found == pytest.approx(expected, abs=1e-14) or abs(abs(found) - math.pi) < 1e-14


@given(st.lists(st.tuples(COMPLEX, COMPLEX), min_size=1))
def test_products_and_quotients(pairs: list[tuple[complex, complex]]) -> None:
    a, b = np.array(pairs).T
    parts = [
        exact.Complex(np.ascontiguousarray(x.real), np.ascontiguousarray(x.imag)) for x in (a, b)
    ]
    scale = np.abs(a) * np.abs(b) + 1e-300
    assert np.all(np.abs(exact.joined(exact.product(*parts)) - a * b) <= 1e-15 * scale)
    usable = np.abs(b) > 1e-3
    above, below = (exact.Complex(x.real[usable], x.imag[usable]) for x in parts)
    found = exact.joined(exact.quotient(above, below))
    assert np.allclose(found, a[usable] / b[usable], rtol=1e-14)


@given(st.floats(-1e-3, 0), st.floats(-math.pi, math.pi), st.integers(1, 600))
def test_powers_by_doubling(log_size: float, angle: float, count: int) -> None:
    found = exact.joined(exact.powers(log_size, angle, count))
    assert found.shape == (1, count)
    expected = np.exp((log_size + 1j * angle) * np.arange(count))
    assert np.allclose(found[0], expected, atol=2e-13, rtol=0)


@given(st.lists(st.floats(-1e3, 1e3), max_size=700))
def test_totals(values: list[float]) -> None:
    assert exact.total(np.array(values)) == pytest.approx(math.fsum(values), abs=1e-9)


@pytest.mark.parametrize("size", [2, 3, 64, 4096])
def test_windows_and_steps(size: int) -> None:
    assert np.allclose(exact.hann(size), np.hanning(size), atol=1e-15)
    assert np.allclose(exact.geomspace(60, 10_000, size), np.geomspace(60, 10_000, size))


def test_an_inverse_transform_is_off_by_a_millionth_of_the_peak_at_most() -> None:
    sound = np.random.default_rng(1).normal(size=(3, 1024)).astype(np.float32)
    found = exact.irfft(np.fft.rfft(sound), 1024)
    assert found.dtype == np.float32
    assert np.max(np.abs(found - sound)) < 1.1e-6 * np.max(np.abs(sound))
    assert not exact.irfft(np.zeros((2, 513), np.complex64), 1024).any()


def test_noise_has_no_mean_and_unit_variance() -> None:
    rng = np.random.default_rng(1)
    for noise in (exact.white_noise(rng, 100_000), exact.normals(rng, 100_000)):
        assert abs(noise.mean()) < 0.01
        assert noise.std() == pytest.approx(1, abs=0.01)
