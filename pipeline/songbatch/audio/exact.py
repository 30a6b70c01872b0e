"""Arithmetic with one result on every processor: functions made of +, -, *, / and sqrt alone.

IEEE 754 demands one result of these five, and none of sines, powers and logarithms, which differ by
library and by a processor's vectors. Nor does it forbid to fuse a product with the sum after it, as
complex products are where a processor can. So functions here are polynomials, complex numbers are
pairs of real arrays, and every operation is a numpy call of its own, which nothing can fuse.

Arguments are float64 or become so; errors are below 4e-16 of the result, of sines below 3e-16
altogether, and of powers some times that. Ranges are those of sound: exponents beyond ±700 are cut,
logarithms are of normal numbers above 0, angles stay below a million.
"""

from __future__ import annotations

from math import factorial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Reals = NDArray[np.float64]
ComplexArray = NDArray[np.complexfloating]

LN2 = 0.6931471805599453
LN10 = 2.302585092994046
_QUARTER = 1.5707963267948966
"""A quarter of a turn."""

# Cody & Waite (1980): the first parts have so few bits that their products with whole numbers are
# exact, so subtracting them loses nothing.
_LN2_PARTS = (float.fromhex("0x1.62e42feep-1"), float.fromhex("0x1.a39ef35793c76p-33"))
_QUARTER_PARTS = (
    float.fromhex("0x1.921fb544p+0"),
    float.fromhex("0x1.0b4611a6p-34"),
    float.fromhex("0x1.3198a2e037073p-69"),
)

# Taylor's series: of exp within half of ln 2, of sines within an eighth of a turn.
_EXP = [1 / factorial(n) for n in range(14)]
_SIN = [(-1) ** n / factorial(2 * n + 1) for n in range(9)]
_COS = [(-1) ** n / factorial(2 * n) for n in range(9)]
_ATAN = [1 / (2 * n + 1) for n in range(10)]
_ATANH = [1 / (2 * n + 1) for n in range(1, 12)]


class Complex(NamedTuple):
    """Complex numbers as two real arrays of one shape, of float32 or float64."""

    real: NDArray[Any]
    imag: NDArray[Any]


def exp(x: ArrayLike) -> Reals:
    """Return e to the power of `x`."""
    given = np.clip(np.asarray(x, np.float64), -700.0, 700.0)
    whole = np.floor(given * (1 / LN2) + 0.5)
    rest = given - whole * _LN2_PARTS[0] - whole * _LN2_PARTS[1]
    return np.asarray(np.ldexp(_series(rest, _EXP), whole.astype(np.int32)))


def log(x: ArrayLike) -> Reals:
    """Return the natural logarithm of positive numbers."""
    part, power = np.frexp(np.asarray(x, np.float64))
    low = part < 0.7071067811865476
    part = np.where(low, part + part, part)
    power = np.where(low, power - 1, power).astype(np.float64)
    # ln((1 + s) / (1 - s)) is 2 artanh(s).
    s = (part - 1) / (part + 1)
    z = s * s
    series = 2 * s + (2 * s * (z * _series(z, _ATANH)) + power * _LN2_PARTS[1])
    return np.asarray(power * _LN2_PARTS[0] + series)


def log2(x: ArrayLike) -> Reals:
    """Return the binary logarithm, in octaves if `x` is a ratio of frequencies."""
    return np.asarray(log(x) / LN2)


def log10(x: ArrayLike) -> Reals:
    """Return the decimal logarithm."""
    return np.asarray(log(x) / LN10)


def power(base: ArrayLike, exponent: ArrayLike) -> Reals:
    """Return positive numbers to the power of any."""
    return exp(log(base) * np.asarray(exponent, np.float64))


def octaves(x: ArrayLike) -> Reals:
    """Return the ratio of frequencies that `x` octaves are: 2 to the power of it."""
    return exp(np.asarray(x, np.float64) * LN2)


def gain(decibels: ArrayLike) -> Reals:
    """Return the factor of amplitude that so many decibels are."""
    return exp(np.asarray(decibels, np.float64) * (LN10 / 20))


def circle(angle: ArrayLike) -> Complex:
    """Return cosines (real) and sines (imag) of angles in radians."""
    given = np.asarray(angle, np.float64)
    quarters = np.floor(given * (1 / _QUARTER) + 0.5)
    rest = given
    for part in _QUARTER_PARTS:
        rest = rest - quarters * part
    z = rest * rest
    sine, cosine = rest * _series(z, _SIN), _series(z, _COS)
    place = quarters.astype(np.int64) & 3
    is_odd = (place & 1).astype(bool)
    real, imag = np.where(is_odd, sine, cosine), np.where(is_odd, cosine, sine)
    return Complex(
        np.where((place == 1) | (place == 2), -real, real), np.where(place >= 2, -imag, imag)
    )


def sin(angle: ArrayLike) -> Reals:
    """Return sines of angles in radians."""
    return circle(angle).imag


def cos(angle: ArrayLike) -> Reals:
    """Return cosines of angles in radians."""
    return circle(angle).real


def tan(angle: ArrayLike) -> Reals:
    """Return tangents of angles in radians."""
    of = circle(angle)
    return np.asarray(of.imag / of.real)


def angle(real: float, imag: float) -> float:
    """Return the angle of a complex number in radians, within half a turn; 0 for 0."""
    if real < 0:
        return angle(-real, -imag) + (2 * _QUARTER if imag >= 0 else -2 * _QUARTER)
    if imag == 0:
        return 0.0
    size = max(real, abs(imag))
    real, imag = real / size, imag / size
    halves = 0
    while abs(imag) > 0.1 * real:
        # Half of an angle: towards the real axis by as much as the number is long.
        real += float(np.sqrt(real * real + imag * imag))
        halves += 1
    x = imag / real
    series = _series(np.asarray(-x * x), _ATAN)
    return float(x * series) * 2.0**halves


def percentile(values: ArrayLike, share: float | Sequence[float], axis: int | None = None) -> Any:
    """Return numpy's percentile of values in float64; that of float32 depends on its version."""
    return np.percentile(np.asarray(values, np.float64), share, axis=axis)


def geomspace(low: float, high: float, count: int) -> Reals:
    """Return `count` numbers from `low` to `high`, each the same multiple of the one before."""
    between = low * exp(np.arange(1, count - 1) * (log(high / low) / (count - 1)))
    return np.concatenate([[low], between, [high]])


def hann(size: int) -> Reals:
    """Return a Hann window of an odd or even size, with zeros at both ends."""
    return 0.5 - 0.5 * cos(2 * np.pi * np.arange(size) / (size - 1))


def total(values: NDArray[Any]) -> float:
    """Return the sum of all values in float64, in an order that only their number decides."""
    rows = values.reshape(-1).astype(np.float64)
    while len(rows) > 1:
        width = min(_SUMMED, len(rows))
        rows = np.pad(rows, (0, -len(rows) % width)).reshape(-1, width).sum(axis=1)
    return float(rows[0]) if len(rows) else 0.0


_SUMMED = 256
"""numpy adds so few values in one order, in all of its versions."""


def white_noise(rng: np.random.Generator, shape: int | tuple[int, ...]) -> Reals:
    """Return white noise of mean 0 and variance 1, whose samples are evenly distributed."""
    return (rng.random(shape) - 0.5) * _FLAT_TO_UNIT


def normals(rng: np.random.Generator, count: int) -> Reals:
    """Return numbers that are as good as normally distributed, with mean 0 and variance 1.

    They are sums of twelve even ones: numpy's own take logarithms and exponentials now and then.
    """
    return np.asarray(rng.random((12, count)).sum(axis=0) - 6.0)


_FLAT_TO_UNIT = float(np.sqrt(12.0))


def product(a: Complex | ComplexArray, b: Complex | ComplexArray) -> Complex:
    """Return the products of complex numbers."""
    real = a.real * b.real
    real -= a.imag * b.imag
    imag = a.real * b.imag
    imag += a.imag * b.real
    return Complex(real, imag)


def quotient(a: Complex, b: Complex) -> Complex:
    """Return complex numbers divided by others, none of which is 0."""
    size = b.real * b.real + b.imag * b.imag
    return product(a, Complex(b.real / size, -b.imag / size))


def scaled(a: Complex, factor: NDArray[Any] | float) -> Complex:
    """Return complex numbers times real ones."""
    return Complex(a.real * factor, a.imag * factor)


def squares(a: Complex | ComplexArray) -> NDArray[Any]:
    """Return the squared magnitudes of complex numbers."""
    found: NDArray[Any] = a.real * a.real
    found += a.imag * a.imag
    return found


def magnitudes(a: Complex | ComplexArray) -> NDArray[Any]:
    """Return the magnitudes of complex numbers."""
    found = squares(a)
    return np.asarray(np.sqrt(found, out=found))


def irfft(spectra: NDArray[np.inexact], size: int) -> NDArray[np.float32]:
    """Return rows of `size` samples from the spectra of real sounds.

    The transform is taken in float64, where processors differ by 1e-16 of a row's peak, and
    rounded to steps of 1e-6 of it: an error of -130 dB, in which differences vanish. The forward
    transform of float32 needs no such help.
    """
    wide = np.fft.irfft(spectra.astype(np.complex128), size)
    peak = np.maximum(wide.max(axis=-1, keepdims=True), -wide.min(axis=-1, keepdims=True))
    _, power = np.frexp(np.maximum(peak, 1e-300))
    wide *= np.ldexp(1.0, _STEP_BITS - power)
    np.rint(wide, out=wide)
    wide *= np.ldexp(1.0, power - _STEP_BITS)
    return wide.astype(np.float32)


_STEP_BITS = 20


def single(a: Complex) -> Complex:
    """Return complex numbers in float32."""
    return Complex(a.real.astype(np.float32), a.imag.astype(np.float32))


def joined(a: Complex) -> ComplexArray:
    """Return complex numbers as numpy has them."""
    of = np.empty(a.real.shape, np.result_type(a.real, np.complex64))
    of.real, of.imag = a
    return of


def polynomial(rows: ArrayLike, powers_of: Sequence[Complex]) -> Complex:
    """Return rows × points: real polynomials, given by rows of coefficients from x⁰ on.

    `powers_of` are the powers of the points, as many as there are coefficients.
    """
    columns = np.atleast_2d(np.asarray(rows, np.float64)).T[:, :, None]
    real, imag = columns[0] * powers_of[0].real, columns[0] * powers_of[0].imag
    part = np.empty_like(real)
    for column, of in zip(columns[1:], powers_of[1:], strict=True):
        real += np.multiply(column, of.real, out=part)
        imag += np.multiply(column, of.imag, out=part)
    return Complex(real, imag)


def powers(log_size: ArrayLike, angle: ArrayLike, count: int) -> Complex:
    """Return rows × count: powers 0 to count - 1 of complex numbers.

    Each number is given by its magnitude's logarithm and its angle in radians. Each half is the
    half before it times one power, so that only one exponential is taken for every doubling.
    """
    sizes, angles = np.broadcast_arrays(np.atleast_1d(log_size), np.atleast_1d(angle))
    made = Complex(np.ones((len(angles), 1)), np.zeros((len(angles), 1)))
    while made.real.shape[1] < count:
        known = made.real.shape[1]
        step = scaled(circle(known * angles[:, None]), exp(known * sizes[:, None]))
        more = product(made, step)
        made = Complex(*(np.concatenate(pair, axis=1) for pair in zip(made, more, strict=True)))
    return Complex(made.real[:, :count], made.imag[:, :count])


def whole_product(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the matrix product of whole numbers, of at most 255 in `a` and 128 in `b`.

    Sums of so few such products are whole numbers below 2²⁴, which float32 has exactly: no order
    of the sums, no fused operation and no number of threads changes them.
    """
    parts = [
        a[:, start : start + _WHOLE_TERMS] @ b[start : start + _WHOLE_TERMS]
        for start in range(0, a.shape[1], _WHOLE_TERMS)
    ]
    return sum(parts[1:], parts[0])


_WHOLE_TERMS = 512


def rounded_product(a: NDArray[Any], b: NDArray[Any]) -> Reals:
    """Return the matrix product of numbers that are rounded to steps of their matrix's peak.

    The steps are as small as 53 bits allow so that every sum is exact, and its order does not
    matter: of 1024 terms, two millionths of a peak.
    """
    bits = (52 - int(a.shape[1] - 1).bit_length()) // 2
    return np.asarray(_rounded(a, bits) @ _rounded(b, bits))


def _rounded(values: NDArray[Any], bits: int) -> Reals:
    wide = values.astype(np.float64)
    peak = max(wide.max(initial=0.0), -wide.min(initial=0.0), 1e-300)
    _, power = np.frexp(peak)
    wide *= np.ldexp(1.0, bits - int(power))
    np.rint(wide, out=wide)
    wide *= np.ldexp(1.0, int(power) - bits)
    return wide


def _series(x: Reals, coefficients: list[float]) -> Reals:
    """Return a polynomial by Horner's rule, from the coefficient of x⁰ on."""
    found = np.full_like(x, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        found *= x
        found += coefficient
    return found
